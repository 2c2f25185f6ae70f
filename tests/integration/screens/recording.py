"""Recording as a person does it: fill in, preview, record what was previewed."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.test import Client

HIDDEN = re.compile(r'<input type="hidden" name="(key|opened|version|previewed)" value="([^"]*)">')


def hidden(page: HttpResponse) -> dict[str, str]:
    """What the form carries without showing it."""
    return {name: unescape(value) for name, value in HIDDEN.findall(page.content.decode())}


def preview(client: Client, what: str, instrument: str, **fields: Any) -> HttpResponse:
    """The page that says what it would change."""
    opened = client.get(f"/record/{what}/", {"instrument": instrument})
    sent = {"instrument": instrument, **hidden(opened), **fields, "step": "preview"}
    return client.post(f"/record/{what}/", sent)


def record(
    client: Client, what: str, instrument: str, *, after: HttpResponse | None = None, **fields: Any
) -> HttpResponse:
    """The answer to "Record it", after a preview (a fresh one unless `after` is given)."""
    seen = after or preview(client, what, instrument, **fields)
    return client.post(f"/record/{what}/", {"instrument": instrument, **fields, **hidden(seen), "step": "record"})
