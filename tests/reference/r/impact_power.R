# What comparisons, series and trends could show, from the published formulas in base R, nlme and quadprog.
# Run from the checkout: Rscript tests/reference/r/impact_power.R
# Writes tests/reference/impact_power*.csv. grunfeld: Grunfeld (1958), gross investment of 10 firms, 1935-1954, as
# plm::Grunfeld (log; five firms and 1945 taken for treated). Step of a level series with first-order noise: McLeod &
# Vingilis (2005), Technometrics 47:174-181, Table 1 (their I11 leaves out the end correction of the first point).
# Permutation: every choice by combn, own normal noise. Synthetic control: solve.QP on the simplex, own noise.
suppressPackageStartupMessages({ library(nlme); library(quadprog); library(plm) })
options(digits = 15)
save <- function(x, name) write.csv(x, file.path("tests/reference", name), row.names = FALSE, na = "", quote = FALSE)
multiple <- function(df, power = .8, level = .05) qt(1 - level / 2, df) + qt(power, df)
rows <- list()
add <- function(what, case, value) rows[[length(rows) + 1]] <<- data.frame(what = what, case = case, value = value)

# Bloom's multiples.
for (df in c(1, 3, 8, 38, Inf)) for (power in c(.5, .8, .9)) add("multiple", paste(df, power), multiple(df, power))

# Burlig, Preonas & Woerman, equation 2, by its three average covariances; equation 3 where there is no correlation.
scr <- function(J, treated, m, r, sd, rho) {
  C <- sd^2 * rho^abs(outer(1:(m + r), 1:(m + r), "-"))
  off <- function(M) if (nrow(M) > 1) mean(M[upper.tri(M)]) else 0
  pre <- 1:m; post <- m + 1:r
  P <- treated / J
  v <- ((m + r) / (m * r) * sd^2 + (m - 1) / m * off(C[pre, pre, drop = FALSE]) +
    (r - 1) / r * off(C[post, post, drop = FALSE]) - 2 * mean(C[pre, post])) / (P * (1 - P) * J)
  a <- treated; b <- J - treated # Welch's degrees at equal noise, as clubSandwich's CR2 with Satterthwaite has
  multiple((1 / a + 1 / b)^2 / (1 / (a^2 * (a - 1)) + 1 / (b^2 * (b - 1)))) * sqrt(v)
}
panels <- data.frame(units = c(40, 60, 200, 1362, 6, 6), treated = c(20, 12, 60, 300, 3, 2), before = c(1, 5, 3, 5, 5, 4), after = c(1, 5, 8, 10, 5, 2),
  sd = c(1, .02, 3, .01, .01, 1), rho = c(0, .3, .7, -.2, .3, .5))
for (i in seq_len(nrow(panels))) with(panels[i, ], add("panel", paste(units, treated, before, after, sd, rho),
  scr(units, treated, before, after, sd, rho)))

# Exact permutation of the treated: effect, in standard deviations of a change, seen at 80 %.
permuted <- function(n, k, draws = 20000, power = .8) {
  set.seed(1)
  sets <- combn(n, k); A <- matrix(-1 / (n - k), ncol(sets), n)
  for (s in seq_len(ncol(sets))) A[s, sets[, s]] <- 1 / k
  noise <- matrix(rnorm(n * draws), n); base <- A %*% noise; own <- A %*% as.numeric(1:n <= k)
  reached <- function(d) {
    S <- abs(base + as.vector(d * own)); mean(colMeans(S >= rep(S[1, ] * (1 - 1e-9), each = nrow(S))) <= .05 + 1e-12) - power
  }
  uniroot(reached, c(.5, 30), tol = 1e-4)$root
}
for (design in list(c(10, 5), c(12, 5), c(8, 3), c(7, 2), c(20, 1))) add("permutation", paste(design, collapse = " "), permuted(design[1], design[2]))

# Noise of a panel: gls with unit effects and each group's own periods, corAR1, REML.
data(Grunfeld, package = "plm")
grunfeld <- data.frame(data = "grunfeld", unit = paste0("f", sprintf("%02d", Grunfeld$firm)), time = Grunfeld$year, y = round(log(Grunfeld$inv), 6),
  start = ifelse(Grunfeld$firm %% 2 == 1, 1945, NA))
