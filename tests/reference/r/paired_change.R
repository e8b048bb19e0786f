# Paired change and d_z with noncentral-t limits, by R: t.test, effectsize::cohens_d and pt/uniroot.
# Run: Rscript tests/reference/r/paired_change.R > tests/reference/paired_change.csv
# Written with R 4.2.2 and effectsize 0.8.3.
# `sleep` is Student's own table (1908). The others are made of it so as to meet small n, a fall, a far tail.
library(effectsize)
before <- sleep$extra[sleep$group == 1]
after <- sleep$extra[sleep$group == 2]
cases <- list(
  sleep = list(before, after),
  sleep_reversed = list(after, before),
  two_people = list(c(20, 25), c(24, 33)),
  three_people_no_clear_change = list(c(20, 25, 31), c(24, 22, 33)),
  far_tail = list(100 + seq(0, 0.9, 0.1), 200 + before),
  whole_scale = list(c(21, 30, 28, 33, 19, 25, 27, 36, 24, 29, 31, 22), c(25, 29, 33, 35, 24, 24, 31, 37, 30, 28, 33, 29))
)
# R's pt is approximate beyond a noncentrality of 37.62 (see ?pt): no limits are asked of it there.
ncp_limits <- function(t, df, level) {
  tail <- (1 - level) / 2
  f <- function(p) uniroot(function(x) pt(t, df, x) - p, t + c(-1, 1) * 30, extendInt = "downX", tol = 1e-12)$root
  c(f(1 - tail), f(tail))
}
rows <- list()
for (name in names(cases)) for (level in c(0.90, 0.95)) {
  x <- cases[[name]][[1]]; y <- cases[[name]][[2]]; n <- length(x)
  test <- t.test(y, x, paired = TRUE, conf.level = level)
  t <- unname(test$statistic)
  es <- if (n > 2 && abs(t) < 30) suppressMessages(cohens_d(y - x, mu = 0, ci = level)) else NULL
  limits <- if (abs(t) < 30) ncp_limits(t, n - 1, level) / sqrt(n) else c(NA, NA)
  rows[[length(rows) + 1]] <- data.frame(
    case = name, level = level, before = paste(x, collapse = " "), after = paste(y, collapse = " "),
    mean_change = unname(test$estimate), lower = test$conf.int[1], upper = test$conf.int[2],
    t = t, p_value = test$p.value, d_z = mean(y - x) / sd(y - x),
    d_z_lower = limits[1], d_z_upper = limits[2],
    effectsize_lower = if (is.null(es)) NA else es$CI_low, effectsize_upper = if (is.null(es)) NA else es$CI_high
  )
}
write.csv(format(do.call(rbind, rows), digits = 12, trim = TRUE), row.names = FALSE, quote = FALSE)
