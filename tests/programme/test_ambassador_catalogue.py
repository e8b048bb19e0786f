"""Every ambassadors' indicator that is computed is defined, in its unit, and none is defined in vain."""

import pandas as pd

from prs_eval.programme import ambassador_scales, ambassadors, detectable, recent
from prs_eval.programme.catalogue import load_catalogue
from tests.programme.ambassador_tables import answers, gse, held, people

TABLES = {
    **people(("Fives", "30-44", "female", "2015-03-01", None, None)),
    **held(("Fives", "2018-06-03", "project", "nutrition", 2.0, 5, 4, 2, "shared")),
    **answers(gse("A0", "before", "2016-04-01", 20)),
}


def test_the_catalogue_holds_what_is_computed_and_nothing_else(root, workbench):
    parts = [
        ambassadors.membership(TABLES, year=2018),
        ambassadors.engagement(TABLES, year=2018),
        ambassadors.composition(TABLES, year=2018, of="sex"),
        ambassadors.composition(TABLES, year=2018, of="age_band"),
        ambassadors.activities(TABLES, year=2018),
        ambassadors.decisions(TABLES, year=2018),
        ambassadors.contacts(TABLES, year=2018),
        ambassador_scales.change(TABLES, year=2018),
        ambassador_scales.follow_up(TABLES, year=2018),
        ambassador_scales.attrition(TABLES, year=2018),
        recent.recent_retention(TABLES, year=2018, workbench=workbench),
        detectable.ambassadors_detectable(TABLES, year=2018),
    ]
    computed = pd.concat([part[["indicator", "unit"]] for part in parts]).drop_duplicates()
    defined = {
        i.code: i.unit for i in load_catalogue(root / "parameters" / "lille").indicators if i.part == "ambassadors"
    }
    assert dict(zip(computed["indicator"], computed["unit"], strict=True)) == defined
