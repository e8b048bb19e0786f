# Synthetic controls by quadratic programming (quadprog, checked by kernlab's ipop, the solver of R's Synth) and
# synthetic difference-in-differences written in base R from the paper (Arkhangelsky et al. 2021, Am Econ Rev
# 111:4088-4118, algorithms 1, 3 and 4: Frank-Wolfe with exact line search, 100 steps, weights under a quarter of the
# largest dropped, 10 000 steps more; synthdid 0.0.9 is not in Debian). Run from the repository's root:
#   Rscript tests/reference/r/impact_synthetic.R
# writes tests/reference/impact_synthetic.csv (data, what, name, value). Reads ../shared/reference/datasets: prop99
# (Abadie, Diamond & Hainmueller 2010), basque (Abadie & Gardeazabal 2003), germany (Abadie, Diamond & Hainmueller
# 2015); made: written here, 12 units of which 5 treated.
suppressPackageStartupMessages({ library(quadprog); library(kernlab) })
rows <- list()
put <- function(data, what, name, value) {
  rows[[length(rows) + 1]] <<- data.frame(data = data, what = what, name = name, value = value)
}

# min |x1 - X0 w|^2_V on the simplex: quadprog with a ridge of 1e-9 for a start, then the equations of its support
qp <- function(X1, X0, V = rep(1, length(X1)), ridge = 1e-9) {
  J <- ncol(X0)
  D <- sqrt(V) * (X0 - as.vector(X1))
  D <- D / sqrt(mean(colSums(D^2)))
  A <- cbind(rep(1, J), diag(J))
  w <- solve.QP(crossprod(D) + diag(ridge, J), rep(0, J), A, c(1, rep(0, J)), meq = 1)$solution
  on <- which(w > 1e-6)
  K <- rbind(cbind(crossprod(D[, on, drop = FALSE]), 1), c(rep(1, length(on)), 0))
  out <- rep(0, J)
  out[on] <- solve(K, c(rep(0, length(on)), 1), tol = 1e-20)[seq_along(on)]
  g <- as.vector(crossprod(D, D %*% out))
  stopifnot(all(out > -1e-9), all(g >= sum((D %*% out)^2) - 1e-8)) # Karush-Kuhn-Tucker
  out
}
by_ipop <- function(X1, X0, V) {
  D <- sqrt(V) * (X0 - as.vector(X1)); J <- ncol(D)
  primal(ipop(c = matrix(0, J), H = crossprod(D), A = t(rep(1, J)), b = 1, l = rep(0, J), u = rep(1, J), r = 0, sigf = 9, maxiter = 2000))
}
standard <- function(X) X / apply(X, 1, sd)
rms <- function(x) sqrt(mean(x^2))
outcome_only <- function(Y, i, donors, pre) {
  w <- qp(Y[i, pre], t(Y[donors, pre]))
  gap <- Y[i, ] - as.vector(w %*% Y[donors, ])
  list(w = w, gap = gap, effect = mean(gap[!pre]), pre = rms(gap[pre]), post = rms(gap[!pre]))
}
report <- function(data, Y, i, donors, pre, placebos = TRUE) {
  f <- outcome_only(Y, i, donors, pre)
  for (j in seq_along(donors)) put(data, "weight", rownames(Y)[donors[j]], f$w[j])
  put(data, "effect", "", f$effect); put(data, "pre_rmspe", "", f$pre); put(data, "post_rmspe", "", f$post)
  if (placebos) for (j in donors) {
    p <- outcome_only(Y, j, setdiff(donors, j), pre)
    put(data, "placebo_ratio", rownames(Y)[j], p$post / p$pre); put(data, "placebo_effect", rownames(Y)[j], p$effect)
  }
  for (j in donors[f$w > 1e-9]) put(data, "without", rownames(Y)[j], outcome_only(Y, i, setdiff(donors, j), pre)$effect)
}

