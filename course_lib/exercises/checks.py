"""The points that a check makes: what an exercise asks for, and what was seen instead."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prefect import Flow, Task


@dataclass(frozen=True)
class Point:
    """One thing that an exercise asks for, and what the run showed about it."""

    what: str
    ok: bool
    expected: str
    seen: str
    cause: str = ""
    """What usually explains it when it isn't so; by default the one in ``exercises.toml``."""


@dataclass(frozen=True)
class Exhibit:
    """Something to look at that a check shows below its points: a table, or a picture."""

    shown: object


Points = Generator[Point | Exhibit, None, None]


class Stop(Exception):  # noqa: N818 - no error: the points so far have said it all
    """Ends a check early, because the points that would follow make no sense."""


def require(point: Point) -> Iterator[Point]:
    """Yield the point; where it fails, the check ends with it."""
    yield point
    if not point.ok:
        raise Stop


def equals(what: str, seen: object, expected: object, cause: str = "") -> Point:
    """Judge whether a value is exactly what the exercise asks for."""
    return Point(what, seen == expected, short_repr(expected), short_repr(seen), cause)


def says(what: str, seen: str, expected: str, cause: str = "") -> Point:
    """Judge like `equals`, for words: they are shown in full and without quotation marks."""
    return Point(what, seen == expected, expected, seen, cause)


def same_data(what: str, seen: object, expected: object, words: str, cause: str = "") -> Point:
    """Judge like `equals`, for data that is too long to show: `words` stand for what is expected.

    What they say after a comma is left out where the data is right.
    """
    same = seen == expected
    return Point(what, same, words, words.partition(",")[0] if same else repr(seen)[:80], cause)


def require_equal(what: str, seen: object, expected: object, cause: str = "") -> Iterator[Point]:
    """Yield the point that `equals` makes; where it fails, the check ends."""
    yield from require(equals(what, seen, expected, cause))


def require_says(what: str, seen: str, expected: str, cause: str = "") -> Iterator[Point]:
    """Yield the point that `says` makes; where it fails, the check ends."""
    yield from require(says(what, seen, expected, cause))


def require_that(what: str, ok: bool, expected: str, seen: str, cause: str = "") -> Iterator[Point]:
    """Yield a point that the check has judged itself; where it fails, the check ends."""
    yield from require(Point(what, ok, expected, seen, cause))


def require_given(ok: bool, noun: str, seen: str, cause: str) -> Iterator[Point]:
    """Yield the point about the kind of the answer: a `noun`, or else what was `seen` instead."""
    yield from require_says("what was given to check()", noun if ok else seen, noun, cause)


def require_task(answer: object) -> Generator[Point, None, "Task[Any, Any]"]:
    """Return the answer as a task, or end the check with the point that says what it is instead."""
    from prefect import Task

    yield from _require_decorated(Task, answer, "a task", "@task")
    assert isinstance(answer, Task)
    return answer


def require_flow(answer: object) -> Generator[Point, None, "Flow[Any, Any]"]:
    """Return the answer as a flow, or end the check with the point that says what it is instead."""
    from prefect import Flow

    yield from _require_decorated(Flow, answer, "a flow", "@flow")
    assert isinstance(answer, Flow)
    return answer


def _require_decorated(kind: type, answer: object, noun: str, decorator: str) -> Iterator[Point]:
    if callable(answer) and not isinstance(answer, type):
        name = type(answer).__name__
        seen = f"a plain {name}" if name == "function" else f"a {name.lower()}"
    else:
        seen = short_repr(answer)
    cause = (
        f"The {decorator} line is missing, or check() was given the result of a call: "
        "pass the name alone, without parentheses behind it."
    )
    yield from require_given(isinstance(answer, kind), noun, seen, cause)


def short_repr(value: object) -> str:
    """Return the value's representation on one line, cut where it is too long to be read."""
    return short_text(repr(value))


def short_text(text: str, most: int = 120) -> str:
    """Return the text on one line, cut where it is too long to be read."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
