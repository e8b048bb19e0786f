# Cumulative incidence by R's survival (Aalen-Johansen, variance of survfit) and cmprsk. Run from the root:
#   Rscript tests/reference/r/competing_risks.R
# writes tests/reference/competing_risks.csv.
# melanoma: Andersen, Borgan, Gill & Keiding (1993), Statistical Models Based on Counting Processes, Odense
# (deaths from melanoma, then from other causes), as MASS::Melanoma; made: written here, ends with an event.
suppressPackageStartupMessages({ library(survival); library(MASS); library(cmprsk) })
data <- list(
  melanoma = data.frame(time = Melanoma$time, cause = c(1, 0, 2)[Melanoma$status]),
  made = data.frame(time = c(1, 2, 2, 3, 4, 5, 6, 7, 7, 9), cause = c(1, 2, 1, 1, 0, 2, 1, 2, 0, 2))
)
rows <- list()
for (name in names(data)) {
  d <- data[[name]]
  gray <- cuminc(d$time, d$cause)
  for (type in c("plain", "log", "log-log")) {
    fit <- survfit(Surv(time, factor(cause, 0:2)) ~ 1, d, conf.type = type)
    seen <- rowSums(fit$n.event[, 2:3]) > 0
    if (name == "melanoma") seen <- seen & fit$time %in% c(185, 1062, 2156, 3458)
    other <- timepoints(gray, fit$time[seen])
    for (cause in 1:2) {
      rows[[length(rows) + 1]] <- data.frame(
        data = name, interval = type, cause = cause, time = fit$time[seen], at_risk = fit$n.risk[seen, 1],
        incidence = fit$pstate[seen, cause + 1], error = fit$std.err[seen, cause + 1],
        lower = fit$lower[seen, cause + 1], upper = fit$upper[seen, cause + 1],
        cmprsk = other$est[cause, ], cmprsk_error = sqrt(other$var[cause, ])
      )
    }
  }
}
tools <- paste0(R.version.string, "; survival ", packageVersion("survival"), "; cmprsk ", packageVersion("cmprsk"))
write.csv(cbind(do.call(rbind, rows), tools = tools), "tests/reference/competing_risks.csv", row.names = FALSE, na = "")
