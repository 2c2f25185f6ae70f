"""The main task, from the question to the alert in hand, in all four forms."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from alerts.models import Alert
from intake.example import DEMO_USER
from notes.models import HolderAction
from tests.e2e.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

REF = "sr-sub-2000-03-15-acceleration-sought"


def test_an_officer_records_the_trustees_move_sees_the_waiver_rescinded_and_takes_the_alert_in_hand(
    screen: Screen,
) -> None:
    page = screen.page
    screen.sign_in()

    # On 1 March the loan's default is waived through 30 April, and a click on the cell says why.
    page.get_by_role("link", name="Borrowers").click()
    page.get_by_role("link", name="Lexington Precision Corporation").click()
    page.get_by_label("As of", exact=True).fill("2000-03-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Position as of 1 March 2000, Wed")).to_be_visible()
    expect(screen.state_of("cit-lsa")).to_have_text("◐ Waived")
    expect(page.locator("tr#debt-cit-lsa")).to_contain_text("30 April 2000, Sun")
    page.locator("tr#debt-cit-lsa button").first.click()
    reason = page.get_by_role("dialog")
    expect(reason).to_contain_text("Agreement (Exhibit 10-106), paragraph 1")
    screen.look("reason")
    reason.get_by_role("link", name="cit-2000-01-31").click()
    expect(page.get_by_role("heading", name="Where it stands as of 1 March 2000, Wed")).to_be_visible()
    expect(page.locator("table.reading")).to_contain_text("30 April 2000, Sun")

    # What if the trustee moves? From the answer it is one click to the form that records it.
    page.get_by_role("link", name="Lexington Precision Corporation").click()
    page.get_by_role("link", name="What if").click()
    page.get_by_label("does this").select_option(label="seeks acceleration")
    page.get_by_label("in respect of").select_option("sr-sub")
    page.get_by_label("on:").fill("2000-03-15")
    page.get_by_role("button", name="Show both").click()
    expect(page.get_by_role("heading", name="Waivers that fall")).to_be_visible()
    expect(page.locator("section", has=page.locator("#falling"))).to_contain_text("cit-2000-01-31")
    assert not HolderAction.objects.exists()
    page.get_by_role("link", name="It happened: record it").click()

    # It is filled in; what is missing is said beside its field; the preview says what it would change.
    expect(page.get_by_label("Occurred on")).to_have_value("2000-03-15")
    page.get_by_label("Reported on").fill("2000-03-20")
    page.get_by_role("button", name="Show what it would change").click()
    expect(page.locator("#id_reason_errors")).to_contain_text("say how the desk knows")
    screen.look("record-wrong")
    page.get_by_label("Source or reason").fill("Letter of the trustee")
    page.get_by_role("button", name="Show what it would change").click()
    would = page.get_by_role("row").filter(has_text="Exhibit 10-106").filter(has_text="In force")
    expect(would).to_contain_text("15 March 2000, Wed")
    expect(would).to_contain_text("Rescinded")
    assert not HolderAction.objects.exists()
    screen.look("preview")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_text(f"Recorded as {REF}.")).to_be_visible()
    screen.look("recorded")
    assert HolderAction.objects.get().reported == date(2000, 3, 20)

    # The waiver fell on the day of the move, and the loan stands in default from then on.
    screen.go("/borrowers/lpc/?as_of=2000-03-15")
    expect(screen.state_of("cit-lsa")).to_have_text("▲ Event of default")
    row = page.get_by_role("row").filter(has_text="cit-2000-01-31").filter(has_text="Rescinded")
    expect(row).to_contain_text(f"15 March 2000, Wed, by {REF} (alleged)")
    screen.look("borrower-rescinded")

    # The desk was told in the same breath.
    page.get_by_role("link", name="Alerts", exact=True).click()
    alert = page.locator("article").filter(has=page.get_by_role("link", name="cit-2000-01-31 was rescinded"))
    alert.get_by_text("Why, and what to do").click()
    expect(alert).to_contain_text("reported on 20 March 2000, Mon")
    alert.get_by_role("button", name="Acknowledge").click()
    expect(alert).to_have_count(0)
    told = Alert.objects.get(about="waiver:cit-2000-01-31", kind="waiver_rescinded")
    assert told.acknowledged_by.username == DEMO_USER

    assert screen.faults == []
