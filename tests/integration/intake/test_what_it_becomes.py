"""What is recorded is what was confirmed: never wider, never another's debt, nothing that a person may not see."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client

from agreements.models import Clause, DefaultEvent, Desk, Instrument, LoanDocument, Party
from audit.models import User
from audit.signing import sign_for_the_system, signed
from audit.verify import verify
from intake.models import Incoming
from intake.operations import JudgedMeanwhileError, last_verdict, record_draft
from intake.review.proposal import Proposal
from notes.models import Payment
from tests import personas
from tests.factories import DeskFactory, DeskMemberFactory, IncomingFactory, UserFactory
from tests.integration.intake.reviewing import (
    EXHIBIT,
    NOW,
    accept_all,
    bring,
    item,
    judge,
    page,
    questions,
    record,
    state_of,
)
from tests.integration.screens.conftest import LEXINGTON, load
from tests.unit.intake import fiction
from waivers.models import Waiver

pytestmark = pytest.mark.django_db

PAPERS = {name.lower(): text for name, text in vars(fiction).items() if name.isupper() and isinstance(text, str)}
COVENANT = """\
LIMITED WAIVER

     This Limited Waiver (fictional) is dated as of August 1, 2002 between Sallow Steel Co., a Ohio corporation (the
"Borrower"), and Harbour Bank, N.A. (the "Lender").

     WHEREAS, the Borrower and the Lender are parties to a Credit Agreement dated as of January 5, 2000.

     1. Waiver. The Lender hereby waives any Event of Default resulting from the Borrower's failure to comply with
Section 9.3 of the Credit Agreement for the fiscal quarter ended June 30, 2002, until December 31, 2002.

     IN WITNESS WHEREOF, the parties have executed this Limited Waiver.

SALLOW STEEL CO.

By: /s/ Ann Ore
Name: Ann Ore
Title: Treasurer

HARBOUR BANK, N.A.

