# Logit with a random intercept by lme4::glmer (adaptive quadrature), and by hand: R's integrate for each cluster,
# optim for the maximum, numDeriv for the information, since glmer stops at about 1e-5. Run from the root:
#   Rscript tests/reference/r/random_intercept.R
# writes tests/reference/random_intercept.csv. weil: as in clustered.R; cbpp: Lesnoff et al. (2004), Prev Vet Med
# 64:69-84, contagious pleuropneumonia in 15 herds over 4 periods, as lme4::cbpp.
suppressPackageStartupMessages({ library(lme4); library(numDeriv) })
size <- c(13, 12, 9, 9, 8, 8, 13, 12, 10, 10, 9, 13, 5, 7, 10, 10, 12, 11, 10, 9, 11, 10, 10, 9, 9, 5, 9, 7, 10, 6, 10, 7)
alive <- c(13, 12, 9, 9, 8, 8, 12, 11, 9, 9, 8, 11, 4, 5, 7, 7, 12, 11, 10, 9, 10, 9, 9, 8, 8, 4, 7, 4, 5, 3, 3, 0)
data <- list(
  weil = list(X = cbind(1, rep(0:1, each = 16)), x = alive, n = size, cluster = 1:32),
  cbpp = list(X = model.matrix(~ period, cbpp), x = cbpp$incidence, n = cbpp$size, cluster = as.integer(cbpp$herd))
)
rows <- list()
for (name in names(data)) {
  d <- data[[name]]
  minus <- function(theta) {
    eta <- drop(d$X %*% head(theta, -1)); sd <- tail(theta, 1)
    -sum(sapply(unique(d$cluster), function(j) {
      k <- d$cluster == j
      h <- function(u) sapply(u, function(v) sum(d$x[k] * (eta[k] + sd * v) - d$n[k] * log1p(exp(eta[k] + sd * v))))
      top <- optimize(function(u) h(u) - u^2 / 2, c(-8, 8), maximum = TRUE)$objective
      log(integrate(function(u) exp(h(u) - u^2 / 2 - top), -12, 12, rel.tol = 1e-12, subdivisions = 1000)$value) +
        top - log(2 * pi) / 2
    }))
  }
  fit <- glmer(cbind(d$x, d$n - d$x) ~ 0 + d$X + (1 | d$cluster), family = binomial, nAGQ = 25,
               control = glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10)))
  theta <- c(fixef(fit), sqrt(VarCorr(fit)[[1]][1]))
  for (step in 1:6) theta <- theta - solve(hessian(minus, theta), grad(minus, theta))
  information <- hessian(minus, theta)
  # log likelihood of 0 and 1 for each animal: glmer's, for counts, also holds the binomial coefficients.
  rows[[name]] <- data.frame(
    data = name, coefficient = seq_len(ncol(d$X)) - 1, estimate = head(theta, -1),
    error = head(sqrt(diag(solve(information))), -1), sd = tail(theta, 1), log_likelihood = -minus(theta),
    glmer = fixef(fit), glmer_error = sqrt(diag(as.matrix(vcov(fit)))), glmer_sd = sqrt(VarCorr(fit)[[1]][1])
  )
}
tools <- paste0(R.version.string, "; lme4 ", packageVersion("lme4"), "; numDeriv ", packageVersion("numDeriv"))
write.csv(cbind(do.call(rbind, rows), tools = tools), "tests/reference/random_intercept.csv", row.names = FALSE)
