"""The one form of a text: Python and PostgreSQL agree on it for every character there is, and people find by it."""

import sys
import unicodedata
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.folding import fold

CHARACTERS = [chr(code) for code in range(1, sys.maxunicode + 1) if unicodedata.category(chr(code)) not in ("Cn", "Cs")]
"""All that this Python's Unicode knows: what PostgreSQL's newer one knows beyond it never changes for these."""


@pytest.fixture(scope="module")
def database(server: EmbeddedServer) -> Any:
    with psycopg.connect(server.owner_url) as connection:
        yield connection


def in_database(database: Any, function: str, texts: list[str]) -> list[Any]:
    sql = f"SELECT kernel.{function}(given) FROM unnest(%s::text[]) WITH ORDINALITY AS one (given, at) ORDER BY at"
    return [row[0] for row in database.execute(sql, [texts]).fetchall()]


def test_python_and_postgresql_fold_every_character_alike(database: Any) -> None:
    folded = in_database(database, "fold", CHARACTERS)

    assert [
        (one, fold(one), theirs) for one, theirs in zip(CHARACTERS, folded, strict=True) if fold(one) != theirs
    ] == []


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.sampled_from(CHARACTERS), max_size=30), max_size=30))
def test_python_and_postgresql_fold_every_text_alike(database: Any, texts: list[str]) -> None:
    assert in_database(database, "fold", texts) == [fold(one) for one in texts]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), max_size=30))
def test_no_name_and_no_search_is_more_than_postgresql_can_take(database: Any, texts: list[str]) -> None:
    sql = "SELECT kernel.search_vector(given) @@ kernel.search_query(given) FROM unnest(%s::text[]) AS given"

    assert all(found is not False for (found,) in database.execute(sql, [texts]).fetchall())


def test_a_profile_name_of_a_megabyte_is_searchable_by_its_beginning(database: Any) -> None:
    name = "Asha " + "x" * 1_000_000 + "\ufdfa" * 1_000

    [found] = database.execute(
        "SELECT kernel.search_vector(%(name)s) @@ kernel.search_query('asha')", {"name": name}
    ).fetchone()

    assert found


@pytest.mark.parametrize(
    ("name", "searches"),
    [
        ("İlker Çelik", ["İlker", "ilker", "i̇lker", "ILKER", "celik", "ÇELİK ilk"]),
        ("Işık", ["isik", "ışık", "IŞIK"]),
        ("Straẞer", ["straẞer", "straßer", "strasser", "STRASSER"]),
        ("ΟΔΥΣΣΕΥΣ", ["ΟΔΥΣΣΕΥΣ", "οδυσσευς", "Οδυσσεύς", "οδυσσευσ"]),
        ("O’Brien", ["O'Brien", "O’Brien", "obrien", "oʼbrien", "o`b", "brien", "o brien"]),
        ("小王明", ["王", "王明", "小王", "明"]),
        ("김민수", ["민수", "김", "김민수"]),
        ("आशा भोसले", ["आशा", "भोसले आशा"]),
        ("João Núñez", ["joao", "JOAO", "Nunez", "núñez joão", "nunez jo", unicodedata.normalize("NFD", "João Núñez")]),
        (unicodedata.normalize("NFD", "José Núñez"), ["José Núñez", "jose nunez", "nunez jose", "JOSÉ NÚÑEZ"]),
        ("Ａｓｈａ", ["asha", "ＡＳＨＡ"]),
        ("Søren Łukasz", ["soren", "lukasz", "ŁUKASZ søren"]),
        ("Jean-Luc", ["luc", "jean-luc", "jean luc"]),
    ],
)
def test_a_name_is_found_as_people_type_it(database: Any, name: str, searches: list[str]) -> None:
    sql = "SELECT kernel.search_vector(%(name)s) @@ kernel.search_query(%(search)s)"

    for search in searches:
        assert database.execute(sql, {"name": name, "search": search}).fetchone() == (True,), search


@pytest.mark.parametrize("search", ["%", "_", "\\", "'", "' | 'a", "a:*|b", "&", "!a", "", "100%"])
def test_signs_of_a_query_or_a_pattern_mean_nothing(database: Any, search: str) -> None:
    sql = "SELECT kernel.search_vector('Bela') @@ kernel.search_query(%(search)s)"

    assert database.execute(sql, {"search": search}).fetchone() in [(None,), (False,)]
