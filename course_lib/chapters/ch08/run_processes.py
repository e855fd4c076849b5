"""Who does what: the processes behind a deployed run, watched while it runs, then drawn.

The processes are the real ones, as the operating system lists them; the states are those that
the server recorded. Both are on this machine's clock.
"""

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psutil

from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.errors import CourseError
from course_lib.records.reading import wait_for
from course_lib.records.runs import FlowRun, State
from course_lib.server import lifecycle
from course_lib.server.processes import is_alive
from course_lib.server.workers import Worker
from course_lib.waiting import wait_until

KERNEL, SERVER, WORKER, RUN = "this notebook", "server", "worker", "the run's process"
_ROLES = (KERNEL, SERVER, WORKER, RUN)
_LOOK_SECONDS = 0.1
# The longest that a process may take to begin or to end: some seconds, and more on a busy machine.
_PATIENCE = 150.0
_RUN_ID = "PREFECT__FLOW_RUN_ID"  # a worker sets it for the processes that it starts
_STATES = {
    "Scheduled": style.YELLOW,
    "Late": style.ORANGE,
    "Pending": style.SKY_BLUE,
    "Submitting": style.PINK,
    "Running": style.BLUE,
    "Suspended": style.LIGHT_GREY,
    "Resuming": style.YELLOW,
}
_ENDED = {"COMPLETED": style.GREEN, "CRASHED": style.INK}


@dataclass(frozen=True)
class SeenProcess:
    """One process, as seen while we watched."""

    role: str  # ``"this notebook"``, ``"server"``, ``"worker"`` or ``"the run's process"``
    pid: int
    command: tuple[str, ...]
    parent: int
    began: datetime  # when it was seen first: its start, or the start of the watch
    ended: datetime | None  # when it was gone, or None where it outlived the watch


class ProcessWatch:
    """Watches the course's processes, and the runs of a worker, which may start and end meanwhile.

    >>> with ProcessWatch(worker) as watch:
    ...     run = course.read_run(flow_run_id)
    >>> process_picture(run, watch.seen)
    """

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._found: dict[psutil.Process, SeenProcess] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="process watch")

    def __enter__(self) -> "ProcessWatch":
        self._look()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is None:  # a run reports its end a moment before its process ends
            wait_until(self._runs_have_ended, _PATIENCE, pause=_LOOK_SECONDS)
        self._over.set()
        self._thread.join()

    @property
    def seen(self) -> tuple[SeenProcess, ...]:
        """All processes seen so far, in the order in which they were seen."""
        return tuple(self._found.values())

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            self._look()

    def _runs_have_ended(self) -> bool:
        return all(each.ended for each in self.seen if each.role == RUN)

    def _look(self) -> None:
        now = datetime.now(UTC)
        for process, role in self._processes():
            with suppress(psutil.Error):
                began = self._found[process].began if process in self._found else now
                # Read anew each time: one process may become another program.
                command = tuple(process.cmdline())
                self._found[process] = SeenProcess(
                    role, process.pid, command, process.ppid(), began, None
                )
        for process, seen in self._found.items():
            if seen.ended is None and not is_alive(process):
                self._found[process] = replace(seen, ended=now)

    def _processes(self) -> list[tuple[psutil.Process, str]]:
        found = [(psutil.Process(os.getpid()), KERNEL)]
        with suppress(psutil.Error):
            if record := lifecycle.alive():
                found.append((psutil.Process(record.pid), SERVER))
            if worker := self.worker.process:
                found.append((worker, WORKER))
                found += [(child, RUN) for child in worker.children() if is_alive(child)]
        return found


def process_of(worker: Worker, flow_run_id: UUID | str) -> psutil.Process:
    """Return the process in which a worker runs a flow run, once the run is Running."""
    wait_for(flow_run_id, "Running", _PATIENCE)
    if parent := worker.process:
        for child in parent.children(recursive=True):
            with suppress(psutil.Error):
                if child.environ().get(_RUN_ID) == str(flow_run_id):
                    return child
    raise CourseError(f"{worker} has no process of the flow run {flow_run_id}.")


