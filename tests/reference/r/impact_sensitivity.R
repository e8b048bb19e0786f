# Relative magnitudes: Rambachan & Roth (2023), Rev Econ Stud 90:2555-2591, and the conditional and least-favourable
# hybrid tests of Andrews, Roth & Pakes (2023), Rev Econ Stud 90:2763-2791, written out in base R the long way: the
# moments as a matrix, every vertex of the dual by enumeration, the least favourable value from 400 000 draws, the two
# ends by bisection. (HonestDiD is no package of Debian.) Then the same question otherwise (lm on changes), Mee & Chua
# (1991), Am Stat 45:39-42, by lm, and expected regression to the mean by integration. From the repository's root:
#   Rscript tests/reference/r/impact_sensitivity.R
# reads ../shared/reference/datasets/ehec.csv, writes tests/reference/impact_sensitivity.csv,
# impact_sensitivity_studies.csv (coefficients and covariances), impact_sensitivity_otherwise.csv and
# impact_sensitivity_mean.csv. ehec: insurance and Medicaid, Carey, Miller & Wherry (2020), as in HonestDiD's README;
# made: numbers that hold a pre-trend; short: one period after the start. language: McClave & Dietrich (1988), in
# Ostermann, Willich & Luedtke (2008), BMC Med Res Methodol 8:52; anorexia: Hand et al. (1993), MASS, family therapy.
suppressPackageStartupMessages(library(MASS))
set.seed(20230); tools <- R.version.string
write <- function(d, name) write.csv(cbind(d, tools = tools), paste0("tests/reference/", name), row.names = FALSE, na = "")
all_states <- read.csv("../shared/reference/datasets/ehec.csv")
states <- subset(all_states, year < 2016 & !(yexp2 %in% 2015))
states$D <- as.numeric(states$yexp2 %in% 2014)
event_study <- function(d) { # clustered by state as fixest has it: fixed effects nested in the cluster do not count
  years <- setdiff(sort(unique(d$year)), 2013)
  x <- sapply(years, function(y) d$D * (d$year == y))
  z <- cbind(x, model.matrix(~ factor(stfips) + factor(year), d))
  bread <- solve(crossprod(z)); b <- bread %*% crossprod(z, d$dins); e <- d$dins - z %*% b
  scores <- rowsum(z * c(e), d$stfips); G <- nrow(scores); n <- nrow(d); k <- ncol(x) + length(years) + 1
  V <- bread %*% crossprod(scores) %*% bread * G / (G - 1) * (n - 1) / (n - k)
  keep <- seq_along(years)
  list(b = b[keep], V = V[keep, keep], times = years - 2014)
}
band <- function(sd, r) outer(sd, sd) * r^abs(outer(seq_along(sd), seq_along(sd), "-"))
studies <- list(
  ehec = event_study(states),
  made = list(b = c(-.9, -.2, .3, 1.6, 2.1, 2.4), V = band(c(.5, .45, .4, .42, .5, .6), .4), times = c(-4, -3, -2, 0, 1, 2)),
  short = list(b = c(.1, -.2, .15, .9), V = band(c(.25, .2, .2, .22), .5), times = c(-4, -3, -2, 0))
)
vertices <- function(W) { # {l >= 0 : W'l = (1, 0, ...)}
  k <- ncol(W); found <- list()
  for (i in combn(nrow(W), k, simplify = FALSE)) {
    part <- t(W[i, , drop = FALSE])
    if (abs(det(part)) < 1e-12 * prod(pmax(apply(abs(part), 1, max), 1e-300))) next
    l <- numeric(nrow(W)); l[i] <- solve(part, c(1, rep(0, k - 1)))
    if (all(l > -1e-10)) found[[length(found) + 1]] <- round(pmax(l, 0), 14)
  }
  unique(do.call(rbind, found))
}
accepted <- function(theta, top, L, shift, S, size, kappa, lf) {
  g <- c(L %*% (top - shift * theta)); j <- which.max(g); v <- c(L[j, ] %*% S %*% L[j, ])
  if (g[j] > lf) return(FALSE)
  if (v < 1e-20) return(g[j] <= 0)
  if (g[j] <= 0) return(TRUE)
  r <- c(L %*% S %*% L[j, ]) / v
  at <- (g - r * g[j]) / (1 - r); low <- r < 1 - 1e-9; high <- r > 1 + 1e-9
  lo <- max(c(-Inf, at[low])); up <- min(c(Inf, at[high], lf)); s <- sqrt(v)
  p <- (pnorm(-g[j] / s) - pnorm(-up / s)) / (pnorm(-lo / s) - pnorm(-up / s))
  p >= (size - kappa) / (1 - kappa)
}
ends <- function(study, l, M, size, hybrid) {
  pre <- sum(study$times < -1); post <- length(study$b) - pre
  D <- diff(diag(pre + post + 1))[, -(pre + 1)] # differences of successive periods, the reference being 0
  kappa <- if (hybrid) size / 10 else 0; range <- c(Inf, -Inf)
  for (s in seq_len(pre)) for (sign in c(1, -1)) {
    worst <- rep(1, post) %o% (sign * D[s, ])
    A <- rbind(D[pre + seq_len(post), , drop = FALSE], -D[pre + seq_len(post), , drop = FALSE]) - M * rbind(worst, worst)
    S <- A %*% study$V %*% t(A); sd <- sqrt(diag(S)); Ap <- A[, pre + seq_len(post), drop = FALSE]
    free <- if (post > 1) qr.Q(qr(cbind(l)), complete = TRUE)[, -1, drop = FALSE] else matrix(0, 1, 0)
    L <- vertices(cbind(sd, Ap %*% free)); shift <- c(Ap %*% l) / sum(l^2); top <- c(A %*% study$b)
    lf <- Inf
    if (hybrid) {
      draws <- matrix(rnorm(4e5 * length(study$b)), ncol = length(study$b)) %*% chol(study$V) %*% t(L %*% A)
      lf <- quantile(do.call(pmax, as.data.frame(draws)), 1 - kappa, names = FALSE)
    }
    ok <- function(theta) accepted(theta, top, L, shift, S, size, kappa, lf)
    centre <- sum(l * study$b[-seq_len(pre)]); width <- 12 * max(sd) * sum(abs(l)) * post * (1 + M)
    grid <- centre + seq(-width, width, length.out = 6001); in_it <- which(sapply(grid, ok))
    if (!length(in_it)) next
    for (side in c(-1, 1)) {
      i <- if (side < 0) min(in_it) else max(in_it); a <- grid[i]; b <- grid[i + side]
      for (step in 1:60) { m <- (a + b) / 2; if (ok(m)) a <- m else b <- m }
      range <- if (side < 0) c(min(range[1], a), range[2]) else c(range[1], max(range[2], a))
    }
  }
  range
}
identified <- function(study, l, M) { # the linear programme has its optimum at a corner: every difference at its bound
  pre <- sum(study$times < -1); post <- length(study$b) - pre
  worst <- max(abs(diff(c(study$b[seq_len(pre)], 0))))
  corner <- as.matrix(expand.grid(rep(list(c(-1, 1)), post))) * M * worst
  paths <- apply(corner, 1, cumsum); paths <- matrix(paths, nrow = post)
  sum(l * study$b[-seq_len(pre)]) - rev(range(colSums(l * paths)))
}
rows <- list()
for (name in names(studies)) for (weights in c("first", "mean", "contrast")) for (M in c(0, .5, 1, 2)) {
  study <- studies[[name]]; post <- sum(study$times > -1)
  if (weights != "mean" && post == 1) next
  l <- switch(weights, first = c(1, rep(0, post - 1)), mean = rep(1 / post, post), contrast = c(-1, rep(0, post - 2), 1))
  for (hybrid in c(FALSE, TRUE)) {
    limits <- ends(study, l, M, .05, hybrid); set <- identified(study, l, M)
    rows[[length(rows) + 1]] <- data.frame(
      study = name, weights = weights, magnitude = M, hybrid = hybrid, lower = limits[1], upper = limits[2],
      identified_lower = set[1], identified_upper = set[2],
      error = sqrt(c(l %*% study$V[study$times > -1, study$times > -1, drop = FALSE] %*% l))
    )
  }
}
write(do.call(rbind, rows), "impact_sensitivity.csv")
write(do.call(rbind, lapply(names(studies), function(name) {
  s <- studies[[name]]; V <- matrix(NA, length(s$b), 7); V[, seq_along(s$b)] <- s$V
  data.frame(study = name, event_time = s$times, beta = s$b, V)
})), "impact_sensitivity_studies.csv")
# The same question otherwise: change of the mean, treated against the others, Welch's limits.
change <- function(d, start, first = -Inf, last = Inf) {
  d <- subset(d, year >= first & year <= last)
  w <- aggregate(dins ~ stfips + D + I(year >= start), d, mean)
  later <- w[, 3]; names(w)[3] <- "late"
  both <- merge(w[!later, c("stfips", "D", "dins")], w[later, c("stfips", "dins")], by = "stfips")
  t <- t.test(I(dins.y - dins.x) ~ I(-D), both)
  c(diff(rev(t$estimate)), t$conf.int)
}
otherwise <- list()
add <- function(what, label, found) otherwise[[length(otherwise) + 1]] <<- data.frame(
  what = what, label = label, estimate = found[[1]], lower = found[[2]], upper = found[[3]])
