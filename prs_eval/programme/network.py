"""The network's measures under one name: meetings, attendance, members, what it produces, who is tied to whom."""

from __future__ import annotations

from prs_eval.programme.network_attendance import attendance, attendance_by_category, diversity
from prs_eval.programme.network_chart import rhythm_chart
from prs_eval.programme.network_meetings import (
    meeting_rhythm,
    meetings_held,
    recent_rhythm,
    rhythm_told,
    theme_meetings,
    themes_covered,
)
from prs_eval.programme.network_members import added_values, members, members_by_category
from prs_eval.programme.network_output import (
    needs,
    needs_by_theme,
    referrals,
    referrals_by_outcome,
    referrals_by_reason,
)
from prs_eval.programme.network_ties import NetworkMap, network_map, structure_ties

__all__ = [
    "NetworkMap",
    "added_values",
    "attendance",
    "attendance_by_category",
    "diversity",
    "meeting_rhythm",
    "meetings_held",
    "members",
    "members_by_category",
    "needs",
    "needs_by_theme",
    "network_map",
    "recent_rhythm",
    "referrals",
    "referrals_by_outcome",
    "referrals_by_reason",
    "rhythm_chart",
    "rhythm_told",
    "structure_ties",
    "theme_meetings",
    "themes_covered",
]
