"""The timeline of a run: each attempt and each wait, on the clock of the server."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from course_lib.display import style
from course_lib.display.pictures import Picture, picture
from course_lib.display.tables import INDENT
from course_lib.records.runs import Attempt, FlowRun, TaskRun, by_start

_FAILURE = "failed attempt"
COLOURS = {
    "Completed": style.GREEN,
    _FAILURE: style.RED,
    "Cached": style.SKY_BLUE,
    "waiting": style.ORANGE,
    "paused": style.PINK,
    "running": style.BLUE,
    "called flow": style.LIGHT_GREY,
    "other": style.GREY,
}
_FAILED = frozenset({"Failed", "Crashed", "TimedOut", "AwaitingRetry", "Retrying"})
_ROW = 0.3  # inches
_LABELLED_ROWS = 40
_MARGIN = 1.05  # behind the last bar, as Matplotlib leaves it
_SHORTEST = 0.004  # of the time that the picture covers; below that a bar could not be seen


@dataclass(frozen=True)
class Bar:
    """A stretch of a row: `start` and `length` in seconds since the flow run began."""

    row: int
    start: float
    length: float
    kind: str


def bars(run: FlowRun, now: datetime | None = None) -> tuple[list[str], list[Bar]]:
    """Lay out a run: the rows' labels from top to bottom, and their bars.

    What has not ended is drawn up to `now`, or to the end of the flow run. A run that was paused
    has a row of its own above the others.
    """
    labels: list[str] = []
    found: list[Bar] = []
    begin = run.start
    if begin is None:
        return labels, found

    def add(row: int, start: datetime, end: datetime | None, kind: str) -> None:
        end = end or run.end or now or start
        length = (end - start).total_seconds()
        found.append(Bar(row, (start - begin).total_seconds(), length, kind))

    if run.pauses:
        labels.append(run.flow)
        for since, until in run.pauses:
            add(0, since, until, "paused")
    for depth, member in _members(run):
        row = len(labels)
        if isinstance(member, FlowRun):
            labels.append(INDENT * depth + member.flow)
            kind = _FAILURE if member.state.name in _FAILED else "called flow"
            add(row, member.start or begin, member.end, kind)
            for since, until in member.pauses:
                add(row, since, until, "paused")
        else:
            labels.append(INDENT * depth + member.task)
            for attempt in member.attempts:
                add(row, attempt.start, attempt.end, _kind(attempt))
            for since, until in member.waits:
                add(row, since, until, "waiting")
    return labels, found


def describe(run: FlowRun) -> str:
    """Return in words what the timeline shows, for those who can't see it; no times, no ids."""
    _, found = bars(run)
    kinds = Counter(bar.kind for bar in found)
    parts = [f"{kinds[kind]} {kind}" for kind in COLOURS if kinds[kind]]
    count = sum(1 for _, member in _members(run) if isinstance(member, TaskRun))
    return (
        f"Timeline of the flow run {run.flow!r}, {run.state.name}: "
        f"{count} task run{'' if count == 1 else 's'}, one row each; bars: {', '.join(parts) or 'none'}."
    )


def timeline_picture(run: FlowRun, seconds: float | None = None) -> Picture:
    """Draw the timeline of a run, with a time scale of as many seconds as given or as needed."""
    from matplotlib.patches import Patch

    labels, found = bars(run)
    count = max(1, len(labels))
    labelled = count <= _LABELLED_ROWS
    figure = style.figure(0.8 + _ROW * min(count, _LABELLED_ROWS))
    axes = figure.subplots()
    shortest = _SHORTEST * (seconds or span(found))
    for bar in found:
        look: dict[str, Any] = {"color": COLOURS[bar.kind], "linewidth": 0.5}
        look["edgecolor"] = style.INK if labelled else "none"
        look["height"] = 0.25 if bar.kind == "waiting" else 0.7
        axes.barh(bar.row, max(bar.length, shortest), left=bar.start, **look)
    style.rows(axes, labels)
    if not labelled:
        axes.set_yticks([])
    axes.set(xlim=(0, seconds), xlabel="seconds since the run began")
    style.tidy(axes, grid="x", sides=["bottom"])
    kinds = {bar.kind for bar in found}
    shown = [Patch(color=colour, label=kind) for kind, colour in COLOURS.items() if kind in kinds]
    style.legend(figure, shown)
    return Picture.of(figure, describe(run))


def timeline(*runs: FlowRun) -> None:
    """Show the timeline of a run below the cell, with a text for those who can't see it.

    Those of several runs have one time scale, so that they can be compared.
    """
    seconds = max(span(bars(run)[1]) for run in runs) * _MARGIN if len(runs) > 1 else None
    for run in runs:
        picture(timeline_picture(run, seconds))


def span(found: list[Bar]) -> float:
    """Return after how many seconds the last of these bars ends."""
    return max((bar.start + bar.length for bar in found), default=0.0)


def _members(run: FlowRun, depth: int = 0) -> Iterator[tuple[int, TaskRun | FlowRun]]:
    members: list[TaskRun | FlowRun] = [*run.task_runs, *run.subflows]
    for member in sorted(members, key=by_start):
        yield depth, member
        if isinstance(member, FlowRun):
            yield from _members(member, depth + 1)


def _kind(attempt: Attempt) -> str:
    if attempt.end is None:
        return "running"
    if attempt.outcome in _FAILED:
        return _FAILURE
    return attempt.outcome if attempt.outcome in COLOURS else "other"
