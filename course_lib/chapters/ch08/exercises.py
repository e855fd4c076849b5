"""Checks of chapter 08: running it."""

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from uuid import UUID

from course_lib.chapters.ch08.cut_line import CuttableLine
from course_lib.chapters.ch08.queue_order import create_due_runs, run_in_rounds
from course_lib.exercises.checks import Check
from course_lib.exercises.engine import define
from course_lib.exercises.server_objects import work_pool
from course_lib.exercises.trials import call_within, error_text
from course_lib.server.client import open_client
from course_lib.server.workers import Worker

if TYPE_CHECKING:
    from prefect import State
    from prefect.client.orchestration import SyncPrefectClient

_SECONDS = 300.0  # an answer may be some commands, each of which imports Prefect
_ASKS_FOR_RUNS = re.compile(rb"(GET|POST) /api/(ui/)?flow_runs")
# The stand-in's time passes by what the answer asks the server, however long that takes.
_LOOKS = 2
_SILENCE_SECONDS = 20.0  # passes for a look: of an answer that asks by a client from before


@define("08.1")
def always_a_place(check: Check, answer: object) -> None:
    """Queues are judged by the rounds in which a stand-in for a worker gets their runs."""
    check.require_function(answer, "set_up_queues")
    with open_client() as client, work_pool(client) as pool:
        made = client.read_work_pool(pool).id
        deployment = _deployment(client, pool)
        _require_end(check, answer, pool)
        found = [each.id for each in client.read_work_pools() if each.name == pool]
        check.require_says("pool", "the same" if found == [made] else "another one", "the same")
        queues = {queue.name for queue in client.read_work_queues(work_pool_name=pool)}
        check.require_equal("queues", sorted(queues - {"default"}), ["routine", "urgent"])
        create_due_runs(deployment, ["routine 1", "routine 2", "routine 3", "urgent 1", "urgent 2"])
        seen = run_in_rounds(pool)
        check.require_equal("all_start", sum(map(len, seen)), 5)
        check.require_equal("at_once", max(map(len, seen)), 2)
        check.require_equal("first_round", sorted(seen[0]), ["urgent 1", "urgent 2"])
        routine = [sum(name.startswith("routine") for name in batch) for batch in seen]
        check.equals("routine", max(routine), 1)
        create_due_runs(deployment, ["routine 1", "routine 2", "urgent 1"])
        rounds = [sorted(batch) for batch in run_in_rounds(pool)]
        check.equals("rounds", rounds, [["routine 1", "urgent 1"], ["routine 2"]])


@define("08.2")
def stop_gently(check: Check, answer: object) -> None:
    """A stand-in for a worker is stopped; judged is what the server recorded of its runs."""
    check.require_function(answer, "stop_gently")
    with open_client() as client, work_pool(client) as pool:
        client.create_work_queue("urgent", work_pool_name=pool)
        deployment = _deployment(client, pool)
        ids = create_due_runs(deployment, ["default 1", "default 2"])
        worker = _StandIn(client, pool)
        ids += create_due_runs(deployment, ["urgent 3"])
        with worker, _heard(worker.hear):
            _require_end(check, answer, worker)
        first, second, third = (_state(client, each) for each in ids)
        check.require_equal("stopped", worker.was_stopped, True)
        check.require_equal("claimed", [first, second], ["Completed"] * 2)
        check.equals("third", third, "Scheduled")


class _StandIn(Worker):
    """Behaves as the course's worker, by the server's records; its runs have no processes.

    It has claimed two runs, and begun the first. Then nothing goes on until the answer waits, which
    shows in what it asks the server: so the first run ends, and the second begins, long after it
    was claimed. What the server hands out meanwhile, and until the worker is stopped, it claims.
    """

    def __init__(self, client: "SyncPrefectClient", pool: str) -> None:
        from prefect.states import Running

        super().__init__(pool)
        self.was_stopped = False
        self._client, self._looks, self._over = client, 0, threading.Event()
        self._runs: list[UUID] = []
        self._claim()
        self._move(self._runs[0], "Pending", Running())
        self._thread = threading.Thread(target=self._work, daemon=True, name="stand-in")

    def start(self) -> "_StandIn":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    def stop(self, timeout: float = 15) -> bool:
        ran, self.was_stopped = not self.was_stopped, True
        self._end()
        if ran:
            self._claim()  # as a worker does until its last moment
        return ran

    def hear(self, chunk: bytes) -> None:
        """Take note of what was asked for through the line to the server."""
        self._looks += len(_ASKS_FOR_RUNS.findall(chunk))

    def _end(self) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        from prefect.states import Completed, Running

        with suppress(_StoppedError):
            self._wait(until=lambda: not self._handed_out())
            for each in self._runs:  # which grows by what is handed out meanwhile
                self._claim()
                self._move(each, "Pending", Running())
                self._wait()
                self._move(each, "Running", Completed())
                self._wait()  # while the next one is claimed, and hasn't begun

    def _wait(self, until: Callable[[], bool] = lambda: False) -> None:
        """Wait until the answer has looked some times, or until something is so."""
        for _ in range(_LOOKS):
            seen, latest = self._looks, time.monotonic() + _SILENCE_SECONDS
            while self._looks == seen and time.monotonic() < latest:
                if self._over.wait(0.05):
                    raise _StoppedError
                if until():
                    return

    def _handed_out(self) -> list[UUID]:
        now = datetime.now(UTC)
        ask = self._client.get_scheduled_flow_runs_for_work_pool
        return [each.flow_run.id for each in ask(self.pool, scheduled_before=now)]

    def _claim(self) -> None:
        from prefect.states import Pending

        for each in self._handed_out():
            self._move(each, "Scheduled", Pending())
            self._runs.append(each)

    def _move(self, run_id: UUID, name: str, state: "State[Any]") -> None:
        if _state(self._client, run_id) == name:  # and nobody has ended it
            self._client.set_flow_run_state(run_id, state)


class _StoppedError(Exception):
    """The stand-in was stopped in the middle of its work."""


@contextmanager
def _heard(hear: Callable[[bytes], None]) -> Iterator[None]:
    """Let clients that are made now, here and in new processes, talk through a line that is heard."""
    from prefect.context import refresh_global_settings_context

    name = "PREFECT_API_URL"
    try:
        with CuttableLine(os.environ[name], hear) as line, patch.dict(os.environ, {name: line.url}):
            refresh_global_settings_context()
            yield
    finally:
        refresh_global_settings_context()


def _state(client: "SyncPrefectClient", run_id: UUID) -> str:
    """Return a run's state; Late is what the server makes of a run that is Scheduled for long."""
    from prefect.exceptions import ObjectNotFound

    try:
        state = client.read_flow_run(run_id).state
    except ObjectNotFound:
        return "deleted"
    return (
        "none" if state is None else "Scheduled" if state.is_scheduled() else state.name or "none"
    )


def _deployment(client: "SyncPrefectClient", pool: str) -> UUID:
    flow_id = client.create_flow_from_name("check of a work pool")
    return client.create_deployment(flow_id, pool, work_pool_name=pool)


def _require_end(check: Check, function: Any, argument: object) -> None:
    """Call the learner's function, async or not, with a time limit."""
    call = call_within(_SECONDS, function, argument)
    check.require_says("end", error_text(call.error) if call else "still running", "no error")
