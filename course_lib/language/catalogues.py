"""The catalogues: gettext's ``.po`` files, which translators' tools open.

A chapter's has an entry for each Markdown cell of its master, with the cell's id as context. An
entry that is marked fuzzy, since its English has changed, counts as missing: English is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.language.choice import ENGLISH, Language

if TYPE_CHECKING:
    from babel.messages.catalog import Message

FOLDER = Path(__file__).parent
MESSAGES = "course_lib"
"""The catalogue of what course_lib says: an entry for each text, whose place is a comment."""


@dataclass(frozen=True)
class Entry:
    """A text in English and in another language."""

    english: str
    translated: str


def file(language: Language, name: str) -> Path:
    """Return the path of a catalogue, such as ``04_parallel`` or ``course_lib``."""
    return FOLDER / language / f"{name}.po"


@cache
def entries(language: Language, name: str) -> Mapping[str, Entry]:
    """Return what is translated of a catalogue, by context; nothing in English, or without a file."""
    return {
        message.context: Entry(str(message.id), str(message.string))
        for message in _translated(language, name)
        if message.context
    }


@cache
def messages(language: Language) -> Mapping[str, str]:
    """Return what is translated of that which course_lib says, by its English."""
    return {str(each.id): str(each.string) for each in _translated(language, MESSAGES)}


def _translated(language: Language, name: str) -> "list[Message]":
    path = file(language, name)
    if language == ENGLISH or not path.exists():
        return []
    from babel.messages.pofile import read_po  # late: it takes a while, and most read English

    with path.open("rb") as stream:
        found = read_po(stream)
    return [each for each in found if each.id and each.string and not each.fuzzy]
