"""What holds for each text of a translation, beside its English."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from course_lib import paths
from course_lib.front_matter import chapters
from course_lib.language.catalogues import FOLDER
from course_lib.language.choice import Language
from course_lib.language.notebooks import front_matter

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_HAN = "\u3400-\u9fff"
_WIDE = "，。；：？\uff01、（）《》“”\u2018\u2019…—"
_CODE = re.compile(r"```.*?```|`[^`]+`", re.DOTALL)
_NAMES = re.compile(r"^ {0,3}[\w./`]+(?= {2})", re.MULTILINE)  # before what they are
_TARGET = re.compile(r"\]\(([^)\s]+)\)")
_TAG = re.compile(r"</?[a-z][^>]*>")
_NUMBER = re.compile(r"(?<![A-Za-z_])\d+(?:[.:]\d+)*")
_CHAPTER = re.compile(r"\[(\d\d · [^\]]+)\]\([^)]*?(\d\d_\w+)\.ipynb\)")
_FIELD = re.compile(r"(?<!\{)\{\w*\}|%\(\w+\)s")
_SENTENCE = re.compile(r"(?:\b[A-Za-z][a-z']*\b[ ,]+){4,}[a-z]+")
_NARROW = re.compile(rf"[{_HAN}][*]*[,;:?!()]|[,;:?!(][*]*[{_HAN}]|[{_HAN}][*]*\.(?![\w*])")
_GLUED = re.compile(rf"[{_HAN}][A-Za-z0-9`]|[A-Za-z0-9`%][{_HAN}]")
# A blank that Markdown needs: without it, asterisks after punctuation close nothing.
_NEEDED = re.compile(rf"(?<=[{_WIDE}])(\*+) ")
_LOOSE = re.compile(rf"[{_HAN}] [{_HAN}]|[{_WIDE}] [^|\s]|[^\s#>|-] [{_WIDE}]")


def complaints(english: str, translated: str, language: Language) -> list[str]:
    """Return what is wrong with a translation, a sentence each."""
    if not translated:
        return ["it isn't translated"]
    return [
        *same_parts(english, translated),
        *same_blocks(english, translated),
        *wording(english, translated, language),
        *_titles(translated, language),
    ]


def wording(english: str, translated: str, language: Language) -> Iterator[str]:
    """Yield what is wrong with the words and punctuation of a text, be it Markdown or not."""
    yield from no_english(translated)
    yield from punctuation(translated)
    yield from _terms(english, translated, language)


def same_parts(english: str, translated: str) -> Iterator[str]:
    """Code, links, tags, fields and numbers are the same."""
    yield from _differences(
        "code", *(list(map(_code, _CODE.findall(t))) for t in (english, translated))
    )
    for what, part in (("links", _TARGET), ("tags", _TAG), ("fields", _FIELD)):
        yield from _differences(what, part.findall(english), part.findall(translated))
    yield from _differences("numbers", *(_NUMBER.findall(_prose(t)) for t in (english, translated)))


def same_blocks(english: str, translated: str) -> Iterator[str]:
    """Headings, lists, tables and emphasis are the same, and none is left as plain asterisks."""
    old, new = (Counter(_blocks(text)) for text in (english, translated))
    yield from _differences("blocks", list(old.elements()), list(new.elements()))
    if any("*" in token.content for token in _inline(translated) if token.type == "text"):
        yield "an asterisk is shown: a blank belongs behind the closing one after punctuation"


def no_english(translated: str) -> Iterator[str]:
    """No sentence of English is left."""
    # Names of menu entries, in italics, are as JupyterLab shows them.
    if match := _SENTENCE.search(re.sub(r"\*[A-Z][^*]*\*", "", _prose(translated))):
        yield f"English is left: {match[0]!r}"


def punctuation(translated: str) -> Iterator[str]:
    """Punctuation beside Han is of full width, and a blank stands between Han and Latin."""
    text = _spans(translated)
    for name, pattern in (
        ("punctuation of half width", _NARROW),
        ("a blank is missing", _GLUED),
        ("a blank too many", _LOOSE),
    ):
        if match := pattern.search(text):
            yield f"{name}: {text[max(0, match.start() - 8) : match.end() + 8]!r}"
    for letter in "\uff01!您":
        if letter in _prose(translated):
            yield f"{letter} isn't used"


def _titles(translated: str, language: Language) -> Iterator[str]:
    for title, name in _CHAPTER.findall(translated):
        if name in _chapter_titles(language) and title != _chapter_titles(language)[name]:
            yield f"chapter {name} is called {_chapter_titles(language)[name]!r}, not {title!r}"


@cache
def _chapter_titles(language: Language) -> dict[str, str]:
    found = (front_matter(chapter, language) for chapter in chapters(paths.SOLUTIONS))
    return {each.name: f"{each.number} · {each.title}" for each in found}


@cache
def _glossary(language: Language) -> list[dict[str, object]]:
    text = (FOLDER / language / "glossary.toml").read_text(encoding="utf-8")
    terms: list[dict[str, object]] = tomllib.loads(text)["term"]
    return terms


def _terms(english: str, translated: str, language: Language) -> Iterator[str]:
    old, new = _prose(english), _prose(translated)
    for term in _glossary(language):
        used = re.search(rf"\b{term['word']}(?:s|es)?\b", old, re.IGNORECASE)
        if term.get("always") and used and str(term["is"]) not in new:
            yield f"{term['word']} is {term['is']}"
        for other in term.get("never", ()):  # type: ignore[attr-defined]
            if other in new:
                yield f"{term['word']} is {term['is']}, never {other}"


def _differences(what: str, old: list[str], new: list[str]) -> Iterator[str]:
    lost, more = Counter(old) - Counter(new), Counter(new) - Counter(old)
    if lost or more:
        yield f"{what}: lacks {sorted(lost)}, has {sorted(more)} instead"


def _code(text: str) -> str:
    """Return code on one line; of a list of names, which tells what each is, the names."""
    return " ".join(_NAMES.findall(text) or text.split())


def _prose(text: str) -> str:
    text = text.replace("![", "[")
    return _TAG.sub(" ", _TARGET.sub("]", _CODE.sub(" ", text)))


def _spans(text: str) -> str:
    """Return the text with code as ``x`` in backquotes, and without emphasis and links' targets."""
    text = _CODE.sub(lambda code: "\n" if code[0].startswith("```") else "`x`", text)
    text = re.sub(r"\[([^\]]*)\]\([^)\s]+\)", r"\1", _FIELD.sub("x", text).replace("![", "["))
    return _TAG.sub("", _NEEDED.sub(r"\1", text)).replace("*", "")


def _inline(text: str) -> Iterator[Token]:
    for token in _MARKDOWN.parse(text):
        yield from token.children or ()


def _blocks(text: str) -> Iterator[str]:
    for token in _MARKDOWN.parse(text):
        if token.nesting >= 0 and token.type not in ("inline", "text"):
            yield f"{token.type} {token.tag}".strip()
    for token in _inline(text):
        if token.type in ("em_open", "strong_open", "link_open", "image"):
            yield token.type
