"""A certificate says what the register said, and goes on saying it, byte for byte, whatever is recorded later."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pypdf import PdfReader

from agreements.models import Clause, Instrument, InstrumentParty, LoanDocument, Party
from agreements.operations import join_groups
from audit.models import Fact, User
from audit.querysets import BypassesHistoryError
from audit.signing import Signature, sign, sign_for_the_system, signed
from notes.models import Deferral, HolderAction, Payment
from tests import personas
from tests.factories import (
    ClauseFactory,
    ConditionFactory,
    DefaultEventFactory,
    DeferralFactory,
    HolderActionFactory,
    InstrumentFactory,
    InstrumentPartyFactory,
    LoanDocumentFactory,
    PartyFactory,
    PaymentFactory,
    WaiverFactory,
)
from tests.guards import lifted
from tests.integration.intake.documents import bring_in, lexington
from waivers.models import Certificate, ScopeLine, Waiver
from waivers.operations import NotYetError, issue_certificate
from waivers.papers.certificate import NothingKnownError, check

pytestmark = pytest.mark.django_db

MARCH_20 = datetime(2000, 3, 20, 15, tzinfo=UTC)
LATER = sign_for_the_system("a later desk", MARCH_20 + timedelta(days=30))
AS_OF = date(2000, 3, 14)


@pytest.fixture
def owner() -> User:
    """An officer on whose desk Lexington is, with an act of the trustee on 10 March that ended the CIT waiver."""
    bring_in(lexington())
    found = personas.officer()
    move(found.desk_memberships.get().desk)
    with signed(sign(found, MARCH_20 - timedelta(days=7)), "The trustee's letter"):
        HolderActionFactory(
            ref="accelerated",
            instrument=Instrument.objects.get(ref="sr-sub"),
            kind="acceleration_declared",
            occurred=date(2000, 3, 10),
            reported=date(2000, 3, 13),
        )
    return found


def move(desk: Any) -> None:
    with signed(sign_for_the_system("test", MARCH_20 - timedelta(days=8)), "The borrower's desk"):
        party = Party.objects.get(ref="lpc")
        party.desk = desk
        party.save()


def issue(owner: User, as_of: date = AS_OF, known_at: datetime = MARCH_20, at: datetime = MARCH_20) -> Certificate:
    by = sign(owner, at, "a-request")
    party = Party.objects.get(ref="lpc")
    return issue_certificate(party=party, as_of=as_of, known_at=known_at, by=by, owner=owner)


def said(certificate: Certificate) -> dict[str, Any]:
    return json.loads(certificate.content)


# What it says


def test_it_gives_the_answer_just_as_the_position_command_does(owner: User, capsys: Any) -> None:
    when = ["--as-of", "2000-03-14", "--known-at", "2000-03-20T10:00:00-05:00"]
    call_command("position", *when, "--borrower", "lpc", "--format", "json")
    assert said(issue(owner))["answer"] == json.loads(capsys.readouterr().out)


def test_it_says_who_issued_it_when_under_which_settings_and_seal(owner: User) -> None:
    made = issue(owner)
    found = said(made)
    assert found["number"] == made.ref == "PC-0001"
    assert found["as_of"] == "2000-03-14"
    assert found["known_at"] == "2000-03-20T10:00:00-05:00"
    assert found["issued"] == {
        "at": "2000-03-20T10:00:00-05:00",
        "by": "officer",
        "role": "officer",
        "request": "a-request",
    }
    assert found["settings"] == {"paper_size": "a4", "time_zone": "America/New_York", "unwaived_days": 30}
    assert found["seal"] == {"number": made.seal_number, "hash": made.seal_hash}
    assert found["borrower"]["name"] == "Lexington Precision Corporation"
    assert (made.actor_name, made.actor_role, made.request_id) == ("officer", "officer", "a-request")


def test_it_is_written_in_one_way_only(owner: User) -> None:
    made = issue(owner)
    assert made.content == json.dumps(said(made), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def test_it_gives_reasons_waivers_ends_doubts_and_who_recorded_what(owner: User) -> None:
    found = said(issue(owner))
    [line] = [reason for reason in found["reasons"] if reason["root"]["ref"] == "jr14-2000-02-01-interest"][:1]
    assert "Nothing holds it back on this day." in line["sentences"]
    assert line["citations"][0]["place"] == "cit-xpd: not stated in the waiver"
    [waiver] = [item for item in found["waivers"] if item["ref"] == "cit-2000-01-31"]
    assert waiver["status"] == "rescinded"
    assert "rescinded on 10 March 2000, Fri: acceleration was sought or declared (accelerated" in waiver["ending"]
    assert '"until May 1, 2000": the date itself is not included' in waiver["reading"]
    assert waiver["granted_by"] == ["The CIT Group/Equipment Financing, Inc."]
    doubts = [(item["about"], item["text"]) for item in found["open_questions"]]
    assert ("cit-lsa", "Its principal outstanding is not recorded.") in doubts
    assert any(about == "sr-sub" and "(accelerated) is alleged and not verified" in text for about, text in doubts)
    assert ("cit-2000-01-31", "It ended by accelerated, which is alleged and not verified.") in doubts
    [act] = [record for record in found["records"] if record["ref"] == "accelerated"]
    assert (act["by"], act["reason"], act["at"]) == ("officer", "The trustee's letter", "2000-03-13T10:00:00-05:00")
    kinds = {record["kind"] for record in found["records"]}
    assert kinds >= {"clause", "holder action", "instrument", "payment", "waiver"}


def test_what_is_disputed_unexecuted_or_open_is_an_open_question(owner: User) -> None:
    with signed(sign_for_the_system("test", MARCH_20 - timedelta(days=1)), "Called"):
        action = HolderAction.objects.get(ref="accelerated")
        action.status = "disputed"
        action.save()
        paper = WaiverFactory(ref="loose", instrument=Instrument.objects.get(ref="cit-lsa"), executed=None)
        ConditionFactory(waiver=paper, text="The fee is paid.")
    doubts = {(item["about"], item["text"]) for item in said(issue(owner))["open_questions"]}
    assert any("(accelerated) is disputed and does not count" in text for _, text in doubts)
    assert ("loose", "It is not executed, and counts for nothing until it is.") in doubts
    assert ("loose", "A condition precedent is open: The fee is paid.") in doubts


def test_debts_of_others_are_named_by_their_refs_alone_whoever_issues_it(owner: User) -> None:
    """A guarantor's debt to another desk reaches the borrower's: its ref follows the line, its title does not."""
    with signed(sign_for_the_system("test", MARCH_20 - timedelta(days=1)), "Another desk"):
        other = InstrumentFactory(ref="hidden-notes", title="Secret Notes of Another")
        InstrumentPartyFactory(instrument=other, party=PartyFactory())
        PaymentFactory(ref="unpaid", instrument=other)
        mine = Instrument.objects.get(ref="cit-lsa")
        clause = ClauseFactory(ref="reach", instrument=mine, kind=Clause.Kind.CROSS_PAYMENT_DEFAULT)
        clause.reaches.model.objects.create(clause=clause, instrument=other)
        join_groups([mine.pk, other.pk])
    for person in (owner, personas.auditor()):
        made = issue(person)
        assert "missed payment unpaid under hidden-notes" in made.content.lower()
        assert "Secret Notes" not in made.content
        assert check(made) == []


def test_it_is_of_no_moment_to_come_and_of_no_borrower_that_was_not_known(owner: User) -> None:
    with pytest.raises(NotYetError, match="a moment that has passed"):
        issue(owner, known_at=MARCH_20 + timedelta(seconds=1))
    with pytest.raises(NothingKnownError, match="did not know of this borrower"):
        issue(owner, known_at=datetime(1999, 1, 1, tzinfo=UTC))
    assert not Certificate.objects.exists()


def test_a_date_ahead_is_looked_at_from_the_day_of_the_moment(owner: User) -> None:
    """Rule 29: a payment due after the day of the moment is taken as paid, however late the certificate is issued."""
    made = issue(owner, as_of=date(2000, 6, 1), at=datetime(2010, 1, 1, tzinfo=UTC))
    assert "jr14-2000-05-01-principal" not in {reason["root"]["ref"] for reason in said(made)["reasons"]}
    assert "payments that fall due after 20 March 2000, Mon are taken as made on time" in said(made)["assumed"]
    assert said(issue(owner))["assumed"] is None
    assert check(made) == []


# It stays so


def changed(model: Any, values: dict[str, Any], **which: Any) -> Callable[[], Any]:
    def write() -> None:
        fact = model.objects.filter(**which).first()
        for name, value in values.items():
            setattr(fact, name, value)
        fact.save()

    return write


def other_group() -> None:
    """The borrower comes to owe under another debt, which was there before and can now reach the others."""
    notes = InstrumentFactory(ref="more-notes")
    InstrumentPartyFactory(instrument=notes, party=Party.objects.get(ref="lpc"))
    join_groups([notes.pk, Instrument.objects.get(ref="cit-lsa").pk])


MEANWHILE: dict[str, Callable[[], Any]] = {
    "the act is voided": changed(HolderAction, {"status": "recorded_in_error"}, ref="accelerated"),
    "the act is disputed": changed(HolderAction, {"status": "disputed"}, ref="accelerated"),
    "the act moves": changed(HolderAction, {"occurred": date(2000, 3, 9)}, ref="accelerated"),
    "an earlier act is learnt of": lambda: HolderActionFactory(
        instrument=Instrument.objects.get(ref="jr14"), occurred=date(2000, 2, 15)
    ),
    "a payment is found paid": changed(Payment, {"paid": date(2000, 2, 1)}, ref="jr14-2000-02-01-interest"),
    "a payment is voided": changed(Payment, {"recorded_in_error": True}, ref="sr-sub-2000-02-01-principal"),
    "a payment is added": lambda: PaymentFactory(instrument=Instrument.objects.get(ref="jr14"), due=date(2000, 1, 1)),
    "a payment is deferred": lambda: DeferralFactory(payment=Payment.objects.get(ref="jr14-2000-02-01-interest")),
    "a deferral is voided": changed(Deferral, {"recorded_in_error": True}),
    "a waiver is renamed": changed(Waiver, {"title": "Another title"}, ref="cit-2000-01-31"),
    "a waiver is read anew": changed(Waiver, {"until_inclusive": True}, ref="cit-2000-01-31"),
    "a waiver is voided": changed(Waiver, {"recorded_in_error": True}, ref="cit-2000-01-31"),
    "a waiver is added": lambda: WaiverFactory(instrument=Instrument.objects.get(ref="cit-lsa")),
    "its scope is cut": changed(ScopeLine, {"recorded_in_error": True}, waiver__ref="cit-2000-01-31"),
    "a condition is added": lambda: ConditionFactory(waiver=Waiver.objects.get(ref="cit-2000-01-31")),
    "a clause gets its section": changed(Clause, {"section": "12.1"}, ref="cit-xpd"),
    "a clause gets a grace": changed(Clause, {"grace_days": 30}, ref="cit-xpd"),
    "a covenant is breached": lambda: DefaultEventFactory(
        clause=ClauseFactory(instrument=Instrument.objects.get(ref="cit-lsa"))
    ),
    "the borrower is renamed": changed(Party, {"name": "Lex Holdings"}, ref="lpc"),
    "a creditor is renamed": changed(Party, {"name": "CIT Holdings"}, ref="cit"),
    "a debt is retitled": changed(Instrument, {"title": "The Loan"}, ref="cit-lsa"),
    "its principal is learnt": changed(Instrument, {"principal_outstanding": "1.00"}, ref="cit-lsa"),
    "a role was no role": changed(
        InstrumentParty, {"recorded_in_error": True}, role="obligor", instrument__ref="cit-lsa"
    ),
    "a debt is voided": changed(Instrument, {"recorded_in_error": True}, ref="jr14"),
    "groups are joined": other_group,
    "rights are reserved": lambda: LoanDocumentFactory(
        instrument=Instrument.objects.get(ref="sr-sub"), kind="reservation_of_rights", dated_as_of=date(2000, 3, 11)
    ),
    "a paper is retitled": changed(LoanDocument, {"title": "Exhibit"}, ref="exhibit-10-106"),
}


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.slow
def test_each_later_record_correction_and_voiding_leaves_it_as_it_was(owner: User) -> None:
    certificates = [issue(owner, as_of=on) for on in (date(2000, 3, 1), AS_OF, date(2000, 6, 1))]
    for name, write in MEANWHILE.items():
        with taken_back():
            with signed(LATER, name):
                write()
            assert [check(made) for made in certificates] == [[], [], []], name


@pytest.mark.slow
def test_any_sequence_of_them_leaves_it_as_it_was_and_a_new_one_says_something_else(owner: User) -> None:
    made = issue(owner)

    @examples(max_examples=15)
    @given(
        st.lists(st.sampled_from(sorted(MEANWHILE)), min_size=3, max_size=8, unique=True),
        st.sampled_from([timedelta(0), timedelta(days=40)]),
    )
    def holds(names: list[str], dated_back: timedelta) -> None:
        with taken_back():
            for number, name in enumerate(names):
                at = LATER.at + timedelta(days=number) - dated_back
                with signed(Signature(at, "a later desk", "officer"), name):
                    MEANWHILE[name]()
            assert check(made) == []
            now = issue(owner, known_at=LATER.at + timedelta(days=60), at=LATER.at + timedelta(days=60))
            assert check(now) == []
            assert {**said(now), "number": ""} != {**said(made), "number": ""}

    holds()


def test_a_record_that_was_committed_later_under_an_earlier_date_leaves_it_as_it_was(owner: User) -> None:
    """A long import is dated when it begins. What it had not written yet, nobody knew."""
    made = issue(owner)
    with signed(sign_for_the_system("a long import", MARCH_20 - timedelta(hours=1)), "It took its time"):
        MEANWHILE["the act is voided"]()
    assert check(made) == []
    assert said(issue(owner))["answer"] != said(made)["answer"]


def test_other_settings_leave_it_as_it_was(owner: User, settings: Any) -> None:
    made = issue(owner, at=datetime(2000, 3, 21, 3, tzinfo=UTC))
    settings.UNWAIVED_DAYS, settings.TIME_ZONE, settings.PAPER_SIZE = 5, "Asia/Tokyo", "us-letter"
    assert check(made) == []
    assert said(issue(owner))["settings"]["time_zone"] == "Asia/Tokyo"


# Checking


def alter(certificate: Certificate, **values: Any) -> Certificate:
    """Change a certificate as nobody may, past the model."""
    with lifted():
        models.QuerySet(Certificate).filter(pk=certificate.pk).update(**values)
    return Certificate.objects.get(pk=certificate.pk)


def test_a_certificate_that_was_altered_does_not_fit(owner: User) -> None:
    made = issue(owner)
    altered = alter(made, content=made.content.replace("rescinded", "in_force"))
    assert check(altered) == ["The JSON that is kept is not the one that was issued: its SHA-256 differs."]


def test_a_pdf_that_was_altered_or_lost_does_not_fit(owner: User) -> None:
    made = issue(owner)
    path = made.pdf.path
    kept = made.pdf.read()
    made.pdf.close()
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(kept + b" ")
    assert check(made) == ["The PDF that is kept is not the one that was issued: its SHA-256 differs."]
    made.pdf.storage.delete(made.pdf.name)
    assert check(made) == ["The PDF is missing from the store."]


def test_a_history_that_was_altered_is_named_where_it_differs_first(owner: User) -> None:
    made = issue(owner)
    rows = HolderAction.history.filter(ref="accelerated")
    with lifted():
        models.QuerySet(rows.model).filter(ref="accelerated").update(occurred=date(2000, 3, 11))
    [fault] = check(made)
    assert fault.startswith("The register gives another JSON: /answer/")
    assert "2000-03-1" in fault


# Numbers


def test_numbers_go_up_by_one_and_a_certificate_that_failed_takes_none(owner: User) -> None:
    assert [issue(owner).ref for _ in range(3)] == ["PC-0001", "PC-0002", "PC-0003"]
    with pytest.raises(NothingKnownError):
        issue(owner, known_at=datetime(1999, 1, 1, tzinfo=UTC))
    assert issue(owner).ref == "PC-0004"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_those_who_issue_at_the_same_moment_get_numbers_without_a_gap(owner: User) -> None:
    threads, faults = 4, []
    start = Barrier(threads)

    def run() -> None:
        try:
            start.wait()
            issue(owner)
        except Exception as error:  # noqa: BLE001 - looked at below
            faults.append(error)
        finally:
            connection.close()

    running = [Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert faults == []
    made = list(Certificate.objects.order_by("number"))
    assert [found.number for found in made] == [1, 2, 3, 4]
    assert [check(found) for found in made] == [[]] * 4


# The command


def test_the_command_writes_what_was_issued_to_the_byte(owner: User, capfdbinary: Any) -> None:
    made = issue(owner)
    call_command("certificate", "PC-0001", "--format", "pdf")
    pdf = capfdbinary.readouterr().out
    with made.pdf.open("rb") as file:
        assert pdf == file.read()
    assert PdfReader(io.BytesIO(pdf)).attachments["certificate.json"] == [made.content.encode()]
    call_command("certificate", "1", "--format", "json")
    assert capfdbinary.readouterr().out == made.content.encode()


def test_the_command_checks_and_names_what_does_not_fit(owner: User, capsys: Any) -> None:
    made = issue(owner)
    call_command("certificate", "1", "--check")
    assert capsys.readouterr().out == "PC-0001 fits: the register gives the same JSON and PDF, byte for byte.\n"
    alter(made, pdf_sha256="0" * 64)
    with pytest.raises(CommandError, match=r"PC-0001 does not fit\. The PDF that is kept is not the one"):
        call_command("certificate", "1", "--check")
    with pytest.raises(CommandError, match="There is no certificate 7"):
        call_command("certificate", "7", "--check")
    with pytest.raises(CommandError, match="is not the number of a certificate"):
        call_command("certificate", "PC-x", "--check")


def test_a_certificate_is_neither_changed_nor_deleted(owner: User) -> None:
    made = issue(owner)
    assert not isinstance(made, Fact)
    rows = Certificate.objects.all()
    for write in (made.save, made.delete, rows.delete, lambda: rows.update(number=2)):
        with pytest.raises(BypassesHistoryError):
            write()
    assert made.pdf.storage.exists(made.pdf.name)
