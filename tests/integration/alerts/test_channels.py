"""The outgoing webhook against a real HTTP server, and what a mail provider reports through its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from alerts.channels.email import compose, message_id
from alerts.channels.webhook import key_of, signing_key
from alerts.dispatch import claim, dispatch
from alerts.models import Alert, Webhook
from alerts.operations import raise_alerts
from alerts.register import Audience
from alerts.reports import webhook_of
from alerts.states import State
from audit.models import Role, User
from tests.factories import AlertFactory, WebhookFactory
from tests.integration.alerts.test_dispatch import letter
from tests.integration.alerts.world import person

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


@dataclass
class Desk:
    """A desk's chat: it takes what is posted, answers as it is told, and knows what it took."""

    answers: list[int | str] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def taken(self) -> list[str]:
        return [headers["Idempotency-Key"] for headers, _ in self.got]


@pytest.fixture
def desk() -> Iterator[Desk]:
    chat = Desk()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = chat.answers.pop(0) if chat.answers else 200
            if answer != 503:
                chat.got.append((dict(self.headers), body))
            if answer == "drop":
                self.connection.close()
                return
            self.send_response(int(answer))
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            key = parse_qs(urlsplit(self.path).query)["key"][0]
            chat.asked.append(key)
            self.send_response(200 if key in chat.taken() else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    chat.url = f"http://127.0.0.1:{server.server_port}/in"
    yield chat
    server.shutdown()
    server.server_close()


def raised(officer: User, desk: Desk, **how: Any) -> Alert:
    """One alert for a person and one for the webhook; the webhook's."""
    WebhookFactory(ref="chat", url=desk.url, topic="desk:work-outs", **how)
    topics = ("instrument:loan", "desk:work-outs")
    raise_alerts([(letter(topics=topics), Audience(desk=(officer,)))], raised_for=NOW.date(), at=NOW)
    return Alert.objects.get(webhook__ref="chat")


def test_a_webhook_gets_what_is_due_signed_once(officer: User, desk: Desk) -> None:
    alert = raised(officer, desk)
    assert dispatch(lambda: NOW).accepted == 2
    [(headers, body)] = desk.got
    stamp, signature = (part.partition("=")[2] for part in headers["X-Standstill-Signature"].split(","))
    signed = hmac.new(signing_key(alert.webhook).encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    assert signature == signed.hexdigest()
    said = json.loads(body)
    assert said["link"].endswith(f"/alerts/{alert.pk}/")
    assert set(said) == {"alert", "key", "urgent", "late", "possible_repeat", "link"}, (
        "no words unless they are allowed"
    )
    alert.refresh_from_db()
    assert (alert.state, alert.message_id) == (State.ACCEPTED, headers["Idempotency-Key"])
    assert dispatch(lambda: NOW).accepted == 0


def test_with_leave_it_gets_the_words_too(officer: User, desk: Desk) -> None:
    raised(officer, desk, headings=True)
    dispatch(lambda: NOW)
    said = json.loads(desk.got[0][1])
    assert (said["heading"], said["date_in_words"]) == ("w-1 ends", "30 April 2000, Sun")


@pytest.mark.parametrize(
    ("answer", "state", "repeat"),
    [
        (503, State.PENDING, False),
        (429, State.PENDING, False),
        ("drop", State.PENDING, True),
        (404, State.DEAD, False),
        (302, State.DEAD, False),
    ],
)
def test_what_the_other_side_answers_is_taken_as_it_is_meant(
    officer: User, desk: Desk, answer: int | str, state: State, repeat: bool
) -> None:
    desk.answers = [answer]
    alert = raised(officer, desk)
    dispatch(lambda: NOW)
    alert.refresh_from_db()
    assert (alert.state, alert.possible_repeat) == (state, repeat)
    assert len(desk.got) == (answer != 503), "no redirect was followed"
    if state is State.PENDING:
        assert dispatch(lambda: NOW + timedelta(minutes=1)).accepted == 1


def test_a_server_that_is_away_is_tried_again_and_took_nothing(officer: User, desk: Desk) -> None:
    alert = raised(officer, desk)
    Webhook.objects.update(url="http://127.0.0.1:1/in")
    dispatch(lambda: NOW)
    alert.refresh_from_db()
    assert (alert.state, alert.possible_repeat) == (State.PENDING, False)


@pytest.mark.parametrize(("arrived", "sent"), [(True, 1), (False, 1)])
def test_where_the_other_side_can_be_asked_nothing_is_sent_twice(
    officer: User, desk: Desk, settings: Any, arrived: bool, sent: int
) -> None:
    alert = raised(officer, desk, can_look_up=True)
    claim(NOW, limit=10)  # by a dispatcher that never came back
    if arrived:
        desk.got.append(({"Idempotency-Key": key_of(alert)}, b""))
    dispatch(lambda: NOW + settings.ALERT_LEASE)
    alert.refresh_from_db()
    assert (alert.state, desk.asked) == (State.ACCEPTED, [key_of(alert)])
    assert len(desk.got) == sent


def test_a_webhook_that_is_switched_off_is_not_told(officer: User, desk: Desk) -> None:
    alert = raised(officer, desk)
    Webhook.objects.update(is_active=False)
    dispatch(lambda: NOW)
    alert.refresh_from_db()
    assert (alert.state, alert.note) == (State.DEAD, "The webhook chat is switched off.")


def test_a_fault_of_ours_in_one_alert_holds_up_no_other(officer: User, desk: Desk) -> None:
    poison = raised(officer, desk, headings=True)
    Alert.objects.filter(pk=poison.pk).update(content={})
    WebhookFactory(ref="second", url=desk.url, topic="instrument:loan")
    raised_too = (letter(2, topics=("instrument:loan",)), Audience(desk=(officer,)))
    raise_alerts([raised_too], raised_for=NOW.date(), at=NOW)
    assert dispatch(lambda: NOW).accepted == 3
    poison.refresh_from_db()
    assert (poison.state, poison.note) == (State.PENDING, "KeyError: 'heading'")
    assert poison.next_attempt_at > NOW


# Reports of the mail provider

SECRET = "reports:a-long-random-password"
AUTHORIZED = f"Basic {base64.b64encode(SECRET.encode()).decode()}"


@pytest.fixture
def provider(settings: Any) -> None:
    settings.MAIL_PROVIDER = "postmark"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}


def bounce(**about: Any) -> dict[str, Any]:
    """A report as that provider posts it."""
    return {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "TypeCode": 1,
        "MessageID": "another-key",
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Email": "officer@desk.example",
        "BouncedAt": "2024-06-01T12:30:00Z",
        **about,
    }


def post(client: Client, report: dict[str, Any], authorization: str = AUTHORIZED) -> int:
    body = json.dumps(report)
    return client.post(
        "/alerts/reports/", body, "application/json", headers={"Authorization": authorization}
    ).status_code


def test_a_bounce_is_read_back_kept_and_passed_on_at_once(officer: User, provider: None, client: Client) -> None:
    alert = AlertFactory(recipient=officer, state=State.ACCEPTED, answer_by=NOW + timedelta(days=2), answer_within=48)
    assert post(client, bounce(Metadata={"alert": str(alert.pk)})) == 200
    alert.refresh_from_db()
    assert alert.state == State.BOUNCED
    assert "mailbox not found" in alert.note
    assert alert.answer_by == datetime(2024, 6, 1, 12, 30, tzinfo=UTC)
    delivered = {"RecordType": "Delivery", "MessageID": "another-key", "Recipient": "officer@desk.example"}
    post(client, delivered | {"DeliveredAt": "2024-06-01T12:00:00Z", "Metadata": {"alert": str(alert.pk)}})
    alert.refresh_from_db()
    assert alert.state == State.BOUNCED, "a report that comes late takes nothing back"
    assert alert.acts.count() == 2


def test_a_report_is_matched_by_the_messages_own_key_too(officer: User, provider: None, client: Client) -> None:
    alert = AlertFactory(recipient=officer, state=State.ACCEPTED, message_id="<another-key>")
    assert post(client, bounce()) == 200
    alert.refresh_from_db()
    assert alert.state == State.BOUNCED


def test_a_false_secret_and_other_messages_change_nothing(officer: User, provider: None, client: Client) -> None:
    alert = AlertFactory(recipient=officer, state=State.ACCEPTED)
    assert post(client, bounce(Metadata={"alert": str(alert.pk)}), "Basic Zm9vOmJhcg==") == 400
    assert post(client, bounce(Metadata={"alert": "99999999"})) == 200
    assert post(client, bounce(Metadata={"alert": "x"}, MessageID="unknown")) == 200
    alert.refresh_from_db()
    assert alert.state == State.ACCEPTED


def test_a_provider_without_a_secret_or_unknown_to_anymail_is_a_fault_of_the_settings(settings: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="MAIL_REPORTS_SECRET"):
        webhook_of("postmark")
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    with pytest.raises(ImproperlyConfigured, match="pigeon"):
        webhook_of("pigeon")


def test_messages_about_one_borrower_are_one_thread_that_does_not_name_it(officer: User) -> None:
    one, other = (
        AlertFactory(recipient=officer, topics=["instrument:loan", f"borrower:{name}"]) for name in ("mill", "other")
    )
    again = AlertFactory(recipient=officer, topics=["instrument:notes", "borrower:mill"])
    threads = [compose(alert).extra_headers["References"] for alert in (one, again, other)]
    assert threads[0] == threads[1] != threads[2]
    assert "mill" not in threads[0]
    assert message_id(one) != message_id(again)
    assert date(2000, 4, 30) == one.contractual_date


# Setting a webhook up


@pytest.mark.django_db
def test_an_administrator_sets_a_webhook_up_and_sees_the_key_that_signs(client: Client) -> None:
    keeper = person("keeper", role=Role.ADMINISTRATOR, is_staff=True, is_superuser=True)
    client.force_login(keeper)
    fields = {"ref": "chat", "url": "https://chat.example/in", "topic": "desk:work-outs"}
    fields |= {"kinds": "[]", "generation": "1"}
    for wrong, said in (
        ({"url": "http://chat.example/in"}, "It must begin with https://"),
        ({"topic": "lpc"}, "A topic is desk:REF, borrower:REF or instrument:REF."),
    ):
        answer = client.post("/admin/alerts/webhook/add/", fields | {"is_active": "on"} | wrong)
        assert said in answer.content.decode()
    assert client.post("/admin/alerts/webhook/add/", fields | {"is_active": "on"}).status_code == 302
    made = Webhook.objects.get()
    page = client.get(f"/admin/alerts/webhook/{made.pk}/change/").content.decode()
    assert signing_key(made) in page
    made.generation = 2
    assert signing_key(made) not in page


@pytest.mark.django_db
def test_nobody_else_sees_a_webhook_or_its_key(client: Client) -> None:
    made = WebhookFactory()
    client.force_login(person("clerk", is_staff=True))
    assert client.get(f"/admin/alerts/webhook/{made.pk}/change/").status_code in (302, 403)
    assert client.get("/admin/alerts/webhook/").status_code == 403
