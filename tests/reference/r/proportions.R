# Trend in proportions. Run from the repository root: Rscript tests/reference/r/proportions.R
# Base R only. Writes tests/reference/proportions_trend.csv.
version <- paste0("R ", getRversion())
sets <- list(
  fleiss_1981 = list(c(83, 90, 129, 70), c(86, 93, 136, 82), 1:4),
  graubard_korn_1987 = list(c(48, 38, 5, 1, 1), c(17114, 14502, 793, 127, 38), c(0, 0.5, 1.5, 4, 7)),
  honoured_by_year = list(c(20, 24, 31, 28, 40), c(57, 60, 66, 55, 70), c(2016, 2017, 2018, 2020, 2023)))
out <- do.call(rbind, lapply(names(sets), function(name) {
  one <- sets[[name]]
  test <- prop.trend.test(one[[1]], one[[2]], one[[3]])
  data.frame(set = name, events = paste(one[[1]], collapse = " "), population = paste(one[[2]], collapse = " "),
    scores = paste(one[[3]], collapse = " "), statistic = format(unname(test$statistic), digits = 15),
    p_value = format(test$p.value, digits = 15), reference = version)
}))
write.csv(out, "tests/reference/proportions_trend.csv", row.names = FALSE, quote = FALSE)
