"""What somebody asks who looks after deployed runs: how far is it, and which process is it?"""

import time
from contextlib import suppress
from uuid import UUID

import psutil

from course_lib.errors import CourseError
from course_lib.reading import read_run
from course_lib.runs import FlowRun
from course_lib.workers import Worker

_POLL_SECONDS = 0.1
_RUN_ID = "PREFECT__FLOW_RUN_ID"  # a worker sets it for the processes that it starts


def wait_for(flow_run_id: UUID | str, state: str, timeout: float = 60) -> FlowRun:
    """Wait until a flow run is in a state, by its name such as ``"Late"``, and read it then.

    Raises
    ------
    CourseError
        If there is no such run, or it isn't in that state within `timeout` seconds.
    """
    latest = time.monotonic() + timeout
    while (run := read_run(flow_run_id, wait=False)).state.name != state:
        if time.monotonic() > latest:
            raise CourseError(
                f"The run {run.name!r} is {run.state.name}, and was not {state} within "
                f"{timeout:.0f} s."
            )
        time.sleep(_POLL_SECONDS)
    return run


def process_of(worker: Worker, flow_run_id: UUID | str) -> psutil.Process:
    """Find the process in which a worker runs a flow run, once the run is Running.

    Raises
    ------
    CourseError
        If the run isn't Running within a minute, or not as a child of this worker.
    """
    wait_for(flow_run_id, "Running")
    if parent := worker.process:
        for child in parent.children(recursive=True):
            with suppress(psutil.Error):
                if child.environ().get(_RUN_ID) == str(flow_run_id):
                    return child
    raise CourseError(f"{worker} has no process of the flow run {flow_run_id}.")