for (s in unique(states$stfips)) add("left_out", s, change(subset(states, stfips != s), 2014))
south <- c(1, 12, 13, 28, 37, 45, 47, 48)
add("controls", "south", change(subset(states, D == 1 | stfips %in% south), 2014))
add("controls", "others", change(subset(states, D == 1 | !(stfips %in% south)), 2014))
add("window", "2008-2014", change(states, 2014, 2008, 2014)); add("window", "2012-2015", change(states, 2014, 2012, 2015))
for (y in 2009:2013) add("placebo_start", y, change(states, y, last = 2013))
write(do.call(rbind, otherwise), "impact_sensitivity_otherwise.csv")
pairs <- list(
  language = list(x = c(45, 52, 63, 68, 57, 55, 60, 59), y = c(49, 50, 70, 71, 53, 61, 62, 67), mu = c(40, 59, 70)),
  anorexia = list(x = anorexia$Prewt[anorexia$Treat == "FT"], y = anorexia$Postwt[anorexia$Treat == "FT"], mu = c(83, 90))
)
means <- do.call(rbind, lapply(names(pairs), function(name) do.call(rbind, lapply(pairs[[name]]$mu, function(mu) {
  p <- pairs[[name]]; m <- lm(I(p$y - mu) ~ I(p$x - mu)); c <- summary(m)$coefficients[1, ]; i <- confint(m)[1, ]
  data.frame(data = name, mean = mu, sd = NA, correlation = NA, cutoff = NA, measurements = NA, estimate = c[[1]],
    lower = i[[1]], upper = i[[2]], error = c[[2]], p_value = c[[4]])
}))))
expected <- function(cutoff, mu, sd, r, m, below) {
  total <- sqrt(r * sd^2 + (1 - r) * sd^2 / m); f <- function(x) x * dnorm(x, mu, total)
  lim <- if (below) c(mu - 12 * total, cutoff) else c(cutoff, mu + 12 * total)
  mass <- if (below) pnorm(cutoff, mu, total) else 1 - pnorm(cutoff, mu, total)
  seen <- integrate(f, lim[1], lim[2], rel.tol = 1e-11, subdivisions = 1000)$value / mass
  (mu - seen) * (1 - r * sd^2 / total^2) # what is measured next, less what was
}
for (r in c(0, .3, .5, .8, 1)) for (m in c(1, 3)) for (below in c(TRUE, FALSE)) {
  means <- rbind(means, data.frame(data = if (below) "below" else "above", mean = 60, sd = 15, correlation = r,
    cutoff = if (below) 40 else 75, measurements = m,
    estimate = expected(if (below) 40 else 75, 60, 15, r, m, below), lower = NA, upper = NA, error = NA, p_value = NA))
}
write(means, "impact_sensitivity_mean.csv")
