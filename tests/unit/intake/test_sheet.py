"""A draft as it is gone through: every term has its place, every character of the text is shown once."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.templatetags.words import visible
from intake.extract import terms
from intake.models import Incoming
from intake.review.jobs import words_print
from intake.review.making import slug
from intake.review.matches import plain
from intake.review.sheet import MOST_TEXT, Item, segments, sheet_of
from intake.review.terms import KINDS, Kind

KIND = KINDS["dated"]


def class_of(kind: Kind) -> Any:
    """The class of a kind's terms."""
    hint = get_type_hints(terms.Draft)[kind.name]
    names = [name for name in re.findall(r"\w+", str(hint)) if name == "Value" or name.endswith("Terms")]
    return vars(terms)[names[0]]


@pytest.mark.parametrize("name", KINDS)
def test_every_field_of_a_term_is_shown_and_can_be_corrected(name: str) -> None:
    made = class_of(KINDS[name])
    own = {field.name for field in fields(made)}
    inherited = {field.name for field in fields(terms.Term)}
    assert {box.name for box in KINDS[name].boxes} == own - inherited


def test_every_term_of_a_draft_is_gone_through() -> None:
    assert set(KINDS) == {field.name for field in fields(terms.Draft)}


@given(st.text("ab \n", max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6))
def test_the_text_is_shown_whole_and_each_terms_words_are_marked(text: str, pairs: list[tuple[int, int]]) -> None:
    spans = [(min(pair), min(max(pair), len(text))) for pair in pairs if min(pair) < len(text)]
    items = [Item(f"signed.{n}", KIND, {}, spans=(span,)) for n, span in enumerate(spans)]
    shown = segments(text, items)
    assert "".join(part.text for part in shown) == text
    for item in items:
        [(start, end)] = item.spans
        marked = "".join(part.text for part in shown if item in part.keys)
        assert marked.split() == text[start:end].split() or not text[start:end].strip()
        if start < end:
            assert sum(item in part.begins for part in shown) == 1


def test_of_a_very_long_text_what_no_term_rests_on_is_left_out() -> None:
    text = "x" * MOST_TEXT + "until May 1, 2000" + "y" * MOST_TEXT
    item = Item("ends.0", KIND, {}, spans=((MOST_TEXT, MOST_TEXT + 17),))
    shown = segments(text, [item])
    assert sum(len(part.text) + part.left_out for part in shown) == len(text)
    assert sum(len(part.text) for part in shown) < 10_000
    assert "until May 1, 2000" in [part.text for part in shown if part.keys]


def test_a_term_says_on_which_page_it_stands() -> None:
    draft = {
        "dated": {"value": "2000-05-01", "spans": [[12, 20]], "unclear": "", "confidence": "stated", "alternatives": []}
    }
    for kind, where in (("PDF", "page 2"), ("Word document", "paragraph 2"), ("text", "")):
        incoming = Incoming(kind=kind, text="x" * 40, draft=draft, places=[[0, 1, 0], [10, 2, 0], [30, 3, 0]])
        [item] = sheet_of(incoming, []).items
        assert (item.where, item.shown) == (where, [("Date", "1 May 2000, Mon")])


@pytest.mark.parametrize(
    ("text", "shown"),
    [("May \u202e1\u202c", "May ⟦U+202E⟧1⟦U+202C⟧"), ("a\u200bb", "a⟦U+200B⟧b"), ("a\tb\n\fc é", "a\tb\n\fc é")],
)
def test_what_cannot_be_seen_is_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_the_same_words_have_the_same_print_and_others_have_another() -> None:
    words = "WAIVER of 12 3/4% Notes\n\n   2\n\n<PAGE>\nuntil May 1, 2000"
    assert words_print(words) == words_print("Waiver of 12 3/4 %  notes until\nMay 1, 2000")
    assert words_print(words) != words_print(words.replace("12 3/4", "11 3/4"))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("The CIT Group/Equipment Financing, Inc.", "CIT Group Equipment Financing", True),
        ("Norwick Mills, L.L.C.", "NORWICK MILLS LLC", True),
        ("Norwick & Sons Co.", "Norwick and Sons Company", True),
        ("12 3/4% Notes", "11 3/4% Notes", False),
        ("Norwick Mills", "Norwick Dyes", False),
    ],
)
def test_names_are_compared_without_their_legal_form(one: str, other: str, same: bool) -> None:
    assert (plain(one) == plain(other)) is same


@given(st.text(max_size=200))
def test_a_ref_is_made_of_any_words(words: str) -> None:
    made = slug(words)
    assert made
    assert made.isascii()
    assert len(made) <= 60
