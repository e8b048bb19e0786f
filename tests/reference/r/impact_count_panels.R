# Logistic and Poisson models with a dummy for every unit and period: glm, errors by sandwich::vcovCL (HC0 times
# G / (G - 1)); permutations of which units were treated by combn, the step of each choice an lm.wfit of the working
# residuals of the fit without treatment (its offset held for the limits, found by bisection). Poisson of epil also by
# geepack, whose marginal model gives the same effect. Run from the repository's root:
#   Rscript tests/reference/r/impact_count_panels.R
# writes tests/reference/impact_count_panels.csv (data, family, what, value) and the data, tests/reference/
# impact_count_panels_data.csv: epil (Thall & Vail 1990, Biometrics 46:657-671, as MASS::epil: seizures of 59 people in
# 8 weeks before and 4 times 2 weeks after progabide or placebo) and made (10 units, 8 periods, 4 treated from period 5 on).
# Reads ../shared/reference/datasets/texas_mixtape.csv (Cunningham 2021: black among black
# and white prisoners by state, Texas treated from 1993 on; 1986-1998 and without California, which
# miss nothing).
suppressPackageStartupMessages({ library(sandwich); library(MASS); library(geepack) })
rows <- list()
put <- function(data, family, what, value)
  rows[[length(rows) + 1]] <<- data.frame(data = data, family = family, what = what, value = unname(value))

first <- epil[epil$period == 1, ]
long <- rbind(data.frame(unit = first$subject, time = 0, numerator = first$base, denominator = 8, treated = first$trt == "progabide"),
  data.frame(unit = epil$subject, time = epil$period, numerator = epil$y, denominator = 2, treated = epil$trt == "progabide"))
long <- long[order(long$unit, long$time), ]
long$unit <- sprintf("p%02d", long$unit); long$start <- ifelse(long$treated, 1, NA)
set.seed(4)
made <- expand.grid(time = 1:8, unit = sprintf("u%02d", 1:10))
made$treated <- made$unit %in% c("u01", "u04", "u05", "u09"); made$start <- ifelse(made$treated, 5, NA)
made$denominator <- round(exp(rnorm(10, 6, 0.5))[as.integer(made$unit)] * runif(80, 0.9, 1.1))
eta <- -1 + 0.3 * rnorm(10)[as.integer(made$unit)] + 0.2 * rnorm(8)[made$time] + 0.06 * rnorm(80) + 0.3 * (made$treated & made$time >= 5)
made$numerator <- rbinom(80, made$denominator, plogis(eta))
keep <- c("unit", "time", "start", "numerator", "denominator")
write.csv(rbind(cbind(data = "epil", long[keep]), cbind(data = "made", made[keep])),
  "tests/reference/impact_count_panels_data.csv", row.names = FALSE, na = "", quote = FALSE)
texas <- read.csv("../shared/reference/datasets/texas_mixtape.csv")
texas <- texas[texas$year %in% 1986:1998 & texas$state != "California", ]
texas <- data.frame(unit = texas$statefip, time = texas$year, numerator = round(texas$bmprison),
  denominator = round(texas$bmprison) + round(texas$wmprison), start = ifelse(texas$statefip == 48, 1993, NA))

fit <- function(d, family, D) if (family == "poisson")
  glm(d$numerator ~ D + factor(d$unit) + factor(d$time) + offset(log(d$denominator)), family = poisson, control = list(epsilon = 1e-14)) else
  glm(cbind(d$numerator, d$denominator - d$numerator) ~ D + factor(d$unit) + factor(d$time), family = binomial, control = list(epsilon = 1e-14))
for (case in list(list("epil", long, "poisson"), list("epil_without_49", long[long$unit != "p49", ], "poisson"),
                  list("made", made, "poisson"), list("made", made, "binomial"), list("texas", texas, "binomial"))) {
  d <- case[[2]]; D <- as.numeric(!is.na(d$start) & d$time >= d$start)
  m <- fit(d, case[[3]], D)
  put(case[[1]], case[[3]], "estimate", coef(m)["D"])
  put(case[[1]], case[[3]], "error", sqrt(vcovCL(m, d$unit, type = "HC0", cadjust = TRUE)["D", "D"]))
}
for (d in list(long, long[long$unit != "p49", ])) {
  d$x <- as.numeric(d$time > 0); d$id <- as.integer(factor(d$unit))
  g <- geeglm(numerator ~ x * treated + offset(log(denominator)), id = id, data = d, family = poisson, corstr = "exchangeable")
  put(if (nrow(d) == 295) "epil" else "epil_without_49", "poisson", "estimate_gee", coef(g)[4])
  put(if (nrow(d) == 295) "epil" else "epil_without_49", "poisson", "error_gee", summary(g)$coefficients[4, 2])
}

step <- function(d, family, start) {  # one Newton step of every choice, from the fit with `tau` held for the treated
  units <- unique(d$unit); on <- which(tapply(!is.na(d$start), factor(d$unit, units), any)); late <- d$time >= start
  places <- combn(length(units), length(on)); member <- match(d$unit, units)
  base <- model.matrix(~ factor(d$unit) + factor(d$time))
  function(tau) {
    held <- tau * (member %in% on) * late
    y <- if (family == "poisson") d$numerator else cbind(d$numerator, d$denominator - d$numerator)
    o <- if (family == "poisson") held + log(d$denominator) else held
    m <- glm.fit(base, y, family = get(family)(), offset = o, weights = rep(1, nrow(d)), control = list(epsilon = 1e-14, maxit = 50))
    all <- apply(places, 2, function(p) lm.wfit(cbind((member %in% p) * late, base), m$residuals, m$weights)$coefficients[1])
    own <- which(apply(places, 2, function(p) all(p == on)))
    mean(abs(all) >= abs(all[own]) * (1 - 1e-8))
  }
}
limit <- function(p, centre, side, width) {
  near <- centre; far <- centre + side * width
  while (p(far) > 0.05) { near <- far; far <- far + side * 2 * abs(far - centre) }
  for (i in 1:22) { middle <- (near + far) / 2; if (p(middle) > 0.05) near <- middle else far <- middle }
  near
}
for (family in c("binomial", "poisson")) {
  p <- step(made, family, 5)
  put("made", family, "p_permutation", p(0))
  centre <- coef(fit(made, family, as.numeric(made$treated & made$time >= 5)))["D"]
  put("made", family, "lower", limit(p, centre, -1, 0.03)); put("made", family, "upper", limit(p, centre, 1, 0.03))
}
put("texas", "binomial", "p_permutation", step(texas, "binomial", 1993)(0))

tools <- paste0(R.version.string, "; sandwich ", packageVersion("sandwich"), "; geepack ", packageVersion("geepack"))
table <- do.call(rbind, rows); table$value <- trimws(formatC(table$value, digits = 14, format = "g"))
write.csv(cbind(table, tools = c(tools, rep("", nrow(table) - 1))), "tests/reference/impact_count_panels.csv",
  row.names = FALSE, na = "", quote = FALSE)
