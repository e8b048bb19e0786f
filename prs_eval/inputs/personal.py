"""Personal data that must not come in: headers that announce it, cells that hold it.

The answer names the kind of what was found, never the value.
"""

from __future__ import annotations

import re
from functools import cache

from prs_eval.i18n import _, fold
from prs_eval.inputs.person_names import FIRST_NAMES, ORIGINS, PLACE_WORDS, THINGS, VENUE_WORDS

MAX_CHARACTERS = 2000  # longer cells are refused as such; the patterns need not run on them

_HEADER = re.compile(
    r"(?:(?:le |votre )?(?:pre)?noms?(?:(?: et| de| du| de la| d| et de| /)? ?(?:prenoms?|famille|naissance|usage|"
    r"jeune fille|patrony\w*|patiente?|participante?|personne|usagere?|usager|beneficiaire|ambassadeur\w*|habitante?|"
    r"medecin|contact|complet|l'usager|l'habitant|l'ambassadeur))*|prenoms?|"
    r"(?:last|first|full|family|given|birth|maiden|person|patient|participant|ambassador)? ?(?:name|surname)s?)"
)
_HEADER_WORDS = re.compile(
    r"\b(?:prenoms?|surname|telephones?|tel|tels|portables?|mobiles?|gsm|phones?|e ?mails?|mails?|courriels?|mel|"
    r"nirs?|nir|secu|securite sociale|numero ss|n° ss|numss|social security|adresses?|address|domicile|rue|street|"
    r"naissance|nee? (?:le|en)|ne\(e\) (?:le|en)|ddn|birth|birthday|birthdate|dob|iban|nationalite|nationality|"
    r"origine (?:ethnique|geographique|culturelle)|ethnicity|ethnie|pays d'origine|country of origin|religion|identite|"
    r"patronyme|forename|(?:n°|no|num|numero) ?(?:d'|caf)? ?(?:allocataire|caf))\b"
)
# Said of a structure or a need, these mean something else; said of people, what must not be collected.
_PEOPLE_HEADER = re.compile(r"origines?|origin|pays|country|contacts?|initiales|initials|anniversaire|d\.d\.n\.?")

_AT = re.compile(r"@|[(\[]at[)\]]|arobase", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+\s?(?:@|[(\[](?:at|arobase)[)\]]|\sarobase\s)\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
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
# Civilities in any case, before a name or its initial but not before an office: « madame la maire ».
_TITLED_ANYHOW = re.compile(
    r"(?<![\w.'’])(?:mme|mlle|mr|monsieur|madame|mademoiselle)\.?\s+"
    r"(?!(?:et|ou|le|la|les|l['’]|de|du|des|tout|maire)(?:\b|['’]))(?:[^\W\d_]{3}|[^\W\d_](?:\.|$|\s))",
    re.IGNORECASE,
)

# The rest is sought in folded text: small letters, no accents, no dashes.
_STREET = (
    r"\b\d{1,4}(?: ?(?:bis|ter|quater|[a-d]))?,? (?:rue|r\.|avenue|av\.?|boulevard|bd|bld|allee|impasse|place|chemin|"
    r"route|quai|square|passage|chaussee|street|road) [a-z'][^:;|]{2,60}"
)
_ADDRESS = re.compile(_STREET)
_POSTCODE = re.compile(r"\b\d{5}\b")
_HOME = re.compile(
    r"\b(?:habit(?:e|ant)|resid(?:e|ant)|demeur(?:e|ant)|domiciliee?|hebergee?|loge|vit|lives|living)\b[^.;:|]{0,25}"
    + _STREET
)
_MONTH = r"(?:janv|fevr|mars|avri|mai|juin|juil|aout|sept|octo|nove|dece|janu|febr|marc|apri|may|june|july|augu)[a-z]*"
_DATE = (
    r"(?:\d{1,2}[ /.]\d{1,2}[ /.]\d{2,4}|\d{4} \d{2} \d{2}|"
    rf"\d{{1,2}}(?:er|st|nd|rd|th)? {_MONTH} \d{{2,4}})\b"
)
_BORN = re.compile(
    rf"\b(?:nee?|ne\(e\)|(?:date de )?naissance|ddn|born(?: on)?|date of birth|dob) ?[:=]? ?(?:le )?{_DATE}"
)
_ORIGIN = rf"(?:(?:du|de la|de l'|des|de|d'|au|aux|en|a|la|le|l'|:|=) ?){{0,2}}(?:{'|'.join(ORIGINS)})[a-z]*"
_TRAIT = rf"(?:(?:de )?nationalite ?{_ORIGIN}|d'origine {_ORIGIN}|originaire {_ORIGIN}|nee? (?:au|en|aux|a) {_ORIGIN})"
_ONE = (
    r"\b(?:patiente?|personne|habitante?|usagere?|beneficiaire|ambassadeur|ambassadrice|participante?|dame|femme|homme|"
    r"monsieur|madame|mme|mere|pere|jeune|fille|garcon|elle|il)\b"
)
_FROM = re.compile(
    rf"(?:^|{_ONE}[^.;|]{{0,40}}\b){_TRAIT}|"
    r"\b(?:nationalite|(?:pays|lieu) (?:d'origine|de naissance)|nationality|(?:country|place) of (?:birth|origin))"
    r" ?[:=] ?[a-z]{3}"
)


def personal_header(header: str, *, people: bool = False) -> bool:
    """Whether a column header announces names, contact details, a birth date, a NIR or an origin.

    people: the table has a row a person, so that « Pays » or « Origine » are theirs.
    """
    folded = fold(header).rstrip("*: ").replace("n°", "n° ").replace("  ", " ")
    return bool(
        _HEADER.fullmatch(folded) or _HEADER_WORDS.search(folded) or (people and _PEOPLE_HEADER.fullmatch(folded))
    )


def mask() -> str:
    """What stands for a cell that may hold personal data."""
    return _("[masqué]")


def personal_content(
    text: str, *, names: bool = False, organisation: bool = False, addresses: bool = False
) -> str | None:
    """The kind of personal data that `text` holds, in the current language, or None.

    E-mail addresses, telephone numbers (France, or international with +) and NIR are always sought; with
    `names`, also persons' names: a civility or a common first name beside a capitalised word, unless a
    place is named after them; and somebody's home, date of birth or origin. With `addresses`, also a text
    that is an address or holds a whole one, unless a place or an event is said to be there. Where an
    `organisation` is expected, a civility at the start. A NIR of 15 figures counts where its control key is
    right; one of 13 has no key and counts by its form.
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
    return _trait(fold(text), addresses) if names else None


def _trait(folded: str, addresses: bool) -> str | None:
    """The kind of what a text says of somebody: where they live, when or where they were born."""
    if _HOME.search(folded) or (addresses and _holds_address(folded)):
        return _("une adresse postale")
    born = _BORN.search(folded)
    if born and not THINGS & set(re.findall(r"[a-z]+", folded[: born.start()])[-4:]):
        return _("une date de naissance")
    return _("une nationalité ou une origine") if _FROM.search(folded) else None


def _holds_address(folded: str) -> bool:
    found = _ADDRESS.search(folded)
    if found is None or VENUE_WORDS & set(re.findall(r"[a-z]+", folded[: found.start()])):
        return False
    return _ADDRESS.fullmatch(folded) is not None or _POSTCODE.search(folded, found.start()) is not None


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
    for found in (*_TITLED.finditer(text), *_TITLED_ANYHOW.finditer(text)):
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
