"""How one is told, and what one does with an alert, by the keyboard alone and from a mail."""

from __future__ import annotations

from datetime import time

import pytest
from playwright.sync_api import expect

from alerts.links import address_to_acknowledge
from alerts.models import Alert, Preference, Subscription
from tests.e2e.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_quiet_hours_are_set_and_a_borrower_is_subscribed_to(screen: Screen) -> None:
    page = screen.page
    screen.sign_in()
    screen.go("/alerts/how/?topic=borrower:lpc")
    screen.type_into(page.get_by_label("From", exact=True), "20:00")
    screen.press(page.get_by_role("button", name="Keep"))
    expect(page.get_by_text("Quiet hours have a beginning and an end")).to_be_visible()
    screen.look("how-told-wrong")
    screen.type_into(page.get_by_label("Until", exact=True), "07:00")
    screen.press(page.get_by_role("button", name="Keep"))
    expect(page.get_by_text("Kept.")).to_be_visible()
    assert Preference.objects.get().quiet_until == time(7)
    screen.type_into(page.get_by_label("Of what", exact=True), "borrower:lpc")
    screen.type_into(page.get_by_label("Days before a date"), "90, 30, 7, 1, 0")
    screen.press(page.get_by_text("Only some kinds"), "Space")
    screen.press(page.get_by_label("a waiver is about to end"), "Space")
    screen.press(page.get_by_role("button", name="Subscribe"))
    expect(page.get_by_text("You are told of borrower:lpc from now on.")).to_be_visible()
    made = Subscription.objects.get()
    assert (made.lead_days, made.kinds) == ([90, 30, 7, 1, 0], ["waiver_ending"])
    assert screen.faults == []


def test_an_alert_is_acknowledged_from_its_mail_without_signing_in(screen: Screen) -> None:
    page = screen.page
    alert = Alert.objects.filter(kind="waiver_ending").first()
    screen.go(address_to_acknowledge(alert))
    expect(page.get_by_text("Opening this page has acknowledged nothing.")).to_be_visible()
    alert.refresh_from_db()
    assert alert.acknowledged_at is None
    screen.press(page.get_by_role("button", name="Acknowledge"))
    expect(page.get_by_role("status")).to_contain_text("Acknowledged")
    screen.look("acknowledged")
    alert.refresh_from_db()
    assert alert.acknowledged_by == alert.recipient
    assert screen.faults == []
