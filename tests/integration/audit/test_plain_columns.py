"""What the database writes by itself is, byte for byte, what we would write by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, models, transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agreements.models import Instrument
from audit.exports import Listing, Plain, lines_of
from audit.models import Export, ExportEnd
from tests.factories import AT, ExportFactory, WaiverFactory
from tests.guards import lifted
from waivers.models import Waiver

pytestmark = pytest.mark.django_db

FIRST = ["=", "+", "-", "@", "\t", "\r", "\n", "'", '"', ",", " ", "", "\\.", "\\N", "\\", "A", "é", "𝄞", "\x7f"]
LAST = ["", "\n", "\r\n", '"', ",", " ", "NULL", "'", "=1+1", "\\."]
nul = [] if connection.vendor == "postgresql" else ["\x00", "\x00=", "a\x00b"]  # PostgreSQL keeps none
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
texts = st.builds(
    "{}{}{}".format, st.sampled_from([*FIRST, *nul]), st.text(characters, max_size=8), st.sampled_from(LAST)
)
amounts = st.decimals(0, 10**11, places=2) | st.none()
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
moments = st.builds(datetime.combine, days, st.times(timezones=st.just(UTC))) | st.just(AT)


def both(plain: Plain) -> tuple[bytes, bytes]:
    """The file as the database writes it, and as it is written by hand, with as many rows each."""
    columns = tuple(plain.paths)
    by_database = list(lines_of(Listing("x", columns, plain), []))
    by_hand = list(lines_of(Listing("x", columns, (row for row in plain)), []))
    assert sum(rows for _, rows in by_database) == sum(rows for _, rows in by_hand) == plain.rows.count()
    return b"".join(line for line, _ in by_database), b"".join(line for line, _ in by_hand)


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(st.tuples(texts, texts, moments, st.none() | moments, days, st.booleans(), st.integers(0, 2**62))))
@example([("=1", "", AT, None, date(2000, 2, 29), True, 0), ("", "\\.", AT, AT, date(1900, 1, 1), False, 1)])
def test_texts_moments_days_numbers_and_yes_or_no(rows: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        for text, other, at, known_at, as_of, complete, number in rows:
            made = ExportFactory(filter=text, path=other, at=at, known_at=known_at, as_of=as_of)
            ExportEnd.objects.create(export=made, at=at, rows=number, size=1, sha256="0" * 64, complete=complete)
        paths = ("export__filter", "export__path", "at", "export__known_at", "export__as_of", "complete", "rows", "id")
        database, hand = both(Plain(ExportEnd.objects.order_by("-id"), paths))
        transaction.set_rollback(True)
    assert database == hand


@pytest.mark.slow
@settings(max_examples=40)
@given(st.lists(st.tuples(texts, texts, amounts, st.none() | days), max_size=8))
def test_amounts_and_what_is_reached_through_keys_that_may_lead_nowhere(rows: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        before = None
        for title, debt, amount, executed in rows:
            made = WaiverFactory(title=title or "x", executed=executed, extends=before)
            with lifted():  # past the history, which the database refuses to anybody else
                models.QuerySet(Instrument).filter(pk=made.instrument_id).update(
                    title=debt, principal_outstanding=amount
                )
            before = made
        paths = ("title", "instrument__title", "instrument__principal_outstanding", "executed", "extends__title")
        database, hand = both(Plain(Waiver.objects.order_by("id"), (*paths, "recorded_in_error")))
        known, known_by_hand = both(Plain(Waiver.objects.known_at(AT).order_by("id"), paths))
        transaction.set_rollback(True)
    assert database == hand
    assert known == known_by_hand


def test_more_rows_than_are_taken_at_once() -> None:
    Export.objects.bulk_create(
        ExportFactory.build(filter=f"line {n}\n" * (n % 3), at=AT + timedelta(seconds=n), by=None) for n in range(2500)
    )
    database, hand = both(Plain(Export.objects.order_by("-at"), ("filter", "at", "actor_name")))
    assert database == hand
    assert database.count(b"line 1\n") == 1


def test_nothing_found_and_nothing_to_find_are_the_head_and_no_rows() -> None:
    for rows in (Export.objects.all(), Export.objects.none(), Export.objects.filter(pk__in=[])):
        database, hand = both(Plain(rows, ("filter", "what")))
        assert database == hand == b"\r\nfilter,what\r\n"


def test_one_column_alone_is_the_same_too() -> None:
    for text in ("", "\\.", "=1", " "):
        ExportFactory(filter=text)
    database, hand = both(Plain(Export.objects.order_by("id"), ("filter",)))
    assert database == hand == b'\r\nfilter\r\n""\r\n\\.\r\n\'=1\r\n \r\n'


def test_a_value_of_the_filter_is_bound_and_not_pasted() -> None:
    ExportFactory(filter="it's 100% ${x} %s \\ it", what="a")
    for text in ("it's 100% ${x} %s \\ it", "'; DROP TABLE audit_export; --", "%(x)s"):
        database, hand = both(Plain(Export.objects.filter(filter=text), ("filter", "what")))
        assert database == hand
        assert database.endswith(b"it,a\r\n") == text.startswith("it's")


def test_a_column_that_is_not_plain_is_refused() -> None:
    with pytest.raises(TypeError, match="no plain column"):
        list(lines_of(Listing("x", ("a", "b"), Plain(Export.objects.all(), ("what", "columns"))), []))


def test_an_amount_has_the_places_of_its_column() -> None:
    waiver = WaiverFactory()
    for amount, said in (
        (Decimal(5), b"5.00"),
        (Decimal("0.1"), b"0.10"),
        (Decimal("99999999999.99"), b"99999999999.99"),
    ):
        with lifted():  # past the history, which the database refuses to anybody else
            models.QuerySet(Instrument).filter(pk=waiver.instrument_id).update(principal_outstanding=amount)
        database, hand = both(Plain(Waiver.objects.all(), ("instrument__principal_outstanding", "ref")))
        assert database == hand
        assert said in database


@pytest.mark.postgres
def test_a_server_with_another_style_of_dates_writes_the_same() -> None:
    ExportFactory()
    with connection.cursor() as cursor:
        cursor.execute("SET datestyle TO 'SQL, DMY'")
    database, hand = both(Plain(Export.objects.all(), ("as_of", "at")))
    assert database == hand
    assert b"2000-01-31,2000-01-31T15:00:00+00:00" in database
