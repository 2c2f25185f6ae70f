"""Papers as PDF: a typst template and its data in, bytes out, the same everywhere and for ever.

Text travels as data and is never read as markup. Only typst's own typefaces are used, and the one date in the file is
the one that the caller gives. The templates lie in templates/papers/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import typst
from django.conf import settings

TEMPLATES = settings.BASE_DIR / "templates" / "papers"
FONTS = typst.Fonts(include_system_fonts=False)
MOST_CHARACTERS = 4_000_000  # some seconds

# What the typefaces can show: Latin, Greek, Cyrillic, Hebrew, punctuation, signs. No control, no mark of direction.
NOT_SHOWN = re.compile(
    "[^\n\u0020-\u007e\u00a0-\u00ac\u00ae-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u0482\u048a-\u04ff"
    "\u05d0-\u05ea\u1e00-\u1eff\u2010-\u2027\u202f-\u2040\u20a0-\u20c0\u2122\u2190-\u22ff\u25a0-\u25ff\ufb00-\ufb06\ufffd]"
)
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
LONG_WORD = re.compile(r"(?<!\S)(?![0-9a-f]{64}\b)\S{41,}")  # but for a SHA-256, which fits a line and is copied
PIECE = re.compile(r".{1,30}")
MAY_BREAK = "\u200b"


class PaperTooLargeError(Exception):
    """There is more to say than fits a paper."""


def render(template: str, data: Mapping[str, Any], *, at: datetime, attached: str = "") -> bytes:
    """The PDF/A of a template, for its data (what JSON can say), made at a moment. `attached`: a JSON file inside it.

    Raises `PaperTooLargeError`.
    """
    text = json.dumps(shown(data), ensure_ascii=False)
    if len(text) + len(attached) > MOST_CHARACTERS:
        raise PaperTooLargeError(
            f"This paper would hold {len(text) + len(attached):,} characters; at most {MOST_CHARACTERS:,} are printed."
        )
    return typst.compile(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        font_paths=FONTS,
        ignore_system_fonts=True,
        sys_inputs={"data": text, "attached": attached},
        format="pdf",
        pdf_standards=["a-3a", "ua-1"],  # to be kept for decades, and to be read aloud
        timestamp=int(at.astimezone(UTC).timestamp()),
    )


def named(found: re.Match[str]) -> str:
    """A character by its number: [U+202E]."""
    return f"[U+{ord(found[0]):04X}]"


def shown(value: Any) -> Any:
    """The same data, with what no typeface shows written as [U+202E], and places in long words where a line may end.

    A mark that turns the direction of writing could make a paper say what the register does not.
    """
    if isinstance(value, str):
        seen = NOT_SHOWN.sub(named, value)
        return LONG_WORD.sub(lambda found: MAY_BREAK.join(PIECE.findall(found[0])), seen)
    if isinstance(value, Mapping):
        return {name: shown(part) for name, part in value.items()}
    return [shown(part) for part in value] if isinstance(value, list | tuple) else value
