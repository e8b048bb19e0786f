"""What must hold between the cells of one row, and how to say that it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from prs_eval.i18n import Text, _
from prs_eval.inputs.codes import SCALES
from prs_eval.inputs.parameters import Workbench

APPOINTMENT_OUTCOMES = ("honoured", "missed", "cancelled", "pending")


@dataclass(frozen=True)
class Rule:
    """`holds` gives True for each row that is right (and where a cell it needs is empty).

    `columns` are the cells it compares; the message points at the first. `message` may use {column names}
    of the row.
    """

    slug: str
    columns: tuple[str, ...]
    description: Text
    holds: Callable[[pd.DataFrame], pd.Series[bool]]
    message: Callable[[], str]


def _not_before(slug: str, later: str, earlier: str, titles: tuple[Text, Text]) -> Rule:
    def holds(rows: pd.DataFrame) -> pd.Series[bool]:
        return ~(rows[later] < rows[earlier])

    def message() -> str:
        return _(
            "« {later_title} » ({{{later}}}) précède « {earlier_title} » ({{{earlier}}}). Corriger une des dates."
        ).format(later_title=titles[0], earlier_title=titles[1], later=later, earlier=earlier)

    description = Text(f"{titles[0].fr} : pas avant {titles[1].fr}.", f"{titles[0].en}: not before {titles[1].en}.")
    return Rule(slug, (later, earlier), description, holds, message)


def _new_contacts(rows: pd.DataFrame) -> pd.Series[bool]:
    return ~(rows["new_contacts"] > rows["contacts"]).fillna(False).astype(bool)


def _new_contacts_without_contacts(rows: pd.DataFrame) -> pd.Series[bool]:
    return ~(rows["new_contacts"].notna() & rows["contacts"].isna())


def _missed_has_reason(rows: pd.DataFrame) -> pd.Series[bool]:
    return ~((rows["outcome"] == "missed") & rows["absence_reason"].isna())


def _reason_is_missed(rows: pd.DataFrame) -> pd.Series[bool]:
    return ~(rows["absence_reason"].notna() & rows["outcome"].notna() & (rows["outcome"] != "missed"))


def _appointment_has_referral(rows: pd.DataFrame) -> pd.Series[bool]:
    return ~(rows["outcome"].isin(APPOINTMENT_OUTCOMES) & (rows["referred_to"] == "none"))


def _item_of_scale(rows: pd.DataFrame) -> pd.Series[bool]:
    most = rows["scale"].map({name: scale.items for name, scale in SCALES.items()})
    return ~(rows["item"].astype("Float64") > most.astype("Float64")).fillna(False).astype(bool)


def _score_of_scale(rows: pd.DataFrame) -> pd.Series[bool]:
    low = rows["scale"].map({name: scale.low for name, scale in SCALES.items()}).astype("Float64")
    high = rows["scale"].map({name: scale.high for name, scale in SCALES.items()}).astype("Float64")
    score = rows["score"].astype("Float64")
    return ~((score < low) | (score > high)).fillna(False).astype(bool)


def _scale_ranges() -> str:
    return _(
        "auto-efficacité (GSE) : questions 1 à 10, réponses 1 à 4 ; bien-être (WHO-5) : questions 1 à 5, réponses 0 à 5"
    )


def _positive_denominator(rows: pd.DataFrame) -> pd.Series[bool]:
    return ~(rows["denominator"] == 0)


_JOINED, _LEFT = Text("Date d'entrée", "Joined on"), Text("Date de sortie", "Left on")
_STARTS, _ENDS = Text("Date de début", "Starts on"), Text("Date de fin", "Ends on")
_BOOKED = Text("Date de prise de rendez-vous", "Booked on")
_APPOINTMENT = Text("Date du rendez-vous", "Appointment on")

RULES: dict[str, tuple[Rule, ...]] = {
    "structures": (_not_before("left_before_joined", "left_on", "joined_on", (_LEFT, _JOINED)),),
    "ambassadors": (_not_before("left_before_joined", "left_on", "joined_on", (_LEFT, _JOINED)),),
    "actions": (_not_before("ends_before_start", "ends_on", "starts_on", (_ENDS, _STARTS)),),
    "ambassador_activities": (
        Rule(
            "above_denominator",
            ("new_contacts", "contacts"),
            Text(
                "Dont jamais rencontrées : au plus Personnes rencontrées.",
                "New contacts: at most Contacts.",
            ),
            _new_contacts,
            lambda: _(
                "« Dont jamais rencontrées » ({new_contacts}) dépasse « Personnes rencontrées » ({contacts}), "
                "dont il est une partie. Corriger l'un des deux nombres."
            ),
        ),
        Rule(
            "without_denominator",
            ("contacts", "new_contacts"),
            Text(
                "Personnes rencontrées : rempli dès que Dont jamais rencontrées l'est.",
                "Contacts: filled in where New contacts is.",
            ),
            _new_contacts_without_contacts,
            lambda: _(
                "« Dont jamais rencontrées » ({new_contacts}) est rempli sans « Personnes rencontrées ». "
                "Inscrire le nombre total de personnes rencontrées."
            ),
        ),
    ),
    "screening_participants": (
        _not_before("appointment_before_booking", "appointment_on", "booked_on", (_APPOINTMENT, _BOOKED)),
        Rule(
            "missed_without_reason",
            ("absence_reason", "outcome"),
            Text(
                "Raison de l'absence : remplie quand le rendez-vous est manqué.",
                "Absence reason: filled in where the appointment was missed.",
            ),
            _missed_has_reason,
            lambda: _(
                "Le rendez-vous est manqué et « Raison de l'absence » est vide : inscrire « Inconnu » si "
                "l'information manque."
            ),
        ),
        Rule(
            "reason_without_missed",
            ("absence_reason", "outcome"),
            Text(
                "Raison de l'absence : vide sauf si le rendez-vous est manqué.",
                "Absence reason: empty unless the appointment was missed.",
            ),
            _reason_is_missed,
            lambda: _(
                "« Raison de l'absence » est remplie alors que « Issue du rendez-vous » n'est pas « Manqué ». "
                "Vider la raison ou corriger l'issue."
            ),
        ),
        Rule(
            "appointment_without_referral",
            ("referred_to", "outcome"),
            Text(
                "Orienté vers : un partenaire, ou Inconnu, dès qu'il y a un rendez-vous.",
                "Referred to: a partner, or Unknown, where there is an appointment.",
            ),
            _appointment_has_referral,
            lambda: _(
                "Un rendez-vous est noté alors que « Orienté vers » dit « Aucun ». Inscrire le partenaire "
                "(« Inconnu » si l'information manque), ou « Sans objet » dans « Issue du rendez-vous »."
            ),
        ),
    ),
    "ambassador_scales": (
        Rule(
            "item_beyond_scale",
            ("item", "scale"),
            Text("Question n° : au plus le nombre de questions de l'échelle.", "Item: one of the scale's items."),
            _item_of_scale,
            lambda: _("La question n° {item} n'existe pas dans cette échelle ({allowed}).").replace(
                "{allowed}", _scale_ranges()
            ),
        ),
        Rule(
            "score_beyond_scale",
            ("score", "scale"),
            Text("Réponse : dans l'étendue publiée de l'échelle.", "Score: within the scale's published range."),
            _score_of_scale,
            lambda: _("La réponse {score} est hors de l'étendue de cette échelle ({allowed}).").replace(
                "{allowed}", _scale_ranges()
            ),
        ),
    ),
    "outcomes": (
        Rule(
            "no_denominator",
            ("denominator",),
            Text("Dénominateur : plus grand que 0.", "Denominator: above 0."),
            _positive_denominator,
            lambda: _(
                "« Dénominateur » vaut 0 : un taux ne se rapporte à personne. Inscrire la population, "
                "ou supprimer la ligne si elle est inconnue."
            ),
        ),
    ),
}


def rules(table: str, workbench: Workbench) -> tuple[Rule, ...]:
    """The rules of a table, those that depend on what the city declares included."""
    own = (_part_of_whole(workbench),) if table == "outcomes" else ()
    return (*RULES.get(table, ()), *own)


def _part_of_whole(workbench: Workbench) -> Rule:
    shares = [item.code for item in workbench.outcome_indicators if item.measure == "proportion"]

    def holds(rows: pd.DataFrame) -> pd.Series[bool]:
        return ~(rows["indicator"].isin(shares) & (rows["numerator"] > rows["denominator"]))

    description = Text(
        "Numérateur : au plus Dénominateur, pour une proportion.", "Numerator: at most Denominator, for a proportion."
    )
    return Rule(
        "above_whole",
        ("numerator", "denominator"),
        description,
        holds,
        lambda: _(
            "« Numérateur » ({numerator}) dépasse « Dénominateur » ({denominator}) alors que « {indicator} » est une "
            "proportion. Corriger l'un des deux nombres : il faut deux effectifs, pas un pourcentage."
        ),
    )
