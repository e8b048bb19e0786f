# Direct standardisation by epitools (Fay and Feuer) and by Dobson's formula in base R; indirect ratios in base R.
# Run from the checkout: Rscript tests/reference/r/standardisation.R
# Writes tests/reference/standardisation_data.csv, standardisation_direct.csv and standardisation_indirect.csv.
# R 4.2.2, epitools 0.5-10.1 (PHEindicatormethods is not in Debian).
# Data: `birth_order_1` … `birth_order_5`, Down syndrome in Michigan 1950-1964 by age of mother, Fleiss (1981), p. 249,
# the example of Fay and Feuer (1997); `cancer_1940` on the population of 1960, Selvin (2004); `quartier` is made.
suppressMessages(library(epitools))
save <- function(out, file) {
  out[] <- lapply(out, function(v) if (is.numeric(v)) formatC(v, digits = 15, format = "g", width = -1) else v)
  write.csv(out, file, row.names = FALSE, quote = FALSE)
}
population <- matrix(c(230061, 329449, 114920, 39487, 14208, 3052, 72202, 326701, 208667, 83228, 28466, 5375, 15050, 175702,
  207081, 117300, 45026, 8660, 2293, 68800, 132424, 98301, 46075, 9834, 327, 30666, 123419, 149919, 104088, 34392), 6)
count <- matrix(c(107, 141, 60, 40, 39, 25, 25, 150, 110, 84, 82, 39, 3, 71, 114, 103, 108, 75, 1, 26, 64, 89, 137, 96,
  0, 8, 63, 112, 262, 295), 6)
d60 <- c(141, 926, 1253, 1080, 1869, 4891, 14956, 30888, 41725, 26501, 5928)
p60 <- c(1784033, 7065148, 15658730, 10482916, 9939972, 10563872, 9114202, 6850263, 4702482, 1874619, 330915)
d40 <- c(45, 201, 320, 670, 1126, 3160, 9723, 17935, 22179, 13461, 2238)
p40 <- c(906897, 3794573, 10003544, 10629526, 9465330, 8249558, 7294330, 5022499, 2920220, 1019504, 142532)
data <- list()
for (i in 1:5) data[[paste0("birth_order_", i)]] <- list(count[, i], population[, i], rowMeans(population))
data$cancer_1940 <- list(d40, p40, p60)
data$quartier <- list(c(0, 1, 2, 3, 6), c(1800, 2100, 2500, 1700, 900), c(16000, 17500, 27500, 21000, 18000))
rows <- list(); inputs <- list()
for (name in names(data)) for (level in c(.95, .998)) {
  x <- data[[name]][[1]]; n <- data[[name]][[2]]; w <- data[[name]][[3]]
  if (level == .95) inputs[[name]] <- data.frame(case = name, stratum = seq_along(x), events = x, population = n, weight = w)
  fay <- ageadjust.direct(x, n, stdpop = w, conf.level = level)
  W <- w / sum(w); dsr <- sum(W * x / n); v <- sum(W^2 * x / n^2); O <- sum(x); z <- qnorm((1 + level) / 2)
  low <- O * (1 - 1 / (9 * O) - z / (3 * sqrt(O)))^3; high <- (O + 1) * (1 - 1 / (9 * (O + 1)) + z / (3 * sqrt(O + 1)))^3
  rows[[length(rows) + 1]] <- data.frame(case = name, level, rate = fay[["adj.rate"]], fay_lower = fay[["lci"]],
    fay_upper = fay[["uci"]], dobson_lower = dsr + sqrt(v / O) * (low - O), dobson_upper = dsr + sqrt(v / O) * (high - O))
}
save(do.call(rbind, inputs), "tests/reference/standardisation_data.csv")
save(do.call(rbind, rows), "tests/reference/standardisation_direct.csv")
selvin <- ageadjust.indirect(d40, p40, d60, p60)
cases <- list(cancer_1940 = c(selvin$sir[["observed"]], selvin$sir[["exp"]], sum(d60) / sum(p60)),
              quartier = c(12, 9.7, 0.0014), few = c(3, 5.25, 0.0014), none = c(0, 2.5, 0.0014))
rows <- list()
for (name in names(cases)) for (level in c(.95, .998)) {
  O <- cases[[name]][1]; E <- cases[[name]][2]; z <- qnorm((1 + level) / 2)
  exact <- poisson.test(O, conf.level = level)$conf.int
  low <- if (O > 0) O * (1 - 1 / (9 * O) - z / (3 * sqrt(O)))^3 else 0
  high <- (O + 1) * (1 - 1 / (9 * (O + 1)) + z / (3 * sqrt(O + 1)))^3
  rows[[length(rows) + 1]] <- data.frame(case = name, level, events = O, expected = E, reference_rate = cases[[name]][3],
    ratio = O / E, byar_lower = max(low, 0) / E, byar_upper = high / E, exact_lower = exact[1] / E, exact_upper = exact[2] / E)
}
save(do.call(rbind, rows), "tests/reference/standardisation_indirect.csv")
