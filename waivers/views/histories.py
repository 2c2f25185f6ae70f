"""The history of a borrower, an instrument and a waiver, and what was known of a borrower at two moments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import make_aware
from django.views.decorators.http import require_GET

from agreements.models import Instrument, Party
from audit.exports import Listing
from audit.middleware import SignedRequest
from audit.moments import KNOWN_AT_WORDS, MomentForm
from audit.permissions import Permission, needs
from audit.trail import Part, Trail, TrailForm
from audit.views import asks_for_a_file, file_of
from waivers.exports import HISTORY_COLUMNS, history_rows
from waivers.histories import consequences, parts_of_borrower, parts_of_instruments, parts_of_waiver
from waivers.knowledge import compare
from waivers.models import Waiver
from waivers.positions import groups_of


@needs(Permission.READ)
@require_GET
def of_borrower(request: SignedRequest, ref: str) -> HttpResponseBase:
    """Everything that was ever recorded of a borrower, its debts that the reader may see, and their waivers."""
    party = get_object_or_404(
        Party.objects.visible_to(request.user).borrowers().select_related("desk", "officer"), ref=ref
    )
    debts = Instrument.objects.ever_of(party)
    seen = debts.filter(pk__in=Instrument.objects.visible_to(request.user).values("pk"))
    parts = parts_of_borrower(party, seen.values_list("pk", flat=True))
    return _page(request, ref, parts, debts, {"party": party, "tab": "history"})


@needs(Permission.READ)
@require_GET
def of_instrument(request: SignedRequest, ref: str) -> HttpResponseBase:
    """Everything that was ever recorded of an instrument and the waivers under it."""
    live = get_object_or_404(Instrument.objects.visible_to(request.user), ref=ref)
    own = Instrument.objects.filter(pk=live.pk)
    about = {"title": live.title, "of": ("instrument", live.ref)}
    return _page(request, ref, parts_of_instruments([live.pk]), own, about)


@needs(Permission.READ)
@require_GET
def of_waiver(request: SignedRequest, ref: str) -> HttpResponseBase:
    """Everything that was ever recorded of a waiver."""
    live = get_object_or_404(Waiver.objects.visible_to(request.user), ref=ref)
    own = Instrument.objects.filter(pk=live.instrument_id)
    return _page(request, ref, parts_of_waiver(live), own, {"title": live.title, "of": ("waiver", live.ref)})


def _page(
    request: SignedRequest, name: str, parts: Sequence[Part], debts: Any, context: dict[str, Any]
) -> HttpResponseBase:
    """?actor, ?field, ?first, ?last narrow it; ?after and ?before page it; ?format=csv gives all of it as a file.

    What the changes did to positions comes later, in a request of its own: ?positions=1 gives it as a fragment to htmx,
    and to a browser without JavaScript the page with it.
    """
    asked, moment = request.GET, request.moment
    form = TrailForm(asked, parts)
    is_valid = form.is_valid()
    trail = Trail(parts, known_at=moment.known_at, form=form)
    faults = [f"{form.fields[field].label}: {said}" for field, of in form.errors.items() for said in of]
    if asks_for_a_file(request):
        listing = Listing("history", HISTORY_COLUMNS, history_rows(trail), (f"Of: {name}", *form.said()))
        return file_of(request, listing, faults=faults)
    page = trail.page(after=asked.get("after", ""), before=asked.get("before", ""))
    did = {}
    if asked.get("positions") == "1":
        groups = groups_of(debts)
        visible = Instrument.objects.visible_to(request.user).filter(group__in=groups)
        seen = frozenset(visible.values_list("ref", flat=True))
        did = consequences(page.changes, groups, seen, moment.today)
    changes = [(change, did.get(change.request)) for change in page.changes]
    if did and request.htmx:
        return render(request, "_consequences.html", {"changes": changes})
    context |= {
        "form": form,
        "faults": [*faults, *([page.fault] if page.fault else [])],
        "said": form.said() if is_valid else [],
        "page": page,
        "changes": changes,
        "pending": not did,
    }
    return render(request, "history.html", context)


@needs(Permission.READ)
@require_GET
def knowledge(request: SignedRequest, ref: str) -> HttpResponse:
    """Two moments of knowledge side by side, as of one date: ?then, by default the end of that date; and known at."""
    party = get_object_or_404(
        Party.objects.visible_to(request.user).borrowers().select_related("desk", "officer"), ref=ref
    )
    moment, now = request.moment, request.signature.at
    form = MomentForm({"known_at": request.GET.get("then", "")})
    is_read = form.is_valid()
    that_day = make_aware(datetime.combine(moment.as_of, time(23, 59, 59)))
    then = (form.cleaned_data["known_at"] if is_read else None) or min(that_day, now)
    visible = Instrument.objects.visible_to(request.user)
    seen = frozenset(visible.filter(roles__party=party).values_list("ref", flat=True))
    found = compare(party, moment.as_of, then, moment.known_at or now, today=moment.today, seen=seen)
    context = {
        "party": party,
        "tab": "knowledge",
        "found": found,
        "then": then,
        "faults": [] if is_read else [KNOWN_AT_WORDS],
        "is_turned": found.then > found.now,
    }
    return render(request, "knowledge.html", context)
