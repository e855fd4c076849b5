"""Flow runs that go on in a thread, and the questions that they ask."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from prefect import flow, get_client, pause_flow_run
from prefect.exceptions import ParameterBindError
from prefect.input import RunInput
from pydantic import Field

import course_lib as course
from course_lib.chapters.ch14.background_run import BackgroundRun, run_in_background
from course_lib.records.reading import read_question


class Crates(RunInput):
    crates: int = Field(gt=0)


@flow
def asks(word: str) -> str:
    question = Crates.with_initial_data(description=f"{word}: how many?")
    answer = pause_flow_run(wait_for_input=question, timeout=60, poll_interval=1)
    return f"{word} {answer.crates}"


@flow
async def asks_for_a_yes() -> str:
    await pause_flow_run(timeout=60, poll_interval=1)
    return "yes"


@flow
def fails() -> None:
    raise ValueError("the till is empty")


@pytest.fixture(scope="module", autouse=True)
def _connected() -> None:
    course.start()


def resume(run: BackgroundRun, **given: Any) -> None:
    with get_client(sync_client=True) as client:
        client.resume_flow_run(run.id, run_input=given or None)


def test_runs_of_one_flow_go_on_beside_each_other_and_are_told_apart() -> None:
    with ThreadPoolExecutor(2) as pool:
        north, east = pool.map(lambda word: run_in_background(asks, word), ["north", "east"])
    assert read_question(north.id, described=True).description == "north: how many?"
    question = read_question(east.id, described=True)
    assert question.description == "east: how many?"
    assert question.form["properties"]["crates"]["exclusiveMinimum"] == 0
    assert repr(north) == "<Flow run of 'asks': its thread has work>"
    assert not north.ended
    resume(north, crates=2)
    resume(east, crates=3)
    assert (north.result(), east.result()) == ("north 2", "east 3")
    assert repr(north) == "<Flow run of 'asks': its thread has ended>"
    assert north.ended


def test_an_async_flow_and_a_question_without_a_form() -> None:
    run = run_in_background(asks_for_a_yes)
    question = read_question(run.id)
    assert (question.description, question.form) == ("", {})
    resume(run)
    assert run.result() == "yes"
    (pause,) = course.read_run(run.id).pauses
    assert pause[1] is not None
    assert pause[0] < pause[1]


def test_what_the_flow_raises_its_result_raises() -> None:
    run = run_in_background(fails)
    with pytest.raises(ValueError, match="the till is empty"):
        run.result()
    with pytest.raises(course.CourseError, match=r"asks nothing: it has ended as Failed\."):
        read_question(run.id)


def test_a_call_that_gives_no_run_raises_at_once() -> None:
    with pytest.raises(ParameterBindError):
        run_in_background(fails, "one too many")
