# Reference values for tests/estimation/test_network_tests.py. Run from the repository's root:
#   Rscript tests/reference/r/network_tests.R
# Exact: every permutation of the nodes, every graph with as many ties, with sna's and igraph's own statistics.
suppressMessages({library(igraph); library(sna, exclude = c("degree", "closeness", "betweenness"))})
source(file.path("tests", "reference", "r", "network_data.R"))
options(digits = 15)

outcome <- function(data, test, statistic, found, null) {
  null <- null[!is.na(null)]
  sorted <- sort(null)
  at <- function(q) sorted[ceiling(q * length(sorted) - 1e-9)]
  data.frame(data = data, test = test, statistic = statistic, found = found, greater = mean(null >= found - 1e-10),
             less = mean(null <= found + 1e-10), expected = mean(null), lower = at(0.025), upper = at(0.975))
}
central <- c("Barbadori", "Bischeri", "Castellani", "Guadagni", "Medici", "Peruzzi")
one <- projected(of_year(2017))
two <- projected(of_year(2018))
stayed <- head(intersect(rownames(one), rownames(two)), 6)
data <- list(
  florentine = list(first = marriage[central, central], second = business[central, central], groups = c(1, 2, 1, 2, 1, 2)),
  meetings = list(first = one[stayed, stayed], second = two[stayed, stayed], groups = c(1, 2, 3, 1, 2, 2)))
orders <- permutations(6)
rows <- do.call(rbind, lapply(names(data), function(name) {
  first <- data[[name]]$first
  second <- data[[name]]$second
  groups <- data[[name]]$groups
  qap <- apply(orders, 1, function(p) gcor(first, second[p, p], mode = "graph"))
  graph <- graph_from_adjacency_matrix((second > 0) * 1, mode = "undirected")
  ends <- as_edgelist(graph, names = FALSE)
  mixing <- list(
    ei_index = function(g) mean(ifelse(g[ends[, 1]] == g[ends[, 2]], -1, 1)),
    assortativity = function(g) assortativity_nominal(graph, g, directed = FALSE),
    modularity = function(g) modularity(graph, g))
  mixed <- do.call(rbind, lapply(names(mixing), function(statistic) {
    null <- apply(orders, 1, function(p) mixing[[statistic]](groups[p]))
    outcome(name, "homophily", statistic, mixing[[statistic]](groups), null)
  }))
  ties <- which(upper.tri(second), arr.ind = TRUE)
  sets <- combn(nrow(ties), ecount(graph))
  structure <- list(degree_centralisation = function(g) centr_degree(g, loops = FALSE)$centralization,
                    betweenness_centralisation = function(g) centr_betw(g, directed = FALSE)$centralization)
  graphs <- apply(sets, 2, function(chosen) make_graph(t(ties[chosen, , drop = FALSE]), n = 6, directed = FALSE), simplify = FALSE)
  random <- do.call(rbind, lapply(names(structure), function(statistic)
    outcome(name, "cug", statistic, structure[[statistic]](graph), sapply(graphs, structure[[statistic]]))))
  rbind(outcome(name, "qap", "r", gcor(first, second, mode = "graph"), qap), mixed, random)
}))
# Whole Florentine networks, all 16 families: sna's own random tests, 20 000 draws (equal but for the draws).
set.seed(1)
both <- array(dim = c(2, 16, 16))
both[1, , ] <- marriage
both[2, , ] <- business
test <- qaptest(both, gcor, reps = 20000, g1 = 1, g2 = 2)
whole <- outcome("florentine_16", "qap", "r", test$testval, test$dist)
random <- cug.test(marriage, centralization, mode = "graph", cmode = "edges", reps = 20000, FUN.args = list(FUN = sna::degree))
rows <- rbind(rows, whole, outcome("florentine_16", "cug", "degree_centralisation", random$obs.stat, random$rep.stat))
out(rows, "network_tests", "sna", "igraph")
