"""Events, artifacts and automations on a real server, read back as they were meant."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prefect import flow, get_client
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.automations import Automation, AutomationCore, DoNothing, EventTrigger
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.events import EventPage
from prefect.events import Event, Resource, emit_event
from pydantic import TypeAdapter

import course_lib as course
from course_lib.chapters.ch13 import automations
from course_lib.chapters.ch13.automations import automate, forget_automations, in_force, rehearse
from course_lib.chapters.ch13.record_tables import show_artifacts
from course_lib.errors import CourseError
from course_lib.records import events
from course_lib.records.artifacts import Artifact, read_artifacts
from course_lib.records.events import read_events

LONGEST = timedelta(minutes=10)
MANY = 60  # events: more than the server tells at a time


@pytest.fixture(autouse=True)
def name() -> Iterator[str]:
    """Connect, and give a name that no other test uses."""
    course.start()
    name = f"test-{uuid4().hex[:8]}"
    yield name
    forget_automations(name)


def rule(name: str, threshold: int = 1, within: float = 0) -> Automation:
    trigger = EventTrigger(
        expect={"test.happened"},
        match={"prefect.resource.id": name},
        threshold=threshold,
        within=timedelta(seconds=within),
    )
    return Automation(name=name, trigger=trigger, actions=[DoNothing()])


def test_a_run_is_read_back_with_what_it_said_and_left(name: str) -> None:
    @flow(name=name)
    def said() -> None:
        emit_event("test.happened", resource={"prefect.resource.id": name}, payload={"n": 1})
        create_table_artifact([{"n": 1}], key=f"{name}-b", description="one")
        create_markdown_artifact("a **b**\n" * 9, key=f"{name}-a")

    said()
    run = course.last_run(said)
    found = [event for event in read_events(run) if "artifact" not in event.name]
    assert [event.name.rpartition(".")[2] for event in found] == [
        "Pending",
        "Running",
        "happened",
        "Completed",
    ]
    assert (found[2].about, found[2].payload) == (name, {"n": 1})
    assert ("flow-run", f"prefect.flow-run.{run.id}") in found[2].related
    assert found[3].cause == found[1].id
    left = read_artifacts(run)
    assert left[1] == Artifact(f"{name}-b", "table", [{"n": 1}], "one")
    shown = show_artifacts(left).rows
    assert shown[1] == (f"{name}-b", "table", "1 row")
    assert shown[0][2].endswith("…")


def test_an_event_that_comes_between_two_pages_doubles_none(name: str) -> None:
    """The server tells page by page, and counts off what it has told before."""
    began = datetime.now(UTC) - timedelta(minutes=1)
    resource = {"prefect.resource.id": name}
    for number in range(MANY):
        emit_event("test.counted", resource, began + timedelta(milliseconds=number + 1))
    read_events(name, since=began, until=lambda noted: len(noted) == MANY)

    class Late(SyncPrefectClient):
        def read_events_page(self, next_page: str) -> EventPage:
            emit_event("test.late", resource, began)
            read_events(name, since=began, until="test.late")
            return super().read_events_page(next_page)

    with Late(os.environ["PREFECT_API_URL"]) as client:
        found = events.events_so_far(client, name, since=began)
    counted = [event.id for event in found if event.name == "test.counted"]
    assert len(counted) == len(set(counted)) == MANY


def test_an_automation_is_in_force_at_once_and_only_once(name: str) -> None:
    once, again = rule(name), rule(name)
    automate(once)
    automate(again)
    said = emit_event("test.happened", resource={"prefect.resource.id": name})
    assert said is not None
    done = "prefect.automation.action.executed"
    found = read_events(again, name, since=said.occurred, until=done)
    assert [event.cause for event in found if event.name == automations.FIRED] == [said.id]
    with get_client(sync_client=True) as client:
        assert [each.id for each in client.read_automations_by_name(name)] == [again.id]
        forget_automations(name)
        assert client.read_automations_by_name(name) == []


def test_what_another_process_changes_is_waited_for(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with get_client(sync_client=True) as client:
        id = client.create_automation(AutomationCore(**rule(name).model_dump(exclude={"id"})))
        assert in_force(name).id == id
        client.pause_automation(id)
        assert not in_force(name).enabled
        said = emit_event("test.happened", resource={"prefect.resource.id": name})
        assert said is not None
        in_force(name)  # it has judged the event
        assert not read_events(f"prefect.automation.{id}", since=said.occurred)
    monkeypatch.setattr(automations, "PATIENCE", 0.2)
    with pytest.raises(CourseError, match="no automation 'nobody'"):
        in_force("nobody")


def test_the_server_counts_in_the_windows_that_are_drawn() -> None:
    trigger = EventTrigger(expect={"test.x"}, threshold=2, within=timedelta(seconds=20))
    rehearsal = rehearse(trigger, at=[0, 5, 10, 22, 24, 45])
    assert rehearsal.fired == (5, 24)
    with get_client(sync_client=True) as client:
        names = {each.name for each in client.read_automations()}
    assert not any(name.startswith("course.rehearsal") for name in names)


def test_a_lost_event_is_noticed_by_those_that_follow_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server keeps them waiting for 15 minutes, and judges all others."""
    monkeypatch.setattr(automations, "_LATE", 0.5)
    resource = {"prefect.resource.id": name}
    with automations.automated(rule(name)) as catch_up:
        lost = Event(event="test.happened", resource=Resource(resource))
        waits = emit_event("test.happened", resource, follows=lost)
        assert waits is not None
        with pytest.raises(automations.EventsLostError, match="Close what else runs"):
            catch_up(waits)


def test_a_trial_that_lost_events_is_made_again() -> None:
    trials = []

    def trial() -> int:
        trials.append(1)
        if len(trials) < 3:
            raise automations.EventsLostError("for the test")
        return len(trials)

    assert automations.tried(trial) == 3

    def hopeless() -> None:
        raise automations.EventsLostError("for ever")

    with pytest.raises(automations.EventsLostError):
        automations.tried(hopeless)


def test_what_does_not_come_is_an_error(name: str) -> None:
    with pytest.raises(CourseError, match="those that came: none"):
        read_events(name, until="test.happened", seconds=0.2)


def test_counts_outlast_a_rehearsal() -> None:
    """Swept after a minute, as by default, a check's counts were gone on a busy machine."""
    with get_client(sync_client=True) as client:
        found = client.request("GET", "/admin/settings").json()["server"]["events"]
    assert TypeAdapter(timedelta).validate_python(found["expired_bucket_buffer"]) == LONGEST
