# Power, required numbers and minimum detectable effects by pwr and base R.
# Run from the checkout: Rscript tests/reference/r/power.R
# Writes tests/reference/power_two.csv, power_benchmark.csv, power_paired.csv and power_clustered.csv.
# R 4.2.2, pwr 1.3-0. Roots by uniroot to 1e-13. Clusters: Bloom's formula in base R (PowerUpR is not in Debian).
suppressMessages(library(pwr))
root <- function(f, low, high) uniroot(f, c(low, high), tol = 1e-14, maxiter = 5000)$root
save <- function(out, file) {
  out[] <- lapply(out, function(v) if (is.numeric(v)) formatC(v, digits = 15, format = "g", width = -1) else v)
  write.csv(out, file, row.names = FALSE, quote = FALSE)
}
# `r_help` rows are the examples printed in R's help page of power.prop.test.
two <- data.frame(case = c("r_help", "reminder_sms", "screened", "referred", "small"), p1 = c(.5, .544, .88, .3, .1),
                  p2 = c(.75, .677, .95, .544, .9), n = c(50, 90, 45, 28, 6))
two$normal <- mapply(function(a, b, n) power.prop.test(n = n, p1 = a, p2 = b)$power, two$p1, two$p2, two$n)
two$arcsine <- mapply(function(a, b, n) pwr.2p.test(ES.h(a, b), n = n)$power, two$p1, two$p2, two$n)
two$arcsine_unequal <- mapply(function(a, b, n) pwr.2p2n.test(ES.h(a, b), n1 = n, n2 = 2 * n)$power, two$p1, two$p2, two$n)
two$required_normal <- mapply(function(a, b) power.prop.test(p1 = a, p2 = b, power = .9, tol = 1e-12)$n, two$p1, two$p2)
two$required_arcsine <- mapply(function(a, b) root(function(n) pwr.2p.test(ES.h(a, b), n = n)$power - .9, 2, 1e5), two$p1, two$p2)
two$detectable <- mapply(function(a, n) if (power.prop.test(n = n, p1 = a, p2 = 1)$power < .8) NA else
  root(function(b) power.prop.test(n = n, p1 = a, p2 = b)$power - .8, a + 1e-6, 1), two$p1, two$n)
save(two, "tests/reference/power_two.csv")
exact <- function(p0, p, n, level = .05) {
  k <- 0:n
  tail_up <- sapply(k, function(x) sum(dbinom(x:n, n, p0))); tail_down <- sapply(k, function(x) sum(dbinom(0:x, n, p0)))
  sum(dbinom(k, n, p)[tail_up <= level / 2 | tail_down <= level / 2])
}
one <- expand.grid(p0 = c(.1, .48, .544, .9), rise = c(-.05, 0, .08), n = c(5, 12, 57, 90))
one$p <- one$p0 + one$rise
one$power <- mapply(exact, one$p0, one$p, one$n)
one$detectable <- mapply(function(p0, n) if (exact(p0, 1, n) < .8) NA else
  root(function(p) exact(p0, p, n) - .8, p0, 1) - p0, one$p0, one$n)
save(one, "tests/reference/power_benchmark.csv")
# `pwr_help`: d = 0.2, n = 60, level 0.10, printed in pwr's help page as Cohen's exercise (power 0.4555818).
paired <- data.frame(case = c("pwr_help", "screened", "ambassadors", "referred", "small", "two"), d = c(.2, .3, .41, .5, 1, 2),
                     n = c(60, 90, 65, 57, 8, 2), level = c(.1, .05, .05, .05, .01, .05))
paired$power <- mapply(function(d, n, l) pwr.t.test(n, d, l, type = "paired")$power, paired$d, paired$n, paired$level)
paired$required <- mapply(function(d, l) root(function(n) pwr.t.test(n, d, l, type = "paired")$power - .8, 2, 1e4), paired$d, paired$level)
paired$detectable <- mapply(function(n, l) root(function(d) pwr.t.test(n, d, l, type = "paired")$power - .8, 0.001, 20), paired$n, paired$level)
save(paired, "tests/reference/power_paired.csv")
clustered <- expand.grid(clusters = c(3, 5, 9, 12, 13), size = c(1, 5, 10, 18.5), icc = c(0, .05, .3), arms = 1:2)
df <- clustered$clusters - clustered$arms
error <- sqrt(ifelse(clustered$arms == 1, 1, 4) * (clustered$icc / clustered$clusters +
                                                   (1 - clustered$icc) / (clustered$clusters * clustered$size)))
clustered$detectable <- (qt(.975, df) + qt(.8, df)) * error
clustered$power <- pt(.4 / error - qt(.975, df), df)
save(clustered, "tests/reference/power_clustered.csv")
