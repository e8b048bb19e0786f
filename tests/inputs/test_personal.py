"""Personal data are seen where they are, and not where they are not."""

# ruff: noqa: E501  (lists of examples)
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prs_eval.inputs.naming import column_named
from prs_eval.inputs.personal import personal_content, personal_header
from prs_eval.inputs.tables import TABLES


@pytest.mark.parametrize("header", ["Nom", "NOM", "Prénom", "Nom et prénom", "Nom de naissance", "Nom de famille", "Téléphone", "tél.", "N° de portable", "Mail", "E-mail", "Courriel", "NIR", "N° sécu", "Numéro de sécurité sociale", "Adresse", "Date de naissance", "Né(e) le", "name", "Last name", "Phone number", "Nationalité"])  # fmt: skip
def test_headers_of_personal_data_are_seen(header: str) -> None:
    assert personal_header(header)


@pytest.mark.parametrize("header", ["Nom de la structure", "Nom du partenaire", "Remarque", "Nombre", "Tranche d'âge", "Lieu", "Personnes présentes", "Nominations", "Hôtel", "Motif"])  # fmt: skip
def test_other_headers_are_left_alone(header: str) -> None:
    assert not personal_header(header)


def test_every_title_of_every_table_is_known_before_it_is_suspected() -> None:
    for table in TABLES.values():
        for column in table.columns:
            assert {column_named(table, t) for t in (column.name, *column.title)} == {column.name}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("06 12 34 56 78", "téléphone"), ("voir 06.12.34.56.78 svp", "téléphone"), ("+33 6 12 34 56 78", "téléphone"),
        ("0033612345678", "téléphone"), ("03-20-49-50-00", "téléphone"), ("06/12/34/56/78", "téléphone"),
        ("+32 470 12 34 56", "téléphone"), ("612345678", "téléphone"),
        ("ecrire a marie.d@example.org", "électronique"), ("marie (at) example.org", "électronique"),
        ("1 85 05 78 006 084 91", "NIR"), ("185057800608491", "NIR"), ("1850578006084", "NIR"), ("1.85.05.78.006.084-91", "NIR"),
        ("2 85 05 2A 006 084 82", "NIR"),
        ("vu Mme Dupont hier", "nom"), ("M. Benali", "nom"), ("Docteur Martin reçoit", "nom"), ("avec Marie Dupont", "nom"),
        ("DUPONT Marie", "nom"), ("mme dupont", "nom"), ("Mme D.", "nom"), ("Oumou Diallo", "nom"), ("Jean-Pierre de La Tour", "nom"), ("Fatima El Amrani", "nom"),
        ("m.d arobase example.org", "électronique"), ("m.d [at] example.org", "électronique"),
        ("12 bis, rue de Lens", "adresse postale"), ("suivie, 3 avenue Foch 59800 Lille", "adresse postale"), ("vit au 3 avenue Foch", "adresse postale"),
        ("né le 3 mars 1954", "date de naissance"), ("DDN 12/03/80", "date de naissance"), ("née le 1980-03-12", "date de naissance"),
        ("originaire du Maroc", "origine"), ("elle est née en Côte d'Ivoire", "origine"), ("usager de nationalité roumaine", "origine"), ("country of birth: Mali", "origine"),
    ],
)  # fmt: skip
def test_personal_data_in_a_text_are_seen(text: str, kind: str) -> None:
    assert kind in (personal_content(text, names=True, addresses=True) or "")


@pytest.mark.parametrize("header", ["Origine", "Pays", "Country", "Contact", "Initiales"])
def test_headers_that_are_personal_only_where_rows_are_people(header: str) -> None:
    assert personal_header(header, people=True)
    assert not personal_header(header)


@pytest.mark.parametrize(
    "text",
    [
        "rue du Docteur Calmette", "école Jean Jaurès", "Salle Jean Macé", "collège Madame de Staël", "Octobre Rose",
        "Hôpital Saint-Vincent-de-Paul", "Maison de santé Marie Curie", "12 séances de 10 personnes", "2018-03-14 2019-04-15",
        "du 14/03/2018 au 15/04/2018", "le 01/02/2018 15h30",
        "Budget 1 234 567,89 €", "185057800608490", "S-2018-05-03-01", "place Jean-Baptiste Lebas",
        "Ateliers cuisine à Fives", "Forum santé du Faubourg de Béthune", "Semaine @ vélo", "Journée mondiale du Diabète",
        "Permanence au 4 rue des Postes", "Stand, 65 rue Saint-Bernard 59000 Lille", "12 places, 3 cours", "Vit mieux son diabète", "À domicile",
        "Action née le 12/03/2014", "née en 2014", "Projet né à Moulins", "Toutes nationalités", "Produits d'origine locale", "Femmes originaires du Maroc",
        "Rencontre avec madame la maire", "Mme et M. tous publics", "Madame tout le monde", "Stand at www.example.org",
    ],
)  # fmt: skip
def test_what_is_not_personal_is_left_alone(text: str) -> None:
    assert personal_content(text, names=True, addresses=True) is None


@given(st.integers(600_000_000, 699_999_999), st.sampled_from(["", " ", ".", "-"]))
def test_any_french_mobile_is_seen_however_it_is_spaced(number: int, space: str) -> None:
    digits = f"0{number}"
    assert personal_content("contact : " + space.join(digits[i : i + 2] for i in range(0, 10, 2)))


@given(
    st.integers(1, 2),
    st.integers(0, 99),
    st.integers(1, 12),
    st.integers(1, 95),
    st.integers(1, 999),
    st.integers(1, 999),
)
def test_any_nir_with_its_key_is_seen_and_a_wrong_key_is_not(
    sex: int, year: int, month: int, place: int, town: int, order: int
) -> None:
    number = f"{sex}{year:02}{month:02}{20 if place == 20 else place:02}{town:03}{order:03}"
    key = 97 - int(number) % 97  # INSEE: 97 minus the remainder of the number by 97
    assert "NIR" in (personal_content(f"n° {number}{key:02}") or "")
    assert "NIR" not in (personal_content(f"n° {number}{(key % 97) + 1:02}") or "")
