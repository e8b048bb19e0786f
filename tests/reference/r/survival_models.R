# Log-rank tests and Cox regressions by R's survival. Run from the repository's root:
#   Rscript tests/reference/r/survival_models.R
# writes tests/reference/survival_tests.csv and tests/reference/survival_cox.csv.
# gehan: Freireich et al. (1963), Blood 21:699-716, with the pairs, as MASS::gehan; aml: Miller (1981), p. 49;
# lung: Loprinzi et al. (1994), J Clin Oncol 12:601-607, people of a known institution; made: written here, with
# ties, three groups and a group that leaves before the end.
suppressPackageStartupMessages({ library(survival); library(MASS) })
made <- data.frame(
  time = c(2, 2, 2, 3, 3, 5, 5, 6, 6, 6, 7, 9, 9, 9, 11, 12, 12, 14, 15, 15),
  event = c(1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0),
  group = c(1, 2, 3, 1, 1, 2, 3, 3, 2, 1, 1, 2, 2, 3, 2, 2, 1, 2, 2, 1),
  age = c(30, 41, 35, 62, 55, 28, 47, 51, 39, 44, 60, 33, 52, 29, 36, 48, 57, 31, 42, 38),
  session = c(1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 5, 5)
)
freireich <- data.frame(time = gehan$time, event = gehan$cens, group = as.integer(gehan$treat == "6-MP"),
                        session = gehan$pair)
freireich$age <- freireich$session %% 5
leukaemia <- data.frame(time = aml$time, event = aml$status, group = as.integer(aml$x == "Maintained"))
leukaemia$age <- seq_len(23) %% 4
leukaemia$session <- seq_len(23) %% 6
inst <- lung[!is.na(lung$inst), ]
cancer <- data.frame(time = inst$time, event = inst$status - 1, group = inst$sex, age = inst$age, session = inst$inst)
data <- list(freireich = freireich, aml = leukaemia, made = made, lung = cancer)

tests <- list()
models <- list()
for (name in names(data)) {
  d <- data[[name]]
  for (rho in 0:1) for (stratified in c(FALSE, TRUE)) {
    f <- if (stratified) Surv(time, event) ~ group + strata(session) else Surv(time, event) ~ group
    found <- survdiff(f, d, rho = rho)
    tests[[length(tests) + 1]] <- data.frame(
      data = name, method = c("logrank", "peto")[rho + 1], stratified = stratified, statistic = found$chisq,
      df = length(found$n) - 1, p_value = pchisq(found$chisq, length(unique(d$group)) - 1, lower.tail = FALSE)
    )
  }
  for (ties in c("efron", "breslow")) for (stratified in c(FALSE, TRUE)) {
    f <- if (stratified) Surv(time, event) ~ group + age + strata(session) + cluster(session) else
      Surv(time, event) ~ group + age + cluster(session)
    if (stratified && name %in% c("freireich", "made")) f <- update(f, . ~ . - age)
    fit <- coxph(f, d, ties = ties, control = coxph.control(eps = 1e-13, iter.max = 50))
    models[[length(models) + 1]] <- data.frame(
      data = name, method = ties, stratified = stratified, covariate = names(coef(fit)), estimate = coef(fit),
      error = sqrt(diag(fit$naive.var)), robust = sqrt(diag(vcov(fit)))
    )
  }
}
tests <- do.call(rbind, tests)
tests$df <- ifelse(tests$data == "made", 2, 1)
tools <- paste0(R.version.string, "; survival ", packageVersion("survival"))
write.csv(cbind(tests, tools = tools), "tests/reference/survival_tests.csv", row.names = FALSE)
write.csv(cbind(do.call(rbind, models), tools = tools), "tests/reference/survival_cox.csv", row.names = FALSE)
