"""Tables of a run: what it did, and the history of its states."""

from collections.abc import Iterator, Sequence
from typing import Literal

from course_lib.records.runs import FlowRun, TaskRun, by_start
from course_lib.table import Row, Table, table_with_notes

INDENT = "\u00a0" * 3  # of what a called flow did; plain spaces would vanish in HTML


def show(run: FlowRun | TaskRun, by: Literal["start", "name"] = "start") -> Table:
    """Return what a flow run did, a row for each task run; or a task run's history of states.

    The rows are in the order in which they began, or by ``"name"``: task runs that ran at the same
    time begin in another order each time.
    """
    if isinstance(run, TaskRun):
        return history(run)
    headings = ("task run", "final state", "attempts", "message")
    caption = f"Flow run of {run.flow!r}: {run.state.name}"
    return table_with_notes(headings, list(_rows(run, by, "")), caption)


def history(run: FlowRun | TaskRun) -> Table:
    """Return each state that the server recorded for a run, oldest first."""
    states = run.states or (run.state,)
    kind = "Flow" if isinstance(run, FlowRun) else "Task"
    rows = tuple((state.name, state.type, _first_line(state.message)) for state in states)
    return Table(("state", "type", "message"), rows, f"{kind} run of {_name(run)!r}")


def _rows(run: FlowRun, by: str, indent: str) -> Iterator[Row]:
    members: Sequence[TaskRun | FlowRun] = [*run.task_runs, *run.subflows]
    for member in sorted(members, key=by_start if by == "start" else _by_name):
        name = _name(member)
        note = "" if member.state.type == "COMPLETED" else _first_line(member.state.message)
        yield (indent + name, member.state.name, str(member.run_count), note)
        if isinstance(member, FlowRun):
            yield from _rows(member, by, indent + INDENT)


def _by_name(run: TaskRun | FlowRun) -> Row:
    return (_name(run), run.state.name, str(run.run_count))


def _name(run: TaskRun | FlowRun) -> str:
    return run.flow if isinstance(run, FlowRun) else run.task


def _first_line(message: str) -> str:
    return message.strip().partition("\n")[0]
