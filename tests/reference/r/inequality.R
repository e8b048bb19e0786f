# Slope and relative index, disparity measures and concentration index, in base R.
# Run from the checkout: Rscript tests/reference/r/inequality.R
# Writes tests/reference/inequality_groups.csv, _slope, _table, _disparity, _people and _concentration.csv. R 4.2.2 (PHEindicatormethods, rineq and healthequal are not in Debian).
# Independent of ours: lm() and quadratic roots for the line, complex-step derivatives for every standard error.
# Data: `phe_area1`, `phe_area2`, example of PHEindicatormethods' phe_sii; `india`, under-five deaths by wealth,
# O'Donnell and others (2008), Analyzing Health Equity Using Household Survey Data, World Bank, chapter 8;
# `quartiers` and `people` are made.
save <- function(out, file) {
  out[] <- lapply(out, function(v) if (is.numeric(v)) formatC(v, digits = 15, format = "g", width = -1) else v)
  write.csv(out, file, row.names = FALSE, quote = FALSE)
}
births <- c(29939, 28776, 26528, 24689, 19739); rate <- c(154.7, 152.9, 119.5, 86.9, 54.3) / 1000
groups <- list(
  phe_area1 = list(c(75.9, 78.3, 83.8, 83.6, 80.5, 81.1, 81.7, 84.2, 80.6, 86.3),
                   c(7291, 7997, 6105, 7666, 5790, 6934, 5918, 5974, 7147, 7534),
                   c(1.64, 1.58, 1.51, 1.78, 1.7, 1.56, 1.37, 1.4, 2.43, 1.57)),
  phe_area2 = list(c(70.5, 71.6, 72.5, 73.5, 73.1, 76.2, 78.7, 80.6, 80.9, 80),
                   c(21675, 20065, 19750, 24713, 20112, 19618, 22408, 19752, 18939, 19312),
                   c(0.23, 0.26, 0.3, 0.16, 0.79, 0.78, 0.4, 0.28, 0.23, 0.35)),
  india = list(rate, births, sqrt(rate * (1 - rate) / births)),
  quartiers = list(c(.42, .55, .48, .61, .66, .7), c(90, 57, 65, 120, 80, 40), c(.052, .066, .062, .044, .053, .072)))
