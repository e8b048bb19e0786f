# Two independent groups compared. Run from the repository root: Rscript tests/reference/r/comparisons.R
# Needs R with Epi and epitools (Debian: r-cran-epi, r-cran-epitools). Writes tests/reference/comparisons.csv.
# Debian has no package with the Miettinen-Nurminen score interval: it is written here from the paper, in another
# way than in the library (the likelihood of each difference maximised by the roots of its cubic from polyroot, and
# Brent's root finder for the limits). The conditional odds ratio is written here too, since fisher.test stops its
# root finder at 1e-4: noncentral hypergeometric tails in full, to 1e-13.
suppressMessages({library(Epi); library(epitools)})
version <- paste0("R ", getRversion(), ", Epi ", packageVersion("Epi"), ", epitools ", packageVersion("epitools"))

miettinen_nurminen <- function(x1, n1, x0, n0, level) {
  z <- qnorm((1 + level) / 2); n <- n1 + n0; x <- x1 + x0
  term <- function(k, p) if (k == 0) 0 * p else k * log(p)
  score <- function(d) {
    cubic <- c(x0 * d * (1 - d), (n0 * d - n - 2 * x0) * d + x, (n1 + 2 * n0) * d - n - x, n)
    p0 <- Re(polyroot(cubic)); p0 <- pmin(pmax(p0, max(0, -d)), min(1, 1 - d)); p1 <- pmin(pmax(p0 + d, 0), 1)
    likelihood <- term(x1, p1) + term(n1 - x1, 1 - p1) + term(x0, p0) + term(n0 - x0, 1 - p0)
    best <- which.max(likelihood); p0 <- p0[best]; p1 <- p1[best]
    v <- (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * n / (n - 1)
    (x1 / n1 - x0 / n0 - d) / sqrt(v)
  }
  d <- x1 / n1 - x0 / n0; edge <- 1e-9
  solve <- function(target, from, to) uniroot(function(t) score(t) - target, c(from, to), tol = 1e-14)$root
  c(d, if (d == -1) -1 else solve(z, -1 + edge, d - edge), if (d == 1) 1 else solve(-z, d + edge, 1 - edge))
}

conditional <- function(x1, n1, x0, n0, level) {
  k <- max(0, x1 + x0 - n0):min(n1, x1 + x0); base <- dhyper(k, n1, n0, x1 + x0, log = TRUE)
  mass <- function(l) { w <- base + k * l; w <- exp(w - max(w)); w / sum(w) }
  find <- function(f) exp(uniroot(f, c(-40, 40), tol = 1e-13)$root)
  tail <- (1 - level) / 2
  estimate <- if (x1 == min(k)) 0 else if (x1 == max(k)) Inf else find(function(l) sum(k * mass(l)) - x1)
  c(estimate, if (x1 == min(k)) 0 else find(function(l) sum(mass(l)[k >= x1]) - tail),
    if (x1 == max(k)) Inf else find(function(l) sum(mass(l)[k <= x1]) - tail))
}

text <- function(x) format(x, digits = 15, trim = TRUE)
rows <- list()
for (level in c(0.95, 0.998)) for (one in list(c(56, 70, 48, 80), c(9, 10, 3, 10), c(6, 7, 2, 7), c(5, 56, 0, 29),
    c(0, 10, 0, 20), c(0, 10, 0, 10), c(10, 10, 0, 20), c(10, 10, 0, 10), c(7, 34, 1, 34), c(0, 16, 15, 72),
    c(9, 13, 4, 14), c(189, 11034, 104, 11037), c(31, 57, 40, 90), c(2, 5, 7, 12), c(11, 12, 60, 65), c(300, 4000, 41, 700))) {
  x1 <- one[1]; n1 <- one[2]; x0 <- one[3]; n0 <- one[4]
  keep <- function(method, found) rows[[length(rows) + 1]] <<- data.frame(method, events = x1, population = n1,
    reference_events = x0, reference_population = n0, confidence_level = level, estimate = text(found[1]),
    lower = text(found[2]), upper = text(found[3]), reference = version)
  nc <- ci.pd(x1, x0, n1 - x1, n0 - x0, conf.level = level, print = FALSE)
  keep("newcombe", c(x1 / n1 - x0 / n0, nc[length(nc) - 1:0]))
  keep("miettinen_nurminen", miettinen_nurminen(x1, n1, x0, n0, level))
  if (x1 + x0 > 0) keep("conditional_exact", conditional(x1, n1, x0, n0, level))
  if (x1 > 0 && x0 > 0 && x1 < n1 && x0 < n0) {
    table <- matrix(c(n0 - x0, n1 - x1, x0, x1), 2)
    keep("katz", riskratio.wald(table, conf.level = level)$measure[2, ])
    keep("woolf", oddsratio.wald(table, conf.level = level)$measure[2, ])
  }
}
write.csv(do.call(rbind, rows), "tests/reference/comparisons.csv", row.names = FALSE, quote = FALSE)
