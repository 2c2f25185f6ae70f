"""The inbox, one alert, how one is told, and what reached nobody, as their readers use them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

import pytest
from django.db import models
from django.db.models import F
from django.test import Client

from agreements.models import Instrument
from alerts.models import Alert, Preference, Subscription
from audit.models import User
from tests.factories import AlertFactory, SubscriptionFactory
from tests.integration.screens.conftest import Register

See = Callable[..., str]
WISHES = {"what": "preference", "follows_desks": "on", "daily_at": "08:00", "zone": ""}


def keep(client: Client, **fields: str) -> str:
    answer = client.post("/alerts/how/", WISHES | fields, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_quiet_hours_the_daily_message_and_a_deputy_are_kept(register: Register, officer: Client) -> None:
    colleague = register.people["colleague"]
    assert "Kept." in keep(
        officer,
        daily="on",
        daily_at="07:30",
        quiet_from="20:00",
        quiet_until="07:00",
        zone="Europe/London",
        away_from="2026-12-24",
        away_until="2026-12-31",
        deputy=str(colleague.pk),
    )
    kept = Preference.objects.get(owner=register.people["officer"])
    assert (kept.daily, kept.daily_at, kept.quiet_from, kept.deputy) == (True, time(7, 30), time(20), colleague)
    page = officer.get("/alerts/how/").content.decode()
    assert 'value="2026-12-24"' in page
    assert 'value="20:00"' in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"quiet_from": "20:00"}, "Quiet hours have a beginning and an end: give both, or neither."),
        ({"quiet_from": "8 pm", "quiet_until": "07:00"}, "Write a time of day as 20:00."),
        ({"zone": "Mars/Olympus"}, "Mars/Olympus is no time zone; expected one such as America/New_York."),
        ({"away_from": "2026-12-24"}, "An absence has a first day and a last day: give both, or neither."),
        ({"away_from": "12/24/2026", "away_until": "2026-12-31"}, "Write a date as 2000-04-29."),
        ({"away_from": "2026-12-24", "away_until": "2026-12-20"}, "The last day away is before the first."),
        ({"away_from": "2026-12-24", "away_until": "2026-12-31"}, "Choose who is told while you are away"),
        ({"deputy": "99999"}, "Choose somebody who may be told in your place."),
    ],
)
def test_what_makes_no_sense_gets_its_sentence_and_is_not_kept(
    register: Register, officer: Client, fields: dict[str, str], said: str
) -> None:
    assert said in keep(officer, **fields)
    assert not Preference.objects.exists()


def test_a_stranger_is_no_deputy(register: Register, officer: Client) -> None:
    stranger = register.people["stranger"]
    assert "Choose somebody who may be told" in keep(officer, deputy=str(stranger.pk))
    assert "stranger" not in officer.get("/alerts/how/").content.decode()


# Subscriptions


def subscribe(client: Client, **fields: object) -> str:
    answer = client.post(
        "/alerts/how/", {"what": "subscribe", **{f"new-{name}": value for name, value in fields.items()}}, follow=True
    )
    return " ".join(answer.content.decode().split())


def test_a_subscription_is_made_from_a_borrowers_page_and_removed(
    register: Register, officer: Client, see: See
) -> None:
    assert "/alerts/how/?topic=borrower:lpc#subscribe" in see("/borrowers/lpc/")
    assert 'value="borrower:lpc"' in see("/alerts/how/?topic=borrower:lpc")
    models.QuerySet(Instrument).update(swept=F("changes"))
    page = subscribe(officer, topic="borrower:lpc", leads="90, 30,7", kinds=["waiver_ending"], daily="on")
    assert "You are told of borrower:lpc from now on." in page
    made = Subscription.objects.get()
    assert (made.lead_days, made.kinds, made.daily) == ([90, 30, 7], ["waiver_ending"], True)
    assert Instrument.objects.filter(changes__gt=F("swept")).count() == Instrument.objects.count()
    assert "Removed." in keep(officer, what="unsubscribe", number=str(made.pk))
    assert "removed before" in keep(officer, what="unsubscribe", number=str(made.pk))
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"topic": "lpc"}, "Say desk:REF, borrower:REF or instrument:REF."),
        ({"topic": "party:lpc"}, "Say desk:REF, borrower:REF or instrument:REF."),
        ({"topic": "borrower:nobody"}, "There is no borrower nobody with debts that you see."),
        ({"topic": "borrower:lpc", "leads": "soon"}, "Whole numbers from 0 to 366"),
        ({"topic": "borrower:lpc", "leads": "367"}, "Whole numbers from 0 to 366"),
        ({"topic": "borrower:lpc", "leads": "٣"}, "Whole numbers from 0 to 366"),
        ({"topic": "borrower:lpc", "kinds": ["rain"]}, "is not one of the available choices"),
    ],
)
def test_a_subscription_to_nothing_gets_its_sentence(
    register: Register, officer: Client, fields: dict[str, object], said: str
) -> None:
    assert said in subscribe(officer, **fields)
    assert not Subscription.objects.exists()


def test_the_hidden_and_the_absent_are_the_same_to_a_stranger(register: Register) -> None:
    stranger = register.client("stranger")
    for topic in ("borrower:lpc", "instrument:cit-lsa", f"desk:{register.desk.ref}"):
        kind, _, ref = topic.partition(":")
        assert f"There is no {kind} {ref} with debts that you see." in subscribe(stranger, topic=topic)


def test_twice_is_said_to_be_twice(register: Register, officer: Client) -> None:
    SubscriptionFactory(owner=register.people["officer"], topic="borrower:lpc")
    assert "You are subscribed to this already" in subscribe(officer, topic="borrower:lpc")


def test_nobody_removes_anothers(register: Register, officer: Client) -> None:
    theirs = SubscriptionFactory(owner=register.people["colleague"])
    keep(officer, what="unsubscribe", number=str(theirs.pk))
    assert Subscription.objects.filter(pk=theirs.pk).exists()


# One alert


def first_of(user: User, **which: object) -> Alert:
    return Alert.objects.filter(recipient=user, **which).order_by("pk").first()


def test_an_alerts_page_says_what_it_said_how_it_went_out_and_who_else_was_told(register: Register, see: See) -> None:
    alert = first_of(register.people["officer"], kind="waiver_ending")
    page = see(f"/alerts/{alert.pk}/")
    for said in (
        "What it says",
        "How it went out",
        "Nobody has acknowledged it",
        "Unless somebody does, it is passed on",
        "colleague, for 29 April 2000, Sat: pending",
    ):
        assert said in page


def test_an_alert_is_put_off_in_its_own_page_and_comes_back(register: Register, officer: Client, see: See) -> None:
    alert = first_of(register.people["officer"], kind="waiver_ending")
    Alert.objects.filter(pk=alert.pk).update(contractual_date="2199-01-31")
    where = {"back": "alert"}
    for until, said in (
        ("2198-02-30", "Say until which day"),
        ("soon", "Say until which day"),
        ("2199-02-01", "It can be put off to a moment from now to the end of 30 January 2199"),
        ("2000-01-01", "It can be put off to a moment from now"),
        ("2199-01-30", f"Alert {alert.pk} is put off until 30 January 2199, Wed, 8:00."),
    ):
        officer.post(f"/alerts/{alert.pk}/snooze/", where | {"until": until})
        assert said in see(f"/alerts/{alert.pk}/")
    assert f"alert {alert.pk}<" not in see("/alerts/")
    assert f"alert {alert.pk}<" in see("/alerts/?show=snoozed")
    officer.post(f"/alerts/{alert.pk}/acknowledge/", where)
    assert "officer has taken it in hand" in see(f"/alerts/{alert.pk}/")


# What reached nobody


def test_what_reached_nobody_is_mended_with_a_reason_by_whoever_sees_it(register: Register, officer: Client) -> None:
    colleague = register.people["colleague"]
    dead = AlertFactory(
        recipient=colleague,
        state="dead",
        note="550 No such mailbox",
        topic="instrument:cit-lsa",
        topics=["instrument:cit-lsa"],
    )
    hidden = AlertFactory(recipient=register.people["stranger"], state="dead", note="550", topic="", topics=[])
    page = officer.get("/alerts/dead/").content.decode()
    assert "550 No such mailbox" in page
    assert f"dead-{hidden.pk}" not in page
    assert "1 alert reached nobody" in officer.get("/").content.decode()

    def mend(client: Client, alert: Alert, **how: str) -> str:
        answer = client.post(
            "/alerts/dead/", {"number": str(alert.pk), "do": "again", "reason": "", **how}, follow=True
        )
        return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)

    assert "Say why" in mend(officer, dead)
    assert mend(register.client("auditor"), dead, reason="x") == "404"
    assert mend(register.client("stranger"), dead, reason="x") == "404"
    assert mend(officer, hidden, reason="x") == "404"
    assert "is sent again" in mend(officer, dead, reason="The mailbox is back")
    assert Alert.objects.get(pk=dead.pk).state == "pending"
    assert "Every alert got through" in officer.get("/alerts/dead/").content.decode()