# The mean effect of several units, its p-value among all choices of as many, and limits by bisection on that p-value
pooled <- function(data, Y, treated, pre) {
  N <- nrow(Y); k <- length(treated)
  choices <- combn(c(treated, setdiff(1:N, treated)), k, simplify = FALSE) # the first is the one that was made
  net <- t(sapply(choices, function(s) { # the statistic is this row times the mean outcomes after
    row <- rep(0, N); rest <- setdiff(1:N, s)
    for (i in s) { row[i] <- row[i] + 1 / k; row[rest] <- row[rest] - outcome_only(Y, i, rest, pre)$w / k }
    row
  }))
  p_at <- function(c) {
    Y[treated, !pre] <- Y[treated, !pre] - c
    s <- as.vector(net %*% rowMeans(Y[, !pre]))
    mean(abs(s) >= abs(s[1]) - 1e-9)
  }
  s <- as.vector(net %*% rowMeans(Y[, !pre]))
  edge <- function(inside, outside) { # between an effect that is not rejected and one that is
    stopifnot(p_at(outside) <= .05)
    while (abs(inside - outside) > 1e-8) { m <- (inside + outside) / 2; if (p_at(m) > .05) inside <- m else outside <- m }
    inside
  }
  far <- 10 * max(abs(s))
  put(data, "pooled", "", s[1]); put(data, "pooled_p", "", p_at(0)); put(data, "pooled_sum_of_squares", "", sum(s^2))
  put(data, "pooled_lower", "", edge(s[1], s[1] - far)); put(data, "pooled_upper", "", edge(s[1], s[1] + far))
}

# Synthetic difference-in-differences
frank_wolfe <- function(A, b, zeta, start, least, steps) {
  n <- nrow(A); eta <- n * zeta^2; x <- start; old <- Inf
  for (s in seq_len(steps)) {
    fit <- as.vector(A %*% x); half <- as.vector(crossprod(A, fit - b)) + eta * x
    i <- which.min(half); d <- -x; d[i] <- 1 - x[i]
    if (any(d != 0)) {
      step <- -sum(half * d) / (sum((A[, i] - fit)^2) + eta * sum(d^2))
      x <- x + min(1, max(0, step)) * d
    }
    new <- zeta^2 * sum(x^2) + sum((A %*% x - b)^2) / n
    if (s >= 2 && old - new <= least^2) break
    old <- new
  }
  x
}
two_step <- function(A, b, zeta, least, start = rep(1 / ncol(A), ncol(A))) {
  A <- sweep(A, 2, colMeans(A)); b <- b - mean(b)
  x <- frank_wolfe(A, b, zeta, start, least, 100)
  x[x <= max(x) / 4] <- 0
  frank_wolfe(A, b, zeta, x / sum(x), least, 10000)
}
sdid_noise <- function(Y, N0, T0) sd(apply(Y[1:N0, 1:T0], 1, diff))
sdid <- function(Y, N0, T0, noise = sdid_noise(Y, N0, T0), exact = FALSE, omega = rep(1 / N0, N0), lambda = rep(1 / T0, T0)) {
  N1 <- nrow(Y) - N0; T1 <- ncol(Y) - T0; pre <- 1:T0; con <- 1:N0
  zeta <- ((N1 * T1)^(1 / 4)) * noise
  late <- rowMeans(Y[con, -pre, drop = FALSE]); mean1 <- colMeans(Y[-con, , drop = FALSE])
  if (exact) { # the same two problems, solved
    ridge <- function(A, b, z) {
      A <- sweep(A, 2, colMeans(A)); b <- b - mean(b)
      J <- ncol(A)
      solve.QP(crossprod(A) + diag(nrow(A) * z^2, J), crossprod(A, b), cbind(1, diag(J)), c(1, rep(0, J)), meq = 1)$solution
    }
    omega <- ridge(t(Y[con, pre]), mean1[pre], zeta); lambda <- ridge(Y[con, pre], late, 1e-6 * noise)
  } else {
    omega <- two_step(t(Y[con, pre]), mean1[pre], zeta, 1e-5 * noise, omega)
    lambda <- two_step(Y[con, pre], late, 1e-6 * noise, 1e-5 * noise, lambda)
  }
  list(estimate = sdid_at(Y, N0, T0, omega, lambda), omega = omega, lambda = lambda, noise = noise)
}
sdid_at <- function(Y, N0, T0, omega, lambda) {
  N1 <- nrow(Y) - N0; T1 <- ncol(Y) - T0
  sum(c(-omega, rep(1 / N1, N1)) * as.vector(Y %*% c(-lambda, rep(1 / T1, T1))))
}
sdid_jackknife <- function(Y, N0, T0, f) {
  n <- nrow(Y)
  u <- sapply(1:n, function(i) {
    omega <- if (i <= N0) f$omega[-i] / sum(f$omega[-i]) else f$omega
    sdid_at(Y[-i, ], if (i <= N0) N0 - 1 else N0, T0, omega, f$lambda)
  })
  sqrt((n - 1) / n * (n - 1) * var(u))
}
sdid_placebo <- function(Y, N0, T0, f, draws = 2000) { # noise level and first weights are those of the fit, as in synthdid
  N1 <- nrow(Y) - N0; set.seed(1)
  t <- replicate(draws, {
    i <- sample(N0); o <- f$omega[i[seq_len(N0 - N1)]]
    o <- if (sum(o) > 0) o / sum(o) else rep(1 / length(o), length(o))
    sdid(Y[i, ], N0 - N1, T0, noise = f$noise, omega = o, lambda = f$lambda)$estimate
  })
  sqrt((draws - 1) / draws) * sd(t)
}
both <- function(data, Y, N0, T0, jackknife = TRUE, placebo = TRUE) {
  f <- sdid(Y, N0, T0)
  put(data, "sdid", "", f$estimate); put(data, "sdid_exact", "", sdid(Y, N0, T0, exact = TRUE)$estimate)
  for (j in seq_len(N0)) put(data, "omega", rownames(Y)[j], f$omega[j])
  for (j in seq_len(T0)) put(data, "lambda", colnames(Y)[j], f$lambda[j])
  if (jackknife) put(data, "sdid_jackknife", "", sdid_jackknife(Y, N0, T0, f))
  if (placebo) put(data, "sdid_placebo", "", sdid_placebo(Y, N0, T0, f))
}

