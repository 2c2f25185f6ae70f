"""What a file is, by its first bytes; a name can say anything."""

from __future__ import annotations

import re

from intake.readers.reading import ReadingError

EXPECTED = "expected plain text, an EDGAR page or submission, a PDF or a .docx"
REFUSED = {  # what a file of another kind begins with
    b"\xd0\xcf\x11\xe0": "an old Office document (.doc, .xls)",
    b"{\\rtf": "an RTF document",
    b"\x89PNG": "an image (PNG)",
    b"\xff\xd8\xff": "an image (JPEG)",
    b"GIF8": "an image (GIF)",
    b"II*\0": "an image (TIFF)",
    b"MM\0*": "an image (TIFF)",
    b"\x1f\x8b": "a gzip file",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
PDF_WITHIN = 1024  # bytes in which a PDF may begin
HEAD = 4096  # characters in which a page says that it is one
SUBMISSION = re.compile(
    r"\s*(?:<(?:SEC-DOCUMENT|IMS-DOCUMENT|SUBMISSION|DOCUMENT)>|-----BEGIN PRIVACY-ENHANCED)", re.IGNORECASE
)
PAGE = re.compile(
    r"\s*(?:<!--|<!doctype\s+html|<(?:html|head|title|meta|body|p|div|span|font|center|h[1-6]|br|hr|a|b|i|u|pre)[\s/>])",
    re.IGNORECASE,
)
PAGE_WITHIN = re.compile(r"<(?:!doctype\s+)?html[\s>]", re.IGNORECASE)


def kind_of(content: bytes) -> str:
    """zip, PDF or text. Raises `ReadingError` for what is known to be something else."""
    if content.startswith(ZIP):
        return "zip"
    for start, kind in REFUSED.items():
        if content.startswith(start):
            raise ReadingError(f"is {kind}; {EXPECTED}.")
    return "PDF" if b"%PDF-" in content[:PDF_WITHIN] else "text"


def kind_of_text(source: str, start: int, end: int) -> str:
    """submission, page or text: what the characters from `start` to `end` are."""
    if SUBMISSION.match(source, start, end):
        return "submission"
    if PAGE.match(source, start, end) or PAGE_WITHIN.search(source, start, min(end, start + HEAD)):
        return "page"
    if source[start : min(end, start + HEAD)].lstrip().startswith("<?xml"):
        raise ReadingError(f"is XML, and not a page; {EXPECTED}.")
    return "text"
