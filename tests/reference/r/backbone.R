# Reference values for tests/estimation/test_backbone.py. Run from the repository's root:
#   Rscript tests/reference/r/backbone.R
# The package backbone is not in Debian: its two formulas in base R. The attendance probabilities of maximum entropy
# are those of a logistic regression on actor and event, fitted by stats::glm.
source(file.path("tests", "reference", "r", "network_data.R"))
options(digits = 15)

tail_of_sum <- function(chance, at_least) {  # P(sum of Bernoulli >= at_least)
  mass <- 1
  for (p in chance) mass <- c(mass * (1 - p), 0) + c(0, mass * p)
  sum(mass[seq_along(mass) - 1 >= at_least])
}
data <- list(davis = davis, meetings = of_year(2018))
rows <- do.call(rbind, lapply(names(data), function(name) {
  incidence <- data[[name]]
  incidence <- incidence[order(rownames(incidence), method = "radix"), ]
  n <- nrow(incidence)
  long <- data.frame(seen = as.vector(incidence), actor = factor(row(incidence)), event = factor(col(incidence)))
  fit <- glm(seen ~ actor + event, binomial, long, control = glm.control(epsilon = 1e-14, maxit = 100))
  chance <- matrix(fitted(fit), n)
  pairs <- combn(n, 2)
  both <- do.call(rbind, apply(pairs, 2, function(p) {
    weight <- sum(incidence[p[1], ] * incidence[p[2], ])
    degree <- rowSums(incidence)[p]
    together <- chance[p[1], ] * chance[p[2], ]
    data.frame(
      method = c("hypergeometric", "stochastic_degree"), source = rownames(incidence)[p[1]],
      target = rownames(incidence)[p[2]], weight = weight,
      expected = c(prod(degree) / ncol(incidence), sum(together)),
      p_value = c(phyper(weight - 1, degree[1], ncol(incidence) - degree[1], degree[2], lower.tail = FALSE),
                  tail_of_sum(together, weight)))
  }))
  both <- both[order(both$method), ]
  for (correction in c("holm", "BH")) both[[correction]] <- ave(both$p_value, both$method, FUN = function(p) p.adjust(p, correction))
  cbind(data = name, both)
}))
out(rows, "backbone", "stats")
