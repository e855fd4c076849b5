"""The process in which a worker runs a flow run."""

from contextlib import suppress
from uuid import UUID

import psutil

from course_lib.errors import CourseError
from course_lib.records.waiting import wait_for
from course_lib.server.workers import Worker

_RUN_ID = "PREFECT__FLOW_RUN_ID"  # a worker sets it for the processes that it starts


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
