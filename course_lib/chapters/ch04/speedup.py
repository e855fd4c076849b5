"""What workers gain: measured on recorded runs, and drawn beside what is possible."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.records.runs import FlowRun

_WORKERS = range(1, 9)


def speedup(run: FlowRun) -> float:
    """Return how many times as long the run's task runs would take one after the other.

    That is the sum of their recorded durations, divided by the time from the first start to the
    last end. Pauses between attempts count as time, not as work. It is 1 without any task runs.
    """
    attempts = [each for task_run in run.task_runs for each in task_run.attempts]
    spans = [(each.start, each.end) for each in attempts if each.end]
    if not spans:
        return 1.0
    work = sum((end - start).total_seconds() for start, end in spans)
    time = max(end for _, end in spans) - min(start for start, _ in spans)
    return work / time.total_seconds() if time else 1.0


def possible_speedup(requests: int, workers: int) -> float:
    """Return the most that `workers` can gain with equal requests, which they take in rounds."""
    return requests / ceil(requests / workers)


def speedup_picture(measured: Mapping[tuple[int, int], float], requests: int) -> Picture:
    """Draw what 1 to 8 workers can gain for a number of equal requests, and what was measured.

    The speed-ups in `measured` are by (requests, workers); those for another number of requests
    are left out.
    """
    found = {workers: gain for (of, workers), gain in sorted(measured.items()) if of == requests}
    possible = [possible_speedup(requests, workers) for workers in _WORKERS]
    figure = style.figure(3.2)
    axes = figure.subplots()
    axes.plot(_WORKERS, possible, color=style.BLUE, marker=".", label="possible")
    if found:
        dots: dict[str, Any] = {"color": style.RED, "marker": "o", "linestyle": "none"}
        axes.plot(list(found), list(found.values()), markersize=8, label="measured", **dots)
    axes.set_xticks(_WORKERS)
    limits = {
        "xlim": (0.7, _WORKERS[-1] + 0.3),
        "ylim": (0, max([requests, *found.values()]) * 1.08),
    }
    axes.set(xlabel="workers", ylabel=f"speed-up of {requests} requests", **limits)
    style.tidy(axes, grid="both")
    style.legend(figure)
    line = ", ".join(f"{each:.2g}" for each in possible)
    words = f"Speed-up of {requests} equal requests by 1 to {_WORKERS[-1]} workers"
    return Picture.of(figure, f"{words}: possible are {line}; {_points(list(found))}.")


def _points(workers: list[int]) -> str:
    if not workers:
        return "nothing measured yet"
    *first, last = map(str, workers)
    listed = f"{', '.join(first)} and {last}" if first else last
    return f"measured for {listed} worker{'' if listed == '1' else 's'}"
