# EPICES, WHO-5, GSE and GHQ-12 scored by R from their published rules; means and shares of the scores.
# Run from the checkout: Rscript tests/reference/r/questionnaires.R
# Writes tests/reference/questionnaires_{answers,table}.csv. R 4.2.2, psych 2.2.9 (scoreItems, impute = "none").
# Data: `bfi` of psych (Revelle), rows 1-60, its six-point answers cut to the range of each questionnaire (the
# numbers are published, their meaning here is not); `made` is drawn with the seed below.
suppressMessages(library(psych))
set.seed(2018)
draw <- function(k, low, high) { m <- matrix(sample(low:high, 30 * k, TRUE), 30); m[sample(length(m), 8)] <- NA; m }
items <- as.matrix(bfi[1:60, 1:25])
data <- list(
  epices = list(bfi = (items[, 1:11] > 3) * 1, made = draw(11, 0, 1)),
  who5 = list(bfi = items[, 16:20] - 1, made = draw(5, 0, 5)),
  gse = list(bfi = pmin(items[, 1:10], 4), made = draw(10, 1, 4)),
  ghq12_likert = list(bfi = pmin(items[, 1:12] - 1, 3), made = draw(12, 0, 3))
)
data$ghq12_bimodal <- data$ghq12_likert
total <- function(x) { # scoreItems sums what is there: who left an item has no score
  s <- suppressWarnings(scoreItems(rep(1, ncol(x)), as.data.frame(x), totals = TRUE, missing = TRUE, impute = "none"))
  ifelse(complete.cases(x), s$scores[, 1], NA)
}
weights <- c(10.06, -11.83, -8.28, -8.28, 14.80, -6.51, -7.10, -7.10, -9.47, -9.47, -7.10)
rules <- list(
  epices = function(x) 75.14 + rowSums(sweep(x, 2, weights, "*")), who5 = function(x) 4 * total(x), gse = total,
  ghq12_likert = total,
  ghq12_bimodal = function(x) rowSums((x > 1) * 1) # scoreItems would drop an item on which all agree
)
answers <- list(); rows <- list()
for (q in names(data)) for (case in names(data[[q]])) {
  x <- data[[q]][[case]]; score <- unname(rules[[q]](x)); s <- score[!is.na(score)]
  answers[[length(answers) + 1]] <- data.frame(questionnaire = q, case = case, answers = apply(x, 1, paste, collapse = " "), score = score)
  beyond <- switch(q, epices = sum(s >= 30.17), who5 = sum(s <= 50), NA)
  w <- if (is.na(beyond)) c(NA, NA) else suppressWarnings(prop.test(beyond, length(s), correct = FALSE)$conf.int)
  t <- t.test(s)
  rows[[length(rows) + 1]] <- data.frame(questionnaire = q, case = case, n = length(s), refused = sum(is.na(score)), mean = mean(s), lower = t$conf.int[1], upper = t$conf.int[2], beyond = beyond, share_lower = w[1], share_upper = w[2])
}
out <- function(d, path) write.csv(format(d, digits = 14, trim = TRUE), paste0("tests/reference/questionnaires_", path, ".csv"), row.names = FALSE, quote = FALSE)
out(do.call(rbind, answers), "answers"); out(do.call(rbind, rows), "table")
