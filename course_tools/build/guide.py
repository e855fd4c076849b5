"""The instructor's guide: tables made from the chapters, and the places that it points to.

A route is a comment in the guide, such as ``<!-- route week: 00.* 01.1 | 02 -->``: its sessions,
separated by ``|``, list chapters with the exercises that are done in class (``01.1``, all of a
chapter's by ``00.*``, none by ``02``). The table below it is computed. Where people stumble stands in sections such as ``### 01 · Tasks``; their
ids of cells become links, which JupyterLab follows to the very cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.front_matter import Chapter, cell_texts, chapters, exercise_ids
from course_tools.build.markdown_tables import draw_table, fill, read_tables

_ROUTE = re.compile(
    r"(?P<head><!-- route (?P<unit>[a-z]+): (?P<plan>[^>]+?) -->\n).*?(?P<end><!-- /route -->)",
    flags=re.DOTALL,
)
_STOP = re.compile(r"(?P<chapter>\d\d)(?:\.(?P<exercise>\d|\*))?")
_SECTION = re.compile(
    r"^### (?P<title>(?P<number>\d\d) · .+)\n(?P<body>(?:(?!^#{1,3} ).*\n?)*)", flags=re.MULTILINE
)
_NOTE = re.compile(r"> \*\*Speaker note\.\*\* (?P<minutes>\d+) minutes up to here\b")
_FIRST_CELL = re.compile(r"^\|[^|`]*`[^|]*\|", flags=re.MULTILINE)
_CELL = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Place:
    """Where people stumble in a chapter.

    Parameters
    ----------
    cells
        The ids of its cells, in the master.
    what
        What happens there.
    question
        What to ask.
    """

    cells: tuple[str, ...]
    what: str
    question: str


@dataclass(frozen=True)
class Section:
    """What the guide says of one chapter: its number, the heading, the places."""

    number: str
    title: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Stop:
    """A chapter on a route, with the exercises that are done in class."""

    chapter: Chapter
    exercises: tuple[str, ...]
    in_class: tuple[str, ...]

    @property
    def exercise_minutes(self) -> int:
        """Minutes for these exercises: their share of what the chapter's take, rounded up."""
        if not self.in_class:
            return 0
        return ceil(self.chapter.exercise_minutes * len(self.in_class) / len(self.exercises))

    @property
    def later(self) -> tuple[str, ...]:
        """The exercises that are left for learners to do on their own."""
        return tuple(each for each in self.exercises if each not in self.in_class)


def write(path: Path, solutions: Path) -> str:
    """Give the guide in `path` with its tables as the masters in `solutions` have it."""
    text = path.read_text(encoding="utf-8")
    found = {chapter.number: chapter for chapter in chapters(solutions)}
    known = {section.number for section in sections(text)} | found.keys()
    text = fill(text, "chapters", _chapter_table(found.values()))

    def route(match: re.Match[str]) -> str:
        table = _route_table(match["unit"], sessions(match["plan"], found, known))
        return f"{match['head']}{table}\n{match['end']}"

    def linked(match: re.Match[str]) -> str:
        chapter = found.get(match["number"])
        return _FIRST_CELL.sub(partial(_linked, chapter), match[0]) if chapter else match[0]

    return _SECTION.sub(linked, _ROUTE.sub(route, text))


def _linked(chapter: Chapter, match: re.Match[str]) -> str:
    return f"| {' '.join(_link(chapter, cell) for cell in _CELL.findall(match[0]))} |"


def routes(text: str) -> list[str]:
    """Give the plan of each route in the guide, such as ``"00.* 01.1 | 02"``."""
    return [match["plan"] for match in _ROUTE.finditer(text)]


def sessions(
    plan: str, found: Mapping[str, Chapter], known: set[str] | None = None
) -> list[list[Stop]]:
    """Read a route: the stops of each session.

    Parameters
    ----------
    plan
        For example ``"00.* 01.1 | 02"``.
    found
        The chapters that exist, by number.
    known
        The numbers that a route may name. What isn't written yet is left out.

    Raises
    ------
    CourseError
        If the route names what there isn't.
    """
    return [list(_stops(session, found, known or set(found))) for session in plan.split("|")]


