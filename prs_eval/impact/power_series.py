"""What one series, or a trend of places, could have shown."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from prs_eval.estimation._coefficients import finite
from prs_eval.impact._detectable import Detectable, check, detectable, multiple
from prs_eval.impact._noise import Values, change_spread, correlations
from prs_eval.impact._segments import SeasonForm, Spans, read_periods, read_segments, read_spans, within
from prs_eval.impact._worlds import correlation

Change = Literal["level", "slope"]

_STEP = 1e-5


def detectable_series(
    periods: ArrayLike,
    *,
    start: int,
    sd: float,
    autocorrelation: float = 0.0,
    change: Change = "level",
    slope: bool = True,
    trend: bool = True,
    season: int | None = None,
    season_form: SeasonForm = "harmonics",
    harmonics: int = 2,
    excluded: Spans = (),
    breaks: Spans = (),
    unit: str = "outcome",
    power: float = 0.8,
    significance_level: float = 0.05,
) -> Detectable:
    """Smallest change of level, or of slope, that an interrupted series sees.

    Parameters
    ----------
    periods, start, slope, season, season_form, harmonics, excluded, breaks
        As for `time_series.interrupted_series`.
    sd, autocorrelation
        Standard deviation of the series around its line, and its first-order autocorrelation.
    change
        Which of the two; "slope" is a period's.
    trend
        False for a series known to be level (then without `slope`).
    unit
        Of `sd`.

    Returns
    -------
    Detectable, method "gls_satterthwaite"; `n` points used. `too_few` where the points do not tell the columns apart.

    Raises
    ------
    ValueError
        As `interrupted_series`; an `sd` that is not positive, an autocorrelation outside -1 to 1, a slope asked for
        where the model has none.

    Notes
    -----
    Bloom's multiple of the generalised-least-squares error at this autocorrelation. It is learnt from the same points
    in the end: hence Satterthwaite's degrees of freedom, from the expected information of the restricted likelihood.
    When not to use: under about 8 points a side. Source: McLeod & Vingilis (2005), Technometrics 47:174-181 (level
    without trend); Zhang, Wagner & Ross-Degnan (2011), J Clin Epidemiol 64:1252-1261 (by simulation); Kenward & Roger
    (1997), Biometrics 53:983-997 (degrees).
    """
    check(power, significance_level)
    correlation(autocorrelation)
    if not sd > 0:
        raise ValueError(f"`sd` must be positive, not {sd}.")
    if change not in ("level", "slope") or (change == "slope" and not slope) or (slope and not trend):
        raise ValueError("`change` must be level or slope, and a slope needs `slope` and `trend`.")
    x, when = _design(periods, start, slope, season, season_form, harmonics, excluded, breaks)
    x = x if trend else np.delete(x, 1, axis=1)
    error, df = _error(x, when, autocorrelation, 2 + (change == "slope") - (not trend))
    found = sd * error * multiple(df, power, significance_level)
    return detectable(found, unit, "gls_satterthwaite", when.size, power=power, significance_level=significance_level)


def detectable_counts(
    periods: ArrayLike,
    expected: ArrayLike,
    *,
    start: int,
    dispersion: float = 1.0,
    change: Change = "level",
    slope: bool = True,
    season: int | None = None,
    season_form: SeasonForm = "harmonics",
    harmonics: int = 2,
    excluded: Spans = (),
    breaks: Spans = (),
    power: float = 0.8,
    significance_level: float = 0.05,
) -> Detectable:
    """Smallest change of level, or of slope, that an interrupted series of counts sees, as a log rate ratio.

    Parameters
    ----------
    periods, start, change, slope, season, season_form, harmonics, excluded, breaks
        As for `detectable_series`.
    expected
        Counts expected without the change, shape (n,), positive, in the order of `periods`.
    dispersion
        Variance over the mean: 1 for chance alone.

    Returns
    -------
    Detectable, unit "log_rate_ratio", method "quasi_poisson". `too_few` as `detectable_series`.

    Raises
    ------
    ValueError
        As `interrupted_series`; counts or a dispersion that are not positive, a slope asked for without `slope`.

    Notes
    -----
    Bloom's multiple, Student's with n - k degrees, of sqrt(dispersion (X' diag(expected) X)^-1). When not to use: for
    a fall so deep that far fewer would be counted after it; months that resemble one another beyond trend and
    season (autocorrelation 0.2 doubles the false alarms of that model): log rates as values, `detectable_series`.
    Source: McCullagh & Nelder (1989), Generalized Linear Models, 2nd ed., section 6.2; Bloom (1995), Evaluation
    Review 19:547-556.
    """
    check(power, significance_level)
    mean = finite(expected, "expected")
    if not ((mean > 0).all() and dispersion > 0):
        raise ValueError("`expected` and `dispersion` must be positive.")
    if change not in ("level", "slope") or (change == "slope" and not slope):
        raise ValueError("`change` must be level or slope, and a slope needs `slope`.")
    given = read_periods(periods, mean.size)
    x, when = _design(given, start, slope, season, season_form, harmonics, excluded, breaks)
    heavy = mean[np.argsort(given)][np.isin(np.sort(given), when)]
    place, (n, k) = 2 + (change == "slope"), x.shape
    found = np.nan
    if n > k and np.linalg.matrix_rank(x) == k:
        variance = dispersion * np.linalg.inv(x.T @ (heavy[:, None] * x))[place, place]
        found = float(np.sqrt(variance)) * multiple(n - k, power, significance_level)
    return detectable(found, "log_rate_ratio", "quasi_poisson", n, power=power, significance_level=significance_level)


def detectable_trend(
    places: int,
    periods: ArrayLike,
    *,
    sd: float,
    autocorrelation: float = 0.0,
    slope_sd: float = 0.0,
    unit: str = "outcome",
    power: float = 0.8,
    significance_level: float = 0.05,
) -> Detectable:
    """Smallest common slope, a period, that places watched over time see.

    Parameters
    ----------
    places
        Two or more.
    periods
        Numbers of the periods, shape (T,), the same for all.
    sd, autocorrelation
        Noise of a place around its line.
    slope_sd
        Standard deviation of the places' own slopes.
    unit
        Of `sd`.

    Returns
    -------
    Detectable in units of `sd` a period, method "slopes_of_places"; `n` places. `too_few` under 2 places or periods.

    Raises
    ------
    ValueError
        Periods that are not whole or repeat, a standard deviation under 0, an autocorrelation outside -1 to 1.

    Notes
    -----
    Bloom's multiple of the error of a mean of slopes, each place's by least squares; Student's with places - 1
    degrees, as CR2 and Satterthwaite have with places of one size. When not to use: one place (`detectable_series`).
    Source: Bloom (1995), Evaluation Review 19:547-556; Fitzmaurice, Laird & Ware (2011), Applied Longitudinal
    Analysis, 2nd ed., chapter 20.
    """
    check(power, significance_level)
    correlation(autocorrelation)
    when = read_periods(periods, np.size(np.asarray(periods)))
    if not min(sd, slope_sd) >= 0:
        raise ValueError("`sd` and `slope_sd` must be 0 or more.")
    found = np.nan
    if places >= 2 and when.size >= 2:
        centred = when - when.mean()
        own = change_spread(when, centred / (centred @ centred), sd, autocorrelation)
        error = float(np.sqrt((own**2 + slope_sd**2) / places))
        found = error * multiple(places - 1, power, significance_level)
    return detectable(found, unit, "slopes_of_places", places, power=power, significance_level=significance_level)


def _design(
    periods: ArrayLike,
    start: int,
    slope: bool,
    season: int | None,
    season_form: SeasonForm,
    harmonics: int,
    excluded: Spans,
    breaks: Spans,
) -> tuple[Values, Values]:
    """Columns of the segmented model and the periods used, in order."""
    when = np.sort(read_periods(periods, np.size(np.asarray(periods))))
    model = read_segments(
        start=start,
        transition=0,
        slope=slope,
        season=season,
        season_form=season_form,
        harmonics=harmonics,
        breaks=breaks,
        break_slopes=False,
    )
    used = ~within(when, read_spans(excluded, "excluded"))
    return model.columns(when, used)[used], when[used]


def _error(x: Values, when: Values, rho: float, place: int) -> tuple[float, float]:
    """Standard error of a coefficient for noise of variance 1, and its degrees of freedom."""
    n, k = x.shape
    if n <= k or np.linalg.matrix_rank(x) < k:
        return np.nan, np.nan
    near = correlations(when, rho)
    turn = (correlations(when, rho + _STEP) - correlations(when, rho - _STEP)) / (2 * _STEP)
    inverse = np.linalg.inv(near)
    bread = np.linalg.inv(x.T @ inverse @ x)
    left = inverse - inverse @ x @ bread @ x.T @ inverse
    row = bread[place] @ x.T @ inverse
    variance, slope = float(bread[place, place]), float(row @ turn @ row)
    both = (near, turn)
    information = np.array([[0.5 * np.trace(left @ a @ left @ b) for b in both] for a in both])
    gradient = np.array([variance, slope])
    spread = float(gradient @ np.linalg.solve(information, gradient))
    return float(np.sqrt(variance)), float(np.clip(2 * variance**2 / spread, 1, n - k))
