"""Run Prefect's server so that SQLite takes its writers in turn and shows what they wrote as a whole.

``python -m course_lib.server.patches prefect server start`` is `course_lib.server.gc_aside` with four remedies.
By default Prefect 3.8.8 begins most writing transactions as DEFERRED: one that has read and then
wants to write is broken off at once if another has written in between. The client is answered
503 and sleeps for 2, 4, 8 s; on a busy machine the same request may fail each time. IMMEDIATE
waits for its turn instead, which is what SQLite's manual advises for transactions that write.

The recorder of task runs writes with no transaction at all: for a moment, each task run points at
a state that isn't there yet. Whoever reads it then is told that it has no state, and the future
of a delayed task breaks off with "hasn't started yet". And it can rest for whole seconds only, or
not at all, while each snapshot, and so each check of an exercise, waits for it.

Proactive triggers are evaluated with no transaction, too: one fires before its count is deleted.
If the action's own event comes in between, it finds the count and fires the automation again.
"""

import gc
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from course_lib.server import gc_aside

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from prefect.server.utilities.messaging import MessageHandler
    from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction

_RECORD_SECONDS = 0.25

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def main() -> None:
    """Run the module named by the first argument; the others are its own."""
    gc.disable()  # now rather than soon: importing Prefect is quicker without it
    _take_turns()
    _record_as_a_whole()
    _record_soon()
    _fire_once()
    gc_aside.main()


def _take_turns() -> None:
    from prefect.server.database.configurations import AioSqliteConfiguration

    begin = AioSqliteConfiguration.begin_transaction

    def in_turn(
        self: AioSqliteConfiguration, session: "AsyncSession", with_for_update: bool = False
    ) -> "AbstractAsyncContextManager[AsyncSessionTransaction]":
        return begin(self, session, with_for_update=True)

    AioSqliteConfiguration.begin_transaction = in_turn  # type: ignore[method-assign, assignment]


def _record_as_a_whole() -> None:
    from prefect.server.services import task_run_recorder

    task_run_recorder._record_bulk_task_run_events = _in_one_transaction(
        task_run_recorder._record_bulk_task_run_events
    )


def _fire_once() -> None:
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


def _record_soon() -> None:
    from prefect.server.services import task_run_recorder

    consumer = task_run_recorder.consumer

    def hurried(**settings: Any) -> "AbstractAsyncContextManager[MessageHandler]":
        return consumer(**settings | {"flush_every": _RECORD_SECONDS})

    task_run_recorder.consumer = hurried  # type: ignore[assignment]


if __name__ == "__main__":
    main()
