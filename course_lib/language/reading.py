"""How an English text of the course is read in another language: by what its catalogue has.

It is found as a whole, as a template with something filled in, or else it is taken apart and its
pieces are read. Of several readings the one counts that leaves the fewest letters English.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import accumulate
from string import Formatter

from course_lib.language.catalogues import messages
from course_lib.language.choice import Language

_Left = tuple[int, int, int]
"""How many letters of a text are English still, how many are data, and its pieces: few are best."""
_Reading = tuple[str, _Left]
"""A text in the language, and what is left of it."""
_ALL: _Left = (0, 0, 1)  # nothing is left

# Where a text may be taken apart, the best places first. The mark there is translated, too.
_STRONG = re.compile(r"\n|(?<=[^.]\.) |; ")
_WEAK = re.compile(r": |, | -> | (?=\()")
_LABEL = re.compile(r"(?<=^\d) |(?<=^\d\d) |(?<=^\d\d\.\d) |(?<=^\[OK\]) |(?<=^\[FAIL\]) ")
_SHELLS = re.compile(r"()(.*[^.])(\.)", re.DOTALL), re.compile(r"(\()(.*)(\))", re.DOTALL)
_MOST_BREAKS = 12
_FIRM = 10  # letters of its own with which a template may take any English for what is filled in
_MOST_KNOWN = 5_000
_WORD = re.compile(r"[^\W\d_]{2,}")
# Data, which nobody translates: something in quotation marks or brackets (see `_is_enclosed`), a list
# of words, a script with what it was given, names with numbers, also by day; and one word, unless
# that is one of the course's.
_QUOTED = re.compile(r"""(['"`])(?:(?!\1).)*\1|[^\s,;]+(, [^\s,;]+)+""", re.DOTALL)
_LISTED = re.compile(r"([^\s,;]+, )*[^\s,;]+ and \S+")
_COUNTS = r"(\d{4}-\d\d-\d\d: )?\w+ \d+"
_DATA = re.compile(
    rf"\(.*\)|\S*|{_LISTED.pattern}|[\w-]+\.py( \w+)*|{_COUNTS}([,;] {_COUNTS})*", re.DOTALL
)
_AND, _BETWEEN = re.compile(r"\band\b"), re.compile(r"[\s,;:]")
_ERROR = re.compile(r"\b[A-Z]\w*[a-z][A-Z]\w*$")  # its name: what follows, somebody else wrote
_EDGE = " ,;\n"
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_HAN, _FULL_WIDTH = r"\u3400-\u9fff", r"\u3000-\u303f\uff00-\uffef\u2018-\u201d\u2026"
_NO_BLANK = re.compile(rf"(?<=[{_FULL_WIDTH}]) +| +(?=[{_FULL_WIDTH}])|(?<=[{_HAN}]) +(?=[{_HAN}])")
_BLANK = re.compile(rf"(?<=[{_HAN}])(?=[a-zA-Z0-9])|(?<=[a-zA-Z0-9])(?=[{_HAN}])")


@dataclass(frozen=True)
class _Template:
    """A text with something filled in, in both languages."""

    english: str
    translated: str

    @cached_property
    def words(self) -> list[str]:
        """Its own words, the longest first."""
        own = " ".join(literal for literal, *_ in Formatter().parse(self.english))
        return sorted(_WORD.findall(own), key=len, reverse=True)

    @cached_property
    def is_firm(self) -> bool:
        return sum(map(len, self.words)) >= _FIRM

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        """Two: where fields stand side by side, the first of them takes little, or much."""
        parts = list(Formatter().parse(self.english))
        return [
            re.compile("".join(map(partial(_as_pattern, some), parts)), re.DOTALL)
            for some in (".*?", ".*")
        ]

    def matches(self, text: str) -> list[dict[str, str]]:
        """Return what may be filled in, if the text is of this form."""
        found = [match.groupdict() for each in self._patterns if (match := each.fullmatch(text))]
        return found[:1] if found[:1] == found[1:] else found

    def goes_on_after(self, name: str, value: str) -> bool:
        """Whether the translation goes on after a field that ends like a sentence."""
        return value.endswith(".") and not self.translated.endswith(f"{{{name}}}")

    def filled(self, values: Mapping[str, str], data: Mapping[str, str]) -> str:
        """Fill in the translation; a field such as ``{name!s}`` is data, and stays as it is."""
        parts = []
        for literal, name, _, conversion in Formatter().parse(self.translated):
            parts += [literal, (data if conversion else values)[name] if name else ""]
        return _joined(*parts)


class _Reader:
    """Reads English texts of the course in another language."""

    def __init__(self, language: Language) -> None:
        self._whole: dict[str, str] = {}
        self._templates: dict[str, list[_Template]] = defaultdict(list)  # by a word of theirs
        self._known: dict[str, _Reading] = {}
        for english, translated in messages(language).items():
            if any(name is not None for _, name, *_ in Formatter().parse(english)):
                template = _Template(english, translated)
                self._templates[next(iter(template.words), "")].append(template)
            else:
                self._whole[english.format()] = translated.format()

    def read(self, text: str) -> _Reading:
        """Return the reading of a text that leaves the fewest letters English."""
        if text not in self._known:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            core = text.strip(_EDGE)
            words, left = self._best(core)
            before, after = text[: text.find(core)], text[text.find(core) + len(core) :]
            if words != core:
                before, after = self._mark(before), self._mark(after)
            self._known[text] = _joined(before, words, after), left
        return self._known[text]

    def _best(self, text: str) -> _Reading:
        is_data = bool(_DATA.fullmatch(text) or _is_enclosed(text))
        letters = 0 if is_data else sum(map(len, _WORD.findall(text)))
        best = text, (letters, 0 if letters else len(_BETWEEN.sub("", _AND.sub("&", text))), 1)
        for words, left in self._readings(text):
            if words != text and (left < best[1] or (left == best[1] and best[0] == text)):
                best = words, left
                if left == _ALL:
                    break
        if best[0] == text and _LISTED.fullmatch(text) and not _is_enclosed(text):
            return _AND.sub(self._mark("and"), text), best[1]
        return best

    def _readings(self, text: str) -> Iterator[_Reading]:
        for spelling in (text, text[:1].lower() + text[1:] if " " in text else text):
            if spelling in self._whole:
                yield self._whole[spelling], _ALL
        if _is_enclosed(text):
            return
        yield from self._in_two(text, _STRONG)
        for word in dict.fromkeys(["", *_WORD.findall(text)]):
            for template in self._templates.get(word, ()):
                yield from self._filled(template, text)
        for shell in filter(None, (each.fullmatch(text) for each in _SHELLS)):
            first, inner, last = shell.groups()
            words, left = self.read(inner)
            if words != inner:
                yield _joined(self._mark(first), words, self._mark(last)), left
        for breaks in (_WEAK, _LABEL):
            yield from self._in_two(text, breaks)

    def _filled(self, template: _Template, text: str) -> Iterator[_Reading]:
        for data in template.matches(text):
            found = {name: self.read(value) for name, value in data.items()}
            left = _sum(_ALL, *(each for _, each in found.values()))
            # What is filled in should be one thing: the more so, the fewer words the template has.
            strange = sum(
                (found[name][1][2] > 1 and _is_apart(value)) or template.goes_on_after(name, value)
                for name, value in data.items()
            )
            is_neat = not strange and not left[0] and all(map(_is_neat, data.values()))
            if template.is_firm or is_neat:
                words = {name: reading[0] for name, reading in found.items()}
                yield template.filled(words, data), _sum(left, (0, 0, strange))

    def _in_two(self, text: str, breaks: re.Pattern[str]) -> Iterator[_Reading]:
        """Read a text in two pieces, broken wherever it may be, or in the middle of many places."""
        found = [each for each in breaks.finditer(text) if _is_outside(text[: each.start()])]
        middle = len(found) // 2
        for each in found if len(found) <= _MOST_BREAKS else found[middle : middle + 1]:
            pieces = text[: each.start()], text[each.end() :]
            if each[0] == ": " and _ERROR.search(pieces[0]):
                continue
            (first, left), (second, left_too) = map(self.read, pieces)
            mark = each[0]
            if (first, second) != pieces:
                mark = self._mark(mark)
                if first == pieces[0] and first.endswith(".") and not left[0]:
                    first = first[:-1] + self._mark(".")
            yield _joined(first, mark, second), _sum(left, left_too, (0, 0, breaks is _LABEL))

    def _mark(self, mark: str) -> str:
        return self._whole.get(mark.strip(), mark)


@cache
def reader(language: Language) -> _Reader:
    """Return the one reader of a language: it knows again what it has read."""
    return _Reader(language)


def _as_pattern(some: str, part: tuple[str, str | None, str | None, str | None]) -> str:
    literal, name, *_ = part
    return re.escape(literal) + (f"(?P<{name}>{some})" if name else "")


def _sum(*counts: _Left) -> _Left:
    english, data, pieces = map(sum, zip(*counts, strict=True))
    return english, data, pieces


def _is_apart(text: str) -> bool:
    """Whether a text falls into parts."""
    return not _is_enclosed(text) and bool(_STRONG.search(text) or _WEAK.search(text))


def _is_neat(text: str) -> bool:
    """Whether there is something, without blanks around it."""
    return bool(text) and text == text.strip()


def _is_outside(before: str) -> bool:
    """Whether what comes next is outside of brackets."""
    return sum(before.count(one) - before.count(other) for one, other in _BRACKETS.items()) <= 0


def _is_enclosed(text: str) -> bool:
    """Whether all of a text stands in the same brackets, or in quotation marks, or is a list."""
    if text[:1] not in ("[", "{"):
        return bool(_QUOTED.fullmatch(text))
    return _is_outside(text) and not any(map(_is_outside, accumulate(text[:-1])))


def _joined(*parts: str) -> str:
    """Join parts: with a blank between Han and Latin, and none beside full-width punctuation."""
    text = ""
    for part in filter(None, parts):
        low, high = max(0, len(text) - 2), len(text) + 2
        is_seam = bool(text)
        text += part
        if is_seam:
            edge = _BLANK.sub(" ", _NO_BLANK.sub("", text[low:high]))
            text = text[:low] + edge + text[high:]
    return text
