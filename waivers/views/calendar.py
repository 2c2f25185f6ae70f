"""Critical dates by month, as an agenda, and as a private calendar feed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_GET
from icalendar import Calendar, Event

from agreements.models import Instrument
from agreements.querysets import sees_all
from alerts.feeds import feed_of, open_feed, revoke_feed, standing_feed
from audit.exports import Listing
from audit.middleware import SignedRequest
from audit.models import User
from audit.moments import EARLIEST, LATEST
from audit.permissions import Permission, needs
from audit.views import asks_for_a_file, file_of
from waivers.drawings import month_days
from waivers.position.rules import ONE_DAY
from waivers.turns import Turn, turns_ahead
from waivers.views.files import TURN_COLUMNS, turn_row

MOST_A_DAY = 4
AGENDA_DAYS = 120
MOST_ON_AGENDA = 400
MOST_OF_A_KIND, MOST_IN_A_FILE = 2000, 1_000_000
FEED_BACK, FEED_AHEAD = timedelta(days=31), timedelta(days=400)
MONTH_WORDS = "A month is written YYYY-MM and lies between 1900 and 2199, such as 2000-05."
KINDS = (
    ("", "everything"),
    ("waiver", "waivers"),
    ("payment", "payments"),
    ("maturity", "maturities"),
    ("act", "acts"),
)


def _mine(user: User) -> QuerySet | None:
    """The instruments whose dates a person sees; None for all."""
    return None if sees_all(user) else Instrument.objects.visible_to(user)


def _turns(request: SignedRequest, first: date, last: date, most: int = MOST_OF_A_KIND) -> list[Turn]:
    kind = _kind(request)
    moment = request.moment
    turns = turns_ahead(_mine(request.user), first, last, today=moment.today, known_at=moment.known_at, most=most)
    return [turn for turn in turns if not kind or turn.kind == kind]


def _file(request: SignedRequest, name: str, first: date, last: date, *faults: str) -> HttpResponseBase:
    """The dates of a stretch of days, each a row, as a file."""
    kind = dict(KINDS)[_kind(request)]
    asked = request.GET.get("kind", "")
    told = (*faults, *([] if asked in dict(KINDS) else ["There is no such kind of dates."]))
    rows = (turn_row(turn) for turn in _turns(request, first, last, most=MOST_IN_A_FILE))
    listing = Listing(name, TURN_COLUMNS, rows, (f"From: {first}", f"To: {last}", f"Dates: {kind}"))
    return file_of(request, listing, faults=told)


@needs(Permission.READ)
@require_GET
def month(request: SignedRequest) -> HttpResponseBase:
    """The month of the date looked at, or the one asked for as ?month=2000-05; ?format=csv: as a file."""
    on = request.moment.as_of
    asked = request.GET.get("month", "")
    try:
        shown = date.fromisoformat(f"{asked}-01") if asked else on.replace(day=1)
    except ValueError:
        shown = on.replace(day=1)
    if not EARLIEST + 40 * ONE_DAY <= shown <= LATEST - 40 * ONE_DAY:
        shown = on.replace(day=1)
    first, last = month_days(shown.year, shown.month)
    if asks_for_a_file(request):
        read = asked in ("", f"{shown:%Y-%m}")
        return _file(request, "calendar", first, last, *([] if read else [MONTH_WORDS]))
    by_day: dict[date, list[Turn]] = {}
    turns = _turns(request, first, last)
    for turn in turns:
        by_day.setdefault(turn.on, []).append(turn)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    weeks = [
        [
            {
                "on": day,
                "other": day.month != shown.month,
                "turns": by_day.get(day, [])[:MOST_A_DAY],
                "more": max(len(by_day.get(day, ())) - MOST_A_DAY, 0),
            }
            for day in days[start : start + 7]
        ]
        for start in range(0, len(days), 7)
    ]
    context = {
        "shown": shown,
        "weeks": weeks,
        "before": (shown - ONE_DAY).replace(day=1),
        "after": (shown + timedelta(days=32)).replace(day=1),
        "any": bool(turns),
        **_kinds(request),
    }
    return render(request, "calendar.html", context)


@needs(Permission.READ)
@require_GET
def agenda(request: SignedRequest) -> HttpResponseBase:
    """The dates from the one looked at on, four months of them, day by day; ?format=csv: as a file."""
    first = request.moment.as_of
    last = min(first + timedelta(days=AGENDA_DAYS), LATEST)
    if asks_for_a_file(request):
        return _file(request, "agenda", first, last)
    turns = _turns(request, first, last)
    by_day: dict[date, list[Turn]] = {}
    for turn in turns[:MOST_ON_AGENDA]:
        by_day.setdefault(turn.on, []).append(turn)
    context = {
        "days": by_day.items(),
        "last": last,
        "more": max(len(turns) - MOST_ON_AGENDA, 0),
        "go_on": max(by_day, default=last) if len(turns) > MOST_ON_AGENDA else last,
        "earlier": max(first - timedelta(days=AGENDA_DAYS), EARLIEST),
        **_kinds(request),
    }
    return render(request, "agenda.html", context)


def _kinds(request: SignedRequest) -> dict[str, Any]:
    return {"kinds": KINDS, "kind": _kind(request)}


def _kind(request: SignedRequest) -> str:
    """The kind of dates asked for; everything where it is none."""
    asked = request.GET.get("kind", "")
    return asked if asked in dict(KINDS) else ""


@needs(Permission.READ)
def feed_settings(request: SignedRequest) -> HttpResponse:
    """Make the feed, make it anew, or revoke it. Its address is shown once, when it is made."""
    at = request.signature.at
    context: dict[str, Any] = {}
    if request.method == "POST":
        if request.POST.get("step") == "revoke":
            gone = revoke_feed(request.user, at=at)
            said = "The feed is revoked: its address answers no more." if gone else "There was no feed to revoke."
            messages.success(request, said)
            return redirect("feed-settings")
        token = open_feed(request.user, opaque=request.POST.get("opaque") == "1", at=at)
        context["address"] = request.build_absolute_uri(reverse("feed", args=[token]))
    context["feed"] = standing_feed(request.user, at=at)
    return render(request, "feed.html", context)


@needs(Permission.PUBLIC)
@require_GET
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The dates of whoever made the feed, as iCalendar. A token that opens nothing is a page that is not there."""
    now = timezone.now()
    found = feed_of(token, at=now)
    if found is None:
        raise Http404
    today = timezone.localdate(now)
    calendar = Calendar()
    calendar.add("prodid", "-//Standstill//Critical dates//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Standstill")
    for turn in turns_ahead(_mine(found.owner), today - FEED_BACK, today + FEED_AHEAD, today=today):
        calendar.add_component(_event(turn, request, now, opaque=found.opaque))
    response = HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["Content-Disposition"] = 'inline; filename="standstill.ics"'
    return response


def _event(turn: Turn, request: HttpRequest, now: datetime, *, opaque: bool) -> Event:
    """A day-long event. An opaque one says that something is due, and where to look; not what."""
    event = Event()
    path = reverse("waiver" if turn.kind == "waiver" else "instrument", args=[turn.about])
    # The same in every fetch, so that a calendar does not double it, and not to be guessed from what it is about.
    seal = salted_hmac("calendar-feed", f"{turn.kind}/{turn.about}/{turn.on}/{turn.words.partition(',')[0]}")
    event.add("uid", f"{seal.hexdigest()}@standstill")
    event.add("dtstamp", now)
    event.add("dtstart", turn.on)
    event.add("dtend", turn.on + ONE_DAY)
    event.add("transp", "TRANSPARENT")
    event.add("summary", "Standstill: a date to mind" if opaque else f"{turn.words[0].upper()}{turn.words[1:]}")
    if not opaque:
        event.add("url", request.build_absolute_uri(path))
    return event
