"""Who is next: what a work pool hands out, round by round, and in which order it was recorded.

A stand-in asks the server for work exactly as a worker does and reports states as a worker and
a run do. It starts no processes, so that many runs take a second.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.errors import CourseError
from course_lib.server.client import open_client

if TYPE_CHECKING:  # at run time imported late: a kernel that only starts needn't wait for it
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas import FlowRun, OrchestrationResult

_MOST_ROUNDS = 50


def fresh_pool(name: str, places: int | None = None) -> None:
    """Make an empty process work pool; one of the same name is deleted with all that waits in it.

    Parameters
    ----------
    places
        How many of its runs may be under way at once; any number by default.
    """
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectNotFound

    with open_client() as client:
        with suppress(ObjectNotFound):
            client.delete_work_pool(name)
        client.create_work_pool(WorkPoolCreate(name=name, type="process", concurrency_limit=places))


def run_in_rounds(pool: str) -> list[list[str]]:
    """Let a stand-in for a worker do all runs that wait in a work pool which no worker serves.

    In each round it takes what the server hands out and starts it; before the next round all of
    it ends. What the pool or a queue holds back (paused, or a limit of 0) stays as it is. What it
    returns are the runs' names in the order of their recorded starts, a list for each round.
    """
    from prefect.exceptions import ObjectNotFound
    from prefect.states import Completed

    done: list[list[FlowRun]] = []
    with open_client() as client:
        try:
            while batch := _start_due(client, pool):
                for run in batch:
                    client.set_flow_run_state(run.id, Completed())
                done.append(batch)
                if len(done) > _MOST_ROUNDS:
                    raise CourseError(f"The work pool {pool!r} gets new runs all the time.")
        except ObjectNotFound:
            raise CourseError(f"There is no work pool {pool!r}.") from None
        return [_names_by_start(client, batch) for batch in done]


def create_due_runs(deployment_id: UUID, names: Sequence[str], /, **parameters: Any) -> list[UUID]:
    """Create runs of a deployment that were due an hour ago, one minute after the other.

    Each name begins with that of the run's work queue: ``"urgent 1"`` waits in ``urgent``. The
    flow's parameters are the same for all. It returns the runs' ids.
    """
    from prefect.states import Scheduled

    first = datetime.now(UTC) - timedelta(hours=1)
    with open_client() as client:
        return [
            client.create_flow_run_from_deployment(
                deployment_id,
                name=name,
                parameters=parameters,
                state=Scheduled(scheduled_time=first + timedelta(minutes=minute)),
                work_queue_name=_queue(name),
            ).id
            for minute, name in enumerate(names)
        ]


def expected_rounds(
    names: Sequence[str], queues: Sequence[str], places: int, of_queue: Mapping[str, int]
) -> list[list[str]]:
    """Return what `run_in_rounds` should, by Prefect's rule.

    In each round go through the waiting runs, queue by queue, and take each that has a place in
    the pool and in its queue. The names are in the order in which the runs are due, the queues in
    that of their priority. The limits are at least 1: of the pool, and of queues that have one.
    """
    waiting = sorted(names, key=lambda name: queues.index(_queue(name)))
    found = []
    while waiting:
        taken: list[str] = []
        for name in waiting:
            same_queue = sum(_queue(each) == _queue(name) for each in taken)
            if len(taken) < places and same_queue < of_queue.get(_queue(name), places):
                taken.append(name)
        waiting = [name for name in waiting if name not in taken]
        found.append(taken)
    return found


def rounds_picture(
    names: Sequence[str], predicted: Sequence[Sequence[str]], recorded: Sequence[Sequence[str]]
) -> Picture:
    """Draw in which round each run was expected, and in which it was recorded.

    The rows from top to bottom are all runs, in the order in which they were due. A name in
    neither of the rounds, or in one alone, is drawn as far as it is known.
    """
    figure = style.figure(1.2 + 0.3 * len(names))
    axes = figure.subplots()
    rings: dict[str, Any] = {"color": "none", "edgecolors": style.GREY, "s": 190}
    dots: dict[str, Any] = {"color": style.BLUE, "s": 70}
    for label, rounds, look in (("predicted", predicted, rings), ("recorded", recorded, dots)):
        numbered = enumerate(rounds, start=1)
        points = [(number, names.index(name)) for number, batch in numbered for name in batch]
        if points:
            axes.scatter(*zip(*points, strict=True), label=label, linewidths=2, **look)
    last = max(len(predicted), len(recorded), 4)
    axes.set_xticks(range(1, last + 1))
    style.rows(axes, names)
    axes.set(xlim=(0.5, last + 0.5), xlabel="round in which it started")
    style.tidy(axes, grid="both")
    style.legend(figure)
    same = [sorted(batch) for batch in predicted] == [sorted(batch) for batch in recorded]
    return Picture.of(
        figure,
        f"Rounds in which waiting runs started, as recorded: {_listed(recorded)}. "
        f"Predicted: {'the same' if same else _listed(predicted)}.",
    )


def _start_due(client: "SyncPrefectClient", pool: str) -> "list[FlowRun]":
    """Start the runs of a pool that are due, as far as the server allows it."""
    from prefect.states import Pending, Running

    found = client.get_scheduled_flow_runs_for_work_pool(pool, scheduled_before=datetime.now(UTC))
    started = []
    for each in found:
        answer: OrchestrationResult[Any] = client.set_flow_run_state(each.flow_run.id, Pending())
        if answer.status.value == "ACCEPT":
            client.set_flow_run_state(each.flow_run.id, Running())
            started.append(each.flow_run)
    return started


def _names_by_start(client: "SyncPrefectClient", runs: "list[FlowRun]") -> list[str]:
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
    from prefect.client.schemas.sorting import FlowRunSort

    ids = FlowRunFilter(id=FlowRunFilterId(any_=[run.id for run in runs]))
    found = client.read_flow_runs(flow_run_filter=ids, sort=FlowRunSort.START_TIME_ASC)
    return [run.name for run in found]


def _queue(name: str) -> str:
    return name.split()[0]


def _listed(rounds: Sequence[Sequence[str]]) -> str:
    return "; ".join(f"{n}: {', '.join(batch)}" for n, batch in enumerate(rounds, 1)) or "none"
