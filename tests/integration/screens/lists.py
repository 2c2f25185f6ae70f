"""What the tests of the lists share: reading a page, and rows enough to page through."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, models
from django.test import Client

from agreements.models import Desk, Instrument, InstrumentParty
from audit.signing import Signature
from tests.factories import (
    PartyFactory,
)
from tests.guards import lifted
from tests.integration.screens.conftest import LEXINGTON
from waivers.models import Waiver
from waivers.registers import REGISTERS

EACH = pytest.mark.parametrize("name", REGISTERS)
LEX = sorted(waiver["ref"] for waiver in LEXINGTON["waivers"])
LATER = Signature(at=datetime(2000, 3, 1, tzinfo=UTC), name="later", role="system", request_id="later")


def rows(client: Client, path: str) -> list[list[Any]]:
    """The cells of each row of a page."""
    response = client.get(path)
    assert response.status_code == 200, path
    return response.context["rows"]


def refs(client: Client, path: str) -> list[str]:
    """The refs that a page lists, in its order."""
    return [cell.links[0].ref for cell, *_ in rows(client, path)]


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return " ".join(response.content.decode().split())


def raw(made: list[Any]) -> list[Any]:
    """Rows in bulk, without their history, which these tests do not read."""
    with lifted():  # past the history, which the database refuses to anybody else
        return models.QuerySet(type(made[0])).bulk_create(made)


def many(desk: Desk, count: int) -> None:
    """A borrower `large` with this many note series and as many agreements, and a waiver under each."""
    party = PartyFactory(ref="large", desk=desk)
    day = date(2001, 1, 1)
    made = raw(
        [
            Instrument(
                ref=f"large-{kind[0]}-{number}",
                kind=kind,
                title=f"{kind} {number % 3}",
                monitored_from=day,
                stated_maturity=None if number % 5 == 0 else day + timedelta(days=number // 2),
                principal_outstanding=None if number % 7 == 0 else number // 3,
            )
            for kind in Instrument.Kind
            for number in range(count)
        ]
    )
    raw([InstrumentParty(instrument=found, party=party, role="obligor") for found in made])
    raw(
        [
            Waiver(
                ref=f"large-w-{number}",
                instrument=found,
                title=f"Waiver {number % 3}",
                dated_as_of=day,
                executed=None if number % 50 == 0 else day + timedelta(days=number % 40),
                effective_from=day + timedelta(days=number // 4),
                until_date=None if number % 11 == 0 else day + timedelta(days=number // 2),
                until_inclusive=bool(number % 11 and number % 2),
            )
            for number, found in enumerate(made)
        ]
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as the database does by itself soon after so many rows are committed
