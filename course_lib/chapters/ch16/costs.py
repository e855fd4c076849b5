"""What it costs to run tasks elsewhere: measured on recorded runs, and drawn.

Where a task ran, and when, is drawn in rows, one for each process. What a way to run tasks costs
before the first task and for each one is measured, and so is its memory. From that follows
which way is the quickest for other work: `expected_seconds`.
"""

import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import psutil

from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.intervals import most_at_once
from course_lib.records.runs import FlowRun, TaskRun
from course_lib.server import lifecycle
from course_lib.server.processes import family

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from prefect import Task

_LOOK_SECONDS = 0.2
_MEGA = 1_000_000
_START, _EACH, _WORK, _SHORTEST = style.ORANGE, style.PINK, style.BLUE, style.GREEN


@dataclass(frozen=True)
class Cost:
    """What a way to run tasks costs on this machine."""

    start: float
    """Seconds until the first task has begun, the start of a cluster included."""
    each: float
    """Seconds for each further task, before it does anything."""
    megabytes: float
    """Memory of the processes that it added, at most."""
    computing: int
    """How many tasks compute at the same time."""
    waiting: int
    """How many tasks wait at the same time, for a server or a disk."""


class Meter:
    """Measures what it takes until tasks run, and how much memory other processes use for it.

    Examples
    --------
    >>> with Meter() as meter:
    ...     cluster = LocalCluster(n_workers=2)
    ...     labels_on_dask()
    >>> meter.cost(course.last_run(labels_on_dask), label, computing=2, waiting=2)
    """

    def __init__(self) -> None:
        self._began = 0.0
        self._megabytes = 0.0
        self._over = threading.Event()
        self._looks = threading.Thread(target=self._look, daemon=True, name="meter")

    def __enter__(self) -> "Meter":
        self._known = {process.pid for process in _others()}
        self._looks.start()
        self._began = time.time()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._looks.join()

    def cost(
        self, run: FlowRun, small: "Task[Any, Any] | str", computing: int, waiting: int
    ) -> Cost:
        """Work out the cost from a run.

        Parameters
        ----------
        run
            What ran meanwhile.
        small
            A task, or its name, that does next to nothing, of which there are many runs. The first
            runs of each process don't count: it had to start.
        computing, waiting
            As in `Cost`.
        """
        starts = [each.start for each in run.task_runs if each.start]
        ends = sorted(each.end for each in run.of(small) if each.end)
        half = len(ends) // 2
        later = (ends[-1] - ends[half]).total_seconds() / max(1, len(ends) - half - 1)
        return Cost(
            start=max(0.0, min(starts).timestamp() - self._began),
            each=later,
            megabytes=self._megabytes,
            computing=computing,
            waiting=waiting,
        )

    def _look(self) -> None:
        while True:
            added = (each for each in _others() if each.pid not in self._known)
            self._megabytes = max(self._megabytes, sum(map(_memory, added)))
            if self._over.wait(_LOOK_SECONDS):
                return


