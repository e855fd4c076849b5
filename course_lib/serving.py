"""Run Prefect's server so that SQLite takes its writers in turn.

``python -m course_lib.serving prefect server start`` is `course_lib.gc_aside` with one remedy more.
By default Prefect 3.8.8 begins most writing transactions as DEFERRED: one that has read and then
wants to write is broken off at once if another has written in between. The client is answered
503 and sleeps for 2, 4, 8 s; on a busy machine the same request may fail each time. IMMEDIATE
waits for its turn instead, which is what SQLite's manual advises for transactions that write.
"""

import gc
from typing import TYPE_CHECKING

from course_lib import gc_aside

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction


def main() -> None:
    """Run the module named by the first argument; the others are its own."""
    gc.disable()  # now rather than soon: importing Prefect is quicker without it
    _take_turns()
    gc_aside.main()


def _take_turns() -> None:
    from prefect.server.database.configurations import AioSqliteConfiguration

    begin = AioSqliteConfiguration.begin_transaction

    def in_turn(
        self: AioSqliteConfiguration, session: "AsyncSession", with_for_update: bool = False
    ) -> "AbstractAsyncContextManager[AsyncSessionTransaction]":
        return begin(self, session, with_for_update=True)

    AioSqliteConfiguration.begin_transaction = in_turn  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    main()
