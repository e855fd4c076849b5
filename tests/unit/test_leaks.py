"""Where a text stands in the record of a run."""

import logging

import pytest
from prefect import flow, get_run_logger, tags, task

import course_lib as course
from course_lib.chapters.ch09.leaks import find_in_record

SECRET = "violet-kettle"


@pytest.fixture(scope="module", autouse=True)
def _connected() -> None:
    course.start()


def test_every_place_of_a_record_is_found() -> None:
    @task(task_run_name="pull-{token}", retries=1)
    def pull(token: str) -> None:
        get_run_logger().info("with %s", token)
        raise ValueError(f"no answer for {token}")

    @flow(name="called")
    def inner(access: dict[str, list[str]]) -> None:
        """Return nothing away but by its parameters."""

    @flow(flow_run_name="morning-{token}")
    def morning(token: str) -> None:
        inner({"keys": [token]})
        with tags(f"for-{token}"):
            pull(token)

    morning(SECRET, return_state=True)
    found = find_in_record(course.last_run(morning), SECRET)
    assert found == (
        "log of pull",
        "log of the flow",
        "name of pull",
        "name of the flow run",
        "parameters",
        "parameters, in a called flow",
        "state of pull",
        "state of the flow run",
        "tags of pull",
    )
    assert SECRET not in str(found)


def test_nothing_is_found_where_nothing_is() -> None:
    @flow
    def careful(name: str) -> None:
        logging.getLogger("prefect.flow_runs").debug(SECRET)  # below the level that is kept
        get_run_logger().info("with %s", name)

    careful("shop-token")
    assert find_in_record(course.last_run(careful), SECRET) == ()


def test_an_empty_text_is_refused() -> None:
    @flow
    def silent() -> None:
        """Do nothing."""

    silent()
    with pytest.raises(ValueError, match="stands everywhere"):
        find_in_record(course.last_run(silent), "")
