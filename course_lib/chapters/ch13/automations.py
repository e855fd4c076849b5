"""Automations that are in force when a cell ends, and triggers tried out in a moment."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from course_lib.errors import CourseError
from course_lib.records.events import events_so_far, read_events
from course_lib.server.client import open_client

if TYPE_CHECKING:  # at run time imported late: a kernel that only starts needn't wait for it
    from prefect.automations import Automation, EventTrigger
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.events import Event

FIRED = "prefect.automation.triggered"
_SECONDS = 60.0
_POLL_SECONDS = 0.1
# An event that comes while the one before it is judged waits for a quarter of a second.
_APART = 0.03
_REPEAT = 10  # looks after which the probe is sent again, if the server missed the first


def automate(*automations: "Automation") -> None:
    """Put automations in force: in place of those of the same name, and watched by the server.

    Prefect itself makes one more of the same name each time. And it returns when an automation is
    written down, a moment before events are compared with it.
    """
    forget_automations(*(each.name for each in automations))
    with open_client() as client:
        for each in automations:
            _create(client, each)
        with _probe(client):
            pass  # it has answered: the others are watched


def forget_automations(*names: str) -> None:
    """Delete the automations of these names, if there are any."""
    with open_client() as client:
        for name in names:
            for old in client.read_automations_by_name(name):
                client.delete_automation(old.id)


@contextmanager
def automated(automation: "Automation") -> "Iterator[Callable[[Event], None]]":
    """Put an automation in force for the length of a ``with`` block.

    It gives a function that waits until the server has judged the event that it is given, and
    with it all those of `emit_in_order` before it.
    """
    with open_client() as client:
        id = _create(client, automation)
        try:
            with _probe(client) as catch_up:
                yield catch_up
        finally:
            client.delete_automation(id)


@contextmanager
def _probe(client: "SyncPrefectClient") -> "Iterator[Callable[[Event], None]]":
    """Add an automation that comes last, for events that come last, and wait until it's watched.

    The server takes automations in order. So when this one has fired, all before it are watched,
    and the event that its own event follows is judged.
    """
    from prefect.automations import Automation, DoNothing, EventTrigger
    from prefect.events import emit_event

    begin = datetime.now(UTC)
    name = f"course.probe.{uuid4().hex[:8]}"
    trigger = EventTrigger(expect={name}, match={"prefect.resource.id": name})
    probe = Automation(name=name, trigger=trigger, actions=[DoNothing()])
    probe_id = _create(client, probe)

    def catch_up(after: "Event | None") -> None:
        sent = set()
        for look in range(round(_SECONDS / _POLL_SECONDS)):
            if look % _REPEAT == 0:  # again, if it came before the automation was watched
                event = emit_event(name, resource={"prefect.resource.id": name}, follows=after)
                sent.add(event and event.id)
            found = events_so_far(client, probe, since=begin)
            if any(each.name == FIRED and each.cause in sent for each in found):
                return
            time.sleep(_POLL_SECONDS)
        raise CourseError(f"The server has not judged its events within {_SECONDS:.0f} s.")

    try:
        catch_up(None)
        yield catch_up
    finally:
        client.delete_automation(probe_id)


@dataclass(frozen=True)
class Rehearsal:
    """When events happened, in seconds from the first, and at which of them a trigger fired."""

    at: tuple[float, ...]
    fired: tuple[float, ...]
    threshold: int
    within: float

    def __repr__(self) -> str:
        events = ", ".join(f"{moment:g}" for moment in self.at)
        fired = ", ".join(f"{moment:g}" for moment in self.fired)
        end = f"fired at {fired} s" if fired else "never fired"
        return f"{self.threshold} within {self.within:g} s; events at {events} s; {end}"


def rehearse(trigger: "EventTrigger", at: Sequence[float]) -> Rehearsal:
    """Let the server judge events of a minute at once: each says for itself when it happened.

    Of the trigger, what it expects, the threshold and the time count; what it matches is replaced
    by a resource of this rehearsal alone. `at` says in seconds when the events happen, in order;
    the last at most 9 minutes after the first, or Prefect tidies up in between (`environment`).
    """
    from prefect.automations import Automation, DoNothing

    (name,) = trigger.expect
    own = {"prefect.resource.id": f"course.rehearsal.{uuid4().hex[:8]}"}
    changed = trigger.model_dump() | {"match": own, "match_related": {}}
    alone = type(trigger).model_validate(changed)
    rehearsed = Automation(name=own["prefect.resource.id"], trigger=alone, actions=[DoNothing()])
    with automated(rehearsed) as catch_up:
        emitted = emit_in_order([Planned(name, own, moment) for moment in at])
        catch_up(emitted[-1])
        found = read_events(rehearsed)
    seconds = {event.id: moment for event, moment in zip(emitted, at, strict=True)}
    fired = sorted(seconds[event.cause] for event in found if event.name == FIRED and event.cause)
    return Rehearsal(tuple(at), tuple(fired), trigger.threshold, trigger.within.total_seconds())


@dataclass(frozen=True)
class Planned:
    """An event to emit, as if it had happened `at` seconds after the first one."""

    name: str
    resource: Mapping[str, str]
    at: float


def emit_in_order(plan: Sequence[Planned]) -> "list[Event]":
    """Emit events, the last one as of now, so that the server judges one after the other."""
    from prefect.events import emit_event

    begin = datetime.now(UTC) - timedelta(seconds=plan[-1].at)
    emitted: list[Event] = []
    for each in plan:
        if emitted:
            time.sleep(_APART)
        # The server judges two at a time, in any order, unless one follows the other.
        before = emitted[-1] if emitted else None
        occurred = begin + timedelta(seconds=each.at)
        event = emit_event(each.name, dict(each.resource), occurred, follows=before)
        assert event is not None
        emitted.append(event)
    return emitted


def _create(client: "SyncPrefectClient", automation: "Automation") -> UUID:
    from prefect.automations import AutomationCore

    core = AutomationCore(**automation.model_dump(exclude={"id"}))
    automation.id = client.create_automation(core)
    return automation.id