# made: 12 units (a-l), 12 periods, the first 5 treated from the 8th; the same formula in tests/impact/test_synthetic.py
i <- 0:11; t <- 0:11
made <- outer(i, t, function(i, t) (7 * i + 3) %% 5 + 0.1 * t * (i %% 3) + ((i * i + 5 * t * i + 3 * t * t) %% 17) / 10 + 1.5 * (i < 5 & t >= 7))
dimnames(made) <- list(letters[1:12], 2001:2012)
report("made", made, 1, 6:12, t < 7)
pooled("made", made, 1:5, t < 7)
both("made", made[c(6:12, 1:5), ], 7, 7)

folder <- "../shared/reference/datasets"
if (dir.exists(folder)) {
  p <- read.csv(file.path(folder, "prop99_long.csv"))
  Y <- with(p, tapply(PacksPerCapita, list(State, Year), mean)); k <- which(rownames(Y) == "California")
  report("prop99", Y, k, setdiff(1:39, k), 1970:2000 < 1989)
  pooled("prop99", Y, k, 1970:2000 < 1989)
  both("prop99", Y[c(setdiff(1:39, k), k), ], 38, 19, jackknife = FALSE)
  two <- c(k, which(rownames(Y) == "Wyoming"))
  both("prop99_two", Y[c(setdiff(1:39, two), two), ], 37, 19, placebo = FALSE)

  b <- read.csv(file.path(folder, "basque.csv")); b <- b[b$regionno != 1, ]
  means <- function(d, unit, column, years) tapply(d[[column]][d$year %in% years], d[[unit]][d$year %in% years], mean, na.rm = TRUE)
  # Synth's own example (Abadie, Diamond & Hainmueller 2011, J Stat Softw 42(13)): school.* and invest 1964-69, gdpcap
  # 1960-69, sectors 1961-69 every other year, density 1969; schooling in years' levels as given
  school <- c("school.illit", "school.prim", "school.med", "school.high", "school.post.high")
  sector <- c("sec.agriculture", "sec.energy", "sec.industry", "sec.construction", "sec.services.venta", "sec.services.nonventa")
  X <- rbind(sapply(c(school, "invest"), function(x) means(b, "regionno", x, 1964:1969)) |> t(),
    gdpcap = means(b, "regionno", "gdpcap", 1960:1969),
    t(sapply(sector, function(x) means(b, "regionno", x, seq(1961, 1969, 2)))), popdens = means(b, "regionno", "popdens", 1969))
  # solution.v that synth() prints for it (method = "BFGS")
  V <- c(0.02773094, 1.194e-07, 1.60609e-05, 0.0007163836, 1.486e-07, 0.002423908, 0.0587055, 0.2651997, 0.02851006,
    0.291276, 0.007994382, 0.004053188, 0.009398579, 0.303975)
  k <- which(colnames(X) == "17"); S <- standard(X)
  w <- qp(S[, k], S[, -k], V); v <- by_ipop(S[, k], S[, -k], V)
  names_b <- b$regionname[match(colnames(X)[-k], b$regionno)]
  for (j in seq_along(w)) { put("basque_v", "weight", names_b[j], w[j]); put("basque_v", "ipop", names_b[j], v[j]) }
  Y <- with(b, tapply(gdpcap, list(regionname, year), mean)); k <- which(grepl("Basque", rownames(Y)))
  report("basque", Y, k, setdiff(1:17, k), 1955:1997 < 1970, placebos = FALSE)

  g <- read.csv(file.path(folder, "germany.csv"))
  predictors <- function(years, schooling, invest) rbind(
    gdp = means(g, "country", "gdp", years), trade = means(g, "country", "trade", years),
    infrate = means(g, "country", "infrate", years), industry = means(g, "country", "industry", years),
    schooling = means(g, "country", "schooling", schooling), invest = means(g, "country", invest, 1980))
  Y <- with(g, tapply(gdp, list(country, year), mean)); k <- which(rownames(Y) == "West Germany")
  # V of the training step (predictors 1971-80, outcomes 1981-90), searched as Synth does: two starts, two optimisers
  S <- standard(predictors(1971:1980, c(1970, 1975), "invest70"))
  Z <- t(Y[, as.character(1981:1990)])
  loss <- function(v) { v <- abs(v) / sum(abs(v)); w <- qp(S[, k], S[, -k], v); mean((Z[, k] - Z[, -k] %*% w)^2) }
  quiet <- function(v) tryCatch(loss(v), error = function(e) 1e12)
  xall <- cbind(1, t(S)); beta <- solve(crossprod(xall), crossprod(xall, t(Z)))[-1, ]
  start <- list(rep(1 / 6, 6), diag(beta %*% t(beta)) / sum(diag(beta %*% t(beta))))
  found <- unlist(lapply(start, function(s) lapply(c("Nelder-Mead", "BFGS"), function(m) optim(s, quiet, method = m))), recursive = FALSE)
  best <- found[[which.min(sapply(found, function(f) f$value))]]$par
  V <- signif(abs(best) / sum(abs(best)), 6)
  S <- standard(predictors(1981:1990, c(1980, 1985), "invest80"))
  w <- qp(S[, k], S[, -k], V); v <- by_ipop(S[, k], S[, -k], V)
  for (j in 1:6) put("germany_v", "v", rownames(S)[j], V[j])
  for (j in seq_along(w)) { put("germany_v", "weight", colnames(S)[-k][j], w[j]); put("germany_v", "ipop", colnames(S)[-k][j], v[j]) }
  report("germany", Y, k, setdiff(1:17, k), 1960:2003 < 1990, placebos = FALSE)
}
out <- do.call(rbind, rows)
out$value <- format(out$value, digits = 15, scientific = TRUE, trim = TRUE)
out$tools <- paste0(R.version.string, "; quadprog ", packageVersion("quadprog"), ", kernlab ", packageVersion("kernlab"))
out$tools[-1] <- ""
write.csv(out, "tests/reference/impact_synthetic.csv", row.names = FALSE)
