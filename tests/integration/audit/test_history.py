"""Every change of a fact leaves a row that says who, as what, in which request, when and why; and the past is read."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from django.db import models, transaction

from agreements.models import Instrument, Party
from agreements.operations import join_groups
from audit.models import Fact
from audit.signing import Signature, sign, sign_for_the_system, signed
from tests import personas
from tests.factories import AT, FACTORIES, REASON, SIGNATURE, InstrumentFactory, PartyFactory, factory_of
from tests.guards import lifted

FACTS = [model for model in FACTORIES if issubclass(model, Fact)]
every_fact = pytest.mark.parametrize("model", FACTS, ids=lambda model: model.__name__)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def at(days: float) -> Signature:
    return sign_for_the_system("clock", AT + timedelta(days=days))


def values(row: models.Model, like: type[models.Model]) -> dict:
    return {field.attname: getattr(row, field.attname) for field in like.history.model.tracked_fields}


@every_fact
def test_a_history_row_says_who_as_what_in_which_request_when_and_why(model: type[Fact]) -> None:
    ann = personas.auditor()
    by = sign(ann, AT + DAY, "request-7")
    fact = factory_of(model)()
    with signed(by, "  Put right after a call  "):
        fact.save()
    row = fact.history.first()
    assert (row.history_user_id, row.actor_name, row.actor_role) == (ann.pk, "auditor", "auditor")
    assert (row.request_id, row.history_date, row.history_type) == ("request-7", AT + DAY, "~")
    assert row.history_change_reason == "Put right after a call"


@every_fact
def test_what_is_recorded_in_bulk_has_history_rows_with_the_values_of_its_rows(model: type[Fact]) -> None:
    with transaction.atomic():
        unsaved = [factory_of(model)(), factory_of(model)()]
        stored = [values(model.objects.get(pk=fact.pk), model) for fact in unsaved]
        keys = [{field.attname: getattr(fact, field.attname) for field in model._meta.local_fields} for fact in unsaved]
        with lifted():
            models.QuerySet(model)._raw_delete("default")
            model.history.all().delete()
    with signed(at(3), "Recorded together"):
        made = model.objects.record_all([model(**{**key, "id": None}) for key in keys])
    rows = model.history.order_by("history_id")
    assert [values(row, model) for row in rows] == [values(model.objects.get(pk=fact.pk), model) for fact in made]
    assert [{**value, "id": None} for value in stored] == [{**values(row, model), "id": None} for row in rows]
    assert {(row.history_type, row.history_date, row.history_change_reason, row.actor_name) for row in rows} == {
        ("+", at(3).at, "Recorded together", "clock")
    }


def test_recording_nothing_in_bulk_writes_nothing() -> None:
    with signed(SIGNATURE, REASON):
        assert Party.objects.record_all([]) == []
    assert not Party.history.exists()


def test_recording_in_bulk_is_all_or_nothing() -> None:
    PartyFactory(ref="there")
    with pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic(), signed(SIGNATURE, REASON):
        Party.objects.record_all([Party(ref="new", name="New (fictional)"), Party(ref="there", name="Again")])
    assert (Party.objects.count(), Party.history.count()) == (1, 1)


VERSIONS = [(0, 1, 2), (0, 0, 1), (0, 1, 1), (0, 0, 0), (0, 0.5, 3)]
ASKED = [-1, 0, 0.25, 0.5, 1, 2, 9]


@pytest.mark.parametrize(("days", "asked"), product(VERSIONS, ASKED))
def test_known_at_gives_exactly_what_was_known_at_the_moment(days: tuple[float, ...], asked: float) -> None:
    known = {}
    for ref, later in (("first", 0), ("second", 0.25)):
        party = Party(ref=ref)
        for number, day in enumerate(days):
            party.name = f"version {number} of the {ref}"
            with signed(at(day + later), REASON):
                party.save()
            if day + later <= asked:
                known[ref] = party.name
    assert dict(Party.objects.known_at(at(asked).at).values_list("ref", "name")) == known


@every_fact
def test_known_at_reads_the_same_columns_as_now(model: type[Fact]) -> None:
    fact = factory_of(model)()
    columns = [field.attname for field in model.history.model.tracked_fields]
    assert not model.objects.known_at(AT - DAY).filter(id=fact.pk).exists()
    then, now = (model.objects.known_at(moment).values(*columns).get(id=fact.pk) for moment in (AT, None))
    assert then == now


def test_what_was_recorded_in_error_stood_until_it_was_voided() -> None:
    party = PartyFactory()
    party.recorded_in_error = True
    with signed(at(5), "It was another company"):
        party.save()
    assert not Party.objects.standing().exists()
    assert Party.objects.known_at(AT + 4 * DAY).get().recorded_in_error is False
    assert Party.objects.known_at(AT + 5 * DAY).get().recorded_in_error is True


def test_the_group_of_an_instrument_is_an_index_without_history() -> None:
    one, other = InstrumentFactory(), InstrumentFactory()
    before = Instrument.history.count()
    join_groups([one.pk, other.pk])
    assert len(set(Instrument.objects.values_list("group", flat=True))) == 1
    assert Instrument.history.count() == before
    assert "group" not in {field.name for field in Instrument.history.model._meta.get_fields()}
