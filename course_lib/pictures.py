"""Pictures of a snapshot: each attempt and each wait of a run, on the clock of the server."""

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from course_lib.runs import Attempt, FlowRun, TaskRun
from course_lib.tables import INDENT

# Colours that colour-blind people can tell apart (Okabe and Ito's palette).
_COLOURS = {
    "Completed": "#009E73",
    "failed attempt": "#D55E00",
    "Cached": "#56B4E9",
    "waiting": "#E69F00",
    "other": "#999999",
}
_FAILED = frozenset({"Failed", "Crashed", "TimedOut", "AwaitingRetry", "Retrying"})
_AXIS = "seconds since the run began"
_WIDTH = 7.2  # inches; with _DPI and _SCALE as wide as a notebook's text
_ROW = 0.3
_DPI = 100
_SCALE = 2  # pixels a CSS pixel, so that it is sharp on today's screens
_LABELLED_ROWS = 40


@dataclass(frozen=True)
class Bar:
    """A stretch of a row: `start` and `length` in seconds since the flow run began."""

    row: int
    start: float
    length: float
    kind: str


def bars(run: FlowRun) -> tuple[list[str], list[Bar]]:
    """Lay out a run: the rows' labels from top to bottom, and their bars."""
    labels: list[str] = []
    found: list[Bar] = []
    begin = run.start
    if begin is None:
        return labels, found
    for depth, member in _members(run):
        row = len(labels)
        if isinstance(member, FlowRun):
            labels.append(INDENT * depth + member.flow)
            whole = Attempt(member.start or begin, member.end, "other")
            found += _bar(row, begin, run.end, whole, "other")
            continue
        labels.append(INDENT * depth + member.task)
        for attempt in member.attempts:
            found += _bar(row, begin, run.end, attempt, _kind(attempt))
        for since, until in member.waits:
            found += _bar(row, begin, run.end, Attempt(since, until, None), "waiting")
    return labels, found


def describe(run: FlowRun) -> str:
    """Say in words what the timeline shows, for those who can't see it; no times, no ids."""
    _, found = bars(run)
    kinds = Counter(bar.kind for bar in found)
    parts = [f"{kinds[kind]} {kind}" for kind in _COLOURS if kinds[kind]]
    count = sum(1 for _, member in _members(run) if isinstance(member, TaskRun))
    return (
        f"Timeline of the flow run {run.flow!r}, {run.state.name}: "
        f"{count} task run{'' if count == 1 else 's'}, one row each; bars: {', '.join(parts) or 'none'}."
    )


def timeline_png(run: FlowRun) -> bytes:
    """Draw the timeline as a PNG file."""
    from matplotlib.figure import Figure  # no pyplot: callbacks of widgets draw in threads
    from matplotlib.patches import Patch

    labels, found = bars(run)
    rows = max(1, len(labels))
    labelled = rows <= _LABELLED_ROWS
    height = 0.8 + _ROW * rows if labelled else 0.8 + _ROW * _LABELLED_ROWS
    figure = Figure(figsize=(_WIDTH, height), dpi=_DPI * _SCALE, layout="constrained")
    axes = figure.subplots()
    for bar in found:
        axes.barh(
            bar.row,
            bar.length,
            left=bar.start,
            height=0.25 if bar.kind == "waiting" else 0.7,
            color=_COLOURS[bar.kind],
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
    handles = [
        Patch(color=colour, label=kind) for kind, colour in _COLOURS.items() if kind in kinds
    ]
    if handles:
        figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), frameon=False)
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def timeline(run: FlowRun) -> None:
    """Show the timeline of a run below the cell, with a text for those who can't see it."""
    from IPython.display import display

    text = describe(run)
    data = {"image/png": timeline_png(run), "text/plain": text}
    display(data, metadata=png_metadata(text), raw=True)  # type: ignore[no-untyped-call]


def png_metadata(alt: str) -> dict[str, dict[str, str | int]]:
    """Give the metadata with which Jupyter shows a PNG of ours: its text and its width."""
    return {"image/png": {"alt": alt, "width": int(_WIDTH * _DPI)}}


def _members(run: FlowRun, depth: int = 0) -> Iterator[tuple[int, TaskRun | FlowRun]]:
    members: list[TaskRun | FlowRun] = [*run.task_runs, *run.subflows]
    for member in sorted(members, key=lambda each: each.start or datetime.max.astimezone()):
        yield depth, member
        if isinstance(member, FlowRun):
            yield from _members(member, depth + 1)


def _kind(attempt: Attempt) -> str:
    if attempt.outcome in _FAILED:
        return "failed attempt"
    return attempt.outcome if attempt.outcome in _COLOURS else "other"


def _bar(row: int, begin: datetime, last: datetime | None, of: Attempt, kind: str) -> list[Bar]:
    end = of.end or last or of.start
    return [Bar(row, (of.start - begin).total_seconds(), (end - of.start).total_seconds(), kind)]
