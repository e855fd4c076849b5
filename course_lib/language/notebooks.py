"""Notebooks in another language: the same cells, with other text between the code."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from course_lib.front_matter import Chapter
from course_lib.language.catalogues import entries
from course_lib.language.choice import ENGLISH, Language

_LINK = re.compile(r"\]\((?P<file>[\w./-]*?(?P<name>\d\d_\w+)\.ipynb)?#(?P<anchor>[^)\s=]+)\)")
_FRONT_MATTER = re.compile(r"# \d\d · (?P<title>.+)\n(?s:.*)\n\*\*学完本章，你能\*\*(?P<can>.+)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def translate(notebook: dict[str, Any], name: str, language: Language) -> dict[str, Any]:
    """Return a notebook of the course, such as ``04_parallel``, in the language.

    Cells that have no translation, or whose text isn't the catalogue's, stay as they are.
    """
    done = _with_texts(notebook, _texts(name, ENGLISH, language))
    if found := _front_matter(name, language):
        front = done["metadata"]["course"] | found
        done["metadata"] = type(notebook)(done["metadata"], course=front)
    return done


def switch(notebook: dict[str, Any], name: str, before: Language, now: Language) -> dict[str, Any]:
    """Return a learner's notebook with the course's own text in another language.

    Code, outputs, and each text that the learner has changed or added stay as they are.
    """
    return _with_texts(notebook, _texts(name, before, now))


def front_matter(chapter: Chapter, language: Language) -> Chapter:
    """Return a chapter with its title and what one can do after it in the language."""
    return replace(chapter, **_front_matter(chapter.name, language))


def _front_matter(name: str, language: Language) -> dict[str, Any]:
    title_cell = entries(language, name).get("title")
    found = _FRONT_MATTER.match(title_cell.translated) if title_cell else None
    return found.groupdict() if found else {}


def _texts(name: str, before: Language, now: Language) -> Mapping[str, tuple[str, str]]:
    """Return each cell's text in the one language and in the other, by the cell's id."""
    old, new = _translated(name, before), _translated(name, now)
    english = {
        cell: entry.english for each in (before, now) for cell, entry in entries(each, name).items()
    }
    return {cell: (old.get(cell, text), new.get(cell, text)) for cell, text in english.items()}


def _translated(name: str, language: Language) -> Mapping[str, str]:
    return {
        cell: _with_anchors(entry.translated, language, name)
        for cell, entry in entries(language, name).items()
    }


def _with_texts(notebook: dict[str, Any], texts: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    cells = []
    for cell in notebook["cells"]:
        old, new = texts.get(str(cell.get("id")), ("", ""))
        if cell["cell_type"] == "markdown" and old and "".join(cell["source"]) == old:
            cell = type(cell)(cell, source=new)
        cells.append(cell)
    return type(notebook)(notebook, cells=cells)


def _with_anchors(text: str, language: Language, own: str = "") -> str:
    """Let links to headings lead to where these stand in the language.

    Translations keep the English anchors, so that one heading can be reworded alone.
    """

    def changed(link: re.Match[str]) -> str:
        anchor = _anchors(link["name"] or own, language).get(link["anchor"], link["anchor"])
        return f"]({link['file'] or ''}#{anchor})"

    return _LINK.sub(changed, text)


def _anchors(name: str, language: Language) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for entry in entries(language, name).values():
        english, translated = map(_headings, (entry.english, entry.translated))
        found |= dict(zip(map(_anchor, english), map(_anchor, translated), strict=False))
    return found


def _headings(markdown: str) -> list[str]:
    """Return the headings of a text, without those in fenced code."""
    return _HEADING.findall(_FENCE.sub("", markdown))


def _anchor(heading: str) -> str:
    return heading.replace("`", "").replace(" ", "-")  # as JupyterLab makes them
