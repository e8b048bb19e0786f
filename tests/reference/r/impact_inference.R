# Permutation of the treated by combn and the restricted wild cluster bootstrap (Cameron, Gelbach & Miller 2008, REStat
# 90:414-427, section III) in base R: each outcome rebuilt and refitted by lm.fit, one by one, nothing precomputed, all
# 2^G signs; limits by bisection of the same p-value (fwildclusterboot is not in Debian). CR2: clubSandwich. Run from
# the repository's root:
#   Rscript tests/reference/r/impact_inference.R
# writes tests/reference/impact_inference.csv (data, what, value). Reads ../shared/reference/datasets: grunfeld
# (Grunfeld 1958, 11 firms), castle (Cheng & Hoekstra 2013: the first ten states). petersen: sandwich::PetersenCL
# (Petersen 2009), on which this writing must give what WildBootTests.jl prints. mixtape: Cunningham (2021), ri.csv;
# eight: course notes, see the test; villages: Gerber & Green (2012), Table 2.2; tea: Fisher (1935), section 5; sleep:
# Student (1908). six, units, made: written here.
suppressPackageStartupMessages({ library(sandwich); library(clubSandwich) })
rows <- list()
put <- function(data, what, value) rows[[length(rows) + 1]] <<- data.frame(data = data, what = what, value = value)
shared <- function(name) read.csv(file.path("../shared/reference/datasets", paste0(name, ".csv")))

# --- permutation -------------------------------------------------------------------------------------------------
permute <- function(name, y, d, w = rep(1, length(y)), level = 0.95) {
  n <- length(y); places <- combn(n, sum(d))
  gap <- function(v, on) weighted.mean(v[on], w[on]) - weighted.mean(v[-on], w[-on])
  p <- function(tau) {
    v <- y - tau * d
    all <- apply(places, 2, function(on) gap(v, on))
    mean(abs(all) >= abs(gap(v, which(d == 1))) - 1e-10 * max(abs(v)))
  }
  estimate <- gap(y, which(d == 1))
  put(name, "estimate", estimate); put(name, "p_value", p(0)); put(name, "assignments", ncol(places))
  for (side in c(-1, 1)) {
    near <- 0; far <- side * diff(range(y))
    while (p(estimate + far) > 1 - level && abs(far) < 1e6) { near <- far; far <- 2 * far }
    if (abs(far) >= 1e6) { near <- side * Inf } else for (i in 1:45) {
      middle <- (near + far) / 2
      if (p(estimate + middle) > 1 - level) near <- middle else far <- middle
    }
    put(name, if (side < 0) "lower" else "upper", estimate + near)
  }
}
permute("mixtape", c(10, 5, 16, 3, 5, 7, 8, 10), rep(1:0, each = 4))
permute("six", c(3, 5, 0, 4, 0, 1), rep(1:0, each = 3))
permute("eight", c(14, 6, 4, 5, 6, 7, 10, 9), c(1, 0, 0, 0, 0, 0, 1, 1))
permute("villages", c(15, 15, 20, 20, 10, 15, 30), c(1, 0, 0, 0, 0, 0, 1))
permute("tea", c(1, 1, 1, 1, 0, 0, 0, 0), rep(1:0, each = 4))
i <- 1:12
permute("units", sin(3 * i) + (i <= 5), as.numeric(i <= 5))
permute("units_weighted", sin(3 * i) + (i <= 5), as.numeric(i <= 5), w = 1 + (i * 7) %% 5)
permute("units_90", sin(3 * i) + (i <= 5), as.numeric(i <= 5), level = 0.9)
# Student's sleep (1908), the two drugs as two groups: 10 of 20, all 184 756 choices, p-value only (vectorised).
y <- sleep$extra; all <- colSums(matrix(y[combn(20, 10)], 10)) / 10
put("sleep", "p_value", mean(abs(2 * all - sum(y) / 10) >= abs(mean(y[1:10]) - mean(y[11:20])) - 1e-9))

