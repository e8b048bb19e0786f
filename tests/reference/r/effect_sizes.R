# d_z, g_z and d_av with noncentral-t limits, and the limits of the noncentrality itself, by R.
# Run from the checkout: Rscript tests/reference/r/effect_sizes.R
# Writes tests/reference/effect_sizes.csv and effect_sizes_noncentrality.csv. R 4.2.2, effectsize 0.8.3.
# Data: `sleep` is Student's own table (1908, Biometrika 6:1-25); `whole_scale` and the others are made.
# Limits: pt with uniroot to 1e-12. effectsize's own are beside them; its root stops near 1e-7.
suppressMessages(library(effectsize))
before <- sleep$extra[sleep$group == 1]; after <- sleep$extra[sleep$group == 2]
cases <- list(
  sleep = list(before, after),
  whole_scale = list(c(21, 30, 28, 33, 19, 25, 27, 36, 24, 29, 31, 22), c(25, 29, 33, 35, 24, 24, 31, 37, 30, 28, 33, 29)),
  three_people = list(c(20, 25, 31), c(24, 22, 33))
)
ncp_limits <- function(t, df, level) {
  f <- function(p) uniroot(function(x) pt(t, df, x) - p, t + c(-1, 1) * 30, extendInt = "downX", tol = 1e-13)$root
  c(f((1 + level) / 2), f((1 - level) / 2))
}
rows <- list()
for (name in names(cases)) for (level in c(0.90, 0.95)) {
  x <- cases[[name]][[1]]; y <- cases[[name]][[2]]; d <- y - x; n <- length(d)
  d_z <- mean(d) / sd(d)
  limits <- ncp_limits(d_z * sqrt(n), n - 1, level) / sqrt(n)
  m <- n - 1
  factor <- c(d_z = 1, g_z = gamma(m / 2) / (sqrt(m / 2) * gamma((m - 1) / 2)), d_av = sd(d) / sqrt((var(x) + var(y)) / 2))
  peers <- list(d_z = cohens_d(d, mu = 0, ci = level), g_z = hedges_g(d, mu = 0, ci = level), d_av = NULL)
  for (method in names(factor)) rows[[length(rows) + 1]] <- data.frame(
    case = name, level = level, method = method, before = paste(x, collapse = " "), after = paste(y, collapse = " "),
    estimate = d_z * factor[[method]], lower = limits[1] * factor[[method]], upper = limits[2] * factor[[method]],
    peer_estimate = if (method == "d_av") NA else peers[[method]][[1]],
    peer_lower = if (method == "d_av") NA else peers[[method]]$CI_low,
    peer_upper = if (method == "d_av") NA else peers[[method]]$CI_high
  )
}
out <- function(rows, path) write.csv(format(do.call(rbind, rows), digits = 14, trim = TRUE), path, row.names = FALSE, quote = FALSE)
out(rows, "tests/reference/effect_sizes.csv")
rows <- list()
for (t in c(-2.5, 0, 1.2, 4.062127683382, 12)) for (df in c(1, 9, 64)) for (level in c(0.95, 0.99)) {
  limits <- ncp_limits(t, df, level)
  rows[[length(rows) + 1]] <- data.frame(t = t, df = df, level = level, lower = limits[1], upper = limits[2])
}
out(rows, "tests/reference/effect_sizes_noncentrality.csv")