set.seed(4)
lasting <- t(apply(matrix(rnorm(72), 9), 1, function(e) as.vector(stats::filter(e * c(1, rep(sqrt(.75), 7)), .5, "recursive"))))
small <- expand.grid(time = 1:8, unit = 1:9)
grunfeld <- rbind(grunfeld, data.frame(data = "made", unit = paste0("u", small$unit), time = small$time,
  y = round(10 + small$unit / 2 + .2 * small$time + as.vector(t(lasting)), 6), start = ifelse(small$unit %in% c(2, 5, 8), 6, NA)))
save(grunfeld, "impact_power_data.csv")
noise <- function(d) {
  d$u <- factor(d$unit); d$own <- sapply(sort(unique(d$time))[-1], function(t) d$treated * (d$time == t))
  fit <- gls(y ~ u + factor(time) + own, d, correlation = corAR1(.2, ~ time | u), method = "REML", control = glsControl(tolerance = 1e-10, msTol = 1e-12, maxIter = 500, msMaxIter = 500))
  c(fit$sigma, coef(fit$modelStruct$corStruct, unconstrained = FALSE))
}
made <- subset(grunfeld, data == "made")
for (name in c("grunfeld", "made")) {
  d <- subset(grunfeld, data == name); start <- min(d$start, na.rm = TRUE)
  d$treated <- !is.na(d$start)
  for (when in c("before", "all")) {
    found <- noise(if (when == "before") d[d$time < start, ] else d)
    add("noise_sd", paste(name, when), found[1]); add("noise_rho", paste(name, when), found[2])
  }
}

# One series: generalised least squares under first-order noise; degrees by Satterthwaite from the expected REML information.
gls_error <- function(X, t, rho, place) {
  V <- function(r) r^abs(outer(t, t, "-")); v <- function(r) solve(t(X) %*% solve(V(r), X))[place, place]
  h <- 1e-4; W <- solve(V(rho)); P <- W - W %*% X %*% solve(t(X) %*% W %*% X) %*% t(X) %*% W
  D <- list(V(rho), (V(rho + h) - V(rho - h)) / (2 * h))
  I <- matrix(0, 2, 2); for (i in 1:2) for (j in 1:2) I[i, j] <- sum(diag(P %*% D[[i]] %*% P %*% D[[j]])) / 2
  g <- c(v(rho), (v(rho + h) - v(rho - h)) / (2 * h))
  df <- min(max(2 * v(rho)^2 / as.vector(t(g) %*% solve(I, g)), 1), nrow(X) - ncol(X))
  sqrt(v(rho)) * multiple(df)
}
segments <- function(t, s, slope = TRUE, season = FALSE) {
  X <- cbind(1, t - s, t >= s); if (slope) X <- cbind(X, (t - s) * (t >= s))
  if (season) for (k in 1:2) X <- cbind(X, cos(2 * pi * k * t / 12), sin(2 * pi * k * t / 12)); X
}
series <- data.frame(n = c(20, 24, 72, 72, 48), s = c(10, 8, 36, 36, 30), rho = c(0, .4, .2, .2, .6), place = c(3, 3, 3, 4, 4), season = c(0, 0, 1, 0, 0))
for (i in seq_len(nrow(series))) with(series[i, ], add("series", paste(n, s, rho, place, season),
  gls_error(segments(0:(n - 1), s, TRUE, season == 1), 0:(n - 1), rho, place)))
gap <- setdiff(0:71, 50:55)
add("series_gap", "72 36 0.3", gls_error(segments(gap, 36), gap, .3, 3))
mcleod <- function(n, T, phi) { # error of a step at T for noise of variance 1, level series
  i11 <- n * (1 - phi)^2; i12 <- (n - T) * (1 - phi)^2 + 1 - phi; i22 <- (n - T) * (1 - phi)^2 + 1
  sqrt(i11 * (1 - phi^2) / (i11 * i22 - i12^2))
}
for (phi in c(0, .25, .5)) for (n in c(400, 800)) add("mcleod", paste(n, n / 2, phi), mcleod(n, n / 2, phi))

