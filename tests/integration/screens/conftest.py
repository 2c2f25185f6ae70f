from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from agreements.models import Desk, LoanDocument, Party
from agreements.operations import attach_file
from audit.models import User
from audit.signing import sign, sign_for_the_system
from intake import example
from intake.portfolio.load import import_portfolio
from tests import personas
from waivers.operations import issue_certificate
from waivers.positions import all_groups
from waivers.sweeps import sweep

RECORDED = datetime(2000, 1, 31, 12, tzinfo=UTC)
CERTIFIED = datetime(2000, 3, 2, 12, tzinfo=UTC)
BY = sign_for_the_system("test", RECORDED)
LEXINGTON = json.loads((Path(example.__file__).parent / "lexington.json").read_bytes())


@dataclass
class Register:
    """Lexington on the desk of an officer and a colleague, swept once, and everybody who might look at it."""

    desk: Desk
    people: dict[str, User | None] = field(default_factory=dict)

    def client(self, name: str) -> Client:
        client = Client()
        if self.people[name] is not None:
            client.force_login(self.people[name])
        return client


def load(document: dict[str, Any], desk: Desk) -> None:
    import_portfolio(copy.deepcopy(document), by=BY, reason="test", monitored_from=date(2000, 1, 31), desk=desk)
    connection.check_constraints()  # as at a commit: what was written gets its links


def tenfold(document: dict[str, Any]) -> dict[str, Any]:
    """A borrower `big` with ten of everything that Lexington has."""
    parties = {party["ref"] for party in document["parties"]}
    renamed: set[str] = set()

    def refs(item: Any) -> Iterator[str]:
        if isinstance(item, dict):
            yield from ([item["ref"]] if "ref" in item else [])
            item = list(item.values())
        if isinstance(item, list):
            for part in item:
                yield from refs(part)

    def copied(item: Any, number: int) -> Any:
        if isinstance(item, dict):
            return {name: copied(part, number) for name, part in item.items()}
        if isinstance(item, list):
            return [copied(part, number) for part in item]
        return f"big{number}-{item}" if item in renamed else "big" if item == "lpc" else item

    renamed = set(refs(document)) - parties
    lists = ("agreements", "note_series", "waivers")
    return {
        **{name: document[name] for name in ("format", "title")},
        "parties": [{"ref": "big", "name": "Big (fictional)"}],
        **{name: [copied(item, number) for number in range(10) for item in document[name]] for name in lists},
    }


@pytest.fixture
def register(db: None) -> Register:
    owner = personas.officer()
    desk = Desk.objects.get()
    people = {"officer": owner, "colleague": personas.colleague(desk), "anonymous": None}
    for persona in (personas.counsel, personas.auditor, personas.administrator, personas.stranger):
        people[persona.__name__] = persona()
    load(LEXINGTON, desk)
    paper = LoanDocument.objects.get(ref="exhibit-10-106")
    attach_file(document=paper, name="exhibit-10-106.txt", data=b"WAIVER", by=BY, reason="test")
    sweep(all_groups(), date(2000, 4, 29), at=RECORDED)
    issue_certificate(
        party=Party.objects.get(ref="lpc"),
        as_of=date(2000, 3, 1),
        known_at=CERTIFIED,
        by=sign(owner, CERTIFIED),
        owner=owner,
    )
    return Register(desk, people)


@pytest.fixture
def officer(register: Register) -> Client:
    return register.client("officer")


@pytest.fixture
def see(officer: Client) -> Callable[..., str]:
    """The text of a page that the officer opens."""

    def text(path: str, status: int = 200) -> str:
        response = officer.get(path)
        assert response.status_code == status, path
        return " ".join(response.content.decode().split())

    return text
