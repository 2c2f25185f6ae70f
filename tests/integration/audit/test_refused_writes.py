"""What would pass the history by is refused, for every fact and by every road; and then nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core import serializers
from django.core.management import call_command
from django.db import models, transaction

from audit.models import Fact, User
from audit.querysets import BypassesHistoryError
from audit.signing import Signature, UnsignedChangeError, signed
from tests.factories import AT, FACTORIES, REASON, SIGNATURE, DeskFactory, PartyFactory, UserFactory, factory_of

FACTS = [model for model in FACTORIES if issubclass(model, Fact)]
every_fact = pytest.mark.parametrize("model", FACTS, ids=lambda model: model.__name__)

pytestmark = pytest.mark.django_db


def wait(call: Callable[..., Coroutine], *args: Any, **kwargs: Any) -> Any:
    return async_to_sync(call)(*args, **kwargs)


def copy_of(fact: Fact) -> Fact:
    """The same values as a record that is not yet saved."""
    copy = type(fact).objects.get(pk=fact.pk)
    copy.pk, copy._state.adding = None, True
    return copy


def deserialized(fact: Fact) -> None:
    for found in serializers.deserialize("json", serializers.serialize("json", [fact])):
        found.save()


PAST_THE_HISTORY: dict[str, Callable[[Fact, Any], Any]] = {
    "update": lambda fact, rows: rows.update(id=fact.pk + 1),
    "bulk_update": lambda fact, rows: rows.bulk_update([fact], [field_of(fact)]),
    "bulk_create": lambda fact, rows: rows.bulk_create([copy_of(fact)]),
    "bulk_create over what is there": lambda fact, rows: rows.bulk_create(
        [fact], update_conflicts=True, update_fields=[field_of(fact)], unique_fields=["id"]
    ),
    "update_or_create": lambda fact, rows: rows.update_or_create(id=fact.pk, defaults={}),
    "delete of a queryset": lambda fact, rows: rows.delete(),
    "raw delete": lambda fact, rows: rows._raw_delete(rows.db),
    "delete of a record": lambda fact, rows: fact.delete(),
    "save of some fields": lambda fact, rows: fact.save(update_fields=[field_of(fact)]),
    "save of a record read in part": lambda fact, rows: rows.only(field_of(fact)).get(pk=fact.pk).save(),
    "raw save": lambda fact, rows: fact.save_base(raw=True),
    "deserializer": lambda fact, rows: deserialized(fact),
    "save that skips the history": lambda fact, rows: fact.save_without_historical_record(),
    "aupdate": lambda fact, rows: wait(rows.aupdate, id=fact.pk + 1),
    "abulk_update": lambda fact, rows: wait(rows.abulk_update, [fact], [field_of(fact)]),
    "abulk_create": lambda fact, rows: wait(rows.abulk_create, [copy_of(fact)]),
    "aupdate_or_create": lambda fact, rows: wait(rows.aupdate_or_create, id=fact.pk, defaults={}),
    "adelete of a queryset": lambda fact, rows: wait(rows.adelete),
    "adelete of a record": lambda fact, rows: wait(fact.adelete),
    "asave of some fields": lambda fact, rows: wait(fact.asave, update_fields=[field_of(fact)]),
}
UNSIGNED: dict[str, Callable[[Fact, Any], Any]] = {
    "save of a new record": lambda fact, rows: copy_of(fact).save(),
    "save of a changed record": lambda fact, rows: fact.save(),
    "get_or_create": lambda fact, rows: rows.get_or_create(id=fact.pk + 1),
    "aget_or_create": lambda fact, rows: wait(rows.aget_or_create, id=fact.pk + 1),
    "create": lambda fact, rows: rows.create(),
    "acreate": lambda fact, rows: wait(rows.acreate),
    "asave": lambda fact, rows: wait(fact.asave),
    "record_all": lambda fact, rows: rows.record_all([copy_of(fact)]),
}


def field_of(fact: Fact) -> str:
    return next(field.name for field in fact._meta.local_fields if not field.primary_key)


def rows_of(model: type[models.Model]) -> list[tuple]:
    """All that is in the table and in its history."""
    return [
        *model.objects.order_by("id").values_list(),
        *model.history.model.objects.order_by("history_id").values_list(),
    ]


def let_through(roads: dict[str, Callable[[Fact, Any], Any]], refusal: type[Exception], model: type[Fact]) -> list[str]:
    """The roads on which a write was not refused, or was refused and left something behind."""
    fact = factory_of(model)()
    before = rows_of(model)
    found = []
    for name, write in roads.items():
        with transaction.atomic():
            try:
                with transaction.atomic():
                    write(model.objects.get(pk=fact.pk), model.objects.all())
                found.append(name)
            except refusal:
                if rows_of(model) != before:
                    found.append(f"{name} (left something behind)")
            transaction.set_rollback(True)
    return found


@every_fact
def test_a_write_past_the_history_is_refused_even_when_signed(model: type[Fact]) -> None:
    with signed(SIGNATURE, REASON):
        assert let_through(PAST_THE_HISTORY, BypassesHistoryError, model) == []


@every_fact
def test_a_write_that_nobody_signs_is_refused(model: type[Fact]) -> None:
    assert let_through(UNSIGNED, UnsignedChangeError, model) == []


@every_fact
def test_a_fixture_is_not_loaded_over_facts(model: type[Fact], tmp_path: Path) -> None:
    fixture = tmp_path / "facts.json"
    fixture.write_text(serializers.serialize("json", [factory_of(model)()]))
    with pytest.raises(BypassesHistoryError), transaction.atomic(), signed(SIGNATURE, REASON):
        call_command("loaddata", fixture, verbosity=0)


@pytest.mark.parametrize("how", ["add", "remove", "clear", "set"])
def test_a_write_by_way_of_the_other_end_of_a_key_is_refused(how: str) -> None:
    desk = DeskFactory()
    party, other = PartyFactory(desk=desk), PartyFactory()
    given = {"add": [other], "remove": [party], "clear": [], "set": [[other]]}[how]
    before = rows_of(type(party))
    with pytest.raises(BypassesHistoryError), transaction.atomic(), signed(SIGNATURE, REASON):
        getattr(desk.borrowers, how)(*given)
    assert rows_of(type(party)) == before


USER_DELETES: dict[str, Callable[[User], Any]] = {
    "delete of a person": lambda user: user.delete(),
    "delete of people": lambda user: User.objects.filter(pk=user.pk).delete(),
    "raw delete": lambda user: User.objects.filter(pk=user.pk)._raw_delete("default"),
    "adelete of people": lambda user: wait(User.objects.filter(pk=user.pk).adelete),
}


@pytest.mark.parametrize("how", USER_DELETES)
def test_a_user_is_never_deleted(how: str) -> None:
    user = UserFactory()
    with pytest.raises(BypassesHistoryError), transaction.atomic():
        USER_DELETES[how](user)
    assert User.objects.filter(pk=user.pk).exists()


@pytest.mark.parametrize("reason", ["", "  \n\t"])
def test_a_signature_without_a_reason_is_refused(reason: str) -> None:
    with pytest.raises(UnsignedChangeError, match="reason"), signed(Signature(AT, "ann", "officer"), reason):
        pytest.fail("the block was entered")


def test_a_signature_ends_with_its_block_even_when_that_fails() -> None:
    party = PartyFactory()
    with pytest.raises(ZeroDivisionError), signed(SIGNATURE, REASON):
        _ = 1 / 0
    with pytest.raises(UnsignedChangeError):
        party.save()
