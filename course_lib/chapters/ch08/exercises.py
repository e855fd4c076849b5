"""Checks of chapter 08: running it."""

import inspect
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from course_lib.chapters.ch08.queue_order import create_due_runs, run_in_rounds
from course_lib.exercises.checks import Point, Points, equals, require, require_equal, require_given
from course_lib.exercises.engine import define
from course_lib.exercises.server_objects import work_pool
from course_lib.exercises.trials import SECONDS, call_within, raises_nothing
from course_lib.server.client import open_client
from course_lib.server.workers import Worker

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

_RUN_SECONDS, _CLAIMED_SECONDS, _TICK_SECONDS = 0.5, 1.0, 0.1
_PATIENCE_SECONDS = 4.0  # for an answer that pauses the pool, also on a busy machine


@define("08.1")
def always_a_place(answer: object) -> Points:
    """Queues are judged by the rounds in which a stand-in for a worker gets their runs."""
    yield from _require_function(answer, "set_up_queues")
    with open_client() as client, work_pool(client) as pool:
        yield from _require_end(answer, pool)
        queues = {queue.name for queue in client.read_work_queues(work_pool_name=pool)}
        yield from require_equal(
            "queues that it made", sorted(queues - {"default"}), ["routine", "urgent"]
        )
        _line_up(client, pool, ["routine 1", "routine 2", "routine 3", "urgent 1", "urgent 2"])
        seen = run_in_rounds(pool)
        yield from require_equal(
            "three routine runs, then two urgent ones become due: all of them start",
            sum(map(len, seen)),
            5,
        )
        yield from require_equal("most runs under way at once", max(map(len, seen)), 2)
        yield from require_equal(
            "runs of the first round", sorted(seen[0]), ["urgent 1", "urgent 2"]
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


@define("08.2")
def stop_gently(answer: object) -> Points:
    """A stand-in for a worker is stopped; judged is what the server recorded of its runs."""
    yield from _require_function(answer, "stop_gently")
    with open_client() as client, work_pool(client) as pool:
        ids = _line_up(client, pool, ["default 1", "default 2"])
        with _StandIn(pool) as worker:
            yield from _require_end(answer, worker)
            ids += worker.third or _line_up(client, pool, ["default 3"])
            states = [client.read_flow_run(each).state for each in ids]
            first, second, third = (state.name if state else "none" for state in states)
            yield from require_equal("the worker was stopped", worker.stopped, True)
            yield from require_equal(
                "how the two runs ended that the worker had claimed",
                [first, second],
                ["Completed"] * 2,
            )
            yield from require_equal(
                "a third run, which became due in the meantime",
                # Late is what the server makes of a run that waits for long.
                "Scheduled" if third == "Late" else third,
                "Scheduled",
            )
            is_paused = client.read_work_pool(pool).is_paused
            yield equals("the pool afterwards", "paused" if is_paused else "open", "paused")


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
        self._over.set()
        self._thread.join()
        return ran

    def _work(self) -> None:
        from prefect.states import Completed, Pending, Running

        def claim() -> list[UUID]:
            found = client.get_scheduled_flow_runs_for_work_pool(
                self.pool, scheduled_before=datetime.now(UTC)
            )
            for each in found:
                client.set_flow_run_state(each.flow_run.id, Pending())
            return [each.flow_run.id for each in found]

        def pause(seconds: float) -> None:
            if self._over.wait(seconds):
                raise _StoppedError

        def run(run_id: UUID) -> None:
            client.set_flow_run_state(run_id, Running())
            pause(_RUN_SECONDS)
            client.set_flow_run_state(run_id, Completed())

        with open_client() as client, suppress(_StoppedError):
            first, second = claim()
            self._claimed.set()
            latest = time.monotonic() + _PATIENCE_SECONDS
            while not client.read_work_pool(self.pool).is_paused and time.monotonic() < latest:
                pause(_TICK_SECONDS)
            self.third = _line_up(client, self.pool, ["default 3"])
            pause(_TICK_SECONDS)
            run(first)
            new = claim()  # while the second run is under way: whoever waits, sees it
            pause(_CLAIMED_SECONDS)
            for each in (second, *new):
                run(each)


class _StoppedError(Exception):
    """The stand-in was stopped in the middle of its work."""


def _line_up(client: "SyncPrefectClient", pool: str, names: Sequence[str]) -> list[UUID]:
    """Make runs in the queues that their names begin with; return their ids."""
    flow_id = client.create_flow_from_name("check of a work pool")
    return create_due_runs(client.create_deployment(flow_id, pool, work_pool_name=pool), names)


def _require_function(answer: object, name: str) -> Iterator[Point]:
    yield from require_given(
        inspect.isfunction(answer),
        "a function",
        repr(answer)[:80],
        f"Pass the name alone, {name}, without parentheses behind it.",
    )


def _require_end(function: Any, argument: object) -> Points:
    """Call the learner's function, async or not, with a time limit."""
    what = "it comes to its end"
    cause = (
        "Still running: what it waits for never comes. An error: call it yourself in a cell of "
        "its own, and read the last line."
    )
    endless = Point(what, False, "no error", "still running", cause)
    call = call_within(SECONDS / 2, function, argument)
    yield from require(raises_nothing(call, what, cause) if call else endless)