By: /s/ Ben Quay
Name: Ben Quay
Title: Vice President
"""


def preview(client: Client, incoming: Incoming, **answers: Any) -> Any:
    posted = questions(client, incoming) | answers
    return client.post(f"/intake/{incoming.pk}/record/", posted | {"step": "preview"})


def told(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PAPERS))
def test_any_paper_becomes_a_waiver_or_a_sentence(officer: Client, desk: Desk, name: str) -> None:
    incoming = bring(officer, desk, PAPERS[name].encode(), f"{name}.txt")
    accept_all(officer, incoming)
    shown = preview(officer, incoming)
    if shown.status_code == 200:
        assert record(officer, incoming).status_code == 302
        waiver = Waiver.objects.get()
        assert officer.get(f"/waivers/{waiver.ref}/").status_code == 200
        connection.check_constraints()
        assert verify(connection, late=None).faults == []
    else:
        assert shown.status_code == 422
        assert re.search(r'role="alert">', shown.content.decode())
        assert not Waiver.objects.exists()
        assert not Party.objects.exists()


def test_a_waived_covenant_becomes_a_default_event_that_its_extension_covers_too(officer: Client, desk: Desk) -> None:
    first = bring(officer, desk, COVENANT.encode(), "first.txt")
    accept_all(officer, first)
    shown = told(preview(officer, first))
    assert "Default 1 as a default event of 30 June 2002, Sun, alleged" in shown
    assert "A clause of the agreement: section 9.3" in shown
    record(officer, first)
    waiver, event = Waiver.objects.get(), DefaultEvent.objects.get()
    assert (event.occurred, event.clause.section, event.status) == (date(2002, 6, 30), "9.3", "alleged")
    assert state_of(waiver.instrument, date(2002, 12, 1)) == "waived"
    assert state_of(waiver.instrument, date(2002, 12, 31)) == "event_of_default"
    later = COVENANT.replace("December 31, 2002", "March 31, 2003").replace("August 1, 2002", "December 20, 2002")
    second = bring(officer, desk, later.encode(), "second.txt")
    accept_all(officer, second)
    record(officer, second, extends=waiver.ref)
    assert DefaultEvent.objects.count() == 1
    assert state_of(waiver.instrument, date(2003, 1, 15)) == "waived"


def test_a_covenant_that_is_yet_to_be_tested_is_no_event(officer: Client, desk: Desk) -> None:
    incoming = bring(officer, desk, COVENANT.replace("June 30, 2002", "June 30, 2099").encode())
    accept_all(officer, incoming)
    response = preview(officer, incoming)
    assert response.status_code == 422
    assert "Nothing that is waived is confirmed" in told(response)
    assert not DefaultEvent.objects.exists()


def test_what_names_rejected_notes_is_told_and_not_taken_for_the_loan(officer: Client, register: Desk) -> None:
    incoming = bring(officer, register, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    for number in range(3):
        judge(officer, incoming, f"debts.{number}", "rejected")
    response = preview(officer, incoming)
    assert response.status_code == 422
    assert "Default 1 names notes that were rejected" in told(response)
    assert not Waiver.objects.exists()


def test_a_fee_is_no_scope_and_never_every_payment(officer: Client, register: Desk) -> None:
    incoming = bring(officer, register, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    value = item(officer, incoming, "waived.0").value
    fields = {"cause": value["cause"], "kind": "payment", "due": "2000-02-01", "payments": ["fee"], "debts": ["0"]}
    assert judge(officer, incoming, "waived.0", "corrected", **fields).status_code == 302
    response = preview(officer, incoming)
    assert response.status_code == 422
    assert "a scope names principal and interest, and no fee" in told(response)


def test_a_trigger_of_the_lender_is_told_and_does_not_become_anybodys(officer: Client, register: Desk) -> None:
    incoming = bring(officer, register, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    fields = {"effect": "rescission", "acts": ["accelerate"], "by": ["lender"], "debts": ["0"], "automatic": "on"}
    assert judge(officer, incoming, "triggers.0", "corrected", **fields).status_code == 302
    assert "what lender does fires no trigger of the register" in told(preview(officer, incoming))
    record(officer, incoming)
    assert not Waiver.objects.get().triggers.exists()


def test_only_what_is_taken_of_the_offers_is_recorded(officer: Client, desk: Desk) -> None:
    incoming = bring(officer, desk, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    form = officer.get(f"/intake/{incoming.pk}/record/").context["form"]
    assert len(form.fields["offers"].choices) == len(dict(form.fields["offers"].choices)) == 7
    record(officer, incoming, offers=[])
    assert (Payment.objects.count(), Clause.objects.count()) == (0, 0)
    assert Party.objects.get(name="Lexington Precision Corporation").desk == desk


def test_correcting_without_a_change_changes_nothing(officer: Client, desk: Desk) -> None:
    incoming = bring(officer, desk, PAPERS["noteholders"].encode())
    sheet = officer.get(f"/intake/{incoming.pk}/").context["sheet"]
    for term in sheet.items:
        form = officer.get(f"/intake/{incoming.pk}/?correct={term.key}").context["form"]
        posted = {}
        for name, field in form.fields.items():
            value = form.initial.get(name)
            if value not in (None, "", False):
                posted[form.add_prefix(name)] = value
            assert field is not None
        response = officer.post(f"/intake/{incoming.pk}/terms/{term.key}/", posted | {"outcome": "corrected"})
        assert response.status_code == 302, term.key
        value = incoming.verdicts.filter(term=term.key).last().value
        assert {name: value[name] for name in term.proposed} == term.proposed, term.key


def test_a_paper_under_notes_round_trips(officer: Client, desk: Desk, tmp_path: Any) -> None:
    incoming = bring(officer, desk, PAPERS["noteholders"].encode())
    accept_all(officer, incoming)
    posted = questions(officer, incoming)
    notes = [key for key, _ in officer.get(f"/intake/{incoming.pk}/record/").context["form"].fields["under"].choices]
    under = next((key for key in notes if key.startswith("debts")), posted["under"])
    response = preview(officer, incoming, under=under)
    if response.status_code == 200:
        record(officer, incoming, under=under)
    call_command("export_portfolio", output=tmp_path / "register.json")
    document = json.loads((tmp_path / "register.json").read_text())
    papers = {paper["ref"] for item in document["agreements"] for paper in item.get("documents", ())}
    assert {waiver["document"] for waiver in document["waivers"] if waiver.get("document")} <= papers


# Others


@pytest.fixture
def elsewhere(desk: Desk) -> Desk:
    """Another desk, which has Lexington; the officer's has nothing of it."""
    other = DeskFactory(name="Elsewhere (fictional)")
    load(LEXINGTON, other)
    return other


