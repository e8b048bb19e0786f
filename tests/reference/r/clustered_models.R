# Cluster-robust regressions by clubSandwich and GEE by geepack. Run from the repository's root:
#   Rscript tests/reference/r/clustered_models.R
# writes tests/reference/clustered_robust.csv and tests/reference/clustered_gee.csv.
# weil, orange: as in clustered.R; api: apiclus1 of R's survey (California schools, by district; read from
# ../shared/reference/datasets); made: written here, 11 clusters of which 2 treated.
# GEE: geepack gives the sandwich under independence, and under the exchangeable correlation held at a given value
# (its own estimate, kept in `geepack_alpha`, has other denominators). Mancl & DeRouen's variance is in no package of
# Debian: gee_by_hand() writes their formula (and geesmv's, which is the same) in base R, with its own iterations.
suppressPackageStartupMessages({ library(clubSandwich); library(geepack) })
size <- c(13, 12, 9, 9, 8, 8, 13, 12, 10, 10, 9, 13, 5, 7, 10, 10, 12, 11, 10, 9, 11, 10, 10, 9, 9, 5, 9, 7, 10, 6, 10, 7)
alive <- c(13, 12, 9, 9, 8, 8, 12, 11, 9, 9, 8, 11, 4, 5, 7, 7, 12, 11, 10, 9, 10, 9, 9, 8, 8, 4, 7, 4, 5, 3, 3, 0)
j <- rep(1:11, c(12, 10, 9, 8, 8, 7, 6, 6, 5, 5, 4))
i <- seq_along(j)
data <- list(
  weil = data.frame(y = unlist(mapply(function(a, n) rep(1:0, c(a, n - a)), alive, size)),
                    x = rep(rep(0:1, each = 16), size), cluster = rep(1:32, size)),
  orange = data.frame(y = Orange$circumference, x = Orange$age, cluster = as.integer(as.character(Orange$Tree))),
  made = data.frame(y = (7 * i + 3 * j) %% 11 + j %% 3, x = as.numeric(j %in% c(1, 9)), cluster = j)
)
path <- "../shared/reference/datasets/apiclus1.csv"
if (file.exists(path)) {
  api <- read.csv(path)
  data$api <- data.frame(y = api$api00, x = api$meals, cluster = api$dnum)
}

robust <- list()
for (name in names(data)) {
  d <- data[[name]]
  fit <- lm(y ~ x, d)
  for (type in c("CR0", "CR1", "CR1S", "CR2")) {
    found <- coef_test(fit, vcov = type, cluster = d$cluster, test = "Satterthwaite")
    robust[[length(robust) + 1]] <- data.frame(
      data = name, method = type, coefficient = 0:1, estimate = found$beta, error = found$SE, df = found$df_Satt,
      p_value = found$p_Satt
    )
  }
}
tools <- paste0(R.version.string, "; clubSandwich ", packageVersion("clubSandwich"))
write.csv(cbind(do.call(rbind, robust), tools = tools), "tests/reference/clustered_robust.csv", row.names = FALSE)

gee_by_hand <- function(d, family, exchangeable) {
  X <- cbind(1, d$x); y <- d$y; N <- nrow(X); p <- ncol(X); parts <- split(seq_len(N), d$cluster)
  b <- coef(glm(y ~ x, data = d, family = family)); alpha <- 0
  for (step in 1:500) {
    eta <- drop(X %*% b); mu <- family$linkinv(eta); v <- family$variance(mu)
    r <- (y - mu) / sqrt(v); phi <- sum(r^2) / (N - p)
    if (exchangeable) {
      cross <- sum(sapply(parts, function(k) sum(r[k])^2 - sum(r[k]^2)) / 2)
      pairs <- sum(lengths(parts) * (lengths(parts) - 1) / 2)
      alpha <- cross / phi / (pairs - p)
    }
    I <- matrix(0, p, p); U <- numeric(p)
    each <- lapply(parts, function(k) {
      R <- matrix(alpha, length(k), length(k)); diag(R) <- 1
      list(D = X[k, , drop = FALSE] * family$mu.eta(eta[k]),
           W = solve(diag(sqrt(v[k]), length(k)) %*% R %*% diag(sqrt(v[k]), length(k))), e = y[k] - mu[k])
    })
    for (a in each) { I <- I + t(a$D) %*% a$W %*% a$D; U <- U + t(a$D) %*% a$W %*% a$e }
    new <- b + drop(solve(I, U))
    if (max(abs(new - b)) < 1e-14 * max(abs(b))) break
    b <- new
  }
  M <- solve(I); plain <- matrix(0, p, p); corrected <- matrix(0, p, p)
  for (a in each) {
    H <- a$D %*% M %*% t(a$D) %*% a$W
    s <- t(a$D) %*% a$W %*% a$e
    c <- t(a$D) %*% a$W %*% solve(diag(nrow(H)) - H, a$e)
    plain <- plain + s %*% t(s); corrected <- corrected + c %*% t(c)
  }
  list(b = b, alpha = alpha, robust = sqrt(diag(M %*% plain %*% M)), mancl = sqrt(diag(M %*% corrected %*% M)))
}

models <- list()
for (name in c("weil", "orange", "made")) {
  d <- data[[name]]
  label <- c(weil = "binomial", orange = "gaussian", made = "poisson")[[name]]
  family <- get(label)()
  for (exchangeable in c(FALSE, TRUE)) {
    found <- gee_by_hand(d, family, exchangeable)
    clusters <- table(factor(d$cluster, unique(d$cluster)))
    zcor <- rep(found$alpha, sum(choose(clusters, 2)))
    d$id <- match(d$cluster, unique(d$cluster))
    control <- geese.control(epsilon = 1e-13, maxit = 500)
    peer <- geeglm(y ~ x, id = id, data = d, family = family, corstr = if (exchangeable) "fixed" else "independence",
                   zcor = if (exchangeable) zcor else NULL, control = control)
    own <- if (exchangeable) geeglm(y ~ x, id = id, data = d, family = family, corstr = "exchangeable")$geese$alpha else 0
    models[[length(models) + 1]] <- data.frame(
      data = name, family = label, correlation = if (exchangeable) "exchangeable" else "independence", coefficient = 0:1,
      alpha = found$alpha, estimate = found$b, robust = found$robust, mancl_derouen = found$mancl,
      geepack = coef(peer), geepack_robust = sqrt(diag(peer$geese$vbeta)), geepack_alpha = own
    )
  }
}
tools <- paste0(R.version.string, "; geepack ", packageVersion("geepack"))
write.csv(cbind(do.call(rbind, models), tools = tools), "tests/reference/clustered_gee.csv", row.names = FALSE)
