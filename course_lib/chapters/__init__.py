"""A room for each chapter: its exercises, and the devices and pictures that only it uses."""

import importlib
import pkgutil

from course_lib.errors import CourseError
from course_lib.exercises.engine import Exercise, defined


def exercise(id: str) -> Exercise:
    """Return an exercise by its number, such as ``"01.2"``."""
    known = all_exercises()
    if id not in known:
        raise CourseError(f"There is no exercise {id!r}; there are {', '.join(known)}.")
    return known[id]


def all_exercises() -> dict[str, Exercise]:
    """Return every exercise of the course by its number, in order."""
    for room in pkgutil.iter_modules(__path__):
        if room.ispkg:
            importlib.import_module(f"{__name__}.{room.name}.exercises")
    return defined()
