"""What grows in Prefect's database: counted, and drawn for a year."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from course_lib.display import style
from course_lib.display.pictures import Picture

_KINDS = {
    "events": ("events", "event_resources"),
    "runs": ("flow_run", "flow_run_state", "task_run", "task_run_state", "log"),
}
_EVENT_DAYS = 7  # what the server keeps of events, unless it is told otherwise
_YEAR = 365


def rows_by_kind(database: Path) -> dict[str, int]:
    """Count the rows that events take, and those of flow runs, task runs, states and logs."""
    with closing(sqlite3.connect(database)) as db:
        return {
            kind: sum(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)
            for kind, tables in _KINDS.items()
        }


def growth_picture(rows: Mapping[str, float], runs_a_day: int, keep_days: int) -> Picture:
    """Draw how many rows a year of runs leaves, of which each writes so many `rows` by kind."""
    days = range(_YEAR + 1)
    a_day = {kind: number * runs_a_day for kind, number in rows.items()}
    lines = {
        "runs, kept for ever": ([a_day["runs"] * day for day in days], style.RED),
        f"runs, kept for {keep_days} days": (
            [a_day["runs"] * min(day, keep_days) for day in days],
            style.BLUE,
        ),
        f"events, kept for {_EVENT_DAYS} days": (
            [a_day["events"] * min(day, _EVENT_DAYS) for day in days],
            style.ORANGE,
        ),
    }
    figure = style.figure(2.6)
    axes = figure.subplots()
    for label, (numbers, colour) in lines.items():
        axes.plot(days, [number / 1000 for number in numbers], label=label, color=colour)
    axes.set_xlabel("day")
    axes.set_ylabel("thousand rows")
    axes.set_ylim(bottom=0)
    style.tidy(axes, grid="y")
    style.legend(figure)
    what = f"{runs_a_day} runs a day: {', '.join(lines)}"
    return Picture.of(figure, f"Rows in the database in a year with {what}.")