def expected_seconds(cost: Cost, tasks: int, seconds: float, work: str) -> tuple[float, ...]:
    """Tell how long it should take to start, to hand over the tasks, and to do them.

    Parameters
    ----------
    cost
        Of the way to run them.
    tasks
        How many there are.
    seconds
        How long each takes when it has a core for itself.
    work
        ``"computes"`` or ``"waits"``.
    """
    lanes = cost.computing if work == "computes" else cost.waiting
    return cost.start, tasks * cost.each, -(-tasks // lanes) * seconds


class Placed(Protocol):
    """What a task tells about where it ran."""

    @property
    def name(self) -> str:
        """Name of the task run."""

    @property
    def process(self) -> int:
        """Number of the process: ``os.getpid()``."""

    @property
    def seconds(self) -> float:
        """How long a core worked on it: a difference of ``time.thread_time()``."""


def busy_cores(run: FlowRun, placed: Iterable[Placed]) -> float:
    """Tell how many cores worked on these task runs on average, from first start to last end."""
    seconds = {each.name: each.seconds for each in placed}
    spans = [
        (each.start, each.end)
        for each in run.task_runs
        if each.name in seconds and each.start and each.end
    ]
    if not spans:
        return 0.0
    span = max(end for _, end in spans) - min(start for start, _ in spans)
    return sum(seconds.values()) / span.total_seconds() if span else 0.0


def where_picture(runs: Mapping[str, tuple[FlowRun, Sequence[Placed]]]) -> Picture:
    """Draw when task runs ran and in which process, one panel for each flow run.

    Parameters
    ----------
    runs
        What each panel is called, its flow run, and what its tasks tell of their places.
    """
    panels = {
        name: _rows(run, {each.name: each.process for each in placed})
        for name, (run, placed) in runs.items()
    }
    heights = [max(1, len(rows)) for rows in panels.values()]
    figure = style.figure(0.6 + 0.42 * sum(heights) + 0.3 * len(panels))
    grid = figure.subplots(
        len(panels), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
    )[:, 0]
    for axes, (name, rows) in zip(grid, panels.items(), strict=True):
        title = f"{name}: {busy_cores(*runs[name]):.1f} cores busy"
        _draw_rows(axes, title, runs[name][0], rows)
    grid[-1].set_xlim(0, 1.02 * max([1e-9, *(_end(run) for run, _ in runs.values())]))
    grid[-1].set_xlabel("seconds since the flow run began")
    words = "; ".join(f"{name}: {_in_processes(list(rows))}" for name, rows in panels.items())
    return Picture.of(figure, f"When the tasks ran, one row for each process. {words}.")


def cost_picture(costs: Mapping[str, Cost]) -> Picture:
    """Draw start, seconds for each task and memory of each way, side by side."""
    figure = style.figure(0.9 + 0.32 * len(costs))
    columns = (
        ("start, seconds", [each.start for each in costs.values()], _START),
        ("each task, milliseconds", [each.each * 1000 for each in costs.values()], _EACH),
        ("memory added, MB", [each.megabytes for each in costs.values()], _WORK),
    )
    for axes, (title, values, colour) in zip(
        figure.subplots(1, 3, sharey=True), columns, strict=True
    ):
        bars = axes.barh(list(costs), values, color=colour, height=0.6)
        axes.bar_label(
            bars,
            [f"{value:.0f}" if value >= 100 else f"{value:.2g}" for value in values],
            padding=3,
            fontsize=9,
        )
        axes.set_xlim(0, max([*values, 1e-9]) * 1.35)
        axes.set_title(title, fontsize=10)
        axes.set_xticks([])
        axes.tick_params(axis="y", length=0)
        style.tidy(axes, sides=["left"])
        if not axes.yaxis_inverted():
            axes.invert_yaxis()
    return Picture.of(
        figure,
        f"Measured for {', '.join(costs)}: seconds until the first task, milliseconds for each "
        "task, and megabytes of memory.",
    )


def expected_picture(costs: Mapping[str, Cost], tasks: int, seconds: float, work: str) -> Picture:
    """Draw how long some work should take in each way, and which is the quickest."""
    from matplotlib.patches import Patch

    figure = style.figure(1.3 + 0.32 * len(costs))
    axes = figure.subplots()
    parts = {name: expected_seconds(cost, tasks, seconds, work) for name, cost in costs.items()}
    totals = {name: sum(found) for name, found in parts.items()}
    for row, (name, found) in enumerate(parts.items()):
        left = 0.0
        for length, colour in zip(found, (_START, _EACH, _WORK), strict=True):
            axes.barh(name, length, left=left, color=colour, height=0.6)
            left += length
        best = totals[name] == min(totals.values())
        axes.text(
            left,
            row,
            f"  {left:.3g} s",
            va="center",
            color=_SHORTEST if best else "black",
            weight="bold" if best else "normal",
        )
    axes.invert_yaxis()
    axes.set_xlim(0, max([*totals.values(), 1e-9]) * 1.15)
    axes.set_xlabel("expected seconds")
    axes.tick_params(axis="y", length=0)
    style.tidy(axes, sides=["bottom"])
    labels = {"start": _START, "handing over": _EACH, "work": _WORK}
    handles = [Patch(color=colour, label=label) for label, colour in labels.items()]
    style.legend(figure, handles)
    return Picture.of(
        figure,
        f"Expected seconds for {tasks} tasks of {seconds:g} s each that {work[:-1]}, in each of: "
        f"{', '.join(costs)}. Bars of start, handing over and work; the shortest is marked.",
    )


def _others() -> list[psutil.Process]:
    """List what this process has started, but for the course's own server."""
    record = lifecycle.alive()
    own = psutil.Process(record.pid) if record and psutil.pid_exists(record.pid) else None
    spared = {process.pid for process in family(own)} if own else set()
    return [each for each in family(psutil.Process())[1:] if each.pid not in spared]


def _memory(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        return float(process.memory_info().rss) / _MEGA
    return 0.0


def _rows(run: FlowRun, pids: Mapping[str, int]) -> dict[int, list[TaskRun]]:
    """Give the task runs of each process, our own first, then in order of their first start."""
    found: dict[int, list[TaskRun]] = {}
    for each in run.task_runs:
        if each.name in pids and each.start and each.end:
            found.setdefault(pids[each.name], []).append(each)
    return dict(sorted(found.items(), key=lambda row: row[0] != os.getpid()))


def _draw_rows(
    axes: "Axes", name: str, run: FlowRun, rows: Mapping[int, Sequence[TaskRun]]
) -> None:
    labels = _labels(list(rows))
    for row, members in enumerate(rows.values()):
        # Those that run at the same time in one process share its row, one above the other.
        most = most_at_once((each.start, each.end) for each in members if each.start and each.end)
        height = 0.8 / max(1, most)
        lanes: list[float] = []
        for each in members:
            begin, end = (
                (at - run.start).total_seconds() if at and run.start else 0.0
                for at in (each.start, each.end)
            )
            lane = next((i for i, free in enumerate(lanes) if free <= begin), len(lanes))
            lanes[lane : lane + 1] = [end]
            axes.barh(
                row - 0.4 + height * (lane + 0.5),
                end - begin,
                left=begin,
                height=height * 0.9,
                color=_WORK,
                edgecolor="white",
                linewidth=0.5,
            )
    axes.set_yticks(range(len(rows)), labels)
    axes.set_ylim(max(1, len(rows)) - 0.45, -0.55)
    axes.set_title(name, loc="left", fontsize=10)
    axes.tick_params(axis="y", length=0)
    style.tidy(axes, grid="x", sides=["bottom"])


def _end(run: FlowRun) -> float:
    ends = [
        (each.end - run.start).total_seconds() for each in run.task_runs if each.end and run.start
    ]
    return max(ends, default=0.0)


def _labels(pids: Sequence[int]) -> list[str]:
    others = [pid for pid in pids if pid != os.getpid()]
    return [
        "this notebook" if pid == os.getpid() else f"process {others.index(pid) + 1}"
        for pid in pids
    ]


def _in_processes(pids: Sequence[int]) -> str:
    # How many others is not for the text: on a busy machine one may have done it all.
    parts = ["in this notebook"] if os.getpid() in pids else []
    parts += ["in other processes"] if set(pids) - {os.getpid()} else []
    return " and ".join(parts) or "no task runs"
