# The same people twice, yes or no. Run from the repository root: Rscript tests/reference/r/paired.R
# Base R only. Writes tests/reference/paired.csv. Debian has no package with Tango's score interval (PropCIs is on
# CRAN only): it is written here from the paper, in another way than in the library (multinomial likelihood of each
# difference maximised by optimize, and Brent's root finder for the limits), hence a tolerance of 1e-6.
version <- paste0("R ", getRversion())
tango <- function(b, c, n, level) {
  z <- qnorm((1 + level) / 2); term <- function(k, p) if (k == 0) 0 else k * log(p)
  score <- function(d) {
    # b: share q + d, c: share q, the others 1 - 2q - d
    likelihood <- function(q) term(b, q + d) + term(c, q) + term(n - b - c, 1 - 2 * q - d)
    low <- max(0, -d); high <- (1 - d) / 2
    q <- optimize(likelihood, c(low, high), maximum = TRUE, tol = 1e-15)$maximum
    ends <- c(low, q, high); q <- ends[which.max(sapply(ends, likelihood))]
    (b - c - n * d) / sqrt(n * (2 * q + d * (1 - d)))
  }
  d <- (b - c) / n
  solve <- function(target, from, to) uniroot(function(t) score(t) - target, c(from, to), tol = 1e-13)$root
  c(d, if (d == -1) -1 else solve(z, -1 + 1e-9, d - 1e-9), if (d == 1) 1 else solve(-z, d + 1e-9, 1 - 1e-9))
}
text <- function(x) format(x, digits = 15, trim = TRUE)
rows <- list()
for (level in c(0.95, 0.998)) for (one in list(c(6, 16, 161), c(1, 7, 21), c(40, 20, 160), c(0, 1, 44), c(12, 2, 14), c(0, 0, 30), c(3, 5, 65), c(0, 9, 12), c(150, 86, 1600))) {
  b <- one[1]; c <- one[2]; n <- one[3]; found <- tango(b, c, n, level)
  p <- if (b + c) binom.test(b, b + c)$p.value else NaN
  rows[[length(rows) + 1]] <- data.frame(gained = b, lost = c, pairs = n, confidence_level = level, estimate = text(found[1]),
    lower = text(found[2]), upper = text(found[3]), p_value = text(p), reference = version)
}
write.csv(do.call(rbind, rows), "tests/reference/paired.csv", row.names = FALSE, quote = FALSE)
