"""Where in the record of a run a text stands that perhaps shouldn't."""

from collections.abc import Iterator
from typing import Any

from course_lib.records.reading import read_logs
from course_lib.records.runs import FlowRun, TaskRun


def find_in_record(run: FlowRun, text: str) -> tuple[str, ...]:
    """Return where in the record of a flow run a text stands, such as the value of a secret.

    Looked through are what everybody sees who may open the dashboard: names, tags, parameters,
    messages of states and log lines, of the run and of its task runs, and the same of the flows
    that it called. The places, such as ``"log of pull"``, are in alphabetical order. They are named
    by functions, so that the answer never holds the text. An empty text is a ValueError.
    """
    if not text:
        raise ValueError("An empty text stands everywhere: give the text to look for.")
    return tuple(sorted({place for place, value in _record(run) if _holds(value, text)}))


def _record(run: FlowRun) -> Iterator[tuple[str, Any]]:
    owners = {each.id: _function(each) for each in run.task_runs}
    yield "name of the flow run", run.name
    yield "parameters", run.parameters
    yield "tags of the flow run", sorted(run.tags)
    yield "state of the flow run", [state.message for state in (run.state, *run.states)]
    for line in read_logs(run):
        owner = owners.get(line.task_run_id, "a task") if line.task_run_id else "the flow"
        yield f"log of {owner}", line.message
    for each in run.task_runs:
        function = owners[each.id]
        yield f"name of {function}", each.name
        yield f"tags of {function}", sorted(each.tags)
        yield f"state of {function}", [state.message for state in (each.state, *each.states)]
    for called in run.subflows:
        yield from ((f"{place}, in a called flow", value) for place, value in _record(called))


def _function(run: TaskRun) -> str:
    return run.task_key.rpartition("-")[0] or "a task"  # the name of a run may hold anything


def _holds(value: Any, text: str) -> bool:
    if isinstance(value, dict):
        return any(_holds(part, text) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple):
        return any(_holds(part, text) for part in value)
    return text in str(value)
