"""Snapshots of real runs, and what is drawn and told from them."""

import io
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from matplotlib.image import imread
from prefect import flow, task

import course_lib as course
from course_lib.display.timeline import bars, describe, timeline_picture
from course_lib.records.runs import FlowRun, State, TaskRun

T0 = datetime(2026, 3, 2, 8, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def task_run(start: float, end: float, *states: State, name: str = "pull") -> TaskRun:
    final = states[-1] if states else State("COMPLETED", "Completed", at(end))
    return TaskRun(
        id=uuid4(),
        name=f"{name}-abc",
        task=name,
        task_key=f"{name}-1",
        state=final,
        run_count=1,
        start=at(start),
        end=at(end),
        tags=frozenset(),
        upstream=frozenset(),
        states=states,
    )


def flow_run(*task_runs: TaskRun, subflows: tuple[FlowRun, ...] = ()) -> FlowRun:
    return FlowRun(
        id=uuid4(),
        name="quiet-owl",
        flow="morning",
        state=State("COMPLETED", "Completed", at(9)),
        run_count=1,
        start=T0,
        end=at(9),
        parameters={},
        tags=frozenset(),
        task_runs=task_runs,
        subflows=subflows,
        states=(),
    )


@pytest.fixture(scope="module", autouse=True)
def _connected() -> None:
    course.start()


@task
def double(x: int) -> int:
    return 2 * x


@task
def add(x: int, y: int) -> int:
    return x + y


def test_most_at_once_counts_intervals_and_not_touching_ends() -> None:
    assert flow_run().most_at_once() == 0
    assert flow_run(task_run(0, 1), task_run(1, 2)).most_at_once() == 1
    assert flow_run(task_run(0, 2), task_run(1, 3), task_run(1.5, 4)).most_at_once() == 3
    mixed = flow_run(task_run(0, 2, name="a"), task_run(1, 3, name="b"))
    assert (mixed.most_at_once(), mixed.most_at_once("a")) == (2, 1)


def test_a_wait_between_attempts_is_not_running() -> None:
    retried = task_run(
        0,
        6,
        State("RUNNING", "Running", at(0)),
        State("SCHEDULED", "AwaitingRetry", at(1)),
        State("RUNNING", "Retrying", at(5)),
        State("COMPLETED", "Completed", at(6)),
    )
    assert [attempt.outcome for attempt in retried.attempts] == ["AwaitingRetry", "Completed"]
    assert retried.waits == ((at(1), at(5)),)
    assert flow_run(retried, task_run(2, 3)).most_at_once() == 1


def test_snapshot_of_parallel_retried_and_called_flows() -> None:
    barrier = threading.Barrier(2, timeout=30)
    tries: list[int] = []

    @task
    def meet(n: int) -> int:
        barrier.wait()
        return n

    @task(retries=1, retry_delay_seconds=0.1)
    def wobbly(x: int) -> int:
        tries.append(x)
        if len(tries) == 1:
            raise ValueError("first try")
        return x

    @flow
    def inner() -> int:
        return double(4)

    @flow
    def outer(n: int) -> int:
        met = [meet.submit(i) for i in range(n)]
        inner()
        return wobbly(add(met[0], 5))

    assert outer(2) == 5
    run = course.last_run(outer)
    assert (run.flow, run.state.name, run.parameters) == ("outer", "Completed", {"n": 2})
    assert run.most_at_once(meet) == 2
    assert len(run.of(meet)) == len(run.of("meet")) == 2
    (again,) = run.of(wobbly)
    assert (again.run_count, len(again.attempts), len(again.waits)) == (2, 2, 1)
    assert [state.name for state in run.states] == ["Pending", "Running", "Completed"]
    (summed,) = run.of(add)
    assert summed.upstream <= {each.id for each in run.of(meet)}
    assert summed.upstream
    (child,) = run.subflows
    assert (child.flow, [each.task for each in child.task_runs]) == ("inner", ["double"])
    # The task run by which Prefect stands in for the called flow is not told twice.
    assert "inner" not in {each.task for each in run.task_runs}
    assert course.last_run(inner).id == child.id
    assert course.last_run().id == run.id
    full = course.read_run(run.id, histories=True)
    assert all(each.states for each in full.task_runs)


def test_a_task_called_after_a_flow_is_not_filed_under_it() -> None:
    @flow
    def calm() -> int:
        return double(1)

    calm()
    double(2)
    alone = course.last_task_run(double)
    assert alone.state.name == "Completed"
    assert alone.id not in {each.id for each in course.last_run(calm).task_runs}


def test_lost_task_runs_do_not_hold_up_the_snapshot() -> None:
    @task
    def fails() -> None:
        raise ValueError("no")

    @flow
    def careless() -> str:
        fails.submit()
        return "done"

    careless(return_state=True)
    assert {each.task for each in course.last_run(careless).task_runs} <= {"fails"}


def test_log_lines_are_read_with_their_task() -> None:
    @task(log_prints=True)
    def tell() -> None:
        print("39 orders")

    @flow
    def telling() -> None:
        tell()

    telling()
    lines = course.read_logs(course.last_run(telling))
    assert ("INFO", "39 orders", "tell") in {(e.level, e.message, e.task) for e in lines}
    assert any(each.task is None for each in lines)


def test_missing_runs_are_one_clear_sentence() -> None:
    with pytest.raises(course.CourseError, match="has not run the flow 'never' yet"):
        course.last_run("never")
    with pytest.raises(course.CourseError, match="has not called such a task"):
        course.last_task_run("never")
    with pytest.raises(course.CourseError, match="knows no flow run"):
        course.read_run(uuid4())


def test_tables_tell_attempts_and_messages_and_no_times() -> None:
    failed = State("FAILED", "Failed", at(2), "went wrong\nin two lines")
    table = course.show(flow_run(task_run(1, 2, failed), task_run(0, 1, name="early")))
    assert repr(table) == (
        "Flow run of 'morning': Completed\n"
        "task run  final state  attempts  message\n"
        "early     Completed    1\n"
        "pull      Failed       1         went wrong"
    )
    assert "2026" not in table._repr_html_()
    by_name = course.show(flow_run(task_run(1, 2, name="a"), task_run(0, 1, name="b")), by="name")
    assert [row[0] for row in by_name.rows] == ["a", "b"]


def test_tables_escape_html() -> None:
    table = course.show(flow_run(task_run(0, 1, name="<b>bold</b>")))
    assert "<b>bold" not in table._repr_html_()


def test_a_short_name_is_not_broken_in_a_notebook() -> None:
    def first(name: str) -> str:
        return course.show(flow_run(task_run(0, 1, name=name)))._repr_html_().split("<td")[1]

    assert "nowrap" in first("orders of east")
    assert "nowrap" not in first("orders of each shop in the north and the east")


def test_timelines_of_several_runs_have_one_time_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[course.Picture] = []
    monkeypatch.setattr("course_lib.display.timeline.picture", drawn.append)
    short, long = flow_run(task_run(0, 1)), flow_run(task_run(0, 4))
    course.timeline(short)
    course.timeline(short, long)
    course.timeline(short, short)
    alone, beside_long, _, twin, _ = (each.png for each in drawn)
    assert alone != beside_long
    assert alone == twin


def test_timeline_lays_out_attempts_waits_and_called_flows() -> None:
    retried = task_run(
        0,
        6,
        State("RUNNING", "Running", at(0)),
        State("SCHEDULED", "AwaitingRetry", at(1)),
        State("RUNNING", "Retrying", at(5)),
        State("COMPLETED", "Completed", at(6)),
    )
    child = flow_run(task_run(2, 3, name="inner"))
    labels, found = bars(flow_run(retried, subflows=(child,)))
    assert [label.strip() for label in labels] in (
        ["pull", "morning", "inner"],
        ["morning", "inner", "pull"],
    )
    kinds = sorted((bar.kind, bar.start, bar.length) for bar in found)
    assert ("waiting", 1.0, 4.0) in kinds
    assert ("failed attempt", 0.0, 1.0) in kinds
    assert ("Completed", 5.0, 1.0) in kinds
    assert ("called flow", 0.0, 9.0) in kinds
    broken = replace(child, state=State("FAILED", "Failed", at(9)))
    assert "1 failed attempt" in describe(flow_run(subflows=(broken,)))
    text = describe(flow_run(retried))
    assert text.endswith(
        "1 task run, one row each; bars: 1 Completed, 1 failed attempt, 1 waiting."
    )


@pytest.mark.parametrize("count", [0, 1, 41])
def test_timeline_is_a_picture_of_bounded_size(count: int) -> None:
    run = flow_run(*(task_run(i, i + 1) for i in range(count)))
    pixels = imread(io.BytesIO(timeline_picture(run).png))
    height, width = pixels.shape[:2]
    assert width == 1440
    assert 160 <= height <= 2600
    assert pixels.std() > 0.01  # something is drawn


def states(*names: str) -> tuple[State, ...]:
    types = {"Resuming": "SCHEDULED", "Suspended": "PAUSED"}
    return tuple(
        State(types.get(name, name.upper()), name, at(second)) for second, name in enumerate(names)
    )


def test_a_pause_lasts_until_the_run_goes_on_or_ends() -> None:
    paused = states("Running", "Paused", "Running", "Suspended", "Resuming", "Pending", "Running")
    run = replace(flow_run(), states=paused)
    assert run.pauses == ((at(1), at(2)), (at(3), at(6)))
    assert replace(run, states=states("Running", "Paused")).pauses == ((at(1), None),)
    again = states("Running", "Paused", "Paused", "Running")  # asked once more: one pause
    assert replace(run, states=again).pauses == ((at(1), at(3)),)
    assert replace(run, states=states("Running", "Paused", "Failed")).pauses == ((at(1), at(2)),)
    assert replace(run, states=states("Pending", "Running", "Completed")).pauses == ()


def test_a_paused_run_has_a_row_of_its_own_and_a_called_one_shows_it_in_its_row() -> None:
    paused = states("Running", "Paused", "Running", "Completed")
    run = replace(flow_run(task_run(0, 1)), states=paused)
    labels, found = bars(run)
    assert labels == ["morning", "pull"]
    assert [(bar.row, bar.start, bar.length, bar.kind) for bar in found] == [
        (0, 1, 1, "paused"),
        (1, 0, 1, "Completed"),
    ]
    assert describe(run).endswith("bars: 1 Completed, 1 paused.")
    labels, found = bars(flow_run(subflows=(run,)))
    assert labels[0] == "morning"
    assert [bar.kind for bar in found if bar.row == 0] == ["called flow", "paused"]


def test_a_run_that_is_paused_now_is_drawn_up_to_now() -> None:
    run = replace(flow_run(), end=None, states=states("Running", "Paused"))
    (bar,) = bars(run, now=at(5))[1]
    assert (bar.start, bar.length) == (1, 4)
