"""Who is next: what a work pool hands out, round by round, and in which order it was recorded.

A stand-in asks the server for work exactly as a worker does and reports states as a worker and
a run do. It starts no processes, so that many runs take a second.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from course_lib.display.pictures import Picture
from course_lib.errors import CourseError
from course_lib.server.client import api_client

if TYPE_CHECKING:  # at run time imported late: a kernel that only starts needn't wait for it
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas import FlowRun, OrchestrationResult

_MOST_ROUNDS = 50
_PREDICTED, _RECORDED = "#999999", "#0072B2"  # of Okabe and Ito's palette, as in the timelines


def rounds(pool: str) -> list[list[str]]:
    """Let a stand-in for a worker do all runs that wait in a work pool; tell who ran with whom.

    In each round it takes what the server hands out and starts it; before the next round all of
    it ends. What the pool or a queue holds back (paused, or a limit of 0) stays as it is.

    Parameters
    ----------
    pool
        Name of a work pool that no worker serves.

    Returns
    -------
    list of lists
        The names of the runs in the order of their recorded starts, a list for each round.

    Raises
    ------
    CourseError
        If there is no such pool, or it never comes to an end.
    """
    from prefect.exceptions import ObjectNotFound
    from prefect.states import Completed

    done: list[list[FlowRun]] = []
    with api_client() as client:
        try:
            while batch := take(client, pool):
                for run in batch:
                    client.set_flow_run_state(run.id, Completed())
                done.append(batch)
                if len(done) > _MOST_ROUNDS:
                    raise CourseError(f"The work pool {pool!r} gets new runs all the time.")
        except ObjectNotFound:
            raise CourseError(f"There is no work pool {pool!r}.") from None
        recorded = [[client.read_flow_run(run.id) for run in batch] for batch in done]
    return [[run.name for run in sorted(batch, key=_start)] for batch in recorded]


def line_up(deployment_id: UUID, names: Sequence[str], **parameters: Any) -> list[UUID]:
    """Make runs of a deployment that were due an hour ago, one minute after the other.

    Parameters
    ----------
    names
        Of the runs, in the order in which they are due. Each begins with the name of its work
        queue: ``"urgent 1"`` waits in ``urgent``.
    parameters
        The flow's, the same for all.

    Returns
    -------
    list of UUID
        The ids of the runs.
    """
    from prefect.states import Scheduled

    first = datetime.now(UTC) - timedelta(hours=1)
    with api_client() as client:
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
    """Work out what `rounds` should give, by Prefect's rule.

    In each round go through the waiting runs, queue by queue, and take each that has a place in
    the pool and in its queue.

    Parameters
    ----------
    names
        Of the runs, in the order in which they are due; each begins with the name of its queue.
    queues
        Names of the queues, the most important first.
    places
        Concurrency limit of the pool, at least 1.
    of_queue
        Concurrency limits of queues, at least 1, as far as they have one.
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


def take(client: "SyncPrefectClient", pool: str) -> "list[FlowRun]":
    """Ask for the runs of a pool that are due, and start them as far as the server allows it."""
    from prefect.states import Pending, Running

    found = client.get_scheduled_flow_runs_for_work_pool(pool, scheduled_before=datetime.now(UTC))
    taken = []
    for each in found:
        answer: OrchestrationResult[Any] = client.set_flow_run_state(each.flow_run.id, Pending())
        if answer.status.value == "ACCEPT":
            client.set_flow_run_state(each.flow_run.id, Running())
            taken.append(each.flow_run)
    return taken


def rounds_picture(
    names: Sequence[str], predicted: Sequence[Sequence[str]], recorded: Sequence[Sequence[str]]
) -> Picture:
    """Draw in which round each run was expected, and in which it was recorded.

    Parameters
    ----------
    names
        All runs, in the order in which they were due: the rows from top to bottom.
    predicted, recorded
        Names for each round. A name in neither, or in one alone, is drawn as far as it is known.
    """
    from matplotlib.figure import Figure  # no pyplot: callbacks of widgets draw in threads

    figure = Figure(figsize=(7.2, 1.2 + 0.3 * len(names)), layout="constrained")
    axes = figure.subplots()
    looks: tuple[tuple[str, Sequence[Sequence[str]], dict[str, Any]], ...] = (
        ("predicted", predicted, {"color": "none", "edgecolors": _PREDICTED, "s": 190}),
        ("recorded", recorded, {"color": _RECORDED, "s": 70}),
    )
    for label, batches, look in looks:
        points = [
            (number, names.index(name))
            for number, batch in enumerate(batches, start=1)
            for name in batch
        ]
        if points:
            axes.scatter(*zip(*points, strict=True), label=label, linewidths=2, **look)
    axes.set_xlim(0.5, max(len(predicted), len(recorded), 4) + 0.5)
    axes.set_xticks(range(1, max(len(predicted), len(recorded), 4) + 1))
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("round in which it started")
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    figure.legend(loc="outside upper left", ncols=2, frameon=False)
    same = [sorted(batch) for batch in predicted] == [sorted(batch) for batch in recorded]
    return Picture.of(
        figure,
        f"Rounds in which waiting runs started, as recorded: {_listed(recorded)}. "
        f"Predicted: {'the same' if same else _listed(predicted)}.",
    )


def _queue(name: str) -> str:
    return name.split()[0]


def _listed(batches: Sequence[Sequence[str]]) -> str:
    return "; ".join(f"{n}: {', '.join(batch)}" for n, batch in enumerate(batches, 1)) or "none"


def _start(run: "FlowRun") -> datetime:
    assert run.start_time is not None
    return run.start_time
