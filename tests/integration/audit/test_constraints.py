"""Every constraint is the database's own, and where it has a sentence, validation says it.

A record is made valid, changed as the table below says, and saved without validation: the database must refuse it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from factory import SubFactory
from simple_history.models import HistoricalChanges

from audit.models import Fact, Kept
from audit.signing import signed
from tests.factories import (
    AT,
    REASON,
    SIGNATURE,
    DefaultEventFactory,
    InstrumentFactory,
    UserFactory,
    WaiverFactory,
    WebhookFactory,
    factory_of,
)

pytestmark = pytest.mark.django_db

MODELS = [
    model
    for room in ("audit", "alerts", "agreements", "notes", "waivers", "intake")
    for model in apps.get_app_config(room).get_models()
    if not issubclass(model, HistoricalChanges)
]
CONSTRAINTS = {constraint.name: (model, constraint) for model in MODELS for constraint in model._meta.constraints}
CHECKS = [name for name, (_, found) in CONSTRAINTS.items() if isinstance(found, models.CheckConstraint)]
UNIQUES = [name for name, (_, found) in CONSTRAINTS.items() if isinstance(found, models.UniqueConstraint)]
UNIQUE_FIELDS = [
    field for model in MODELS for field in model._meta.local_fields if field.unique and not field.primary_key
]

EARLY = date(1999, 12, 31)
NOT_REFS = ["", "../x", "a b", "<script>", "-a", "é", "a\n", "a\nb", "a/b", "٣"]
Wrong = dict[str, Any] | Callable[[Any], dict[str, Any]]

# What breaks a check: the fields that are changed, in one or more ways that each break it and no other.
WRONG: dict[str, list[Wrong]] = {
    **{name: [{"ref": ref} for ref in NOT_REFS] for name in CHECKS if name.endswith("_ref_is_plain")},
    "alert_state_is_known": [{"state": "lost"}],
    "alert_sending_has_a_lease": [
        {"state": "sending"},
        {"state": "sending", "lease": "x"},
        {"state": "sending", "lease_expires_at": SIGNATURE.at},
    ],
    "alert_has_one_recipient": [
        {"recipient": None},
        lambda alert: {"webhook": WebhookFactory()},
    ],
    "alert_set_aside_is_dead_with_a_reason": [
        {"set_aside_at": AT},
        {"set_aside_at": AT, "state": "dead"},
        {"set_aside_at": AT, "note": "550"},
    ],
    "alert_snoozed_is_not_passed_on": [{"snoozed_until": AT, "answer_by": AT - timedelta(days=1)}],
    "act_on_a_dead_alert_says_why": [{"kind": "sent_again"}, {"kind": "set_aside"}],
    "export_end_has_a_hash": [{"sha256": text} for text in ("", "0" * 63, "A" * 64)],
    "webhook_topic_is_known": [{"topic": topic} for topic in ("", "lpc", "party:lpc", "desk:", "desk:a b")],
    "subscription_topic_is_known": [{"topic": topic} for topic in ("", "lpc", "party:lpc", "desk:", "desk:a b")],
    "preference_quiet_hours_are_whole": [{"quiet_from": time(20)}, {"quiet_until": time(7)}],
    "preference_absence_is_whole": [
        {"away_from": EARLY},
        {"away_until": EARLY},
        {"away_from": EARLY, "away_until": EARLY},
        lambda wish: {"away_from": AT.date(), "away_until": EARLY, "deputy": UserFactory()},
        lambda wish: {"away_from": AT.date(), "deputy": UserFactory()},
    ],
    "preference_deputy_is_somebody_else": [lambda wish: {"deputy": wish.owner}],
    "party_has_a_name": [{"name": ""}],
    "instrument_kind_is_known": [{"kind": "lease"}],
    "instrument_principal_not_negative": [{"principal_outstanding": "-0.01"}],
    "instrument_currency_is_a_code": [{"currency": code} for code in ("", "usd", "US", "U$D", "ÜSD")],
    "instrument_party_role_is_known": [{"role": "friend"}],
    "document_not_under_itself": [lambda paper: {"parent": paper}],
    "document_file_has_its_hash": [
        {"file": "documents/a.bin"},
        {"sha256": "0" * 64},
        {"file": "documents/a.bin", "sha256": "0" * 63},
        {"file": "documents/a.bin", "sha256": "A" * 64},
    ],
    "clause_kind_is_known": [{"kind": "mood"}],
    "clause_threshold_is_whole": [
        {"threshold_amount": "5"},
        {"threshold_operator": ">"},
        {"threshold_amount": "-5", "threshold_operator": ">"},
        {"threshold_amount": "5", "threshold_operator": "<"},
    ],
    "default_event_status_is_known": [{"status": "rumoured"}],
    "default_event_cured_after_it_occurred": [{"cured": EARLY}],
    "note_ranking_is_known": [{"ranking": "best"}],
    "note_rate_kind_is_known": [{"rate_kind": "high"}],
    "note_coupon_is_a_percentage": [{"coupon": "-0.5"}, {"coupon": "100.000001"}],
    "payment_kind_is_known": [{"kind": "gift"}],
    "payment_amount_is_positive": [{"amount": "0"}, {"amount": "-1"}],
    "holder_action_kind_is_known": [{"kind": "letter"}],
    "holder_action_by_is_known": [{"by": "debtor"}],
    "holder_action_status_is_known": [{"status": "rumoured"}],
    "holder_action_annulled_after_it_occurred": [{"annulled": EARLY}],
    "holder_action_withdrawn_after_it_occurred": [{"withdrawn": EARLY}],
    "waiver_kind_is_known": [{"kind": "favour"}],
    "waiver_ends_after_it_begins": [{"until_date": EARLY}],
    "waiver_end_words_need_a_date": [
        {"until_date": None},
        {"until_date": None, "until_text": "", "until_inclusive": True},
    ],
    "waiver_does_not_extend_itself": [lambda waiver: {"extends": waiver}],
    "pack_state_is_known": [{"state": "lost"}],
    "pack_that_is_done_has_its_file": [{"state": "done"}, {"state": "done", "file": "packs/x.zip", "sha256": "x"}],
    "certificate_numbers_begin_at_one": [{"number": 0}],
    "certificate_knows_nothing_of_the_future": [{"known_at": AT + timedelta(seconds=1)}],
    "certificate_has_its_hashes": [{"json_sha256": "A" * 64}, {"pdf_sha256": "0" * 63}],
    "incoming_state_is_known": [{"state": "lost"}],
    "incoming_has_its_hash": [{"sha256": text} for text in ("", "0" * 63, "A" * 64)],
    "incoming_repeat_names_the_first": [{"state": "duplicate"}],
    "incoming_recorded_has_its_waiver": [
        {"state": "recorded", "recorded_at": AT},
        lambda incoming: {"state": "recorded", "waiver": WaiverFactory()},
    ],
    "incoming_repeats_another": [lambda incoming: {"same_as": incoming}],
    "verdict_is_known": [{"outcome": "perhaps"}],
    "scope_line_names_its_target": [
        {"form": "gift"},
        {"instrument": None},
        {"form": "default_events"},
        {"form": "default_events", "instrument": None},
        lambda line: {"default_event": DefaultEventFactory()},
    ],
    "scope_line_kinds_and_due_are_of_payments": [
        {"form": "all_of", "kinds": "principal"},
        {"form": "acceleration_of", "due": EARLY},
    ],
    "scope_line_kinds_are_known": [{"kinds": "fee"}, {"kinds": "interest,principal"}],
    "trigger_is_on_something": [{"on_acceleration": False}],
    "trigger_by_is_known": [{"by": "trustee,holder"}],
    "trigger_effect_is_known": [{"effect": "perhaps"}],
    "trigger_target_is_one_thing": [
        {"instrument": None},
        {"event_kind": "insolvency"},
        lambda target: {"waiver": WaiverFactory()},
    ],
}
# Where a field's or the model's own check speaks before the constraint could.
SAID_INSTEAD = {
    "document_not_under_itself": "lies under this document itself: a tree has no cycle.",
    "instrument_principal_not_negative": "greater than or equal to 0",
}
ALWAYS_SAID = ("is not a valid choice", "cannot be blank")
# What makes the first of two records fall under a unique constraint that has a condition.
UNDER = {
    "desk_has_one_head": {"is_head": True},
    "alert_once_for_a_webhook": {"recipient": None, "webhook": SubFactory(WebhookFactory)},
}
# A second record that differs enough from the first, by constraint.
DIFFERENT = {
    "link_once": {"number": lambda: 1},
    "desk_has_one_head": {"user": lambda: factory_of(CONSTRAINTS["desk_has_one_head"][0])().user},
}
every_way = pytest.mark.parametrize(
    ("name", "wrong"),
    [pytest.param(name, wrong, id=f"{name}-{n}") for name, ways in WRONG.items() for n, wrong in enumerate(ways)],
)


def save(record: models.Model) -> None:
    with transaction.atomic(), signed(SIGNATURE, REASON) if isinstance(record, Fact) else nullcontext():
        record.save()


def broken(name: str, wrong: Wrong) -> models.Model:
    record = factory_of(CONSTRAINTS[name][0])()
    if isinstance(record, Kept):
        record.pk, record._state.adding = None, True  # what is written once can only be wrong from the beginning
    for field, value in (wrong(record) if callable(wrong) else wrong).items():
        setattr(record, field, value)
    return record


def second(model: type[models.Model], first: models.Model) -> models.Model:
    """A record equal to another in all but its key."""
    copy = model.objects.get(pk=first.pk)
    copy.pk, copy._state.adding = None, True
    return copy


def test_no_constraint_is_untested_and_no_test_is_left_over() -> None:
    assert set(WRONG) == set(CHECKS)
    assert len(CONSTRAINTS) == sum(len(model._meta.constraints) for model in MODELS), "names are distinct"
    assert set(UNDER) | set(DIFFERENT) | set(SAID_INSTEAD) <= set(CONSTRAINTS)


@every_way
def test_the_database_refuses_what_breaks_a_check(name: str, wrong: Wrong) -> None:
    with pytest.raises(IntegrityError, match=name):
        save(broken(name, wrong))


@every_way
def test_validation_refuses_it_too_and_says_its_sentence(name: str, wrong: Wrong) -> None:
    _, check = CONSTRAINTS[name]
    with pytest.raises(ValidationError) as refusal:
        broken(name, wrong).full_clean()
    said = " ".join(refusal.value.messages)
    if check.violation_error_message != check.default_violation_error_message:
        assert any(text in said for text in (SAID_INSTEAD.get(name, check.violation_error_message), *ALWAYS_SAID))


@pytest.mark.parametrize("name", UNIQUES)
def test_the_database_refuses_the_same_twice(name: str) -> None:
    model, constraint = CONSTRAINTS[name]
    first = factory_of(model)(**UNDER.get(name, {}))
    again = second(model, first)
    for field, made in DIFFERENT.get(name, {}).items():
        setattr(again, field, made())
    for field in UNIQUE_FIELDS:
        if field.model is model and field.name not in constraint.fields:
            setattr(again, field.name, "another")
    with pytest.raises(ValidationError):
        again.full_clean()
    with pytest.raises(IntegrityError, match=name if connection.vendor == "postgresql" else columns(model, constraint)):
        save(again)


def columns(model: type[models.Model], constraint: models.UniqueConstraint) -> str:
    """How SQLite names a unique constraint."""
    names = [model._meta.get_field(field).column for field in constraint.fields]
    return ", ".join(f"{model._meta.db_table}.{name}" for name in names) + "$"


APART = {"alerts.CalendarFeed.token_hash": {"revoked_at": AT}}  # so that no other constraint is in the way


@pytest.mark.parametrize("field", UNIQUE_FIELDS, ids=str)
def test_the_database_refuses_a_unique_value_twice(field: models.Field) -> None:
    first = factory_of(field.model)(**APART.get(str(field), {}))
    with pytest.raises(IntegrityError, match=f"(?i)unique(.|\n)*{field.column}"):
        save(second(field.model, first))


def test_a_desk_may_have_a_second_head_once_the_first_was_recorded_in_error() -> None:
    model = CONSTRAINTS["desk_has_one_head"][0]
    first = factory_of(model)(is_head=True)
    first.recorded_in_error = True
    save(first)
    assert factory_of(model)(desk=first.desk, is_head=True).pk


@pytest.mark.parametrize("lead_days", ["30", [30, 30], [-1], [367], [True], [1.5], {"30": 1}])
@pytest.mark.parametrize("make", [factory_of(CONSTRAINTS["desk_ref_is_plain"][0]), WaiverFactory])
def test_lead_times_that_make_no_sense_get_their_sentence(make: Any, lead_days: Any) -> None:
    record = make()
    record.lead_days = lead_days
    with pytest.raises(ValidationError, match="Lead times are a list of different whole numbers"):
        record.full_clean()


def test_a_paper_lies_in_a_tree_of_one_instrument() -> None:
    papers = factory_of(CONSTRAINTS["document_ref_is_plain"][0])
    top = papers()
    middle = papers(parent=top, instrument=top.instrument)
    top.parent = papers(parent=middle, instrument=top.instrument)
    with pytest.raises(ValidationError, match="a tree has no cycle"):
        top.full_clean()
    middle.instrument = InstrumentFactory()
    with pytest.raises(ValidationError, match="of another instrument"):
        middle.full_clean()
