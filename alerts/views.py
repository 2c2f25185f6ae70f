"""The inbox, one alert, how one is told, what reached nobody; and whether the watch is alive."""

from __future__ import annotations

import hmac
from datetime import date, datetime, time
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from alerts.exports import DEAD_COLUMNS, INBOX_COLUMNS, dead_row, inbox_row
from alerts.forms import KINDS, PreferenceForm, SubscriptionForm
from alerts.letters import spoken
from alerts.links import alert_of
from alerts.models import Alert, Preference, Subscription
from alerts.operations import NotNowError, acknowledge, latest_snooze, send_again, set_aside, snooze
from alerts.permissions import may_acknowledge, may_mend, may_open
from alerts.register import register
from alerts.reports import take_reports
from alerts.states import State
from alerts.watch import check_pulse, metrics
from audit.exports import Listing
from audit.middleware import SignedRequest
from audit.models import User
from audit.permissions import Permission, needs
from audit.views import asks_for_a_file, file_of

PER_PAGE = 30
MOST_DEAD = 200
AT_ONCE = 200
SHOWN = [("open", "open"), ("snoozed", "put off"), ("all", "all")]


# The inbox


@needs(Permission.READ)
def inbox(request: SignedRequest) -> HttpResponseBase:
    """What the reader was told, newest first: what is open, what is put off, or all; ?format=csv: as a file."""
    at = request.signature.at
    told = Alert.objects.told_to(request.user).select_related("acknowledged_by", "in_place_of")
    which = {
        "open": told.open(at),
        "snoozed": told.unanswered().filter(snoozed_until__gt=at),
        "all": told,
    }
    asked = request.GET.get("show", "open")
    show = asked if asked in which else "open"
    rows = which[show].order_by("-raised_for", "-urgent", "id")
    if asks_for_a_file(request):
        listing = Listing("alerts", INBOX_COLUMNS, map(inbox_row, rows.iterator(AT_ONCE)), (dict(SHOWN)[show],))
        faults = () if asked == show else ("Alerts are shown as open, snoozed or all.",)
        return file_of(request, listing, moment=request.moment.now, faults=faults)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "show": show, "shown": SHOWN, "count": page.paginator.count, "at": at}
    return render(request, "inbox.html", context)


@needs(Permission.READ)
@require_GET
def alert_page(request: SignedRequest, number: int) -> HttpResponse:
    """One alert: what it said, how it went out, who else was told, and what was done about it."""
    alert = _opened(request.user, number)
    others = Alert.objects.of_matter(alert).exclude(pk=alert.pk).select_related("recipient", "webhook")
    latest = latest_snooze(alert)
    context = {
        "alert": alert,
        "attempts": list(alert.attempt_log.all()),
        "acts": list(alert.acts.select_related("by")),
        "others": list(others.order_by("id")[:50]),
        "back": "alert",
        "at": request.signature.at,
        "latest": latest.date(),
        "may_acknowledge": may_acknowledge(request.user, alert),
        "may_snooze": alert.recipient_id == request.user.pk and latest > request.signature.at,
        "may_mend": may_mend(request.user) and alert.state in (State.DEAD, State.BOUNCED),
    }
    return render(request, "alert.html", context)


def _opened(user: User, number: int) -> Alert:
    """An alert that a person may open; hidden and absent are the same 404."""
    alert = get_object_or_404(Alert.objects.select_related("recipient", "webhook", "acknowledged_by"), pk=number)
    if not may_open(user, alert):
        raise Http404
    return alert


@needs(Permission.READ)
@require_POST
def acknowledge_alert(request: SignedRequest, number: int) -> HttpResponse:
    """Take an alert in hand."""
    alert = _opened(request.user, number)
    if not may_acknowledge(request.user, alert):
        raise Http404
    if not acknowledge(alert=alert, by=request.user, at=request.signature.at):
        messages.info(request, f"Alert {alert.pk} was acknowledged before.")
    return _back(request, alert)


@needs(Permission.READ)
@require_POST
def snooze_alert(request: SignedRequest, number: int) -> HttpResponse:
    """Put an alert off to the morning of a day."""
    alert = get_object_or_404(Alert, pk=number, recipient=request.user)
    until = parse_date_or_none(request.POST.get("until", ""))
    if until is None:
        messages.error(request, "Say until which day, as in 2000-04-29.")
        return _back(request, alert)
    moment = datetime.combine(until, time(8), ZoneInfo(alert.zone))
    try:
        snooze(alert=alert, by=request.user, until=moment, at=request.signature.at)
    except NotNowError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Alert {alert.pk} is put off until {spoken(until)}, 8:00.")
    return _back(request, alert)


def parse_date_or_none(words: str) -> date | None:
    """A date as YYYY-MM-DD; None for anything else."""
    try:
        return parse_date(words)
    except ValueError:
        return None


