"""The chain over everything that is kept: what a link is, and the head.

Each link's hash is SHA-256 of the hash before it, the moment and the digest of the row, so that a row that was changed,
taken out or put elsewhere breaks the chain from there on. Whoever can rewrite all of the chain is found out by a seal
that lies elsewhere (audit/seals.py). The links are made by the database (audit/guards.py) and looked at by
audit/verify.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from audit.models import Link


@dataclass(frozen=True, slots=True)
class Head:
    """The last link: how many there are, its hash (hex), and when it was made, as the database said it."""

    number: int
    hash: str
    at: str


def digest_of(salt: str, text: str) -> str:
    """The digest of a link, from its salt and its row's text."""
    return sha256(f"{salt} {text}".encode()).hexdigest()


def chained(before: str, at: str, digest: str) -> str:
    """The hash of a link, from the hash before it ("" for the first), its moment and its row's digest."""
    return sha256(f"{before} {at} {digest}".encode()).hexdigest()


def head() -> Head:
    """The head of the chain; number 0 and an empty hash where nothing is kept yet."""
    last = Link.objects.order_by("-number").first()
    return Head(last.number, last.hash, last.at) if last else Head(0, "", "")
