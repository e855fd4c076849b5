"""The catalogues of the translations, brought up to date with the English.

An entry whose English is new is empty; one whose English has changed is fuzzy and keeps the old
English beside it, until a translator has looked at it. Poedit, Weblate and the like open them.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from polib import POEntry, POFile, pofile

from course_lib.front_matter import chapters
from course_lib.language.catalogues import FOLDER, MESSAGES
from course_lib.language.choice import ENGLISH, LANGUAGES
from course_tools.build.documents import texts
from course_tools.build.guide import documentation
from course_tools.build.markdown import DOCUMENTS, words
from course_tools.build.messages import messages
from course_tools.build.stable_outputs import load

Key = tuple[str | None, str]
"""A context, such as a cell's id, and the English."""
Texts = Mapping[Key, Sequence[str]]
"""Where each text is said, for whoever translates it."""
_CLOSE = 0.4


def catalogues(course: Path) -> dict[Path, str]:
    """Return what each catalogue in `course` should hold, in all languages."""
    sources: dict[str, Texts] = {
        chapter.name: _cells(chapter.path) for chapter in chapters(course / "solutions")
    }
    sources[DOCUMENTS] = dict.fromkeys(_documents(course), ())
    sources[MESSAGES] = {(None, text): places for text, places in messages().items()}
    folder = course / FOLDER.relative_to(FOLDER.parents[1])
    return {
        path: updated(path, name, source)
        for language in LANGUAGES
        if language != ENGLISH
        for name, source in sources.items()
        for path in [folder / language / f"{name}.po"]
    }


def updated(path: Path, name: str, source: Texts) -> str:
    """Return a catalogue with these texts in this order, and with the translations that it has."""
    old: dict[Key, POEntry] = {(entry.msgctxt, entry.msgid): entry for entry in read(path)}
    left = {key: entry for key, entry in old.items() if key not in source}
    new = POFile(wrapwidth=0)
    new.metadata = {
        "Project-Id-Version": f"Prefect, hands on: {name}",
        "Language": path.parent.name,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    for key, places in source.items():
        entry = old.get(key) or _changed(key, left) or POEntry(msgctxt=key[0], msgid=key[1])
        entry.occurrences = [(place, "") for place in places]
        new.append(entry)
    return str(new)


def read(path: Path) -> POFile:
    """Read a catalogue; an empty one where there is no such file."""
    return pofile(str(path), wrapwidth=0) if path.exists() else POFile()


def _changed(key: Key, left: Mapping[Key, POEntry]) -> POEntry | None:
    """Return the translation of what this English probably was before, marked as fuzzy."""
    context, english = key
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


def _cells(master: Path) -> Texts:
    cells = load(master).cells
    return {(cell.id, cell.source): () for cell in cells if cell.cell_type == "markdown"}


def _documents(course: Path) -> Iterator[Key]:
    yield from (("templates", text) for text in words())
    for name in ("README.md", "instructor/guide.md"):
        yield from ((name, text) for text in texts((course / name).read_text(encoding="utf-8")))
    for page in documentation(course / "instructor" / "guide.md").values():
        if "reason" in page:
            yield "documentation", page["reason"]
