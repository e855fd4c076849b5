"""Reading runs of other processes, about which only the server knows."""

import subprocess
import sys

import course_lib as course

_PROGRAM = """
from prefect import flow, runtime, task

@task
def pull(number: int) -> int:
    return number

@flow
def elsewhere() -> None:
    pull.map(range(12)).result()
    print(runtime.flow_run.id, flush=True)

elsewhere()
"""


def test_a_run_of_another_process_is_read_once_all_of_it_is_recorded() -> None:
    course.start()
    command = [sys.executable, "-c", _PROGRAM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        run_id = process.stdout.readline().strip()
        run = course.read_run(run_id)  # it is about to end, and its records are on their way
    assert run.state.type == "COMPLETED"
    assert [each.state.type for each in run.task_runs] == ["COMPLETED"] * 12
