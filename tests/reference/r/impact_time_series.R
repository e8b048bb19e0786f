# Interrupted series: glm(quasipoisson), lm, sandwich::NeweyWest(prewhite = FALSE, adjust = TRUE), lmtest::dwtest, and
# nlme::gls with a fixed corAR1, iterated here, for Prais and Winsten (REML's sigma and t limits are theirs given rho).
# Over gaps Newey-West is a double sum written out here. Run from the repository's root:
#   Rscript tests/reference/r/impact_time_series.R
# reads ../shared/reference/datasets/{sicily,prop99}.csv, writes tests/reference/impact_time_series.csv and
# impact_time_series_data.csv (belts, nile). sicily: Bernal, Cummins & Gasparrini (2017), IJE 46:348-355, ban in month
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
