# Reference values for tests/estimation/test_network_measures.py and test_network_groups.py. Run from the root:
#   Rscript tests/reference/r/network_measures.R
# Core–periphery (Borgatti & Everett 1999) and E-I index are in no package of Debian: their formulas in base R, the
# core by trying every one.
suppressMessages({library(igraph); library(sna, exclude = c("degree", "closeness", "betweenness"))})
source(file.path("tests", "reference", "r", "network_data.R"))
options(digits = 15)

best_core <- function(tied) {
  n <- nrow(tied)
  pair <- which(upper.tri(tied), arr.ind = TRUE)
  ties <- tied[upper.tri(tied)]
  best <- -1
  for (start in seq(1, 2^n - 2, by = 8192)) {
    number <- start:min(start + 8191, 2^n - 2)
    core <- sapply(0:(n - 1), function(i) (number %/% 2^i) %% 2 == 1)
    pattern <- t(core[, pair[, 1], drop = FALSE] | core[, pair[, 2], drop = FALSE])
    best <- max(best, suppressWarnings(cor(ties, pattern * 1)), na.rm = TRUE)
  }
  best
}
karate <- as.matrix(as_adjacency_matrix(make_graph("Zachary")))
club <- c(1,1,1,1,1,1,1,1,1,2,1,1,1,1,2,2,1,1,2,1,2,1,2,2,2,2,2,2,2,2,2,2,2,2)
inside <- setdiff(families, "Pucci")
year <- projected(of_year(2018))
data <- list(
  florentine = list(tied = marriage[inside, inside], groups = as.integer(factor(substr(inside, 1, 1) < "L"))),
  karate = list(tied = karate, groups = club),
  davis = list(tied = (projected(davis) >= 3) * 1, groups = NULL),
  meetings = list(tied = (year >= 2) * 1, groups = as.integer(factor(meetings$category[match(rownames(year), meetings$actor)]))))
rows <- do.call(rbind, lapply(names(data), function(name) {
  tied <- data[[name]]$tied
  groups <- data[[name]]$groups
  graph <- graph_from_adjacency_matrix(tied, mode = "undirected")
  found <- c(degree_centralisation = centr_degree(graph, loops = FALSE)$centralization,
             degree_sna = sna::centralization(tied, sna::degree, mode = "graph"),
             betweenness_centralisation = centr_betw(graph, directed = FALSE)$centralization,
             betweenness_sna = sna::centralization(tied, sna::betweenness, mode = "graph"),
             degree_assortativity = assortativity_degree(graph, directed = FALSE))
  if (is_connected(graph)) found["closeness_centralisation"] <- centr_clo(graph, mode = "all")$centralization
  if (nrow(tied) < 20) found["core_periphery"] <- best_core(tied)
  if (!is.null(groups)) {
    ends <- as_edgelist(graph, names = FALSE)
    external <- sum(groups[ends[, 1]] != groups[ends[, 2]])
    found["ei_index"] <- (2 * external - nrow(ends)) / nrow(ends)
    found["assortativity"] <- assortativity_nominal(graph, groups, directed = FALSE)
    found["modularity"] <- modularity(graph, groups)
  }
  # The best of 500 runs of igraph's Louvain, each from a random order (this igraph is built without the exact search).
  set.seed(1)
  found["best_modularity"] <- max(replicate(500, modularity(cluster_louvain(graph))))
  data.frame(data = name, measure = names(found), value = unname(found))
}))
out(rows, "network_measures", "igraph", "sna")
