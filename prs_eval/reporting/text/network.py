"""What the network's numbers say, in sentences: with interval and n, and never more than the interval allows.

Each function takes the estimates of one quartier (or of all together) and one year; it returns "" where there is
no row at all, as `page.show` then says that there is no data.
"""

from __future__ import annotations

from prs_eval.reporting.text.detectable import network as detectable
from prs_eval.reporting.text.network_chart import chart, chart_alt, chart_table
from prs_eval.reporting.text.network_meetings import attendance, categories, meetings, recent, residents, rhythm, themes
from prs_eval.reporting.text.network_members import added_values, members, needs, reasons, referrals
from prs_eval.reporting.text.network_ties import map_alt, map_table, ties
from prs_eval.reporting.text.periods import recent_intervals as several_years

__all__ = [
    "added_values",
    "attendance",
    "categories",
    "chart",
    "chart_alt",
    "chart_table",
    "detectable",
    "map_alt",
    "map_table",
    "meetings",
    "members",
    "needs",
    "reasons",
    "recent",
    "referrals",
    "residents",
    "rhythm",
    "several_years",
    "themes",
    "ties",
]
