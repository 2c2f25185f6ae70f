"""The watch: what needs a person now, most urgent first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from agreements.models import Instrument
from agreements.querysets import sees_all
from alerts.models import Alert
from alerts.watch import check_pulse
from audit.exports import Listing, Row
from audit.middleware import SignedRequest
from audit.models import User
from audit.permissions import Permission, needs
from audit.querysets import keeps
from audit.views import asks_for_a_file, file_of
from waivers.drawings import draw_strip
from waivers.filters import desks_for, officers_for
from waivers.models import SavedView
from waivers.turns import turns_ahead
from waivers.views.files import NEED_COLUMNS, need_row, passed_on_row
from waivers.watch import MOST_CANDIDATES, SAID, Need, Urgency, needs_of, open_groups

GROUPS_AT_ONCE = 20
DAYS_AHEAD = 90
MOST_EACH = 12
MOST_PASSED_ON = 50


@needs(Permission.READ)
def watch(request: SignedRequest) -> HttpResponseBase:
    """What needs a person: by the rules, and by the alerts that nobody has taken in hand; ?format=csv: as a file."""
    moment = request.moment
    desk, officer = _chosen(request)
    instruments = _instruments(request.user, desk, officer)
    groups = open_groups(instruments, moment.as_of, moment.known_at)
    if asks_for_a_file(request):
        said = [f"{label}: {value}" for label, value in (("Desk", desk), ("Officer in charge", officer)) if value]
        return file_of(request, Listing("watch", NEED_COLUMNS, _need_rows(request, instruments, groups), tuple(said)))
    page = min(_page_number(request), max(-(-len(groups) // GROUPS_AT_ONCE), 1))
    chunk = groups[(page - 1) * GROUPS_AT_ONCE : page * GROUPS_AT_ONCE]
    found = _needs(request, instruments, chunk)
    sections = [
        (SAID[urgency], Urgency(urgency).name.lower(), list(of))
        for urgency, of in groupby(found, lambda need: need.urgency)
    ]
    last = moment.as_of + timedelta(days=DAYS_AHEAD)
    turns = turns_ahead(instruments, moment.as_of, last, today=moment.today, known_at=moment.known_at)
    mine_to_see = Alert.objects.told_to(request.user).open(request.signature.at).filter(raised_for__lte=moment.as_of)
    related = ("in_place_of", "acknowledged_by")
    alerts = mine_to_see.exclude(level=Alert.Level.EVERYONE).select_related(*related)
    alerts = alerts.order_by("-urgent", "-raised_for", "id")
    dead = _dead(request.user)
    context: dict[str, Any] = {
        "sections": sections,
        "most_each": MOST_EACH,
        "rest": f"{MOST_EACH}:",
        "open": len(groups),
        "too_many": len(groups) >= MOST_CANDIDATES,
        "first": (page - 1) * GROUPS_AT_ONCE + 1,
        "shown": len(chunk),
        "page": page,
        "more": page * GROUPS_AT_ONCE < len(groups),
        "strip": draw_strip(turns, moment.as_of, DAYS_AHEAD),
        "turns": turns[:8],
        "turn_count": len(turns),
        "alerts": alerts[:5],
        "alert_count": alerts.count(),
        "passed_on": _passed_on(request.user, moment.as_of),
        "dead": dead,
        "complaints": check_pulse(request.signature.at, detail=keeps(request.user)).complaints if moment.is_now else (),
        "desks": list(desks_for(request).order_by("name")),
        "officers": list(officers_for(request)),
        "desk": desk,
        "officer": officer,
    }
    return render(request, "home.html", context)


def _needs(request: SignedRequest, instruments: QuerySet | None, chunk: list[int]) -> list[Need]:
    """What needs a person in the groups of one page."""
    moment = request.moment
    mine = Instrument.objects.all() if instruments is None else instruments
    seen = frozenset(mine.filter(group__in=chunk).values_list("ref", flat=True))
    return needs_of(chunk, moment.as_of, reader=request.user, today=moment.today, known_at=moment.known_at, seen=seen)


def _need_rows(request: SignedRequest, instruments: QuerySet | None, groups: list[int]) -> Iterator[Row]:
    """All pages, one after the other, below what nobody has acknowledged."""
    yield from map(passed_on_row, _passed_on(request.user, request.moment.as_of))
    for start in range(0, len(groups), GROUPS_AT_ONCE):
        yield from map(need_row, _needs(request, instruments, groups[start : start + GROUPS_AT_ONCE]))


def _page_number(request: SignedRequest) -> int:
    asked = request.GET.get("page", "1")
    return max(int(asked), 1) if asked.isdecimal() and len(asked) < 6 else 1


def _chosen(request: SignedRequest) -> tuple[str, str]:
    """The desk and the officer to show: those of the address, else those kept for the person."""
    if "desk" in request.GET or "officer" in request.GET:
        asked = request.GET
    else:
        saved = SavedView.objects.filter(owner=request.user, page="watch", name="").first()
        asked = QueryDict(saved.query if saved else "")
    desk, officer = (asked.get(name, "").replace("\x00", "")[:150] for name in ("desk", "officer"))
    return desk, officer


@needs(Permission.READ)
@require_POST
def keep_filter(request: SignedRequest) -> HttpResponse:
    """Keep the desk and the officer that a person wants to watch."""
    query = urlencode({name: request.POST.get(name, "").replace("\x00", "")[:150] for name in ("desk", "officer")})
    SavedView.objects.update_or_create(owner=request.user, page="watch", name="", defaults={"query": query})
    moment = request.moment.query()
    return redirect(f"{reverse('home')}{'?' if moment else ''}{moment}")


def _instruments(user: User, desk: str, officer: str) -> QuerySet | None:
    """Whose debts are watched; None for all of the register."""
    if sees_all(user) and not desk and not officer:
        return None
    found = Instrument.objects.visible_to(user)
    own = {"roles__role": "obligor", "roles__recorded_in_error": False}
    if desk:
        found = found.filter(roles__party__desk__ref=desk, **own)
    if officer:
        found = found.filter(roles__party__officer__username=officer, **own)
    return found.distinct()


def _passed_on(user: User, on: date) -> list[Alert]:
    """What nobody acknowledged, passed on to everyone who sees what it is about: one of each matter."""
    rows = Alert.objects.for_everyone().filter(raised_for__lte=on).order_by("-urgent", "-raised_for", "id")
    if not sees_all(user):
        seen = Instrument.objects.visible_to(user).order_by()
        rows = rows.filter(topic__in=seen.annotate(as_topic=Concat(Value("instrument:"), "ref")).values("as_topic"))
    found: dict[tuple[str, str, str], Alert] = {}
    for alert in rows.select_related("in_place_of", "acknowledged_by")[: MOST_PASSED_ON * 10]:
        found.setdefault((alert.about, alert.kind, alert.matter), alert)
    return list(found.values())[:MOST_PASSED_ON]


def _dead(user: User) -> int:
    """How many alerts reached nobody: all of them for whoever sees all, else those about what the person sees."""
    dead = Alert.objects.dead()
    if sees_all(user):
        return dead.count()
    refs = [topic.removeprefix("instrument:") for topic in dead.exclude(topic="").values_list("topic", flat=True)]
    seen = (
        set(Instrument.objects.visible_to(user).filter(ref__in=refs).values_list("ref", flat=True)) if refs else set()
    )
    return sum(ref in seen for ref in refs) + dead.filter(topic="", recipient=user).count()
