"""The picture of a run's log, from lines made up here and from a real run."""

import io
from datetime import UTC, datetime, timedelta
from html import escape
from typing import get_args
from uuid import UUID, uuid4

import pytest
from matplotlib.image import imread
from prefect import flow, get_run_logger, task

import course_lib as course
from course_lib.chapters.ch05.log_picture import Level, draw, log_picture
from course_lib.records.runs import FlowRun, LogLine, State, TaskRun

T0 = datetime(2026, 3, 2, 8, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def task_run() -> TaskRun:
    done = State("COMPLETED", "Completed", at(2))
    return TaskRun(
        uuid4(), "pull", "pull", "pull-1", done, 1, at(1), at(2), frozenset(), frozenset(), ()
    )


def flow_run(*task_runs: TaskRun, started: bool = True) -> FlowRun:
    done = State("COMPLETED", "Completed", at(9))
    start = at(0) if started else None
    end = at(9) if started else None
    return FlowRun(
        uuid4(), "owl", "morning", done, 1, start, end, {}, frozenset(), task_runs, (), ()
    )


def line(level: str, task_run_id: UUID | None = None, seconds: float = 1.5) -> LogLine:
    return LogLine(level, "text", "pull" if task_run_id else None, task_run_id, at(seconds))


def test_it_says_in_words_what_is_shown() -> None:
    run = flow_run()
    lines = [line("DEBUG"), line("INFO"), line("INFO"), line("ERROR")]
    name = "Log of the flow run 'morning' from"
    assert draw(run, lines).alt == f"{name} DEBUG up: 4 of 4 lines (1 DEBUG, 2 INFO, 1 ERROR)."
    assert draw(run, lines, "WARNING").alt == f"{name} WARNING up: 1 of 4 lines (1 ERROR)."
    assert draw(run, lines[:1], "INFO").alt == f"{name} INFO up: 0 of 1 line (none)."
    assert draw(run, []).alt == f"{name} DEBUG up: 0 of 0 lines (none)."


def test_a_level_that_somebody_made_up_counts_as_the_one_below() -> None:
    lines = [line("Level 25"), line("Level 5"), line("Level 60")]
    assert "2 of 3 lines (1 INFO, 1 CRITICAL)" in draw(flow_run(), lines).alt
    assert "1 of 3 lines (1 CRITICAL)" in draw(flow_run(), lines, "WARNING").alt


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="no level 'LOUD'; choose one of DEBUG"):
        draw(flow_run(), [], "LOUD")  # type: ignore[arg-type]


@pytest.mark.parametrize("level", get_args(Level))
@pytest.mark.parametrize("count", [0, 1, 5])
def test_it_is_a_picture_of_the_width_of_the_timeline(count: int, level: Level) -> None:
    task_runs = [task_run() for _ in range(count)]
    lines = [line(name, each.id) for each in task_runs for name in get_args(Level)]
    picture = draw(flow_run(*task_runs), lines, level)
    assert imread(io.BytesIO(picture.png)).shape[1] == 1440
    assert f'alt="{escape(picture.alt)}"' in picture.html


def test_a_run_that_never_started_and_said_nothing_can_be_drawn() -> None:
    assert draw(flow_run(started=False), []).png


def test_the_lines_of_a_real_run() -> None:
    course.start()

    @task
    def pull() -> None:
        get_run_logger().warning("late")

    @flow
    def morning() -> None:
        get_run_logger().info("begun")
        pull()

    morning()
    run = course.last_run(morning)
    lines = course.read_logs(run)
    assert {each.task_run_id for each in lines} == {None, run.task_runs[0].id}
    assert [each.at for each in lines] == sorted(each.at for each in lines)
    assert "datetime" not in repr(lines[0])  # no times in what cells show
    assert log_picture(run, "WARNING").alt.endswith("1 of 5 lines (1 WARNING).")
