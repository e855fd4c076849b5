"""What happened: a frozen snapshot of a run, and what can be told from it.

`reading` makes them. Pictures, tables and checks are computed from snapshots, and thus from
what Prefect recorded, never from what the code was meant to do.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from course_lib.intervals import most_at_once

if TYPE_CHECKING:  # at run time imported late: a kernel that only starts needn't wait for it
    from prefect import Task

# Types of states that no other follows by itself.
FINAL = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})


@dataclass(frozen=True)
class State:
    """One recorded state: its type (``COMPLETED``), its name (``Cached``), since when, and why."""

    type: str
    name: str
    at: datetime
    message: str = ""
    due: datetime | None = None  # until when a run that is ``AwaitingRetry`` is to wait

    @property
    def is_final(self) -> bool:
        """Whether no other state follows by itself."""
        return self.type in FINAL


@dataclass(frozen=True)
class Attempt:
    """One time that the function ran; `end` and `outcome` are None while it still runs."""

    start: datetime
    end: datetime | None
    outcome: str | None  # the state that ended it: ``Completed``, ``AwaitingRetry``, …


@dataclass(frozen=True, repr=False)
class TaskRun:
    """One run of a task, as recorded."""

    id: UUID
    name: str  # the run's own name. Prefect's default is the task's name and a random ending.
    task: str  # the name without that ending, or the whole of it where the author chose the name
    task_key: str  # of the task's function: the same for all runs, however they are named
    state: State
    run_count: int
    start: datetime | None
    end: datetime | None
    tags: frozenset[str]
    upstream: frozenset[UUID]  # task runs whose results it took, or for which it waited
    states: tuple[State, ...]  # oldest first; empty unless retried, or histories were asked for

    def __repr__(self) -> str:
        return f"<TaskRun of {self.task!r}: {self.state.name}>"

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Each time that the function ran, oldest first."""
        if self.states:
            following = [*self.states[1:], None]
            return tuple(
                Attempt(state.at, after.at if after else None, after.name if after else None)
                for state, after in zip(self.states, following, strict=True)
                if state.type == "RUNNING"
            )
        if self.start is None:
            return ()
        return (Attempt(self.start, self.end, self.state.name if self.end else None),)

    @property
    def waits(self) -> tuple[tuple[datetime, datetime], ...]:
        """The pauses between attempts as (from, to)."""
        return tuple(
            (before.end, after.start)
            for before, after in zip(self.attempts, self.attempts[1:], strict=False)
            if before.end is not None and before.end < after.start
        )

    @property
    def planned_waits(self) -> tuple[float, ...]:
        """The seconds that Prefect planned to wait before each retry.

        A busy machine may wake a task later: `waits` has what came of it.
        """
        return tuple(
            (state.due - state.at).total_seconds()
            for state in self.states
            if state.name == "AwaitingRetry" and state.due is not None
        )


@dataclass(frozen=True, repr=False)
class FlowRun:
    """One run of a flow with its task runs and the flows that it called."""

    id: UUID
    name: str
    flow: str
    state: State
    run_count: int
    start: datetime | None
    end: datetime | None
    parameters: dict[str, Any]
    tags: frozenset[str]
    task_runs: tuple[TaskRun, ...]  # in order of their start; those that never started come last
    subflows: tuple["FlowRun", ...]
    states: tuple[State, ...]
    planned: datetime | None = None  # when it was due; if nobody scheduled it, when it was made

    def __repr__(self) -> str:
        return f"<FlowRun of {self.flow!r}: {self.state.name}, {len(self.task_runs)} task runs>"

    @property
    def pauses(self) -> tuple[tuple[datetime, datetime | None], ...]:
        """When it was paused or suspended, as (from, to): until it ran again or had ended.

        The end of one that still waits is None.
        """
        found: list[tuple[datetime, datetime | None]] = []
        since: datetime | None = None
        for state in self.states:
            if state.type == "PAUSED":
                since = since or state.at
            elif since and (state.type == "RUNNING" or state.is_final):
                found.append((since, state.at))
                since = None
        return tuple([*found, (since, None)] if since else found)

    def of(self, task: "Task[Any, Any] | str") -> tuple[TaskRun, ...]:
        """Return the runs of one task, by the task or its name, in order of their start."""
        if isinstance(task, str):
            return tuple(run for run in self.task_runs if run.task == task)
        return tuple(run for run in self.task_runs if run.task_key == task.task_key)

    def most_at_once(self, task: "Task[Any, Any] | str | None" = None) -> int:
        """Count how many task runs (of one task, or of all) ran at the same time at most."""
        runs = self.task_runs if task is None else self.of(task)
        attempts = [attempt for run in runs for attempt in run.attempts]
        return most_at_once((each.start, each.end) for each in attempts if each.end)


def by_start(run: TaskRun | FlowRun) -> tuple[bool, datetime | None, str]:
    """Return a sorting key: runs in the order in which they began, those that never did last."""
    return run.start is None, run.start, run.name


@dataclass(frozen=True)
class Question:
    """What a paused run wants to know before it goes on."""

    description: str  # the sentence above the form, or an empty text
    form: dict[str, Any]  # the JSON schema of the answer; empty where a mere yes is waited for


@dataclass(frozen=True)
class LogLine:
    """One line that a run logged: ``INFO`` and the like, its text, and which task wrote it."""

    level: str
    message: str
    task: str | None  # name of the task, or None where the flow itself wrote it
    task_run_id: UUID | None = field(repr=False, compare=False)
    at: datetime = field(repr=False, compare=False)
