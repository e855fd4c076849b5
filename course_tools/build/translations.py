"""The catalogues of the translations, brought up to date with the English.

An entry whose English is new is empty; one whose English has changed is fuzzy and keeps the old
English beside it, until a translator has looked at it. Poedit, Weblate and the like open them.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from polib import POEntry, POFile, pofile

from course_lib.front_matter import chapters
from course_lib.language.catalogues import FOLDER
from course_lib.language.choice import ENGLISH, LANGUAGES
from course_tools.build.documents import texts
from course_tools.build.guide import documentation
from course_tools.build.markdown import DOCUMENTS, words
from course_tools.build.stable_outputs import load

Text = tuple[str, str]
"""A context, such as a cell's id, and the English."""
_CLOSE = 0.4


def catalogues(course: Path) -> dict[Path, str]:
    """Return what each catalogue in `course` should hold, in all languages."""
    sources = {chapter.name: _cells(chapter.path) for chapter in chapters(course / "solutions")}
    sources[DOCUMENTS] = [("templates", text) for text in words()] + [
        (name, text)
        for name in ("README.md", "instructor/guide.md")
        for text in texts((course / name).read_text(encoding="utf-8"))
    ]
    pages = documentation(course / "instructor" / "guide.md").values()
    sources[DOCUMENTS] += [("documentation", page["reason"]) for page in pages if "reason" in page]
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
    source = list(dict.fromkeys(source))
    old = {(entry.msgctxt, entry.msgid): entry for entry in read(path)}
    left = {key: entry for key, entry in old.items() if key not in source}
    new = POFile(wrapwidth=0)
    new.metadata = {
        "Project-Id-Version": f"Prefect, hands on: {name}",
        "Language": path.parent.name,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    for text in source:
        new.append(old.get(text) or _changed(text, left) or POEntry(msgctxt=text[0], msgid=text[1]))
    return str(new)


def read(path: Path) -> POFile:
    """Read a catalogue; an empty one where there is no such file."""
    return pofile(str(path), wrapwidth=0) if path.exists() else POFile()


def _changed(text: Text, left: Mapping[Text, POEntry]) -> POEntry | None:
    """Return the translation of what this English probably was before, marked as fuzzy."""
    context, english = text
    there = {known: entry for (where, known), entry in left.items() if where == context}
    close = get_close_matches(english, there, n=1, cutoff=_CLOSE)
    if not close or not there[close[0]].msgstr:
        return None
    before = there[close[0]]
    known = before.previous_msgid if before.fuzzy else before.msgid
    return POEntry(
        msgctxt=context,
        msgid=english,
        msgstr=before.msgstr,
        flags=["fuzzy"],
        previous_msgid=known,
    )


def _cells(master: Path) -> list[Text]:
    return [(cell.id, cell.source) for cell in load(master).cells if cell.cell_type == "markdown"]
