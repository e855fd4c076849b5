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
from course_lib.exercises.checks import SECONDS, Point, Points, equals, require
from course_lib.exercises.engine import define
from course_lib.server.workers import Worker

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

_RUN_SECONDS, _CLAIMED_SECONDS, _TICK_SECONDS = 0.5, 1.0, 0.1
_PATIENCE_SECONDS = 4.0  # for an answer that pauses the pool, also on a busy machine


@define(
    "08.1",
    "Always a place for the urgent",
    hints=(
        "Three numbers: a priority for each queue, a limit for the pool, and a limit for one queue.",
        "Priority 1 goes before priority 2. The pool exists already: "
        "client.update_work_pool(pool, actions.WorkPoolUpdate(concurrency_limit=...)) sets its limit.",
        'client.create_work_queue("routine", work_pool_name=pool, priority=2, concurrency_limit=1) '
        "makes the second queue; the urgent one has priority 1 and no limit of its own.",
    ),
)
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
                equals(
                    "queues that it made",
                    sorted(queues - {"default"}),
                    ["routine", "urgent"],
                    "Prefect makes the queue 'default' with each pool. Beside it there should be "
                    "these two, in the pool whose name the function gets: work_pool_name=pool.",
                )
            )
            _line_up(client, pool, ["routine 1", "routine 2", "routine 3", "urgent 1", "urgent 2"])
            seen = run_in_rounds(pool)
            yield from require(
                equals(
                    "three routine runs, then two urgent ones become due: all of them start",
                    sum(map(len, seen)),
                    5,
                    "A limit of 0 holds runs back for ever, and so does a paused queue or pool.",
                )
            )
            yield from require(
                equals(
                    "most runs under way at once",
                    max(map(len, seen)),
                    2,
                    "More: the pool has no concurrency_limit; limits of the queues alone add up. "
                    "Fewer: a limit is too low.",
                )
            )
            yield from require(
                equals(
                    "runs of the first round",
                    sorted(seen[0]),
                    ["urgent 1", "urgent 2"],
                    "A routine one: its queue comes first (1 goes before 2, and a queue without a "
                    "priority takes the next free number), or the limit is on the urgent queue.",
                )
            )
            yield equals(
                "most routine runs under way at once",
                max(sum(name.startswith("routine") for name in batch) for batch in seen),
                1,
                "The routine queue has no concurrency_limit of its own, so that a round without "
                "urgent runs fills up with routine ones, and the next urgent run has to wait.",
            )
            _line_up(client, pool, ["routine 1", "routine 2", "urgent 1"])
            yield equals(
                "two routine runs, then an urgent one: rounds",
                [sorted(batch) for batch in run_in_rounds(pool)],
                [["routine 1", "urgent 1"], ["routine 2"]],
                "With one urgent run there is a place for one routine run beside it.",
            )
        finally:
            client.delete_work_pool(pool)


@define(
    "08.2",
    "Stop gently",
    hints=(
        "Three steps, and their order matters: nothing new, wait for the old, stop.",
        "actions.WorkPoolUpdate(is_paused=True) keeps the pool from handing out runs. Do it before you wait.",
        "while under_way(worker.pool): time.sleep(0.2), and after that worker.stop().",
    ),
)
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
            yield from require(
                equals(
                    "the worker was stopped",
                    worker.stopped,
                    True,
                    "worker.stop() was not reached, or was called for another worker.",
                )
            )
            yield from require(
                equals(
                    "how the two runs ended that the worker had claimed",
                    names[:2],
                    ["Completed"] * 2,
                    "Running or Pending: the worker was stopped before they had ended, and they "
                    "stay so for ever. Wait until under_way() finds nothing: a claimed run is "
                    "Pending at first. Crashed or Cancelled: wait for them, don't end them.",
                )
            )
            # Late is what the server makes of a run that waits for long.
            waiting = names[2] if names[2] != "Late" else "Scheduled"
            yield from require(
                equals(
                    "a third run, which became due in the meantime",
                    waiting,
                    "Scheduled",
                    "It was fetched, since the pool was still open. Where new runs come all the "
                    "time, waiting never ends: pause the pool first.",
                )
            )
            yield equals(
                "the pool afterwards",
                "paused" if client.read_work_pool(pool).is_paused else "open",
                "paused",
                "It was opened again before the worker had stopped, or another pool was paused.",
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
    yield from require(
        Point(
            what="what was given to check()",
            ok=inspect.isfunction(answer),
            expected="a function",
            seen="a function" if inspect.isfunction(answer) else repr(answer)[:80],
            cause=f"Pass the name alone, {name}, without parentheses behind it.",
        )
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
    yield from require(
        Point(
            what="it comes to its end",
            ok=seen == "no error",
            expected="no error",
            seen=seen,
            cause="Still running: what it waits for never comes. An error: call it yourself in a "
            "cell of its own, and read the last line.",
        )
    )
