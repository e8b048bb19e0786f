"""A small source in which everything is right, and ways to write it to disk."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

Row = dict[str, str]

VALID: dict[str, list[Row]] = {
    "structures": [
        {"structure_id": "007", "name": "Maison de santé Jean Jaurès", "category": "health", "quartier": "Fives",
         "members": "12", "joined_on": "01/02/2014", "left_on": ""},
        {"structure_id": "S2", "name": "Centre social", "category": "social", "quartier": "Moulins",
         "members": "3", "joined_on": "01/09/2015", "left_on": "31/12/2019"},
    ],
    "meetings": [
        {"meeting_id": "R1", "quartier": "Fives", "held_on": "14/03/2018", "themes": "nutrition|addictions"},
        {"meeting_id": "R2", "quartier": "Moulins", "held_on": "02/05/2018", "themes": ""},
    ],
    "attendance": [
        {"meeting_id": "R1", "category": "health", "structure_id": "007", "people": "4"},
        {"meeting_id": "R1", "category": "residents", "structure_id": "", "people": "11"},
        {"meeting_id": "R2", "category": "social", "structure_id": "S2", "people": "0"},
    ],
    "referrals": [
        {"referral_id": "O1", "quartier": "Fives", "referred_on": "03/04/2018", "from_structure": "007",
         "to_structure": "S2", "reason": "access_to_rights", "outcome": "taken_up"},
    ],
    "actions": [
        {"action_id": "A1", "title": "Ateliers cuisine", "programme": "network", "component": "", "theme": "nutrition",
         "quartier": "Fives", "carrier": "", "partners": "", "status": "done", "starts_on": "05/01/2018",
         "ends_on": "30/06/2018", "reach": "1 250", "result_codes": "A1|B2", "evidence": "", "chained_to": ""},
        {"action_id": "A2", "title": "Ateliers cuisine, suite", "programme": "network", "component": "",
         "theme": "nutrition", "quartier": "", "carrier": "", "partners": "", "status": "ongoing",
         "starts_on": "05/01/2019", "ends_on": "", "reach": "", "result_codes": "", "evidence": "", "chained_to": "A1"},
    ],
    "needs": [
        {"need_id": "N1", "quartier": "Fives", "raised_on": "14/03/2018", "theme": "rights", "raised_by": "residents",
         "action_id": "A1"},
    ],
    "screening_sessions": [
        {"session_id": "D1", "quartier": "Fives", "kind": "optical", "held_on": "10/04/2018", "venue": "Salle Concorde",
         "partner": "mdgoss", "slots": "12", "cost_eur": "1 234,5"},
        {"session_id": "D2", "quartier": "Moulins", "kind": "dental", "held_on": "11/06/2018", "venue": "Espace Santé",
         "partner": "espace_sante", "slots": "20", "cost_eur": ""},
    ],
    "screening_participants": [
        {"participant_id": "P1", "session_id": "D1", "age_band": "30-44", "sex": "female", "coverage": "css",
         "last_visit": "never", "epices": "45,5", "need": "yes", "referred_to": "st_vincent", "booked_on": "12/04/2018",
         "appointment_on": "04/06/2018", "outcome": "honoured", "reminder": "sms", "absence_reason": "",
         "equipped_on": "20/06/2018", "follow_up": "closed"},
        {"participant_id": "P2", "session_id": "D1", "age_band": "75+", "sex": "unknown", "coverage": "unknown",
         "last_visit": "unknown", "epices": "", "need": "yes", "referred_to": "st_vincent", "booked_on": "",
         "appointment_on": "05/06/2018", "outcome": "missed", "reminder": "none", "absence_reason": "forgot",
         "equipped_on": "", "follow_up": "unknown"},
        {"participant_id": "P3", "session_id": "D2", "age_band": "00-14", "sex": "male", "coverage": "full",
         "last_visit": "under_1_year", "epices": "", "need": "no", "referred_to": "none", "booked_on": "",
         "appointment_on": "", "outcome": "not_applicable", "reminder": "not_applicable", "absence_reason": "",
         "equipped_on": "", "follow_up": "not_applicable"},
    ],
    "ambassadors": [
        {"ambassador_id": "B1", "quartier": "Fives", "age_band": "45-59", "sex": "female", "joined_on": "01/03/2017",
         "left_on": "", "trained_on": "15/05/2017"},
    ],
    "ambassador_activities": [
        {"activity_id": "T1", "quartier": "Fives", "held_on": "21/06/2018", "kind": "stand", "theme": "nutrition",
         "hours": "2,5", "ambassadors": "4", "contacts": "60", "new_contacts": "35", "decided_by": "ambassadors"},
    ],
    "ambassador_scales": [
        {"ambassador_id": "B1", "wave": "before", "answered_on": "02/03/2017", "scale": "gse", "item": "10",
         "score": "3"},
        {"ambassador_id": "B1", "wave": "before", "answered_on": "02/03/2017", "scale": "who5", "item": "5",
         "score": "0"},
    ],
    "professional_answers": [
        {"respondent_id": "E1", "structure_id": "007", "year": "2018", "item": "informed", "answer": "4"},
    ],
    "population": [
        {"territory": "Fives", "year": "2018", "sex": "all", "age_band": "all", "population": "20 123,4",
         "precision": "sample"},
        {"territory": "Lille", "year": "2018", "sex": "all", "age_band": "all", "population": "233098",
         "precision": "exhaustive"},
    ],
    "outcomes": [
        {"territory": "Fives", "year": "2009", "month": "", "indicator": "breast_screening", "numerator": "1 060",
         "denominator": "2 000", "source": "Assurance maladie, extraction de 2011",
         "perimeter": "femmes de 50 à 74 ans, 2 ans glissants", "revision": "0"},
        {"territory": "Fives", "year": "2009", "month": "", "indicator": "breast_screening", "numerator": "1 046",
         "denominator": "2 000", "source": "Assurance maladie, extraction de 2013",
         "perimeter": "femmes de 50 à 74 ans, 2 ans glissants", "revision": "1"},
        {"territory": "Lille", "year": "2018", "month": "3", "indicator": "structure_visits", "numerator": "912",
         "denominator": "233098,5", "source": "Relevé des structures", "perimeter": "tous habitants", "revision": "0"},
    ],
}  # fmt: skip


def csv_text(
    rows: Sequence[Mapping[str, str]], *, separator: str = ";", header: Sequence[str] | None = None, end: str = "\r\n"
) -> str:
    """Rows as CSV text; `header` replaces the code names."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=end)
    names = list(rows[0])
    writer.writerow(header or names)
    writer.writerows([row[name] for name in names] for row in rows)
    return out.getvalue()


def write_folder(folder: Path, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> Path:
    """A folder of UTF-8 CSV, one file a table."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        (folder / f"{table}.csv").write_text(csv_text(rows), encoding="utf-8", newline="")
    return folder
