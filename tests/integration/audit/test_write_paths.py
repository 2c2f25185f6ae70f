"""Each way in which facts are written: a version with the values that are there, and who, why, in which request.

On PostgreSQL every test of the project is such a test: a transaction that leaves a fact other than its last version
says is refused when it ends, and the tests' transactions are asked that at their end.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from agreements.models import Desk, Instrument, LoanDocument, Party
from agreements.operations import attach_file
from audit.models import Fact
from audit.signing import sign_for_the_system, signed
from audit.verify import verify
from intake import example
from intake.example import load_example
from notes.models import HolderAction, Payment
from tests import personas
from tests.factories import AT, FACTORIES, factory_of
from waivers.operations import record

pytestmark = pytest.mark.django_db

FACTS = [model for model in FACTORIES if issubclass(model, Fact)]
BY = sign_for_the_system("the clock", AT)


def by_factory() -> None:
    for model in FACTS:
        factory_of(model)()


def by_save() -> None:
    by_factory()
    for model in FACTS:
        for fact in model.objects.all():
            with signed(BY, "Saved again"):
                fact.save()


def in_bulk() -> None:
    by_factory()
    with signed(BY, "In bulk"):
        Payment.objects.record_all(
            Payment(ref=f"p-{n}", instrument=Instrument.objects.first(), kind="interest", due=date(2001, 1, 1))
            for n in range(3)
        )


def by_example() -> None:
    load_example(AT)


def by_import() -> None:
    call_command("import_portfolio", str(Path(example.__file__).parent / "lexington.json"), verbosity=0)


def by_operation() -> None:
    load_example(AT)
    instrument = Instrument.objects.get(ref="sr-sub")
    action = HolderAction(
        ref="a", instrument=instrument, kind="acceleration_sought", by="trustee", occurred=date(2000, 1, 20)
    )
    record(fact=action, by=BY, reason="By telephone", today=date(2000, 1, 31))
    attach_file(
        document=LoanDocument.objects.get(ref="cit-lsa.1"),
        name="a.txt",
        data=b"words",
        by=BY,
        reason="The paper itself",
    )


def by_the_administration() -> None:
    load_example(AT)
    client, root = Client(), personas.administrator()
    root.is_superuser = root.is_staff = True
    root.save()
    client.force_login(root)
    party, desk = Party.objects.get(ref="lpc"), Desk.objects.get()
    said = {"ref": "lpc", "name": "Lexington Precision Corp.", "desk": desk.pk, "change_reason": "As it is called"}
    assert client.post(f"/admin/agreements/party/{party.pk}/change/", said).status_code == 302
    new = {"ref": "new", "name": "New", "change_reason": "A desk"}
    assert client.post("/admin/agreements/desk/add/", new).status_code == 302


WAYS: dict[str, Callable[[], Any]] = {
    "a save of something new": by_factory,
    "a save of what is there": by_save,
    "in bulk": in_bulk,
    "the example": by_example,
    "an import by its command": by_import,
    "operations": by_operation,
    "the administration": by_the_administration,
}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_whatever_wrote_it_left_a_version_that_says_what_is_there(way: str) -> None:
    WAYS[way]()
    connection.check_constraints()
    assert verify(connection, late=None).faults == [], "each fact is what its last version says, and each is linked"
    for model in FACTS:
        for row in model.history.all():
            attributed = (row.actor_name, row.actor_role, row.request_id, row.history_change_reason)
            assert all(attributed), f"{model.__name__} {row.history_id}: {attributed}"
