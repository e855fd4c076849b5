"""The picture of processes: whose word a state is, and a text that stays the same."""

import importlib
import io
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from matplotlib.image import imread

from course_lib.chapters.ch08.run_processes import (
    KERNEL,
    RUN,
    SERVER,
    WORKER,
    ProcessWatch,
    SeenProcess,
    process_picture,
    reporter,
)
from course_lib.records.runs import FlowRun, State
from course_lib.server.workers import Worker

module = importlib.import_module("course_lib.chapters.ch08.run_processes")
BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def process(role: str, began: float, ended: float | None = None) -> SeenProcess:
    return SeenProcess(role, 1, ("python",), 0, at(began), None if ended is None else at(ended))


def deployed_run(*states: State) -> FlowRun:
    return FlowRun(
        id=None,  # type: ignore[arg-type]
        name="a run",
        flow="night_count",
        state=states[-1],
        run_count=1,
        start=at(3),
        end=at(4),
        parameters={},
        tags=frozenset(),
        task_runs=(),
        subflows=(),
        states=states,
    )


STATES = (
    State("SCHEDULED", "Scheduled", at(-3600)),
    State("SCHEDULED", "Late", at(-3590)),
    State("PENDING", "Pending", at(2)),
    State("PENDING", "Submitting", at(2.1)),
    State("RUNNING", "Running", at(3)),
    State("COMPLETED", "Completed", at(4)),
)
SEEN = (
    process(KERNEL, 0),
    process(SERVER, 0),
    process(WORKER, 1),
    process(RUN, 2.3, 4.5),
)


def test_each_state_is_the_word_of_the_process_that_could_say_it() -> None:
    told = [reporter(state, number == 0, SEEN) for number, state in enumerate(STATES)]
    assert told == [KERNEL, SERVER, WORKER, WORKER, RUN, RUN]


def test_what_a_dead_process_cannot_report_the_worker_does() -> None:
    killed = (*SEEN[:3], process(RUN, 2.3, 3.5))
    assert reporter(State("CRASHED", "Crashed", at(3.6)), False, killed) == WORKER


def test_the_text_tells_lives_and_reports_but_no_times() -> None:
    assert process_picture(deployed_run(*STATES), SEEN).alt == (
        "Processes while 'night_count' ran, which ended as Completed: this notebook goes on; "
        "server goes on; worker begins, reports Pending, Submitting; "
        "the run's process begins and ends, reports Running, Completed."
    )
    late = tuple(process(each.role, (each.began - BEGIN).total_seconds() * 3) for each in SEEN)
    assert "worker begins," in process_picture(deployed_run(*STATES), late).alt


def test_the_picture_is_as_wide_as_the_others_and_the_same_each_time() -> None:
    one, other = (process_picture(deployed_run(*STATES), SEEN) for _ in range(2))
    assert one.png == other.png
    assert imread(io.BytesIO(one.png)).shape[1] == 1440
    assert one.size[0] == 720


def test_a_watch_sees_real_processes_begin_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """This test is the worker, and a child of its own is the run's process."""

    class Here(Worker):
        @property
        def process(self) -> psutil.Process:
            return psutil.Process(os.getpid())

    monkeypatch.setattr(module.lifecycle, "alive", lambda: None)
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(module, "_PATIENCE", 5.0)  # the server may be another child, and goes on
    with ProcessWatch(Here("nowhere")) as watch:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        while not any(each.pid == child.pid for each in watch.seen):
            assert child.poll() is None
        child.communicate(b"\n")
    [seen] = [each for each in watch.seen if each.pid == child.pid]
    assert seen.role == RUN
    assert seen.parent == os.getpid()
    assert "input()" in seen.command
    assert seen.ended is not None
    assert seen.ended > seen.began
