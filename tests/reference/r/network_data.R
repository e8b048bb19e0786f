# Networks for the other R scripts of this folder, which source it; it writes tests/reference/network_meetings.csv.

# Davis, Gardner & Gardner (1941), Deep South: 18 women at 14 events.
davis_rows <- c(
  "Evelyn Jefferson" = "11111101100000",
  "Laura Mandeville" = "11101111000000",
  "Theresa Anderson" = "01111111100000",
  "Brenda Rogers" = "10111111000000",
  "Charlotte McDowd" = "00111010000000",
  "Frances Anderson" = "00101101000000",
  "Eleanor Nye" = "00001111000000",
  "Pearl Oglethorpe" = "00000101100000",
  "Ruth DeSand" = "00001011100000",
  "Verne Sanderson" = "00000011100100",
  "Myra Liddel" = "00000001110100",
  "Katherina Rogers" = "00000001110111",
  "Sylvia Avondale" = "00000011110111",
  "Nora Fayette" = "00000110111111",
  "Helen Lloyd" = "00000011011100",
  "Dorothy Murchison" = "00000001100000",
  "Olivia Carleton" = "00000000101000",
  "Flora Price" = "00000000101000")
davis <- t(sapply(davis_rows, function(row) as.integer(strsplit(row, "")[[1]])))
dimnames(davis) <- list(names(davis_rows), paste0("E", 1:14))

# Padgett & Ansell (1993), Am J Sociol 98:1259-1319: marriages from R's package network; business ties as printed in
# Breiger & Pattison (1986), Social Networks 8:215-256.
data(flo, package = "network", envir = environment())
families <- sort(rownames(flo))
marriage <- flo[families, families]
business <- marriage * 0
for (tie in strsplit(c(
  "Barbadori Castellani", "Barbadori Ginori", "Barbadori Medici", "Barbadori Peruzzi", "Bischeri Guadagni",
  "Bischeri Lamberteschi", "Bischeri Peruzzi", "Castellani Lamberteschi", "Castellani Peruzzi", "Ginori Medici",
  "Guadagni Lamberteschi", "Lamberteschi Peruzzi", "Medici Pazzi", "Medici Salviati", "Medici Tornabuoni"), " ")) {
  business[tie[1], tie[2]] <- business[tie[2], tie[1]] <- 1
}

# A made-up attendance of structures at meetings in two years.
set.seed(20)
meetings <- do.call(rbind, lapply(2017:2018, function(year) do.call(rbind, lapply(1:10, function(k) {
  who <- sprintf("S%02d", sort(sample(if (year == 2017) 1:12 else 4:15, sample(2:7, 1))))
  data.frame(year = year, event = sprintf("%d-%02d", year, k), actor = who)
}))))
meetings$category <- c("health", "social", "education")[as.integer(substr(meetings$actor, 2, 3)) %% 3 + 1]
write.csv(meetings, file.path("tests", "reference", "network_meetings.csv"), row.names = FALSE, quote = FALSE)
of_year <- function(year) {
  own <- meetings[meetings$year == year, ]
  unclass(table(own$actor, own$event))
}
projected <- function(incidence) {  # shared events, nobody shared with oneself
  shared <- incidence %*% t(incidence)
  diag(shared) <- 0
  shared
}

tools <- function(...) paste(c(R.version.string, sapply(c(...), function(p) paste(p, packageVersion(p)))), collapse = "; ")
out <- function(frame, name, ...) {
  frame$tool <- tools(...)
  write.csv(frame, file.path("tests", "reference", paste0(name, ".csv")), row.names = FALSE, quote = TRUE)
}
permutations <- function(n) {
  if (n == 1) return(matrix(1))
  before <- permutations(n - 1)
  do.call(rbind, lapply(1:n, function(first) cbind(first, ifelse(before >= first, before + 1, before))))
}