def _back(request: SignedRequest, alert: Alert) -> HttpResponse:
    back = request.POST.get("back", "")
    if back == "alert" and may_open(request.user, alert):
        return redirect("alert", number=alert.pk)
    if back != "home":
        return redirect("inbox")
    moment = request.moment.query()
    return redirect(f"{reverse('home')}{'?' if moment else ''}{moment}")


# From a mail


@needs(Permission.PUBLIC)
@never_cache
def acknowledge_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Where a mail leads. To open it does nothing, since mail programs do that by themselves; its button does."""
    alert = alert_of(token)
    if alert is None or alert.recipient is None:
        raise Http404
    if request.method == "POST":
        acknowledge(alert=alert, by=alert.recipient, at=timezone.now())
        return redirect(request.path)
    return render(request, "acknowledge.html", {"alert": alert})


# How one is told


@needs(Permission.READ)
def preferences(request: SignedRequest) -> HttpResponse:
    """Subscriptions, quiet hours, the daily message, and who stands in."""
    found = Preference.objects.filter(owner=request.user).select_related("owner").first()
    own = found or Preference(owner=request.user)
    what = request.POST.get("what", "") if request.method == "POST" else ""
    form = PreferenceForm(request.POST if what == "preference" else None, instance=own)
    asked = {"topic": request.GET.get("topic", "").replace("\x00", "")[:120]}
    adding = SubscriptionForm(
        request.POST if what == "subscribe" else None,
        instance=Subscription(owner=request.user),
        prefix="new",
        initial=asked,
    )
    if what == "preference" and form.is_valid():
        form.save()
        register().look_again(_followed(request.user))
        messages.success(request, "Kept. It holds for what is raised from now on.")
        return redirect("preferences")
    if what == "subscribe" and adding.is_valid():
        try:
            with transaction.atomic():
                adding.save()
        except IntegrityError:
            messages.error(request, "You are subscribed to this already.")
        else:
            register().look_again([adding.instance.topic])
            messages.success(request, f"You are told of {adding.instance.topic} from now on.")
        return redirect("preferences")
    if what == "unsubscribe":
        number = request.POST.get("number", "")
        mine = Subscription.objects.filter(owner=request.user, pk=int(number) if number.isdecimal() else 0)
        messages.success(request, "Removed." if mine.delete()[0] else "That subscription was removed before.")
        return redirect("preferences")
    context = {
        "form": form,
        "adding": adding,
        "subscriptions": list(request.user.subscriptions.all()),
        "kinds": dict(KINDS),
        "zone": settings.TIME_ZONE,
    }
    return render(request, "preferences.html", context)


def _followed(user: User) -> list[str]:
    """The topics under which a person is told."""
    subscribed = user.subscriptions.values_list("topic", flat=True)
    return [*subscribed, *register().desks_of(user)]


# What reached nobody


@needs(Permission.READ)
def dead(request: SignedRequest) -> HttpResponseBase:
    """Alerts that are dead or came back, each with its reason, and what can be done about it; ?format=csv: a file."""
    if request.method == "POST":
        number = request.POST.get("number", "")
        alert = _opened(request.user, int(number) if number.isdecimal() else 0)
        if not may_mend(request.user):
            raise Http404
        todo = send_again if request.POST.get("do") == "again" else set_aside
        try:
            todo(alert=alert, by=request.user, reason=request.POST.get("reason", ""), at=request.signature.at)
        except NotNowError as error:
            messages.error(request, str(error))
        else:
            said = "is sent again" if todo is send_again else "is set aside"
            messages.success(request, f"Alert {alert.pk} {said}.")
        return redirect("dead-alerts")
    rows = Alert.objects.dead().select_related("recipient", "webhook").order_by("-urgent", "-raised_for", "id")
    visible = (alert for alert in rows.iterator(AT_ONCE) if may_open(request.user, alert))
    if asks_for_a_file(request):
        listing = Listing("alerts-that-reached-nobody", DEAD_COLUMNS, map(dead_row, visible))
        return file_of(request, listing, moment=request.moment.now)
    found = list(islice(visible, MOST_DEAD))
    return render(request, "dead.html", {"alerts": found, "may_mend": may_mend(request.user)})


# The watch itself


@needs(Permission.PUBLIC)
@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """Liveness for a monitor: no facts, no sign-in; 503 when the watch has stopped."""
    pulse = check_pulse(timezone.now())
    return JsonResponse({"alive": pulse.alive, "complaints": len(pulse.complaints)}, status=200 if pulse.alive else 503)


@needs(Permission.PUBLIC)
@require_GET
def metrics_page(request: HttpRequest) -> HttpResponse:
    """Counts for Prometheus, to whoever bears the token; without one set, no such page."""
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(
        given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()
    ):
        raise Http404
    return HttpResponse(metrics(timezone.now()), content_type="text/plain; version=0.0.4; charset=utf-8")


@needs(Permission.PUBLIC)
@csrf_exempt
def mail_reports(request: HttpRequest) -> Any:
    """Where the mail provider reports; anymail checks its secret. Without a provider, no such page."""
    if not settings.MAIL_PROVIDER:
        raise Http404
    return take_reports(request)
