# Limits of proportions and of counts. Run from the repository root: Rscript tests/reference/r/intervals.R
# Needs R with epiR (Debian: r-base-core, r-cran-epi r-cran-epir). Writes tests/reference/intervals_*.csv.
suppressMessages(library(epiR))
version <- paste0("R ", getRversion(), ", epiR ", packageVersion("epiR"))
save <- function(frame, name) {
  for (column in names(frame)) if (is.numeric(frame[[column]])) frame[[column]] <- format(frame[[column]], digits = 15, trim = TRUE)
  write.csv(cbind(frame, reference = version), file.path("tests/reference", name), row.names = FALSE, quote = FALSE)
}
counts <- list(c(0, 5), c(1, 5), c(5, 5), c(1, 12), c(7, 12), c(12, 12), c(3, 20), c(13, 57), c(57, 57), c(79, 90), c(0, 90), c(812, 5400), c(17, 250000))
rows <- list()
add <- function(method, x, n, level, limits) rows[[length(rows) + 1]] <<- data.frame(method, events = x, population = n, confidence_level = level, lower = limits[1], upper = limits[2])
for (level in c(0.95, 0.998)) for (one in counts) {
  x <- one[1]; n <- one[2]
  plain <- suppressWarnings(prop.test(x, n, correct = FALSE, conf.level = level))$conf.int
  add("wilson", x, n, level, plain)
  # prop.test takes a smaller correction where x is within 1/2 of n/2, for the sake of its test of 1/2.
  if (abs(x - n / 2) >= 0.5) add("wilson_corrected", x, n, level, suppressWarnings(prop.test(x, n, conf.level = level))$conf.int)
  add("clopper_pearson", x, n, level, binom.test(x, n, conf.level = level)$conf.int)
}
save(do.call(rbind, rows), "intervals_proportions.csv")

rows <- list()
for (level in c(0.95, 0.998)) for (x in c(0:12, 20, 35, 65, 100, 412, 10000)) {
  exact <- poisson.test(x, conf.level = level)$conf.int
  add("exact", x, NA, level, exact)
  if (x > 0) {
    byar <- unlist(epi.smr(x, 1, method = "byar", conf.level = level)[c("lower", "upper")])
    if (byar[1] >= 0) add("byar", x, NA, level, byar)
  }
  add("byar_or_exact", x, NA, level, if (x < 10) exact else byar)
}
save(do.call(rbind, rows)[c("method", "events", "confidence_level", "lower", "upper")], "intervals_counts.csv")
