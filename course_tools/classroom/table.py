"""Who of a class has solved what: learners by exercises, from their folders."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from course_lib import paths
from course_lib.chapters import all_exercises
from course_lib.errors import CourseError
from course_lib.exercises import store

_SIGNS = {True: "x", False: "~", None: "."}
_DEEPEST = 3  # levels below a folder of homes: HOME/prefect-course/.course
_STUCK = 3  # how many exercises are named at which people stay


@dataclass(frozen=True)
class Line:
    """What the table knows of one learner."""

    learner: str
    """The name of their home, or of the folder itself outside of JupyterHub."""
    marks: Mapping[str, bool] | None
    """Exercise -> solved, of those that were tried; None where it can't be read."""


@dataclass(frozen=True, repr=False)
class ClassTable:
    """Each learner's exercises, and where the class is stuck."""

    lines: tuple[Line, ...]
    exercises: tuple[str, ...]
    """Those of the course, in order."""
    unreadable: tuple[str, ...] = ()
    """Sentences about what could not be read."""

    def __repr__(self) -> str:
        lines = sorted(self.lines, key=lambda line: line.learner.casefold())
        chapters = self._begun_chapters()
        width = max((len(line.learner) for line in lines), default=0)
        rows = [f"{'':{width}}  {self._head(chapters)}  solved"]
        rows += [f"{line.learner:{width}}  {self._row(line, chapters)}" for line in lines]
        return "\n".join([*map(str.rstrip, rows), "", *self._words(), *self.unreadable])

    def solved(self, exercise: str) -> int:
        """Count the learners who have solved an exercise."""
        return sum(bool((line.marks or {}).get(exercise)) for line in self.lines)

    def stuck(self, exercise: str) -> int:
        """Count those who have tried it in vain so far."""
        return sum((line.marks or {}).get(exercise) is False for line in self.lines)

    def _begun_chapters(self) -> dict[str, list[str]]:
        """Give the exercises of each chapter up to the last that anybody has begun."""
        begun = {exercise[:2] for line in self.lines for exercise in line.marks or {}}
        last = max(begun, default="01")
        found: dict[str, list[str]] = {}
        for exercise in self.exercises:
            if exercise[:2] <= last:
                found.setdefault(exercise[:2], []).append(exercise)
        return found

    def _head(self, chapters: dict[str, list[str]]) -> str:
        return " ".join(f"{number:<{len(its)}}" for number, its in chapters.items())

    def _row(self, line: Line, chapters: dict[str, list[str]]) -> str:
        marks = line.marks
        if marks is None:
            return "can't be read"
        signs = (
            "".join(_SIGNS[marks.get(each)] for each in its).ljust(2) for its in chapters.values()
        )
        count = sum(bool(marks.get(each)) for each in self.exercises)
        return f"{' '.join(signs)}  {count} of {len(self.exercises)}"

    def _words(self) -> Iterator[str]:
        count = len(self.lines)
        yield f"{count} learner{'s'[: count != 1]}. x solved, ~ tried, . open; by chapter."
        stuck = [each for each in self.exercises if self.stuck(each)]
        for each in sorted(stuck, key=self.stuck, reverse=True)[:_STUCK]:
            title = all_exercises()[each].title
            tried, solved = self.stuck(each), self.solved(each)
            yield f"At {each}, {title}: {tried} tried so far, {solved} solved."


def from_folders(folders: Sequence[Path]) -> ClassTable:
    """Make the table from learners' folders, or folders with several of these in them.

    Nothing is written there.

    Raises
    ------
    CourseError
        If a folder isn't there, or none of them is a learner's.
    """
    found: list[Line] = []
    trouble: list[str] = []
    for folder in folders:
        if not folder.is_dir():
            raise CourseError(f"There is no folder {folder}.")
        for home in _homes(folder.resolve(), trouble):
            try:
                found.append(_read(home))
            except OSError as error:
                trouble.append(f"{home} can't be read: {error.strerror}.")
    if not found:
        raise CourseError(
            f"No learner's work is in {', '.join(map(str, folders))}. Name the folder that holds "
            "their workspaces, each with a folder .course in it."
            + "".join(f" {each}" for each in trouble)
        )
    return ClassTable(tuple(found), tuple(all_exercises()), tuple(trouble))


def _homes(folder: Path, trouble: list[str]) -> Iterable[Path]:
    """Find the ``.course`` folders of learners."""

    def complain(error: OSError) -> None:
        trouble.append(f"{error.filename} can't be read: {error.strerror}.")

    seen = []
    start = len(folder.parts)
    for place, inside, _files in os.walk(folder, onerror=complain):
        here = Path(place)
        if ".course" in inside:
            seen.append(here / ".course")
            inside.clear()  # a workspace holds no others
        elif len(here.parts) - start >= _DEEPEST - 1:
            inside.clear()
        inside.sort()
    return seen


def _read(home: Path) -> Line:
    try:
        marks = store.parse((home / store.PROGRESS).read_bytes())
    except FileNotFoundError:
        marks = {}
    except ValueError:
        return Line(_name(home), None)
    return Line(_name(home), {exercise: bool(mark.solved) for exercise, mark in marks.items()})


def _name(home: Path) -> str:
    """Return a learner's name, on one line so that it can't draw over the rest of the table."""
    workspace = home.parent
    named = workspace.parent if workspace.name == paths.IN_HOME else workspace
    return "".join(filter(str.isprintable, named.name))
