# Callaway & Sant'Anna's effects of each start at each period, written anew in base R as one stack of estimating equations
# (R's did is not in Debian): means of the changes, shares of the starts and, with a covariate, lm and glm; errors by
# the sandwich, its bread by central differences, and those of the aggregates by the delta method, its gradient by
# central differences. Nothing of the published influence functions is used. Run from the repository's root:
#   Rscript tests/reference/r/impact_group_time.R
# writes tests/reference/impact_group_time.csv (data, control, base, what, start, time, estimate, error). Reads
# ../shared/reference/datasets: castle (Cheng & Hoekstra 2013), mpdta (Callaway & Sant'Anna 2021).
rows <- list()
put <- function(data, control, base, what, start, time, estimate, error) rows[[length(rows) + 1]] <<-
  data.frame(data = data, control = control, base = base, what = what, start = start, time = time, estimate = estimate, error = error)
shared <- function(name) read.csv(file.path("../shared/reference/datasets", paste0(name, ".csv")))
slope <- function(f, at) sapply(seq_along(at), function(j) {
  h <- 1e-6 * max(1, abs(at[j])); up <- down <- at; up[j] <- up[j] + h; down[j] <- down[j] - h; (f(up) - f(down)) / (2 * h)
})
sandwich_of <- function(equations, at) {  # equations(theta): n x q, zero column sums at the estimate
  bread <- slope(function(theta) colMeans(equations(theta)), at)
  spread <- -equations(at) %*% t(solve(bread))
  crossprod(spread) / nrow(spread)^2
}
square <- function(d, unit, time, y) { w <- tapply(d[[y]], list(d[[unit]], d[[time]]), mean); w[order(as.numeric(rownames(w))), ] }

whole <- function(name, y, start, control, base) {
  times <- as.numeric(colnames(y)); groups <- sort(unique(start[!is.na(start)]))
  cells <- list()
  for (g in groups) for (k in seq_along(times)) {
    last <- max(which(times < g)); b <- if (base == "universal" || times[k] >= g) last else k - 1
    if (b < 1 || b == k) next
    free <- if (control == "never_treated") is.na(start) else
      (is.na(start) | start > max(times[k], times[b])) & !(start %in% g)
    if (any(free)) cells[[length(cells) + 1]] <- list(g = g, t = times[k], d = y[, k] - y[, b], on = start %in% g, off = free)
  }
  K <- length(cells); G <- length(groups)
  at <- c(sapply(cells, function(c) mean(c$d[c$on])), sapply(cells, function(c) mean(c$d[c$off])),
    sapply(groups, function(g) mean(start %in% g)))
  equations <- function(theta) cbind(
    sapply(1:K, function(i) cells[[i]]$on * (cells[[i]]$d - theta[i])),
    sapply(1:K, function(i) cells[[i]]$off * (cells[[i]]$d - theta[K + i])),
    sapply(1:G, function(j) (start %in% groups[j]) - theta[2 * K + j]))
  v <- sandwich_of(equations, at)
  cg <- sapply(cells, `[[`, "g"); ct <- sapply(cells, `[[`, "t")
  effect <- function(theta) theta[1:K] - theta[K + 1:K]
  share <- function(theta, which) theta[2 * K + match(cg[which], groups)]
  over <- function(theta, which) weighted.mean(effect(theta)[which], share(theta, which))
  say <- function(what, f, start = NA, time = NA) {
    gradient <- slope(f, at)
    put(name, control, base, what, start, time, f(at), sqrt(drop(gradient %*% v %*% gradient)))
  }
  for (i in 1:K) say("cell", function(theta) effect(theta)[i], cg[i], ct[i])
  after <- which(ct >= cg)
  say("simple", function(theta) over(theta, after))
  ages <- sort(unique(ct - cg)); by_age <- lapply(ages, function(e) which(ct - cg == e))
  for (i in seq_along(ages)) say("event_time", function(theta) over(theta, by_age[[i]]), time = ages[i])
  say("event_time_overall", function(theta) mean(sapply(by_age[ages >= 0], function(w) over(theta, w))))
  by_group <- lapply(groups, function(g) which(cg == g & ct >= cg)); held <- lengths(by_group) > 0
  for (j in which(held)) say("group", function(theta) mean(effect(theta)[by_group[[j]]]), start = groups[j])
  say("group_overall", function(theta) weighted.mean(sapply(by_group[held], function(w) mean(effect(theta)[w])),
    theta[2 * K + which(held)]))
  years <- sort(unique(ct[after])); by_year <- lapply(years, function(t) which(ct == t & ct >= cg))
  for (i in seq_along(years)) say("time", function(theta) over(theta, by_year[[i]]), time = years[i])
  say("time_overall", function(theta) mean(sapply(by_year, function(w) over(theta, w))))
  early <- which(ct < cg)
  if (base == "varying") {
    put(name, control, base, "covariance_of_first_two", NA, NA, (v[1, 2] + v[K + 1, K + 2] - v[1, K + 2] - v[2, K + 1]), NA)
  }
}

