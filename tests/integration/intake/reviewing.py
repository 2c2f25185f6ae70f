"""Bringing a document in and going through it as an officer does, by the pages alone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from agreements.models import Desk, Instrument
from intake import example
from intake.models import Incoming
from intake.review.jobs import read_what_waits
from intake.review.sheet import Item
from waivers.positions import answer, groups_at

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
EXHIBIT = Path(example.__file__).parent / "exhibit-10-106.txt"


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
    """The last questions as they are filled in, with everything that is offered."""
    form = client.get(f"/intake/{incoming.pk}/record/").context["form"]
    found = {name: form.initial.get(name) for name in form.fields}
    found |= {"offers": [key for key, _ in form.fields["offers"].choices]}
    return {name: value for name, value in found.items() if value not in (None, False)}


def record(client: Client, incoming: Incoming, **answers: Any) -> Any:
    """See what it would change, and record just that."""
    posted = questions(client, incoming) | answers
    shown = client.post(f"/intake/{incoming.pk}/record/", posted | {"step": "preview"})
    assert shown.status_code == 200, re.findall(r'role="alert">([^<]*)', shown.content.decode())
    sealed = {"step": "record", "previewed": shown.context["previewed"]}
    return client.post(f"/intake/{incoming.pk}/record/", posted | sealed)


def state_of(instrument: Instrument, on: date) -> str:
    """The state of an instrument as of a date."""
    found = answer(groups_at([instrument.group], today=on), on)
    return str(next(item.state for item in found.instruments if item.ref == instrument.ref))


def page(client: Client, incoming: Incoming) -> str:
    return " ".join(client.get(f"/intake/{incoming.pk}/").content.decode().split())


def item(client: Client, incoming: Incoming, key: str) -> Item:
    found = client.get(f"/intake/{incoming.pk}/").context["sheet"].item(key)
    assert found is not None
    return found
