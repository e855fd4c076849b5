"""What the course uses of the private parts of Prefect and Ray is there, and still needed.

Where a test fails with a new release, look into `course_lib.server.internals` whether the course
needs that part in another form, or no more.
"""

import asyncio
import inspect
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from prefect import flow, get_client, task, task_engine, task_worker
from prefect.automations import Automation
from prefect.client.schemas import filters, objects, schedules
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, DoNothing
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.server.services import task_run_recorder
from prefect.states import Running

import course_lib as course
from course_lib.chapters.ch13.automations import automate
from course_lib.kernel.own_runs import own_runs
from course_lib.records.deployments import read_deployment
from course_lib.records.events import Event, read_events
from course_lib.server import internals, lifecycle

WRITERS, EACH = 6, 5
RUNS = 30


@flow
def nothing() -> None: ...


# --- words of Prefect's log ---------------------------------------------------------------------


def test_a_server_says_that_its_port_is_taken() -> None:
    from prefect.cli import server

    assert internals.PORT_IS_TAKEN in inspect.getsource(server)


def test_a_task_worker_says_that_it_listens() -> None:
    assert internals.LISTENS in inspect.getsource(task_worker)


def test_the_api_does_not_tell_which_process_is_a_task_worker() -> None:
    from prefect.server.models.task_workers import TaskWorkerResponse

    assert TaskWorkerResponse.model_fields.keys() == {"identifier", "task_keys", "timestamp"}


def test_prefect_deploy_says_none_of_a_flow_without_a_description(tmp_path: Path) -> None:
    """So `records.deployments` takes the text for none; the next deployment of it corrects it."""
    name = f"plain{uuid4().hex[:8]}"
    (tmp_path / "flows.py").write_text(f"import prefect\n\n@prefect.flow\ndef {name}(): ...\n")
    course.start()
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=name, type="process"))
    deploy = f"prefect --no-prompt deploy flows.py:{name} --name by-hand --pool {name}"
    command = [sys.executable, "-m", *deploy.split()]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    with get_client(sync_client=True) as client:
        raw = client.read_deployment_by_name(f"{name}/by-hand")
    assert raw.description == "None"
    assert read_deployment(f"{name}/by-hand").description == ""


@task
def one(number: int) -> int:
    return number


@flow
def of_two() -> None:
    one.map([1, 2]).wait()


def test_the_last_lines_of_runs_tell_that_these_have_finished() -> None:
    course.start()
    of_two()
    run = course.last_run(of_two)
    assert own_runs.finished[str(run.id)] == {str(each.id) for each in run.task_runs}
    lines = [line.message for line in course.read_logs(run)]
    assert sum(line.startswith(internals.FINISHED) for line in lines) == 3
    assert lines[-1].startswith(internals.FINISHED)


@pytest.mark.parametrize("words", internals.ABOUT_TASK_RUNS)
def test_prefect_logs_about_task_runs_in_these_words(words: str) -> None:
    assert words in inspect.getsource(task_engine)


# --- what runs and schedules hold ---------------------------------------------------------------


def test_a_task_outside_any_flow_is_filed_under_the_flow_before_it() -> None:
    course.start()
    of_two()
    one(3)
    run, alone = course.last_run(of_two), course.last_task_run(one)
    with get_client(sync_client=True) as client:
        filed = client.read_task_runs(
            flow_run_filter=filters.FlowRunFilter(id=filters.FlowRunFilterId(any_=[run.id]))
        )
    outside = [each.id for each in filed if internals.ran_outside_flows(each)]
    assert outside == [alone.id]
    assert len(filed) == 3


def test_the_name_of_a_task_is_told_by_its_runs_name_alone() -> None:
    assert not {"task", "task_name"} & objects.TaskRun.model_fields.keys()
    course.start()
    of_two()
    assert {each.task for each in course.last_run(of_two).task_runs} == {"one"}


def test_only_the_servers_schedules_compute_dates() -> None:
    assert not hasattr(schedules.CronSchedule, "get_dates")
    rule = internals.server_schedule("cron", cron="0 8 * * *", timezone="UTC")
    (date,) = asyncio.run(rule.get_dates(1, datetime(2026, 3, 2, tzinfo=UTC)))
    assert date == datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_the_server_notes_which_block_types_it_has() -> None:
    course.start()
    assert (lifecycle.prefect_home() / lifecycle.MEMO_STORE).exists()


# --- the server ---------------------------------------------------------------------------------


