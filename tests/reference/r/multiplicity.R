# p.adjust of R, stats 4.2.2. Run from the checkout: Rscript tests/reference/r/multiplicity.R
# Writes tests/reference/multiplicity.csv.
# Data: `bh1995`, the 15 p-values of Benjamini and Hochberg (1995, JRSS B 57:289-300, section 4.1); `made`, with ties,
# 0, 1 and a test that was not made.
cases <- list(
  bh1995 = c(.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1),
  made = c(.04, .01, NA, 1, .01, 0, .2, .03, .5))
out <- do.call(rbind, lapply(names(cases), function(name) { p <- cases[[name]]
  data.frame(case = name, p, holm = p.adjust(p, "holm"), bonferroni = p.adjust(p, "bonferroni"),
             bh = p.adjust(p, "BH"), by = p.adjust(p, "BY")) }))
out[-1] <- lapply(out[-1], formatC, digits = 15, format = "g", width = -1)
write.csv(out, "tests/reference/multiplicity.csv", row.names = FALSE, quote = FALSE)
