"""Counsel's CSV as a spreadsheet reads it."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from agreements.models import Instrument
from audit.signing import signed
from tests.factories import HolderActionFactory
from tests.integration.screens.conftest import BY, Register
from waivers.models import Waiver

HEAD = ["export", "as of", "known at", "made at"]


def fetch(client: Client, name: str, **asked: str) -> bytes:
    response = client.get(f"/exports/{name}.csv", asked)
    assert response.status_code == 200
    assert isinstance(response, StreamingHttpResponse)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith(f'attachment; filename="{name}-')
    return b"".join(response)


def read(data: bytes) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The head as a mapping, and the rows by column."""
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert [row[0] for row in rows[:4]] == HEAD
    assert rows[4] == []
    return dict(rows[:4]), [dict(zip(rows[5], row, strict=True)) for row in rows[6:]]


def test_the_waivers_register_is_headed_and_says_what_the_answer_says(officer: Client) -> None:
    head, rows = read(fetch(officer, "waivers", as_of="2000-03-01"))
    assert (head["export"], head["as of"], head["known at"]) == ("waivers", "2000-03-01", "now")
    assert datetime.fromisoformat(head["made at"]).tzinfo is not None
    [cit] = [row for row in rows if row["waiver"] == "cit-2000-01-31"]
    expected = {
        "instrument": "cit-lsa",
        "granted by": "cit",
        "until (words)": "until May 1, 2000",
        "until (date)": "2000-05-01",
        "date included": "no",
        "last day by its words": "2000-04-30",
        "status": "in_force",
        "ended on": "",
    }
    assert cit | expected == cit
    assert len(rows) == 4


def test_default_lines_payments_and_actions_are_those_of_the_date(register: Register, officer: Client) -> None:
    _, lines = read(fetch(officer, "default-lines", as_of="2000-03-01", borrower="lpc"))
    cit = [row for row in lines if row["instrument"] == "cit-lsa"]
    assert {row["root"] for row in cit} == {
        "jr14-2000-02-01-interest",
        "sr-sub-2000-02-01-interest",
        "sr-sub-2000-02-01-principal",
    }
    assert {(row["state"], row["waived through"], row["waiver"]) for row in cit} == {
        ("waived", "2000-04-30", "cit-2000-01-31")
    }
    _, payments = read(fetch(officer, "payments", as_of="2000-03-01"))
    [moved] = [row for row in payments if row["payment"] == "sr-unsec-principal"]
    assert (moved["first due"], moved["due"], moved["missed as of"]) == ("2000-02-01", "2000-05-01", "no")
    assert {row["payment"] for row in payments if row["missed as of"] == "yes"} == {row["root"] for row in cit}
    HolderActionFactory(instrument=Instrument.objects.get(ref="sr-sub"), ref="moved")
    _, before = read(fetch(officer, "holder-actions", as_of="2000-03-14"))
    _, after = read(fetch(officer, "holder-actions", as_of="2000-03-15"))
    assert (before, [row["action"] for row in after]) == ([], ["moved"])


@pytest.mark.parametrize("name", ["waivers", "default-lines", "payments", "holder-actions"])
def test_a_stranger_and_the_time_before_the_register_get_the_head_and_no_rows(register: Register, name: str) -> None:
    assert read(fetch(register.client("stranger"), name, as_of="2000-03-01"))[1] == []
    head, rows = read(fetch(register.client("counsel"), name, known_at="1999-12-31T12:00"))
    assert rows == []
    assert head["known at"].startswith("1999-12-31T12:00:00")


def test_a_byte_order_mark_comes_on_request_only(officer: Client) -> None:
    assert fetch(officer, "waivers", bom="1").startswith(b"\xef\xbb\xbfexport")
    assert fetch(officer, "waivers").startswith(b"export")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("as_of=2000-02-30", "As of must be a date"),
        ("known_at=x", "Known at must be a moment"),
        ("known_at=9999-12-31T23:59", "Known at must be a moment"),
    ],
)
def test_a_wrong_date_is_told_in_a_sentence(officer: Client, asked: str, said: str) -> None:
    response = officer.get(f"/exports/waivers.csv?{asked}")
    assert response.status_code == 400
    assert said in b"".join(response if response.streaming else [response.content]).decode()


def test_a_title_that_is_a_formula_reaches_no_spreadsheet_as_one(officer: Client) -> None:
    title = '=HYPERLINK("https://evil.example","click")'
    with signed(BY, "as the paper has it"):
        waiver = Waiver.objects.get(ref="cit-2000-01-31")
        waiver.title = title
        waiver.save()
    _, rows = read(fetch(officer, "waivers"))
    assert f"'{title}" in {row["title"] for row in rows}
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r", "\n", "-"))]
