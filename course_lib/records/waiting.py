"""Waiting until a run is in a state."""

import time
from uuid import UUID

from course_lib.errors import CourseError
from course_lib.records.reading import read_run
from course_lib.records.runs import FlowRun

_POLL_SECONDS = 0.1


def wait_for(flow_run_id: UUID | str, state: str, timeout: float = 60) -> FlowRun:
    """Wait at most `timeout` seconds for a flow run to be in a state, such as ``"Late"``; read it."""
    latest = time.monotonic() + timeout
    while (run := read_run(flow_run_id, wait=False)).state.name != state:
        if time.monotonic() > latest:
            raise CourseError(
                f"The run {run.name!r} is {run.state.name}, and was not {state} within "
                f"{timeout:.0f} s."
            )
        time.sleep(_POLL_SECONDS)
    return run