# --- wild cluster bootstrap --------------------------------------------------------------------------------------
t_of <- function(y, X, g, j, null) { # t with CR1S errors: G / (G - 1) (n - 1) / (n - k)
  fit <- lm.fit(X, y); M <- chol2inv(qr.R(fit$qr)); n <- nrow(X); G <- length(unique(g))
  s <- rowsum(X * fit$residuals, g)
  V <- G / (G - 1) * (n - 1) / (n - ncol(X)) * M %*% crossprod(s) %*% M
  c(fit$coefficients[j] - null, sqrt(V[j, j]))
}
wild_p <- function(y, X, g, j, null, W) { # W: one row a draw, one column a cluster
  free <- lm.fit(X[, -j, drop = FALSE], y - null * X[, j])
  fitted <- null * X[, j] + free$fitted.values
  own <- t_of(y, X, g, j, null); t0 <- abs(own[1] / own[2])
  place <- match(g, sort(unique(g)))
  above <- apply(W, 1, function(w) {
    found <- t_of(fitted + free$residuals * w[place], X, g, j, null)
    abs(found[1] / found[2]) > t0 * (1 + 1e-10)
  })
  mean(above)
}
signs <- function(G) as.matrix(expand.grid(rep(list(c(-1, 1)), G)))
bootstrap <- function(name, y, X, g, j, nulls = 0, limits = FALSE) {
  W <- signs(length(unique(g))); own <- t_of(y, X, g, j, 0)
  put(name, "estimate", own[1]); put(name, "standard_error", own[2])
  for (null in nulls) put(name, paste0("p_value_", null), wild_p(y, X, g, j, null, W))
  if (limits) for (side in c(-1, 1)) {
    grid <- own[1] + side * own[2] * seq(0.5, 12, by = 0.5) # the p-value may rise again: the last value above 5 %
    last <- max(0, which(sapply(grid, function(v) wild_p(y, X, g, j, v, W)) > 0.05))
    stopifnot(last < length(grid))
    near <- c(own[1], grid)[last + 1]; far <- grid[last + 1]
    for (k in 1:30) {
      middle <- (near + far) / 2
      if (wild_p(y, X, g, j, middle, W) > 0.05) near <- middle else far <- middle
    }
    put(name, if (side < 0) "lower" else "upper", near)
  }
}
clustered <- function(name, y, X, g, j) { # CR2 with Satterthwaite; CR1 with normal limits
  colnames(X) <- paste0("x", seq_len(ncol(X)))
  fit <- lm(y ~ 0 + ., data.frame(y = y, X))
  two <- coef_test(fit, vcovCR(fit, g, "CR2"), test = "Satterthwaite")[j, ]
  ci <- conf_int(fit, vcovCR(fit, g, "CR2"), level = 0.95, test = "Satterthwaite")[j, ]
  one <- sqrt(vcovCR(fit, g, "CR1")[j, j])
  put(name, "cr2", two$SE); put(name, "cr2_df", ci$df); put(name, "cr2_p_value", two$p_Satt)
  put(name, "cr2_lower", ci$CI_L); put(name, "cr2_upper", ci$CI_U)
  put(name, "cr1", one); put(name, "cr1_lower", coef(fit)[j] - qnorm(0.975) * one)
  put(name, "cr1_p_value", 2 * pnorm(-abs(coef(fit)[j] / one)))
}
g <- rep(1:8, each = 6); k <- seq_along(g); treated <- as.numeric(g <= 4)
y <- sin(5 * k) + 1.5 * cos(7 * g) + 0.8 * treated + 0.1 * k %% 6
bootstrap("made", y, cbind(1, treated, k %% 6), g, 2, nulls = c(0, 0.5), limits = TRUE)
clustered("made", y, cbind(1, treated, k %% 6), g, 2)
bootstrap("made_mean", y, cbind(rep(1, length(y))), g, 1, limits = TRUE)
few <- as.numeric(g <= 2) # two of eight treated: the test that hardly rejects
bootstrap("made_few", y + 3 * few, cbind(1, few), g, 2, limits = TRUE)
d <- shared("grunfeld"); d$g <- as.integer(factor(d$firm))
bootstrap("grunfeld", d$invest, cbind(1, d$value, d$capital), d$g, 2, nulls = c(0, 0.1))
clustered("grunfeld", d$invest, cbind(1, d$value, d$capital), d$g, 2)
bootstrap("grunfeld_capital", d$invest, cbind(1, d$value, d$capital), d$g, 3, nulls = c(0, 0.2))
d <- shared("castle"); d <- d[d$sid <= 11, ] # the first ten states, five of which change their law
X <- model.matrix(~ post + factor(sid) + factor(year), d)
put("castle", "clusters", length(unique(d$sid))); put("castle", "treated", length(unique(d$sid[d$post > 0])))
bootstrap("castle", d$l_homicide, X, d$sid, 2, nulls = c(0, 0.1))

# What WildBootTests.jl prints for x = 1 with 999 signs: p .492 and .495, limits .9346 to 1.1348 and .9350 to 1.1347.
data(PetersenCL); d <- PetersenCL
set.seed(1)
W <- matrix(sample(c(-1, 1), 500 * 3999, replace = TRUE), 3999)
at <- function(null) wild_p(d$y, cbind(1, d$x), d$firm, 2, null, W)
p <- sapply(c(1, 0.9355, 1.1345, 0.925, 1.145), at)
print(p)
stopifnot(abs(p[1] - 0.4946) < 0.06, abs(p[2:3] - 0.05) < 0.02, p[4:5] < 0.05)
own <- t_of(d$y, cbind(1, d$x), d$firm, 2, 0)
put("petersen", "t", own[1] / own[2])
put("petersen", "p_value_1", p[1])
out <- do.call(rbind, rows)
out$value <- trimws(formatC(out$value, digits = 15, format = "g"))
write.csv(cbind(out, tools = paste0(R.version.string, "; sandwich ", packageVersion("sandwich"), "; clubSandwich ",
  packageVersion("clubSandwich"))),
  "tests/reference/impact_inference.csv", row.names = FALSE, quote = FALSE)
