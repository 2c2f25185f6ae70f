"""The search box, as somebody types or on a page of its own."""

from __future__ import annotations

from itertools import starmap

from django.http import HttpResponseBase
from django.shortcuts import render

from agreements.search import words_of
from audit.exports import Listing
from audit.middleware import SignedRequest
from audit.permissions import Permission, needs
from audit.views import asks_for_a_file, file_of
from waivers.search import FEWEST_TYPED, MOST_TYPED, SHOWN, all_found, groups_found
from waivers.views.files import FOUND_COLUMNS, found_row

TOO_FEW = "Type at least two letters or digits."


@needs(Permission.READ)
def search(request: SignedRequest) -> HttpResponseBase:
    """What the register has for ?q=, of what the person may see; for htmx only the fragment; ?format=csv: all of it."""
    typed = " ".join(request.GET.get("q", "")[:MOST_TYPED].replace("\x00", " ").split())
    known_at = request.moment.known_at
    is_enough = sum(map(len, words_of(typed))) >= FEWEST_TYPED
    if asks_for_a_file(request):
        rows = starmap(found_row, all_found(request.user, typed, known_at))
        listing = Listing("search", FOUND_COLUMNS, rows, (f"Words: {typed}",))
        return file_of(request, listing, faults=() if is_enough else (TOO_FEW,))
    context = {
        "query": typed,
        "is_enough": is_enough,
        "groups": [group for group in groups_found(request.user, typed, known_at) if group.found] if is_enough else [],
        "shown": SHOWN,
    }
    is_fragment = request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request
    return render(request, "_search_results.html" if is_fragment else "search.html", context)
