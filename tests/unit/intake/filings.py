"""Documents as they are filed, made of a plain text: a page, a submission, a PDF, a Word document."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import typst
from docx.enum.text import WD_ALIGN_PARAGRAPH
from pypdf import PdfReader, PdfWriter

from intake import example

FOUNDING = (Path(example.__file__).parent / "exhibit-10-106.txt").read_text(encoding="utf-8")
NUMBERED = re.compile(r"\s*\d\s*-?")
FIELD = re.compile(r"(By|Name|Title):\s+(.*)")
RULE = re.compile(r"-{5,}")


def paragraphs(text: str) -> Iterator[tuple[bool, list[str]]]:
    """The paragraphs of a text as filed, each with whether it is centred or indented, and its lines."""
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.split("\n") if line.strip()]
        if len(lines) > 1 and NUMBERED.fullmatch(lines[0]) and not NUMBERED.fullmatch(lines[1]):
            yield False, [lines.pop(0)]
        if lines:
            yield lines[0].startswith(" " * 20), [line.strip() for line in lines]


def page_of(text: str) -> str:
    """The text as a page of the early EDGAR kind: capitals, fonts, blanks by entity, nested tables, tags left open."""
    body = []
    for moved, lines in paragraphs(text):
        shown = [html.escape(line).replace("&quot;", "&#147;", 1).replace("&quot;", "&#148;", 1) for line in lines]
        if all(NUMBERED.fullmatch(line) for line in lines):
            body.append(f'<P ALIGN="CENTER"><FONT SIZE=2>{"<BR>".join(shown)}</FONT></P>\n<HR SIZE=3 NOSHADE>\n<PAGE>')
        elif any(FIELD.match(line) for line in lines):
            rows = "".join(
                f"<TR VALIGN=TOP><TD WIDTH=10%><FONT SIZE=2>{found[1]}:</FONT></TD><TD>&nbsp;</TD>"
                f"\n<TD><P><FONT SIZE=2>{html.escape(found[2])}</FONT></P>\n</TD></TR>"
                "\n<TR><TD></TD><TD></TD><TD><HR></TD>"
                for line in lines
                if (found := FIELD.match(line))
            )
            body.append(
                "<TABLE WIDTH=100%><TR><TD WIDTH=50%>&nbsp;</TD><TD>"
                f"<TABLE BORDER=0 CELLPADDING=0>{rows}</TABLE></TD></TR></TABLE>"
            )
        elif moved:
            body.append(f'<P ALIGN="CENTER"><FONT FACE="Times New Roman" SIZE="2"><B>{"<BR>".join(shown)}</B></FONT>')
        else:
            body.append(
                f'<P ALIGN=JUSTIFY STYLE="margin-top:6pt">{"&nbsp;" * 5}<FONT SIZE=2>{chr(10).join(shown)}</FONT></P>'
            )
    return (
        "<!DOCTYPE HTML PUBLIC '-//W3C//DTD HTML 3.2//EN'>\r\n<HTML>\n<HEAD>\n<TITLE>Not shown: June 1, 1999</TITLE>\n"
        "<STYLE>P { color: black } /* until June 2, 1999 */</STYLE></HEAD>\n<BODY BGCOLOR=white>\n"
        "<!-- not shown: the Lender hereby waives nothing -->\n<SCRIPT>var a = '</div> until June 3, 1999';</SCRIPT>\n"
        '<DIV STYLE="display: none"><P>Not shown either: until June 4, 1999</DIV>\n'
        + "\n".join(body)
        + "\n</BODY></HTML>\n"
    )


def submission_of(*documents: tuple[str, str], pem: bool = False) -> str:
    """A submission of documents, each a type and a text; `pem`: with the header of the years before 2000."""
    begin = "-----BEGIN PRIVACY-ENHANCED MESSAGE-----\nProc-Type: 2001,MIC-CLEAR\n\n" if pem else ""
    said = [
        f"<DOCUMENT>\n<TYPE>{kind}\n<SEQUENCE>{number}\n<FILENAME>d{number}.txt\n<DESCRIPTION>{kind} OF A MILL\n"
        f"<TEXT>\n{text}\n</TEXT>\n</DOCUMENT>\n"
        for number, (kind, text) in enumerate(documents, 1)
    ]
    header = "<SEC-DOCUMENT>0000000000-00-000000.txt : 20000330\n<SEC-HEADER>\n</SEC-HEADER>\n"
    return f"{begin}{header}{''.join(said)}</SEC-DOCUMENT>\n"


def pdf_of(*pages: str) -> bytes:
    """Pages of text as it stands, set in one width; a page without text has a rectangle on it."""
    made = PdfWriter()
    for page in pages:
        quoted = page.replace("\\", "\\\\").replace('"', '\\"')
        shown = f'#set text(size: 8pt)\n#raw("{quoted}")' if page else "#rect()"
        made.append(PdfReader(io.BytesIO(typst.compile(shown.encode()))))
    out = io.BytesIO()
    made.write(out)
    return out.getvalue()


def typeset_pdf_of(text: str) -> bytes:
    """The text as a word processor would print it: proportional type, paragraphs, signatures in a grid."""

    def quoted(words: str) -> str:
        escaped = words.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    body = ['#set page("us-letter", numbering: "1")', "#set par(justify: true, spacing: 1.4em)"]
    for moved, lines in paragraphs(text):
        fields = [found for line in lines if (found := FIELD.match(line))]
        if all(NUMBERED.fullmatch(line) for line in lines):
            continue
        if fields:
            cells = ", ".join(quoted(words) for found in fields for words in (f"{found[1]}:", found[2]))
            body.append(f"#pad(left: 50%, grid(columns: (3em, 1fr), row-gutter: 1em, {cells}))")
        elif moved:
            body.append(f"#align(center, {quoted(' '.join(lines))})")
        else:
            body.append(f"#h(2em)#{quoted(' '.join(lines))}")
    return typst.compile("\n\n".join(body).encode())


def word_of(text: str) -> bytes:
    """A Word document whose signatures stand in tables."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "A header, until June 5, 1999"
    for moved, lines in paragraphs(text):
        fields = [found for line in lines if (found := FIELD.match(line))]
        if fields:
            table = document.add_table(rows=0, cols=2)
            for found in fields:
                for cell, words in zip(table.add_row().cells, (f"{found[1]}:", found[2]), strict=True):
                    cell.text = words
        else:
            paragraph = document.add_paragraph(" ".join(lines))
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if moved else None
    return saved(document)


def saved(document: docx.document.Document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def zip_of(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def word_xml(body: str, **parts: str) -> bytes:
    """A bare .docx of this body, in WordprocessingML with the prefix w; other parts by name."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    more = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    document = f'<w:document xmlns:w="{space}" {more}><w:body>{body}</w:body></w:document>'
    named = {f"word/{name}.xml": f'<w:{name} xmlns:w="{space}">{part}</w:{name}>' for name, part in parts.items()}
    return zip_of({name: part.encode() for name, part in ({"word/document.xml": document} | named).items()})
