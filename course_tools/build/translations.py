"""The catalogues of the translations, brought up to date with the English.

An entry whose English is new is empty; one whose English has changed is fuzzy and keeps the old
English beside it, until a translator has looked at it. Poedit, Weblate and the like open them.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from course_lib.front_matter import chapters
from course_lib.language.catalogues import FOLDER
from course_lib.language.choice import ENGLISH, LANGUAGES
from course_tools.build.documents import texts
from course_tools.build.markdown import DOCUMENTS, words
from course_tools.build.stable_outputs import load

Text = tuple[str, str]
"""A context, such as a cell's id, and the English."""
_CLOSE = 0.4
_NO_DATE = datetime(2026, 12, 1, tzinfo=UTC)  # else each run would change the file


def catalogues(course: Path) -> dict[Path, str]:
    """Return what each catalogue in `course` should hold, in all languages."""
    sources = {chapter.name: _cells(chapter.path) for chapter in chapters(course / "solutions")}
    sources[DOCUMENTS] = [("templates", text) for text in words()] + [
        (name, text)
        for name in ("README.md", "instructor/guide.md")
        for text in texts((course / name).read_text(encoding="utf-8"))
    ]
    folder = course / FOLDER.relative_to(FOLDER.parents[1])
    return {
        path: updated(path, name, source)
        for language in LANGUAGES
        if language != ENGLISH
        for name, source in sources.items()
        for path in [folder / language / f"{name}.po"]
    }


def updated(path: Path, name: str, source: Iterable[Text]) -> str:
    """Return a catalogue with these texts in this order, and with the translations that it has."""
    old = {(str(each.context), str(each.id)): each for each in read(path) if each.id}
    source = list(dict.fromkeys(source))
    left = {key: message for key, message in old.items() if key not in source}
    new = Catalog(
        locale=path.parent.name,
        project="Prefect, hands on",
        version=name,
        header_comment="# Chinese of the course, see README.md.",
        creation_date=_NO_DATE,
        revision_date=_NO_DATE,
        fuzzy=False,
    )
    for context, english in source:
        known = old.get((context, english))
        message = known or _changed(context, english, left)
        entry = new.add(english, message.string if message else "", context=context)
        if message and (not known or known.fuzzy):
            entry.flags.add("fuzzy")
            entry.previous_id = message.previous_id if known else [str(message.id)]
    file = BytesIO()
    write_po(file, new, width=0, include_previous=True)
    return file.getvalue().decode()


def read(path: Path) -> Catalog:
    """Read a catalogue; an empty one where there is no such file."""
    return read_po(BytesIO(path.read_bytes() if path.exists() else b""))


def _changed(context: str, english: str, left: Mapping[Text, Message]) -> Message | None:
    """Find the translation of what this English probably was before."""
    there = {text: message for (where, text), message in left.items() if where == context}
    close = get_close_matches(english, there, n=1, cutoff=_CLOSE)
    return there[close[0]] if close and there[close[0]].string else None


def _cells(master: Path) -> list[Text]:
    return [(cell.id, cell.source) for cell in load(master).cells if cell.cell_type == "markdown"]
