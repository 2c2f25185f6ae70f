from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from agreements.models import Desk
from tests import personas
from tests.integration.screens.conftest import LEXINGTON, load


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def desk(db: None) -> Desk:
    personas.officer()
    return Desk.objects.get()


@pytest.fixture
def officer(desk: Desk) -> Client:
    client = Client()
    client.force_login(desk.members.get(is_head=True).user)
    return client


@pytest.fixture
def register(desk: Desk) -> Desk:
    """Lexington without its waiver and its paper."""
    document = {**copy.deepcopy(LEXINGTON), "waivers": []}
    document["agreements"][0]["documents"] = []
    load(document, desk)
    return desk
