"""Who of a class has solved what: learners by exercises, from their folders."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import wcwidth

from course_lib import paths
from course_lib.chapters import all_exercises
from course_lib.errors import CourseError
from course_lib.exercises import store

_SIGNS = {True: "x", False: "~", None: "."}
_DEEPEST = 3  # levels below a folder of homes: HOME/prefect-course/.course
_STUCK = 3  # how many exercises are named at which people stay


@dataclass(frozen=True)
class Learner:
    """What the table knows of one learner."""

    name: str  # of their home, or of the folder itself outside of JupyterHub
    marks: Mapping[str, bool] | None  # exercise -> solved, of those tried; None: can't be read

    def mark(self, exercise: str) -> bool | None:
        """Say whether an exercise is solved, or None where it wasn't tried."""
        return (self.marks or {}).get(exercise)


@dataclass(frozen=True, repr=False)
class ClassTable:
    """Each learner's exercises, and where the class is stuck."""

    learners: tuple[Learner, ...]
    exercises: tuple[str, ...]  # those of the course, in order
    unreadable: tuple[str, ...] = ()  # sentences about what could not be read

    def __repr__(self) -> str:
        learners = sorted(self.learners, key=lambda learner: learner.name.casefold())
        chapters = self._begun_chapters()
        width = max((wcwidth.width(learner.name) for learner in learners), default=0)
        numbers = " ".join(f"{number:<{len(its)}}" for number, its in chapters.items())
        rows = [f"{'':{width}}  {numbers}  solved"]
        rows += [
            f"{wcwidth.ljust(each.name, width)}  {self._row(each, chapters)}" for each in learners
        ]
        return "\n".join([*map(str.rstrip, rows), "", *self._summary(), *self.unreadable])

    def solved(self, exercise: str) -> int:
        """Count the learners who have solved an exercise."""
        return sum(learner.mark(exercise) is True for learner in self.learners)

    def stuck(self, exercise: str) -> int:
        """Count those who have tried it in vain so far."""
        return sum(learner.mark(exercise) is False for learner in self.learners)

    def _begun_chapters(self) -> dict[str, list[str]]:
        """Return the exercises of each chapter up to the last that anybody has begun."""
        begun = {exercise[:2] for learner in self.learners for exercise in learner.marks or {}}
        last = max(begun, default="01")
        shown = (exercise for exercise in self.exercises if exercise[:2] <= last)
        return {chapter: list(its) for chapter, its in groupby(shown, lambda each: each[:2])}

    def _row(self, learner: Learner, chapters: dict[str, list[str]]) -> str:
        if learner.marks is None:
            return "can't be read"
        signs = (
            "".join(_SIGNS[learner.mark(exercise)] for exercise in its).ljust(2)
            for its in chapters.values()
        )
        solved = sum(learner.mark(exercise) is True for exercise in self.exercises)
        return f"{' '.join(signs)}  {solved} of {len(self.exercises)}"

    def _summary(self) -> Iterator[str]:
        count = len(self.learners)
        learners = "1 learner" if count == 1 else f"{count} learners"
        yield f"{learners}. x solved, ~ tried, . open; by chapter."
        stuck = [exercise for exercise in self.exercises if self.stuck(exercise)]
        for exercise in sorted(stuck, key=self.stuck, reverse=True)[:_STUCK]:
            title = all_exercises()[exercise].title
            tried, solved = self.stuck(exercise), self.solved(exercise)
            yield f"At {exercise}, {title}: {tried} tried so far, {solved} solved."


def from_folders(folders: Sequence[Path]) -> ClassTable:
    """Make the table from learners' folders, or folders of these. Nothing is written there."""
    learners: list[Learner] = []
    trouble: list[str] = []
    for folder in folders:
        if not folder.is_dir():
            raise CourseError(f"There is no folder {folder}.")
        for home in _homes(folder.resolve(), trouble):
            try:
                learners.append(_read(home))
            except OSError as error:
                trouble.append(f"{home} can't be read: {error.strerror}.")
    if not learners:
        raise CourseError(
            f"No learner's work is in {', '.join(map(str, folders))}. Name the folder that holds "
            "their workspaces, each with a folder .course in it."
            + "".join(f" {each}" for each in trouble)
        )
    return ClassTable(tuple(learners), tuple(all_exercises()), tuple(trouble))


def _homes(folder: Path, trouble: list[str]) -> Iterator[Path]:
    """Yield the ``.course`` folders of learners."""

    def complain(error: OSError) -> None:
        trouble.append(f"{error.filename} can't be read: {error.strerror}.")

    for place, inside, _files in os.walk(folder, onerror=complain):
        here = Path(place)
        if ".course" in inside:
            inside.clear()  # a workspace holds no others
            yield here / ".course"
        elif len(here.parts) - len(folder.parts) >= _DEEPEST - 1:
            inside.clear()
        inside.sort()


def _read(home: Path) -> Learner:
    workspace = home.parent
    named = workspace.parent if workspace.name == paths.IN_HOME else workspace
    # On one line, so that it can't draw over the rest of the table.
    name = "".join(filter(str.isprintable, named.name))
    try:
        marks = store.parse((home / store.PROGRESS).read_bytes())
    except FileNotFoundError:
        return Learner(name, {})
    except ValueError:
        return Learner(name, None)
    return Learner(name, {exercise: bool(mark.solved) for exercise, mark in marks.items()})
