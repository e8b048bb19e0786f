# Reference values for tests/estimation/test_diversity.py. Run from the repository's root:
#   Rscript tests/reference/r/diversity.R
# Values: vegan. Jackknife: survey's JK1 replicates, one meeting left out. Delta method: survey::svycontrast on the shares
# (derivatives by R), with n in place of survey's n - 1 in the variance of a share.
suppressMessages({library(survey); library(vegan)})
options(digits = 15, survey.lonely.psu = "adjust")
tools <- paste(c(R.version.string, sapply(c("vegan", "survey"), function(p) paste(p, packageVersion(p)))), collapse = "; ")

indices <- list(
  list("blau", NA, function(p) vegan::diversity(p, "simpson")),
  list("shannon", NA, function(p) vegan::diversity(p, "shannon")),
  list("evenness", NA, function(p) vegan::diversity(p, "shannon") / log(length(p))),
  list("hill", 0, NULL), list("hill", 0.5, NULL), list("hill", 1, NULL), list("hill", 2, NULL),
  list("hill", 3, NULL))
hill <- function(order) function(p) as.numeric(renyi(p, scales = order, hill = TRUE))
value <- function(one) if (is.null(one[[3]])) hill(one[[2]]) else one[[3]]

# The index as an expression of the shares x1, x2, …, for svycontrast to derive.
written <- function(one, k, present) {
  x <- paste0("x", present)
  sum_of <- function(form) paste(sprintf(form, x), collapse = " + ")
  shannon <- sprintf("(-(%s))", paste(sprintf("%s * log(%s)", x, x), collapse = " + "))
  text <- switch(one[[1]], blau = sprintf("1 - (%s)", sum_of("%s^2")), shannon = shannon,
                 evenness = sprintf("%s / log(%d)", shannon, k),
                 hill = if (one[[2]] == 1) sprintf("exp(%s)", shannon)
                        else sprintf("(%s)^(1 / (1 - %s))", sum_of(paste0("%s^", one[[2]])), one[[2]]))
  parse(text = text)[[1]]
}

clusters <- list(
  meetings = rbind(c(2, 3, 4, 1, 5, 0), c(1, 2, 6, 0, 4, 1), c(0, 4, 3, 2, 6, 0), c(3, 1, 5, 1, 2, 2), c(1, 3, 4, 0, 7, 1)),
  dominated = rbind(c(0, 0, 9, 0, 0, 0), c(0, 1, 8, 0, 0, 0), c(0, 0, 7, 0, 2, 0), c(0, 0, 9, 0, 1, 0)),
  three = rbind(c(3, 1, 2), c(5, 0, 1), c(2, 2, 2)),
  # Zar (1999), Biostatistical Analysis, 4th ed., example 8.11: what blue jays eat in Michigan and in Louisiana.
  blue_jays = rbind(c(47, 35, 7, 5, 3, 2, 0, 0, 0), c(48, 13, 0, 0, 0, 2, 23, 11, 8)))
jackknife <- do.call(rbind, lapply(names(clusters), function(name) do.call(rbind, lapply(indices, function(one) {
  counts <- clusters[[name]]
  frame <- as.data.frame(counts)
  design <- as.svrepdesign(svydesign(ids = ~1, weights = ~1, data = frame), type = "JK1")
  fit <- withReplicates(design, function(w, data) value(one)(colSums(w * data)))
  half <- qt(0.975, nrow(counts) - 1) * as.numeric(SE(fit))
  estimate <- value(one)(colSums(counts))
  data.frame(case = name, method = "jackknife", index = one[[1]], order = one[[2]], rows = nrow(counts),
             counts = paste(t(counts), collapse = " "), estimate = estimate, lower = estimate - half, upper = estimate + half)
}))))

single <- list(michigan = c(47, 35, 7, 5, 3, 2), louisiana = c(48, 23, 11, 13, 8, 2), with_nobody = c(9, 0, 4, 12, 0, 3))
delta <- do.call(rbind, lapply(names(single), function(name) do.call(rbind, lapply(indices, function(one) {
  counts <- single[[name]]
  n <- sum(counts)
  present <- which(counts > 0)
  if (identical(one[[2]], 0)) return(NULL)  # the number of categories has no derivative
  people <- as.data.frame(outer(rep(seq_along(counts), counts), seq_along(counts), "==") * 1)
  names(people) <- paste0("x", seq_along(counts))
  shares <- svymean(as.formula(paste("~", paste(names(people)[present], collapse = "+"))),
                    svydesign(ids = ~1, weights = ~1, data = people))
  fit <- svycontrast(shares, list(index = written(one, length(counts), present)))
  half <- qnorm(0.975) * as.numeric(SE(fit)) * sqrt((n - 1) / n)
  estimate <- value(one)(counts)
  data.frame(case = name, method = "delta", index = one[[1]], order = one[[2]], rows = 1,
             counts = paste(counts, collapse = " "), estimate = estimate, lower = estimate - half, upper = estimate + half)
}))))
write.csv(cbind(rbind(jackknife, delta), tool = tools), file.path("tests", "reference", "diversity.csv"), row.names = FALSE)
