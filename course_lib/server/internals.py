"""What the course uses of the private parts of Prefect 3.9.1, Ray and rich, and why.

A new release may change any of it without a word. For each thing, test_internals.py has a test
that fails when it is no longer there, or no longer needed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from course_lib.waiting import wait_until

if TYPE_CHECKING:
    from prefect.client.schemas.objects import TaskRun

# --- words of Prefect's log ---------------------------------------------------------------------

PORT_IS_TAKEN = "is already in use"
"""Why a server ended at once: its exit code is the same as for other errors."""

LISTENS = "Subscribing to runs of task"
"""A task worker is about to listen. The API tells of task workers, but not which process is one."""

FINISHED = "Finished in state"
"""A run's last line. It tells of task runs whose end the server records a little later, and that
the log of a flow run is complete: the API knows neither."""

ABOUT_TASK_RUNS = (
    "Created task run",
    "Executing task",
    FINISHED,
    "Renamed task run",
    "Task run failed with exception",
)
"""How Prefect's own lines about task runs begin: flows' lines go through the same loggers."""

# --- what runs and schedules hold ---------------------------------------------------------------


def ran_outside_flows(run: "TaskRun") -> bool:
    """Say whether a task was called outside any flow.

    Prefect files such a run under the flow that ran before it in the same process. Only its
    dynamic key tells: it begins with the task's.
    """
    return run.dynamic_key.startswith(run.task_key)


def task_name(run: "TaskRun") -> str:
    """Return the name of a run's task, which the API doesn't tell: the default name holds it."""
    return run.name.removesuffix(f"-{run.dynamic_key[:3]}")


def server_schedule(kind: str, **fields: Any) -> Any:
    """Return the server's own form of a schedule: the client's can't compute its dates."""
    from prefect.server.schemas import schedules

    kinds: dict[str, Any] = {
        "cron": schedules.CronSchedule,
        "interval": schedules.IntervalSchedule,
        "rrule": schedules.RRuleSchedule,
    }
    return kinds[kind].model_validate(fields)


# --- Ray ----------------------------------------------------------------------------------------


@contextmanager
def patient_ray(seconds: float) -> Iterator[None]:
    """Let Ray's node take its time: Ray 2.60 breaks off after 30 s, and no setting tells it more."""
    from ray._private import services

    ask: Any = services.get_node

    def get_node(*args: Any, **named: Any) -> Any:
        def answer() -> Any:
            try:
                return ask(*args, **named)
            except RuntimeError:  # it isn't there yet
                return None

        return wait_until(answer, seconds) or ask(*args, **named)

    services.get_node = get_node
    try:
        yield
    finally:
        services.get_node = ask


# --- rich ---------------------------------------------------------------------------------------


@contextmanager
def plain_console() -> Iterator[None]:
    """Let what Prefect prints with rich go to `sys.stdout`, as in a script, and not to the cell.

    `Flow.deploy` shows a spinner. In a notebook that is a widget of its own, also in a thread
    whose prints are caught.
    """
    from rich import console

    in_jupyter = console._is_jupyter
    console._is_jupyter = lambda: False
    try:
        yield
    finally:
        console._is_jupyter = in_jupyter
