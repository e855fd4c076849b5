"""Waiting until a run is in a state."""

from uuid import UUID

from course_lib.errors import CourseError
from course_lib.records.reading import read_run
from course_lib.records.runs import FlowRun
from course_lib.waiting import attempts


def wait_for(flow_run_id: UUID | str, state: str, timeout: float = 60) -> FlowRun:
    """Wait at most `timeout` seconds for a flow run to be in a state, such as ``"Late"``; read it."""
    for _ in attempts(timeout):
        run = read_run(flow_run_id, wait=False)
        if run.state.name == state:
            return run
    raise CourseError(
        f"The run {run.name!r} is {run.state.name}, and was not {state} within {timeout:.0f} s."
    )
