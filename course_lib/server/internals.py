"""What the course uses of the private parts of Prefect 3.8.8 and Ray, and why.

A new release may change any of it without a word. For each thing, test_internals.py has a test
that fails when it is no longer there, or no longer needed.
"""

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from course_lib.waiting import wait_until

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from prefect.client.schemas.objects import TaskRun
    from prefect.server.utilities.messaging import MessageHandler
    from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

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


# --- the server ---------------------------------------------------------------------------------

_RECORD_SECONDS = 0.25


def patch_server() -> None:
    """Change the Prefect server of this process, before it starts, in four places."""
    _take_turns()
    _record_as_a_whole()
    _record_soon()
    _fire_once()


def _take_turns() -> None:
    """Let writers wait for their turn.

    Prefect begins most writing transactions as DEFERRED: one that has read and then wants to
    write is broken off at once if another has written in between. The client is answered 503 and
    sleeps for 2, 4, 8 s; on a busy machine the same request may fail each time. IMMEDIATE waits
    instead, which is what SQLite's manual advises for transactions that write.
    """
    from prefect.server.database.configurations import AioSqliteConfiguration

    begin = AioSqliteConfiguration.begin_transaction

    def in_turn(
        self: AioSqliteConfiguration, session: "AsyncSession", with_for_update: bool = False
    ) -> "AbstractAsyncContextManager[AsyncSessionTransaction]":
        return begin(self, session, with_for_update=True)

    AioSqliteConfiguration.begin_transaction = in_turn  # type: ignore[method-assign, assignment]


def _record_as_a_whole() -> None:
    """Record a task run and its state in one transaction.

    Prefect's recorder uses none: for a moment, each task run points at a state that isn't there
    yet. Whoever reads it then is told that it has no state, and the future of a delayed task
    breaks off with "hasn't started yet".
    """
    from prefect.server.services import task_run_recorder

    task_run_recorder._record_bulk_task_run_events = _in_one_transaction(
        task_run_recorder._record_bulk_task_run_events
    )


def _record_soon() -> None:
    """Let the recorder of task runs rest for a quarter of a second.

    By its setting it rests for whole seconds or not at all, while each snapshot, and so each
    check of an exercise, waits for it.
    """
    from prefect.server.services import task_run_recorder

    consumer = task_run_recorder.consumer

    def hurried(**settings: Any) -> "AbstractAsyncContextManager[MessageHandler]":
        return consumer(**settings | {"flush_every": _RECORD_SECONDS})

    task_run_recorder.consumer = hurried  # type: ignore[assignment]


def _fire_once() -> None:
    """Evaluate proactive triggers in one transaction.

    Prefect uses none: an automation fires before its count is deleted. If its action's own event
    comes in between, that finds the count, and the automation fires again.
    """
    from prefect.server.events import triggers

    triggers.proactive_evaluation = _in_one_transaction(triggers.proactive_evaluation)


def _in_one_transaction(
    work: Callable[_Given, Awaitable[_Result]],
) -> Callable[_Given, Coroutine[Any, Any, _Result]]:
    from prefect.server.database.configurations import SQLITE_BEGIN_MODE

    async def wrapped(*args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
        token = SQLITE_BEGIN_MODE.set("IMMEDIATE")
        try:
            return await work(*args, **kwargs)
        finally:
            SQLITE_BEGIN_MODE.reset(token)

    return wrapped


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
