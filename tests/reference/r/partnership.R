# The partnership tool of Bilodeau and others, compiled by condition by base R (no package has it).
# Run from the checkout: Rscript tests/reference/r/partnership.R
# Writes tests/reference/partnership_{answers,table}.csv. R 4.2.2, psych 2.2.9 for the data only.
# Data: `bfi` of psych (Revelle), rows 1-40, eighteen six-point answers read as A (5-6), B (3-4), C (1-2);
# `made` is drawn with the seed below. Limits: prop.test(correct = FALSE) where the condition has one item
# (Wilson's); else Wilson's formula with the effective size and Student's quantile, written out here.
suppressMessages(library(psych))
set.seed(18)
made <- matrix(sample(c("A", "B", "C"), 12 * 18, TRUE, c(0.5, 0.3, 0.2)), 12); made[3, 7] <- NA; made[, 3] <- "A"; made[3, 3] <- NA
cut6 <- function(x) ifelse(x >= 5, "A", ifelse(x >= 3, "B", "C"))
data <- list(bfi = cut6(as.matrix(bfi[1:40, 1:18])), made = made)
conditions <- list(perspectives = c(1, 2), early_interest = 3, negotiation = 4, key_actors = c(5, 9, 10, 11), equal_power = c(12, 13, 14, 16), co_construction = c(6, 7, 8, 15, 17, 18))
wilson <- function(p, n, z) (p + z^2 / (2 * n) + c(-1, 1) * z * sqrt(p * (1 - p) / n + z^2 / (4 * n^2))) / (1 + z^2 / n)
answers <- list(); rows <- list()
for (case in names(data)) {
  x <- data[[case]]; answers[[case]] <- data.frame(case = case, answers = apply(x, 1, paste, collapse = " "))
  full <- x[complete.cases(x), ]; n <- nrow(full)
  for (condition in names(conditions)) for (answer in c("A", "B", "C")) {
    own <- full[, conditions[[condition]], drop = FALSE] == answer; k <- ncol(own); share <- rowMeans(own); p <- mean(share)
    between <- var(share)
    size <- if (between < 1e-12) n else min(max(p * (1 - p) / between, 1), k) * n
    ci <- if (k == 1) suppressWarnings(prop.test(sum(own), n, correct = FALSE)$conf.int) else wilson(p, size, qt(0.975, n - 1))
    rows[[length(rows) + 1]] <- data.frame(case = case, condition = condition, answer = answer, numerator = sum(own), denominator = n * k, n = n, refused = nrow(x) - n, lower = ci[1], upper = ci[2])
  }
}
out <- function(d, path) write.csv(format(d, digits = 14, trim = TRUE), paste0("tests/reference/partnership_", path, ".csv"), row.names = FALSE, quote = FALSE)
out(do.call(rbind, answers), "answers"); out(do.call(rbind, rows), "table")
