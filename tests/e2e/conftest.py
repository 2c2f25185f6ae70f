"""A real browser on Lexington's desk, wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser

from intake.example import load_example
from tests.e2e.screen import Screen
from waivers.positions import all_groups
from waivers.sweeps import sweep

FORMS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]
SEEN = datetime(2000, 1, 31, 17, tzinfo=UTC)


@pytest.fixture
def lexington(transactional_db: None) -> None:
    """Lexington and its desk's officer, who was told of what came up to 23 April 2000."""
    load_example(SEEN)
    for day in (date(2000, 1, 31), date(2000, 3, 1), date(2000, 4, 23)):
        sweep(all_groups(), day, at=SEEN)


@pytest.fixture
def open_screen(browser: Browser, live_server: Any, lexington: None) -> Iterator[Callable[..., Screen]]:
    """Opens a browser of its own on the desk."""
    contexts = []

    def opened(width: int = 1440, scheme: str = "light", **options: Any) -> Screen:
        size = {"width": width, "height": 900 if width > 1000 else 844}
        context = browser.new_context(viewport=size, color_scheme=scheme, has_touch=width < 1000, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        return Screen(context.new_page(), width, scheme, live_server.url)

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(params=FORMS, ids=lambda form: f"{form[0]}-{form[1]}")
def screen(request: pytest.FixtureRequest, open_screen: Callable[..., Screen]) -> Screen:
    """One of the four forms."""
    return open_screen(*request.param)
