# Those kept beside those lost, by R: t.test, prop.test(correct = FALSE) (Wilson), effectsize::cohens_d.
# Run from the checkout: Rscript tests/reference/r/attrition.R > tests/reference/attrition.csv
# R 4.2.2, effectsize 0.8.3, MASS. Data: `anorexia` (MASS; Hand et al. 1993, p. 229), family treatment read as
# «kept», the others as «lost», weight before, and weight before over 80 pounds; `made` is made.
suppressMessages({library(effectsize); library(MASS)})
cases <- list(
  anorexia = data.frame(kept = as.integer(anorexia$Treat == "FT"), x = anorexia$Prewt, y = as.integer(anorexia$Prewt > 80)),
  made = data.frame(kept = c(1, 1, 1, 0, 0, 1, 0, 1, 1, 0), x = c(20, 25, 31, 22, 19, 28, 35, 30, 27, 24), y = c(1, 0, 1, 1, 0, 0, 0, 1, 1, 0))
)
limits <- function(d, n1, n0) d + c(-1, 1) * qnorm(0.975) * sqrt((n1 + n0) / (n1 * n0) + d^2 / (2 * (n1 + n0)))
rows <- list()
add <- function(...) rows[[length(rows) + 1]] <<- data.frame(...)
for (name in names(cases)) {
  d <- cases[[name]]; k <- d$kept == 1; text <- lapply(d, paste, collapse = " ")
  one <- function(variable, wave, estimate, ci) add(case = name, kept = text$kept, x = text$x, y = text$y, variable = variable, wave = wave, estimate = estimate, lower = ci[1], upper = ci[2])
  wilson <- function(v) suppressWarnings(prop.test(sum(v), length(v), correct = FALSE)$conf.int)
  one("kept", "all", mean(k), wilson(k))
  one("x", "kept", mean(d$x[k]), t.test(d$x[k])$conf.int)
  one("x", "lost", mean(d$x[!k]), t.test(d$x[!k])$conf.int)
  smd <- cohens_d(d$x[k], d$x[!k], pooled_sd = FALSE)$Cohens_d
  one("x", "difference", smd, limits(smd, sum(k), sum(!k)))
  one("y", "kept", mean(d$y[k]), wilson(d$y[k]))
  one("y", "lost", mean(d$y[!k]), wilson(d$y[!k]))
  p <- mean(d$y[k]); q <- mean(d$y[!k]); smd <- (p - q) / sqrt((p * (1 - p) + q * (1 - q)) / 2)
  one("y", "difference", smd, limits(smd, sum(k), sum(!k)))
}
write.csv(format(do.call(rbind, rows), digits = 14, trim = TRUE), row.names = FALSE, quote = FALSE)
