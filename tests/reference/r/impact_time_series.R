# Interrupted series: glm(quasipoisson), lm, sandwich::NeweyWest(prewhite = FALSE, adjust = TRUE), lmtest::dwtest, and
# nlme::gls with a fixed corAR1, iterated here, for Prais and Winsten (REML's sigma and t limits are theirs given rho).
# Over gaps Newey-West is a double sum written out here. Run from the repository's root:
#   Rscript tests/reference/r/impact_time_series.R
# reads ../shared/reference/datasets/{sicily,prop99}.csv, writes tests/reference/impact_time_series.csv,
# impact_time_series_reml.csv and impact_time_series_data.csv (belts, nile). sicily: Bernal, Cummins & Gasparrini (2017), IJE 46:348-355, ban in month
# 37; california: Abadie, Diamond & Hainmueller (2010), as in Linden (2015), Stata J 15:480-500; belts: front-seat
# casualties, Harvey & Durbin (1986), JRSS A 149:187-227, law in month 170, kilometres driven as exposure, the winter of
# the oil crisis (months 59-66) as a break; nile: Cobb (1978), Biometrika 65:243-251, dam in 1899.
suppressPackageStartupMessages({ library(sandwich); library(lmtest); library(nlme) })
shared <- "../shared/reference/datasets/"
sicily <- read.csv(paste0(shared, "sicily.csv")); smoke <- read.csv(paste0(shared, "prop99.csv"))
belts <- data.frame(t = 1:192, y = as.numeric(Seatbelts[, "front"]), exposure = as.numeric(Seatbelts[, "kms"]))
nile <- data.frame(t = 1871:1970, y = as.numeric(Nile), exposure = NA)
data <- list(
  sicily = data.frame(t = sicily$time, y = sicily$aces, exposure = sicily$stdpop),
  california = data.frame(t = smoke$Year, y = smoke$California, exposure = NA), belts = belts, nile = nile
)
starts <- c(sicily = 37, california = 1989, belts = 170, nile = 1899)
crisis <- c(59, 66)
newey <- function(x, u, t, lag, k) { # scores x * u, weights by distance in time
  s <- x * u; meat <- 0 * diag(ncol(s))
  for (i in seq_along(t)) for (j in seq_along(t)) {
    w <- 1 - abs(t[i] - t[j]) / (lag + 1)
    if (w > 0) meat <- meat + w * outer(s[i, ], s[j, ])
  }
  meat * nrow(s) / (nrow(s) - k)
}
rule <- function(n) floor(4 * (n / 100)^(2 / 9))
one <- function(name, family, errors, slope = TRUE, season = "none", span = "none", lag = NA, logged = FALSE) {
  d <- data[[name]]; s <- starts[[name]]
  if (logged) d$y <- log(d$y)
  d$post <- as.numeric(d$t >= s); d$since <- d$post * (d$t - s); d$time <- d$t - s
  d$crisis <- as.numeric(d$t >= crisis[1] & d$t <= crisis[2]); w <- 2 * pi * d$t / 12
  d$c1 <- cos(w); d$s1 <- sin(w); d$c2 <- cos(2 * w); d$s2 <- sin(2 * w); d$m <- factor(d$t %% 12)
  terms <- c("time", "post", if (slope) "since", switch(season, none = NULL, harmonics = c("c1", "s1", "c2", "s2"), dummies = "m"),
             if (span == "modelled") "crisis")
  if (span == "excluded") d <- d[d$crisis == 0, ]
  f <- reformulate(terms, "y"); n <- nrow(d); rho <- NA
  if (is.na(lag)) lag <- rule(n)
  if (family == "poisson") {
    m <- glm(update(f, . ~ . + offset(log(exposure))), quasipoisson, d, control = glm.control(1e-14, 100))
    e <- residuals(m, "pearson"); spread <- summary(m)$dispersion; V <- vcov(m)
    if (errors == "newey_west") V <- NeweyWest(m, lag = lag, prewhite = FALSE, adjust = TRUE)
    b <- coef(m)
  } else {
    m <- lm(f, d); e <- residuals(m); spread <- sigma(m)^2; V <- vcov(m); b <- coef(m)
    if (errors == "newey_west") {
      X <- model.matrix(m); B <- solve(crossprod(X))
      V <- B %*% newey(X, e, d$t, lag, ncol(X)) %*% B
      if (span != "excluded") stopifnot(max(abs(V / NeweyWest(m, lag = lag, prewhite = FALSE, adjust = TRUE) - 1)) < 1e-6)
    }
    if (errors == "prais_winsten") {
      rho <- 0
      for (i in 1:200) {
        if (rho != 0) { m <- gls(f, d, correlation = corAR1(rho, form = ~ t, fixed = TRUE)); b <- coef(m) }
        e <- d$y - as.vector(model.matrix(f, d) %*% b)
        at <- match(d$t - 1, d$t); ok <- !is.na(at)
        new <- sum(e[ok] * e[at[ok]]) / sum(e[at[ok]]^2)
        if (abs(new - rho) < 1e-12) break
        rho <- new
      }
      V <- vcov(m)
      # gls's sigma is that of the errors themselves, ours that of the innovations
      spread <- m$sigma^2 * (1 - rho^2)
    }
  }
  k <- length(b); at <- match(d$t - 1, d$t); ok <- !is.na(at)
  dw <- sum((e[ok] - e[at[ok]])^2) / sum(e^2)
  if (family == "gaussian" && errors != "prais_winsten" && span != "excluded") stopifnot(abs(dw - dwtest(m)$statistic) < 1e-9)
  r1 <- sum(e[ok] * e[at[ok]]) / sum(e[at[ok]]^2)
  last <- max(d$t)
  keep <- c("time", "post", if (slope) "since")
  pick <- diag(k)[match(keep, names(b)), , drop = FALSE]
  if (slope) { end <- rep(0, k); end[match("post", names(b))] <- 1; end[match("since", names(b))] <- last - s; pick <- rbind(pick, end); keep <- c(keep, "last") }
  est <- as.vector(pick %*% b); se <- sqrt(diag(pick %*% V %*% t(pick)))
  data.frame(
    data = name, family = family, errors = errors, slope = slope, season = season, span = span, logged = logged,
    lag = if (errors == "newey_west") lag else 0, term = keep, n = n, df = n - k, estimate = est, standard_error = se,
    lower = est - qt(.975, n - k) * se, upper = est + qt(.975, n - k) * se, normal_lower = est - qnorm(.975) * se,
    normal_upper = est + qnorm(.975) * se, p_value = 2 * pt(-abs(est / se), n - k), dispersion = spread,
    autocorrelation = if (is.na(rho)) r1 else rho, durbin_watson = dw
  )
}
# REML with dense matrices, and Satterthwaite's degrees by differences: shares nothing with whitened rows.
restricted <- function(name, slope = TRUE, season = FALSE, span = "none", logged = FALSE) {
  d <- data[[name]]; s <- starts[[name]]; if (logged) d$y <- log(d$y)
  if (span == "excluded") d <- d[d$t < crisis[1] | d$t > crisis[2], ]
  d$post <- as.numeric(d$t >= s); d$time <- d$t - s; d$since <- d$post * d$time; d$m <- factor(d$t %% 12)
  f <- reformulate(c("time", "post", if (slope) "since", if (season) "m"), "y")
  X <- model.matrix(f, d); n <- nrow(X); k <- ncol(X); D <- abs(outer(d$t, d$t, "-"))
  state <- function(p) { # p: log of the innovations' variance, autocorrelation
    V <- exp(p[1]) / (1 - p[2]^2) * p[2]^D; W <- solve(V); C <- solve(t(X) %*% W %*% X); b <- C %*% t(X) %*% W %*% d$y
    e <- d$y - X %*% b
    list(C = C, b = b, e = e, minus = .5 * as.numeric(determinant(V)$modulus - determinant(C)$modulus + t(e) %*% W %*% e))
  }
  scale <- function(r) { q <- state(c(0, r)); W <- solve(r^D / (1 - r^2)); log(as.numeric(t(q$e) %*% W %*% q$e) / (n - k)) }
  rho <- optimize(function(r) state(c(scale(r), r))$minus, c(-.99, .99), tol = 1e-9)$minimum
  p <- c(scale(rho), rho); h <- 1e-3; at <- function(i, j, a, b) { q <- p; q[i] <- q[i] + a; q[j] <- q[j] + b; state(q)$minus }
  H <- matrix(0, 2, 2)
  for (i in 1:2) for (j in 1:2) H[i, j] <- (at(i, j, h, h) - at(i, j, h, -h) - at(i, j, -h, h) + at(i, j, -h, -h)) / (4 * h^2)
  q <- state(p); keep <- c("time", "post", if (slope) "since"); at2 <- match(keep, colnames(X))
  g <- sapply(1:2, function(i) { a <- p; b <- p; a[i] <- a[i] + h; b[i] <- b[i] - h; (diag(state(a)$C) - diag(state(b)$C))[at2] / (2 * h) })
  v <- diag(q$C)[at2]; df <- pmin(n - k, 2 * v^2 / rowSums((g %*% solve(H)) * g))
  peer <- try(gls(f, d, correlation = corAR1(form = ~ t), method = "REML", control = glsControl(tolerance = 1e-12, msTol = 1e-14)), silent = TRUE)
  near <- !inherits(peer, "try-error")
  data.frame(data = name, slope = slope, season = season, span = span, logged = logged, term = keep, n = n, estimate = q$b[at2],
    standard_error = sqrt(v), df = df, rho = rho, dispersion = exp(p[1]),
    gls = if (near) coef(peer)[at2] else NA, gls_error = if (near) sqrt(diag(vcov(peer)))[at2] else NA)
}
two <- rbind(restricted("nile", FALSE), restricted("nile"), restricted("california"), restricted("belts", TRUE, TRUE, "none", TRUE),
  restricted("belts", TRUE, TRUE, "excluded", TRUE))
