"""What workers gain: measured on recorded runs, and drawn beside what is possible."""

from collections.abc import Mapping
from math import ceil

from course_lib.display.pictures import Picture
from course_lib.records.runs import FlowRun

_WORKERS = range(1, 9)
_POSSIBLE, _MEASURED = "#0072B2", "#D55E00"  # of Okabe and Ito's palette, as in the timelines


def speedup(run: FlowRun) -> float:
    """Tell how many times as long the run's task runs would take one after the other.

    That is the sum of their recorded durations, divided by the time from the first start to the
    last end. Pauses between attempts count as time, not as work. A run without task runs gives 1.
    """
    attempts = [
        (attempt.start, attempt.end)
        for task_run in run.task_runs
        for attempt in task_run.attempts
        if attempt.end is not None
    ]
    if not attempts:
        return 1.0
    work = sum((end - start).total_seconds() for start, end in attempts)
    span = max(end for _, end in attempts) - min(start for start, _ in attempts)
    return work / span.total_seconds() if span else 1.0


def possible_speedup(requests: int, workers: int) -> float:
    """Give the most that `workers` can gain with equal requests, which they take in rounds."""
    return requests / ceil(requests / workers)


def speedup_picture(measured: Mapping[tuple[int, int], float], requests: int) -> Picture:
    """Draw what 1 to 8 workers can gain for a number of requests, and what was measured.

    Parameters
    ----------
    measured
        Speed-ups by (requests, workers); those for another number of requests are left out.
    requests
        How many equal requests there are.
    """
    from matplotlib.figure import Figure  # no pyplot: callbacks of widgets draw in threads

    found = {workers: gain for (of, workers), gain in sorted(measured.items()) if of == requests}
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.plot(
        _WORKERS,
        [possible_speedup(requests, workers) for workers in _WORKERS],
        color=_POSSIBLE,
        marker=".",
        label="possible",
    )
    if found:
        axes.plot(
            list(found),
            list(found.values()),
            color=_MEASURED,
            marker="o",
            markersize=8,
            linestyle="none",
            label="measured",
        )
    axes.set_xlim(0.7, _WORKERS[-1] + 0.3)
    axes.set_xticks(_WORKERS)
    axes.set_ylim(0, max([requests, *found.values()]) * 1.08)
    axes.set_xlabel("workers")
    axes.set_ylabel(f"speed-up of {requests} requests")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    figure.legend(loc="outside upper left", ncols=2, frameon=False)
    return Picture.of(figure, _words(requests, list(found)))


def _words(requests: int, workers: list[int]) -> str:
    line = ", ".join(f"{possible_speedup(requests, each):.2g}" for each in _WORKERS)
    points = f"measured for {_listed(workers)}" if workers else "nothing measured yet"
    return (
        f"Speed-up of {requests} equal requests by 1 to {_WORKERS[-1]} workers: "
        f"possible are {line}; {points}."
    )


def _listed(workers: list[int]) -> str:
    *first, last = map(str, workers)
    listed = f"{', '.join(first)} and {last}" if first else last
    return f"{listed} worker{'' if listed == '1' else 's'}"
