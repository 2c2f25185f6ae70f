"""Private calendar feeds: made and revoked by their owner, known by the hash of a token that only they have seen."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from alerts.models import CalendarFeed
from audit.models import User

LASTS = timedelta(days=365)
TOKEN_BYTES = 32


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_feed(owner: User, *, opaque: bool, at: datetime) -> str:
    """Make a feed in place of the owner's last one; return its token, which is shown once and kept nowhere."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=owner.pk)  # one at a time for each owner
        revoke_feed(owner, at=at)
        CalendarFeed.objects.create(
            owner=owner, token_hash=_hash(token), opaque=opaque, made_at=at, expires_at=at + LASTS
        )
    return token


def revoke_feed(owner: User, *, at: datetime) -> int:
    """End the owner's feed at once; return whether there was one (0 or 1)."""
    return CalendarFeed.objects.filter(owner=owner, revoked_at=None).update(revoked_at=at)


def standing_feed(owner: User, *, at: datetime) -> CalendarFeed | None:
    """The owner's feed, if it is neither revoked nor expired."""
    return CalendarFeed.objects.filter(owner=owner, revoked_at=None, expires_at__gt=at).first()


def feed_of(token: str, *, at: datetime) -> CalendarFeed | None:
    """The feed that a token opens, of somebody who is still active; the use is noted. None for any other token."""
    feeds = CalendarFeed.objects.filter(token_hash=_hash(token), revoked_at=None, expires_at__gt=at)
    feed = feeds.filter(owner__is_active=True).select_related("owner").first()
    if feed is not None:
        CalendarFeed.objects.filter(pk=feed.pk).update(used_at=at)
    return feed
