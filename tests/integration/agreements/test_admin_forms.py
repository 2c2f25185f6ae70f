"""The plain admin: it refuses what makes no sense with a sentence, and signs what it writes with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from agreements.models import LoanDocument, Party
from audit.models import User
from tests import personas
from tests.factories import FACTORIES, InstrumentFactory, LoanDocumentFactory, PartyFactory, UserFactory, factory_of

pytestmark = pytest.mark.django_db
OURS = [model for model in admin.site._registry if model in FACTORIES]


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(personas.administrator())
    return client


def url(record: Any, what: str = "change") -> str:
    args = [] if what in ("add", "changelist") else [record.pk]
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_{what}", args=args)


def errors(client: Client, where: str, **fields: Any) -> dict[str, list[str]]:
    """Post a form that must be refused; what it says, by field."""
    answer = client.post(where, fields)
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


def paper_form(paper: LoanDocument, **changes: Any) -> dict[str, Any]:
    return {
        "ref": paper.ref,
        "instrument": paper.instrument_id,
        "kind": paper.kind,
        "title": paper.title,
        "change_reason": "Put into its place",
        **changes,
    }


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_a_paper_is_not_put_under_itself_however_deep(client: Client, depth: int) -> None:
    top = below = LoanDocumentFactory()
    for _ in range(depth):
        below = LoanDocumentFactory(parent=below, instrument=top.instrument)
    said = errors(client, url(top), **paper_form(top, parent=below.pk))
    assert said == {"parent": [f"{top.ref} lies under this document itself: a tree has no cycle."]}
    assert LoanDocument.objects.get(pk=top.pk).parent is None
    assert top.history.count() == 1


def test_a_paper_is_not_put_under_one_of_another_instrument(client: Client) -> None:
    paper, other = LoanDocumentFactory(), LoanDocumentFactory(instrument=InstrumentFactory())
    said = errors(client, url(paper), **paper_form(paper, parent=other.pk))
    assert said == {"parent": [f"{other.ref} is a document of another instrument; expected one of its own."]}


def test_a_paper_under_one_of_its_own_is_recorded(client: Client) -> None:
    top = LoanDocumentFactory()
    below = LoanDocumentFactory(instrument=top.instrument)
    assert client.post(url(below), paper_form(below, parent=top.pk)).status_code == 302
    assert LoanDocument.objects.get(pk=below.pk).parent == top


@pytest.mark.parametrize("ref", ["../x", "<script>alert(1)</script>", "a b", "é", "-a"])
def test_a_ref_with_path_or_script_characters_is_refused_and_shown_harmless(client: Client, ref: str) -> None:
    where = url(Party, "add")
    said = errors(client, where, ref=ref, name="Acme (fictional)", change_reason="New")
    assert [text.split(" of ")[0] for text in said["ref"]] == ["A ref is made"]
    assert "<script>alert" not in client.post(where, {"ref": ref, "name": ref}).content.decode()
    assert not Party.objects.exists()


@pytest.mark.parametrize(("reason", "says"), [("", "required"), ("   ", "required"), ("x" * 501, "at most 500")])
def test_a_change_without_a_reason_is_refused(client: Client, reason: str, says: str) -> None:
    party = PartyFactory()
    said = errors(client, url(party), ref=party.ref, name="Another", change_reason=reason)
    assert says in said["change_reason"][0]
    assert Party.objects.get().name == party.name


def test_a_change_lands_in_the_history_with_who_why_and_in_which_request(client: Client) -> None:
    party = PartyFactory()
    answer = client.post(
        url(party), {"ref": party.ref, "name": "Acme (fictional)", "change_reason": " It was renamed "}
    )
    row = party.history.first()
    person = User.objects.get()
    assert (row.name, row.history_change_reason) == ("Acme (fictional)", "It was renamed")
    assert (row.history_user_id, row.actor_name, row.actor_role) == (person.pk, person.username, person.role)
    assert row.request_id == answer["X-Request-ID"]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_the_admin_deletes_nothing_and_lists_everything(client: Client, model: Any) -> None:
    record = factory_of(model)()
    assert client.get(url(record, "changelist")).status_code == 200
    assert client.get(url(record)).status_code == 200
    assert client.post(url(record, "delete"), {"post": "yes"}).status_code == 403
    gone = {"action": "delete_selected", "_selected_action": [record.pk], "post": "yes"}
    client.post(url(record, "changelist"), gone)
    assert model.objects.filter(pk=record.pk).exists()


def test_every_model_is_in_the_admin() -> None:
    assert set(OURS) == set(FACTORIES)


@pytest.mark.parametrize("who", [personas.counsel, personas.auditor, personas.stranger])
def test_who_is_not_staff_does_not_get_into_the_admin(who: Any) -> None:
    client = Client()
    client.force_login(who())
    for model in (Party, LoanDocument):
        assert client.get(url(model, "changelist")).status_code == 302


def test_staff_see_only_the_parties_of_their_desks() -> None:
    ann = personas.officer()
    User.objects.filter(pk=ann.pk).update(is_staff=True)
    ann.user_permissions.add(*Permission.objects.filter(codename__endswith="_party"))
    mine, other = PartyFactory(desk=ann.desk_memberships.get().desk), PartyFactory()
    client = Client()
    client.force_login(ann)
    assert mine.name in (page := client.get(url(Party, "changelist")).content.decode())
    assert other.name not in page
    assert client.get(url(other)).status_code == 302


def test_a_person_is_disabled_not_deleted(client: Client) -> None:
    person = UserFactory()
    assert client.post(url(person, "delete"), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=person.pk).exists()