write.csv(two, "tests/reference/impact_time_series_reml.csv", row.names = FALSE, na = "")
rows <- list(
  one("sicily", "poisson", "quasi_poisson", FALSE), one("sicily", "poisson", "quasi_poisson", FALSE, "harmonics"),
  one("sicily", "poisson", "quasi_poisson", TRUE, "harmonics"), one("sicily", "poisson", "newey_west", TRUE, "harmonics"),
  one("sicily", "poisson", "newey_west", FALSE, "none", lag = 6),
  one("california", "gaussian", "newey_west", lag = 1), one("california", "gaussian", "newey_west"),
  one("california", "gaussian", "student"), one("california", "gaussian", "prais_winsten"),
  one("nile", "gaussian", "newey_west", FALSE), one("nile", "gaussian", "newey_west"),
  one("nile", "gaussian", "prais_winsten"), one("nile", "gaussian", "student", FALSE),
  one("belts", "poisson", "quasi_poisson", TRUE, "dummies"), one("belts", "poisson", "newey_west", TRUE, "dummies")
)
for (span in c("none", "modelled", "excluded")) for (errors in c("student", "newey_west", "prais_winsten"))
  rows[[length(rows) + 1]] <- one("belts", "gaussian", errors, TRUE, "dummies", span, logged = TRUE)
tools <- paste0(R.version.string, "; sandwich ", packageVersion("sandwich"), "; nlme ", packageVersion("nlme"))
out <- do.call(rbind, rows); out$tools <- tools
write.csv(out, "tests/reference/impact_time_series.csv", row.names = FALSE, na = "")
write.csv(
  rbind(cbind(data = "belts", belts), cbind(data = "nile", nile)), "tests/reference/impact_time_series_data.csv",
  row.names = FALSE, na = "", quote = FALSE
)
