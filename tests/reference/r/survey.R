# Reference values for tests/estimation/test_survey*.py: R's survey package (linearised errors).
# Run from the repository's root:  Rscript tests/reference/r/survey.R
# Writes tests/reference/survey_{small,estimates,tests,weights}.csv. The api, fpc, scd and mu284 data come with the package.
suppressMessages(library(survey))
options(digits = 15, survey.lonely.psu = "fail")
out <- function(frame, name) {
  write.csv(frame, file.path("tests", "reference", paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
}
version <- paste("R", getRversion(), "survey", packageVersion("survey"))

# A small survey: 3 strata, clusters within, unequal weights; stratum c has one cluster (lonely).
set.seed(20)
small <- data.frame(stratum = rep(c("a", "b", "c"), c(14, 16, 4)), cluster = rep(c(1:8, 9), c(3, 5, 2, 4, 4, 3, 6, 3, 4)),
                    weight = round(runif(34, 2, 11), 1))
small$clusters_in_stratum <- unname(c(a = 9, b = 20, c = 6)[small$stratum])
small$score <- round(rnorm(34, 12 + 0.6 * small$cluster, 4), 1)
small$people <- rpois(34, 4) + 1
small$covered <- as.integer(small$score + rnorm(34, 0, 6) > 15)
small$sex <- sample(c("f", "m"), 34, TRUE)
small$age <- sample(c("18-39", "40-64", "65+"), 34, TRUE)
out(small, "survey_small")

data(api); data(fpc); data(scd); data(mu284)
two <- small[small$stratum != "c", ]
designs <- list(
  small = svydesign(ids = ~cluster, strata = ~stratum, weights = ~weight, data = two),
  small_fpc = svydesign(ids = ~cluster, strata = ~stratum, weights = ~weight, fpc = ~clusters_in_stratum, data = two),
  fpc = svydesign(ids = ~psuid, strata = ~stratid, weights = ~weight, fpc = ~Nh, data = fpc, nest = TRUE),
  scd = svydesign(ids = ~ambulance, strata = ~ESA, weights = rep(1, 6), data = scd, nest = TRUE),
  mu284 = svydesign(ids = ~id1 + id2, fpc = ~n1 + n2, data = mu284),
  apistrat = svydesign(ids = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat),
  apiclus1 = svydesign(ids = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1),
  apiclus2 = svydesign(ids = ~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2))
types <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
wide <- data.frame(sch.wide = c("No", "Yes"), Freq = c(1072, 5122))
designs$apiclus1_post <- postStratify(designs$apiclus1, ~stype, types)
designs$apiclus1_raked <- rake(designs$apiclus1, list(~stype, ~sch.wide), list(types, wide), control = list(maxit = 500, epsilon = 1e-12))
designs$apistrat_raked <- calibrate(designs$apistrat, list(~awards, ~sch.wide), calfun = "raking", epsilon = 1e-13, maxit = 500,
  population = list(data.frame(awards = c("No", "Yes"), Freq = c(2027, 4167)), wide))
sexes <- data.frame(sex = c("f", "m"), Freq = c(110, 95))
ages <- data.frame(age = c("18-39", "40-64", "65+"), Freq = c(80, 70, 55))
designs$small_post <- postStratify(designs$small, ~age, ages)
designs$small_raked <- calibrate(designs$small, list(~sex, ~age), list(sexes, ages), calfun = "raking", epsilon = 1e-13, maxit = 500)

rows <- list()
keep <- function(data, quantity, value, domain, level, estimate, limits, se = NA) {
  rows[[length(rows) + 1]] <<- data.frame(data, quantity, value, domain, level, estimate = as.numeric(estimate)[1], se = as.numeric(se)[1],
                                          lower = as.numeric(limits)[1], upper = as.numeric(limits)[2])
}
both <- function(name, value, kind, part = NULL, domain = "", level = 0.95, over = NULL, p = 0.5) {
  d <- designs[[name]]; if (!is.null(part)) d <- subset(d, part)
  f <- as.formula(paste0("~", value)); df <- degf(d)
  fit <- switch(kind, mean = svymean(f, d), total = svytotal(f, d), ratio = svyratio(f, as.formula(paste0("~", over)), d))
  if (!is.null(fit)) keep(name, kind, value, domain, level, coef(fit), confint(fit, df = df, level = level), SE(fit))
  if (kind %in% c("logit", "beta")) { fit <- svyciprop(f, d, method = kind, level = level); keep(name, kind, value, domain, level, fit, attr(fit, "ci")) }
  if (grepl("quantile", kind)) { q <- svyquantile(f, d, p, alpha = 1 - level, ci = TRUE)[[1]]; keep(name, kind, value, domain, level, q[1], q[2:3]) }
}
for (name in c("apistrat", "apiclus1", "apiclus2", "apiclus1_post", "apiclus1_raked")) for (level in c(0.9, 0.95)) {
  both(name, "api00", "mean", level = level); both(name, "api00", "total", level = level)
  if (name != "apiclus2") both(name, "api00", "ratio", over = "enroll", level = level)  # its enroll has missing values
  both(name, "api00", "quantile50", level = level); both(name, "api00", "quantile25", level = level, p = 0.25)
  for (kind in c("logit", "beta")) both(name, "I(api00>700)", kind, level = level)
}
for (name in c("apistrat_raked")) { both(name, "api00", "mean"); both(name, "enroll", "total"); both(name, "api00", "ratio", over = "enroll") }
for (name in c("apistrat", "apiclus1", "apiclus2", "apiclus1_post", "apiclus1_raked")) {
  high <- designs[[name]]$variables$enroll > 500
  both(name, "api00", "mean", high, "enroll>500"); both(name, "I(api00>700)", "logit", high, "enroll>500"); both(name, "api00", "total", high, "enroll>500")
}
for (name in c("small", "small_fpc", "small_post", "small_raked")) for (part in list("", "f")) {
  inside <- if (part == "") NULL else designs[[name]]$variables$sex == "f"
  both(name, "score", "mean", inside, part); both(name, "score", "total", inside, part); both(name, "score", "ratio", inside, part, over = "people")
  both(name, "covered", "logit", inside, part)
  # R's beta limits count the rows outside the domain where weights were fitted, and its quantiles give the second smallest
  # value for shares below the first row's weight (survey:::last): neither is taken as a reference.
  if (part == "") { both(name, "covered", "beta"); both(name, "score", "quantile50"); both(name, "score", "quantile60", p = 0.6) }
}
both("fpc", "x", "mean"); both("fpc", "x", "total"); both("mu284", "y1", "mean"); both("mu284", "y1", "total"); both("scd", "alive", "ratio", over = "arrests")
# Lonely clusters: the named rules.
for (rule in c("adjust", "certainty")) {
  options(survey.lonely.psu = rule)
  name <- paste0("small_", rule)
  designs[[name]] <- svydesign(ids = ~cluster, strata = ~stratum, weights = ~weight, data = small)
  both(name, "score", "mean"); both(name, "score", "total")
}
options(survey.lonely.psu = "fail")
out(cbind(do.call(rbind, rows), version), "survey_estimates")

tests <- list()
for (case in list(c("apistrat", "sch.wide", "awards"), c("apiclus1", "sch.wide", "stype"), c("apiclus2", "stype", "api00 > 600"), c("small", "sex", "covered"),
                  c("small", "age", "covered"), c("small_fpc", "age", "sex"), c("small_raked", "age", "covered"))) for (kind in c("F", "Chisq")) {
  d <- designs[[case[1]]]; d <- update(d, one = factor(eval(parse(text = case[2]), d$variables)), other = factor(eval(parse(text = case[3]), d$variables)))
  fit <- svychisq(~one + other, d, statistic = kind)
  # svychisq prints X2 itself for "Chisq" but refers X2 / mean(eigenvalue) to chi-square: recover the referred statistic.
  statistic <- if (kind == "F") fit$statistic else qchisq(fit$p.value, fit$parameter, lower.tail = FALSE)
  tests[[length(tests) + 1]] <- data.frame(data = case[1], rows = case[2], columns = case[3], kind, statistic = as.numeric(statistic), df = fit$parameter[1],
    df_denominator = if (kind == "F") fit$parameter[2] else NA, p_value = as.numeric(fit$p.value))
}
out(cbind(do.call(rbind, tests), version), "survey_tests")

weights_of <- c("small_post", "small_raked", "apiclus1_post", "apiclus1_raked", "apistrat_raked", "apistrat", "small")
out(do.call(rbind, lapply(weights_of, function(name) {
  w <- weights(designs[[name]]); data.frame(data = name, row = seq_along(w) - 1, weight = as.numeric(w), kish = sum(w)^2 / sum(w^2), version)
})), "survey_weights")