# Counts: covariance of the quasi-Poisson model at the expected counts.
counts <- function(n, s, mean, dispersion, place, season) {
  t <- 0:(n - 1); mu <- mean * exp(.01 * t + .2 * cos(2 * pi * t / 12)); X <- segments(t, s, TRUE, season)
  fit <- suppressWarnings(glm(mu ~ X - 1, family = quasipoisson)); mu <- mu
  fit <- suppressWarnings(glm.fit(X, mu, family = poisson(), start = c(log(mean), rep(0, ncol(X) - 1)), control = list(epsilon = 1e-14, maxit = 100)))
  class(fit) <- "glm"
  sqrt(dispersion * summary(fit)$cov.unscaled[place, place]) * multiple(n - ncol(X))
}
add("counts", "72 36 40 1.5 3", counts(72, 36, 40, 1.5, 3, TRUE))
add("counts", "60 24 8 1 4", counts(60, 24, 8, 1, 4, TRUE))

# Slopes of places.
slopes <- function(G, t, sd, rho, own) {
  c <- (t - mean(t)) / sum((t - mean(t))^2); v <- sd^2 * as.vector(t(c) %*% (rho^abs(outer(t, t, "-"))) %*% c) + own^2
  multiple(G - 1) * sqrt(v / G)
}
add("trend", "5 10 0.02 0.3 0", slopes(5, 0:9, .02, .3, 0)); add("trend", "8 6 1 0 0.1", slopes(8, 0:5, 1, 0, .1))

# Before and after: power.prop.test at n over the design effect; with clusters Welch's degrees, least rise by uniroot.
rise <- function(n, p) uniroot(function(b) power.prop.test(n = n, p1 = p, p2 = b)$power - .8, c(p + 1e-6, 1 - 1e-9), tol = 1e-13)$root - p
add("before_after", "200 0.544 1", rise(200, .544)); add("before_after", "200 0.2 1.45", rise(200 / 1.45, .2))
clustered <- function(n1, n2, p, g1, g2, deff) uniroot(function(d) {
  a <- deff * p * (1 - p) / n1; b <- deff * (p + d) * (1 - p - d) / n2
  d - multiple((a + b)^2 / (a^2 / (g1 - 1) + b^2 / (g2 - 1))) * sqrt(a + b)
}, c(1e-6, (1 - p) * .95), tol = 1e-13)$root
add("clusters", "200 200 0.544 20 20 1.45", clustered(200, 200, .544, 20, 20, 1.45))
add("clusters", "90 57 0.3 9 5 1.2", clustered(90, 57, .3, 9, 5, 1.2))
# Synthetic control of three units among nine, every choice.
weights <- function(target, donors) { # columns of donors, periods before
  k <- ncol(donors); apart <- donors - target
  D <- crossprod(apart); D <- D / mean(diag(D)) + diag(1e-9, k)
  w <- solve.QP(D, rep(0, k), cbind(1, diag(k)), c(1, rep(0, k)), meq = 1)$solution
  pmax(w, 0) / sum(pmax(w, 0))
}
synthetic <- function(d, sd, rho, draws = 600, power = .8) {
  set.seed(2); d <- d[order(is.na(d$start), d$unit, d$time), ]; y <- matrix(d$y, ncol = length(unique(d$time)), byrow = TRUE)
  start <- min(d$start, na.rm = TRUE); t <- sort(unique(d$time)); pre <- t < start; n <- nrow(y); k <- sum(!is.na(unique(d[, c("unit", "start")])$start))
  L <- t(chol(sd^2 * rho^abs(outer(t, t, "-")))); level <- rowMeans(y[, pre]); sets <- combn(n, k); true <- as.numeric(1:n <= k)
  found <- lapply(seq_len(draws), function(i) {
    z <- level + t(L %*% matrix(rnorm(n * length(t)), length(t)))
    sapply(seq_len(ncol(sets)), function(s) {
      inn <- sets[, s]; out <- setdiff(1:n, inn)
      each <- sapply(inn, function(u) { w <- weights(z[u, pre], t(z[out, pre])); c(mean(z[u, !pre] - w %*% z[out, !pre]), true[u] - sum(w * true[out])) })
      rowMeans(each)
    })
  })
  reached <- function(c) mean(sapply(found, function(m) mean(abs(m[1, ] + c * m[2, ]) >= abs(m[1, 1] + c) * (1 - 1e-9))) <= .05) - power
  uniroot(reached, c(0, 100 * sd), tol = sd / 1000)$root
}
found <- noise(transform(made, treated = !is.na(start))[made$time < min(made$start, na.rm = TRUE), ])
add("synthetic", "made", synthetic(made, found[1], found[2]))

save(cbind(do.call(rbind, rows), tools = "R 4.2.2; nlme 3.1-162; quadprog 1.5-8"), "impact_power.csv")
