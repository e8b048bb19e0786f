# Wilcoxon's signed-rank test and the Hodges-Lehmann change, by R.
# Run from the checkout: Rscript tests/reference/r/signed_ranks.R > tests/reference/signed_ranks.csv
# R 4.2.2 (wilcox.test), coin 1.4.2 (wilcoxsign_test, exact with ties).
# Data: `depression` is Hollander & Wolfe (1973), p. 29, as in ?wilcox.test: no ties, no zeros; `sleep` is
# Student (1908): one zero, one tie; `whole_scale` and `mostly_same` are made: ties, zeros.
# exact limits: wilcox.test(exact = TRUE) where R gives them, else its own two lines on the Walsh averages.
suppressMessages(library(coin))
cases <- list(
  depression = list(c(1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30), c(0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)),
  sleep = list(sleep$extra[1:10], sleep$extra[11:20]),
  whole_scale = list(c(21, 30, 28, 33, 19, 25, 27, 36, 24, 29, 31, 22), c(25, 29, 33, 35, 24, 24, 31, 37, 30, 28, 33, 29)),
  mostly_same = list(c(20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31), c(20, 21, 22, 23, 25, 27, 25, 30, 31, 33, 30, 36))
)
rows <- list()
for (name in names(cases)) for (level in c(0.90, 0.95)) {
  x <- cases[[name]][[1]]; y <- cases[[name]][[2]]
  d <- round(y - x, 10); n <- length(d)
  normal <- suppressWarnings(wilcox.test(d, exact = FALSE, conf.int = TRUE, conf.level = level, tol.root = 1e-13))
  clean <- !any(d == 0) && !anyDuplicated(abs(d))
  walsh <- outer(d, d, "+"); walsh <- sort(walsh[!lower.tri(walsh)]) / 2
  q <- qsignrank((1 - level) / 2, n)
  exact <- if (clean) wilcox.test(d, exact = TRUE, conf.int = TRUE, conf.level = level) else
    list(estimate = median(walsh), conf.int = c(walsh[q], walsh[n * (n + 1) / 2 - q + 1]))
  p <- function(zeros) as.numeric(pvalue(wilcoxsign_test(d ~ rep(0, n), distribution = "exact", zero.method = zeros)))
  rows[[length(rows) + 1]] <- data.frame(
    case = name, level = level, before = paste(x, collapse = " "), after = paste(y, collapse = " "),
    v = unname(normal$statistic), p_normal = normal$p.value, p_exact_wilcox = p("Wilcoxon"), p_exact_pratt = p("Pratt"),
    p_r = if (clean) exact$p.value else NA,
    normal = unname(normal$estimate), normal_lower = normal$conf.int[1], normal_upper = normal$conf.int[2],
    exact = unname(exact$estimate), exact_lower = exact$conf.int[1], exact_upper = exact$conf.int[2]
  )
}
write.csv(format(do.call(rbind, rows), digits = 14, trim = TRUE), row.names = FALSE, quote = FALSE)