def test_another_desks_agreement_is_not_offered_nor_told_of_by_its_ref(
    officer: Client, desk: Desk, elsewhere: Desk
) -> None:
    incoming = bring(officer, desk, EXHIBIT.read_bytes())
    assert item(officer, incoming, "papers.0").match.choices == ()
    assert item(officer, incoming, "parties.0").register_ref == ""
    accept_all(officer, incoming)
    response = preview(officer, incoming, ref="cit-2000-01-31")
    assert response.status_code == 422
    assert "This ref is taken; choose another." in told(response)
    assert "until May 1, 2000" not in told(response).replace("until May 1, 2000&quot;", "", 1).partition("<form")[0]


def test_what_another_person_may_see_is_not_recorded_by_who_may_not(
    officer: Client, desk: Desk, elsewhere: Desk
) -> None:
    incoming = bring(officer, desk, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    administrator = Client()
    administrator.force_login(personas.administrator())
    value = item(officer, incoming, "papers.0").value
    fields = {"title": value["title"], "dated": value["dated"], "relation": "waived_under", "register": "cit-lsa"}
    assert judge(administrator, incoming, "papers.0", "corrected", **fields).status_code == 302
    response = preview(officer, incoming)
    assert response.status_code == 422
    assert "is to be a record that you may not see" in told(response)


def test_a_like_agreement_of_another_borrower_is_told_and_not_taken(officer: Client, desk: Desk) -> None:
    first = bring(officer, desk, COVENANT.encode(), "first.txt")
    accept_all(officer, first)
    record(officer, first)
    other = COVENANT.replace("Sallow Steel Co.", "Quux Mining Corp.").replace("SALLOW STEEL CO.", "QUUX MINING CORP.")
    second = bring(officer, desk, other.encode(), "second.txt")
    assert item(officer, second, "papers.0").register_ref == ""
    assert "The register has one like it" in page(officer, second)
    assert "but it is owed by another" in page(officer, second)


def test_two_papers_of_one_new_borrower_make_it_once(officer: Client, desk: Desk) -> None:
    first = bring(officer, desk, COVENANT.encode(), "first.txt")
    second = bring(officer, desk, COVENANT.replace("June 30", "March 31").encode(), "second.txt")
    accept_all(officer, first)
    accept_all(officer, second)
    record(officer, first)
    assert "By now the register has" in page(officer, second)
    assert officer.get(f"/intake/{second.pk}/record/").status_code == 302, "its parties wait for a verdict again"
    accept_all(officer, second)
    record(officer, second)
    assert (Party.objects.count(), Instrument.objects.count(), Waiver.objects.count()) == (2, 1, 2)


def test_what_was_not_shown_is_not_accepted(officer: Client, register: Desk) -> None:
    incoming = bring(officer, register, EXHIBIT.read_bytes())
    assert judge(officer, incoming, "parties.0", "accepted", register="nobody").status_code == 302
    assert not incoming.verdicts.exists()


def test_of_two_who_add_at_one_place_the_second_is_told(officer: Client, desk: Desk) -> None:
    incoming = bring(officer, desk, EXHIBIT.read_bytes())
    path = f"/intake/{incoming.pk}/terms/conditions.0/"
    for words, status in (("The fee is paid.", 200), ("An opinion is given.", 409)):
        posted = {"outcome": "added", "seen": "0", "term-conditions-0-text": words}
        assert officer.post(path, posted, HTTP_HX_REQUEST="true").status_code == status
    assert [verdict.value["text"] for verdict in incoming.verdicts.all()] == ["The fee is paid."]


def test_a_verdict_that_came_after_the_page_was_opened_is_heeded(officer: Client, register: Desk) -> None:
    incoming = bring(officer, register, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    posted = questions(officer, incoming)
    previewed = preview(officer, incoming).context["previewed"]
    judge(officer, incoming, "signatories.1", "rejected")
    response = officer.post(f"/intake/{incoming.pk}/record/", posted | {"step": "record", "previewed": previewed})
    assert response.status_code == 409
    assert not Waiver.objects.exists()


def test_a_known_bank_that_borrows_comes_to_the_desk(officer: Client, desk: Desk) -> None:
    first = bring(officer, desk, COVENANT.encode(), "first.txt")
    accept_all(officer, first)
    record(officer, first)
    other = COVENANT.replace("Harbour Bank, N.A.", "Third Bank, N.A.").replace("HARBOUR BANK, N.A.", "THIRD BANK, N.A.")
    other = other.replace("Sallow Steel Co., a Ohio corporation", "Harbour Bank, N.A., a national bank")
    other = other.replace("SALLOW STEEL CO.", "HARBOUR BANK, N.A.").replace("January 5, 2000", "January 6, 2001")
    second = bring(officer, desk, other.encode(), "second.txt")
    accept_all(officer, second)
    done = record(officer, second)
    assert officer.get(done["Location"]).status_code == 200
    assert Party.objects.get(name="Harbour Bank, N.A.").desk == desk


def test_a_preview_leaves_nothing_behind(officer: Client, desk: Desk, settings: Any) -> None:
    incoming = bring(officer, desk, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    assert preview(officer, incoming).status_code == 200
    left = (Party.objects.count(), Instrument.objects.count(), Waiver.objects.count(), LoanDocument.objects.count())
    assert left == (0, 0, 0, 0)
    assert not (settings.MEDIA_ROOT / "documents").exists()


def test_one_whose_waiver_was_recorded_in_error_can_be_reviewed_again(officer: Client, register: Desk) -> None:
    incoming = bring(officer, register, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    record(officer, incoming)
    waiver = Waiver.objects.get()
    with signed(sign_for_the_system("test", NOW), "Never so (fictional)"):
        waiver.recorded_in_error = True
        waiver.save()
    assert "Review it again" in page(officer, incoming)
    officer.post(f"/intake/{incoming.pk}/aside/", {"back": "yes"})
    record(officer, incoming, ref="cit-again")
    assert Waiver.objects.get(ref="cit-again").until_date == date(2000, 5, 1)


def test_one_file_too_large_among_others_is_told_and_the_others_are_kept(officer: Client, desk: Desk) -> None:
    files = [SimpleUploadedFile("a.txt", b"WAIVER (fictional)"), SimpleUploadedFile("b.txt", b"x" * 25_000_001)]
    response = officer.post("/intake/", {"documents": files, "desk": desk.pk}, follow=True)
    assert "b.txt has 25,000,001 bytes; at most 25,000,000 are read." in response.content.decode()
    assert [incoming.name for incoming in Incoming.objects.all()] == ["a.txt"]
    none = officer.post("/intake/", {"desk": desk.pk})
    assert none.status_code == 422
    assert "Choose a file." in none.content.decode()


def test_a_waivers_page_names_no_other_desks_document(officer: Client, register: Desk) -> None:
    incoming = bring(officer, register, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    record(officer, incoming)
    waiver = Waiver.objects.get()
    IncomingFactory(name="theirs.txt", state="recorded", waiver=waiver, recorded_at=incoming.received_at)
    said = officer.get(f"/waivers/{waiver.ref}/").content.decode()
    assert incoming.name in said
    assert "theirs.txt" not in said
    colleague = Client()
    colleague.force_login(DeskMemberFactory(desk=register, user=UserFactory(), is_head=False).user)
    assert incoming.name in colleague.get(f"/waivers/{waiver.ref}/").content.decode()
    assert User.objects.count() > 1


def test_a_verdict_between_the_proposal_and_the_record_stops_it(officer: Client, register: Desk) -> None:
    incoming = bring(officer, register, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    judged = last_verdict(incoming)
    judge(officer, incoming, "ends.0", "rejected")
    by = sign_for_the_system("test", NOW)
    record_now = {"by": by, "reason": "test", "today": NOW.date(), "previewed": ""}
    with pytest.raises(JudgedMeanwhileError):
        record_draft(incoming=incoming, proposal=Proposal(), judged=judged, **record_now)
    assert not Waiver.objects.exists()
