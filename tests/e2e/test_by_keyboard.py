"""Each main task by the keyboard alone: Tab, Enter, arrows and what one types."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from alerts.models import Alert, CalendarFeed
from notes.models import HolderAction, Payment
from tests.e2e.screen import Screen
from waivers.models import SavedView

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at(screen: Screen) -> Screen:
    """Signed in, in one of the four forms."""
    screen.sign_in()
    return screen


def test_the_content_is_one_key_away_and_the_way_out_is_reached(at: Screen) -> None:
    page = at.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    at.go("/")
    at.press(page.get_by_role("button", name="Sign out"))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert at.faults == []


def test_search_finds_as_one_types_and_arrows_lead_through_what_was_found(at: Screen) -> None:
    page = at.page
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    page.keyboard.type("12 3/4")
    found = page.locator(".find .results")
    expect(found).to_contain_text("12 3/4% Senior Subordinated Notes due February 1, 2000")
    at.look("search-as-you-type")
    page.keyboard.press("ArrowDown")
    expect(found.get_by_role("link").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    expect(found).to_be_hidden()
    page.keyboard.type("% senior")
    expect(found).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1", has_text="12 3/4% Senior Subordinated Notes")).to_be_visible()
    assert at.faults == []


def test_the_date_is_set_and_the_reasons_are_opened_and_closed(at: Screen) -> None:
    page = at.page
    at.go("/borrowers/lpc/")
    at.type_into(page.get_by_label("As of", exact=True), "2000-03-01")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Position as of 1 March 2000, Wed")).to_be_visible()
    at.press(page.locator("tr#debt-cit-lsa button").first)
    expect(page.get_by_role("dialog")).to_contain_text("It is waived by Agreement (Exhibit 10-106)")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    at.press(page.get_by_text("Known at", exact=True).first, "Space")
    at.type_into(page.locator("#known_at"), "1999-12-31 12:00")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The register knew of no instrument")).to_be_visible()
    assert at.faults == []


def test_the_as_of_line_is_moved_by_arrow_keys(at: Screen) -> None:
    page = at.page
    at.go("/borrowers/lpc/?as_of=2000-04-29")
    slider = page.get_by_role("slider")
    at.tab_to(slider)
    expect(slider).to_have_attribute("aria-valuetext", "29 April 2000, Sat")
    for day, said in (("2000-04-30", "30 April 2000, Sun"), ("2000-05-01", "1 May 2000, Mon")):
        with page.expect_navigation(url=f"**as_of={day}*"):
            page.keyboard.press("ArrowRight")
            expect(slider).to_have_attribute("aria-valuetext", said)
        expect(page.get_by_role("heading", name=f"Position as of {said}")).to_be_visible()
        expect(slider).to_be_focused()
    expect(at.state_of("cit-lsa")).to_have_text("▲ Event of default")
    expect(page.get_by_role("slider")).to_be_focused()
    assert "as_of=2000-05-01" in page.url
    # All of the page is of that day: what is printed at its foot, and where its links lead.
    expect(page.locator("footer")).to_contain_text("As of 1 May 2000, Mon")
    assert "as_of=2000-05-01" in page.get_by_role("link", name="Waivers", exact=True).get_attribute("href")
    assert at.faults == []


def test_a_payment_is_recorded_from_the_line_that_is_missed(at: Screen) -> None:
    page = at.page
    at.go("/instruments/jr14/?as_of=2000-03-01")
    at.press(page.get_by_role("link", name="record it paid").first)
    at.type_into(page.get_by_label("Paid on"), "2000-02-20")
    at.type_into(page.get_by_label("Source or reason"), "The trustee's receipt")
    at.press(page.get_by_role("button", name="Show what it would change"))
    expect(page.get_by_role("heading", name="What it would change")).to_be_visible()
    at.press(page.get_by_role("button", name="Record it"))
    expect(page.get_by_text("Recorded as jr14-2000-02-01-interest.")).to_be_visible()
    assert str(Payment.objects.get(ref="jr14-2000-02-01-interest").paid) == "2000-02-20"
    assert at.faults == []


def test_what_if_is_asked_and_answered(at: Screen) -> None:
    page = at.page
    at.go("/borrowers/lpc/what-if/?as_of=2000-03-01")
    at.tab_to(page.get_by_label("does this"))
    page.keyboard.type("seeks")
    at.tab_to(page.get_by_label("in respect of"))
    page.keyboard.type("12 3/4")
    at.press(page.get_by_role("button", name="Show both"))
    expect(page.get_by_role("heading", name="Waivers that fall")).to_be_visible()
    assert not HolderAction.objects.exists()
    assert at.faults == []


def test_a_list_is_filtered_sorted_and_saved(at: Screen) -> None:
    page = at.page
    at.go("/waivers/?as_of=2000-03-01")
    expect(page.locator(".state").first).to_have_text("● In force")
    at.type_into(page.get_by_label("Words", exact=True), "tri-links")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="tri-links-2000-01-31")).to_be_visible()
    expect(page.get_by_role("link", name="cit-2000-01-31", exact=True)).to_have_count(0)
    at.press(page.get_by_text("Save this view"), "Space")
    at.type_into(page.get_by_label("Name"), "Tri-Links")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Tri-Links", exact=True)).to_be_visible()
    assert SavedView.objects.get().name == "Tri-Links"
    assert at.faults == []


def test_an_alert_is_acknowledged_and_the_watch_is_filtered(at: Screen) -> None:
    page = at.page
    at.go("/alerts/")
    before = Alert.objects.filter(acknowledged_at=None).count()
    with page.expect_navigation():
        at.press(page.get_by_role("button", name="Acknowledge").first)
    assert Alert.objects.filter(acknowledged_at=None).count() == before - 1
    at.go("/?as_of=2000-04-20")
    at.tab_to(page.get_by_label("Desk"))
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        at.press(page.get_by_role("button", name="Keep"))
    assert SavedView.objects.get().query == "desk=work-outs&officer="
    assert at.faults == []


def test_a_feed_is_made_and_revoked(at: Screen) -> None:
    page = at.page
    at.go("/calendar/")
    at.press(page.get_by_role("link", name="Feed"))
    at.press(page.get_by_role("button", name="Make the feed"))
    expect(page.get_by_role("heading", name="Its address, shown this once")).to_be_visible()
    at.look("feed-made")
    at.press(page.get_by_role("button", name="Revoke it"))
    expect(page.get_by_text("The feed is revoked")).to_be_visible()
    assert CalendarFeed.objects.get().revoked_at is not None
    assert at.faults == []
