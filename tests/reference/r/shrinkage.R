# Reference values for tests/estimation/test_shrinkage.py.
# Run from the repository's root:  Rscript tests/reference/r/shrinkage.R
# Writes tests/reference/shrinkage_{data,priors,areas}.csv
# Marshall: spdep::EBest. Negative binomial: MASS::glm.nb, its two halves repeated until they no longer move.
# Clayton-Kaldor, beta-binomial and the hierarchical ones are in no Debian package: independent base R below (the published
# iteration; Newton on (a, b); a plain sum over a fine grid).
suppressMessages({library(spdep); library(MASS); library(spData); library(lme4)})
options(digits = 15)
out <- function(frame, name) write.csv(frame, file.path("tests", "reference", paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
version <- paste("R", getRversion(), "spdep", packageVersion("spdep"), "MASS", packageVersion("MASS"))

data(auckland); data(nc.sids)
herds <- aggregate(cbind(incidence, size) ~ herd, cbpp, sum)
rates <- list(
  # Clayton and Kaldor (1987), Biometrics 43:671-681: lip cancer, 56 districts of Scotland, observed and expected.
  scotland = data.frame(
    events = c(9, 39, 11, 9, 15, 8, 26, 7, 6, 20, 13, 5, 3, 8, 17, 9, 2, 7, 9, 7, 16, 31, 11, 7, 19, 15, 7, 10, 16, 11, 5, 3, 7, 8,
               11, 9, 11, 8, 6, 4, 10, 8, 2, 6, 19, 3, 2, 3, 28, 6, 1, 1, 1, 1, 0, 0),
    exposure = c(1.4, 8.7, 3, 2.5, 4.3, 2.4, 8.1, 2.3, 2, 6.6, 4.4, 1.8, 1.1, 3.3, 7.8, 4.6, 1.1, 4.2, 5.5, 4.4, 10.5, 22.7, 8.8, 5.6,
                 15.5, 12.5, 6, 9, 14.4, 10.2, 4.8, 2.9, 7, 8.5, 12.3, 10.1, 12.7, 9.4, 7.2, 5.3, 18.8, 15.8, 4.3, 14.6, 50.7, 8.2,
                 5.6, 9.3, 88.7, 19.6, 3.4, 3.6, 5.7, 7, 4.2, 1.8)),
  # Marshall (1991), Appl Stat 40:283-294: deaths of infants, 167 areas of Auckland; years lived under five (spData).
  auckland = data.frame(events = auckland$Deaths.1977.85, exposure = 9 * auckland$Under.5.1981),
  # Cressie and Read (1985): sudden infant deaths, 100 counties of North Carolina, 1974-78 (spData).
  sids = data.frame(events = nc.sids$SID74, exposure = nc.sids$BIR74))
shares <- list(
  # Lesnoff et al. (2004), Prev Vet Med 64:145-155: new cases of pleuropneumonia in 15 herds (lme4's cbpp, summed by herd).
  herds = data.frame(events = herds$incidence, exposure = herds$size),
  # Crowder (1978), Appl Stat 27:34-37: seeds that germinated on 21 plates.
  seeds = data.frame(events = c(10, 23, 23, 26, 17, 5, 53, 55, 32, 46, 10, 8, 10, 8, 23, 0, 3, 22, 15, 32, 3),
                     exposure = c(39, 62, 81, 51, 39, 6, 74, 72, 51, 79, 13, 16, 30, 28, 45, 4, 12, 41, 30, 51, 7)))
out(do.call(rbind, lapply(names(c(rates, shares)), function(n) cbind(data = n, c(rates, shares)[[n]]))), "shrinkage_data")

marshall <- function(o, e) { fit <- EBest(o, e); p <- attr(fit, "parameters"); list(shape = p$b^2 / p$a, rate = p$b / p$a, estimate = fit$estmm) }
clayton_kaldor <- function(o, e) {  # equations (5) and (6), repeated as published until nothing moves
  rr <- o / e; shape <- mean(rr)^2 / var(rr); rate <- mean(rr) / var(rr)
  for (i in 1:1e6) {
    theta <- (o + shape) / (e + rate); m <- mean(theta); v <- sum((1 + rate / e) * (theta - m)^2) / (length(o) - 1)
    moved <- abs(m / v / rate - 1) + abs(m^2 / v / shape - 1); rate <- m / v; shape <- m^2 / v
    if (moved < 1e-15) break
  }
  list(shape = shape, rate = rate, estimate = (o + shape) / (e + rate))
}
negative_binomial <- function(o, e) {
  fit <- suppressWarnings(glm.nb(o ~ offset(log(e)))); theta <- fit$theta
  for (i in 1:500) {
    fit <- glm(o ~ offset(log(e)), family = negative.binomial(theta), control = list(epsilon = 1e-15, maxit = 100))
    new <- as.numeric(theta.ml(o, fitted(fit), limit = 200, eps = 1e-13)); if (abs(new / theta - 1) < 1e-14) break; theta <- new
  }
  mu <- exp(unname(coef(fit))); list(shape = theta, rate = theta / mu, estimate = (o + theta) / (e + theta / mu))
}
beta_binomial <- function(y, n) {
  ab <- c(1, 1) * 2
  for (i in 1:500) {
    a <- ab[1]; b <- ab[2]
    g <- c(sum(digamma(y + a) - digamma(n + a + b) - digamma(a) + digamma(a + b)), sum(digamma(n - y + b) - digamma(n + a + b) - digamma(b) + digamma(a + b)))
    cross <- sum(trigamma(a + b) - trigamma(n + a + b))
    H <- matrix(c(sum(trigamma(y + a) - trigamma(a)) + cross, cross, cross, sum(trigamma(n - y + b) - trigamma(b)) + cross), 2)
    step <- solve(H, g); while (any(ab - step <= 0)) step <- step / 2
    ab <- ab - step; if (max(abs(step / ab)) < 1e-15) break
  }
  ab
}

priors <- list(); areas <- list()
for (name in names(rates)) for (method in c("marshall", "clayton_kaldor", "negative_binomial")) {
  o <- rates[[name]]$events; e <- rates[[name]]$exposure; fit <- get(method)(o, e)
  priors[[length(priors) + 1]] <- data.frame(data = name, method, first = fit$shape, second = fit$rate, version)
  areas[[length(areas) + 1]] <- data.frame(data = name, method, area = seq_along(o) - 1, estimate = fit$estimate,
    lower = qgamma(0.025, o + fit$shape, e + fit$rate), upper = qgamma(0.975, o + fit$shape, e + fit$rate))
}
for (name in names(shares)) {
  y <- shares[[name]]$events; n <- shares[[name]]$exposure; ab <- beta_binomial(y, n)
  priors[[length(priors) + 1]] <- data.frame(data = name, method = "beta_binomial", first = ab[1], second = ab[2], version)
  areas[[length(areas) + 1]] <- data.frame(data = name, method = "beta_binomial", area = seq_along(y) - 1, estimate = (y + ab[1]) / (n + sum(ab)),
    lower = qbeta(0.025, y + ab[1], n - y + ab[2]), upper = qbeta(0.975, y + ab[1], n - y + ab[2]))
}
out(do.call(rbind, priors), "shrinkage_priors"); out(do.call(rbind, areas), "shrinkage_areas")

# Proportions with the Beta itself uncertain: brute-force sum over a plain grid (logit shrinkage, logit mean).
hierarchical <- function(x, n) {
  middle <- median(n); v <- seq(-22, 22, 0.2); l <- seq(-16, 16, 0.05)
  grid <- expand.grid(v = v, l = l); size <- middle * exp(-grid$v); p <- plogis(grid$l)
  rising <- function(k, a) if (k > 0) lgamma(k) - lbeta(k, a) else 0 * a
  logw <- dlogis(grid$v, log = TRUE) + dlogis(grid$l, log = TRUE)
  for (i in seq_along(x)) logw <- logw + rising(x[i], size * p) + rising(n[i] - x[i], size * plogis(-grid$l)) - rising(n[i], size)
  w <- exp(logw - max(logw)); keep <- w > 1e-9; w <- w[keep] / sum(w[keep]); a <- (size * p)[keep]; b <- (size * plogis(-grid$l))[keep]
  quantile <- function(i, q) uniroot(function(t) sum(w * pbeta(t, a + x[i], b + n[i] - x[i])) - q, c(1e-9, 1 - 1e-9), tol = 1e-11)$root
  data.frame(estimate = sapply(seq_along(x), function(i) sum(w * (a + x[i]) / (a + b + n[i]))),
             lower = sapply(seq_along(x), quantile, 0.025), upper = sapply(seq_along(x), quantile, 0.975))
}
areas <- read.csv(file.path("tests", "reference", "shrinkage_areas.csv"))
for (name in names(shares)) areas <- rbind(areas, cbind(data = name, method = "hierarchical_beta", area = seq_along(shares[[name]]$events) - 1,
                                                        hierarchical(shares[[name]]$events, shares[[name]]$exposure)))

# Rates with the Gamma itself uncertain: the same over (logit weight, log mean).
hierarchical_rates <- function(o, e) {
  middle <- sum(o) / sum(e) * median(e); v <- seq(-22, 22, 0.2); l <- log(sum(o) / sum(e)) + seq(-8, 8, 0.025)
  grid <- expand.grid(v = v, l = l); shape <- middle * exp(-grid$v); mu <- exp(grid$l)
  rising <- function(k, a) if (k > 0) lgamma(k) - lbeta(k, a) else 0 * a
  logw <- dlogis(grid$v, log = TRUE)
  for (i in seq_along(o)) logw <- logw + rising(o[i], shape) - shape * log1p(mu * e[i] / shape) - o[i] * log1p(shape / mu / e[i])
  w <- exp(logw - max(logw)); keep <- w > 1e-9; w <- w[keep] / sum(w[keep]); shape <- shape[keep]; rate <- shape / mu[keep]
  quantile <- function(i, q) {
    high <- 10 * (o[i] + 1) / e[i]
    uniroot(function(t) sum(w * pgamma(t * high, shape + o[i], rate + e[i])) - q, c(0, 10), tol = 1e-13)$root * high
  }
  data.frame(estimate = sapply(seq_along(o), function(i) sum(w * (shape + o[i]) / (rate + e[i]))),
             lower = sapply(seq_along(o), quantile, 0.025), upper = sapply(seq_along(o), quantile, 0.975))
}
for (name in c("scotland", "auckland")) {
  few <- if (name == "auckland") 1:12 else seq_along(rates$scotland$events)  # the first twelve areas: a small pool
  areas <- rbind(areas, cbind(data = paste0(name, if (length(few) == 12) "_12"), method = "hierarchical_gamma", area = few - 1,
                              hierarchical_rates(rates[[name]]$events[few], rates[[name]]$exposure[few])))
}
out(areas, "shrinkage_areas")
