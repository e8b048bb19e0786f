# Analysis of covariance of the score after on the score before, by R: lm and sandwich::vcovHC.
# Run from the checkout: Rscript tests/reference/r/ancova.R > tests/reference/ancova.csv
# R 4.2.2, sandwich, MASS. Data: `anorexia` (MASS; Hand et al. 1993, A Handbook of Small Data Sets, p. 229),
# cognitive behavioural treatment (1) beside control (0); `sleep` (Student 1908), odd beside even rows.
suppressMessages({library(sandwich); library(MASS)})
a <- anorexia[anorexia$Treat != "FT", ]
cases <- list(
  anorexia = data.frame(before = a$Prewt, after = a$Postwt, group = as.integer(a$Treat == "CBT")),
  sleep = data.frame(before = sleep$extra[1:10], after = sleep$extra[11:20], group = rep(0:1, 5))
)
rows <- list()
add <- function(name, d, fit, place, quantity, at, shift = 0) for (method in c("hc3", "ols")) for (level in c(0.9, 0.95)) {
  v <- if (method == "hc3") vcovHC(fit, type = "HC3") else vcov(fit)
  half <- qt((1 + level) / 2, fit$df.residual) * sqrt(v[place, place])
  b <- unname(coef(fit)[place]) - shift
  rows[[length(rows) + 1]] <<- data.frame(
    case = name, quantity = quantity, at = at, method = method, level = level, before = paste(d$before, collapse = " "),
    after = paste(d$after, collapse = " "), group = paste(d$group, collapse = " "), estimate = b, lower = b - half, upper = b + half
  )
}
for (name in names(cases)) {
  d <- cases[[name]]
  for (at in c(NA, round(min(d$before)) + 1)) {
    centre <- if (is.na(at)) mean(d$before) else at
    add(name, d, lm(after ~ I(before - centre), d), 1, "change", at, centre)
  }
  add(name, d, lm(after ~ before + group, d), 3, "difference", NA)
}
write.csv(format(do.call(rbind, rows), digits = 14, trim = TRUE), row.names = FALSE, quote = FALSE)
