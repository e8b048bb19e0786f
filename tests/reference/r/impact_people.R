# Before and after with CR2, dose, trends and pseudo-values. Run from the repository's root:
#   Rscript tests/reference/r/impact_people.R
# writes tests/reference/impact_people.csv. Data of R: ChickWeight (Crowder & Hand 1990, chicks weighed on days 0-21),
# lung (Loprinzi et al. 1994),
# esoph (Breslow & Day 1980). Peers: clubSandwich (CR2, Satterthwaite), glm (quasi-Poisson), survival (restricted mean).
suppressPackageStartupMessages({ library(clubSandwich); library(survival) })
rows <- list()
add <- function(name, estimate, error, df, p) rows[[length(rows) + 1]] <<- data.frame(
  name = name, estimate = estimate, error = error, df = df, p_value = p)
cr2 <- function(name, fit, cluster, coefficient) {
  vcov <- vcovCR(fit, cluster = cluster, type = "CR2")
  found <- coef_test(fit, vcov = vcov, test = "Satterthwaite")[coefficient, ]
  add(name, found$beta, found$SE, found$df_Satt, found$p_Satt)
}
chicks <- as.data.frame(ChickWeight)
chicks <- chicks[chicks$Diet %in% c(1, 3) & chicks$Time >= 10, ]
chicks$after <- as.numeric(chicks$Diet == 3)
chicks$Chick <- as.character(chicks$Chick)
cr2("before_after_chicks", lm(weight ~ after, chicks), chicks$Chick, 2)
cr2("dose_chicks", lm(weight ~ Time, chicks), chicks$Chick, 2)
# Oesophageal cancer: cases by agegp (place) and tobacco level (period), all alcohol levels together.
cancer <- aggregate(cbind(ncases, ncontrols) ~ agegp + tobgp, esoph, sum)
cancer$time <- as.numeric(cancer$tobgp); cancer$place <- as.character(cancer$agegp)
cancer <- cancer[order(cancer$place, cancer$time), ]
cancer$trials <- cancer$ncases + cancer$ncontrols
fit <- glm(ncases ~ time + place, quasipoisson, cancer[cancer$place != "25-34", ])
found <- summary(fit)$coefficients["time", ]
add("counts_esoph", found[1], found[2], fit$df.residual, found[4])
# A made series more regular than Poisson: the usual error is then not made smaller (dispersion kept at 1).
steady <- data.frame(y = c(20, 22, 24, 26, 30, 33, 36, 40), time = rep(1:4, 2), place = rep(c("a", "b"), each = 4))
fit <- glm(y ~ time + place, poisson, steady)
found <- summary(fit)$coefficients["time", ]
add("counts_steady", found[1], found[2], fit$df.residual, NA)
# Weighted by trials on the whitened scale: with a dummy a place, I - H is singular in each cluster and clubSandwich's
# own weighted CR2 (error 0.0244) takes another generalised root than the whitened regression does (0.0258).
root <- sqrt(cancer$trials)
whitened <- model.matrix(~ time + place, cancer) * root
share <- cancer$ncases / cancer$trials * root
cr2("shares_esoph", lm(share ~ 0 + whitened), cancer$place, 2)
# Pseudo-values of the mean survival within a year of the first 60 patients of lung.
sick <- lung[1:60, ]
rmean <- function(d) summary(survfit(Surv(time, status == 2) ~ 1, d), rmean = 365)$table[["rmean"]]
whole <- rmean(sick)
pseudo <- sapply(seq_len(60), function(i) 60 * whole - 59 * rmean(sick[-i, ]))
for (i in seq_along(pseudo)) add(paste0("pseudo_", i), pseudo[i], NA, NA, NA)
tools <- paste0(R.version.string, "; clubSandwich ", packageVersion("clubSandwich"), "; survival ", packageVersion("survival"))
write.csv(cbind(do.call(rbind, rows), tools = tools), "tests/reference/impact_people.csv", row.names = FALSE, na = "")
data <- rbind(
  data.frame(data = "chicks", value = chicks$weight, x = chicks$Time, group = chicks$Chick, side = chicks$after, n = NA),
  data.frame(data = "esoph", value = cancer$ncases, x = cancer$time, group = cancer$place, side = NA, n = cancer$trials),
  data.frame(data = "lung", value = sick$time, x = NA, group = "", side = as.numeric(sick$status == 2), n = NA))
write.csv(data, "tests/reference/impact_people_data.csv", row.names = FALSE, na = "")
