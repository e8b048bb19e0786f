# Alpha with Feldt's limits, omega, reliable change and marginal homogeneity, by R.
# Run from the checkout: Rscript tests/reference/r/reliability.R
# Writes tests/reference/reliability_{answers,scale,change,margins}.csv.
# R 4.2.2, psych 2.2.9 (alpha, fa), lavaan 0.6-14 (omega and its delta-method error), coin 1.4.2 (mh_test).
# Data: `attitude` (R; Chatterjee & Price 1977, section 3.7); `bfi` (psych; Revelle), first 150 complete rows of the
# five neuroticism items; unaided vision of 7477 women (Stuart 1955, Biometrika 42:412-416); `zeros` is made.
suppressMessages({library(psych); library(lavaan); library(coin)})
out <- function(d, path) write.csv(format(d, digits = 14, trim = TRUE), paste0("tests/reference/reliability_", path, ".csv"), row.names = FALSE, quote = FALSE)
n5 <- na.omit(bfi[, paste0("N", 1:5)])[1:150, ]
data <- list(attitude = attitude, neuroticism = n5)
answers <- do.call(rbind, lapply(names(data), function(k) data.frame(case = k, answers = apply(data[[k]], 1, paste, collapse = " "))))
out(answers, "answers")

omega <- function(d) {
  k <- ncol(d); l <- paste0("l", 1:k); u <- paste0("u", 1:k)
  model <- paste0(
    "f =~ ", paste0(l, "*", names(d), collapse = " + "), "\n", paste0(names(d), " ~~ ", u, "*", names(d), collapse = "\n"),
    "\nomega := (", paste(l, collapse = "+"), ")^2 / ((", paste(l, collapse = "+"), ")^2 + ", paste(u, collapse = "+"), ")"
  )
  fit <- cfa(model, d, std.lv = TRUE, control = list(rel.tol = 1e-10))
  raw <- parameterEstimates(fit); std <- standardizedSolution(fit)
  list(raw = unlist(raw[raw$label == "omega", c("est", "se")]), standardised = unlist(std[std$label == "omega", c("est.std", "se")]))
}
rows <- list()
for (name in names(data)) {
  d <- data[[name]]; o <- omega(d)
  a <- suppressWarnings(psych::alpha(d))$total$raw_alpha
  l <- factanal(d, 1, control = list(opt = list(factr = 1)))
  load <- as.numeric(l$loadings); exact <- sum(load)^2 / (sum(load)^2 + sum(l$uniquenesses))
  for (level in c(0.90, 0.95)) {
    feldt <- alpha.ci(a, nrow(d), ncol(d), p.val = 1 - level)
    rows[[length(rows) + 1]] <- data.frame(case = name, level = level, method = "alpha", estimate = a, error = NA, lower = feldt$lower.ci, upper = feldt$upper.ci, factanal = NA)
    for (method in names(o)) {
      w <- o[[method]][[1]]; se <- o[[method]][[2]]; h <- qnorm((1 + level) / 2) * se / (w * (1 - w))
      rows[[length(rows) + 1]] <- data.frame(case = name, level = level, method = method, estimate = w, error = se, lower = plogis(qlogis(w) - h), upper = plogis(qlogis(w) + h), factanal = if (method == "standardised") exact else NA)
    }
  }
}
out(do.call(rbind, rows), "scale")

# Jacobson & Truax's index: R has no package of it in Debian, so its published formula in base R, and the
# shares beyond 1.96 with prop.test(correct = FALSE), which is Wilson's interval.
change <- list(
  sleep = list(sleep$extra[1:10], sleep$extra[11:20], 0.8, 1.8),
  whole_scale = list(c(21, 30, 28, 33, 19, 25, 27, 36, 24, 29, 31, 22), c(25, 29, 33, 35, 24, 17, 31, 37, 36, 28, 33, 29), 0.86, 5)
)
rows <- list()
for (name in names(change)) {
  x <- change[[name]][[1]]; y <- change[[name]][[2]]; r <- change[[name]][[3]]; s <- change[[name]][[4]]
  rc <- (y - x) / sqrt(2 * (s * sqrt(1 - r))^2)
  for (state in c("fell", "same", "rose")) {
    k <- sum(switch(state, fell = rc < -qnorm(0.975), same = abs(rc) <= qnorm(0.975), rose = rc > qnorm(0.975)))
    w <- suppressWarnings(prop.test(k, length(rc), correct = FALSE)$conf.int)
    rows[[length(rows) + 1]] <- data.frame(case = name, before = paste(x, collapse = " "), after = paste(y, collapse = " "), reliability = r, sd = s, index = paste(format(rc, digits = 14, trim = TRUE), collapse = " "), change = state, count = k, lower = w[1], upper = w[2])
  }
}
out(do.call(rbind, rows), "change")

tables <- list(
  vision = rbind(c(1520, 266, 124, 66), c(234, 1512, 432, 78), c(117, 362, 1772, 205), c(36, 82, 179, 492)),
  zeros = rbind(c(10, 6, 0), c(2, 12, 7), c(1, 0, 8)),
  two = rbind(c(20, 4), c(13, 9))
)
bhapkar <- function(m) { # weighted least squares of the differences of margins, Bhapkar (1966)
  k <- nrow(m); p <- m / sum(m); d <- (colSums(p) - rowSums(p))[-k]
  v <- -(p + t(p)); diag(v) <- colSums(p) + rowSums(p) - 2 * diag(p)
  v <- v[-k, -k, drop = FALSE] - outer(d, d)
  sum(m) * drop(d %*% solve(v) %*% d)
}
rows <- lapply(names(tables), function(name) {
  m <- tables[[name]]; levels <- letters[seq_len(nrow(m))]
  test <- mh_test(as.table(structure(m, dimnames = list(before = levels, after = levels))))
  data.frame(case = name, counts = paste(t(m), collapse = " "), df = nrow(m) - 1, stuart_maxwell = as.numeric(statistic(test)), p_stuart_maxwell = as.numeric(pvalue(test)), bhapkar = bhapkar(m), p_bhapkar = pchisq(bhapkar(m), nrow(m) - 1, lower.tail = FALSE))
})
out(do.call(rbind, rows), "margins")
