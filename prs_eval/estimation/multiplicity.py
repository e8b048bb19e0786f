"""Many tests at once: p-values adjusted by a named method, with tests that were not made kept apart."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from statsmodels.stats.multitest import multipletests

Method = Literal["holm", "bonferroni", "bh", "by"]
_NAMES = {"holm": "holm", "bonferroni": "bonferroni", "bh": "fdr_bh", "by": "fdr_by"}


def adjusted_p_values(p_values: ArrayLike, *, method: Method) -> NDArray[np.float64]:
    """p-values adjusted for their number (0-1), in their order and shape.

    Parameters
    ----------
    p_values
        One a test, any shape; NaN for a test that could not be made: it stays NaN and is not counted.
    method
        "holm" and "bonferroni" hold the chance of any false positive; "bh" (Benjamini-Hochberg) and "by"
        (Benjamini-Yekutieli, any dependence) the expected share of false ones among those called.

    Returns
    -------
    Array of the shape of `p_values`; compare with the level wished for.

    Raises
    ------
    ValueError
        A p-value outside 0-1, an unknown method.

    Notes
    -----
    Where one p-value is NaN, statsmodels' `multipletests` counts it as a test (holm, bonferroni) or makes all NaN
    (bh, by).
    When not to use: to mend a search through many cuts of the data that are not all in the list.
    Source: Holm (1979), Scand J Stat 6:65-70; Benjamini and Hochberg (1995), JRSS B 57:289-300; Benjamini and
    Yekutieli (2001), Ann Stat 29:1165-1188.
    """
    if method not in _NAMES:
        raise ValueError(f"`method` must be one of {', '.join(_NAMES)}, not {method!r}.")
    p = np.asarray(p_values, dtype=float)
    bad = (p < 0) | (p > 1)
    if bad.any():
        raise ValueError(
            f"`p_values` must lie between 0 and 1: {int(bad.sum())} of {p.size} do not "
            f"(first: {int(np.flatnonzero(bad)[0])})."
        )
    out = np.full(p.shape, np.nan)
    made = ~np.isnan(p)
    if made.any():
        out[made] = multipletests(p[made], method=_NAMES[method])[1]
    return out
