"""The index of the other names of series."""

from agreements.search import WordIndex

ALIASES = WordIndex("notes_alias", ("designation",))
