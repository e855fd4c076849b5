"""Where the learner is in the course."""

from course_lib import store
from course_lib.engine import all_exercises
from course_lib.store import forget
from course_lib.tables import Table

__all__ = ["forget", "progress"]


def progress() -> Table:
    """List every exercise of the course, and how far this learner is with it."""
    marks = store.read()
    rows = []
    for id, exercise in all_exercises().items():
        mark = marks.get(id)
        state = "open" if mark is None else "solved" if mark.solved else "tried"
        rows.append((id, exercise.title, state))
    solved = sum(state == "solved" for *_, state in rows)
    caption = f"{solved} of {len(rows)} exercises solved"
    return Table(("exercise", "what", "state"), tuple(rows), caption)
