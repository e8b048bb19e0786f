"""The input tables as data: columns, keys, references, in French and English.

Everything that speaks of a column (schema, reader, entry workbook, data dictionary, messages) reads it here.
Kept free of heavy imports; `inputs.schemas` makes the pandera schemas of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from prs_eval.i18n import Text, fold

Kind = Literal[
    "id",  # pseudonymous identifier: letters, digits, - and _; leading zeros kept
    "name",  # name of an organisation or a place
    "text",  # a few words that may be echoed: a document, a definition
    "free_text",  # searched for personal data, never echoed
    "code",  # one of `codes`
    "codes",  # several of `codes`, stored as a|b
    "quartier",  # a quartier of workbench.yml, stored under its declared name
    "territory",  # a quartier, or the city
    "theme",  # a theme code of workbench.yml
    "themes",  # several, stored as a|b
    "partner",  # a partner code of workbench.yml, or none, or unknown
    "item",  # a survey item code of workbench.yml (added values)
    "indicator",  # an outcome indicator code of workbench.yml
    "date",
    "year",
    "integer",
    "number",
]


PERSON_IDS = frozenset({"participant_id", "ambassador_id", "respondent_id"})  # columns that stand for one person


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how it is read, what it may hold, what it is called."""

    name: str
    kind: Kind
    title: Text
    description: Text
    codes: str | None = None  # list in inputs.codes
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its grain is its key; `references` maps a column to the table whose key it holds.

    `parent` is the reference through which a row without its own quartier belongs to one;
    `dated_by` is the column (its own, or `parent`'s) that gives the row its year in the store.
    """

    name: str
    title: Text
    description: Text
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    dated_by: str
    references: tuple[tuple[str, str], ...] = ()
    parent: str | None = None

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def person_column(self) -> str | None:
        """The column that says which person a row is about, or None where rows are about nobody in particular."""
        return next((column.name for column in self.columns if column.name in PERSON_IDS), None)


def _make(kind: Kind) -> Callable[..., Column]:
    def column(
        name: str,
        title: tuple[str, str],
        description: tuple[str, str],
        *,
        codes: str | None = None,
        nullable: bool = False,
        minimum: float | None = None,
        maximum: float | None = None,
        unit: str | None = None,
    ) -> Column:
        return Column(name, kind, Text(*title), Text(*description), codes, nullable, minimum, maximum, unit)

    return column


_id, _name, _free, _code, _codes = _make("id"), _make("name"), _make("free_text"), _make("code"), _make("codes")
_date, _year, _int, _num = _make("date"), _make("year"), _make("integer"), _make("number")
_theme, _themes, _partner, _item = _make("theme"), _make("themes"), _make("partner"), _make("item")
_indicator, _text = _make("indicator"), _make("text")


def _quartier(*, nullable: bool = False) -> Column:
    description = Text("Quartier, tel que nommé dans les paramètres.", "Quartier, as named in the parameters.")
    return Column("quartier", "quartier", Text("Quartier", "Quartier"), description, nullable=nullable)


_CATEGORY = ("Catégorie", "Category")

_TABLES = (
    Table(
        "structures",
        Text("Structures", "Structures"),
        Text("Les structures membres du réseau, une ligne par structure.", "Member organisations, one row each."),
        (
            _id("structure_id", ("Identifiant structure", "Structure id"), ("Identifiant stable de la structure.", "Stable id of the structure.")),
            _name("name", ("Nom de la structure", "Structure name"), ("Nom de l'organisme, jamais celui d'une personne.", "Name of the organisation, never of a person.")),
            _code("category", _CATEGORY, ("Une des six catégories de membres.", "One of the six member categories."), codes="category"),
            _quartier(),
            _int("members", ("Professionnels membres", "Professional members"), ("Nombre de professionnels de la structure membres du réseau.", "Professionals of the structure who belong to the network."), minimum=0, maximum=500, unit="people"),
            _date("joined_on", ("Date d'entrée", "Joined on"), ("Date d'entrée dans le réseau.", "Date of joining the network.")),
            _date("left_on", ("Date de sortie", "Left on"), ("Date de sortie du réseau ; vide si encore membre.", "Date of leaving; empty if still a member."), nullable=True),
        ),
        ("structure_id",),
        "joined_on",
    ),
    Table(
        "meetings",
        Text("Réunions", "Meetings"),
        Text("Les réunions du réseau, une ligne par réunion.", "Network meetings, one row each."),
        (
            _id("meeting_id", ("Identifiant réunion", "Meeting id"), ("Identifiant de la réunion.", "Id of the meeting.")),
            _quartier(),
            _date("held_on", ("Date de la réunion", "Held on"), ("Jour où la réunion s'est tenue.", "Day on which the meeting was held.")),
            _themes("themes", ("Thèmes", "Themes"), ("Thèmes abordés, séparés par une barre |.", "Themes discussed, separated by |."), nullable=True),
        ),
        ("meeting_id",),
        "held_on",
    ),
    Table(
        "attendance",
        Text("Présences", "Attendance"),
        Text("Les présents : une ligne par réunion, catégorie et structure.", "People present: one row per meeting, category and structure."),
        (
            _id("meeting_id", ("Identifiant réunion", "Meeting id"), ("La réunion, telle que dans « Réunions ».", "The meeting, as in “Meetings”.")),
            _code("category", _CATEGORY, ("Catégorie des présents.", "Category of those present."), codes="category"),
            _id("structure_id", ("Identifiant structure", "Structure id"), ("Structure représentée ; vide pour des habitants venus à titre personnel.", "Structure represented; empty for residents who came on their own."), nullable=True),
            _int("people", ("Personnes présentes", "People present"), ("Nombre de personnes présentes.", "Number of people present."), minimum=0, maximum=500, unit="people"),
        ),
        ("meeting_id", "category", "structure_id"),
        "held_on",
        (("meeting_id", "meetings"), ("structure_id", "structures")),
        "meeting_id",
    ),
    Table(
        "referrals",
        Text("Orientations", "Referrals"),
        Text("Les orientations entre structures, une ligne par orientation.", "Referrals between structures, one row each."),
        (
            _id("referral_id", ("Identifiant orientation", "Referral id"), ("Identifiant de l'orientation.", "Id of the referral.")),
            _quartier(),
            _date("referred_on", ("Date d'orientation", "Referred on"), ("Date de l'orientation.", "Date of the referral.")),
            _id("from_structure", ("Structure d'origine", "From structure"), ("Structure qui oriente.", "Structure that refers.")),
            _id("to_structure", ("Structure d'accueil", "To structure"), ("Structure vers laquelle la personne est orientée.", "Structure to which the person is referred.")),
            _code("reason", ("Motif", "Reason"), ("Motif principal de l'orientation.", "Main reason for the referral."), codes="referral_reason"),
            _code("outcome", ("Suite donnée", "Outcome"), ("Ce que l'orientation est devenue.", "What became of the referral."), codes="referral_outcome"),
        ),
        ("referral_id",),
        "referred_on",
        (("from_structure", "structures"), ("to_structure", "structures")),
    ),
    Table(
        "needs",
        Text("Besoins", "Needs"),
        Text("Les besoins exprimés dans le réseau, une ligne par besoin.", "Needs voiced in the network, one row each."),
        (
            _id("need_id", ("Identifiant besoin", "Need id"), ("Identifiant du besoin.", "Id of the need.")),
            _quartier(),
            _date("raised_on", ("Date d'expression", "Raised on"), ("Date à laquelle le besoin a été exprimé.", "Date on which the need was voiced.")),
            _theme("theme", ("Thème", "Theme"), ("Thème du besoin.", "Theme of the need.")),
            _code("raised_by", ("Exprimé par", "Raised by"), ("Catégorie de qui l'a exprimé.", "Category of who voiced it."), codes="category"),
            _id("action_id", ("Action qui répond", "Action id"), ("Action née de ce besoin ; vide si aucune à ce jour.", "Action that grew out of the need; empty if none so far."), nullable=True),
        ),
        ("need_id",),
        "raised_on",
        (("action_id", "actions"),),
    ),
    Table(
        "actions",
        Text("Actions", "Actions"),
        Text("Les actions et fiches-actions, une ligne par action.", "Actions and action sheets, one row each."),
        (
            _id("action_id", ("Identifiant action", "Action id"), ("Identifiant de l'action.", "Id of the action.")),
            _free("title", ("Intitulé", "Title"), ("Intitulé de l'action.", "Title of the action.")),
            _code("programme", ("Programme", "Programme"), ("Programme auquel l'action appartient.", "Programme the action belongs to."), codes="programme"),
            _free("component", ("Volet", "Component"), ("Volet du programme.", "Component of the programme."), nullable=True),
            _theme("theme", ("Thème", "Theme"), ("Thème principal.", "Main theme.")),
            _quartier(nullable=True),
            _name("carrier", ("Porteur", "Carrier"), ("Organisme porteur.", "Organisation in charge."), nullable=True),
            _name("partners", ("Partenaires", "Partners"), ("Organismes partenaires, séparés par une barre |.", "Partner organisations, separated by |."), nullable=True),
            _code("status", ("État", "Status"), ("État d'avancement.", "State of progress."), codes="action_status"),
            _date("starts_on", ("Date de début", "Starts on"), ("Début de l'action.", "Start of the action.")),
            _date("ends_on", ("Date de fin", "Ends on"), ("Fin de l'action ; vide si en cours.", "End of the action; empty if ongoing."), nullable=True),
            _int("reach", ("Personnes touchées", "Reach"), ("Nombre de personnes touchées ; vide si inconnu.", "People reached; empty if unknown."), nullable=True, minimum=0, unit="people"),
            _codes("result_codes", ("Codes de résultat", "Result codes"), ("Catégories de résultats A1 à D, séparées par une barre |.", "Result categories A1 to D, separated by |."), codes="result_code", nullable=True),
            _free("evidence", ("Preuve", "Evidence"), ("Ce qui atteste les résultats (document, enquête).", "What shows the results (document, survey)."), nullable=True),
            _id("chained_to", ("Suite de l'action", "Chained to"), ("Action de l'année précédente que celle-ci prolonge.", "Last year's action that this one continues."), nullable=True),
        ),
        ("action_id",),
        "starts_on",
        (("chained_to", "actions"),),
    ),
    Table(
        "screening_sessions",
        Text("Séances de dépistage", "Screening sessions"),
        Text("Les séances de dépistage optique ou dentaire, une ligne par séance.", "Optical and dental screening sessions, one row each."),
        (
            _id("session_id", ("Identifiant séance", "Session id"), ("Identifiant de la séance.", "Id of the session.")),
            _quartier(),
            _code("kind", ("Type de dépistage", "Kind"), ("Optique ou dentaire.", "Optical or dental."), codes="screening_kind"),
            _date("held_on", ("Date de la séance", "Held on"), ("Jour de la séance.", "Day of the session.")),
            _name("venue", ("Lieu", "Venue"), ("Lieu de la séance.", "Venue of the session.")),
            _partner("partner", ("Partenaire", "Partner"), ("Partenaire qui réalise le dépistage.", "Partner who carries out the screening.")),
            _int("slots", ("Places offertes", "Slots"), ("Nombre de places offertes.", "Number of places offered."), minimum=1, maximum=500, unit="people"),
            _num("cost_eur", ("Coût (€)", "Cost (EUR)"), ("Coût complet de la séance, en euros.", "Full cost of the session, in euros."), nullable=True, minimum=0, maximum=100_000, unit="eur"),
        ),
        ("session_id",),
        "held_on",
    ),
    Table(
        "screening_participants",
        Text("Personnes dépistées", "Screening participants"),
        Text("Une ligne par personne et par séance, sans nom ni coordonnées.", "One row per person and session, without name or contact details."),
        (
            _id("participant_id", ("Identifiant personne", "Participant id"), ("Code sans lien avec l'identité de la personne.", "Code unrelated to the person's identity.")),
            _id("session_id", ("Identifiant séance", "Session id"), ("La séance, telle que dans « Séances de dépistage ».", "The session, as in “Screening sessions”.")),
            _code("age_band", ("Tranche d'âge", "Age band"), ("Âge à la séance.", "Age at the session."), codes="age_band"),
            _code("sex", ("Sexe", "Sex"), ("Sexe déclaré.", "Sex as stated."), codes="sex"),
            _code("coverage", ("Couverture maladie", "Health cover"), ("Couverture maladie déclarée.", "Health cover as stated."), codes="coverage"),
            _code("last_visit", ("Dernière consultation", "Last visit"), ("Dernière consultation chez le spécialiste.", "Last visit to the specialist."), codes="last_visit"),
            _num("epices", ("Score EPICES", "EPICES score"), ("Score de précarité EPICES, 0 à 100 ; vide si non recueilli.", "EPICES deprivation score, 0 to 100; empty if not collected."), nullable=True, minimum=0, maximum=100, unit="points"),
            _code("need", ("Besoin de soins", "Need"), ("Le dépistage conclut-il à un besoin de rendez-vous ?", "Does the screening conclude that an appointment is needed?"), codes="yes_no"),
            _partner("referred_to", ("Orienté vers", "Referred to"), ("Partenaire vers lequel la personne est orientée ; « Aucun » si elle ne l'est pas.", "Partner to whom the person is referred; “None” if not referred.")),
            _date("booked_on", ("Date de prise de rendez-vous", "Booked on"), ("Jour où le rendez-vous a été pris.", "Day on which the appointment was made."), nullable=True),
            _date("appointment_on", ("Date du rendez-vous", "Appointment on"), ("Jour du rendez-vous ; vide si inconnu ou sans objet.", "Day of the appointment; empty if unknown or not applicable."), nullable=True),
            _code("outcome", ("Issue du rendez-vous", "Appointment outcome"), ("Ce que le rendez-vous est devenu.", "What became of the appointment."), codes="appointment_outcome"),
            _code("reminder", ("Rappel", "Reminder"), ("Rappel envoyé avant le rendez-vous.", "Reminder sent before the appointment."), codes="reminder"),
            _code("absence_reason", ("Raison de l'absence", "Absence reason"), ("Raison d'un rendez-vous manqué ; vide sinon.", "Reason for a missed appointment; empty otherwise."), codes="absence_reason", nullable=True),
            _date("equipped_on", ("Date d'équipement ou de soins", "Equipped on"), ("Jour où la personne a reçu ses lunettes ou terminé ses soins dentaires.", "Day on which glasses were received or dental care completed."), nullable=True),
            _code("follow_up", ("Suivi", "Follow-up"), ("Où en est le suivi de la personne.", "State of the person's follow-up."), codes="follow_up"),
        ),
        ("participant_id", "session_id"),
        "held_on",
        (("session_id", "screening_sessions"),),
        "session_id",
    ),
    Table(
        "ambassadors",
        Text("Ambassadeurs", "Ambassadors"),
        Text("Les habitants bénévoles, une ligne par personne, sans nom.", "Volunteer residents, one row each, without name."),
        (
            _id("ambassador_id", ("Identifiant ambassadeur", "Ambassador id"), ("Code sans lien avec l'identité de la personne.", "Code unrelated to the person's identity.")),
            _quartier(),
            _code("age_band", ("Tranche d'âge", "Age band"), ("Âge à l'entrée.", "Age at joining."), codes="age_band"),
            _code("sex", ("Sexe", "Sex"), ("Sexe déclaré.", "Sex as stated."), codes="sex"),
            _date("joined_on", ("Date d'entrée", "Joined on"), ("Début de l'engagement.", "Start of volunteering.")),
            _date("left_on", ("Date de sortie", "Left on"), ("Fin de l'engagement ; vide si toujours actif.", "End of volunteering; empty if still active."), nullable=True),
            _date("trained_on", ("Date de formation", "Trained on"), ("Fin de la formation initiale ; vide si non formé.", "End of initial training; empty if not trained."), nullable=True),
        ),
        ("ambassador_id",),
        "joined_on",
    ),
    Table(
        "ambassador_activities",
        Text("Activités des ambassadeurs", "Ambassador activities"),
        Text("Les activités des ambassadeurs, une ligne par activité.", "Ambassadors' activities, one row each."),
        (
            _id("activity_id", ("Identifiant activité", "Activity id"), ("Identifiant de l'activité.", "Id of the activity.")),
            _quartier(),
            _date("held_on", ("Date de l'activité", "Held on"), ("Jour de l'activité.", "Day of the activity.")),
            _code("kind", ("Type d'activité", "Kind"), ("Type d'activité.", "Kind of activity."), codes="activity_kind"),
            _theme("theme", ("Thème", "Theme"), ("Thème principal.", "Main theme.")),
            _num("hours", ("Durée (heures)", "Hours"), ("Durée de l'activité, en heures.", "Length of the activity, in hours."), minimum=0, maximum=100, unit="hours"),
            _int("ambassadors", ("Ambassadeurs présents", "Ambassadors present"), ("Nombre d'ambassadeurs présents.", "Number of ambassadors present."), minimum=0, maximum=500, unit="people"),
            _int("contacts", ("Personnes rencontrées", "Contacts"), ("Nombre de personnes rencontrées ; vide si non compté.", "People met; empty if not counted."), nullable=True, minimum=0, maximum=10_000, unit="people"),
            _int("new_contacts", ("Dont jamais rencontrées", "New contacts"), ("Parmi elles, personnes jamais rencontrées auparavant ; vide si non compté.", "Of these, people never met before; empty if not counted."), nullable=True, minimum=0, maximum=10_000, unit="people"),
            _code("decided_by", ("Décidé par", "Decided by"), ("Qui a décidé de l'activité.", "Who decided on the activity."), codes="decided_by"),
        ),
        ("activity_id",),
        "held_on",
    ),
    Table(
        "ambassador_scales",
        Text("Échelles des ambassadeurs", "Ambassador scales"),
        Text("Réponses aux questionnaires : une ligne par ambassadeur, passation, échelle et question.", "Questionnaire answers: one row per ambassador, wave, scale and item."),
        (
            _id("ambassador_id", ("Identifiant ambassadeur", "Ambassador id"), ("L'ambassadeur, tel que dans « Ambassadeurs ».", "The ambassador, as in “Ambassadors”.")),
            _code("wave", ("Passation", "Wave"), ("Avant ou après.", "Before or after."), codes="wave"),
            _date("answered_on", ("Date de réponse", "Answered on"), ("Jour de la réponse.", "Day of the answer.")),
            _code("scale", ("Échelle", "Scale"), ("Questionnaire utilisé.", "Questionnaire used."), codes="scale"),
            _int("item", ("Question n°", "Item"), ("Numéro de la question.", "Item number."), minimum=1, maximum=10),
            _int("score", ("Réponse", "Score"), ("Réponse chiffrée ; vide si sans réponse.", "Numeric answer; empty if not answered."), nullable=True, minimum=0, maximum=5, unit="points"),
        ),
        ("ambassador_id", "wave", "scale", "item"),
        "answered_on",
        (("ambassador_id", "ambassadors"),),
        "ambassador_id",
    ),
    Table(
        "professional_answers",
        Text("Réponses des professionnels", "Professional answers"),
        Text("Enquête auprès des professionnels : une ligne par répondant et question.", "Survey of professionals: one row per respondent and item."),
        (
            _id("respondent_id", ("Identifiant répondant", "Respondent id"), ("Code sans lien avec l'identité de la personne.", "Code unrelated to the person's identity.")),
            _id("structure_id", ("Identifiant structure", "Structure id"), ("Structure du répondant.", "The respondent's structure.")),
            _year("year", ("Année", "Year"), ("Année de l'enquête.", "Year of the survey.")),
            _item("item", ("Question", "Item"), ("Plus-value évaluée.", "Added value assessed.")),
            _code("answer", ("Réponse", "Answer"), ("Degré d'accord.", "Level of agreement."), codes="agreement"),
        ),
        ("respondent_id", "year", "item"),
        "year",
        (("structure_id", "structures"),),
        "structure_id",
    ),
    Table(
        "population",
        Text("Population", "Population"),
        Text("Population par territoire, année, sexe et âge.", "Population by territory, year, sex and age."),
        (
            Column("territory", "territory", Text("Territoire", "Territory"), Text("Quartier ou ville.", "Quartier or city.")),
            _year("year", ("Année", "Year"), ("Année du recensement.", "Census year.")),
            _code("sex", ("Sexe", "Sex"), ("Sexe.", "Sex."), codes="population_sex"),
            _code("age_band", ("Tranche d'âge", "Age band"), ("Tranche d'âge.", "Age band."), codes="population_age"),
            _num("population", ("Population", "Population"), ("Nombre d'habitants (décimal dans les fichiers de l'INSEE).", "Number of inhabitants (decimal in census files)."), minimum=0, maximum=20_000_000, unit="people"),
            _code("precision", ("Précision", "Precision"), ("Comptage, sondage ou estimation.", "Count, sample or estimate."), codes="precision"),
        ),
        ("territory", "year", "sex", "age_band"),
        "year",
    ),
    Table(
        "outcomes",
        Text("Indicateurs d'effet", "Outcomes"),
        Text("Chiffres de santé publiés ou transmis : une ligne par territoire, période, indicateur, périmètre et révision.", "Health figures published or sent: one row per territory, period, indicator, perimeter and revision."),
        (
            Column("territory", "territory", Text("Territoire", "Territory"), Text("Quartier ou ville.", "Quartier or city.")),
            _year("year", ("Année", "Year"), ("Année observée, la dernière d'un taux sur plusieurs années.", "Year observed, the last of a rate over several years.")),
            _int("month", ("Mois", "Month"), ("Mois observé, 1 à 12 ; vide pour l'année entière.", "Month observed, 1 to 12; empty for the whole year."), nullable=True, minimum=1, maximum=12),
            _indicator("indicator", ("Indicateur", "Indicator"), ("Indicateur déclaré dans les paramètres.", "Indicator declared in the parameters.")),
            _num("numerator", ("Numérateur", "Numerator"), ("Ce qui est compté.", "What is counted."), minimum=0, maximum=1_000_000_000),
            _num("denominator", ("Dénominateur", "Denominator"), ("Population à laquelle le numérateur se rapporte, plus grande que 0.", "Population that the numerator is out of, above 0."), minimum=0, maximum=1_000_000_000),
            _text("source", ("Source", "Source"), ("Document ou organisme d'où vient le chiffre.", "Document or body that the figure comes from.")),
            _text("perimeter", ("Périmètre", "Perimeter"), ("Population et définition, par exemple « femmes de 50 à 74 ans, 2 ans glissants ».", "Population and definition, such as “women aged 50 to 74, over 2 years”.")),
            _int("revision", ("Révision", "Revision"), ("0 pour le premier chiffre publié, 1 pour sa première révision ; la plus grande est en vigueur.", "0 for the figure first published, 1 for its first revision; the highest is in force."), minimum=0, maximum=999),
        ),
        ("territory", "year", "month", "indicator", "perimeter", "revision"),
        "year",
    ),
)  # fmt: skip

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}

# What the city imports once for all its quartiers, and no quartier's workbook holds.
CITY_TABLES = ("population", "outcomes")

# What the entry workbook holds beside the tables' rows: written by `inputs.template`, left out by the readers.
EXAMPLE = Text("EXEMPLE", "EXAMPLE")
GUIDE_SHEET = Text("Mode d'emploi", "Instructions")
LISTS_SHEET = Text("Listes", "Lists")
QUARTIER_PROPERTY, YEAR_PROPERTY = "prs_eval quartier", "prs_eval year"  # custom properties: what it was made for


def is_example_row(first_cell: object) -> bool:
    """Whether a row is the entry workbook's example line: its first cell begins with the word EXEMPLE or EXAMPLE.

    Such a row is never data: it is neither accepted nor refused nor counted as read.
    """
    words = fold(first_cell).split() if isinstance(first_cell, str) else []
    return bool(words) and words[0].strip(".,:;") in {fold(EXAMPLE.fr), fold(EXAMPLE.en)}
