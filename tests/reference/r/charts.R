# XmR, p, p' and run charts in base R (NHSRplotthedots and qicharts2 are not in Debian), written point by point
# with rle() and loops from the published rules, not as ours is.
# Run from the checkout: Rscript tests/reference/r/charts.R
# Writes tests/reference/charts_points.csv and charts_runs.csv. R 4.2.2.
# Data: `nile` (R's Nile, Cobb 1978), `huron` (R's LakeHuron, Brockwell and Davis 1991), `juice` (Montgomery 1991,
# Introduction to Statistical Quality Control, 2nd ed., pp. 152-155: cans of orange juice, 30 samples of 50), `large` made,
# with populations so large that every point leaves a p chart.
save <- function(out, file) {
  out[] <- lapply(out, function(v) if (is.numeric(v)) formatC(v, digits = 15, format = "g", width = -1) else v)
  write.csv(out, file, row.names = FALSE, quote = FALSE)
}
rules <- function(y, centre, s) {
  n <- length(y); side <- sign(y - centre); out <- abs(y - centre) > 3 * s; near <- !out & abs(y - centre) > 2 * s
  r <- rle(side); shift <- rep(r$lengths >= 7 & r$values != 0, r$lengths)
  up <- rle(sign(diff(y))); trend <- rep(FALSE, n); at <- 1
  for (i in seq_along(up$lengths)) {
    if (up$values[i] != 0 && up$lengths[i] >= 6) trend[at:(at + up$lengths[i])] <- TRUE
    at <- at + up$lengths[i]
  }
  two <- rep(FALSE, n)
  for (i in 1:(n - 2)) { w <- i:(i + 2); if (abs(sum(side[w])) == 3 && sum(near[w]) >= 2) two[w] <- two[w] | near[w] }
  data.frame(outside = out, shift, trend, two_of_three = two)
}
juice <- c(12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6)
set.seed(11)
n <- round(runif(24, 2e5, 3e5)); p <- .95 + as.numeric(arima.sim(list(ma = .2), 24)) * .004; p[20] <- .9
large <- list(round(n * p), n)
points <- list(); runs <- list()
for (name in c("nile", "huron", "juice", "large")) {
  counts <- switch(name, juice = list(juice, rep(50, 30)), large = large, NULL)
  y <- switch(name, nile = as.numeric(Nile), huron = as.numeric(LakeHuron), counts[[1]] / counts[[2]])
  for (chart in c("xmr", "xmr_unscreened", if (!is.null(counts)) c("p", "p_prime"))) {
    if (startsWith(chart, "xmr")) {
      mr <- abs(diff(y)); if (chart == "xmr") mr <- mr[mr < 3.267 * mean(mr)]
      centre <- mean(y); s <- rep(2.66 * mean(mr) / 3, length(y))
    } else {
      centre <- sum(counts[[1]]) / sum(counts[[2]]); s <- sqrt(centre * (1 - centre) / counts[[2]])
      if (chart == "p_prime") s <- s * mean(abs(diff((y - centre) / s))) / 1.128
    }
    points[[length(points) + 1]] <- cbind(data.frame(case = name, chart,
      events = if (is.null(counts)) NA else counts[[1]], population = if (is.null(counts)) NA else counts[[2]],
      value = y, centre, lower = centre - 3 * s, upper = centre + 3 * s), rules(y, centre, s) * 1)
  }
  side <- sign(y - median(y)); side <- side[side != 0]; r <- rle(side)$lengths
  runs[[name]] <- data.frame(case = name, n_useful = sum(r), longest_run = max(r), longest_run_limit = round(log2(sum(r))) + 3,
    crossings = length(r) - 1, crossings_minimum = qbinom(.05, sum(r) - 1, .5))
}
save(do.call(rbind, points), "tests/reference/charts_points.csv")
save(do.call(rbind, runs), "tests/reference/charts_runs.csv")
