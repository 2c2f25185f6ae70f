"""Recording each kind of fact: previewed, recorded once, and never over what somebody else did meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from agreements.models import DefaultEvent, Instrument, LoanDocument
from alerts.models import Alert
from audit.signing import signed
from notes.models import Deferral, HolderAction, Payment
from tests.factories import (
    ClauseFactory,
    ConditionFactory,
    WaiverFactory,
)
from tests.integration.screens.conftest import BY, Register
from tests.integration.screens.recording import hidden, preview, record
from tests.integration.screens.test_who_sees_what import ACTION
from waivers.models import Condition, Receipt, TerminationNotice, Trigger, Waiver
from waivers.positions import groups_at

See = Callable[..., str]
REF = "sr-sub-2000-03-15-acceleration-sought"
TOMORROW = str(timezone.localdate() + timedelta(days=2))


def counts() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


def pk(model: Any, **by: Any) -> str:
    return str(model.objects.get(**by).pk)


def state(instrument: str, on: date) -> str:
    group = Instrument.objects.get(ref=instrument).group
    [found] = groups_at([group], today=timezone.localdate())
    return next(str(item.state) for item in found.timeline.position(on).instruments if item.ref == instrument)


def held_by(instrument: str, on: date) -> dict[str, str | None]:
    """Each default line of an instrument, with the waiver that holds it back."""
    group = Instrument.objects.get(ref=instrument).group
    [found] = groups_at([group], today=timezone.localdate())
    items = found.timeline.position(on).instruments
    return {line.root.ref: line.waiver for item in items if item.ref == instrument for line in item.lines}


def status(waiver: str, on: date) -> str:
    group = Waiver.objects.get(ref=waiver).instrument.group
    [found] = groups_at([group], today=timezone.localdate())
    return next(str(item.status) for item in found.timeline.position(on).waivers if item.ref == waiver)


def text(page: HttpResponse) -> str:
    return " ".join(page.content.decode().split())


# Preview and record


def test_a_preview_says_what_would_change_and_writes_nothing(officer: Client) -> None:
    before = counts()
    page = text(preview(officer, "holder-action", "sr-sub", **ACTION))
    assert counts() == before
    for said in ("cit-2000-01-31", "Rescinded", "15 March 2000, Wed", "Record it", "Some of this lies in the past"):
        assert said in page


def test_recording_rescinds_and_leads_to_the_instrument(officer: Client, see: See) -> None:
    response = record(officer, "holder-action", "sr-sub", **ACTION)
    assert (response.status_code, response["Location"]) == (302, "/instruments/sr-sub/")
    page = see("/instruments/sr-sub/")
    assert f"Recorded as {REF}." in page
    waiver = see("/waivers/cit-2000-01-31/")
    assert "It was rescinded on 15 March 2000, Wed" in waiver
    assert "alleged and not verified" in waiver
    row = HolderAction.history.get()
    assert (row.actor_name, row.actor_role, row.history_change_reason) == ("officer", "officer", ACTION["reason"])
    assert Alert.objects.filter(kind="waiver_rescinded", about="waiver:cit-2000-01-31").count() == 2
    assert "was rescinded on 15 March 2000" in see("/alerts/")
    assert "Ended before its time, not acknowledged" in see("/")


def test_the_same_form_sent_twice_is_recorded_once_and_says_so(officer: Client) -> None:
    seen = preview(officer, "holder-action", "sr-sub", **ACTION)
    assert record(officer, "holder-action", "sr-sub", after=seen, **ACTION).status_code == 302
    before = counts()
    again = record(officer, "holder-action", "sr-sub", after=seen, **ACTION)
    assert again["Location"] == "/instruments/sr-sub/"
    assert counts() == before
    page = text(officer.get(again["Location"]))
    assert "This was recorded already" in page
    assert f"Nothing was recorded twice. Recorded as {REF}." in page
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize(
    ("what", "instrument", "fields"),
    [
        ("payment", "jr14", {"payment": "jr14-2000-02-01-interest", "outcome": "paid", "paid": "2000-02-20"}),
        ("void", "sr-sub", {"fact": "act"}),
        ("verification", "sr-sub", {"fact": REF, "status": "disputed"}),
        ("undoing", "sr-sub", {"fact": REF, "how": "withdrawn", "on": "2000-03-25"}),
        ("reservation", "sr-sub", {"dated": "2000-03-20", "name": "Reservation of rights"}),
        ("schedule", "jr14", {"kind": "interest", "due": "2000-08-01"}),
    ],
)
def test_whatever_the_fact_a_form_sent_twice_says_that_it_was_recorded(
    officer: Client, what: str, instrument: str, fields: dict[str, str]
) -> None:
    record(officer, "holder-action", "sr-sub", **ACTION)
    fields = fields | {"reason": "The letter"}
    if "payment" in fields:
        fields["payment"] = pk(Payment, ref=fields["payment"])
    if fields.get("fact") == "act":
        fields["fact"] = f"act:{pk(HolderAction, ref=REF)}"
    seen = preview(officer, what, instrument, **fields)
    assert record(officer, what, instrument, after=seen, **fields).status_code == 302
    before = counts()
    again = record(officer, what, instrument, after=seen, **fields)
    assert again.status_code == 302
    assert "This was recorded already" in text(officer.get(again["Location"]))
    assert counts() == before


def test_another_fact_from_the_same_form_after_going_back_is_recorded_too(officer: Client) -> None:
    seen = preview(officer, "holder-action", "sr-sub", **ACTION)
    record(officer, "holder-action", "sr-sub", after=seen, **ACTION)
    other = ACTION | {"occurred": "2000-03-17"}
    back = {**hidden(seen), **other, "instrument": "sr-sub", "step": "preview"}
    again = officer.post("/record/holder-action/", back)
    assert record(officer, "holder-action", "sr-sub", after=again, **other).status_code == 302
    assert HolderAction.objects.count() == 2


def test_a_receipt_is_its_owners(register: Register, officer: Client) -> None:
    seen = preview(officer, "holder-action", "sr-sub", **ACTION)
    record(officer, "holder-action", "sr-sub", after=seen, **ACTION)
    answer = record(register.client("colleague"), "holder-action", "sr-sub", after=seen, **ACTION)
    assert answer.status_code == 409  # it was not the colleague who previewed it


def test_choosing_another_record_after_a_preview_is_no_conflict(officer: Client) -> None:
    fields = {"outcome": "paid", "paid": "2000-02-20", "reason": "The trustee's receipt"}
    interest, principal = (pk(Payment, ref=f"sr-sub-2000-02-01-{kind}") for kind in ("interest", "principal"))
    first = preview(officer, "payment", "sr-sub", payment=interest, **fields)
    sent = {"instrument": "sr-sub", **hidden(first), **fields, "payment": principal, "step": "preview"}
    second = officer.post("/record/payment/", sent)
    assert record(officer, "payment", "sr-sub", after=second, payment=principal, **fields).status_code == 302


def test_the_same_fact_from_a_second_form_gets_a_ref_of_its_own(officer: Client) -> None:
    record(officer, "holder-action", "sr-sub", **ACTION)
    record(officer, "holder-action", "sr-sub", **ACTION)
    assert set(HolderAction.objects.values_list("ref", flat=True)) == {REF, f"{REF}-2"}


def test_nothing_is_recorded_that_was_not_previewed(officer: Client) -> None:
    before = counts()
    page = officer.post("/record/holder-action/", ACTION | {"instrument": "sr-sub", "step": "record", "key": "k"})
    assert page.status_code == 409
    assert "See first what it would change; then record it." in text(page)
    assert counts() == before


def test_a_form_changed_after_its_preview_is_previewed_again(officer: Client) -> None:
    seen = preview(officer, "holder-action", "sr-sub", **ACTION)
    before = counts()
    page = record(officer, "holder-action", "sr-sub", after=seen, **(ACTION | {"occurred": "2000-03-14"}))
    assert page.status_code == 409
    assert "The form was changed after the preview." in text(page)
    assert "14 March 2000, Tue" in text(page)
    assert counts() == before
    assert (
        record(officer, "holder-action", "sr-sub", after=page, **(ACTION | {"occurred": "2000-03-14"})).status_code
        == 302
    )


def test_a_preview_of_somebody_else_records_nothing(register: Register, officer: Client) -> None:
    seen = preview(officer, "holder-action", "sr-sub", **ACTION)
    page = record(register.client("colleague"), "holder-action", "sr-sub", after=seen, **ACTION)
    assert page.status_code == 409
    assert not HolderAction.objects.exists()


def test_where_the_register_changed_meanwhile_the_new_consequences_are_shown_first(
    register: Register, officer: Client
) -> None:
    mine = preview(officer, "holder-action", "sr-sub", **ACTION)
    earlier = ACTION | {"occurred": "2000-03-10"}
    assert record(register.client("colleague"), "holder-action", "jr14", **earlier).status_code == 302
    before = counts()
    page = record(officer, "holder-action", "sr-sub", after=mine, **ACTION)
    assert page.status_code == 409
    assert "The register has changed since the preview. Nothing was recorded" in text(page)
    assert counts() == before
    assert record(officer, "holder-action", "sr-sub", after=page, **ACTION).status_code == 302


def test_two_tabs_on_one_payment_lose_nothing_and_say_so(register: Register, officer: Client) -> None:
    payment = pk(Payment, ref="jr14-2000-02-01-interest")
    fields = {"payment": payment, "outcome": "paid", "reason": "The trustee's receipt"}
    mine = preview(officer, "payment", "jr14", paid="2000-02-20", **fields)
    other = register.client("colleague")
    assert record(other, "payment", "jr14", paid="2000-02-18", **fields | {"reason": "By telephone"}).status_code == 302
    page = record(officer, "payment", "jr14", after=mine, paid="2000-02-20", **fields)
    assert page.status_code == 409
    assert "colleague changed this record meanwhile (By telephone)." in text(page)
    assert 'value="2000-02-20"' in text(page)
    assert Payment.objects.get(pk=payment).paid == date(2000, 2, 18)
    assert record(officer, "payment", "jr14", after=page, paid="2000-02-20", **fields).status_code == 302
    assert Payment.objects.get(pk=payment).paid == date(2000, 2, 20)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["holder-action", "payment"])
def test_a_form_sent_several_times_at_once_is_recorded_once(register: Register, what: str) -> None:
    fields, instrument = dict(ACTION), "sr-sub"
    if what == "payment":
        number = pk(Payment, ref="jr14-2000-02-01-interest")
        fields, instrument = {"payment": number, "outcome": "paid", "paid": "2000-02-20", "reason": "Receipt"}, "jr14"
    seen = preview(register.client("officer"), what, instrument, **fields)
    browsers = [register.client("officer") for _ in range(4)]

    def send(browser: Client) -> int:
        try:
            return record(browser, what, instrument, after=seen, **fields).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(browsers)) as pool:
        assert set(pool.map(send, browsers)) == {302}
    assert Receipt.objects.count() == 1
    assert HolderAction.objects.count() == (what == "holder-action")
    assert Payment.history.filter(ref="jr14-2000-02-01-interest").count() == 1 + (what == "payment")


def test_what_changed_after_the_form_was_opened_is_said_at_the_preview(register: Register, officer: Client) -> None:
    payment = pk(Payment, ref="jr14-2000-02-01-interest")
    opened = hidden(officer.get("/record/payment/", {"instrument": "jr14"}))
    fields = {"payment": payment, "outcome": "paid", "reason": "The trustee's receipt"}
    other = register.client("colleague")
    assert record(other, "payment", "jr14", paid="2000-02-18", **fields).status_code == 302
    sent = {"instrument": "jr14", **opened, **fields, "paid": "2000-02-20", "step": "preview"}
    page = officer.post("/record/payment/", sent)
    assert page.status_code == 409
    assert "colleague changed this record after you opened the form (The trustee&#x27;s receipt)" in text(page)
    assert record(officer, "payment", "jr14", after=page, paid="2000-02-20", **fields).status_code == 302


# What is wrong is said


@pytest.mark.parametrize("step", ["record", "preview"])
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (dict.fromkeys(ACTION, ""), "Give the day on which it happened."),
        ({"occurred": "2000-02-30"}, "This is not a date of the calendar"),
        ({"occurred": "1066-10-14"}, "This is not a date of the calendar"),
        ({"reported": "soon"}, "This is not a date of the calendar"),
        ({"occurred": TOMORROW}, "It cannot have occurred after today"),
        ({"reported": TOMORROW}, "It cannot have been reported after today"),
        ({"kind": "bribery"}, "bribery is not one of the available choices"),
        ({"status": "recorded_in_error"}, "is not one of the available choices"),
        ({"reason": "   "}, "say how the desk knows"),
        ({"kind": "<script>alert(1)</script>"}, "&lt;script&gt;"),
    ],
)
def test_what_is_wrong_with_the_form_is_said_and_nothing_is_written(
    officer: Client, fields: dict[str, str], said: str, step: str
) -> None:
    before = counts()
    sent = ACTION | {"instrument": "sr-sub", "step": step} | fields
    response = officer.post("/record/holder-action/", sent)
    page = response.content.decode()
    assert said in page
    assert response.status_code == 422
    assert "<script>alert" not in page
    assert counts() == before


def test_what_happens_today_needs_no_reason_and_what_lies_before_does(officer: Client) -> None:
    today = str(timezone.localdate())
    action = {name: value for name, value in ACTION.items() if name not in ("reason", "reported")}
    assert record(officer, "holder-action", "sr-sub", **(action | {"occurred": today})).status_code == 302
    assert HolderAction.history.get().history_change_reason == "Recorded on the day on which it happened"
    page = preview(officer, "holder-action", "sr-sub", **action)
    assert "This lies before today, so it changes the past: say how the desk knows" in text(page)


def test_what_takes_back_what_was_recorded_needs_a_reason_though_it_is_of_today(officer: Client) -> None:
    payment, today = pk(Payment, ref="jr14-2000-02-01-interest"), str(timezone.localdate())
    paid = {"payment": payment, "outcome": "paid"}
    record(officer, "payment", "jr14", paid="2000-02-10", reason="Receipt", **paid)
    page = preview(officer, "payment", "jr14", paid=today, **paid)
    assert page.status_code == 422
    assert "This takes back what was recorded: say how the desk knows" in text(page)


def test_what_is_recorded_ahead_of_its_day_says_so_in_the_history(officer: Client) -> None:
    ahead = str(timezone.localdate() + timedelta(days=400))
    assert record(officer, "schedule", "jr14", kind="interest", due=ahead).status_code == 302
    row = Payment.history.get(ref=f"jr14-{ahead}-interest")
    assert row.history_change_reason == "Recorded ahead of its day"


@pytest.mark.parametrize(
    ("what", "fields", "said"),
    [
        ("reservation", {"dated": TOMORROW, "name": "R"}, "It cannot have been sent after today"),
        ("undoing", {"fact": REF, "how": "withdrawn", "on": TOMORROW}, "It cannot have happened after today"),
        ("notice", {"given": TOMORROW, "effective": TOMORROW}, "It cannot have been given after today"),
        ("condition", {"satisfied": TOMORROW}, "It cannot have been satisfied after today"),
        ("execution", {"executed": TOMORROW}, "It cannot have been executed after today"),
        ("schedule", {"kind": "fee", "due": TOMORROW, "amount": "0"}, "The amount of a payment is more than zero"),
    ],
)
def test_what_may_happen_is_no_fact(officer: Client, what: str, fields: dict[str, str], said: str) -> None:
    record(officer, "holder-action", "sr-sub", **ACTION)
    page = preview(officer, what, "sr-sub", reason="r", **fields)
    assert page.status_code == 422
    assert said in text(page)


def test_recording_what_the_register_says_already_is_refused(officer: Client) -> None:
    fields = {"payment": pk(Payment, ref="jr14-2000-02-01-interest"), "outcome": "missed", "reason": "checked"}
    page = preview(officer, "payment", "jr14", **fields)
    assert page.status_code == 422
    assert "The register says just this already" in text(page)


# Each kind of fact


def test_a_payment_is_made_and_taken_back(officer: Client) -> None:
    payment = pk(Payment, ref="jr14-2000-02-01-interest")
    fields = {"payment": payment, "reason": "The trustee's receipt"}
    assert state("jr14", date(2000, 3, 1)) == "event_of_default"
    assert record(officer, "payment", "jr14", outcome="paid", paid="2000-02-20", **fields).status_code == 302
    assert state("jr14", date(2000, 3, 1)) == "clear"
    assert record(officer, "payment", "jr14", outcome="missed", **fields).status_code == 302
    assert state("jr14", date(2000, 3, 1)) == "event_of_default"
    assert Payment.history.filter(id=payment).count() == 3


def test_a_payment_cannot_have_been_made_tomorrow_nor_on_no_day(officer: Client) -> None:
    fields = {"payment": pk(Payment, ref="jr14-2000-02-01-interest"), "outcome": "paid", "reason": "r"}
    assert "It cannot have been paid after today" in text(preview(officer, "payment", "jr14", paid=TOMORROW, **fields))
    assert "Give the day on which it was paid." in text(preview(officer, "payment", "jr14", **fields))


def test_a_payment_that_falls_due_is_scheduled(officer: Client) -> None:
    fields = {"kind": "interest", "due": "2000-08-01", "amount": "1234.50", "reason": "The indenture"}
    assert record(officer, "schedule", "jr14", **fields).status_code == 302
    payment = Payment.objects.get(ref="jr14-2000-08-01-interest")
    assert (payment.due, str(payment.amount)) == (date(2000, 8, 1), "1234.50")


def test_a_deferral_moves_the_due_date_and_only_forward(officer: Client) -> None:
    payment = pk(Payment, ref="jr14-2000-05-01-principal")
    fields = {"payment": payment, "effective": "2000-04-20", "to": "2000-11-01", "paper": "Supplement", "reason": "It"}
    assert "A deferral moves a payment to a later day" in text(
        preview(officer, "deferral", "jr14", **(fields | {"to": "2000-04-30"}))
    )
    assert record(officer, "deferral", "jr14", **fields).status_code == 302
    assert Deferral.objects.get(payment=payment).to == date(2000, 11, 1)


def test_a_default_event_is_recorded_verified_disputed_and_cured(officer: Client, register: Register) -> None:
    clause = ClauseFactory(instrument=Instrument.objects.get(ref="cit-lsa"), kind="event", ref="cit-covenants")
    fields = {"clause": clause.pk, "event_kind": "Financial Covenant", "occurred": "2000-03-01", "status": "alleged"}
    assert record(officer, "default-event", "cit-lsa", reason="The certificate", **fields).status_code == 302
    event = DefaultEvent.objects.get()
    assert (event.ref, event.event_kind) == ("cit-lsa-2000-03-01-financial-covenant", "financial_covenant")
    assert state("cit-lsa", date(2000, 3, 2)) == "event_of_default"
    disputed = {"fact": event.ref, "status": "disputed", "reason": "The borrower's letter"}
    assert record(officer, "verification", "cit-lsa", **disputed).status_code == 302
    assert state("cit-lsa", date(2000, 3, 2)) == "waived"
    assert record(officer, "verification", "cit-lsa", **(disputed | {"status": "verified"})).status_code == 302
    wrong = {"fact": event.ref, "how": "withdrawn", "on": "2000-03-10", "reason": "r"}
    assert "An event is cured; choose that." in text(preview(officer, "undoing", "cit-lsa", **wrong))
    assert record(officer, "undoing", "cit-lsa", **(wrong | {"how": "cured"})).status_code == 302
    assert state("cit-lsa", date(2000, 3, 11)) == "waived"


def test_an_act_is_withdrawn_and_the_waiver_does_not_come_back(officer: Client) -> None:
    record(officer, "holder-action", "sr-sub", **ACTION)
    fields = {"fact": REF, "how": "withdrawn", "on": "2000-03-25", "reason": "The trustee's second letter"}
    assert record(officer, "undoing", "sr-sub", **fields).status_code == 302
    assert status("cit-2000-01-31", date(2000, 3, 26)) == "rescinded"


def test_what_was_recorded_in_error_changes_every_answer_back_and_stays_to_be_seen(officer: Client, see: See) -> None:
    record(officer, "holder-action", "sr-sub", **ACTION)
    assert status("cit-2000-01-31", date(2000, 3, 20)) == "rescinded"
    fact = f"act:{pk(HolderAction, ref=REF)}"
    assert "This changes what is recorded: say how the desk knows" in text(
        preview(officer, "void", "sr-sub", fact=fact)
    )
    assert record(officer, "void", "sr-sub", fact=fact, reason="It was another issuer's trustee").status_code == 302
    assert status("cit-2000-01-31", date(2000, 3, 20)) == "in_force"
    page = see("/instruments/sr-sub/")
    assert "Recorded in error" in page
    assert "It was another issuer&#x27;s trustee" in page  # who voided it, and why, stays to be seen
    assert "<del>Alleged</del> <ins>Recorded in error</ins>" in page


@pytest.mark.parametrize(
    ("instrument", "kind", "model", "by"),
    [
        ("jr14", "payment", Payment, {"ref": "jr14-2000-02-01-interest"}),
        ("jr-conv", "deferral", Deferral, {"payment__ref": "jr-conv-2000-02-01-interest"}),
        ("cit-lsa", "waiver", Waiver, {"ref": "cit-2000-01-31"}),
        ("cit-lsa", "paper", LoanDocument, {"ref": "cit-lsa.1"}),
    ],
)
def test_any_other_fact_is_voided_too(
    officer: Client, instrument: str, kind: str, model: Any, by: dict[str, str]
) -> None:
    fact = f"{kind}:{pk(model, **by)}"
    assert record(officer, "void", instrument, fact=fact, reason="Never so").status_code == 302
    assert model.objects.get(**by).recorded_in_error


def test_a_reservation_of_rights_answers_the_warning(officer: Client, see: See) -> None:
    page = "/borrowers/lpc/?as_of=2000-04-01"
    assert "sr-sub: an event of default stands unwaived" in see(page)
    fields = {"dated": "2000-03-20", "name": "Reservation of rights", "reason": "The letter"}
    assert record(officer, "reservation", "sr-sub", **fields).status_code == 302
    assert LoanDocument.objects.get(kind="reservation_of_rights").dated_as_of == date(2000, 3, 20)
    assert "sr-sub: an event of default stands unwaived" not in see(page)


def test_a_draft_is_executed_and_its_condition_satisfied(officer: Client, see: See) -> None:
    waiver = WaiverFactory(
        ref="draft", instrument=Instrument.objects.get(ref="sr-sub"), executed=None, effective_from=date(2000, 3, 1)
    )
    condition = ConditionFactory(waiver=waiver)
    assert "not executed: it does not count" in see("/waivers/draft/")
    done = record(officer, "execution", "sr-sub", waiver=waiver.pk, executed="2000-03-02", reason="Signed copy")
    assert done["Location"] == "/waivers/draft/"
    assert status("draft", date(2000, 3, 5)) == "pending"
    fields = {"condition": condition.pk, "satisfied": "2000-03-06", "reason": "The fee came in"}
    assert record(officer, "condition", "sr-sub", **fields).status_code == 302
    assert status("draft", date(2000, 3, 6)) == "in_force"
    assert Condition.objects.get().satisfied == date(2000, 3, 6)


def test_a_condition_of_a_waiver_recorded_in_error_is_not_offered(officer: Client) -> None:
    waiver = WaiverFactory(ref="void", instrument=Instrument.objects.get(ref="sr-sub"), recorded_in_error=True)
    ConditionFactory(waiver=waiver, text="Of nothing")
    assert "Of nothing" not in text(officer.get("/record/condition/", {"instrument": "sr-sub"}))


def test_a_termination_notice_ends_a_waiver_whose_trigger_is_on_notice(officer: Client) -> None:
    trigger = Trigger.objects.get(waiver__ref="cit-2000-01-31")
    with signed(BY, "test"):
        trigger.effect = "on_notice"
        trigger.save()
    record(officer, "holder-action", "sr-sub", **ACTION)
    assert status("cit-2000-01-31", date(2000, 3, 20)) == "in_force"
    waiver = pk(Waiver, ref="cit-2000-01-31")
    fields = {"waiver": waiver, "given": "2000-03-20", "effective": "2000-03-25", "cites": REF, "reason": "Our letter"}
    assert record(officer, "notice", "cit-lsa", **fields).status_code == 302
    assert TerminationNotice.objects.get().trigger_ref == REF
    assert status("cit-2000-01-31", date(2000, 3, 25)) == "terminated"


# Finding what to record


def test_one_finds_the_instrument_and_then_the_kind_of_fact(officer: Client, see: See) -> None:
    assert "Which?" in see("/record/")
    assert "12 3/4% Senior Subordinated Notes" in see("/record/?q=sr-s")
    assert "No debt on your desks is called “zzz”" in see("/record/?q=zzz")
    kinds = see("/record/?instrument=sr-sub")
    for said in ("What a holder or trustee did", "An extension", "Something recorded in error"):
        assert said in kinds
    assert officer.get("/record/payment/")["Location"] == "/record/"


def test_the_link_beside_a_missed_payment_fills_in_which(officer: Client) -> None:
    page = officer.get("/record/payment/", {"instrument": "jr14", "payment": "jr14-2000-02-01-interest"})
    number = pk(Payment, ref="jr14-2000-02-01-interest")
    assert f'<option value="{number}" selected>' in text(page)
    assert hidden(page)["key"]
