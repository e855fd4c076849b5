"""The instructor's guide: tables made from the chapters, and the places that it points to.

A route is a comment in the guide, such as ``<!-- route week: 00.* 01.1 | 02 -->``: its sessions,
separated by ``|``, list chapters with the exercises that are done in class (``01.1``, all of a
chapter's by ``00.*``, none by ``02``). Sections marked *Deeper* are left out but where the word
``02.deeper`` asks for them. The table below it is computed. Where people stumble stands
in sections such as ``### 01 · Tasks``; their ids of cells become links, which JupyterLab follows to
the very cell.

Which cells teach what a page of Prefect's documentation is about stands in a file beside the guide,
``documentation.toml``.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

from course_lib.errors import CourseError
from course_lib.front_matter import Chapter, cell_texts, chapters, exercise_ids
from course_lib.language.choice import ENGLISH, Language
from course_lib.language.notebooks import front_matter
from course_tools.build import documents
from course_tools.build.markdown import fill, render, translated_word

_ROUTE = re.compile(
    r"(?P<head><!-- route (?P<unit>[a-z]+): (?P<plan>[^>]+?) -->\n).*?(?P<end><!-- /route -->)",
    flags=re.DOTALL,
)
_PACE = re.compile(r"> \*\*Speaker note\.\*\* (\d+) minutes up to here\b")
_CELL = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Stop:
    """A chapter on a route, with what is done of it."""

    chapter: Chapter
    in_class: tuple[str, ...]  # exercises
    later: tuple[str, ...]  # the other ones, for learners to do on their own
    lacks: tuple[str, ...]  # chapters that it needs, but the route leaves out
    exercise_minutes: int  # in class: their share of the chapter's, rounded up
    deeper: bool  # the sections marked Deeper are taught as well

    @property
    def teaching(self) -> int:
        """Return the minutes for teaching."""
        return self.chapter.minutes + self.deeper * self.chapter.deeper_minutes

    @property
    def minutes(self) -> int:
        """Return the minutes for teaching and exercises."""
        return self.teaching + self.exercise_minutes


def updated(path: Path, solutions: Path, language: Language = ENGLISH) -> str:
    """Return the English guide in `path`, in the language, with its tables as the masters have it."""
    found = {each.number: front_matter(each, language) for each in chapters(solutions)}
    table = render(
        "guide_chapters.md.j2",
        language,
        chapters=found.values(),
        exercise_ids=exercise_ids,
        pace=_pace,
    )
    text = fill(documents.read(path, language), "chapters", table)
    count = sum(len(exercise_ids(each.path)) for each in found.values())
    text = fill(text, "class", render("guide_class.md.j2", language, exercises=count))
    table = _documentation(path, found, language)
    text = fill(text, "documentation", table)

    def route(match: re.Match[str]) -> str:
        stops = sessions(match["plan"], found)
        table = render(
            "guide_route.md.j2",
            language,
            unit=match["unit"],
            sessions=stops,
            word=partial(translated_word, language),
        )
        return f"{match['head']}{table}{match['end']}"

    return _with_links(_ROUTE.sub(route, text), found)


def sessions(plan: str, found: Mapping[str, Chapter]) -> list[list[Stop]]:
    """Read the plan of a route, such as ``"00.* 01.1 | 02"``: the stops of each session."""
    planned: list[list[Stop]] = []
    done: set[str] = set()
    for session in plan.split("|"):
        stops = []
        for number, in_class in _exercises(session, found).items():
            chapter = found[number]
            every = exercise_ids(chapter.path)
            later = tuple(each for each in every if each not in in_class)
            lacks = tuple(need for need in chapter.needs if need not in done)
            minutes = ceil(chapter.exercise_minutes * len(in_class) / max(1, len(every)))
            deeper = f"{number}.deeper" in session.split()
            stops.append(Stop(chapter, in_class, later, lacks, minutes, deeper))
            done.add(number)
        planned.append(stops)
    return planned


def _exercises(session: str, found: Mapping[str, Chapter]) -> dict[str, tuple[str, ...]]:
    """Return the exercises that a session names, by chapter."""
    chosen: dict[str, tuple[str, ...]] = {}
    for word in session.split():
        number, _, exercise = word.partition(".")
        if number not in found:
            raise CourseError(f"a route names {word!r}: neither a chapter nor an exercise.")
        every = exercise_ids(found[number].path)
        named = {"*": every, "": (), "deeper": ()}.get(exercise, (word,))
        if not set(named) <= set(every):
            raise CourseError(f"a route names {word}; there are {', '.join(every)}.")
        chosen[number] = chosen.get(number, ()) + named
    return chosen


def documentation(guide: Path) -> dict[str, dict[str, Any]]:
    """Return what the file beside the guide says of each page of Prefect's documentation."""
    return tomllib.loads((guide.parent / "documentation.toml").read_text(encoding="utf-8"))


def _documentation(path: Path, found: Mapping[str, Chapter], language: Language) -> str:
    pages = documentation(path)
    for page in pages.values():
        page["cells"] = [cell.split("/") for cell in page.get("cells", ())]
    return render(
        "guide_documentation.md.j2",
        language,
        pages=pages,
        chapters=found,
        link=_link,
        word=partial(translated_word, language),
    )


def _pace(chapter: Chapter) -> str:
    """Return the minutes that speaker notes tell, each with a link to the note."""
    found = ((cell, _PACE.match(text)) for cell, text in cell_texts(chapter.path).items())
    return ", ".join(f"{match[1]} {_link(chapter, cell)}" for cell, match in found if match)


def _link(chapter: Chapter, cell: str) -> str:
    return f"[`{cell}`](../solutions/{chapter.path.name}#cell-id={cell})"


def _with_links(text: str, found: Mapping[str, Chapter]) -> str:
    """Turn the ids of cells in the first column of a chapter's table into links."""
    chapter = None
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if line.startswith("#"):
            chapter = found.get(line.removeprefix("### ")[:2])
        elif chapter and line.startswith("|"):
            _, where, rest = line.split("|", 2)
            if cells := _CELL.findall(where):
                lines[at] = f"| {' '.join(_link(chapter, cell) for cell in cells)} |{rest}"
    return "\n".join(lines)
