"""The founding document, from the file to the watched waiver, in a real browser and by the keyboard."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from audit.models import User
from audit.signing import sign
from intake import example
from intake.example import DEMO_USER
from intake.models import Incoming
from intake.review.jobs import read_what_waits
from tests.e2e.screen import Screen
from waivers.models import Waiver

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

EXHIBIT = Path(example.__file__).parent / "exhibit-10-106.txt"


@pytest.fixture
def at(screen: Screen) -> Screen:
    """Signed in, in one of the four forms."""
    screen.sign_in()
    return screen


def test_a_document_becomes_a_waiver_by_the_keyboard(at: Screen, tmp_path: Path) -> None:
    page = at.page
    later = tmp_path / "extension.txt"
    later.write_text(
        EXHIBIT.read_text().replace("January 31, 2000", "May 1, 2000").replace("until May 1,", "until August 1,")
    )
    at.go("/intake/")
    page.get_by_label("Documents", exact=True).set_input_files(later)
    at.press(page.get_by_role("button", name="Read them"))
    expect(page.get_by_role("status")).to_contain_text("It waits for its turn.")
    read_what_waits(timezone.now)
    expect(page.get_by_role("link", name="Go through its terms")).to_be_visible()  # without being asked again
    at.press(page.get_by_role("link", name="Go through its terms"))
    terms = page.locator(".term")
    expect(terms.first).to_be_visible()
    count = terms.count()
    at.press(page.get_by_role("link", name="Begin with the first that waits."))
    expect(terms.first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(terms.first).to_be_focused()
    expect(page.locator(".from.now").first).to_be_visible()
    page.keyboard.press("t")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.press("t")
    expect(terms.first).to_be_focused()
    page.keyboard.press("r")
    expect(terms.first).to_have_attribute("data-state", "rejected")
    expect(terms.nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("c")
    expect(terms.first.get_by_label("Title")).to_be_focused()
    page.keyboard.type("Extension of the waiver (fictional)")
    page.keyboard.press("Enter")
    expect(terms.first).to_have_attribute("data-state", "corrected")
    for done in range(1, count):
        expect(page.locator("#progress")).to_contain_text(f"{count - done} of {count} terms wait")
        page.keyboard.press("a")
    expect(page.locator("#progress")).to_contain_text(f"All {count} terms have a verdict.")
    at.look("review-decided", keep=False)
    at.press(page.locator("#progress").get_by_role("link", name="See what it would become"))
    page.get_by_label("It extends").select_option("cit-2000-01-31")
    at.press(page.get_by_role("button", name="Show what it would change"))
    expect(page.get_by_role("heading", name="What it would change")).to_be_visible()
    at.look("record-draft-preview")
    at.press(page.get_by_role("button", name="Record it"))
    expect(page.get_by_role("status").first).to_contain_text("Recorded as")
    waiver = Waiver.objects.get(incoming__isnull=False)
    assert (waiver.extends.ref, waiver.until_date) == ("cit-2000-01-31", date(2000, 8, 1))
    assert waiver.title.startswith("Extension of the waiver")
    assert at.faults == []


def test_a_click_on_the_words_shows_the_term_and_the_other_way_round(at: Screen) -> None:
    from intake.operations import receive

    officer = User.objects.get(username=DEMO_USER)
    desk = officer.desk_memberships.get().desk
    by = sign(officer, timezone.now())
    receive(name="exhibit.txt", data=EXHIBIT.read_bytes(), desk=desk, owner=officer, by=by)
    read_what_waits(timezone.now)
    page = at.page
    at.go(f"/intake/{Incoming.objects.get().pk}/")
    page.locator(".from", has_text="until May 1, 2000").last.click()
    expect(page.locator(".term:focus")).to_contain_text("1 May 2000, Mon")
    page.locator("#term-law").get_by_role("link", name="From").click()
    expect(page).to_have_url(re.compile("#words-law$"))
    assert at.faults == []
