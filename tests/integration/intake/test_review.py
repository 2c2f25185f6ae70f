"""A document is brought in, read, gone through term by term, and becomes the facts: of it and of nothing else."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from django.db import connection
from django.test import Client

from agreements.models import Desk, Instrument, LoanDocument, Party
from audit.models import Link
from audit.signing import sign_for_the_system, signed
from intake.models import Verdict
from notes.models import Alias, Payment
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
from waivers.models import Waiver

pytestmark = pytest.mark.django_db


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


# What is told beside a term


OTHER_NAMES = (
    b"14% Junior Subordinated\nNotes due May 1, 2000",
    b"14% Junior Subordinated\nNotes due November 1, 2000",
)


def test_what_the_register_has_is_found_and_nothing_is_made_twice(officer: Client, register: Desk) -> None:
    incoming = bring(officer, register, EXHIBIT.read_bytes())
    found = {key: item(officer, incoming, key).register_ref for key in ("parties.0", "parties.1", "papers.0")}
    assert found == {"parties.0": "lpc", "parties.1": "cit", "papers.0": "cit-lsa"}
    assert [item(officer, incoming, f"debts.{n}").register_ref for n in range(3)] == ["jr14", "jr-conv", "sr-sub"]
    before = (Party.objects.count(), Instrument.objects.count())
    accept_all(officer, incoming)
    shown = officer.post(f"/intake/{incoming.pk}/record/", questions(officer, incoming) | {"step": "preview"})
    stands = [(on, one.state, other.state) for on, one, other in shown.context["stands"]]
    assert stands[0] == (date(2000, 1, 31), "clear", "clear")
    assert ("event_of_default", "waived") in {
        (one["change"].before, one["change"].after)
        for one in shown.context["changes"]
        if one["change"].ref == "cit-lsa"
    }
    record(officer, incoming)
    assert (Party.objects.count(), Instrument.objects.count()) == before
    waiver = Waiver.objects.get()
    assert waiver.instrument.ref == "cit-lsa"
    assert state_of(waiver.instrument, date(2000, 3, 1)) == "waived"


def test_the_paper_is_kept_to_the_byte_and_each_verdict_is_in_the_chain(officer: Client, register: Desk) -> None:
    incoming = bring(officer, register, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    record(officer, incoming)
    waiver = Waiver.objects.get()
    with waiver.document.file.open("rb") as file:
        assert file.read() == EXHIBIT.read_bytes()
    assert waiver.document.sha256 == hashlib.sha256(EXHIBIT.read_bytes()).hexdigest() == incoming.sha256
    connection.check_constraints()
    verdicts = {verdict.pk: verdict for verdict in Verdict.objects.all()}
    assert {link.row for link in Link.objects.filter(kind="intake.verdict")} == set(verdicts)
    [until] = [verdict for verdict in verdicts.values() if verdict.term == "ends.0"]
    assert (until.words, until.actor_name, until.value["day"]) == ("until May 1, 2000", "officer", "2000-05-01")
    assert [incoming.text[start:end] for start, end in until.spans] == ["until May 1, 2000"]
    row = waiver.history.get()
    assert f"incoming {incoming.pk}" in row.history_change_reason
    said = page(officer, incoming)
    assert "Who confirmed each term, and from which words, stands below." in said
    assert "by officer" in said
    assert f"/intake/{incoming.pk}/" in officer.get(f"/waivers/{waiver.ref}/").content.decode()


def test_notes_under_another_designation_are_told_and_the_name_is_kept_if_one_says_so(
    officer: Client, register: Desk
) -> None:
    incoming = bring(officer, register, EXHIBIT.read_bytes().replace(*OTHER_NAMES))
    assert item(officer, incoming, "debts.0").register_ref == "jr14"
    assert "the same but for the maturity: perhaps another of its names" in page(officer, incoming)
    accept_all(officer, incoming)
    record(officer, incoming)
    [alias] = Alias.objects.filter(instrument__ref="jr14")
    assert (alias.designation, alias.used_from) == (
        "14% Junior Subordinated Notes due November 1, 2000",
        date(2000, 1, 31),
    )
    again = bring(officer, register, EXHIBIT.read_bytes().replace(*OTHER_NAMES) + b"\n", "again.txt")
    assert "this is another of its names" in page(officer, again)


def test_a_party_under_a_former_name_is_told(officer: Client, register: Desk) -> None:
    party = Party.objects.get(ref="lpc")
    party.name = "Lexington Precision Holdings"
    with signed(sign_for_the_system("test", NOW), "It took another name (fictional)"):
        party.save()
    incoming = bring(officer, register, EXHIBIT.read_bytes())
    assert item(officer, incoming, "parties.0").register_ref == "lpc"
    assert "The register called Lexington Precision Holdings (lpc) so before." in page(officer, incoming)


def test_dates_that_do_not_fit_are_told(officer: Client, desk: Desk) -> None:
    text = (
        EXHIBIT.read_bytes()
        .replace(b"until May 1, 2000", b"until May 1, 1999")
        .replace(b"March 19, 1997", b"March 19, 2001")
    )
    said = page(officer, bring(officer, desk, text))
    assert "It ends on 1 May 1999, Sat, before it takes effect on 31 January 2000, Mon." in said
    assert "This agreement is dated 19 March 2001, Mon, after the document itself (31 January 2000, Mon)." in said
    assert "The payment falls due on 1 February 2000, Tue; the waiver ends on 1 May 1999, Sat, before that." in said


# Verdicts


def test_nothing_is_recorded_before_each_term_has_a_verdict(officer: Client, desk: Desk) -> None:
    incoming = bring(officer, desk, EXHIBIT.read_bytes())
    response = officer.get(f"/intake/{incoming.pk}/record/", follow=True)
    assert "wait for a verdict; nothing enters the register before." in response.content.decode()
    response = officer.post(f"/intake/{incoming.pk}/record/", {"step": "record"}, follow=True)
    assert "wait for a verdict" in response.content.decode()
    assert not Waiver.objects.exists()


def test_a_term_is_corrected_rejected_and_added_and_the_last_verdict_counts(officer: Client, register: Desk) -> None:
    incoming = bring(officer, register, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    first = item(officer, incoming, "ends.0").value
    corrected = {"day": "2000-04-15", "words": "until April 15, 2000"}
    assert judge(officer, incoming, "ends.0", "corrected", **corrected).status_code == 302
    assert judge(officer, incoming, "signatories.1", "rejected").status_code == 302
    added = {"text": "The fee of the lender's counsel is paid (fictional)."}
    assert judge(officer, incoming, "conditions.0", "added", **added).status_code == 302
    assert [verdict.outcome for verdict in incoming.verdicts.filter(term="ends.0")] == ["accepted", "corrected"]
    assert incoming.verdicts.filter(term="ends.0").last().proposed == {
        name: value for name, value in first.items() if name != "register"
    }
    record(officer, incoming)
    waiver = Waiver.objects.get()
    assert (waiver.until_date, waiver.until_text) == (date(2000, 4, 15), "until April 15, 2000")
    assert [signatory.name for signatory in waiver.signatories.all()] == ["Warren Delano"]
    [condition] = waiver.conditions.all()
    assert (condition.text, condition.satisfied) == (added["text"], None)
    assert state_of(waiver.instrument, date(2000, 3, 1)) == "event_of_default", "a condition is open"


def test_what_cannot_be_taken_is_a_sentence_beside_its_field(officer: Client, desk: Desk) -> None:
    incoming = bring(officer, desk, EXHIBIT.read_bytes())
    response = judge(officer, incoming, "ends.0", "corrected", day="2000-02-30")
    assert response.status_code == 422
    assert "2000-02-30" in response.content.decode()
    response = judge(officer, incoming, "ends.0", "corrected")
    assert "Nothing is filled in. To say that the document has no such term, reject it." in response.content.decode()
    response = judge(officer, incoming, "debts.0", "corrected", designation="Notes", coupon="twelve")
    assert "This is not a number; expected digits with a point, such as 12.75." in response.content.decode()
    assert not incoming.verdicts.exists()
    for key in ("nothing", "parties", "parties.99", "dated.0", "parties.x"):
        assert judge(officer, incoming, key, "accepted").status_code == 404


def test_a_term_alone_comes_back_to_htmx(officer: Client, desk: Desk) -> None:
    incoming = bring(officer, desk, EXHIBIT.read_bytes())
    path = f"/intake/{incoming.pk}/terms/dated/"
    form = officer.get(path, HTTP_HX_REQUEST="true").content.decode()
    assert 'value="2000-01-31"' in form
    assert "<html" not in form
    done = officer.post(path, {"outcome": "accepted"}, HTTP_HX_REQUEST="true").content.decode()
    assert 'data-state="accepted"' in done
    assert 'hx-swap-oob="innerHTML:#progress"' in done
    assert officer.get(path)["Location"] == f"/intake/{incoming.pk}/?correct=dated#term-dated"


# Recording


def test_a_later_waiver_is_held_against_the_earlier_and_extends_it_if_one_says_so(
    officer: Client, register: Desk
) -> None:
    first = bring(officer, register, EXHIBIT.read_bytes())
    accept_all(officer, first)
    record(officer, first)
    later = (
        EXHIBIT.read_bytes().replace(b"January 31, 2000", b"May 1, 2000").replace(b"until May 1,", b"until August 1,")
    )
    second = bring(officer, register, later, "later.txt")
    accept_all(officer, second)
    earlier = Waiver.objects.get()
    posted = questions(officer, second) | {"step": "preview", "extends": earlier.ref}
    shown = officer.post(f"/intake/{second.pk}/record/", posted)
    [(other, changed)] = shown.context["differs"]
    assert other == earlier
    assert {change.term for change in changed if change.changed} == {"Begins", "Ends", "Executed"}
    record(officer, second, extends=earlier.ref)
    assert Waiver.objects.get(extends=earlier).until_date == date(2000, 8, 1)


def test_what_was_not_previewed_is_not_recorded(officer: Client, register: Desk) -> None:
    incoming = bring(officer, register, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    path, posted = f"/intake/{incoming.pk}/record/", questions(officer, incoming)
    assert officer.post(path, posted | {"step": "record"}).status_code == 409
    previewed = officer.post(path, posted | {"step": "preview"}).context["previewed"]
    other = posted | {"step": "record", "previewed": previewed, "ref": "another"}
    assert officer.post(path, other).status_code == 409
    with signed(sign_for_the_system("test", NOW), "Paid after all (fictional)"):
        for payment in Payment.objects.filter(due=date(2000, 2, 1)):
            payment.paid = date(2000, 2, 1)
            payment.save()
    response = officer.post(path, posted | {"step": "record", "previewed": previewed})
    assert response.status_code == 409
    assert "The register has changed since the preview." in response.content.decode()
    assert not Waiver.objects.exists()


def test_recorded_twice_is_recorded_once(officer: Client, register: Desk) -> None:
    incoming = bring(officer, register, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    posted = questions(officer, incoming)
    assert record(officer, incoming).status_code == 302
    again = officer.post(f"/intake/{incoming.pk}/record/", posted | {"step": "record"}, follow=True)
    assert "not under review any more" in again.content.decode()
    assert judge(officer, incoming, "dated", "rejected").status_code == 302
    assert (Waiver.objects.count(), LoanDocument.objects.count()) == (1, 1)
    assert incoming.verdicts.filter(outcome="rejected").count() == 0


def test_what_a_new_agreement_needs_and_the_document_does_not_say_is_a_sentence(officer: Client, desk: Desk) -> None:
    incoming = bring(officer, desk, EXHIBIT.read_bytes())
    accept_all(officer, incoming)
    judge(officer, incoming, "parties.1", "rejected")
    posted = questions(officer, incoming) | {"step": "preview"}
    response = officer.post(f"/intake/{incoming.pk}/record/", posted)
    assert response.status_code == 422
    said = response.content.decode()
    assert "Loan and Security Agreement is new to the register and needs a lender" in said
    assert "Who grants it is not known" in said
    assert not Party.objects.exists()


def test_a_document_is_set_aside_and_taken_back(officer: Client, desk: Desk) -> None:
    incoming = bring(officer, desk, EXHIBIT.read_bytes())
    officer.post(f"/intake/{incoming.pk}/aside/")
    assert "This document is set aside" in page(officer, incoming)
    assert judge(officer, incoming, "dated", "accepted").status_code == 302
    assert [(verdict.term, verdict.outcome) for verdict in incoming.verdicts.all()] == [("", "set_aside")]
    officer.post(f"/intake/{incoming.pk}/aside/", {"back": "yes"})
    assert judge(officer, incoming, "dated", "accepted").status_code == 302
    assert [verdict.outcome for verdict in incoming.verdicts.all()] == ["set_aside", "taken_back", "accepted"]
