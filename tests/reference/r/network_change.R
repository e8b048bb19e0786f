# Reference values for tests/estimation/test_network_change.py. Run from the repository's root:
#   Rscript tests/reference/r/network_change.R
suppressMessages(library(igraph))
source(file.path("tests", "reference", "r", "network_data.R"))
options(digits = 15)
graph <- function(tied) graph_from_adjacency_matrix((tied > 0) * 1, mode = "undirected")
some <- setdiff(families, c("Pazzi", "Pucci", "Salviati"))
data <- list(florentine = list(graph(marriage), graph(business)),
             florentine_turnover = list(graph(marriage[some, some]), graph(business[families[-1], families[-1]])),
             meetings = lapply(2017:2018, function(year) graph(projected(of_year(year)))))
rows <- do.call(rbind, lapply(names(data), function(name) {
  before <- data[[name]][[1]]
  after <- data[[name]][[2]]
  stayed <- intersect(V(before)$name, V(after)$name)
  first <- induced_subgraph(before, stayed)
  second <- induced_subgraph(after, stayed)
  kept <- ecount(intersection(first, second))
  structure <- edge_density(second) - edge_density(first)
  found <- c(density_change = edge_density(after) - edge_density(before), density_before = edge_density(before),
             density_after = edge_density(after), structure = structure,
             turnover = (edge_density(after) - edge_density(second)) - (edge_density(before) - edge_density(first)),
             jaccard = kept / ecount(union(first, second)), entered = vcount(after) - length(stayed),
             left = vcount(before) - length(stayed), stayed = length(stayed),
             formed = ecount(difference(second, first)), dissolved = ecount(difference(first, second)), kept = kept)
  data.frame(data = name, measure = names(found), value = unname(found))
}))
out(rows, "network_change", "igraph")
