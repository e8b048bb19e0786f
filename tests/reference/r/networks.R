# Reference values for tests/estimation/test_networks.py. Run from the repository's root:
#   Rscript tests/reference/r/networks.R
suppressMessages(library(igraph))
source(file.path("tests", "reference", "r", "network_data.R"))
options(digits = 15)

# Largest betweenness of a node whose mode has n1 nodes, Borgatti & Everett (1997), Social Networks 19:243-269.
most <- function(n1, n2) {
  s <- (n1 - 1) %/% n2
  t <- (n1 - 1) %% n2
  (n2^2 * (s + 1)^2 + n2 * (s + 1) * (2 * t - s - 1) - t * (2 * s - t + 3)) / 2
}
data <- list(davis = davis, meetings = of_year(2018))
rows <- do.call(rbind, lapply(names(data), function(name) {
  incidence <- data[[name]]
  graph <- graph_from_incidence_matrix(incidence)
  mode <- ifelse(V(graph)$type, "event", "actor")
  own <- ifelse(V(graph)$type, ncol(incidence), nrow(incidence))
  other <- ifelse(V(graph)$type, nrow(incidence), ncol(incidence))
  paths <- betweenness(graph)
  largest <- mapply(most, own, other)
  found <- list(degree = degree(graph) / other, closeness = (other + 2 * (own - 1)) / rowSums(distances(graph)),
                betweenness = paths / largest)
  shape <- do.call(rbind, lapply(1:4, function(at_least) {
    kept <- graph_from_adjacency_matrix((projected(incidence) >= at_least) * 1, mode = "undirected")
    data.frame(measure = c("ties", "density", "isolates"), mode = "projection", node = as.character(at_least),
               value = c(ecount(kept), edge_density(kept), sum(degree(kept) == 0)))
  }))
  women <- bipartite_projection(graph, which = "false")
  weights <- as_data_frame(women)
  pair <- t(apply(weights[, 1:2], 1, sort))
  rbind(
    cbind(data = name, do.call(rbind, lapply(names(found), function(measure)
      data.frame(measure = measure, mode = mode, node = V(graph)$name, value = unname(found[[measure]]))))),
    cbind(data = name, shape),
    data.frame(data = name, measure = "weight", mode = "projection", node = paste(pair[, 1], pair[, 2], sep = "|"),
               value = weights$weight),
    data.frame(data = name, measure = "two_mode_density", mode = "", node = "", value = mean(incidence)))
}))
out(rows, "networks", "igraph")
