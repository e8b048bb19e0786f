# Shares of a cascade and their Wilson limits by R's prop.test (stats). Run from the repository's root:
#   Rscript tests/reference/r/cascade.R
# writes tests/reference/cascade.csv. gardner: Gardner et al. (2011), Clin Infect Dis 52:793-800, people with HIV in
# the USA in thousands at each stage; made: 40 people written here, with unknowns.
gardner <- as.data.frame(lapply(
  c(infected = 1106, diagnosed = 874, linked = 656, retained = 437, treated = 262, suppressed = 210),
  function(people) as.numeric(0:1105 < people)
))
i <- 0:39
need <- ifelse(i %% 10 == 9, NA, i %% 5 != 0)
referred <- ifelse(need %in% TRUE, ifelse(i %% 7 == 3, NA, i %% 3 != 0), FALSE)
booked <- ifelse(referred %in% TRUE, ifelse(i %% 11 == 4, NA, i %% 4 != 1), FALSE)
honoured <- ifelse(booked %in% TRUE, i %% 2 == 0, ifelse(is.na(booked), NA, FALSE))
data <- list(gardner = gardner, made = data.frame(need, referred, booked, honoured) * 1)
rows <- list()
for (name in names(data)) {
  d <- data[[name]]
  stages <- names(d)
  pairs <- rbind(cbind(stages[-1], stages[-length(stages)]), cbind(stages[-(1:2)], stages[1]))
  for (k in seq_len(nrow(pairs))) {
    status <- d[d[[pairs[k, 2]]] %in% 1, pairs[k, 1]]
    yes <- sum(status %in% 1)
    unknown <- sum(is.na(status))
    n <- length(status)
    counts <- list(share = c(yes, n - unknown), unknown = c(unknown, n), share_if_no = c(yes, n),
                   share_if_yes = c(yes + unknown, n))
    for (quantity in names(counts)) {
      found <- counts[[quantity]]
      limits <- prop.test(found[1], found[2], correct = FALSE)$conf.int
      rows[[length(rows) + 1]] <- data.frame(
        data = name, stage = pairs[k, 1], out_of = pairs[k, 2], quantity = quantity, numerator = found[1],
        denominator = found[2], estimate = found[1] / found[2], lower = limits[1], upper = limits[2]
      )
    }
  }
}
write.csv(cbind(do.call(rbind, rows), tools = R.version.string), "tests/reference/cascade.csv", row.names = FALSE)
