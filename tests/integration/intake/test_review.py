"""A document is brought in, read, gone through term by term, and becomes the facts: of it and of nothing else."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from agreements.models import Desk, Instrument, Party
from intake import example
from intake.models import Incoming
from intake.review.jobs import read_what_waits
from tests import personas
from waivers.models import Waiver
from waivers.positions import answer, groups_at

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
EXHIBIT = Path(example.__file__).parent / "exhibit-10-106.txt"


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def desk(db: None) -> Desk:
    personas.officer()
    return Desk.objects.get()


@pytest.fixture
def officer(desk: Desk) -> Client:
    client = Client()
    client.force_login(desk.members.get(is_head=True).user)
    return client


def bring(client: Client, desk: Desk, data: bytes, name: str = "exhibit-10-106.txt") -> Incoming:
    """Bring one file in and have it read."""
    file = SimpleUploadedFile(name, data)
    response = client.post("/intake/", {"documents": [file], "desk": desk.pk})
    assert response.status_code == 302, response.content.decode()
    read_what_waits(lambda: NOW)
    return Incoming.objects.order_by("-id")[0]


def judge(client: Client, incoming: Incoming, key: str, outcome: str, **fields: Any) -> Any:
    anchor = f"term-{key.replace('.', '-')}"
    posted = {f"{anchor}-{name}": value for name, value in fields.items() if name != "register"}
    posted |= {"outcome": outcome} | ({"register": fields["register"]} if outcome == "accepted" and fields else {})
    if outcome != "accepted" and "register" in fields:
        posted[f"{anchor}-register"] = fields["register"]
    return client.post(f"/intake/{incoming.pk}/terms/{key}/", posted)


def accept_all(client: Client, incoming: Incoming) -> None:
    """Accept each term as it is shown."""
    page = client.get(f"/intake/{incoming.pk}/").content.decode()
    for form in re.findall(r"<form.*?</form>", page, re.DOTALL):
        key = re.search(rf'action="/intake/{incoming.pk}/terms/([^/]+)/"', form)
        if key and 'value="accepted"' in form:
            register = re.search(r'name="register" value="([^"]*)"', form)
            assert (
                judge(
                    client, incoming, key[1], "accepted", **({"register": register[1]} if register else {})
                ).status_code
                == 302
            )


def questions(client: Client, incoming: Incoming) -> dict[str, Any]:
    """The last questions as they are filled in."""
    form = client.get(f"/intake/{incoming.pk}/record/").context["form"]
    found = {name: form.initial.get(name) for name in form.fields}
    found |= {"desk": incoming.desk_id, "offers": [key for key, _ in form.fields["offers"].choices]}
    return {name: value for name, value in found.items() if value not in (None, False)}


def record(client: Client, incoming: Incoming, **answers: Any) -> Any:
    """See what it would change, and record just that."""
    posted = questions(client, incoming) | answers
    shown = client.post(f"/intake/{incoming.pk}/record/", posted | {"step": "preview"})
    assert shown.status_code == 200, re.findall(r'role="alert">([^<]*)', shown.content.decode())
    sealed = {"step": "record", "previewed": shown.context["previewed"]}
    return client.post(f"/intake/{incoming.pk}/record/", posted | sealed)


def test_the_founding_document_becomes_the_waiver_in_an_empty_register(officer: Client, desk: Desk) -> None:
    incoming = bring(officer, desk, EXHIBIT.read_bytes())
    assert (incoming.state, incoming.kind, Waiver.objects.count(), Party.objects.count()) == ("read", "text", 0, 0)
    accept_all(officer, incoming)
    assert Waiver.objects.count() == 0, "nothing enters unrecorded"
    done = record(officer, incoming)
    waiver = Waiver.objects.get()
    assert done["Location"] == f"/waivers/{waiver.ref}/"
    assert (waiver.dated_as_of, waiver.effective_from, waiver.executed) == (date(2000, 1, 31),) * 3
    assert (waiver.until_date, waiver.until_inclusive, waiver.until_text) == (
        date(2000, 5, 1),
        False,
        "until May 1, 2000",
    )
    assert waiver.instrument.title == "Loan and Security Agreement"
    assert [grantor.party.name for grantor in waiver.grantors.all()] == ["The CIT Group/Equipment Financing, Inc."]
    [trigger] = waiver.triggers.all()
    assert (trigger.on_acceleration, trigger.on_remedies, trigger.by, trigger.effect) == (
        True,
        True,
        "holder,trustee",
        "automatic",
    )
    assert {line.instrument.title for line in waiver.scope_lines.all()} == {
        "14% Junior Subordinated Notes due May 1, 2000",
        "Junior Subordinated Convertible Increasing Rate Notes due May 1, 2000",
        "12 3/4% Senior Subordinated Notes due February 1, 2000",
    }
    assert {line.due for line in waiver.scope_lines.all()} == {date(2000, 2, 1)}
    assert state_of(waiver.instrument, date(2000, 3, 1)) == "waived"
    assert (state_of(waiver.instrument, date(2000, 5, 1)), Instrument.objects.count()) == ("event_of_default", 4)


def state_of(instrument: Instrument, on: date) -> str:
    """The state of an instrument as of a date."""
    found = answer(groups_at([instrument.group], today=on), on)
    return str(next(item.state for item in found.instruments if item.ref == instrument.ref))
