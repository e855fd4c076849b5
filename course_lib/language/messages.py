"""What course_lib says, in the language that the learner reads.

Code says everything in English, and what is kept is English. Whoever shows a text hands it to
`in_language`, which finds it in the catalogue ``course_lib``: as a whole, as a template with
something filled in, or piece by piece. So one learner can change the language at any time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from string import Formatter
from unicodedata import east_asian_width

from course_lib.language.catalogues import messages
from course_lib.language.choice import ENGLISH, Language, current

_Reading = tuple[str, int]
"""A text in the language, and how many of its letters are English still."""

# Where a text may be taken apart, the strongest first. The mark is translated, too.
_BREAK = re.compile(
    r"(?P<line>\n)|(?P<stop>\.) |(?P<half>;) |(?P<colon>:) |(?P<comma>,) | -> | (?=\()"
)
_MOST_BREAKS = 12
_FIRM = 12  # letters of its own with which a template may take any English for what is filled in
_MOST_KNOWN = 5_000
_WORD = re.compile(r"[^\W\d_]{2,}")
# Data, which nobody translates: one word, something in quotation marks or brackets, a list of words.
_DATA = re.compile(
    r"""(?s:['"`\[({<].*['"`\])}>])|[^\s,;]*(?:(?:, | and )[^\s,;]+)*""",
)
_OPENING, _CLOSING = "([{", ")]}"
_HAN, _FULL_WIDTH = r"\u3400-\u9fff", r"\u3000-\u303f\uff00-\uffef\u2018-\u201d"
_NO_BLANK = re.compile(rf"(?<=[{_FULL_WIDTH}]) +| +(?=[{_FULL_WIDTH}])|(?<=[{_HAN}]) +(?=[{_HAN}])")
_BLANK = re.compile(rf"(?<=[{_HAN}])(?=[a-zA-Z0-9])|(?<=[a-zA-Z0-9])(?=[{_HAN}])")


def in_language(text: str) -> str:
    """Return a text of the course in the learner's language, as far as it is translated."""
    language = current()
    return text if language == ENGLISH else _reader(language).read(text)[0]


def columns(text: str) -> int:
    """Return how wide a text is on a terminal, where Han letters take two columns."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


@dataclass(frozen=True)
class _Template:
    """A text with something filled in, in both languages."""

    english: str
    translated: str

    @cached_property
    def literals(self) -> list[str]:
        return [literal for literal, *_ in Formatter().parse(self.english)]

    @cached_property
    def longest(self) -> str:
        return max(self.literals, key=len)

    @cached_property
    def letters(self) -> int:
        return sum(map(_letters, self.literals))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        parts = [
            re.escape(literal) + (f"(?P<{name}>.*?)" if name else "")
            for literal, name, *_ in Formatter().parse(self.english)
        ]
        return re.compile("".join(parts), re.DOTALL)


class _Reader:
    """Reads English texts of the course in another language."""

    def __init__(self, language: Language) -> None:
        self._whole: dict[str, str] = {}
        self._templates: list[_Template] = []
        for english, translated in messages(language).items():
            if any(name is not None for _, name, *_ in Formatter().parse(english)):
                self._templates.append(_Template(english, translated))
            else:
                self._whole[english.format()] = translated.format()
        self._templates.sort(key=lambda each: -each.letters)
        self._known: dict[str, _Reading] = {}

    def read(self, text: str) -> _Reading:
        """Return the reading of a text that leaves the fewest letters English."""
        if text not in self._known:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            core = text.strip()
            before, after = text[: text.find(core)], text[text.find(core) + len(core) :]
            words, left = self._best(core)
            self._known[text] = _joined(before, words, after), left
        return self._known[text]

    def _best(self, text: str) -> _Reading:
        best = text, 0 if _DATA.fullmatch(text) else _letters(text)
        for words, left in self._readings(text):
            if words != text and (left < best[1] or (left == best[1] and best[0] == text)):
                best = words, left
                if not left:
                    break
        return best

    def _readings(self, text: str) -> Iterator[_Reading]:
        for spelling in (text, text[:1].lower() + text[1:]):
            if spelling in self._whole:
                yield self._whole[spelling], 0
        for template in self._templates:
            if template.longest in text and (match := template.pattern.fullmatch(text)):
                values = {name: self.read(value) for name, value in match.groupdict().items()}
                left = sum(each for _, each in values.values())
                if not left or template.letters >= _FIRM:
                    yield _filled(template.translated, values), left
        if text.startswith("(") and text.endswith(")"):
            words, left = self.read(text[1:-1])
            if words != text[1:-1]:
                yield _joined(self._mark("("), words, self._mark(")")), left
        if text.endswith("."):
            yield self._in_two(text[:-1], ".", "")
        for found in _breaks(text):
            yield self._in_two(text[: found.start()], found[0], text[found.end() :])

    def _in_two(self, one: str, mark: str, other: str) -> _Reading:
        (first, left), (second, left_too) = self.read(one), self.read(other)
        changed = (first, second) != (one, other)
        return _joined(first, self._mark(mark) if changed else mark, second), left + left_too

    def _mark(self, mark: str) -> str:
        return self._whole.get(mark.strip(), mark)


@cache
def _reader(language: Language) -> _Reader:
    return _Reader(language)


def _letters(text: str) -> int:
    return sum(map(len, _WORD.findall(text)))


def _breaks(text: str) -> list[re.Match[str]]:
    """Find where a text may be taken apart: all places outside of brackets, or the best of many."""
    found, depth, at = [], 0, 0
    for each in _BREAK.finditer(text):
        piece = text[at : each.start()]
        depth += sum(map(piece.count, _OPENING)) - sum(map(piece.count, _CLOSING))
        at = each.start()
        if depth <= 0:
            found.append(each)
    strongest = min(found, key=lambda each: each.lastindex or 9, default=None)
    return found if len(found) <= _MOST_BREAKS or not strongest else [strongest]


def _filled(template: str, values: dict[str, _Reading]) -> str:
    parts = []
    for literal, name, *_ in Formatter().parse(template):
        parts += [literal, values[name][0] if name else ""]
    return _joined(*parts)


def _joined(*parts: str) -> str:
    """Join parts: with a blank between Han and Latin, and none beside full-width punctuation."""
    text = ""
    for part in filter(None, parts):
        seam = max(0, len(text) - 2), len(text) + 2
        text += part
        if seam[1] > 2:
            edge = _BLANK.sub(" ", _NO_BLANK.sub("", text[seam[0] : seam[1]]))
            text = text[: seam[0]] + edge + text[seam[1] :]
    return text
