"""Markdown documents in another language: which of their text is to be translated, piece by piece.

A piece is a heading, a paragraph, a list, or a cell of a table. Code, comments and what is derived
from the chapters stay out.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from course_lib.language.catalogues import messages
from course_lib.language.choice import Language
from course_tools.build.markdown import DOCUMENTS

_DERIVED = r"<!-- (?P<name>\w+)[^>]*-->\n.*?<!-- /(?P=name) -->"
_FIXED = re.compile(rf"{_DERIVED}|^```.*?^```$|^</?\w+>$", re.MULTILINE | re.DOTALL)
_TREE = re.compile(r"^ *[\w./]+ {2,}\w+ \w+", re.MULTILINE)  # a name, and what it is
_CODE = re.compile(r"`[^`]*`|\]\([^)]*\)|https?://\S+")
_BLOCK = re.compile(r"(?:^.*\S.*(?:\n|\Z))+", re.MULTILINE)
_CELL = re.compile(r"(?<=\| )[^|\n]*\S(?= *\|)")
_SUMMARY = re.compile(r"(?<=<summary>).*(?=</summary>)")


def read(path: Path, language: Language) -> str:
    """Return an English document's text in the language."""
    text = path.read_text(encoding="utf-8")
    known = messages(language, DOCUMENTS)
    return translated(text, lambda piece: known.get(piece, piece))


def translated(document: str, translate: Callable[[str], str]) -> str:
    """Return a document with each piece of its text as `translate` gives it."""
    done, at = [], 0
    for fixed in _FIXED.finditer(document):
        done.append(_prose(document[at : fixed.start()], translate))
        explained = fixed["name"] is None and _TREE.search(fixed[0])
        done.append(translate(fixed[0]) if explained else fixed[0])
        at = fixed.end()
    return "".join([*done, _prose(document[at:], translate)])


def texts(document: str) -> Iterator[str]:
    """Yield each piece of a document's text."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    translated(document, note)
    yield from found


def _prose(text: str, translate: Callable[[str], str]) -> str:
    def piece(match: re.Match[str]) -> str:
        return translate(match[0]) if _has_words(match[0]) else match[0]

    def block(match: re.Match[str]) -> str:
        found = match[0].rstrip("\n")
        end = match[0][len(found) :]
        if found.startswith("|"):
            return _CELL.sub(piece, found) + end
        if found.startswith("<"):
            return _SUMMARY.sub(piece, found) + end
        return translate(found) + end

    return _BLOCK.sub(block, text)


def _has_words(text: str) -> bool:
    return bool(re.search(r"[A-Za-z]{2}", _CODE.sub("", text)))