def _stops(session: str, found: Mapping[str, Chapter], known: set[str]) -> Iterator[Stop]:
    chosen: dict[str, list[str]] = {}
    for word in session.split():
        match = _STOP.fullmatch(word)
        if match is None or match["chapter"] not in known:
            raise CourseError(f"a route names {word!r}: neither a chapter nor an exercise.")
        chosen.setdefault(match["chapter"], []).extend(filter(None, [match["exercise"]]))
    for number, wanted in chosen.items():
        if number not in found:
            continue
        every = exercise_ids(found[number].path)
        in_class = every if wanted == ["*"] else tuple(f"{number}.{each}" for each in wanted)
        if not set(in_class) <= set(every):
            raise CourseError(f"a route names {', '.join(in_class)}; there are {', '.join(every)}.")
        yield Stop(found[number], every, in_class)


def sections(text: str) -> list[Section]:
    """Read what the guide says of each chapter: ``### 01 · Tasks`` and the table below it."""
    return [
        Section(
            match["number"],
            match["title"],
            tuple(
                Place(tuple(_CELL.findall(cells)), what, question)
                for table in read_tables(match["body"])
                for cells, what, question in table[1:]
            ),
        )
        for match in _SECTION.finditer(text)
    ]


def _chapter_table(found: Iterable[Chapter]) -> str:
    rows: list[tuple[str, ...]] = []
    teaching = exercises = 0
    for chapter in found:
        teaching += chapter.minutes
        exercises += chapter.exercise_minutes
        pace = ", ".join(
            f"{minutes} {_link(chapter, cell)}" for minutes, cell in _pace(chapter.path)
        )
        rows.append((*_row(chapter, len(exercise_ids(chapter.path))), pace))
    rows.append(
        ("all", f"{teaching}", f"{exercises}", _hours(teaching + exercises), ""),
    )
    return draw_table(("chapter", "teaching", "exercises", "together", "pace"), rows)


def _row(chapter: Chapter, count: int) -> tuple[str, ...]:
    return (
        _name(chapter),
        f"{chapter.minutes}",
        f"{chapter.exercise_minutes} for {count}",
        f"{chapter.minutes + chapter.exercise_minutes}",
    )


def _pace(path: Path) -> Iterator[tuple[str, str]]:
    """Give the minutes that speaker notes name, each with the note's cell."""
    for cell, text in cell_texts(path).items():
        if match := _NOTE.match(text):
            yield match["minutes"], cell


def _route_table(unit: str, planned: Iterable[Sequence[Stop]]) -> str:
    rows: list[tuple[str, ...]] = []
    teaching = exercises = 0
    done: set[str] = set()
    for number, stops in enumerate(filter(None, planned), 1):
        minutes = sum(stop.chapter.minutes + stop.exercise_minutes for stop in stops)
        for stop in stops:
            teaching += stop.chapter.minutes
            exercises += stop.exercise_minutes
            lacking = ", ".join(need for need in stop.chapter.needs if need not in done)
            done.add(stop.chapter.number)
            rows.append(
                (
                    f"{unit} {number}: {_hours(minutes)}" if stop is stops[0] else "",
                    _name(stop.chapter) + (f", without {lacking}" if lacking else ""),
                    f"{stop.chapter.minutes}",
                    f"{', '.join(stop.in_class)}: {stop.exercise_minutes}" if stop.in_class else "",
                    ", ".join(stop.later),
                )
            )
    total = (f"all: {_hours(teaching + exercises)}", "", f"{teaching}", f"{exercises}", "")
    head = (unit, "chapter", "teaching", "exercises in class", "left for later")
    return draw_table(head, [*rows, total])


def _name(chapter: Chapter) -> str:
    return f"[{chapter.number} · {chapter.title}](../solutions/{chapter.path.name})"


def _link(chapter: Chapter, cell: str) -> str:
    return f"[`{cell}`](../solutions/{chapter.path.name}#cell-id={cell})"


def _hours(minutes: int) -> str:
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
