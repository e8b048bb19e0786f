"""The places of the network's map."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.programme.network_ties import ring_positions


@settings(deadline=None)
@given(st.integers(1, 60))
def test_labels_beside_the_ring_never_share_a_height_on_one_side(n):
    xy = ring_positions(n)
    assert np.allclose(np.hypot(*xy.T), 1)
    for side in (xy[xy[:, 0] >= 0], xy[xy[:, 0] < 0]):
        assert len(side) <= (n + 1) // 2
        gaps = np.diff(np.sort(side[:, 1]))
        assert gaps.size == 0 or gaps.min() > 1.9 / ((n + 1) // 2)
