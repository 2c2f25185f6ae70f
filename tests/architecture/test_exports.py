"""A list leaves as a file by one road only, which logs it."""

from __future__ import annotations

import pytest

from tests.architecture.rooms import ROOMS, ROOT, python_files

ROADS = {"text/csv": "audit/views.py", "import csv": "audit/exports.py", "StreamingHttpResponse(": "audit/views.py"}


@pytest.mark.parametrize(("words", "only_in"), ROADS.items())
def test_no_other_file_writes_or_sends_csv(words: str, only_in: str) -> None:
    assert {str(path) for path in python_files(*ROOMS) if words in (ROOT / path).read_text()} == {only_in}
