"""The inbox, and whether the watch is alive."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from alerts.models import Alert
from alerts.operations import acknowledge
from alerts.watch import check_pulse
from audit.middleware import SignedRequest
from audit.permissions import Permission, needs

PER_PAGE = 30


@needs(Permission.READ)
def inbox(request: SignedRequest) -> HttpResponse:
    """What the reader was told, newest first."""
    alerts = Alert.objects.filter(recipient=request.user).order_by("-raised_for", "-urgent", "id")
    only_open = request.GET.get("show") != "all"
    shown = alerts.filter(acknowledged_at=None) if only_open else alerts
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "inbox.html", {"page": page, "only_open": only_open, "count": shown.count()})


@needs(Permission.READ)
@require_POST
def acknowledge_alert(request: SignedRequest, number: int) -> HttpResponse:
    """Take an alert in hand."""
    alert = get_object_or_404(Alert, pk=number, recipient=request.user)
    acknowledge(alert=alert, by=request.user, at=timezone.now())
    if request.POST.get("back", "") != "home":
        return redirect("inbox")
    moment = request.moment.query()
    return redirect(f"{reverse('home')}{'?' if moment else ''}{moment}")


@needs(Permission.PUBLIC)
@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """Liveness for a monitor: no facts, no sign-in; 503 when the watch has stopped."""
    pulse = check_pulse(timezone.now())
    return JsonResponse({"alive": pulse.alive, "complaints": len(pulse.complaints)}, status=200 if pulse.alive else 503)
