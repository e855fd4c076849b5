"""Which processes a cell starts, and what these start: watched for real, and drawn."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil

from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.records.reading import read_logs
from course_lib.records.runs import FlowRun, LogLine
from course_lib.server.internals import FINISHED
from course_lib.server.processes import is_alive, wait_for_end
from course_lib.waiting import wait_until

if TYPE_CHECKING:
    from matplotlib.artist import Artist

_EVERY = 0.03  # seconds between two looks: each lists the numbers of all processes, no more
_AFTER = 0.5


@dataclass
class WatchedProcess:
    """One process: its program, and the seconds since 1970 between which it was seen to run."""

    process: psutil.Process = field(repr=False)
    name: str  # its script and the words after it, ``pull.py north``, or else the program
    first: float
    last: float | None = None  # None as long as it runs


class Programs:
    """Watches each process that this one starts in a ``with`` block, and those that it starts.

    It looks every 30 ms, so one that ends sooner may be missed. Those whose parent ends before
    them are followed on. Where some still run at the end of the block, it watches on for half a
    second, so that a picture shows them going on.
    """

    def __init__(self) -> None:
        self.seen: list[WatchedProcess] = []
        self.began = self.ended = 0.0
        """Seconds since 1970 between which was watched."""
        self._before: set[int] = set()
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True, name="programs")

    @property
    def running(self) -> tuple[str, ...]:
        """The names of those that run at this moment, also after the block; sorted."""
        return tuple(sorted(each.name for each in self.seen if is_alive(each.process)))

    def end(self) -> None:
        """End those that still run, at once."""
        left = [each.process for each in self.seen if is_alive(each.process)]
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        wait_for_end(left, timeout=10)

    def __enter__(self) -> Self:
        self._before = set(psutil.pids())
        self.began = time.time()
        self._watcher.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._watcher.join()
        wait_until(self._all_ended, _AFTER, _EVERY)
        self.ended = time.time()

    def _watch(self) -> None:
        while not self._stop.wait(_EVERY):
            self._look()

    def _all_ended(self) -> bool:
        self._look()
        return all(each.last is not None for each in self.seen)

    def _look(self) -> None:
        now = time.time()
        parents = {psutil.Process().pid, *(each.process.pid for each in self.seen)}
        for number in sorted(set(psutil.pids()) - self._before):
            with suppress(psutil.Error):
                process = psutil.Process(number)
                if process.ppid() in parents:  # a child has mostly the greater number
                    self.seen.append(WatchedProcess(process, "", now))
                    parents.add(number)
                    self._before.add(number)
        for each in self.seen:
            if each.last is None:
                with suppress(psutil.Error):  # for a moment it is a copy of what started it
                    each.name = _name(each.process.cmdline()) or each.name
                if not is_alive(each.process):
                    each.last = now


def program_picture(
    programs: Programs, run: FlowRun | None = None, limit: float | None = None
) -> Picture:
    """Draw when each of the watched processes ran.

    Where `run` has task runs with the names of scripts, such as ``pull.py``, their log lines are
    marked on the scripts' bars. A line marks `limit`, in seconds after the first process began.
    """
    return draw(programs, read_logs(run) if run else (), limit)


def draw(programs: Programs, lines: Sequence[LogLine], limit: float | None = None) -> Picture:
    """Draw with lines that were read before; otherwise like `program_picture`."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    rows = programs.seen
    zero = rows[0].first if rows else programs.began
    figure = style.figure(1.0 + 0.42 * max(1, len(rows)))
    axes = figure.subplots()
    colours = {"ran, and ended": style.BLUE, "still runs": style.RED}
    labels = ["still runs" if each.last is None else "ran, and ended" for each in rows]
    for row, (each, label) in enumerate(zip(rows, labels, strict=True)):
        seconds = (each.last or programs.ended) - each.first
        axes.barh(row, seconds, left=each.first - zero, height=0.6, color=colours[label])
    handles: list[Artist] = [
        Patch(color=colour, label=label) for label, colour in colours.items() if label in labels
    ]
    marks = [
        (line.at.timestamp() - zero, row)
        for row, each in enumerate(rows)
        for line in lines
        if line.task == each.name.split()[0] and _printed(line)
    ]
    if marks:
        dot: dict[str, Any] = {"color": "white", "markeredgecolor": style.INK, "markersize": 5.0}
        axes.plot(*zip(*marks, strict=True), "o", **dot)
        handles.append(Line2D([], [], ls="", marker="o", label="a line of output", **dot))
    if limit is not None:
        dashed: dict[str, Any] = {"color": style.INK, "linestyle": "--", "linewidth": 1}
        handles.append(axes.axvline(limit, label="the time limit", **dashed))
    style.rows(axes, [each.name for each in rows])
    end = max(programs.ended - zero, (limit or 0) * 1.05)
    axes.set(xlim=(0, end), xlabel="seconds since the first began")
    style.tidy(axes, grid="x", sides=["bottom"])
    style.legend(figure, handles)
    ends = Counter(sorted((each.name, each.last is None) for each in rows))
    parts = [
        f"{number if number > 1 else ''} {name} {'still runs' if runs else 'ended'}".strip()
        for (name, runs), number in ends.items()
    ]
    return Picture.of(figure, f"Processes over time, one row each: {', '.join(parts) or 'none'}.")


def _printed(line: LogLine) -> bool:
    """Whether a script may have printed the line, rather than Prefect about its task run."""
    return line.level in ("INFO", "WARNING") and not line.message.startswith(FINISHED)


def _name(command: Sequence[str]) -> str:
    """Name a process by its script and the plain words after it, else by its program."""
    for number, part in enumerate(command):
        if part.endswith(".py"):
            words = takewhile(str.isalpha, command[number + 1 :])
            return " ".join([Path(part).name, *words])
    return Path(command[0]).name if command else ""
