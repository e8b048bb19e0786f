# Net score (share on top minus share at the bottom) with score and Wald limits, by base R.
# Run from the checkout: Rscript tests/reference/r/likert.R > tests/reference/likert.csv
# R 4.2.2. No package of Debian has the interval (PropCIs is not there): here the score test is inverted with
# uniroot, the likelihood under the hypothesis maximised numerically (ours has a closed form for it).
# Data: satisfaction of 1681 residents of Copenhagen, high 668, medium 446, low 567 (`housing` of MASS; Madsen
# 1976); the others are made.
suppressMessages(library(MASS))
satisfied <- tapply(housing$Freq, housing$Sat, sum)
cases <- list(
  housing = c(satisfied[["High"]], satisfied[["Low"]], sum(satisfied)),
  ambassadors = c(31, 12, 57), few = c(12, 3, 20), one_more = c(1, 0, 5), all_top = c(12, 0, 12), all_bottom = c(0, 5, 5), all_neutral = c(0, 0, 20)
)
least <- function(b, c, n, net) { # the share at the bottom most likely when top - bottom is net
  slope <- function(q) (if (b > 0) b / (q + net) else 0) + (if (c > 0) c / q else 0) - (if (n > b + c) 2 * (n - b - c) / (1 - 2 * q - net) else 0)
  low <- max(0, -net); high <- (1 - net) / 2; e <- (high - low) * 1e-13
  if (slope(low + e) <= 0) return(low)
  if (slope(high - e) >= 0) return(high)
  uniroot(slope, c(low + e, high - e), tol = 1e-15)$root
}
statistic <- function(b, c, n, net) (b - c - n * net) / sqrt(n * (2 * least(b, c, n, net) + net * (1 - net)))
rows <- list()
for (name in names(cases)) for (level in c(0.90, 0.95)) {
  b <- cases[[name]][1]; c <- cases[[name]][2]; n <- cases[[name]][3]; z <- qnorm((1 + level) / 2); d <- (b - c) / n
  upper <- if (b == n) 1 else uniroot(function(x) statistic(b, c, n, x) + z, c(d + 1e-9, 1 - 1e-9), tol = 1e-14)$root
  lower <- if (c == n) -1 else uniroot(function(x) statistic(b, c, n, x) - z, c(-1 + 1e-9, d - 1e-9), tol = 1e-14)$root
  half <- z * sqrt(((b + c) / n - d^2) / n)
  rows[[length(rows) + 1]] <- data.frame(case = name, level = level, top = b, bottom = c, n = n, lower = lower, upper = upper, wald_lower = if (half > 0) max(-1, d - half) else NA, wald_upper = if (half > 0) min(1, d + half) else NA)
}
write.csv(format(do.call(rbind, rows), digits = 14, trim = TRUE), row.names = FALSE, quote = FALSE)
