# Intraclass correlation: psych::ICC (clusters of one size, F limits) and R's aov with the published formulas (any
# sizes), since no package of Debian gives Searle's and Smith's limits. Run from the repository's root:
#   Rscript tests/reference/r/clustered.R
# writes tests/reference/clustered.csv. judges: Shrout & Fleiss (1979), Psychol Bull 86:420-428, Table 2 (one-way
# correlation .17); dyestuff: Davies & Goldsmith (1972), as lme4::Dyestuff; weil: Weil (1970), Food Cosmet Toxicol
# 8:177-182 (rat pups alive at 21 days, a litter a cluster); orange: Draper & Smith (1998), as datasets::Orange.
suppressPackageStartupMessages({ library(psych); library(lme4) })
judges <- matrix(c(9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7), ncol = 4, byrow = TRUE)
size <- c(13, 12, 9, 9, 8, 8, 13, 12, 10, 10, 9, 13, 5, 7, 10, 10, 12, 11, 10, 9, 11, 10, 10, 9, 9, 5, 9, 7, 10, 6, 10, 7)
alive <- c(13, 12, 9, 9, 8, 8, 12, 11, 9, 9, 8, 11, 4, 5, 7, 7, 12, 11, 10, 9, 10, 9, 9, 8, 8, 4, 7, 4, 5, 3, 3, 0)
data <- list(
  judges = data.frame(value = c(t(judges)), cluster = rep(1:6, each = 4)),
  dyestuff = data.frame(value = Dyestuff$Yield, cluster = as.integer(Dyestuff$Batch)),
  weil = data.frame(value = unlist(mapply(function(a, n) rep(1:0, c(a, n - a)), alive, size)), cluster = rep(1:32, size)),
  orange = data.frame(value = Orange$circumference, cluster = as.integer(as.character(Orange$Tree)))[1:31, ]
)
rows <- list()
for (name in names(data)) {
  d <- data[[name]]
  table <- summary(aov(value ~ factor(cluster), d))[[1]]
  m <- as.vector(base::table(d$cluster)); k <- length(m); N <- sum(m)
  F <- table[1, "F value"]; msb <- table[1, "Mean Sq"]; msw <- table[2, "Mean Sq"]
  n0 <- (N - sum(m^2) / N) / (k - 1)
  sb <- (msb - msw) / n0
  rho <- sb / (sb + msw)
  low <- F / qf(.975, k - 1, N - k); high <- F / qf(.025, k - 1, N - k)
  searle <- c((low - 1) / (low + n0 - 1), (high - 1) / (high + n0 - 1))
  v <- 2 * (1 - rho)^2 / n0^2 * ((1 + rho * (n0 - 1))^2 / (N - k) +
    ((k - 1) * (1 - rho) * (1 + rho * (2 * n0 - 1)) + rho^2 * (sum(m^2) - 2 * sum(m^3) / N + sum(m^2)^2 / N^2)) / (k - 1)^2)
  smith <- rho + c(-1, 1) * qnorm(.975) * sqrt(v)
  peer <- c(NA, NA, NA)
  if (length(unique(m)) == 1) {
    wide <- matrix(d$value[order(d$cluster)], nrow = k, byrow = TRUE)
    found <- ICC(wide, lmer = FALSE)$results[1, ]
    peer <- c(found$ICC, found$`lower bound`, found$`upper bound`)
  }
  rows[[name]] <- data.frame(
    data = name, n = N, estimate = rho, searle_lower = searle[1], searle_upper = searle[2],
    smith_lower = max(smith[1], -1), smith_upper = min(smith[2], 1), psych = peer[1], psych_lower = peer[2],
    psych_upper = peer[3], size = sum(m^2) / N
  )
}
tools <- paste0(R.version.string, "; psych ", packageVersion("psych"))
write.csv(cbind(do.call(rbind, rows), tools = tools), "tests/reference/clustered.csv", row.names = FALSE, na = "")
