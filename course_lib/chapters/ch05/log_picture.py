"""A picture of a run's log: each line as a mark at its time, on the bar of the task that wrote it."""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.records.reading import read_logs
from course_lib.records.runs import FlowRun, LogLine, TaskRun

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

# Colour, form (for who can't tell the colours apart) and height above the middle of a row, so that
# lines of one instant don't hide each other.
_MARKS = {
    "DEBUG": (style.GREY, ".", -0.3),
    "INFO": (style.BLUE, "o", -0.15),
    "WARNING": (style.ORANGE, "^", 0.0),
    "ERROR": (style.RED, "X", 0.15),
    "CRITICAL": (style.INK, "*", 0.3),
}
_BAR = style.GRID
_ROW = 0.42  # inches


def log_picture(run: FlowRun, level: Level = "DEBUG") -> Picture:
    """Draw the lines that a flow run and its task runs logged, on the timeline of the run.

    The lines of flows that it called belong to their own runs. Lines below the level are left out:
    the number beside a row tells how many of its lines are drawn.
    """
    return draw(run, read_logs(run), level)


def draw(run: FlowRun, lines: Sequence[LogLine], level: Level = "DEBUG") -> Picture:
    """Draw lines that were read before; otherwise like `log_picture`."""
    from matplotlib.lines import Line2D

    if level not in _MARKS:
        raise ValueError(f"There is no level {level!r}; choose one of {', '.join(_MARKS)}.")
    rows: dict[UUID | None, FlowRun | TaskRun] = {None: run}
    rows |= {each.id: each for each in run.task_runs if each.start}
    shown = [line for line in lines if _number(line.level) >= _number(level)]
    moments = [line.at for line in lines] + [row.start for row in rows.values() if row.start]
    begin = min(moments, default=datetime.now(UTC))

    def x(moment: datetime) -> float:
        return (moment - begin).total_seconds()

    figure = style.figure(1.0 + _ROW * len(rows))
    axes = figure.subplots()
    for number, row in enumerate(rows.values()):
        if row.start and row.end:
            length = x(row.end) - x(row.start)
            axes.barh(number, length, left=x(row.start), height=0.8, color=_BAR)
    places = list(rows)
    for line in shown:
        if line.task_run_id in rows:
            colour, form, above = _MARKS[_known(line.level)]
            y = places.index(line.task_run_id) - above
            axes.plot(x(line.at), y, form, color=colour, markersize=6)
    style.rows(
        axes, [style.words(f"flow {run.flow}"), *(each.name for key, each in rows.items() if key)]
    )
    axes.set_xlabel("seconds since the run began")
    style.tidy(axes, grid="x", sides=["bottom"])
    beside = axes.secondary_yaxis("right")
    drawn, all_lines = (Counter(line.task_run_id for line in each) for each in (shown, lines))
    beside.set_yticks(
        range(len(rows)), [style.words(f"{drawn[key]} of {all_lines[key]}") for key in rows]
    )
    beside.tick_params(length=0)
    beside.spines["right"].set_visible(False)
    levels = Counter(_known(line.level) for line in shown)
    present = {name: look for name, look in _MARKS.items() if levels[name]}
    handles = [
        Line2D([], [], color=colour, marker=form, linestyle="none", label=name)
        for name, (colour, form, _) in present.items()
    ]
    style.legend(figure, handles)
    count = f"{len(shown)} of {len(lines)} line{'' if len(lines) == 1 else 's'}"
    listed = ", ".join(f"{levels[name]} {name}" for name in present) or "none"
    words = f"Log of the flow run {run.flow!r} from {level} up: {count} ({listed})."
    return Picture.of(figure, words)


def _number(level: str) -> int:
    known = logging.getLevelNamesMapping().get(level)
    return int(level.removeprefix("Level ")) if known is None else known  # "Level 25"


def _known(level: str) -> str:
    """Return the level of ours at or below a level that somebody made up."""
    below = [name for name in _MARKS if _number(name) <= _number(level)]
    return below[-1] if below else "DEBUG"
