"""The graph of states: counted from histories, in a fixed order, told in words as well."""

import io
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from matplotlib.image import imread
from prefect import flow, task

import course_lib as course
from course_lib.chapters.ch03.state_graph import Node, state_graph, transitions
from course_lib.records.runs import FlowRun, State, TaskRun

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
PENDING, RUNNING = ("PENDING", "Pending"), ("RUNNING", "Running")
WAITING, RETRYING = ("SCHEDULED", "AwaitingRetry"), ("RUNNING", "Retrying")
COMPLETED, FAILED = ("COMPLETED", "Completed"), ("FAILED", "Failed")


def task_run(*states: tuple[str, str]) -> TaskRun:
    history = tuple(State(*each, NOW) for each in states)
    state = history[-1] if history else State(*COMPLETED, NOW)
    none: frozenset[str] = frozenset()
    return TaskRun(
        uuid4(), "pull-abc", "pull", "pull-1", state, 1, NOW, NOW, none, frozenset(), history
    )


def flow_run(*task_runs: TaskRun, subflows: tuple[FlowRun, ...] = ()) -> FlowRun:
    state = State(*COMPLETED, NOW)
    return FlowRun(
        uuid4(),
        "quiet-owl",
        "morning",
        state,
        1,
        NOW,
        NOW,
        {},
        frozenset(),
        task_runs,
        subflows,
        (),
    )


def test_steps_of_all_task_runs_are_counted_in_a_fixed_order() -> None:
    good, bad = task_run(PENDING, RUNNING, COMPLETED), task_run(PENDING, RUNNING, FAILED)
    steps = transitions(flow_run(bad, subflows=(flow_run(good),)), good)
    assert [(one.name, other.name, n) for (one, other), n in steps.items()] == [
        ("Pending", "Running", 3),
        ("Running", "Completed", 2),
        ("Running", "Failed", 1),
    ]


def test_the_same_name_with_another_type_is_another_state() -> None:
    run = flow_run(
        task_run(PENDING, RUNNING, ("COMPLETED", "Skipped")),
        task_run(PENDING, RUNNING, ("CANCELLED", "Skipped")),
    )
    assert len(transitions(run)) == 3
    assert state_graph(run).alt == (
        "Graph of the states of 2 task runs. Steps: Pending to Running, 2; "
        "Running to Skipped (COMPLETED), 1; Running to Skipped (CANCELLED), 1."
    )


@pytest.mark.parametrize(
    ("type", "column"),
    [("PENDING", 0), ("SCHEDULED", 0), ("PAUSED", 1), ("CRASHED", 2), ("NEW_IN_4", 2)],
)
def test_the_type_chooses_the_column(type: str, column: int) -> None:
    assert Node(type, "Anything").column == column


@pytest.mark.parametrize(
    "histories",
    [
        [],
        [[PENDING]],
        [[PENDING, COMPLETED]],  # leaves the middle out
        [[PENDING, RUNNING, RETRYING, RETRYING, COMPLETED]],  # follows itself
        [[PENDING, RUNNING, WAITING, RETRYING, FAILED], [PENDING, ("PENDING", "NotReady")]],
        [[PENDING, WAITING], [PENDING, ("PENDING", "NotReady")]],  # past a box between the two
        [[PENDING, RUNNING, ("NEW_IN_4", "Odd")]],
    ],
)
def test_whatever_was_recorded_can_be_drawn(histories: list[list[tuple[str, str]]]) -> None:
    run = flow_run(*(task_run(*each) for each in histories))
    picture = state_graph(run)
    assert picture == state_graph(run)  # the same to the byte
    height, width, _ = imread(io.BytesIO(picture.png)).shape
    assert width > height > 100
    assert picture.alt.startswith(f"Graph of the states of {len(histories)} task run")


def test_a_snapshot_without_histories_says_how_to_read_one() -> None:
    with pytest.raises(course.CourseError, match="histories=True"):
        state_graph(flow_run(task_run()))


def test_real_histories() -> None:
    course.start()

    @task(retries=1)
    def stubborn() -> None:
        raise ValueError("no")

    @task
    def needs(value: object) -> object:
        return value

    @flow
    def morning() -> None:
        needs(stubborn(return_state=True))

    morning()
    steps = transitions(course.last_run(morning, histories=True))
    assert {(one.name, other.name): count for (one, other), count in steps.items()} == {
        ("Pending", "NotReady"): 1,
        ("Pending", "Running"): 1,
        ("Running", "Retrying"): 1,
        ("Retrying", "Failed"): 1,
    }
