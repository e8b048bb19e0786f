# Kaplan-Meier curves and quantiles by R's survival, the field's reference. Run from the repository's root:
#   Rscript tests/reference/r/survival.R
# writes tests/reference/survival_curve.csv, survival_quantile.csv and survival_restricted_mean.csv.
# Data: 6-MP and placebo arms of Freireich et al. (1963), Blood 21:699-716 (weeks in remission);
# aml: Miller (1981), Survival Analysis, p. 49 (weeks to relapse, both arms), as survival::aml;
# lung: Loprinzi et al. (1994), J Clin Oncol 12:601-607 (days), as survival::lung, whose help page and
# vignettes print a median of 310 days (285-363); flat and half: made here to reach 0.5 exactly.
suppressPackageStartupMessages(library(survival))
options(digits = 15)

data <- list(
  six_mp = data.frame(
    time = c(6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35),
    event = c(1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0)
  ),
  placebo = data.frame(
    time = c(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23),
    event = 1
  ),
  aml = data.frame(time = aml$time, event = aml$status),
  lung = data.frame(time = lung$time, event = lung$status - 1),
  flat = data.frame(time = c(0, 5, 5, 9, 12, 12, 20, 30), event = c(1, 1, 1, 1, 1, 0, 1, 1)),
  half = data.frame(time = c(3, 8, 15, 21), event = c(1, 1, 0, 0)),
  nobody = data.frame(time = c(3, 8, 15, 21), event = 0)
)

curves <- list()
quantiles <- list()
means <- list()
for (name in names(data)) {
  for (type in c("plain", "log", "log-log", "logit", "arcsin")) {
    fit <- survfit(Surv(time, event) ~ 1, data = data[[name]], conf.type = type)
    seen <- fit$n.event > 0
    type <- sub("arcsin", "arcsine", type)
    if (any(seen) && name != "lung") {
      curves[[length(curves) + 1]] <- data.frame(
        data = name, interval = type, time = fit$time[seen], at_risk = fit$n.risk[seen],
        events = fit$n.event[seen], survival = fit$surv[seen], lower = fit$lower[seen], upper = fit$upper[seen]
      )
    }
    # The median is what print(fit) and summary(fit) give. quantile(fit) differs from them in two corners: an
    # upper limit that is not monotone (aml, "log": 48, print 45) and a curve level at 0.5 to the end (half).
    table <- summary(fit)$table
    quantiles[[length(quantiles) + 1]] <- data.frame(
      data = name, interval = type, probability = 0.5,
      quantile = table[["median"]], lower = table[["0.95LCL"]], upper = table[["0.95UCL"]]
    )
    for (p in c(0.25, 0.75)) {
      q <- quantile(fit, probs = p)
      quantiles[[length(quantiles) + 1]] <- data.frame(
        data = name, interval = type, probability = p,
        quantile = q$quantile[[1]], lower = q$lower[[1]], upper = q$upper[[1]]
      )
    }
  }
  for (horizon in c(15, 23, 300)) {
    fit <- survfit(Surv(time, event) ~ 1, data = data[[name]])
    if (any(data[[name]]$event == 1) && max(fit$time) >= horizon) {
      table <- summary(fit, rmean = horizon)$table
      means[[length(means) + 1]] <- data.frame(
        data = name, horizon = horizon, mean = table[["rmean"]], error = table[["se(rmean)"]]
      )
    }
  }
}
tools <- paste0(R.version.string, "; survival ", packageVersion("survival"))
write <- function(rows, name) {
  write.csv(cbind(do.call(rbind, rows), tools = tools), file.path("tests/reference", name), row.names = FALSE, na = "")
}
write(curves, "survival_curve.csv")
write(quantiles, "survival_quantile.csv")
write(means, "survival_restricted_mean.csv")
