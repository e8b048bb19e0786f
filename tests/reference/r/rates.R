# Rates and ratios of rates. Run from the repository root: Rscript tests/reference/r/rates.R
# Needs R with epitools and epiR (Debian: r-cran-epitools, r-cran-epir). Writes tests/reference/rates_*.csv.
suppressMessages({library(epitools); library(epiR)})
version <- paste0("R ", getRversion(), ", epitools ", packageVersion("epitools"), ", epiR ", packageVersion("epiR"))
text <- function(x) format(x, digits = 15, trim = TRUE)
rows <- list()
for (level in c(0.95, 0.998)) for (one in list(c(0, 900), c(3, 1500), c(9, 4100), c(10, 4100), c(41, 28010), c(412, 230000.5))) {
  exact <- poisson.test(one[1], one[2] / 1e5, conf.level = level)
  rows[[length(rows) + 1]] <- data.frame(method = "exact", events = one[1], exposure = text(one[2]), confidence_level = level,
    estimate = text(unname(exact$estimate)), lower = text(exact$conf.int[1]), upper = text(exact$conf.int[2]), reference = version)
  if (one[1] < 1) next
  byar <- epi.smr(one[1], one[2] / 1e5, method = "byar", conf.level = level)
  if (byar$lower < 0) next
  rows[[length(rows) + 1]] <- data.frame(method = "byar", events = one[1], exposure = text(one[2]), confidence_level = level,
    estimate = text(byar$est), lower = text(byar$lower), upper = text(byar$upper), reference = version)
}
write.csv(do.call(rbind, rows), "tests/reference/rates_one.csv", row.names = FALSE, quote = FALSE)

rows <- list()
for (level in c(0.95, 0.998)) for (one in list(c(41, 28010, 15, 19017), c(11, 800, 21, 3011), c(3, 120, 9, 410.5), c(60, 1000, 5, 1000), c(0, 50, 4, 60))) {
  test <- poisson.test(one[c(1, 3)], one[c(2, 4)], conf.level = level)
  keep <- function(method, found) rows[[length(rows) + 1]] <<- data.frame(method, events = one[1], exposure = one[2],
    reference_events = one[3], reference_exposure = one[4], confidence_level = level, estimate = text(found[1]),
    lower = text(found[2]), upper = text(found[3]), reference = version)
  keep("conditional_exact", c(test$estimate, test$conf.int))
  if (one[1] > 0) {
    wald <- rateratio.wald(matrix(one[c(3, 1, 4, 2)], 2), conf.level = level)$measure[2, ]
    keep("log", wald)
  }
}
write.csv(do.call(rbind, rows), "tests/reference/rates_ratio.csv", row.names = FALSE, quote = FALSE)
