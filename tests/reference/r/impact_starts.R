# Where one step fits best, units unlike their group, a shock on the treated alone. Run from the repository's root:
#   Rscript tests/reference/r/impact_starts.R
# writes tests/reference/impact_starts.csv. Nile: Cobb (1978), break after 1898 as in Zeileis et al. (2003); sleep: Student
# (1908), Biometrika 6:1-25; shock: a made panel of six places, whose values stand in the test too.
suppressPackageStartupMessages(library(strucchange))
rows <- list()
add <- function(name, value) rows[[length(rows) + 1]] <<- data.frame(name = name, value = value)
best <- breakpoints(Nile ~ 1, breaks = 1, h = 2)
add("nile_first_after_break", time(Nile)[best$breakpoints + 1])
step <- function(start) deviance(lm(Nile ~ I(time(Nile) >= start)))
starts <- time(Nile)[3:99]
f <- (step(1905) - min(sapply(starts, step))) / (min(sapply(starts, step)) / (length(Nile) - 3))
add("nile_p_1905", min(1, length(starts) * pf(f, 1, length(Nile) - 3, lower.tail = FALSE)))
outlying <- function(data) {
  t <- rstudent(lm(y ~ group, data))
  pmin(1, nrow(data) * 2 * pt(abs(t), nrow(data) - 3, lower.tail = FALSE))
}
drug <- data.frame(y = sleep$extra, group = sleep$group)
add("sleep_smallest_p", min(outlying(drug)))
drug$y[3] <- drug$y[3] + 12
for (i in seq_len(20)) add(paste0("shifted_p_", i), outlying(drug)[i])
change <- c(-3, -2.5, -2, 0.4, -0.2, 0.1)
observed <- mean(change[1:3]) - mean(change[4:6])
all <- combn(6, 3, function(i) mean(change[i]) - mean(change[-i]))
add("shock_p", mean(abs(all) >= abs(observed) - 1e-12))
tools <- paste0(R.version.string, "; strucchange ", packageVersion("strucchange"))
write.csv(cbind(do.call(rbind, rows), tools = tools), "tests/reference/impact_starts.csv", row.names = FALSE)
