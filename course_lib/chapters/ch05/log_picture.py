"""A picture of a run's log: each line as a mark at its time, on the bar of the task that wrote it."""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from course_lib.display.pictures import Picture
from course_lib.records.reading import read_logs
from course_lib.records.runs import FlowRun, LogLine, TaskRun

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

# Colour and form: who can't tell the colours apart can tell the forms.
_MARKS = {
    "DEBUG": ("#888888", "."),
    "INFO": ("#0072B2", "o"),
    "WARNING": ("#E69F00", "^"),
    "ERROR": ("#D55E00", "X"),
    "CRITICAL": ("#000000", "*"),
}
_BAR = "#d5dde3"
_WIDTH = 7.2  # inches, as wide as the timeline
_ROW = 0.42
_LANES = 0.3  # of a row's height, above and below its middle


def log_picture(run: FlowRun, level: Level = "DEBUG") -> Picture:
    """Draw the lines that a flow run and its task runs logged, on the timeline of the run.

    Parameters
    ----------
    run
        A snapshot. The lines of flows that it called belong to their own runs.
    level
        The lowest level to draw. The number beside a row tells how many of its lines that leaves.

    Raises
    ------
    ValueError
        If there is no such level.
    CourseError
        If the run's lines don't arrive within a minute.
    """
    return draw(run, read_logs(run), level)


def describe_log(run: FlowRun, lines: Sequence[LogLine], level: Level = "DEBUG") -> str:
    """Say in words what the picture shows, for those who can't see it; no times, no ids."""
    shown = Counter(_known(line.level) for line in lines if _kept(line, level))
    parts = ", ".join(f"{shown[name]} {name}" for name in _MARKS if shown[name])
    count = f"{shown.total()} of {len(lines)} line{'' if len(lines) == 1 else 's'}"
    return f"Log of the flow run {run.flow!r} from {level} up: {count} ({parts or 'none'})."


def draw(run: FlowRun, lines: Sequence[LogLine], level: Level = "DEBUG") -> Picture:
    """Draw lines that were read before; otherwise like `log_picture`."""
    from matplotlib.figure import Figure  # no pyplot: callbacks of widgets draw in threads
    from matplotlib.lines import Line2D

    if level not in _MARKS:
        raise ValueError(f"There is no level {level!r}; choose one of {', '.join(_MARKS)}.")
    rows: list[FlowRun | TaskRun] = [run, *(each for each in run.task_runs if each.start)]
    begin = min(
        [line.at for line in lines] + [row.start for row in rows if row.start], default=None
    )
    figure = Figure(figsize=(_WIDTH, 1.0 + _ROW * len(rows)), layout="constrained")
    axes = figure.subplots()
    counts: list[str] = []
    for number, row in enumerate(rows):
        own = [line for line in lines if line.task_run_id == (row.id if number else None)]
        kept = [line for line in own if _kept(line, level)]
        counts.append(f"{len(kept)} of {len(own)}")
        if begin is None:
            continue
        if row.start and row.end:
            left, right = _seconds(begin, row.start), _seconds(begin, row.end)
            axes.barh(number, right - left, left=left, height=0.8, color=_BAR)
        for line in kept:
            colour, form = _MARKS[_known(line.level)]
            place = number + _lane(_known(line.level))
            axes.plot(_seconds(begin, line.at), place, form, color=colour, markersize=6)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), [f"flow {run.flow}", *(row.name for row in rows[1:])])
    axes.set_xlabel("seconds since the run began")
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    beside = axes.secondary_yaxis("right")
    beside.set_yticks(range(len(rows)), counts)
    beside.tick_params(length=0)
    beside.spines["right"].set_visible(False)
    present = {_known(line.level) for line in lines if _kept(line, level)}
    handles = [
        Line2D([], [], color=colour, marker=form, linestyle="none", label=name)
        for name, (colour, form) in _MARKS.items()
        if name in present
    ]
    if handles:
        figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), frameon=False)
    return Picture.of(figure, describe_log(run, lines, level))


def _kept(line: LogLine, level: Level) -> bool:
    return _number(line.level) >= _number(level)


def _number(level: str) -> int:
    known = logging.getLevelNamesMapping().get(level)
    return int(level.removeprefix("Level ")) if known is None else known  # "Level 25"


def _known(level: str) -> str:
    """Give the level of ours at or below a level that somebody made up."""
    below = [name for name in _MARKS if _number(name) <= _number(level)]
    return below[-1] if below else "DEBUG"


def _lane(level: str) -> float:
    """Each level has its height in a row, so that lines of one instant don't hide each other."""
    names = list(_MARKS)
    return _LANES * (1 - 2 * names.index(level) / (len(names) - 1))


def _seconds(begin: datetime, at: datetime) -> float:
    return (at - begin).total_seconds()
