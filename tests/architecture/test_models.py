"""What is recorded is tracked and never deleted, neither itself nor by way of what it points to."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models
from simple_history.models import HistoricalChanges

from audit.models import Fact, Kept, Personal

FACT_ROOMS = ["agreements", "notes", "waivers"]


def written_by_us(model: type[models.Model]) -> bool:
    """Neither one of simple_history's tables, nor written once, nor what people arrange for themselves."""
    return not issubclass(model, HistoricalChanges | Kept | Personal)


MODELS = [model for room in FACT_ROOMS for model in apps.get_app_config(room).get_models() if written_by_us(model)]
KEYS = [field for model in MODELS for field in model._meta.local_fields if isinstance(field, models.ForeignKey)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_model_is_a_fact_with_a_history(model: type[models.Model]) -> None:
    assert issubclass(model, Fact)
    assert model.history.model.instance_type is model


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_what_a_fact_points_to_cannot_be_deleted(key: models.ForeignKey) -> None:
    assert key.remote_field.on_delete is models.PROTECT


@pytest.mark.parametrize("room", FACT_ROOMS)
def test_a_room_of_facts_has_models(room: str) -> None:
    assert any(model._meta.app_label == room for model in MODELS)
