"""Every model of ours has a factory, and what it makes is valid and saved."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models
from simple_history.models import HistoricalChanges

from audit.models import Fact
from tests import personas
from tests.factories import FACTORIES, REASON, SIGNATURE, factory_of

ROOMS = ["audit", "alerts", "agreements", "notes", "waivers", "intake"]
MODELS = [
    model
    for room in ROOMS
    for model in apps.get_app_config(room).get_models()
    if not issubclass(model, HistoricalChanges)
]


def test_every_model_has_a_factory_and_no_factory_is_left_over() -> None:
    assert set(FACTORIES) == set(MODELS)


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_what_a_factory_makes_is_valid_and_saved_with_its_history(model: type[models.Model]) -> None:
    made = factory_of(model)()
    made.full_clean(exclude=["password"])
    assert model.objects.get() == made
    if issubclass(model, Fact):
        row = made.history.get()
        assert (row.actor_name, row.history_change_reason) == (SIGNATURE.name, REASON)


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_factory_can_be_asked_twice(model: type[models.Model]) -> None:
    assert factory_of(model)().pk != factory_of(model)().pk


@pytest.mark.django_db
def test_the_personas_are_six_people_two_of_them_on_a_desk() -> None:
    head = personas.officer()
    desk = head.desk_memberships.get().desk
    everyone = [head, personas.colleague(desk), personas.counsel(), personas.auditor(), personas.administrator()]
    assert len({*everyone, personas.stranger()}) == 6
    assert [member.user for member in desk.members.order_by("id")] == everyone[:2]
