"""Who does what: the processes behind a deployed run, watched while it runs, then drawn.

The processes are the real ones, as the operating system lists them; the states are those that
the server recorded. Both are on this machine's clock.
"""

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psutil

from course_lib.display.pictures import COLOURS, Picture
from course_lib.records.runs import FlowRun, State
from course_lib.server import lifecycle
from course_lib.server.processes import is_alive
from course_lib.server.workers import Worker

KERNEL, SERVER, WORKER, RUN = "this notebook", "server", "worker", "the run's process"
_LOOK_SECONDS = 0.1
_PROCESS, _OF_THE_RUN = "#999999", "#0072B2"  # of Okabe and Ito's palette, as in the timelines
_STATES = {
    "Scheduled": "#F0E442",
    "Late": "#E69F00",
    "Pending": "#56B4E9",
    "Submitting": "#CC79A7",
    "Running": "#0072B2",
    "Suspended": "#D9D9D9",
    "Resuming": "#F0E442",
}
_ENDED = {"COMPLETED": COLOURS["Completed"], "CRASHED": "#000000"}


@dataclass(frozen=True)
class Sighting:
    """One process, as seen while we watched."""

    role: str
    """``"this notebook"``, ``"server"``, ``"worker"`` or ``"the run's process"``."""
    pid: int
    command: tuple[str, ...]
    parent: int
    began: datetime
    """When it was seen first: its start, or the start of the watch."""
    ended: datetime | None
    """When it was gone, or None where it outlived the watch."""


class ProcessWatch:
    """Watches the processes of the course while a run goes on; a context manager.

    Parameters
    ----------
    worker
        The worker whose runs are to be watched. It may start and end meanwhile.

    Examples
    --------
    >>> with ProcessWatch(worker) as watch:
    ...     run = course.read_run(flow_run_id)
    >>> process_picture(run, watch.seen)
    """

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._found: dict[psutil.Process, Sighting] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="process watch")

    def __enter__(self) -> "ProcessWatch":
        self._look()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        # A run reports its end a moment before its process ends.
        self._wait_for_runs(seconds=0 if kind else 10)
        self._over.set()
        self._thread.join()

    @property
    def seen(self) -> tuple[Sighting, ...]:
        """All processes seen so far, in the order in which they were seen."""
        return tuple(self._found.values())

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            self._look()

    def _wait_for_runs(self, seconds: float) -> None:
        latest = datetime.now(UTC) + timedelta(seconds=seconds)
        while datetime.now(UTC) < latest and any(
            each.role == RUN and each.ended is None for each in self.seen
        ):
            self._over.wait(_LOOK_SECONDS)

    def _look(self) -> None:
        now = datetime.now(UTC)
        for process, role in self._processes():
            with suppress(psutil.Error):
                began = self._found[process].began if process in self._found else now
                # Read anew each time: one process may become another program.
                command = tuple(process.cmdline())
                self._found[process] = Sighting(
                    role, process.pid, command, process.ppid(), began, None
                )
        for process, sighting in self._found.items():
            if sighting.ended is None and not is_alive(process):
                self._found[process] = Sighting(**{**vars(sighting), "ended": now})

    def _processes(self) -> list[tuple[psutil.Process, str]]:
        found = [(psutil.Process(os.getpid()), KERNEL)]
        with suppress(psutil.Error):
            if record := lifecycle.alive():
                found.append((psutil.Process(record.pid), SERVER))
            if worker := self.worker.process:
                found.append((worker, WORKER))
                found += [(child, RUN) for child in worker.children() if is_alive(child)]
        return found


def reporter(state: State, first: bool, seen: Sequence[Sighting]) -> str:
    """Tell whose word a recorded state is: the role of the process that set it.

    What the run's process has not lived to report, the worker did.
    """
    if state.type == "SCHEDULED" and not first and state.name == "Late":
        return SERVER
    if state.type == "SCHEDULED":
        return KERNEL
    if state.type != "PENDING" and any(
        each.role == RUN
        and each.began <= state.at
        and (each.ended is None or state.at <= each.ended)
        for each in seen
    ):
        return RUN
    return WORKER


def process_picture(run: FlowRun, seen: Sequence[Sighting]) -> Picture:
    """Draw the processes that were seen, below the states of the run that was watched.

    A dot marks the process that reported a state. The picture begins with the watch.

    Parameters
    ----------
    run
        The run, read after it had ended.
    seen
        The ``seen`` of the `ProcessWatch`, with no other run of that worker in it.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    begin = min(each.began for each in seen)
    last = max([each.ended for each in seen if each.ended] + [run.states[-1].at])
    span = (last - begin).total_seconds() * 1.04

    def x(moment: datetime) -> float:
        return min(max((moment - begin).total_seconds(), 0.0), span)

    roles = [role for role in (KERNEL, SERVER, WORKER, RUN) if any(s.role == role for s in seen)]
    rows = {role: number + 1 for number, role in enumerate(roles)}
    figure = Figure(figsize=(7.2, 0.9 + 0.38 * (len(rows) + 1)), layout="constrained")
    axes = figure.subplots()
    ends = [state.at for state in run.states[1:]] + [begin + timedelta(seconds=span)]
    handles: dict[str, Patch] = {}
    for state, until in zip(run.states, ends, strict=True):
        colour = _STATES.get(state.name) or _ENDED.get(state.type, COLOURS["failed attempt"])
        if x(until) > x(state.at):
            axes.barh(0, x(until) - x(state.at), left=x(state.at), height=0.7, color=colour)
            handles[state.name] = Patch(color=colour, label=state.name)
    for each in seen:
        until = each.ended or begin + timedelta(seconds=span)
        axes.barh(
            rows[each.role],
            x(until) - x(each.began),
            left=x(each.began),
            height=0.5,
            color=_OF_THE_RUN if each.role == RUN else _PROCESS,
        )
    for number, state in enumerate(run.states):
        if state.at >= begin:
            row = rows[reporter(state, number == 0, seen)]
            axes.plot([x(state.at)] * 2, [-0.35, row], color="black", linewidth=0.7, linestyle=":")
            axes.plot(x(state.at), row, "o", color="white", markeredgecolor="black", markersize=6)
    axes.set_xlim(0, span)
    axes.set_ylim(len(rows) + 0.6, -0.6)
    axes.set_yticks(range(len(rows) + 1), ["the run's state", *rows])
    axes.set_xlabel("seconds since we began to watch")
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(
        handles=list(handles.values()),
        loc="outside upper left",
        ncols=len(handles),
        frameon=False,
        columnspacing=1.2,
        handlelength=1.2,
    )
    return Picture.of(figure, describe(run, seen))


def describe(run: FlowRun, seen: Sequence[Sighting]) -> str:
    """Say in words what the picture shows, for those who can't see it; no times, no ids."""
    begin = min(each.began for each in seen)
    parts = []
    for role in (KERNEL, SERVER, WORKER, RUN):
        of_role = [each for each in seen if each.role == role]
        if not of_role:
            continue
        states = [
            state.name
            for number, state in enumerate(run.states)
            if state.at >= begin and reporter(state, number == 0, seen) == role
        ]
        begins = of_role[0].began > begin  # the first look sees all at one time
        ends = of_role[-1].ended is not None
        life = " and ".join(["begins"] * begins + ["ends"] * ends) or "goes on"
        parts.append(f"{role} {life}" + (f", reports {', '.join(states)}" if states else ""))
    return f"Processes while {run.flow!r} ran, which ended as {run.state.name}: {'; '.join(parts)}."
