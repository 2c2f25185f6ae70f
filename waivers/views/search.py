"""The search box, as somebody types or on a page of its own."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from agreements.search import words_of
from audit.middleware import SignedRequest
from audit.permissions import Permission, needs
from waivers.search import FEWEST_TYPED, MOST_TYPED, SHOWN, groups_found


@needs(Permission.READ)
def search(request: SignedRequest) -> HttpResponse:
    """What the register has for ?q=, of what the person may see; for htmx only the fragment."""
    typed = " ".join(request.GET.get("q", "")[:MOST_TYPED].replace("\x00", " ").split())
    is_enough = sum(map(len, words_of(typed))) >= FEWEST_TYPED
    context = {
        "query": typed,
        "is_enough": is_enough,
        "groups": [group for group in groups_found(request.user, typed) if group.found] if is_enough else [],
        "shown": SHOWN,
    }
    is_fragment = request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request
    return render(request, "_search_results.html" if is_fragment else "search.html", context)
