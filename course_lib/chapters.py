"""What a chapter says about itself, read from its notebook.

This runs in learners' kernels too, so it reads the JSON itself: nbformat takes a while to import.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from course_lib.errors import CourseError

FILE_NAME = re.compile(r"(?P<number>\d\d)_[a-z0-9_]+")
TABLE_START, TABLE_END = "<!-- chapters -->", "<!-- /chapters -->"
_EXERCISE_ID = re.compile(r"ex-(\d\d)-(\d)-stub")
_FIELDS: Mapping[str, type] = {
    "title": str,
    "minutes": int,
    "exercise_minutes": int,
    "needs": list,
    "can": str,
}


@dataclass(frozen=True)
class Chapter:
    """One chapter's front matter.

    Parameters
    ----------
    number, name
        ``"01"`` and ``"01_tasks"``.
    path
        The notebook that was read.
    title
        Without the number.
    minutes, exercise_minutes
        For reading and running; for the exercises on top of that.
    needs
        Numbers of the chapters to do first.
    can
        What the learner can do afterwards, one sentence.
    """

    number: str
    name: str
    path: Path
    title: str
    minutes: int
    exercise_minutes: int
    needs: tuple[str, ...]
    can: str


def chapters(folder: Path) -> tuple[Chapter, ...]:
    """Read the front matter of every chapter in `folder`, in order."""
    found = tuple(read_chapter(path) for path in chapter_files(folder))
    for before, after in pairwise(found):
        if before.number == after.number:
            raise CourseError(f"{before.name} and {after.name} both claim number {after.number}.")
    return found


def chapter_files(folder: Path) -> list[Path]:
    """List the notebooks in `folder` that are named like chapters: ``01_tasks.ipynb``."""
    return sorted(path for path in folder.glob("*.ipynb") if FILE_NAME.fullmatch(path.stem))


def read_chapter(path: Path) -> Chapter:
    """Read one chapter's front matter: the notebook metadata named ``course``."""
    name = FILE_NAME.fullmatch(path.stem)
    if name is None:
        raise CourseError(f"{path.name}: a chapter's file is named like 01_tasks.ipynb.")
    front = _notebook(path).get("metadata", {}).get("course")
    if not isinstance(front, dict):
        raise CourseError(f"{path.name}: the notebook metadata lacks 'course' ({_wanted()}).")
    wrong = [
        key
        for key, kind in _FIELDS.items()
        # A bool is an int for Python, and an empty text says nothing.
        if type(front.get(key)) is not kind or front[key] == ""
    ] + [key for key in front if key not in _FIELDS]
    if wrong or not all(isinstance(need, str) for need in front["needs"]):
        raise CourseError(
            f"{path.name}: the metadata 'course' is wrong at {', '.join(wrong) or 'needs'}; "
            f"it should be {_wanted()}."
        )
    return Chapter(
        number=name["number"],
        name=path.stem,
        path=path,
        title=front["title"],
        minutes=front["minutes"],
        exercise_minutes=front["exercise_minutes"],
        needs=tuple(front["needs"]),
        can=front["can"],
    )


def exercise_source(folder: Path, exercise: str, part: Literal["stub", "solution", "check"]) -> str:
    """Return the code of an exercise's stub, solution or check.

    Parameters
    ----------
    folder
        Where the masters are.
    exercise
        Its id, e.g. ``"01.2"``.
    part
        ``"stub"``, what the learner starts from, ``"solution"`` or ``"check"``.
    """
    number = exercise.partition(".")[0]
    cells = _sources(folder, number, f"exercise {exercise}")
    wanted = f"ex-{exercise.replace('.', '-')}-{part}"
    if wanted not in cells:
        known = [".".join(m.groups()) for cell in cells if (m := _EXERCISE_ID.fullmatch(cell))]
        raise CourseError(
            f"There is no {part} of exercise {exercise}: "
            f"chapter {number} has {', '.join(known) or 'no exercises'}."
        )
    return cells[wanted]


def cell_source(folder: Path, number: str, id: str) -> str:
    """Return the text of any cell of a chapter, such as the code that an exercise is about.

    Parameters
    ----------
    folder
        Where the masters are.
    number
        The chapter's, e.g. ``"15"``.
    id
        The cell's.
    """
    cells = _sources(folder, number, f"cell {id}")
    if id not in cells:
        raise CourseError(f"There is no cell {id} in chapter {number}.")
    return cells[id]


def chapter_table(chapters: Iterable[Chapter]) -> str:
    """Draw the Markdown table of the README: chapter, minutes, needs, what you can do after."""
    rows = ["| chapter | minutes | needs | after it you can |", "|---|---|---|---|"]
    for chapter in chapters:
        exercises = f" + {chapter.exercise_minutes}" if chapter.exercise_minutes else ""
        cells = (
            f"[{chapter.number} · {chapter.title}](notebooks/{chapter.name}.ipynb)",
            f"{chapter.minutes}{exercises}",
            ", ".join(chapter.needs) or "nothing",
            chapter.can,
        )
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows)


def with_table(text: str, table: str) -> str:
    """Return the README `text` with `table` between its two markers."""
    if text.count(TABLE_START) != 1 or text.count(TABLE_END) != 1:
        raise CourseError(f"README.md needs one {TABLE_START} and one {TABLE_END} on lines alone.")
    head, rest = text.split(TABLE_START)
    _, tail = rest.split(TABLE_END)
    return f"{head}{TABLE_START}\n{table}\n{TABLE_END}{tail}"


def _sources(folder: Path, number: str, what: str) -> dict[str, str]:
    files = {path.stem[:2]: path for path in chapter_files(folder)}
    if number not in files:
        raise CourseError(f"There is no {what}: the chapters are {', '.join(files) or 'missing'}.")
    cells = _notebook(files[number]).get("cells", [])
    # The format allows one text as well as a list of lines.
    return {str(cell.get("id")): "".join(cell["source"]) for cell in cells}


def _notebook(path: Path) -> dict[str, Any]:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CourseError(f"{path.name} isn't a notebook: {error}.") from error
    if not isinstance(notebook, dict):
        raise CourseError(f"{path.name} isn't a notebook: it holds no JSON object.")
    return notebook


def _wanted() -> str:
    return ", ".join(f"{key}: {kind.__name__}" for key, kind in _FIELDS.items())
