"""Personal data that must not come in: headers that announce it, cells that hold it.

The answer names the kind of what was found, never the value.
"""

from __future__ import annotations

import re
from functools import cache

from prs_eval.i18n import _, fold
from prs_eval.inputs.person_names import FIRST_NAMES, PLACE_WORDS

MAX_CHARACTERS = 2000  # longer cells are refused as such; the patterns need not run on them

_HEADER = re.compile(
    r"(?:(?:le |votre )?(?:pre)?noms?(?:(?: et| de| du| de la| d| et de| /)? ?(?:prenoms?|famille|naissance|usage|"
    r"jeune fille|patrony\w*|patiente?|participante?|personne|usagere?|usager|beneficiaire|ambassadeur\w*|habitante?|"
    r"medecin|contact|complet|l'usager|l'habitant|l'ambassadeur))*|prenoms?|"
    r"(?:last|first|full|family|given|birth|maiden|person|patient|participant|ambassador)? ?(?:name|surname)s?)"
)
_HEADER_WORDS = re.compile(
    r"\b(?:prenoms?|surname|telephones?|tel|tels|portables?|mobiles?|gsm|phones?|e ?mails?|mails?|courriels?|mel|"
    r"nirs?|nir|secu|securite sociale|numero ss|n° ss|social security|adresses?|address|domicile|rue|naissance|ne le|"
    r"nee le|ne\(e\) le|birth|birthday|birthdate|dob|iban|nationalite|nationality|origine ethnique|ethnicity|"
    r"pays d'origine|religion|identite|patronyme)\b"
)

_AT = re.compile(r"@|\(at\)|\[at\]", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
FEWEST_DIGITS = 9  # of a telephone number
# Any ten figures from 01 to 09, allotted or not: overseas and new ranges count too.
_NATIONAL = re.compile(r"(?<!\d)0[1-9]([\s.\-/]?)\d{2}(?:\1\d{2}){3}(?!\d)")
_BARE_MOBILE = re.compile(r"[67]\d{8}")  # 06… or 07… whose zero a spreadsheet dropped
_NIR = re.compile(
    r"(?<!\d)[1-478][\s.\-]?\d{2}[\s.\-]?(?:0[1-9]|1[0-2]|[2-9]\d)[\s.\-]?(?:\d{2}|2[ABab])[\s.\-]?\d{3}[\s.\-]?\d{3}"
    r"(?:[\s.\-]*(\d{2}))?(?!\d)"
)

_UP = "A-ZÀ-ÖØ-ÞŒ"
_WORD = rf"[{_UP}][\w’'-]+"
_CIVILITY = r"(?:M\.|MM\.|Mr\.?|Mme\.?|Mmes|Mlle\.?|Monsieur|Madame|Mademoiselle|Dr\.?|Docteure?|Pr\.?|Professeure?)"
_TITLED = re.compile(rf"(?<![\w.])({_CIVILITY})\s+(?:(?:de|du|des|le|la|d')\s*)*{_WORD}")
_PERSON = re.compile(rf"(?:M\.|Mr\.?|Mme\.?|Mlle\.?|Monsieur|Madame|Mademoiselle)\s+{_WORD}")
_PAIR = re.compile(rf"(?<![\w'’-])({_WORD})\s+(?:(?:de|du|des|le|la|ben|el|al|d’|d')\s+)*({_WORD})")


def personal_header(header: str) -> bool:
    """Whether a column header announces names, contact details, a birth date, a NIR or an origin."""
    folded = fold(header).rstrip("*: ").replace("n°", "n° ").replace("  ", " ")
    return bool(_HEADER.fullmatch(folded) or _HEADER_WORDS.search(folded))


def mask() -> str:
    """What stands for a cell that may hold personal data."""
    return _("[masqué]")


def personal_content(text: str, *, names: bool = False, organisation: bool = False) -> str | None:
    """The kind of personal data that `text` holds, in the current language, or None.

    E-mail addresses, telephone numbers (France, or international with +) and NIR are always sought; with
    `names`, also persons' names: a civility or a common first name beside a capitalised word, unless a
    place is named after them; where an `organisation` is expected, a civility at the start. A NIR of 15
    figures counts where its control key is right; one of 13 has no key and counts by its form.
    """
    text = text[:MAX_CHARACTERS]
    if _AT.search(text) and _EMAIL.search(text):
        return _("une adresse électronique")
    if len(_DIGIT.findall(text)) >= FEWEST_DIGITS:
        if _holds_nir(text):
            return _("un numéro de sécurité sociale (NIR)")
        if _holds_phone(text):
            return _("un numéro de téléphone")
    if (names and _holds_name(text)) or (organisation and _PERSON.match(text)):
        return _("le nom d'une personne")
    return None


def _holds_nir(text: str) -> bool:
    from stdnum.fr import nir

    for found in _NIR.finditer(text):
        compact = re.sub(r"[\s.\-]", "", found[0]).upper()
        if len(compact) == 13 or nir.is_valid(compact):
            return True
    return False


@cache
def _matcher() -> type:
    from phonenumbers import PhoneNumberMatcher

    return PhoneNumberMatcher


def _holds_phone(text: str) -> bool:
    if _BARE_MOBILE.fullmatch(text.strip()) or _NATIONAL.search(text):
        return True
    spaced = re.sub(r"[/_]", " ", text)
    return any(True for _found in _matcher()(spaced, "FR"))


def _holds_name(text: str) -> bool:
    for found in _TITLED.finditer(text):
        if not _after_place(text, found.start()):
            return True
    start = 0
    while pair := _PAIR.search(text, start):
        first, second = pair[1], pair[2]
        if (_is_first_name(first) or (_is_first_name(second) and first.isupper())) and not _after_place(
            text, pair.start()
        ):
            return True
        start = pair.start(2)
    return False


def _is_first_name(word: str) -> bool:
    return fold(word).split(" ")[0] in FIRST_NAMES


def _after_place(text: str, start: int) -> bool:
    """Whether one of the four words before `start` is a kind of place, as in « rue du Docteur Calmette »."""
    before = fold(re.sub(r"[^\w\s'’-]", " ", re.split(r"[.;:!?(),]\s", text[:start])[-1])).replace("'", " ").split()
    return any(word in PLACE_WORDS or word.rstrip("s") in PLACE_WORDS for word in before[-4:])