def test_writers_that_are_turned_away_ask_again_and_lose_nothing() -> None:
    """On SQLite, Prefect 3.9.1 answers about half of such requests with 503: see chapter 16."""
    course.start()
    with get_client(sync_client=True) as client:
        deployment_id = client.create_deployment(client.create_flow(nothing), "six writers")

    def write(_: int) -> list[UUID]:
        with get_client(sync_client=True) as client:
            runs = [client.create_flow_run_from_deployment(deployment_id) for _ in range(EACH)]
            return [run.id for run in runs]

    try:
        with ThreadPoolExecutor(WRITERS) as pool:
            made = [id for ids in pool.map(write, range(WRITERS)) for id in ids]
        of_deployment = filters.DeploymentFilter(
            id=filters.DeploymentFilterId(any_=[deployment_id])
        )
        with get_client(sync_client=True) as client:
            found = client.read_flow_runs(deployment_filter=of_deployment)
    finally:
        with get_client(sync_client=True) as client:
            client.delete_deployment(deployment_id)
    assert len(made) == WRITERS * EACH
    assert sorted(run.id for run in found) == sorted(made)


@task
def count(number: int) -> int:
    return number


@flow
def many() -> int:
    return sum(count.map(range(40)).result())


def test_runs_are_read_with_their_states_though_these_are_written_later() -> None:
    """Prefect 3.9.1 records a task run first, its state then: a reader may come in between."""
    source = inspect.getsource(task_run_recorder._record_bulk_task_run_events)
    assert "session_context()" in source  # no transaction holds the two together
    course.start()
    many()
    run = course.last_run(many)
    assert [each.state.name for each in run.task_runs] == ["Completed"] * 40


@flow(name="without a word for ten seconds")  # no other test's: the watchdog goes by it
def silent() -> None: ...


def test_a_proactive_trigger_acts_once_though_it_may_fire_again() -> None:
    """On a busy machine Prefect 3.9.1 lets some fire again, by the event of their own action."""
    course.start()
    crashed = "prefect.flow-run.Crashed"
    match: dict[str, str | list[str]] = {
        "prefect.resource.role": "flow",
        "prefect.resource.name": silent.name,
    }
    watchdog = Automation(
        name="one watchdog",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            after={"prefect.flow-run.Running"},
            expect={crashed},
            for_each={"prefect.resource.id"},
            within=timedelta(seconds=10),
            match_related=match,
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED, name="Crashed", message="no word for 10 s", force=False
            )
        ],
    )
    witness = Automation(
        name="its witness",
        trigger=EventTrigger(expect={crashed}, match_related=match),
        actions=[DoNothing()],
    )
    fired = "prefect.automation.triggered"

    def all_seen(events: Sequence[Event]) -> bool:
        return [event.name for event in events].count(fired) >= RUNS

    began = datetime.now(UTC)
    automate(watchdog, witness)
    try:
        with get_client(sync_client=True) as client:
            made = [client.create_flow_run(silent, state=Running()).id for _ in range(RUNS)]
        read_events(witness, since=began, until=all_seen)
        of_watchdog = read_events(watchdog, since=began)
    finally:
        watchdog.delete()
        witness.delete()
    assert Counter(event.name for event in of_watchdog)[fired] >= RUNS
    for id in made:
        states = [state.name for state in course.read_run(id).states]
        assert states == ["Running", "Crashed"]


# --- Ray ----------------------------------------------------------------------------------------


def test_a_node_of_ray_that_starts_slowly_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    services = pytest.importorskip("ray._private.services")
    asked: list[str] = []

    def get_node(address: str) -> str:
        asked.append(address)
        if len(asked) < 3:
            raise RuntimeError("There is no such node yet.")
        return f"the node of {address}"

    monkeypatch.setattr(services, "get_node", get_node)
    with internals.patient_ray(60):
        assert services.get_node("this machine") == "the node of this machine"
    assert services.get_node is get_node
    assert asked == ["this machine"] * 3


def test_ray_itself_waits_for_its_node_for_half_a_minute() -> None:
    node = pytest.importorskip("ray._private.node")
    assert "raylet_start_wait_time_s = 30\n" in inspect.getsource(node)


def test_what_rich_prints_in_a_notebook_can_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    shell = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setattr("builtins.get_ipython", lambda: shell, raising=False)
    assert Console().is_jupyter
    with internals.plain_console():
        assert not Console().is_jupyter
    assert Console().is_jupyter
