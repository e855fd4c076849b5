"""The course's Prefect server lets writers wait for their turn and readers see no half of it."""

import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
from prefect import flow, get_client, task
from prefect.automations import Automation
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, DoNothing
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.states import Running

import course_lib as course
from course_lib.chapters.ch13.automations import automate
from course_lib.records.events import Event, read_events
from course_lib.server import lifecycle

WRITERS, EACH = 6, 5
RUNS = 30
STATELESS = """
    SELECT count(*) FROM task_run LEFT JOIN task_run_state ON task_run_state.id = task_run.state_id
    WHERE task_run.state_id IS NOT NULL AND task_run_state.id IS NULL
"""


@flow
def nothing() -> None: ...


def test_no_writer_is_turned_away_because_another_one_writes() -> None:
    """As Prefect 3.8.8 begins transactions, about half of these requests were answered 503."""
    course.start()
    with get_client(sync_client=True) as client:
        deployment_id = client.create_deployment(client.create_flow(nothing), "six writers")

    def write(_: int) -> list[int]:
        with httpx.Client(base_url=os.environ["PREFECT_API_URL"], timeout=100) as raw:
            path = f"/deployments/{deployment_id}/create_flow_run"
            return [raw.post(path, json={}).status_code for _ in range(EACH)]

    try:
        with ThreadPoolExecutor(WRITERS) as pool:
            found = Counter(code for codes in pool.map(write, range(WRITERS)) for code in codes)
    finally:
        with get_client(sync_client=True) as client:
            client.delete_deployment(deployment_id)
    assert found == {httpx.codes.CREATED: WRITERS * EACH}


@task
def count(number: int) -> int:
    return number


@flow
def many() -> int:
    return sum(count.map(range(40)).result())


def test_no_reader_sees_a_task_run_before_its_state() -> None:
    """As Prefect 3.8.8 records them, a reader in a tight loop meets some of these every time."""
    course.start()
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        database = sqlite3.connect(
            f"file:{lifecycle.prefect_home() / 'prefect.db'}?mode=ro", uri=True
        )
        while not done.is_set():
            seen.append(database.execute(STATELESS).fetchone()[0])
        database.close()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        many()
        course.last_run(many)
    finally:
        done.set()
        reader.join()
    assert seen
    assert not any(seen)


@flow(name="without a word for ten seconds")  # no other test's: the watchdog goes by it
def silent() -> None: ...


def test_a_proactive_trigger_fires_once() -> None:
    """As Prefect 3.8.8 evaluates them, about one in six fired again, by its own action's event."""
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
        return [event.name for event in events].count(fired) == RUNS

    began = datetime.now(UTC)
    automate(watchdog, witness)
    try:
        with get_client(sync_client=True) as client:
            for _ in range(RUNS):
                client.create_flow_run(silent, state=Running())
        read_events(witness, since=began, until=all_seen)
        of_watchdog = read_events(watchdog, since=began)
    finally:
        watchdog.delete()
        witness.delete()
    assert Counter(event.name for event in of_watchdog)[fired] == RUNS
