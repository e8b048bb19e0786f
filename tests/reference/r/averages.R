# Reference values for tests/estimation (intervals, proportions, survey).
# Run from the repository's root:  Rscript tests/reference/r/averages.R
# Writes tests/reference/{proportion,poisson,mean,median_rank,ratio}.csv
suppressMessages(library(survey))
options(digits = 15, survey.lonely.psu = "adjust")
out <- function(frame, name) {
  write.csv(frame, file.path("tests", "reference", paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
}

# Proportions: stats::prop.test without continuity correction is the Wilson score interval.
cases <- data.frame(events = c(0, 1, 12, 31, 43, 79, 57, 5, 90, 148), population = c(7, 3, 57, 57, 79, 90, 79, 5, 90, 1500))
grid <- merge(cases, data.frame(confidence_level = c(0.90, 0.95, 0.99)))
limits <- mapply(function(x, n, level) suppressWarnings(prop.test(x, n, conf.level = level, correct = FALSE)$conf.int),
                 grid$events, grid$population, grid$confidence_level)
out(cbind(grid, lower = limits[1, ], upper = limits[2, ]), "proportion")

# Poisson means: stats::poisson.test (exact, Garwood).
grid <- merge(data.frame(events = c(0, 1, 2, 5, 9, 10, 30, 65, 100, 1000)), data.frame(confidence_level = c(0.90, 0.95, 0.99)))
limits <- mapply(function(x, level) poisson.test(x, conf.level = level)$conf.int, grid$events, grid$confidence_level)
out(cbind(grid, lower = limits[1, ], upper = limits[2, ]), "poisson")

# Means: t.test on R's own data sets.
series <- list(sleep1 = sleep$extra[1:10], rivers = as.numeric(rivers), women = as.numeric(women$height))
means <- do.call(rbind, lapply(names(series), function(name) {
  test <- t.test(series[[name]])
  data.frame(series = name, values = paste(series[[name]], collapse = " "), mean = unname(test$estimate),
             lower = test$conf.int[1], upper = test$conf.int[2])
}))
out(means, "mean")

# Medians: rank of the lower order statistic, the largest with P(X < rank) <= alpha / 2, X ~ Binomial(n, 1/2).
grid <- merge(data.frame(n = 1:60), data.frame(confidence_level = c(0.90, 0.95, 0.99)))
grid$rank <- mapply(function(n, level) sum(pbinom(0:(n - 1), n, 0.5) <= (1 - level) / 2 + 1e-12), grid$n, grid$confidence_level)
out(grid, "median_rank")

# Ratios over clusters: survey::svyratio, Student with the design's degrees of freedom.
ratios <- list(
  residents = list(y = c(2, 3, 0, 5, 1, 4, 2), x = c(14, 17, 11, 21, 12, 19, 15)),
  two = list(y = c(1, 3), x = c(10, 9)),
  empty_cluster = list(y = c(120, 310, 90, 0), x = c(12, 20, 9, 0)),
  euros = list(y = c(850, 920.5, 1010, 780, 1200), x = c(9, 11, 10, 8, 14)))
rows <- do.call(rbind, lapply(names(ratios), function(name) {
  frame <- as.data.frame(ratios[[name]])
  design <- svydesign(ids = ~1, weights = ~1, data = frame)
  fit <- svyratio(~y, ~x, design)
  ci <- confint(fit, df = degf(design))
  data.frame(case = name, numerator = paste(frame$y, collapse = " "), denominator = paste(frame$x, collapse = " "),
             estimate = as.numeric(coef(fit)), lower = ci[1], upper = ci[2])
}))
out(rows, "ratio")

cat(R.version.string, "\n"); cat("survey", as.character(packageVersion("survey")), "\n")
