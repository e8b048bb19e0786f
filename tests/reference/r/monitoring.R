# Funnel limits and over-dispersion in base R, from the formulas of Spiegelhalter (2005, Stat Med 24:1185-1202).
# Run from the checkout: Rscript tests/reference/r/monitoring.R
# Writes tests/reference/monitoring_funnel.csv and monitoring_dispersion.csv. R 4.2.2, MASS 7.3-58.2 for data only
# (FunnelPlotR is not in Debian; its z-scores are of the arcsine, so its numbers would differ in any case).
# Data: `surgical`, 12 hospitals, deaths after infant heart surgery (Spiegelhalter and others 1996, BUGS Examples
# volume 1); `insurance`, claims by policyholders, Baxter, Coutts and Ross (1980), as MASS::Insurance; `made`.
insurance <- MASS::Insurance
cases <- list(
  surgical = list("proportion", c(0, 18, 8, 46, 8, 13, 9, 31, 14, 8, 29, 24),
                  c(47, 148, 119, 810, 211, 196, 148, 215, 207, 97, 256, 360)),
  insurance = list("rate", insurance$Claims, insurance$Holders),
  made = list("proportion", c(31, 12, 40, 5, 22, 18, 9, 30, 50, 14, 3), c(57, 30, 55, 20, 40, 33, 30, 41, 60, 45, 12))
)
points <- list(); spread <- list()
for (name in names(cases)) {
  kind <- cases[[name]][[1]]; x <- cases[[name]][[2]]; n <- cases[[name]][[3]]
  y <- x / n; p <- sum(x) / sum(n)
  s <- sqrt((if (kind == "proportion") p * (1 - p) else p) / n)
  z <- (y - p) / s; cuts <- quantile(z, c(0.1, 0.9)); zw <- pmin(pmax(z, cuts[1]), cuts[2])
  raw <- mean(zw^2); phi <- max(1, raw); w <- 1 / s^2; I <- length(x)
  tau2 <- max(0, (I * raw - (I - 1)) / (sum(w) - sum(w^2) / sum(w)))
  spread[[name]] <- data.frame(case = name, kind, z_squares = raw, phi, tau2)
  for (model in c("none", "multiplicative", "additive")) for (level in c(0.95, 0.998)) {
    sd <- switch(model, none = s, multiplicative = s * sqrt(phi), additive = sqrt(s^2 + tau2))
    half <- qnorm((1 + level) / 2) * sd
    points[[length(points) + 1]] <- data.frame(
      case = name, kind, model, level, events = x, population = n,
      lower = pmax(p - half, 0), upper = if (kind == "proportion") pmin(p + half, 1) else p + half)
  }
}
save <- function(rows, file) {
  out <- do.call(rbind, rows)
  out[] <- lapply(out, function(v) if (is.numeric(v)) formatC(v, digits = 15, format = "g", width = -1) else v)
  write.csv(out, file, row.names = FALSE, quote = FALSE)
}
save(points, "tests/reference/monitoring_funnel.csv")
save(spread, "tests/reference/monitoring_dispersion.csv")
