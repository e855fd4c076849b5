"""Reads runs and their logs from the API of the Prefect server.

This is the only module that reads run data.
"""

import json
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from course_lib.errors import CourseError
from course_lib.kernel.own_runs import own_runs
from course_lib.records.paging import read_all
from course_lib.records.runs import FINAL, FlowRun, LogLine, Question, State, TaskRun, by_start
from course_lib.server.client import open_client
from course_lib.server.internals import FINISHED, ran_outside_flows, task_name
from course_lib.waiting import attempts, wait_until

if TYPE_CHECKING:  # at run time imported late: a kernel that only starts needn't wait for it
    from prefect import Flow, Task
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas import objects

_T = TypeVar("_T")
_READERS = 8
# Seconds. A writer that SQLite lets wait in vain gives up after 60, and tries again.
_PATIENCE = 150.0
_LONGEST_POLL = 0.5  # seconds; an answer costs a busy server up to 10 ms
_QUIET = 0.3  # seconds in which the server has recorded what children of this process told it
_WRITTEN = 1.5  # and what another process told it


def last_run(
    flow: "Flow[Any, Any] | str | None" = None, *, histories: bool = False, task_runs: int = 0
) -> FlowRun:
    """Read the last flow run that this kernel began, once it has ended and all of it is recorded.

    Only runs of `flow` count, given by itself or by name; also where another flow called it.
    With `histories` every task run's whole history is read (one request each), not just that of
    retried ones. `task_runs` waits until at least so many have ended: this process doesn't know of
    those that others did for it, such as workers of a Dask or Ray cluster.
    """
    name = flow if flow is None or isinstance(flow, str) else flow.name
    with open_client() as client:
        for run_id, flow_name in reversed(own_runs.flow_runs.items()):
            if name not in (None, flow_name):
                continue
            if name is None and client.read_flow_run(UUID(run_id)).parent_task_run_id:
                continue  # a flow within a flow is part of the one that called it
            return _read(client, UUID(run_id), histories, wait=True, at_least=task_runs)
    wanted = "a flow" if name is None else f"the flow {name!r}"
    raise CourseError(f"This kernel has not run {wanted} yet: call it first, then look at its run.")


def last_task_run(task: "Task[Any, Any] | str | None" = None) -> TaskRun:
    """Read the last run of a task that this kernel called outside any flow, once it has ended."""
    name = task if task is None or isinstance(task, str) else task.name
    found = (key for key, of in reversed(own_runs.task_runs.items()) if name in (None, of))
    key = next(found, None)
    if key is None:
        raise CourseError("This kernel has not called such a task outside a flow yet.")
    from prefect.exceptions import ObjectNotFound

    with open_client() as client:

        def recorded() -> "objects.TaskRun | None":
            try:
                run = client.read_task_run(UUID(key))
            except ObjectNotFound:  # the record is still on its way
                return None
            return run if run.state and run.state_type in FINAL else None

        run = _wait_for(recorded, f"The task run {key}")
        return _task_run(run, client.read_task_run_states(run.id))


def read_run(flow_run_id: UUID | str, *, wait: bool = True, histories: bool = False) -> FlowRun:
    """Read any flow run of this server.

    This waits, up to 150 s, until the run has ended and its task runs are recorded. Without
    `wait` the snapshot shows what the server knows now. For `histories` see `last_run`.
    """
    from prefect.exceptions import ObjectNotFound

    run_id = UUID(str(flow_run_id))
    with open_client() as client:
        try:
            return _read(client, run_id, histories, wait)
        except ObjectNotFound:
            raise CourseError(f"The server knows no flow run {run_id}.") from None


def wait_for(flow_run_id: UUID | str, state: str, timeout: float = 60) -> FlowRun:
    """Wait at most `timeout` seconds for a flow run to be in a state, such as ``"Late"``; read it."""
    for _ in attempts(timeout):
        run = read_run(flow_run_id, wait=False)
        if run.state.name == state:
            return run
    raise CourseError(
        f"The run {run.name!r} is {run.state.name}, and was not {state} within {timeout:.0f} s."
    )


def read_question(flow_run_id: UUID | str, *, described: bool = False) -> Question:
    """Read what a run asks for, as soon as it is paused or suspended and the form has arrived.

    Where it is `described`, wait for that, too: it comes after the form, and need not come at all.
    """
    run_id = UUID(str(flow_run_id))
    with open_client() as client:

        def asked() -> Question | None:
            state = client.read_flow_run(run_id).state
            if state is None or state.type.value != "PAUSED":
                if state and state.type.value in FINAL:
                    raise CourseError(f"The run asks nothing: it has ended as {state.name}.")
                return None
            keys = state.state_details.run_input_keyset
            if not keys:
                return Question("", {})
            # The run's process stores its form a moment after the server calls it paused.
            form = _input(client, run_id, keys["schema"])
            description = _input(client, run_id, keys["description"])
            if form is None or (described and description is None):
                return None
            return Question(description or "", form)

        return _wait_for(asked, f"The question of flow run {run_id}")


def read_logs(run: FlowRun) -> tuple[LogLine, ...]:
    """Read what a flow run and its task runs logged, in order, once all of it has arrived."""
    from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId
    from prefect.client.schemas.sorting import LogSort

    tasks = {each.id: each.task for each in run.task_runs}
    of_run = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id]))
    with open_client() as client:

        def arrived() -> "list[Any] | None":
            found = read_all(partial(client.read_logs, of_run, sort=LogSort.TIMESTAMP_ASC))
            # The flow run's own last words, sent after all others.
            own = (log.message for log in found if log.task_run_id is None)
            return found if any(text.startswith(FINISHED) for text in own) else None

        found = _wait_for(arrived, f"The log of flow run {run.id}")
    return tuple(
        LogLine(
            level=logging.getLevelName(log.level),
            message=log.message,
            task=tasks.get(log.task_run_id),
            task_run_id=log.task_run_id,
            at=log.timestamp,
        )
        for log in found
    )


