"""What grows in Prefect's database: counted, and drawn for a year."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.waiting import wait_until

_OF_EVENTS = "event_id IN (SELECT event_id FROM event_resources WHERE resource_id = :resource)"
_RUNS = (
    "flow_run WHERE id = :id",
    "flow_run_state WHERE flow_run_id = :id",
    "task_run WHERE flow_run_id = :id",
    "task_run_state WHERE task_run_id IN (SELECT id FROM task_run WHERE flow_run_id = :id)",
    "log WHERE flow_run_id = :id",
)
_LAST = "events WHERE event = 'prefect.flow-run.Completed' AND resource_id = :resource"
_BEATS = "events WHERE event = 'prefect.flow-run.heartbeat' AND resource_id = :resource"
_PATIENCE = 60.0  # seconds; events are written up to 5 s late
_EVENT_DAYS = 7  # what the server keeps of events, unless it is told otherwise
_YEAR = 365


def rows_of_run(database: Path, flow_run_id: str) -> dict[str, int]:
    """Count what a completed flow run has left: rows of events, of its record, and heartbeats.

    The record is the run itself, its task runs, their states and their logs.
    """
    names = {"id": flow_run_id, "resource": f"prefect.flow-run.{flow_run_id}"}
    with closing(sqlite3.connect(database)) as db:

        def count(rows: str) -> int:
            return int(db.execute(f"SELECT count(*) FROM {rows}", names).fetchone()[0])

        wait_until(lambda: count(_LAST) > 0, _PATIENCE)
        return {
            "events": count(f"event_resources WHERE {_OF_EVENTS}")
            + count(f"events WHERE {_OF_EVENTS.replace('event_id IN', 'id IN', 1)}"),
            "runs": sum(map(count, _RUNS)),
            "heartbeats": count(_BEATS),
        }


def growth_picture(rows: Mapping[str, float], runs_a_day: int, keep_days: int) -> Picture:
    """Draw how many rows a year of runs leaves, of which each writes so many `rows` by kind."""
    days = range(_YEAR + 1)
    a_day = {kind: rows[kind] * runs_a_day for kind in ("events", "runs")}
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