def program_with(argument: str) -> psutil.Process:
    """Return the process whose last argument this is, as soon as there is one."""

    def found() -> psutil.Process | None:
        for each in psutil.process_iter():
            with suppress(psutil.Error):
                if each.cmdline()[-1:] == [argument]:
                    return each
        return None

    if program := wait_until(found, _PATIENCE, pause=_LOOK_SECONDS):
        return program
    raise CourseError(f"No process has the last argument {argument}.")


def reporter(state: State, first: bool, seen: Sequence[SeenProcess]) -> str:
    """Return the role of the process that set a recorded state.

    What the run's process has not lived to report, the worker did.
    """
    if state.type == "SCHEDULED":
        return SERVER if state.name == "Late" and not first else KERNEL
    runs = [each for each in seen if each.role == RUN and each.began <= state.at]
    lived = any(each.ended is None or state.at <= each.ended for each in runs)
    return RUN if lived and state.type != "PENDING" else WORKER


def process_picture(run: FlowRun, seen: Sequence[SeenProcess]) -> Picture:
    """Draw the processes that were seen, below the states of the run that was watched.

    A dot marks the process that reported a state. The picture begins with the watch, which saw
    no other run of that worker. The run was read after it had ended.
    """
    from matplotlib.patches import Patch

    begin = min(each.began for each in seen)
    last = max([each.ended for each in seen if each.ended] + [run.states[-1].at])
    span = (last - begin).total_seconds() * 1.04
    end = begin + timedelta(seconds=span)

    def x(moment: datetime) -> float:
        return min(max((moment - begin).total_seconds(), 0.0), span)

    rows = ["the run's state", *(role for role in _ROLES if any(s.role == role for s in seen))]
    figure = style.figure(0.9 + 0.38 * len(rows))
    axes = figure.subplots()
    handles: dict[str, Patch] = {}
    ends = [state.at for state in run.states[1:]] + [end]
    for state, until in zip(run.states, ends, strict=True):
        colour = _STATES.get(state.name) or _ENDED.get(state.type, style.RED)
        if x(until) > x(state.at):
            axes.barh(0, x(until) - x(state.at), left=x(state.at), height=0.7, color=colour)
            handles[state.name] = Patch(color=colour, label=state.name)
    for each in seen:
        length = x(each.ended or end) - x(each.began)
        colour = style.BLUE if each.role == RUN else style.GREY
        axes.barh(rows.index(each.role), length, left=x(each.began), height=0.5, color=colour)
    reported = [
        (state, reporter(state, number == 0, seen))
        for number, state in enumerate(run.states)
        if state.at >= begin
    ]
    for state, role in reported:
        at, row = x(state.at), rows.index(role)
        axes.plot([at, at], [-0.35, row], color=style.INK, linewidth=0.7, linestyle=":")
        axes.plot(at, row, "o", color="white", markeredgecolor=style.INK, markersize=6)
    style.rows(axes, list(map(style.words, rows)))
    axes.set(xlim=(0, span), xlabel="seconds since we began to watch")
    style.tidy(axes, sides=["bottom"])
    style.legend(figure, list(handles.values()), columnspacing=1.2, handlelength=1.2)
    return Picture.of(figure, _words(run, seen, reported))


def _words(run: FlowRun, seen: Sequence[SeenProcess], reported: Sequence[tuple[State, str]]) -> str:
    begin = min(each.began for each in seen)
    parts = []
    for role in _ROLES:
        of_role = [each for each in seen if each.role == role]
        if not of_role:
            continue
        # The first look sees all at one time.
        life = ["begins"] if of_role[0].began > begin else []
        life += ["ends"] if of_role[-1].ended else []
        states = ", ".join(state.name for state, by in reported if by == role)
        reports = f", reports {states}" if states else ""
        parts.append(f"{role} {' and '.join(life) or 'goes on'}{reports}")
    return f"Processes while {run.flow!r} ran, which ended as {run.state.name}: {'; '.join(parts)}."
