"""Pictures of a snapshot: each attempt and each wait of a run, on the clock of the server."""

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from course_lib.display.tables import INDENT
from course_lib.records.runs import Attempt, FlowRun, TaskRun, by_start

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FAILURE = "failed attempt"
# Colours that colour-blind people can tell apart (Okabe and Ito's palette).
COLOURS = {
    "Completed": "#009E73",
    _FAILURE: "#D55E00",
    "Cached": "#56B4E9",
    "waiting": "#E69F00",
    "paused": "#CC79A7",
    "running": "#0072B2",
    "called flow": "#BBBBBB",
    "other": "#999999",
}
_FAILED = frozenset({"Failed", "Crashed", "TimedOut", "AwaitingRetry", "Retrying"})
_AXIS = "seconds since the run began"
_WIDTH = 7.2  # inches; with _DPI and _SCALE as wide as a notebook's text
_ROW = 0.3
_DPI = 100
_SCALE = 2  # pixels a CSS pixel, so that it is sharp on today's screens
_LABELLED_ROWS = 40
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
    last = run.end or now
    if run.pauses:
        labels.append(run.flow)
        found += _paused(0, begin, last, run)
    for depth, member in _members(run):
        row = len(labels)
        if isinstance(member, FlowRun):
            labels.append(INDENT * depth + member.flow)
            whole = Attempt(member.start or begin, member.end, member.state.name)
            failed = member.state.name in _FAILED
            found += _bar(row, begin, last, whole, _FAILURE if failed else "called flow")
            found += _paused(row, begin, last, member)
            continue
        labels.append(INDENT * depth + member.task)
        for attempt in member.attempts:
            found += _bar(row, begin, last, attempt, _kind(attempt))
        for since, until in member.waits:
            found += _bar(row, begin, last, Attempt(since, until, None), "waiting")
    return labels, found


def describe(run: FlowRun) -> str:
    """Say in words what the timeline shows, for those who can't see it; no times, no ids."""
    _, found = bars(run)
    kinds = Counter(bar.kind for bar in found)
    parts = [f"{kinds[kind]} {kind}" for kind in COLOURS if kinds[kind]]
    count = sum(1 for _, member in _members(run) if isinstance(member, TaskRun))
    return (
        f"Timeline of the flow run {run.flow!r}, {run.state.name}: "
        f"{count} task run{'' if count == 1 else 's'}, one row each; bars: {', '.join(parts) or 'none'}."
    )


@dataclass(frozen=True)
class Picture:
    """A PNG file with the text that says the same in words. Jupyter shows it by itself."""

    png: bytes = field(repr=False)
    alt: str

    @classmethod
    def of(cls, figure: "Figure", alt: str) -> "Picture":
        """Draw a Matplotlib figure."""
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=_DPI * _SCALE, metadata={"Software": None})
        return cls(file.getvalue(), alt)

    @property
    def metadata(self) -> dict[str, dict[str, str | int]]:
        """What Jupyter is told beside the PNG: the text, and the width in CSS pixels."""
        width = int.from_bytes(self.png[16:20], "big")  # so the PNG format has it
        return {"image/png": {"alt": self.alt, "width": width // _SCALE}}

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, object], dict[str, Any]]:
        return {"image/png": self.png, "text/plain": self.alt}, self.metadata


def timeline_picture(run: FlowRun) -> Picture:
    """Draw the timeline of a run."""
    from matplotlib.figure import Figure  # no pyplot: callbacks of widgets draw in threads
    from matplotlib.patches import Patch

    labels, found = bars(run)
    rows = max(1, len(labels))
    labelled = rows <= _LABELLED_ROWS
    height = 0.8 + _ROW * rows if labelled else 0.8 + _ROW * _LABELLED_ROWS
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    axes = figure.subplots()
    shortest = _SHORTEST * max((bar.start + bar.length for bar in found), default=0.0)
    for bar in found:
        axes.barh(
            bar.row,
            max(bar.length, shortest),
            left=bar.start,
            height=0.25 if bar.kind == "waiting" else 0.7,
            color=COLOURS[bar.kind],
            edgecolor="white" if labelled else "none",
            linewidth=0.5,
        )
    axes.set_ylim(rows - 0.4, -0.6)
    axes.set_yticks(range(rows) if labelled else [], labels if labelled else [])
    axes.set_xlim(left=0)
    axes.set_xlabel(_AXIS)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    kinds = {bar.kind for bar in found}
    handles = [Patch(color=colour, label=kind) for kind, colour in COLOURS.items() if kind in kinds]
    if handles:
        figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), frameon=False)
    return Picture.of(figure, describe(run))


def timeline(run: FlowRun) -> None:
    """Show the timeline of a run below the cell, with a text for those who can't see it."""
    picture(timeline_picture(run))


def picture(figure: "Figure | Picture", alt: str = "") -> None:
    """Show a picture below the cell.

    Parameters
    ----------
    figure
        A Matplotlib figure of your own, or a picture of the course's.
    alt
        What the figure shows, in words, for those who can't see it. It must be the same each
        time: no measured numbers.
    """
    from IPython.display import display

    shown = figure if isinstance(figure, Picture) else Picture.of(figure, alt)
    display(shown)  # type: ignore[no-untyped-call]


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


def _paused(row: int, begin: datetime, last: datetime | None, run: FlowRun) -> Iterator[Bar]:
    for since, until in run.pauses:
        yield from _bar(row, begin, last, Attempt(since, until, None), "paused")


def _bar(row: int, begin: datetime, last: datetime | None, of: Attempt, kind: str) -> list[Bar]:
    end = of.end or last or of.start
    return [Bar(row, (of.start - begin).total_seconds(), (end - of.start).total_seconds(), kind)]