def _input(client: "SyncPrefectClient", run_id: UUID, key: str) -> Any:
    from prefect.exceptions import PrefectHTTPStatusError

    try:
        return json.loads(client.read_flow_run_input(run_id, key))
    except PrefectHTTPStatusError as error:
        if error.response.status_code == 404:  # not there, or not yet
            return None
        raise


def _settled(
    client: "SyncPrefectClient", run_id: UUID, at_least: int
) -> "tuple[objects.FlowRun, list[objects.TaskRun]]":
    """Read a flow run and its task runs once they have ended and are recorded."""

    def ended() -> "objects.FlowRun | None":
        run = client.read_flow_run(run_id)
        return run if run.state_type in FINAL else None

    run = _wait_for(ended, f"The flow run {run_id}")
    # The server records task runs a little later than this process knows their end. For the
    # runs of this process we know what is missing; of others, equal readings must do.
    ours = str(run_id) in own_runs.flow_runs
    expected = {UUID(key) for key in own_runs.finished.get(str(run_id), ())}
    what = f"The records of flow run {run_id}"

    def recorded() -> "list[objects.TaskRun] | None":
        found = _task_runs(client, run_id)
        ended = _ended(found)
        # The server writes a run before its new state.
        complete = all(each.state for each in found) and expected <= ended
        return found if complete and len(ended) >= at_least else None

    found = _wait_for(recorded, what)
    latest = time.monotonic() + _PATIENCE
    while found or run.run_count:  # one that never began has no task runs to come
        all_ended = len(_ended(found)) == len(found)
        if expected and all_ended:
            break
        before = {each.id: each.state_type for each in found}
        time.sleep(_QUIET if ours else _WRITTEN if all_ended else 3 * _WRITTEN)
        found = _wait_for(recorded, what)
        if {each.id: each.state_type for each in found} == before:
            break
        if time.monotonic() > latest:
            raise _late(what)
    return run, found


def _ended(runs: "Iterable[objects.TaskRun]") -> set[UUID]:
    # What waited in vain ends as NotReady, which Prefect counts as pending.
    return {run.id for run in runs if run.state_type in FINAL or run.state_name == "NotReady"}


def _read(
    client: "SyncPrefectClient", run_id: UUID, histories: bool, wait: bool, at_least: int = 0
) -> FlowRun:
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterParentFlowRunId

    if wait:
        run, found = _settled(client, run_id, at_least)
    else:
        run, found = client.read_flow_run(run_id), _task_runs(client, run_id)
    of_run = FlowRunFilterParentFlowRunId(any_=[run.id])
    children = client.read_flow_runs(flow_run_filter=FlowRunFilter(parent_flow_run_id=of_run))
    # Prefect keeps a task run for each called flow; the flow run itself says more.
    stand_ins = {child.parent_task_run_id for child in children}
    task_runs = [each for each in found if each.state and each.id not in stand_ins]
    ids = [each.id for each in task_runs if histories or each.run_count > 1]
    with ThreadPoolExecutor(_READERS) as pool:
        states = dict(zip(ids, pool.map(client.read_task_run_states, ids), strict=True))
    read_task_runs = [_task_run(each, states.get(each.id, [])) for each in task_runs]
    called = [_read(client, child.id, histories, wait) for child in children]
    return FlowRun(
        id=run.id,
        name=run.name,
        flow=own_runs.flow_runs.get(str(run.id)) or client.read_flow(run.flow_id).name,
        state=_state(run.state),
        run_count=run.run_count,
        start=run.start_time,
        end=run.end_time,
        parameters=dict(run.parameters),
        tags=frozenset(run.tags),
        task_runs=tuple(sorted(read_task_runs, key=by_start)),
        subflows=tuple(sorted(called, key=by_start)),
        states=tuple(_state(state) for state in client.read_flow_run_states(run.id)),
        planned=run.expected_start_time,
    )


def _task_runs(client: "SyncPrefectClient", run_id: UUID) -> list["objects.TaskRun"]:
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
    from prefect.client.schemas.sorting import TaskRunSort

    of_run = FlowRunFilter(id=FlowRunFilterId(any_=[run_id]))
    read = partial(client.read_task_runs, flow_run_filter=of_run, sort=TaskRunSort.ID_DESC)
    return [run for run in read_all(read) if not ran_outside_flows(run)]


def _task_run(run: "objects.TaskRun", states: Iterable[Any]) -> TaskRun:
    return TaskRun(
        id=run.id,
        name=run.name,
        task=task_name(run),
        task_key=run.task_key,
        state=_state(run.state),
        run_count=run.run_count,
        start=run.start_time,
        end=run.end_time,
        tags=frozenset(run.tags),
        upstream=frozenset(
            source.id
            for sources in run.task_inputs.values()
            for source in sources
            if source.input_type == "task_run"
        ),
        states=tuple(_state(state) for state in states),
    )


def _state(state: Any) -> State:
    due = state.state_details.scheduled_time
    return State(state.type.value, state.name, state.timestamp, state.message or "", due)


def _wait_for(condition: Callable[[], _T | None], what: str) -> _T:
    value = wait_until(condition, _PATIENCE, longest=_LONGEST_POLL)
    if value is None:
        raise _late(what)
    return value


def _late(what: str) -> CourseError:
    return CourseError(f"{what} did not end within {_PATIENCE:.0f} s. Look at the dashboard.")
