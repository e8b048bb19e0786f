# Difference in differences and event studies with a dummy for every unit and period: lm, errors by clubSandwich (CR1,
# CR2 with Satterthwaite's degrees) and sandwich (vcovCL); permutations by combn. Run from the repository's root:
#   Rscript tests/reference/r/impact_panels.R
# writes tests/reference/impact_panels.csv (data, weighting, what, at, value), and the made panel, tests/reference/
# impact_panels_data.csv. Reads ../shared/reference/datasets: castle (Cheng & Hoekstra 2013), mpdta (Callaway &
# Sant'Anna 2021), card_krueger (Card & Krueger 1994). made: 12 units, 9 periods, 5 treated from period 6 on, four cells
# unobserved, written here.
suppressPackageStartupMessages({ library(sandwich); library(clubSandwich) })
rows <- list()
put <- function(data, weighting, what, value, at = NA)
  rows[[length(rows) + 1]] <<- data.frame(data = data, weighting = weighting, what = what, at = at, value = unname(value))
shared <- function(name) read.csv(file.path("../shared/reference/datasets", paste0(name, ".csv")))

set.seed(20)
made <- expand.grid(time = 1:9, unit = sprintf("u%02d", 1:12))
made$start <- ifelse(made$unit %in% sprintf("u%02d", c(2, 3, 7, 8, 11)), 6, NA)
made$weight <- round(exp(rnorm(12, 6, 0.6))[as.integer(made$unit)] * runif(nrow(made), 0.9, 1.1))
made$outcome <- round(rnorm(12)[as.integer(made$unit)] + 0.3 * rnorm(9)[made$time] + 0.4 * rnorm(nrow(made)) +
  0.7 * (!is.na(made$start) & made$time >= 6), 4)
made <- made[-c(5, 40, 71, 100), ]
write.csv(made, "tests/reference/impact_panels_data.csv", row.names = FALSE, na = "", quote = FALSE)

# --- two by two ------------------------------------------------------------------------------------------------------
late <- made$time >= 6
mean_of <- function(side) sapply(split(made[side, ], made$unit[side]), function(d) weighted.mean(d$outcome, d$weight))
change <- mean_of(late) - mean_of(!late)
treated <- tapply(!is.na(made$start), made$unit, any)
for (weighting in c("units", "population")) {
  w <- if (weighting == "units") rep(1, 12) else as.vector(tapply(made$weight, made$unit, mean))
  unit <- seq_along(change)
  m <- lm(change ~ treated, weights = w)
  put("made", weighting, "estimate", coef(m)[2])
  gap <- apply(combn(12, 5), 2, function(on) weighted.mean(change[on], w[on]) - weighted.mean(change[-on], w[-on]))
  put("made", weighting, "p_permutation", mean(abs(gap) >= abs(coef(m)[2]) - 1e-12))
  v <- vcovCR(m, unit, type = "CR2", target = 1 / w)
  test <- coef_test(m, v, test = "Satterthwaite")
  put("made", weighting, "error_cr2", test$SE[2]); put("made", weighting, "df_cr2", test$df_Satt[2])
  put("made", weighting, "p_cr2", test$p_Satt[2])
  v <- vcovCR(m, unit, type = "CR1", target = 1 / w)
  put("made", weighting, "error_cr1", sqrt(v[2, 2]))
}
ck <- shared("card_krueger"); ck <- ck[!is.na(ck$fte) & !is.na(ck$fte2), ]
welch <- t.test(ck$fte2[ck$nj == 1] - ck$fte[ck$nj == 1], ck$fte2[ck$nj == 0] - ck$fte[ck$nj == 0])
for (what in c("new_jersey", "pennsylvania")) put("card_krueger", "units", what, welch$estimate[1 + (what == "pennsylvania")])
put("card_krueger", "units", "estimate", diff(rev(welch$estimate)))
put("card_krueger", "units", "error_cr2", welch$stderr)
put("card_krueger", "units", "lower_welch", welch$conf.int[1]); put("card_krueger", "units", "upper_welch", welch$conf.int[2])

# --- event studies ---------------------------------------------------------------------------------------------------
study <- function(name, weighting, d, y, unit, start, w, tool = "clubSandwich", low = -Inf, high = Inf) {
  d <- data.frame(y = d[[y]], unit = d[[unit]], time = d[[if (name == "made") "time" else "year"]], start = start, w = w)
  e <- pmax(low, pmin(high, d$time - d$start))
  ages <- setdiff(sort(unique(e[!is.na(e)])), -1)
  x <- sapply(ages, function(a) as.numeric(!is.na(e) & e == a)); colnames(x) <- paste0("e", seq_along(ages))
  m <- lm(y ~ x + factor(unit) + factor(time), d, weights = w)
  v <- if (tool == "clubSandwich") as.matrix(vcovCR(m, d$unit, type = "CR1")) else
    vcovCL(m, d$unit, type = "HC0", cadjust = TRUE)
  n <- nrow(d); v <- v[1 + seq_along(ages), 1 + seq_along(ages)] * (n - 1) / (n - length(ages) - length(unique(d$time)))
  for (i in seq_along(ages)) {
    put(name, weighting, "beta", coef(m)[1 + i], ages[i]); put(name, weighting, "error", sqrt(v[i, i]), ages[i])
    put(name, weighting, "covariance_with_0", v[i, ages == 0], ages[i])
  }
}
castle <- shared("castle")
first <- tapply(castle$year[castle$post == 1], castle$sid[castle$post == 1], min)
start <- as.numeric(first[as.character(castle$sid)])
study("castle", "units", castle, "l_homicide", "sid", start, rep(1, nrow(castle)))
study("castle", "population", castle, "l_homicide", "sid", start, castle$popwt)
study("castle_binned", "units", castle, "l_homicide", "sid", start, rep(1, nrow(castle)), low = -4, high = 2)
mpdta <- shared("mpdta")
study("mpdta", "units", mpdta, "lemp", "countyreal", ifelse(mpdta$first.treat == 0, NA, mpdta$first.treat),
  rep(1, nrow(mpdta)), "sandwich")
study("made", "units", made, "outcome", "unit", made$start, rep(1, nrow(made)))
study("made", "population", made, "outcome", "unit", made$start, made$weight)

tools <- paste0(R.version.string, "; clubSandwich ", packageVersion("clubSandwich"), "; sandwich ", packageVersion("sandwich"))
table <- do.call(rbind, rows); table$value <- trimws(formatC(table$value, digits = 15, format = "g"))
write.csv(cbind(table, tools = c(tools, rep("", nrow(table) - 1))), "tests/reference/impact_panels.csv",
  row.names = FALSE, na = "", quote = FALSE)
