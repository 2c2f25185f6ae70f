"""Every page in its four forms: axe, the right edge, the console, the weight. `make screens` keeps the pictures."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from django.urls import get_resolver, resolve
from django.utils import timezone
from playwright.sync_api import expect

from agreements.models import Desk, Party
from alerts.links import address_to_acknowledge
from alerts.models import Act, Alert, Attempt
from audit.models import User
from audit.signing import sign, sign_for_the_system
from benchmarks.portfolio import portfolio
from intake import example
from intake.example import DEMO_USER
from intake.models import Incoming
from intake.operations import decide, receive
from intake.portfolio.load import import_portfolio
from intake.review.jobs import read_what_waits
from intake.review.matches import matches_of
from intake.review.sheet import sheet_of
from tests.e2e.conftest import SEEN
from tests.e2e.screen import Screen
from tests.factories import (
    AlertFactory,
    ExportEndFactory,
    ExportFactory,
    PreferenceFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.integration.screens.test_who_sees_what import routes
from waivers.models import Pack
from waivers.operations import issue_certificate
from waivers.packs.jobs import order_pack, work_on_packs

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

MARCH = "as_of=2000-03-01"
PAGES = {
    "watch": "/?as_of=2000-04-20",
    "watch-empty": "/?as_of=1999-06-01",
    "borrowers": "/borrowers/?as_of=2026-06-30",
    "agreements": "/agreements/?as_of=2026-06-30",
    "notes": "/notes/?as_of=2026-06-30",
    "waivers": "/waivers/?as_of=2026-06-30&sort=-last-day",
    "waivers-none": "/waivers/?q=nothing-is-called-this",
    "borrower": f"/borrowers/lpc/?{MARCH}",
    "borrower-large": "/borrowers/b000000/?as_of=2026-06-30",
    "borrower-unknown": f"/borrowers/lpc/?{MARCH}&known_at=1999-01-01 12:00",
    "coverage": f"/borrowers/lpc/coverage/?{MARCH}",
    "coverage-chains": "/borrowers/b000000/coverage/?as_of=2026-06-30",
    "what-if": f"/borrowers/lpc/what-if/?{MARCH}",
    "what-if-answer": f"/borrowers/lpc/what-if/?{MARCH}&kind=remedy&by=trustee&instrument=sr-sub&on=2000-03-15",
    "certificates": "/borrowers/lpc/certificates/",
    "certificates-none": "/borrowers/b000000/certificates/",
    "certificate-issue": f"/borrowers/lpc/certificates/issue/?{MARCH}",
    "certificate": "/certificates/1/?check=1",
    "letter-reservation": "/instruments/cit-lsa/reservation/?as_of=2000-05-02",
    "letter-notice": "/waivers/cit-2000-01-31/notice/?as_of=2000-05-02",
    "letter-none": f"/instruments/cit-lsa/reservation/?{MARCH}",
    "record-reservation": "/record/reservation/?instrument=cit-lsa&dated=2000-05-02&drafted=on",
    "agreement": f"/instruments/cit-lsa/?{MARCH}",
    "note-series": f"/instruments/jr-conv/?{MARCH}",
    "waiver": f"/waivers/cit-2000-01-31/?{MARCH}",
    "history": f"/borrowers/lpc/history/?{MARCH}",
    "history-instrument": "/instruments/sr-sub/history/",
    "history-waiver": "/waivers/cit-2000-01-31/history/?positions=1",
    "knowledge": "/borrowers/lpc/knowledge/?as_of=2000-03-16&then=1999-12-01 12:00",
    "packs": "/packs/",
    "pack-new": f"/packs/new/?borrower=lpc&{MARCH}",
    "pack": "/packs/{pack}/",
    "pack-working": "/packs/{working}/",
    "intake": "/intake/",
    "intake-none": "/intake/?show=aside",
    "review": "/intake/{draft}/",
    "review-correct": "/intake/{draft}/?correct=ends.0",
    "incoming-waiting": "/intake/{waiting}/",
    "incoming-refused": "/intake/{refused}/",
    "incoming-zip": "/intake/{zipped}/",
    "record-draft": "/intake/{confirmed}/record/",
    "record": "/record/",
    "record-kinds": "/record/?instrument=sr-sub",
    "record-act": "/record/holder-action/?instrument=sr-sub",
    "record-payment": "/record/payment/?instrument=jr14",
    "record-waiver": "/record/waiver/?instrument=cit-lsa",
    "record-extension": "/record/extension/?instrument=cit-lsa&waiver=cit-2000-01-31",
    "record-void": "/record/void/?instrument=jr-conv",
    "search": "/search/?q=agreement",
    "search-none": "/search/?q=nothing is called this",
    "calendar": "/calendar/?as_of=2026-06-30",
    "agenda": "/calendar/agenda/?as_of=2026-06-30",
    "feed": "/calendar/feed/",
    "inbox": "/alerts/",
    "alert": "/alerts/{told}/",
    "alert-dead": "/alerts/{dead}/",
    "dead": "/alerts/dead/",
    "how-told": "/alerts/how/",
    "exports": "/exports/",
    "exports-none": "/exports/?since=2199-01-01",
    "acknowledge": "{link}",
}
NOT_PAGES = {  # answers that nobody looks at as a page
    *("keep-filter", "save-view", "delete-view", "document-file", "feed", "export", "acknowledge", "healthz"),
    *("sign-in", "sign-out", "snooze", "mail-reports", "metrics", "certificate-file", "pack-file"),
    *("incoming-file", "put-aside", "term"),
}
PLACES = {
    **dict.fromkeys(("pack", "working", "told", "dead", "draft", "waiting", "refused", "zipped", "confirmed"), 1),
    "link": "/alerts/take/token/",
}


def test_no_page_is_forgotten() -> None:
    looked_at = {resolve(path.format(**PLACES).partition("?")[0]).url_name for path in PAGES.values()}
    assert looked_at == {route.name for route in routes(get_resolver().url_patterns)} - NOT_PAGES


def went_wrong() -> dict[str, object]:
    """An alert that was told to several and passed on, one whose mailbox is gone, and how the officer is told."""
    officer = User.objects.get(username=DEMO_USER)
    told = (
        Alert.objects.filter(recipient=officer, kind="waiver_ending").exclude(state="superseded").order_by("pk").first()
    )
    other = UserFactory(username="colleague", first_name="A", last_name="Colleague")
    Act.objects.create(alert=told, kind=Act.Kind.PASSED_ON, at=SEEN, said="It was passed on to the next person.")
    AlertFactory(**same_as(told), recipient=other, level=Alert.Level.NEXT, acknowledged_at=SEEN, acknowledged_by=other)
    dead = Alert.objects.filter(recipient=officer, urgent=True).order_by("pk").first()
    Attempt.objects.create(
        alert=dead, number=1, begun_at=SEEN, ended_at=SEEN, outcome="dead", detail="550 No such mailbox"
    )
    Alert.objects.filter(pk=dead.pk).update(state="dead", note="550 No such mailbox", level=Alert.Level.EVERYONE)
    for filter_, complete in (("Words: cit; Term by its words: Running", True), ("", False), ("Borrower: lpc", None)):
        made = ExportFactory(by=officer, actor_name=DEMO_USER, filter=filter_, known_at=SEEN if complete else None)
        if complete is not None:
            ExportEndFactory(export=made, rows=1204, size=83_120, complete=complete)
    PreferenceFactory(owner=officer, quiet_from=time(20), quiet_until=time(7), deputy=other)
    SubscriptionFactory(owner=officer, topic="borrower:lpc", kinds=["waiver_ending"], lead_days=[90, 30, 7, 1, 0])
    certified = datetime(2000, 3, 2, 17, tzinfo=UTC)
    by, lexington = sign(officer, certified), Party.objects.get(ref="lpc")
    issue_certificate(party=lexington, as_of=date(2000, 3, 1), known_at=certified, by=by, owner=officer)
    when = {"party": lexington, "as_of": date(2000, 3, 1), "known_at": certified, "by": by, "owner": officer}
    done = order_pack(**when, waiver=None)
    work_on_packs(lambda: certified)
    working = order_pack(**when, waiver=None)
    Pack.objects.filter(pk=working.pk).update(state="working", done=7, steps=26, doing="writing payments")
    told_of = {"pack": done.pk, "working": working.pk, "told": told.pk, "dead": dead.pk}
    return {**told_of, **came_in(officer), "link": address_to_acknowledge(told)}


def came_in(officer: User) -> dict[str, int]:
    """Documents at every stage of intake: one under review, one confirmed, one that waits, one refused, and a zip."""
    seen = timezone.now()
    by, desk = sign(officer, seen), Desk.objects.get(ref="work-outs")
    exhibit = (Path(example.__file__).parent / "exhibit-10-106.txt").read_bytes()
    later = exhibit.replace(b"January 31, 2000", b"May 1, 2000").replace(b"until May 1, 2000", b"until August 1, 2000")
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as made:
        made.writestr("waivers/exhibit-10-106.txt", exhibit)
        made.writestr("waivers/scan.pdf", b"%PDF-1.4 broken")
        made.writestr("waivers/later.txt", later)
    files = {"draft": exhibit, "confirmed": later, "refused": b"\x89PNG\r\n", "zipped": zipped.getvalue()}
    found = {
        name: receive(name=f"{name}-exhibit-10-106.txt", data=data, desk=desk, owner=officer, by=by)
        for name, data in files.items()
    }
    read_what_waits(timezone.now)
    for name, most in (("draft", 6), ("confirmed", 1000)):
        incoming = Incoming.objects.get(pk=found[name].pk)
        sheet = sheet_of(incoming, [], matches_of(incoming.draft or {}, officer))
        for item in sheet.items[:most]:
            value = {**(item.proposed or {}), "register": item.register_ref}
            decide(incoming=incoming, item=item, outcome="accepted", value=value, owner=officer, by=by)
    found["waiting"] = receive(name="waits.txt", data=b"Waits (fictional).", desk=desk, owner=officer, by=by)
    return {name: incoming.pk for name, incoming in found.items()}


def same_as(alert: Alert) -> dict[str, object]:
    """The matter of an alert, for another who is told of it."""
    names = ("about", "kind", "version", "matter", "topic", "topics", "contractual_date", "content", "raised_for")
    return {name: getattr(alert, name) for name in names}


def test_every_page_in_every_form_is_clean_and_light(screen: Screen) -> None:
    by = sign_for_the_system("test", datetime(2026, 6, 30, 12, tzinfo=UTC))
    desk = Desk.objects.get(ref="work-outs")
    import_portfolio(portfolio(150), by=by, reason="Pictures", monitored_from=date(2026, 6, 30), desk=desk)
    screen.page.goto(f"{screen.url}/sign-in/")
    screen.look("sign-in")
    screen.sign_in()
    places = went_wrong()
    for name, path in PAGES.items():
        screen.go(path.format(**places))
        expect(screen.page.locator("h1")).to_be_visible()
        screen.weigh(name)
        screen.look(name)
    screen.page.goto(f"{screen.url}/borrowers/nobody/")
    expect(screen.page.get_by_role("heading", name="There is no such page")).to_be_visible()
    screen.look("not-found")
    assert screen.faults == []
