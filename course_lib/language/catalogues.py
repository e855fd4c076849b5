"""The catalogues: gettext's ``.po`` files, which translators' tools open.

A chapter's has an entry for each Markdown cell of its master, with the cell's id as context. An
entry that is marked fuzzy, since its English has changed, counts as missing: English is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from course_lib.language.choice import ENGLISH, Language

FOLDER = Path(__file__).parent


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
    path = file(language, name)
    if language == ENGLISH or not path.exists():
        return {}
    from babel.messages.pofile import read_po  # late: it takes a while, and most read English

    with path.open("rb") as stream:
        catalogue = read_po(stream)
    return {
        message.context: Entry(str(message.id), str(message.string))
        for message in catalogue
        if message.id and message.string and not message.fuzzy and message.context
    }