step <- function(f, y, i) { h <- 1e-30; z <- as.complex(y); z[i] <- z[i] + h * 1i; Im(f(z)) / h }
slope <- list(); other <- list(); inputs <- list()
for (name in names(groups)) {
  y <- groups[[name]][[1]]; n <- groups[[name]][[2]]; s <- groups[[name]][[3]]; k <- length(y)
  inputs[[name]] <- data.frame(case = name, value = y, population = n, se = s)
  p <- n / sum(n); x <- cumsum(p) - p / 2
  for (model in c("linear", if (max(y) < 1) c("log", "logit"))) {
    to <- switch(model, linear = identity, log = log, logit = function(v) log(v / (1 - v)))
    back <- switch(model, linear = identity, log = exp, logit = function(v) exp(v) / (1 + exp(v)))
    fit <- lm(to(y) ~ x, weights = p)
    hat <- sapply(1:k, function(i) coef(lm(as.numeric(1:k == i) ~ x, weights = p)))
    se <- switch(model, linear = s, log = s / y, logit = s / (y * (1 - y)))
    for (spread in c("sampling", "residual")) {
      V <- if (spread == "sampling") hat %*% diag(se^2) %*% t(hat) else vcov(fit)
      q <- if (spread == "sampling") qnorm(.975) else qt(.975, k - 2)
      b <- unname(coef(fit))
      f <- list(sii = function(b) back(b[1] + b[2]) - back(b[1]), rii = function(b) log(back(b[1] + b[2]) / back(b[1])))
      g <- lapply(f, function(h) sapply(1:2, function(i) step(h, b, i)))
      half <- lapply(g, function(d) q * sqrt(c(d %*% V %*% d)))
      sii <- f$sii(b) + c(0, -1, 1) * half$sii; rii <- exp(f$rii(b) + c(0, -1, 1) * half$rii)
      if (model == "linear") {  # Fieller: where the quadratic (a + b - r a)^2 - q^2 var is 0
        h <- function(r) (b[1] + b[2] - r * b[1])^2 - q^2 * c(c(1 - r, 1) %*% V %*% c(1 - r, 1))
        rii[2] <- uniroot(h, c(rii[1] - 3, rii[1]), tol = 1e-15)$root
        rii[3] <- uniroot(h, c(rii[1], rii[1] + 3), tol = 1e-15)$root
      }
      slope[[length(slope) + 1]] <- data.frame(case = name, model, spread, sii = sii[1], sii_lower = sii[2],
        sii_upper = sii[3], rii = rii[1], rii_lower = rii[2], rii_upper = rii[3])
    }
  }
  m <- function(y) sum(p * y)
  size <- function(v) v * sign(Re(v))
  f <- list(absolute_gap = function(y) y[1] - y[k], relative_gap = function(y) log(y[1] / y[k]),
    index_of_disparity = function(y) sum(size(y - m(y))) / k / m(y), between_group_variance = function(y) sum(p * (y - m(y))^2),
    theil_index = function(y) sum(p * y / m(y) * log(y / m(y))), mean_log_deviation = function(y) -sum(p * log(y / m(y))),
    population_attributable_risk = function(y) m(y) - y[k], population_attributable_fraction = function(y) 1 - y[k] / m(y))
  for (measure in names(f)) {
    d <- sapply(1:k, function(i) step(f[[measure]], y, i))
    v <- f[[measure]](y) + c(0, -1, 1) * qnorm(.975) * sqrt(sum(d^2 * s^2))
    if (measure == "relative_gap") v <- exp(v)
    if (!grepl("gap|attrib", measure)) v[2] <- max(v[2], 0)
    other[[length(other) + 1]] <- data.frame(case = name, measure, estimate = v[1], lower = v[2], upper = v[3])
  }
}
save(do.call(rbind, inputs), "tests/reference/inequality_groups.csv")
# From counts, as the table functions take them: standard errors from the width of Wilson's interval (prop.test).
tables <- list()
for (name in c("india", "quartiers")) {
  n <- groups[[name]][[2]]; events <- round(groups[[name]][[1]] * n); y <- events / n; p <- n / sum(n); k <- length(y)
  s <- sapply(1:k, function(i) diff(prop.test(events[i], n[i], correct = FALSE)$conf.int)) / 2 / qnorm(.975)
  x <- cumsum(p) - p / 2
  hat <- sapply(1:k, function(i) coef(lm(as.numeric(1:k == i) ~ x, weights = p)))
  V <- hat %*% diag(s^2) %*% t(hat); b <- unname(coef(lm(y ~ x, weights = p)))
  h <- function(r) (b[1] + b[2] - r * b[1])^2 - qnorm(.975)^2 * c(c(1 - r, 1) %*% V %*% c(1 - r, 1))
  r <- (b[1] + b[2]) / b[1]; half <- qnorm(.975) * sqrt(V[2, 2]); m <- function(y) sum(p * y)
  f <- function(y) -sum(p * log(y / m(y))); d <- sapply(1:k, function(i) step(f, y, i))
  mld <- f(y) + c(0, -1, 1) * qnorm(.975) * sqrt(sum(d^2 * s^2))
  tables[[name]] <- data.frame(case = name, measure = c("sii", "rii", "mean_log_deviation"), estimate = c(b[2], r, mld[1]),
    lower = c(b[2] - half, uniroot(h, c(r - 1, r), tol = 1e-15)$root, max(mld[2], 0)),
    upper = c(b[2] + half, uniroot(h, c(r, r + 3), tol = 1e-15)$root, mld[3]))
}
save(do.call(rbind, tables), "tests/reference/inequality_table.csv")
save(do.call(rbind, slope), "tests/reference/inequality_slope.csv")
save(do.call(rbind, other), "tests/reference/inequality_disparity.csv")
# Concentration index as a function of the weights of cells; the influence of a cell is its derivative.
index <- function(w, y, r, how, top = 1) {
  w <- w / sum(w); mu <- sum(w * y)
  mid <- sapply(r, function(v) sum(w[r < v]) + sum(w[r == v]) / 2)
  C <- 2 * sum(w * y * mid) / mu - 1
  switch(how, none = C, wagstaff = C * top * mu / ((top - mu) * mu), erreygers = 4 * mu * C / top)
}
set.seed(20)
made <- data.frame(y = round(rbinom(40, 20, .4) / 20, 2), r = sample(1:12, 40, TRUE), w = round(runif(40, .5, 3), 1))
save(made, "tests/reference/inequality_people.csv")
cases <- list(people = list(made$y, made$r, rep(1, 40), rep(1, 40)), people_weighted = list(made$y, made$r, made$w, rep(1, 40)),
              india = list(rep(1:0, each = 5), rep(1:5, 2), rep(1, 10), c(rate * births, (1 - rate) * births)))
rows <- list()
for (name in names(cases)) for (how in c("none", "wagstaff", "erreygers")) {
  y <- cases[[name]][[1]]; r <- cases[[name]][[2]]; w <- cases[[name]][[3]]; f <- cases[[name]][[4]]
  W <- w * f / sum(w * f)
  inf <- sapply(seq_along(y), function(i) step(function(v) index(v, y, r, how), W, i))
  C <- index(W, y, r, how); se <- sqrt(sum(W^2 / f * inf^2))
  reg <- NA
  if (name == "people") {
    mid <- rank(r) / 40 - 1 / 80; z <- 2 * mean((mid - .5)^2) * y / mean(y)
    reg <- summary(lm(z ~ mid))$coefficients[2, 2] * C / index(W, y, r, "none")
  }
  rows[[length(rows) + 1]] <- data.frame(case = name, correction = how, estimate = C, se = se, se_regression = abs(reg))
}
# India by the formula of Kakwani and others (1997) for groups: an independent check of the derivative.
n <- sum(births); p <- births / n; mu <- sum(p * rate); R <- cumsum(p) - p / 2; q <- cumsum(p * rate) / mu
C <- 2 * sum(p * rate * R) / mu - 1; a <- rate / mu * (2 * R - 1 - C) + 2 - c(0, q[-5]) - q
v <- (sum(p * a^2) - (1 + C)^2) / n + sum(p * rate * (1 - rate) * (2 * R - 1 - C)^2) / (n * mu^2)
stopifnot(abs(rows[[7]]$se / sqrt(v) - 1) < 1e-9)
save(do.call(rbind, rows), "tests/reference/inequality_concentration.csv")
