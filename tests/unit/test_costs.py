"""What it costs to run tasks elsewhere: reckoned from made-up runs, and drawn."""

import io
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from matplotlib.image import imread

from course_lib.chapters.ch16.costs import (
    Cost,
    Meter,
    busy_cores,
    cost_picture,
    expected_picture,
    expected_seconds,
    where_picture,
)
from course_lib.records.runs import FlowRun, State, TaskRun

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
COSTS = {"threads": Cost(0.1, 0.01, 0, 1, 4), "processes": Cost(3, 0.01, 400, 2, 2)}


@dataclass(frozen=True)
class Place:
    name: str
    process: int
    seconds: float


def task_run(name: str, start: float, end: float) -> TaskRun:
    at = [BEGIN + timedelta(seconds=each) for each in (start, end)]
    state = State("COMPLETED", "Completed", at[1])
    nothing: frozenset[str] = frozenset()
    return TaskRun(uuid4(), name, name.split()[0], "key", state, 1, *at, nothing, frozenset(), ())


def flow_run(*task_runs: TaskRun) -> FlowRun:
    state = State("COMPLETED", "Completed", BEGIN)
    return FlowRun(
        uuid4(), "run", "evening", state, 1, BEGIN, None, {}, frozenset(), task_runs, (), ()
    )


TWO = flow_run(task_run("a", 1, 3), task_run("b", 1, 3))


def test_cores_are_their_seconds_of_work_over_the_time_from_first_start_to_last_end() -> None:
    assert busy_cores(TWO, [Place("a", 1, 1.0), Place("b", 1, 1.0)]) == 1.0
    assert busy_cores(TWO, [Place("a", 1, 2.0), Place("b", 2, 2.0)]) == 2.0
    assert busy_cores(TWO, []) == busy_cores(flow_run(), [Place("a", 1, 1.0)]) == 0.0


def test_waiting_work_has_more_lanes_than_work_that_computes() -> None:
    assert expected_seconds(COSTS["threads"], 8, 1.0, "computes") == (0.1, 0.08, 8.0)
    assert expected_seconds(COSTS["threads"], 8, 1.0, "waits") == (0.1, 0.08, 2.0)
    assert expected_seconds(COSTS["processes"], 7, 1.0, "computes") == (3, 0.07, 4.0)


def test_the_meter_takes_the_first_start_and_the_later_half_of_the_small_tasks() -> None:
    with Meter() as meter:
        pass
    cost = meter.cost(
        flow_run(*(task_run("label", 1, end) for end in (9, 10, 11, 13))), "label", 1, 4
    )
    assert cost.each == 2.0
    assert cost.start == 0.0  # the made-up run was long before


def test_the_texts_tell_no_measured_numbers() -> None:
    ours, other = os.getpid(), 1
    places = {"here": [Place("a", ours, 1), Place("b", ours, 1)], "there": [Place("a", other, 1)]}
    assert where_picture({name: (TWO, each) for name, each in places.items()}).alt == (
        "When the tasks ran, one row for each process. here: in this notebook; "
        "there: in other processes."
    )
    assert where_picture({"none": (flow_run(), [])}).alt.endswith("none: no task runs.")
    assert cost_picture(COSTS).alt.startswith("Measured for threads, processes:")
    assert expected_picture(COSTS, 8, 0.5, "waits").alt == (
        "Expected seconds for 8 tasks of 0.5 s each that wait, in each of: threads, processes. "
        "Bars of start, handing over and work; the shortest is marked."
    )


@pytest.mark.parametrize(
    "draw", [lambda: cost_picture(COSTS), lambda: where_picture({"a": (TWO, [])})]
)
def test_pictures_are_as_wide_as_the_others(draw: object) -> None:
    assert callable(draw)
    assert imread(io.BytesIO(draw().png)).shape[1] == 1440
