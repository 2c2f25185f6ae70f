"""The main task in a real browser, wide and narrow, light and dark: from the question to the alert in hand.

`SCREENS=1` also keeps a picture of each page in docs/screens/, as page-width-scheme.png.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from alerts.models import Alert
from intake.example import DEMO_PASSWORD, DEMO_USER, load_example
from notes.models import HolderAction
from waivers.positions import all_groups
from waivers.reminders import sweep

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SCREENS = Path(__file__).parents[2] / "docs" / "screens"
FORMS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]
SEEN = datetime(2000, 1, 31, 17, tzinfo=UTC)


@dataclass
class Screen:
    """A page in one of its four forms, looked at with care."""

    page: Page
    width: int
    scheme: str
    url: str
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def look(self, name: str, *, keep: bool = True) -> None:
        """What holds for every page: nothing for axe to find, nothing beyond the right edge, nothing in the console."""
        found = [
            f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
            for violation in Axe().run(self.page).response["violations"]
            for node in violation["nodes"]
        ]
        self.faults += [f"{name}: {fault}" for fault in found]
        beyond = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if beyond > 0:
            self.faults.append(f"{name}: scrolls {beyond} px sideways at {self.width} px")
        if keep and os.environ.get("SCREENS"):
            SCREENS.mkdir(exist_ok=True)
            self.page.screenshot(path=SCREENS / f"{name}-{self.width}-{self.scheme}.png", full_page=True)

    def sign_in(self) -> None:
        self.page.goto(f"{self.url}/")
        self.look("sign-in")
        self.page.get_by_label("User name").fill(DEMO_USER)
        self.page.get_by_label("Password").fill(DEMO_PASSWORD)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="What needs you")).to_be_visible()

    def state_of(self, instrument: str) -> Any:
        row = self.page.get_by_role("row").filter(has=self.page.locator(f"a[href='#{instrument}']"))
        return row.locator(".state")


@pytest.fixture(params=FORMS, ids=lambda form: f"{form[0]}-{form[1]}")
def screen(
    request: pytest.FixtureRequest, browser: Browser, live_server: Any, transactional_db: None
) -> Iterator[Screen]:
    """Lexington and its desk's officer, who was told of what came up to 23 April 2000."""
    load_example(SEEN)
    for day in (date(2000, 1, 31), date(2000, 3, 1), date(2000, 4, 23)):
        sweep(all_groups(), day, at=SEEN)
    width, scheme = request.param
    size = {"width": width, "height": 900 if width > 1000 else 844}
    with browser.new_context(viewport=size, color_scheme=scheme, has_touch=width < 1000) as context:
        context.set_default_timeout(15_000)
        yield Screen(context.new_page(), width, scheme, live_server.url)


def test_an_officer_records_the_trustees_move_sees_the_waiver_rescinded_and_takes_the_alert_in_hand(
    screen: Screen,
) -> None:
    page = screen.page
    screen.sign_in()
    screen.look("home")

    # On 1 March the loan's default is waived through 30 April.
    page.get_by_role("link", name="Lexington Precision Corporation").click()
    page.get_by_label("As of").fill("2000-03-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Position as of 1 March 2000, Wed")).to_be_visible()
    expect(screen.state_of("cit-lsa")).to_have_text("◐ Waived")
    expect(page.locator("#cit-lsa")).to_contain_text("through 30 April 2000, Sun")
    screen.look("borrower")
    page.get_by_role("link", name="cit-2000-01-31", exact=True).first.click()
    expect(page.get_by_text("through 30 April 2000, Sun")).to_be_visible()
    screen.look("waiver")

    # What the trustee did on 15 March, reported on the 20th, is filled in by keyboard and shown before it is recorded.
    page.get_by_role("link", name="Record a holder action").click()
    screen.look("record")
    page.get_by_label("Instrument").focus()
    page.keyboard.type("12 3/4%")
    page.keyboard.press("Tab")
    page.keyboard.type("Acceleration sought")
    page.keyboard.press("Tab")
    page.keyboard.type("trustee")
    page.get_by_label("Occurred on").fill("2000-03-15")
    page.get_by_label("Reported on").fill("2000-03-20")
    page.get_by_label("Source").fill("Letter of the trustee")
    page.get_by_role("button", name="Show what it would change").focus()
    page.keyboard.press("Enter")
    would = page.get_by_role("row").filter(has_text="Exhibit 10-106").filter(has_text="In force")
    expect(would).to_contain_text("15 March 2000, Wed")
    expect(would).to_contain_text("Rescinded")
    assert not HolderAction.objects.exists()
    screen.look("preview")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("status")).to_contain_text("Recorded as sr-sub-2000-03-15-acceleration-sought.")
    screen.look("instrument")
    assert HolderAction.objects.get().reported == date(2000, 3, 20)

    # The waiver fell on the day of the move, and the loan stands in default from then on.
    page.goto(f"{screen.url}/borrowers/lpc/?as_of=2000-03-15")
    expect(screen.state_of("cit-lsa")).to_have_text("▲ Event of default")
    row = page.get_by_role("row").filter(has_text="cit-2000-01-31").filter(has_text="Rescinded")
    expect(row).to_contain_text("15 March 2000, Wed, by sr-sub-2000-03-15-acceleration-sought (alleged)")
    screen.look("borrower-rescinded")

    # The desk was told in the same breath.
    page.get_by_role("link", name="Alerts", exact=True).click()
    alert = page.locator("article").filter(has=page.get_by_role("link", name="cit-2000-01-31 was rescinded"))
    alert.get_by_text("Why, and what to do").click()
    expect(alert).to_contain_text("reported on 20 March 2000, Mon")
    screen.look("inbox")
    alert.get_by_role("button", name="Acknowledge").click()
    expect(alert).to_have_count(0)
    assert (
        Alert.objects.get(about="waiver:cit-2000-01-31", kind="waiver_rescinded").acknowledged_by.username == DEMO_USER
    )

    assert screen.faults == []


def test_the_keyboard_alone_reaches_the_content_the_search_and_the_way_out(screen: Screen) -> None:
    page = screen.page
    screen.sign_in()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_label("Find a borrower").focus()
    page.keyboard.type("nobody at all")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No borrower on your desks is called “nobody at all”.")).to_be_visible()
    page.goto(f"{screen.url}/borrowers/lpc/?as_of=2000-02-30")
    expect(page.get_by_role("alert")).to_contain_text("As of must be a date of the calendar")
    screen.look("wrong-date", keep=False)
    page.get_by_role("button", name="Sign out").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert screen.faults == []
