"""What the pages and the admin keep from people of other desks, and do not tell of what is over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from agreements.models import Instrument, LoanDocument
from audit.models import Role
from audit.signing import sign_for_the_system, signed
from notes.models import Deferral, HolderAction, Payment
from tests.factories import UserFactory
from tests.integration.screens.conftest import Register
from waivers.models import Waiver

pytestmark = pytest.mark.django_db


def staff(name: str, role: Role = Role.OFFICER) -> Client:
    """Somebody of no desk, with every permission of the admin and yet no superuser."""
    user = UserFactory(username=name, role=role, is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    client = Client()
    client.force_login(user)
    return client


def payment_of(instrument: str) -> dict[str, object]:
    of = Instrument.objects.get(ref=instrument).pk
    return {"ref": "new", "instrument": of, "kind": "interest", "due": "2001-01-01", "change_reason": "test"}


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR, Role.COUNSEL])
def test_nobody_adds_a_fact_to_another_desks_debt_or_out_of_role(register: Register, role: Role) -> None:
    response = staff("other", role).post("/admin/notes/payment/add/", payment_of("jr14"))
    assert response.status_code in (200, 403)
    assert not Payment.objects.filter(ref="new").exists()


@pytest.mark.parametrize(
    ("page", "word"),
    [
        ("agreements/instrument", "cit-lsa"),
        ("agreements/loandocument", "exhibit-10-106"),
        ("agreements/party", "lpc"),
        ("notes/payment", "jr14-2000-05-01-principal"),
        ("waivers/waiver", "cit-2000-01-31"),
        ("waivers/signatory", "Warren Delano"),
        ("alerts/alert", "waiver:cit-2000-01-31"),
    ],
)
def test_the_admin_shows_a_stranger_nothing_and_an_administrator_all(register: Register, page: str, word: str) -> None:
    assert LoanDocument.objects.exists()
    assert word not in staff("other").get(f"/admin/{page}/").content.decode()
    assert word in register.client("administrator").get(f"/admin/{page}/").content.decode()


def test_a_rescinded_waiver_is_not_listed_as_about_to_end(register: Register) -> None:
    officer, today = register.client("officer"), timezone.localdate()
    by = sign_for_the_system("test", timezone.now())
    waiver = Waiver.objects.get(ref="cit-2000-01-31")
    listed = f"Its last day is {today.day} {today:%B %Y, %a}."
    with signed(by, "test"):
        waiver.until_date = today + timedelta(days=1)
        waiver.save()
    assert listed in officer.get("/").content.decode()
    with signed(by, "test"):
        HolderAction(
            ref="call",
            instrument=Instrument.objects.get(ref="jr14"),
            kind="acceleration_sought",
            by="holder",
            occurred=date(2000, 3, 15),
        ).save()
    assert listed not in officer.get("/").content.decode()


def test_a_voided_deferral_is_shown_as_what_it_is(register: Register) -> None:
    officer = register.client("officer")
    assert "recorded in error" not in officer.get("/instruments/jr-conv/").content.decode()
    deferral = Deferral.objects.get(payment__ref="jr-conv-2000-02-01-interest")
    with signed(sign_for_the_system("test", timezone.now()), "never agreed"):
        deferral.recorded_in_error = True
        deferral.save()
    page = officer.get("/instruments/jr-conv/").content.decode()
    assert "Agreement (Exhibit 4-13) (recorded in error)" in page
    assert "1 February 2000, Tue<br>" in page  # it falls due when it first did
