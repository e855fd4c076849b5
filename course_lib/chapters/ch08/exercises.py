"""Checks of chapter 08: running it."""

import asyncio
import inspect
import threading
import time
from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from course_lib.chapters.ch08.queue_order import create_due_runs, run_in_rounds
from course_lib.exercises.checks import Point, Points, equals, require, require_equal, require_that
from course_lib.exercises.engine import define
from course_lib.exercises.trials import SECONDS
from course_lib.server.workers import Worker

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

_RUN_SECONDS, _CLAIMED_SECONDS, _TICK_SECONDS = 0.5, 1.0, 0.1
_PATIENCE_SECONDS = 4.0  # for an answer that pauses the pool, also on a busy machine


@define("08.1")
def always_a_place(answer: object) -> Points:
    """Queues are judged by the rounds in which a stand-in for a worker gets their runs."""
    yield from _require_function(answer, "set_up_queues")
    pool = f"check-{uuid4().hex[:8]}"
    with _client() as client:
        _make_pool(client, pool)
        try:
            yield from _called(answer, pool)
            queues = {queue.name for queue in client.read_work_queues(work_pool_name=pool)}
            yield from require(
                equals("queues that it made", sorted(queues - {"default"}), ["routine", "urgent"])
            )
            _line_up(client, pool, ["routine 1", "routine 2", "routine 3", "urgent 1", "urgent 2"])
            seen = run_in_rounds(pool)
            yield from require_equal(
                "three routine runs, then two urgent ones become due: all of them start",
                sum(map(len, seen)),
                5,
            )
            yield from require(equals("most runs under way at once", max(map(len, seen)), 2))
            yield from require(
                equals("runs of the first round", sorted(seen[0]), ["urgent 1", "urgent 2"])
            )
            yield equals(
                "most routine runs under way at once",
                max(sum(name.startswith("routine") for name in batch) for batch in seen),
                1,
            )
            _line_up(client, pool, ["routine 1", "routine 2", "urgent 1"])
            yield equals(
                "two routine runs, then an urgent one: rounds",
                [sorted(batch) for batch in run_in_rounds(pool)],
                [["routine 1", "urgent 1"], ["routine 2"]],
            )
        finally:
            client.delete_work_pool(pool)


@define("08.2")
def stop_gently(answer: object) -> Points:
    """A stand-in for a worker is stopped; judged is what the server recorded of its runs."""
    yield from _require_function(answer, "stop_gently")
    pool = f"check-{uuid4().hex[:8]}"
    with _client() as client:
        _make_pool(client, pool)
        ids = _line_up(client, pool, ["default 1", "default 2"])
        worker = _StandIn(pool)
        try:
            worker.start()
            yield from _called(answer, worker)
            ids += worker.third or _line_up(client, pool, ["default 3"])
            states = [client.read_flow_run(each).state for each in ids]
            names = [state.name if state else "none" for state in states]
            yield from require(equals("the worker was stopped", worker.stopped, True))
            yield from require_equal(
                "how the two runs ended that the worker had claimed", names[:2], ["Completed"] * 2
            )
            # Late is what the server makes of a run that waits for long.
            waiting = names[2] if names[2] != "Late" else "Scheduled"
            yield from require(
                equals("a third run, which became due in the meantime", waiting, "Scheduled")
            )
            yield equals(
                "the pool afterwards",
                "paused" if client.read_work_pool(pool).is_paused else "open",
                "paused",
            )
        finally:
            worker.end()
            client.delete_work_pool(pool)


class _StandIn(Worker):
    """Behaves as the course's worker, by the server's records; its runs have no processes.

    It claims two runs. They go on once the pool is paused, or when it hasn't been for a while;
    then a third run becomes due. The second one is claimed for long before it runs.
    """

    def __init__(self, pool: str) -> None:
        super().__init__(pool)
        self.stopped = False
        self.third: list[UUID] = []
        self._over = threading.Event()
        self._claimed = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True, name="stand-in")

    def start(self) -> "_StandIn":
        self._thread.start()
        self._claimed.wait(timeout=60)
        return self

    def stop(self, timeout: float = 15) -> bool:
        ran, self.stopped = not self.stopped, True
        self.end()
        return ran

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        from prefect.states import Completed, Pending, Running

        with _client() as client:

            def claim() -> list[UUID]:
                found = client.get_scheduled_flow_runs_for_work_pool(
                    self.pool, scheduled_before=datetime.now(UTC)
                )
                for each in found:
                    client.set_flow_run_state(each.flow_run.id, Pending())
                return [each.flow_run.id for each in found]

            def pause(seconds: float) -> bool:
                return not self._over.wait(seconds)

            def run(run_id: UUID) -> bool:
                client.set_flow_run_state(run_id, Running())
                if going_on := pause(_RUN_SECONDS):
                    client.set_flow_run_state(run_id, Completed())
                return going_on

            first, second = claim()
            self._claimed.set()
            latest = time.monotonic() + _PATIENCE_SECONDS
            while not client.read_work_pool(self.pool).is_paused and time.monotonic() < latest:
                if not pause(_TICK_SECONDS):
                    return
            self.third = _line_up(client, self.pool, ["default 3"])
            if not (pause(_TICK_SECONDS) and run(first)):
                return
            new = claim()  # while the second run is under way: whoever waits, sees it
            if pause(_CLAIMED_SECONDS) and run(second):
                for each in new:
                    run(each)


def _client() -> "SyncPrefectClient":
    from prefect import get_client

    return get_client(sync_client=True)


def _make_pool(client: "SyncPrefectClient", pool: str) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate

    client.create_work_pool(WorkPoolCreate(name=pool, type="process"))


def _line_up(client: "SyncPrefectClient", pool: str, names: Sequence[str]) -> list[UUID]:
    """Make runs in the queues that their names begin with; give their ids."""
    flow_id = client.create_flow_from_name("check of a work pool")
    return create_due_runs(client.create_deployment(flow_id, pool, work_pool_name=pool), names)


def _require_function(answer: object, name: str) -> Points:
    yield from require_that(
        what="what was given to check()",
        ok=inspect.isfunction(answer),
        expected="a function",
        seen="a function" if inspect.isfunction(answer) else repr(answer)[:80],
        cause=f"Pass the name alone, {name}, without parentheses behind it.",
    )


def _called(answer: Any, argument: object) -> Generator[Point, None, None]:
    """Call the learner's function in a thread, with a time limit; the check ends if it fails."""
    errors: list[BaseException] = []

    def call() -> None:
        try:
            given = answer(argument)
            if inspect.iscoroutine(given):
                asyncio.run(given)
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=call, daemon=True, name="exercise check")
    thread.start()
    thread.join(SECONDS / 2)
    seen = "still running" if thread.is_alive() else "no error"
    for error in errors:
        seen = f"{type(error).__name__}: {error}"[:120]
    yield from require_that(
        what="it comes to its end",
        ok=seen == "no error",
        expected="no error",
        seen=seen,
        cause="Still running: what it waits for never comes. An error: call it yourself in a "
        "cell of its own, and read the last line.",
    )
