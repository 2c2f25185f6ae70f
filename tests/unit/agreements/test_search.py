"""What a word is, what reaches the database of what somebody typed, and what an excerpt shows."""

from __future__ import annotations

import re

import pytest

from agreements.models import Party
from agreements.search import AROUND, LONGEST_WORD, PARTIES, excerpt, words_of

ONLY_QUOTED_PREFIXES = re.compile(r"""(["'])[^\W_]+\1(:?)\*(?: (?:AND|&) \1[^\W_]+\1\2\*)*""")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cit-2000", ["cit", "2000"]),
        ("12 3/4%", ["12", "3", "4"]),
        ("Lexington  prec", ["Lexington", "prec"]),
        ("a_b a.b a:b", ["a", "b"]),
        ("Zürich’s Genossenschaft", ["Zürich", "s", "Genossenschaft"]),
        ("%%% --- ''", []),
        ("", []),
    ],
)
def test_a_word_is_a_run_of_letters_and_digits(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    "text",
    [
        'x"y',
        "x'y",
        "a* OR b*",
        "ref:lpc",
        "NEAR(a b)",
        "AND",
        "a & !b | (c)",
        r"a\b",
        "a\x00b",
        "a%sb",
        "'; DROP TABLE agreements_party; --",
    ],
)
def test_nothing_that_is_typed_is_an_operator(text: str) -> None:
    sql, parameters = PARTIES.matching(Party.objects.all(), text).query.sql_with_params()
    [query] = parameters
    assert ONLY_QUOTED_PREFIXES.fullmatch(query)
    assert "DROP" not in sql


@pytest.mark.parametrize("text", ["", "  ", "%", "-", "x" * (LONGEST_WORD + 1)])
def test_what_has_no_word_or_one_that_no_index_keeps_matches_nothing(text: str) -> None:
    assert PARTIES.matching(Party.objects.all(), text).query.is_empty()


def test_an_excerpt_marks_every_word_that_begins_as_typed_and_only_at_its_beginning() -> None:
    said = "The Lender hereby  waives\nany Default; the waiver of the defaulting party is no unwaivable right."
    assert excerpt(said, "WAIV default") == (
        "The Lender hereby <mark>waives</mark> any <mark>Default</mark>; the <mark>waiver</mark> of the "
        "<mark>defaulting</mark> party is no unwaivable right."
    )


def test_an_excerpt_of_a_long_text_is_cut_between_words_about_the_first_match() -> None:
    shown = excerpt("before " * 1000 + "covenant" + " after" * 1000, "coven")
    text = re.sub("<[^>]*>", "", shown)
    assert text.startswith("… before before")
    assert text.endswith("after after …")
    assert shown.count("<mark>covenant</mark>") == 1
    assert len(text) <= 2 * AROUND + len("covenant") + len("…  …")


def test_an_excerpt_of_one_endless_word_is_short_too() -> None:
    assert len(excerpt("x" * 100_000, "xxx")) < 3 * AROUND
    assert len(excerpt("x" * 100_000 + " word " + "y" * 100_000, "word")) < 3 * AROUND


def test_an_excerpt_escapes_what_the_text_says() -> None:
    assert excerpt("<script>alert(1)</script> & more", "script") == (
        "&lt;<mark>script</mark>&gt;alert(1)&lt;/<mark>script</mark>&gt; &amp; more"
    )


@pytest.mark.parametrize(("said", "text"), [("", "word"), ("words", ""), ("words", "%"), ("words", "ords")])
def test_there_is_no_excerpt_where_nothing_matches(said: str, text: str) -> None:
    assert excerpt(said, text) == ""
