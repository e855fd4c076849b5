"""What a chapter says about itself, read from its notebook.

This runs in learners' kernels too, so it reads the JSON itself: nbformat takes a while to import.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from course_lib.errors import CourseError

_FILE_NAME = re.compile(r"\d\d_[a-z0-9_]+")
_EXERCISE_ID = re.compile(r"ex-(\d\d)-(\d)-stub")
_FIELDS = {
    "title": str,
    "minutes": int,
    "deeper_minutes": int,
    "exercise_minutes": int,
    "needs": list,
    "can": str,
}


@dataclass(frozen=True)
class Chapter:
    """One chapter's front matter."""

    number: str  # "01"
    name: str  # "01_tasks"
    path: Path  # the notebook that was read
    title: str  # without the number
    minutes: int  # for reading and running the main road
    deeper_minutes: int  # on top of that, for the sections marked Deeper
    exercise_minutes: int  # on top of that
    needs: tuple[str, ...]  # the numbers of the chapters to do first
    can: str  # what the learner can do afterwards, one sentence


def chapters(folder: Path, only: Iterable[str] = ()) -> tuple[Chapter, ...]:
    """Read the front matter of every chapter in `folder`, or of those numbered so, in order."""
    found = tuple(read_chapter(path) for path in chapter_files(folder))
    for before, after in pairwise(found):
        if before.number == after.number:
            raise CourseError(f"{before.name} and {after.name} both claim number {after.number}.")
    wanted = {number.zfill(2) for number in only}
    known = [chapter.number for chapter in found]
    if unknown := sorted(wanted.difference(known)):
        raise CourseError(
            f"There is no chapter {unknown[0]}: the chapters are {', '.join(known) or 'missing'}."
        )
    return tuple(chapter for chapter in found if not wanted or chapter.number in wanted)


def chapter_files(folder: Path) -> list[Path]:
    """List the notebooks in `folder` that are named like chapters: ``01_tasks.ipynb``."""
    return sorted(path for path in folder.glob("*.ipynb") if _FILE_NAME.fullmatch(path.stem))


def read_chapter(path: Path) -> Chapter:
    """Read one chapter's front matter: the notebook metadata named ``course``."""
    if not _FILE_NAME.fullmatch(path.stem):
        raise CourseError(f"{path.name}: a chapter's file is named like 01_tasks.ipynb.")
    front = _notebook(path).get("metadata", {}).get("course")
    if not isinstance(front, dict):
        raise CourseError(f"{path.name}: the notebook metadata lacks 'course' ({_wanted()}).")
    wrong = [
        key
        for key in _FIELDS | front
        # A bool is an int for Python, and an empty text says nothing.
        if type(front.get(key)) is not _FIELDS.get(key) or front[key] == ""
    ]
    if wrong or not all(isinstance(need, str) for need in front["needs"]):
        raise CourseError(
            f"{path.name}: the metadata 'course' is wrong at {', '.join(wrong) or 'needs'}; "
            f"it should be {_wanted()}."
        )
    fields = front | {"needs": tuple(front["needs"])}
    return Chapter(path.stem[:2], path.stem, path, **fields)


def exercise_source(folder: Path, exercise: str, part: Literal["stub", "solution", "check"]) -> str:
    """Return the code of a part of an exercise, such as ``"01.2"``, from the masters' folder."""
    number = exercise.partition(".")[0]
    path = _file(folder, number, f"exercise {exercise}")
    cells = cell_texts(path)
    wanted = f"ex-{exercise.replace('.', '-')}-{part}"
    if wanted not in cells:
        known = ", ".join(exercise_ids(path)) or "no exercises"
        raise CourseError(
            f"There is no {part} of exercise {exercise}: chapter {number} has {known}."
        )
    return cells[wanted]


def exercise_ids(path: Path) -> tuple[str, ...]:
    """List the exercises of a chapter, such as ``"04.2"``."""
    found = map(_EXERCISE_ID.fullmatch, cell_texts(path))
    return tuple(".".join(match.groups()) for match in found if match)


def cell_texts(path: Path) -> dict[str, str]:
    """Return what stands in each cell of a notebook, by the cell's id."""
    cells = _notebook(path).get("cells", [])
    # The format allows one text as well as a list of lines.
    return {str(cell.get("id")): "".join(cell["source"]) for cell in cells}


def cell_source(folder: Path, number: str, id: str) -> str:
    """Return the text of any cell of a chapter, such as the code that an exercise is about."""
    cells = cell_texts(_file(folder, number, f"cell {id}"))
    if id not in cells:
        raise CourseError(f"There is no cell {id} in chapter {number}.")
    return cells[id]


def _file(folder: Path, number: str, what: str) -> Path:
    files = {path.stem[:2]: path for path in chapter_files(folder)}
    if number not in files:
        raise CourseError(f"There is no {what}: the chapters are {', '.join(files) or 'missing'}.")
    return files[number]


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
