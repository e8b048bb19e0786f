"""Coded values that belong to the programme's method, whatever the city: code, French label, English label.

Files may hold the code or either label, with any case, accents or spaces. What differs from one city to
another (quartiers, themes, partners, survey items) is in `parameters/<city>/workbench.yml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from prs_eval.i18n import Text, _

UNKNOWN = "unknown"
TOGETHER = "|"  # between codes that one row puts together
_UNKNOWN = Text("Inconnu", "Unknown")

CODES: dict[str, dict[str, Text]] = {
    "category": {
        "residents": Text("Habitants, usagers, bénévoles", "Residents, users, volunteers"),
        "health": Text("Professionnels de santé", "Health professionals"),
        "prevention": Text("Professionnels de la prévention", "Prevention professionals"),
        "medico_social": Text("Médico-social et réduction des risques", "Medico-social and harm reduction"),
        "social": Text("Professionnels sociaux", "Social professionals"),
        "education": Text("Professionnels de l'éducation", "Education professionals"),
    },
    "yes_no": {
        "yes": Text("Oui", "Yes"),
        "no": Text("Non", "No"),
        UNKNOWN: _UNKNOWN,
    },
    "sex": {
        "female": Text("Femme", "Female"),
        "male": Text("Homme", "Male"),
        "other": Text("Autre", "Other"),
        UNKNOWN: _UNKNOWN,
    },
    "age_band": {
        "00-14": Text("0-14 ans", "0-14 years"),
        "15-29": Text("15-29 ans", "15-29 years"),
        "30-44": Text("30-44 ans", "30-44 years"),
        "45-59": Text("45-59 ans", "45-59 years"),
        "60-74": Text("60-74 ans", "60-74 years"),
        "75+": Text("75 ans ou plus", "75 years or over"),
        UNKNOWN: _UNKNOWN,
    },
    "referral_outcome": {
        "taken_up": Text("Orientation suivie", "Taken up"),
        "not_taken_up": Text("Orientation non suivie", "Not taken up"),
        "pending": Text("En attente", "Pending"),
        UNKNOWN: _UNKNOWN,
    },
    "referral_reason": {
        "access_to_rights": Text("Accès aux droits", "Access to rights"),
        "access_to_care": Text("Accès aux soins", "Access to care"),
        "prevention": Text("Prévention et dépistage", "Prevention and screening"),
        "mental_health": Text("Santé mentale", "Mental health"),
        "addictions": Text("Addictions", "Addictions"),
        "social": Text("Difficulté sociale", "Social difficulty"),
        "other": Text("Autre motif", "Other reason"),
        UNKNOWN: _UNKNOWN,
    },
    "programme": {
        "network": Text("Réseau", "Network"),
        "screening": Text("Dépistages", "Screening"),
        "ambassadors": Text("Ambassadeurs santé", "Health ambassadors"),
        "other": Text("Autre programme", "Other programme"),
    },
    "action_status": {
        "planned": Text("Prévue", "Planned"),
        "ongoing": Text("En cours", "Ongoing"),
        "done": Text("Terminée", "Done"),
        "dropped": Text("Abandonnée", "Dropped"),
        UNKNOWN: _UNKNOWN,
    },
    "result_code": {
        code: Text(code, code) for code in ["A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4", "C1", "C2", "C3", "D"]
    },
    "agreement": {
        "4": Text("Tout à fait d'accord", "Strongly agree"),
        "3": Text("Plutôt d'accord", "Agree"),
        "2": Text("Plutôt pas d'accord", "Disagree"),
        "1": Text("Pas du tout d'accord", "Strongly disagree"),
        UNKNOWN: Text("Sans réponse", "No answer"),
    },
    "screening_kind": {
        "optical": Text("Optique", "Optical"),
        "dental": Text("Dentaire", "Dental"),
    },
    "screening_stage": {
        "screened": Text("Dépistées", "Screened"),
        "need": Text("En besoin de soins", "In need of care"),
        "referred": Text("Orientées", "Referred"),
        "booked": Text("Rendez-vous pris", "Appointment booked"),
        "honoured": Text("Rendez-vous honoré", "Appointment honoured"),
        "equipped": Text("Équipées ou soignées", "Equipped or treated"),
    },
    "coverage": {
        "full": Text("Sécurité sociale et complémentaire", "Basic and complementary cover"),
        "css": Text("Complémentaire santé solidaire (ex-CMU-C, ACS)", "Solidarity complementary cover (CSS)"),
        "ame": Text("Aide médicale d'État (AME)", "State medical aid (AME)"),
        "basic_only": Text("Sécurité sociale sans complémentaire", "Basic cover only"),
        "none": Text("Aucune couverture", "No cover"),
        UNKNOWN: _UNKNOWN,
    },
    "last_visit": {
        "under_1_year": Text("Moins d'un an", "Under a year ago"),
        "1_to_2_years": Text("1 à 2 ans", "1 to 2 years ago"),
        "over_2_years": Text("Plus de 2 ans", "Over 2 years ago"),
        "never": Text("Jamais", "Never"),
        UNKNOWN: _UNKNOWN,
    },
    "appointment_outcome": {
        "honoured": Text("Honoré", "Honoured"),
        "missed": Text("Manqué", "Missed"),
        "cancelled": Text("Annulé", "Cancelled"),
        "pending": Text("À venir", "Pending"),
        "not_booked": Text("Pas de rendez-vous pris", "Not booked"),
        "not_applicable": Text("Sans objet", "Not applicable"),
        UNKNOWN: _UNKNOWN,
    },
    "reminder": {
        "none": Text("Aucun rappel", "No reminder"),
        "sms": Text("SMS", "SMS"),
        "phone": Text("Téléphone", "Phone"),
        "not_applicable": Text("Sans objet", "Not applicable"),
        UNKNOWN: _UNKNOWN,
    },
    "absence_reason": {
        "forgot": Text("Oubli", "Forgot"),
        "transport": Text("Transport", "Transport"),
        "schedule": Text("Empêchement, agenda", "Schedule"),
        "cost": Text("Coût", "Cost"),
        "fear": Text("Appréhension", "Fear"),
        "elsewhere": Text("Soigné ailleurs", "Cared for elsewhere"),
        "other": Text("Autre raison", "Other reason"),
        UNKNOWN: _UNKNOWN,
    },
    "follow_up": {
        "closed": Text("Suivi terminé", "Closed"),
        "ongoing": Text("Suivi en cours", "Ongoing"),
        "not_applicable": Text("Sans objet", "Not applicable"),
        UNKNOWN: Text("Sans nouvelles", "Lost to follow-up"),
    },
    "activity_kind": {
        "working_group": Text("Groupe de travail", "Working group"),
        "training": Text("Formation", "Training"),
        "project": Text("Projet", "Project"),
        "stand": Text("Stand", "Stand"),
        "outreach": Text("Aller vers", "Outreach"),
        "accompaniment": Text("Accompagnement", "Accompaniment"),
    },
    "decided_by": {
        "ambassadors": Text("Les ambassadeurs", "The ambassadors"),
        "shared": Text("Décision partagée", "Shared decision"),
        "institution": Text("Une institution", "An institution"),
        UNKNOWN: _UNKNOWN,
    },
    "wave": {
        "before": Text("Avant", "Before"),
        "after": Text("Après", "After"),
    },
    "scale": {
        "gse": Text("Auto-efficacité générale (GSE)", "General self-efficacy (GSE)"),
        "who5": Text("Bien-être (WHO-5)", "Well-being (WHO-5)"),
    },
    "scale_answers": {
        "both": Text("Avant et après, en entier", "Before and after, in full"),
        "before_only": Text("Avant seulement", "Before only"),
        "after_only": Text("Après seulement", "After only"),
        "incomplete": Text("En partie", "In part"),
        "never": Text("Jamais", "Never"),
    },
    "population_sex": {
        "female": Text("Femmes", "Women"),
        "male": Text("Hommes", "Men"),
        "all": Text("Ensemble", "All"),
    },
    "population_age": {
        "00-14": Text("0-14 ans", "0-14 years"),
        "15-29": Text("15-29 ans", "15-29 years"),
        "30-44": Text("30-44 ans", "30-44 years"),
        "45-59": Text("45-59 ans", "45-59 years"),
        "60-74": Text("60-74 ans", "60-74 years"),
        "75+": Text("75 ans ou plus", "75 years or over"),
        "all": Text("Tous âges", "All ages"),
    },
    "precision": {
        "exhaustive": Text("Comptage complet", "Full count"),
        "sample": Text("Sondage (exploitation complémentaire)", "Sample (1/4)"),
        "estimate": Text("Estimation", "Estimate"),
    },
}

# Other spellings met in hand-made files; compared without case or accents.
SYNONYMS: dict[str, dict[str, tuple[str, ...]]] = {
    "yes_no": {
        "yes": ("o", "vrai", "true", "1", "y"),
        "no": ("n", "faux", "false", "0"),
        UNKNOWN: ("ne sait pas", "nsp", "?"),
    },
    "sex": {
        "female": ("f", "feminin", "femmes", "mme", "mme.", "madame", "mlle", "mademoiselle"),
        "male": ("h", "m", "m.", "mr", "mr.", "masculin", "hommes", "monsieur"),
        UNKNOWN: ("nsp", "?"),
    },
    "age_band": {"00-14": ("0-14", "moins de 15 ans"), "75+": ("75 et plus", "75 ans et plus")},
    "population_age": {"00-14": ("0-14",), "75+": ("75 et plus", "75 ans et plus"), "all": ("total", "ensemble")},
    "population_sex": {"female": ("f",), "male": ("h", "m"), "all": ("total",)},
    "coverage": {"css": ("css", "cmu-c", "cmuc", "acs", "c2s"), "ame": ("ame",)},
    "screening_kind": {"optical": ("vue", "optiques"), "dental": ("dents", "dentaires")},
    "follow_up": {UNKNOWN: ("inconnu", "perdu de vue")},
    "agreement": {UNKNOWN: ("inconnu", "nsp")},
}


class Scale(NamedTuple):
    """A published questionnaire: `items` items scored `low` to `high`; total = sum × `multiplier`."""

    items: int
    low: int
    high: int
    multiplier: int
    source: str

    @property
    def ends(self) -> tuple[int, int]:
        """The least and the greatest total score."""
        return self.items * self.low * self.multiplier, self.items * self.high * self.multiplier


SCALES: dict[str, Scale] = {
    "gse": Scale(10, 1, 4, 1, "Schwarzer & Jerusalem (1995), General Self-Efficacy Scale: sum of 10 items, 10-40."),
    "who5": Scale(5, 0, 5, 4, "WHO (1998), WHO-5 Well-Being Index: sum of 5 items x 4, 0-100; low if <= 50."),
}


def label(codes: str, code: str) -> str:
    """The label of `code` in the current language, or the code itself where the list has none.

    Codes put together to protect people, `15-29|30-44`, are told as `15-29 ans ou 30-44 ans`.
    """
    return either([str(CODES[codes].get(part, part)) for part in str(code).split(TOGETHER)])


def either(labels: Sequence[str]) -> str:
    """`15-29 ans, 30-44 ans ou 45-59 ans`."""
    if len(labels) < 2:
        return "".join(labels)
    return _("{first} ou {last}").format(first=", ".join(labels[:-1]), last=labels[-1])
