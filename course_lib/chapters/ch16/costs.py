"""What it costs to run tasks elsewhere: measured on recorded runs, and drawn."""

import math
import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

import psutil

from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.intervals import most_at_once
from course_lib.records.runs import FlowRun
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

    start: float  # seconds until the first task has begun, the start of a cluster included
    each: float  # seconds for each further task, before it does anything
    megabytes: float  # memory of the processes that it added, at most
    computing: int  # how many tasks compute at the same time
    waiting: int  # how many tasks wait at the same time, for a server or a disk


class Meter:
    """Measures what it takes until tasks run, and how much memory other processes use for it.

    What is measured stands in its ``with`` block; then `cost` works it out.
    """

    def __enter__(self) -> Self:
        self._megabytes = 0.0
        self._before = {process.pid for process in _others()}
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True, name="meter")
        self._watcher.start()
        self._began = time.time()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._watcher.join()

    def cost(
        self, run: FlowRun, small: "Task[Any, Any] | str", computing: int, waiting: int
    ) -> Cost:
        """Work out the cost from what ran meanwhile.

        `small` is a task, or its name, that does next to nothing, of which there are many runs.
        The first half doesn't count: processes had to start.
        """
        first = min(each.start for each in run.task_runs if each.start)
        ends = sorted(each.end for each in run.of(small) if each.end)
        later = ends[len(ends) // 2 :]
        start = max(0.0, first.timestamp() - self._began)
        seconds = (later[-1] - later[0]).total_seconds() / max(1, len(later) - 1)
        return Cost(start, seconds, self._megabytes, computing, waiting)

    def _watch(self) -> None:
        while True:
            added = [_memory(each) for each in _others() if each.pid not in self._before]
            self._megabytes = max(self._megabytes, sum(added))
            if self._over.wait(_LOOK_SECONDS):
                return


def expected_seconds(cost: Cost, tasks: int, seconds: float, work: str) -> tuple[float, ...]:
    """Tell how long it should take to start, to hand over the tasks, and to do them.

    Each takes `seconds` when it has a core for itself; its work is ``"computes"`` or ``"waits"``.
    """
    at_once = cost.computing if work == "computes" else cost.waiting
    return cost.start, tasks * cost.each, math.ceil(tasks / at_once) * seconds


class Placed(Protocol):
    """What a task run tells about where it ran."""

    name: str
    process: int  # its `os.getpid()`
    seconds: float  # how long a core worked on it: a difference of `time.thread_time()`


def busy_cores(run: FlowRun, placed: Sequence[Placed]) -> float:
    """Tell how many cores worked on these task runs on average, from first start to last end."""
    spans = [span for spans in _by_process(run, placed).values() for span in spans]
    if not spans:
        return 0.0
    seconds = max(end for _, end in spans) - min(start for start, _ in spans)
    return sum(each.seconds for each in placed) / seconds if seconds else 0.0


def where_picture(runs: Mapping[str, tuple[FlowRun, Sequence[Placed]]]) -> Picture:
    """Draw when task runs ran and in which process, one panel for each flow run."""
    panels = {name: _by_process(run, placed) for name, (run, placed) in runs.items()}
    heights = [max(1, len(rows)) for rows in panels.values()]
    figure = style.figure(0.6 + 0.42 * sum(heights) + 0.3 * len(panels))
    grid = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (name, rows) in zip(grid, panels.items(), strict=True):
        for row, spans in enumerate(rows.values()):
            _draw_row(axes, row, spans)
        style.rows(axes, list(map(style.words, _labels(list(rows)))))
        axes.set_ylim(max(1, len(rows)) - 0.45, -0.55)
        axes.set_title(f"{name}: {busy_cores(*runs[name]):.1f} cores busy", loc="left", fontsize=10)
        style.tidy(axes, grid="x", sides=["bottom"])
    ends = [
        (each.end - run.start).total_seconds()
        for run, _ in runs.values()
        for each in run.task_runs
        if each.end and run.start
    ]
    grid[-1].set_xlim(0, 1.02 * max([1e-9, *ends]))
    grid[-1].set_xlabel("seconds since the flow run began")
    words = "; ".join(f"{name}: {_in_processes(rows)}" for name, rows in panels.items())
    return Picture.of(figure, f"When the tasks ran, one row for each process. {words}.")


def cost_picture(costs: Mapping[str, Cost]) -> Picture:
    """Draw start, seconds for each task and memory of each way, side by side."""
    figure = style.figure(0.9 + 0.32 * len(costs))
    columns = (
        ("start, seconds", [each.start for each in costs.values()], _START),
        ("each task, milliseconds", [each.each * 1000 for each in costs.values()], _EACH),
        ("memory added, MB", [each.megabytes for each in costs.values()], _WORK),
    )
    panels = figure.subplots(1, 3, sharey=True)
    for axes, (title, values, colour) in zip(panels, columns, strict=True):
        bars = axes.barh(list(costs), values, color=colour, height=0.6)
        labels = [f"{value:.0f}" if value >= 100 else f"{value:.2g}" for value in values]
        axes.bar_label(bars, labels, padding=3, fontsize=9)
        axes.set_xlim(0, max([*values, 1e-9]) * 1.35)
        axes.set_title(title, fontsize=10)
        axes.set_xticks([])
        axes.tick_params(axis="y", length=0)
        style.tidy(axes, sides=["left"])
    panels[0].invert_yaxis()  # the others share it
    what = "seconds until the first task, milliseconds for each task, and megabytes of memory"
    return Picture.of(figure, f"Measured for {', '.join(costs)}: {what}.")


def expected_picture(costs: Mapping[str, Cost], tasks: int, seconds: float, work: str) -> Picture:
    """Draw how long some work should take in each way, and which is the quickest."""
    from matplotlib.patches import Patch

    figure = style.figure(1.3 + 0.32 * len(costs))
    axes = figure.subplots()
    parts = {name: expected_seconds(cost, tasks, seconds, work) for name, cost in costs.items()}
    totals = [sum(found) for found in parts.values()]
    kinds = {"start": _START, "handing over": _EACH, "work": _WORK}
    for row, (name, found) in enumerate(parts.items()):
        left = 0.0
        for length, colour in zip(found, kinds.values(), strict=True):
            axes.barh(name, length, left=left, color=colour, height=0.6)
            left += length
        best = totals[row] == min(totals)
        weight = "bold" if best else "normal"
        axes.text(left, row, f"  {left:.3g} s", va="center", weight=weight)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, max([*totals, 1e-9]) * 1.15)
    axes.set_xlabel("expected seconds")
    style.tidy(axes, sides=["bottom"])
    style.legend(figure, [Patch(color=colour, label=kind) for kind, colour in kinds.items()])
    what = f"{tasks} tasks of {seconds:g} s each that {work[:-1]}, in each of: {', '.join(costs)}"
    bars = "Bars of start, handing over and work; the shortest is marked."
    return Picture.of(figure, " ".join([f"Expected seconds for {what}.", bars]))


