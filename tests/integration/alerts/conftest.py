from __future__ import annotations

from datetime import UTC, datetime

import pytest

from audit.models import User
from intake.example import load_example
from tests.integration.alerts.world import person


@pytest.fixture
def officer(db: None) -> User:
    return person("officer")


@pytest.fixture
def lexington(db: None) -> User:
    """The example is in the register; the officer of its desk."""
    load_example(datetime(2000, 1, 31, 12, tzinfo=UTC))
    return User.objects.get()
