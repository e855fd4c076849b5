"""What a check works with: it judges values, and makes points of what was seen."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from prefect import Flow, Task

AnyFlow: TypeAlias = "Flow[Any, Any]"
AnyTask: TypeAlias = "Task[Any, Any]"
AnyCode: TypeAlias = "Flow[Any, Any] | Task[Any, Any]"
Kind = Literal["a flow", "a task"]
Case = tuple[str, object, object]
"""What was tried, what was seen, and what was wanted."""


@dataclass(frozen=True)
class Point:
    """One thing that an exercise asks for, and what the run showed about it."""

    what: str
    ok: bool
    expected: str
    seen: str
    cause: str
    """What usually explains it when it isn't so."""


class Stop(Exception):  # noqa: N818 - no error: the points so far have said it all
    """Ends a check with a point that isn't met: those that would follow make no sense."""

    def __init__(self, point: Point) -> None:
        super().__init__(point)
        self.point = point


class Check:
    """One run of a check: the points that it has made so far.

    `texts` are the ``points`` of the exercise in the chapter's ``exercises.toml``, by their keys:
    ``what`` is looked at, what is ``expected`` where the check doesn't say it, and what ``usually``
    explains something else. The check fills in the ``{names}`` in them.
    """

    def __init__(
        self, texts: Mapping[str, Mapping[str, str]] | None = None, *, to_the_end: bool = True
    ) -> None:
        self.points: list[Point] = []
        self.exhibits: list[object] = []
        """Tables and pictures to be shown below the points."""
        self._texts = texts or {}
        self._to_the_end = to_the_end

    def add(self, point: Point) -> None:
        """Add a point; the check goes on, unless it is to end at the first that isn't met."""
        if not (point.ok or self._to_the_end):
            raise Stop(point)
        self.points.append(point)

    def require(self, point: Point) -> None:
        """Add a point; where it fails, the check ends with it."""
        if not point.ok:
            raise Stop(point)
        self.points.append(point)

    def that(self, key: str, ok: bool, seen: str, /, **names: Any) -> None:
        """Add a point that the check has judged itself."""
        self.add(self._point(key, ok, seen, None, names))

    def require_that(self, key: str, ok: bool, seen: str, /, **names: Any) -> None:
        """Add the point that `that` makes; where it fails, the check ends."""
        self.require(self._point(key, ok, seen, None, names))

    def equals(self, key: str, seen: object, expected: object, /, **names: Any) -> None:
        """Judge whether a value is exactly what the exercise asks for."""
        ok = seen == expected
        self.add(self._point(key, ok, short_repr(seen), short_repr(expected), names))

    def require_equal(self, key: str, seen: object, expected: object, /, **names: Any) -> None:
        """Add the point that `equals` makes; where it fails, the check ends."""
        ok = seen == expected
        self.require(self._point(key, ok, short_repr(seen), short_repr(expected), names))

    def says(self, key: str, seen: str, expected: str, /, **names: Any) -> None:
        """Judge like `equals`, for words: they are shown in full and without quotation marks."""
        self.add(self._point(key, seen == expected, seen, expected, names))

    def require_says(self, key: str, seen: str, expected: str, /, **names: Any) -> None:
        """Add the point that `says` makes; where it fails, the check ends."""
        self.require(self._point(key, seen == expected, seen, expected, names))

    def same_data(self, key: str, seen: object, expected: object, /, **names: Any) -> None:
        """Judge like `equals`, for data too long to show: the texts say in words what is expected.

        What they say after a comma is left out where the data is right.
        """
        same = seen == expected
        words = self._texts[key]["expected"].partition(",")[0]
        self.that(key, same, words if same else repr(seen)[:80], **names)

    def each_equals(
        self, key: str, cases: Iterable[Case], /, *, stop: bool = False, **names: Any
    ) -> None:
        """Judge like `equals` in several cases.

        Where all are right, the point says what the texts expect; otherwise it shows the first case
        that isn't right, and with `stop` it ends the check. So the cases may vary by chance.
        """
        words = self._texts[key]["expected"].format(**names)
        ok, seen, wanted = True, words, words
        for case, found, expected in cases:
            if found != expected:
                ok, seen, wanted = False, f"{_plain(found)} ({case})", _plain(expected)
                break
        (self.require if stop else self.add)(self._point(key, ok, seen, wanted, names))

    def require_given(self, ok: bool, noun: str, seen: str, cause: str) -> None:
        """Require that the answer is of the right kind: a `noun`, or else what was `seen` instead."""
        seen = noun if ok else seen
        self.require(Point("what was given to check()", ok, noun, seen, cause))

    def require_function(self, answer: object, name: str) -> None:
        """Require that the answer is a function, which the exercise calls so."""
        cause = f"Pass the name alone, {name}, without parentheses behind it."
        self.require_given(inspect.isfunction(answer), "a function", repr(answer)[:80], cause)

    def require_kind(self, answer: object, noun: Kind) -> None:
        """Require that the answer is a flow, or a task."""
        from prefect import Flow, Task

        if callable(answer) and not isinstance(answer, type):
            name = type(answer).__name__
            seen = f"a plain {name}" if name == "function" else f"a {name.lower()}"
        else:
            seen = short_repr(answer)
        cause = (
            f"The @{noun[2:]} line is missing, or check() was given the result of a call: "
            "pass the name alone, without parentheses behind it."
        )
        kind = Flow if noun == "a flow" else Task
        self.require_given(isinstance(answer, kind), noun, seen, cause)

    def _point(
        self, key: str, ok: bool, seen: str, expected: str | None, names: Mapping[str, Any]
    ) -> Point:
        text = {part: words.format(**names) for part, words in self._texts[key].items()}
        wanted = text["expected"] if expected is None else expected
        return Point(text["what"], ok, wanted, seen, text["usually"])


def _plain(value: object) -> str:
    return value if isinstance(value, str) and value else short_repr(value)


def short_repr(value: object) -> str:
    """Return the value's representation on one line, cut where it is too long to be read."""
    return short_text(repr(value))


def short_text(text: str, most: int = 120) -> str:
    """Return the text on one line, cut where it is too long to be read."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def join_some(texts: Sequence[str], most: int = 8) -> str:
    """Return the first texts on one line, with the number of those that are left out."""
    shown = ", ".join(texts[:most])
    return f"{shown} and {len(texts) - most} more" if len(texts) > most else shown or "none"
