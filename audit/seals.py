"""Seals: the head of the chain, signed, and put where nobody who keeps the register can change it.

A seal is a small JSON file. Its signature is Ed25519 over the JSON of its other members (sorted, without spaces), so
that anybody who has the public key can check it, and nobody without `SEAL_KEY` can make one.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from audit.chain import head
from audit.models import Seal

FORMAT = "standstill/seal/1"
EVERY = timedelta(hours=24)


class SealError(ValueError):
    """A seal cannot be made or read; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class SealFile:
    """A seal as its file has it: when, how many links, the hash of the last, and the signature (keys and it in hex)."""

    at: str
    links: int
    head: str
    public_key: str
    signature: str
    name: str = ""

    def signed_part(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "at": self.at,
            "links": self.links,
            "head": self.head,
            "public_key": self.public_key,
        }

    def text(self) -> str:
        """The file."""
        return json.dumps({**self.signed_part(), "signature": self.signature}, indent=2) + "\n"

    def is_genuine(self) -> bool:
        """Whether whoever has the key to `public_key` signed it."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key))
            key.verify(bytes.fromhex(self.signature), _message(self.signed_part()))
        except (InvalidSignature, ValueError):
            return False
        return True


def _message(part: dict[str, object]) -> bytes:
    return json.dumps(part, sort_keys=True, separators=(",", ":")).encode()


def read_seal(text: str, name: str = "") -> SealFile:
    """A seal from the text of its file. Raises `SealError` with a sentence."""
    try:
        found = json.loads(text)
        if found["format"] != FORMAT:
            raise SealError(f"{name}: its format is {found['format']!r}; expected {FORMAT!r}.")
        key, signature = str(found["public_key"]), str(found["signature"])
        if not 0 <= int(found["links"]) < 2**63:
            raise SealError(f"{name}: it seals a number of links that cannot be.")
        return SealFile(str(found["at"]), int(found["links"]), str(found["head"]), key, signature, name)
    except (ValueError, KeyError, TypeError) as error:
        raise error if isinstance(error, SealError) else SealError(f"{name}: this is no seal of ours.") from error


def new_key() -> str:
    """A key for `SEAL_KEY`: 32 random bytes in Base64."""
    return b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def private_key() -> Ed25519PrivateKey:
    """The key of the environment. Raises `SealError` where there is none, or it is none."""
    if not settings.SEAL_KEY:
        raise SealError("SEAL_KEY is not set, so nothing can be signed. `manage.py seal --new-key` makes one.")
    try:
        return Ed25519PrivateKey.from_private_bytes(b64decode(settings.SEAL_KEY, validate=True))
    except (NotBase64, ValueError) as error:
        raise SealError(
            "SEAL_KEY is not a key: expected 32 bytes in Base64, as `manage.py seal --new-key` prints."
        ) from error


def public_key_of(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def trusted_keys() -> frozenset[str]:
    """The public keys whose seals are ours: that of `SEAL_KEY`, and those that it had before."""
    own = {public_key_of(private_key())} if settings.SEAL_KEY else set()
    return frozenset({*own, *settings.SEAL_PUBLIC_KEYS})


def make_seal(at: datetime) -> SealFile:
    """Sign the head of the chain as it is now; nothing is written. Raises `SealError` without a key."""
    key, last = private_key(), head()
    bare = SealFile(f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", last.number, last.hash, public_key_of(key), "")
    return replace(bare, signature=key.sign(_message(bare.signed_part())).hex(), name=file_name(bare))


def file_name(seal: SealFile) -> str:
    return f"seal-{seal.at.replace(':', '')}-{seal.links}.json"


def seal(at: datetime, to: Iterable[str] = (), folder: Path | None = None) -> SealFile:
    """Sign the head, write it to a file of its own, mail it, and note that it has left; in this order.

    So a seal that is noted has left the register; one whose mail was refused is made anew. Raises `SealError` without a
    key, and whatever the mail server says.
    """
    made = make_seal(at)
    folder = folder or Path(settings.SEAL_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{made.name}"
    beside.write_text(made.text())
    beside.replace(folder / made.name)
    if to:
        _mail(made, list(to))
    with transaction.atomic():
        Seal.objects.create(
            at=at, links=made.links, head=made.head, public_key=made.public_key, signature=made.signature
        )
    return made


def _mail(made: SealFile, to: list[str]) -> None:
    body = (
        f"The register's record as of {made.at} is sealed: {made.links} links, the last of which is\n\n{made.head}\n\n"
        "Keep this mail where those who keep the register cannot change it. To compare the register with it later:\n\n"
        f"    manage.py verify_audit --seal {made.name}\n"
    )
    mail = EmailMessage(f"Seal of the register, {made.links} links", body, settings.DEFAULT_FROM_EMAIL, to)
    mail.attach(made.name, made.text(), "application/json")
    mail.send()


def is_due(at: datetime) -> bool:
    """Whether the last seal is a day old, or there is none."""
    return not Seal.objects.filter(at__gt=at - EVERY).exists()


def kept_seals(folder: Path | None = None) -> list[SealFile]:
    """The seals that are noted, and those whose files lie in the folder. Raises `SealError` for a file that is none."""
    noted = []
    for row in Seal.objects.all():
        at = f"{row.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        found = SealFile(at, row.links, row.head, row.public_key, row.signature)
        noted.append(replace(found, name=file_name(found)))
    files = sorted((folder or Path(settings.SEAL_DIR)).glob("seal-*.json"))
    return [*noted, *(read_seal(path.read_text(), path.name) for path in files)]