adjusted <- function(name, y, start, x, method) {  # varying base, never treated, one covariate
  times <- as.numeric(colnames(y)); X <- cbind(1, x)
  for (g in sort(unique(start[!is.na(start)]))) for (k in 2:length(times)) {
    b <- if (times[k] >= g) max(which(times < g)) else k - 1
    d <- y[, k] - y[, b]; on <- start %in% g; off <- is.na(start); in_both <- on | off
    line <- coef(lm(d[off] ~ x[off]))
    if (method == "reg") {
      rest <- d - X %*% line
      at <- c(line, mean(rest[on]))
      equations <- function(theta) { r <- drop(d - X %*% theta[1:2]); cbind(off * r * X, on * (r - theta[3])) }
      pick <- c(0, 0, 1)
    } else {
      logit <- coef(glm(on[in_both] ~ x[in_both], family = binomial, control = list(epsilon = 1e-14, maxit = 100)))
      odds <- function(gamma) drop(exp(X %*% gamma))
      rest <- drop(d - X %*% line)
      at <- c(line, logit, mean(rest[on]), weighted.mean(rest[off], odds(logit)[off]))
      equations <- function(theta) {
        r <- drop(d - X %*% theta[1:2]); p <- plogis(drop(X %*% theta[3:4]))
        cbind(off * r * X, in_both * (on - p) * X, on * (r - theta[5]), off * odds(theta[3:4]) * (r - theta[6]))
      }
      pick <- c(0, 0, 0, 0, 1, -1)
    }
    v <- sandwich_of(equations, at)
    put(name, "never_treated", "varying", paste0("cell_", method), g, times[k], sum(pick * at), sqrt(drop(pick %*% v %*% pick)))
  }
}

mpdta <- shared("mpdta")
y <- square(mpdta, "countyreal", "year", "lemp"); one <- mpdta[!duplicated(mpdta$countyreal), ]
one <- one[match(rownames(y), one$countyreal), ]; start <- ifelse(one$first.treat == 0, NA, one$first.treat)
for (control in c("never_treated", "not_yet_treated")) whole("mpdta", y, start, control, "varying")
for (method in c("reg", "dr")) adjusted("mpdta", y, start, one$lpop, method)
castle <- shared("castle")
first <- tapply(castle$year[castle$post == 1], castle$sid[castle$post == 1], min)
y <- square(castle, "sid", "year", "l_homicide"); start <- as.numeric(first[rownames(y)])
for (base in c("varying", "universal")) whole("castle", y, start, "never_treated", base)
whole("castle", y, start, "not_yet_treated", "varying")
table <- do.call(rbind, rows)
for (column in c("estimate", "error")) table[[column]] <- ifelse(is.na(table[[column]]), "", formatC(table[[column]], digits = 12, format = "g"))
write.csv(cbind(table, tools = c(R.version.string, rep("", nrow(table) - 1))), "tests/reference/impact_group_time.csv",
  row.names = FALSE, na = "", quote = FALSE)
