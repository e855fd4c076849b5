"""Checks of chapter 08: running it."""

import inspect
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from course_lib.chapters.ch08.queue_order import create_due_runs, run_in_rounds
from course_lib.exercises.checks import Check
from course_lib.exercises.engine import define
from course_lib.exercises.server_objects import work_pool
from course_lib.exercises.trials import SECONDS, call_within, error_text
from course_lib.server.client import open_client
from course_lib.server.workers import Worker

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

# The stand-in's time is counted in requests, with a tick before each: what keeps an answer's own
# requests waiting on a busy machine, lengthens it as well.
_TICK_SECONDS = 0.1
_RUN_LOOKS, _CLAIMED_LOOKS = 5, 10
_PATIENCE_LOOKS = 40  # for an answer that pauses the pool


@define("08.1")
def always_a_place(check: Check, answer: object) -> None:
    """Queues are judged by the rounds in which a stand-in for a worker gets their runs."""
    _require_function(check, answer, "set_up_queues")
    with open_client() as client, work_pool(client) as pool:
        _require_end(check, answer, pool)
        queues = {queue.name for queue in client.read_work_queues(work_pool_name=pool)}
        check.require_equal("queues", sorted(queues - {"default"}), ["routine", "urgent"])
        _line_up(client, pool, ["routine 1", "routine 2", "routine 3", "urgent 1", "urgent 2"])
        seen = run_in_rounds(pool)
        check.require_equal("all_start", sum(map(len, seen)), 5)
        check.require_equal("at_once", max(map(len, seen)), 2)
        check.require_equal("first_round", sorted(seen[0]), ["urgent 1", "urgent 2"])
        routine = [sum(name.startswith("routine") for name in batch) for batch in seen]
        check.equals("routine", max(routine), 1)
        _line_up(client, pool, ["routine 1", "routine 2", "urgent 1"])
        rounds = [sorted(batch) for batch in run_in_rounds(pool)]
        check.equals("rounds", rounds, [["routine 1", "urgent 1"], ["routine 2"]])


@define("08.2")
def stop_gently(check: Check, answer: object) -> None:
    """A stand-in for a worker is stopped; judged is what the server recorded of its runs."""
    _require_function(check, answer, "stop_gently")
    with open_client() as client, work_pool(client) as pool:
        ids = _line_up(client, pool, ["default 1", "default 2"])
        with _StandIn(pool) as worker:
            _require_end(check, answer, worker)
            ids += worker.third or _line_up(client, pool, ["default 3"])
            states = [client.read_flow_run(each).state for each in ids]
            first, second, third = (state.name if state else "none" for state in states)
            check.require_equal("stopped", worker.stopped, True)
            check.require_equal("claimed", [first, second], ["Completed"] * 2)
            # Late is what the server makes of a run that waits for long.
            check.require_equal("third", "Scheduled" if third == "Late" else third, "Scheduled")
            is_paused = client.read_work_pool(pool).is_paused
            check.equals("pool", "paused" if is_paused else "open", "paused")


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

        def is_paused() -> bool:
            if self._over.wait(_TICK_SECONDS):
                raise _StoppedError
            return client.read_work_pool(self.pool).is_paused

        def go_on(looks: int) -> None:
            for _ in range(looks):
                is_paused()

        def run(run_id: UUID) -> None:
            client.set_flow_run_state(run_id, Running())
            go_on(_RUN_LOOKS)
            client.set_flow_run_state(run_id, Completed())

        with open_client() as client, suppress(_StoppedError):
            first, second = claim()
            self._claimed.set()
            any(is_paused() for _ in range(_PATIENCE_LOOKS))  # until it is
            self.third = _line_up(client, self.pool, ["default 3"])
            go_on(1)
            run(first)
            new = claim()  # while the second run is under way: whoever waits, sees it
            go_on(_CLAIMED_LOOKS)
            for each in (second, *new):
                run(each)


class _StoppedError(Exception):
    """The stand-in was stopped in the middle of its work."""


def _line_up(client: "SyncPrefectClient", pool: str, names: Sequence[str]) -> list[UUID]:
    """Make runs in the queues that their names begin with; return their ids."""
    flow_id = client.create_flow_from_name("check of a work pool")
    return create_due_runs(client.create_deployment(flow_id, pool, work_pool_name=pool), names)


def _require_function(check: Check, answer: object, name: str) -> None:
    check.require_given(
        inspect.isfunction(answer),
        "a function",
        repr(answer)[:80],
        f"Pass the name alone, {name}, without parentheses behind it.",
    )


def _require_end(check: Check, function: Any, argument: object) -> None:
    """Call the learner's function, async or not, with a time limit."""
    call = call_within(SECONDS, function, argument)
    check.require_says("end", error_text(call.error) if call else "still running", "no error")