def _others() -> list[psutil.Process]:
    """List what this process has started, but for the course's own server."""
    record = lifecycle.alive()
    own = psutil.Process(record.pid) if record and psutil.pid_exists(record.pid) else None
    spared = family(own) if own else []
    return [each for each in family(psutil.Process())[1:] if each not in spared]


def _memory(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        return float(process.memory_info().rss) / _MEGA
    return 0.0


Spans = Sequence[tuple[float, float]]
"""Starts and ends of task runs, in seconds since the flow run began."""


def _by_process(run: FlowRun, placed: Iterable[Placed]) -> dict[int, Spans]:
    """Return when tasks ran in each process, our own first, then in order of their first start."""
    processes = {each.name: each.process for each in placed}
    found: dict[int, list[tuple[float, float]]] = {}
    for each in run.task_runs:
        if each.name in processes and each.start and each.end and run.start:
            start, end = ((at - run.start).total_seconds() for at in (each.start, each.end))
            found.setdefault(processes[each.name], []).append((start, end))
    return dict(sorted(found.items(), key=lambda row: row[0] != os.getpid()))


def _draw_row(axes: "Axes", row: int, spans: Spans) -> None:
    """Draw a process: what runs at the same time in it is drawn one above the other."""
    height = 0.8 / max(1, most_at_once(spans))
    ends: list[float] = []  # of what was drawn last, from top to bottom
    for start, end in spans:
        lane = next((lane for lane, free in enumerate(ends) if free <= start), len(ends))
        ends[lane : lane + 1] = [end]
        y, length = row - 0.4 + height * (lane + 0.5), end - start
        axes.barh(y, length, 0.9 * height, start, color=_WORK, edgecolor=style.INK, linewidth=0.5)


def _labels(processes: Sequence[int]) -> list[str]:
    here = os.getpid()
    others = [process for process in processes if process != here]
    numbered = {process: f"process {number}" for number, process in enumerate(others, 1)}
    return [numbered.get(process, "this notebook") for process in processes]


def _in_processes(processes: Iterable[int]) -> str:
    # How many others is not for the text: on a busy machine one may have done it all.
    places = {each == os.getpid() for each in processes}
    parts = ["in this notebook"] if True in places else []
    parts += ["in other processes"] if False in places else []
    return " and ".join(parts) or "no task runs"
