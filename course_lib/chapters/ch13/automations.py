"""Automations that are in force when a cell ends, and triggers tried out in a moment."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID, uuid4

from course_lib.errors import CourseError
from course_lib.records.events import events_so_far, read_events
from course_lib.server.client import open_client
from course_lib.waiting import attempts, wait_until

if TYPE_CHECKING:  # at run time imported late: a kernel that only starts needn't wait for it
    from prefect.automations import Automation, EventTrigger
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.events import Event
    from prefect.events.schemas.automations import Automation as Recorded

_T = TypeVar("_T")
FIRED = "prefect.automation.triggered"
PATIENCE = 180.0  # seconds: on a busy machine the server waits up to 60 for its database alone
# An event that comes while the one before it is judged waits for a quarter of a second.
_APART = 0.03
_AGAIN = 1.0  # seconds until a probe's event is sent again, then twice as many, and so on
_LATE = 20.0  # seconds after which an event that others have overtaken is lost
_TRIALS = 3
_ADVICE = (
    "This machine is very busy. Close what else runs on it, then run the cell again. Should it "
    "happen once more, enter `course restart` in a terminal before."
)


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


def in_force(name: str) -> "Recorded":
    """Wait until the server goes by an automation as it is now, and return it.

    For one that another process makes or changes: a deployment, or the command line. What happened
    before the call has been compared with it by then.
    """
    with open_client() as client:
        found = wait_until(lambda: client.read_automations_by_name(name) or None, PATIENCE)
        if not found:
            raise CourseError(f"There is no automation {name!r} after {PATIENCE:.0f} s.")
        with _probe(client):
            return found[-1]


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
    with it all those of `emit_in_order` before it. Where that can't be any more, it raises an
    EventsLostError: see `tried`.
    """
    with open_client() as client:
        id = _create(client, automation)
        try:
            with _probe(client) as catch_up:
                yield catch_up
        finally:
            client.delete_automation(id)


class EventsLostError(CourseError):
    """The server won't judge an event any more, though it judges others that came after it."""


def tried(trial: Callable[[], _T]) -> _T:
    """Return what a trial finds out, or what a second or third one does, if events got lost.

    A server whose database is locked gives up an event after some attempts, and keeps those that
    follow it waiting for 15 minutes. To send it again is of no use: with its id the server takes
    it for a double, and for one with a new id nobody waits. So a trial makes automations,
    resources and deployments of its own, and nothing is counted twice.
    """
    for _ in range(_TRIALS - 1):
        try:
            return trial()
        except EventsLostError:
            continue
    return trial()


@contextmanager
def _probe(client: "SyncPrefectClient") -> "Iterator[Callable[[Event], None]]":
    """Add an automation that comes last, and wait until it is watched.

    The server loads automations in order. So when this one has fired, all before it are watched.
    And when it has fired at an event that follows another one, that one is judged.
    """
    from prefect.automations import Automation, DoNothing, EventTrigger

    name = f"course.probe.{uuid4().hex[:8]}"
    trigger = EventTrigger(expect={name}, match={"prefect.resource.id": name})
    probe = Automation(name=name, trigger=trigger, actions=[DoNothing()])
    probe_id = _create(client, probe)

    def catch_up(after: "Event | None") -> None:
        asked = _Question(client, probe, after)
        free = _Question(client, probe, None)  # it follows nothing, so nothing holds it up
        begin = overtaken = time.monotonic()
        for _ in attempts(PATIENCE):
            if asked.is_answered():
                return
            now = time.monotonic()
            if after is None or now < begin + _LATE:
                continue
            if not free.is_answered():
                overtaken = now
            elif now > overtaken + _LATE:
                raise EventsLostError(f"The server has lost some of the events. {_ADVICE}")
        raise CourseError(f"The server has not judged its events in {PATIENCE:.0f} s. {_ADVICE}")

    try:
        catch_up(None)
        yield catch_up
    finally:
        client.delete_automation(probe_id)


@dataclass
class _Question:
    """Ask the probe to fire: by an event that is sent again, less and less often."""

    client: "SyncPrefectClient"
    probe: "Automation"
    after: "Event | None"
    begin: datetime = field(default_factory=lambda: datetime.now(UTC))
    sent: set[UUID] = field(default_factory=set)
    due: float = 0.0
    pause: float = _AGAIN

    def is_answered(self) -> bool:
        """Send the event, if it is time, and say whether the probe has fired at one of them."""
        from prefect.events import emit_event

        if time.monotonic() >= self.due:
            name = self.probe.name
            event = emit_event(name, {"prefect.resource.id": name}, follows=self.after)
            assert event is not None
            self.sent.add(event.id)
            self.due = time.monotonic() + self.pause
            self.pause *= 2
        found = events_so_far(self.client, self.probe, since=self.begin)
        return any(each.name == FIRED and each.cause in self.sent for each in found)


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
    the last at most 9 minutes after the first, or Prefect tidies up in between (`settings.toml`),
    and at most 20 of them, since a busy server follows a chain of events no further.
    """
    return tried(lambda: _rehearse(trigger, at))


def _rehearse(trigger: "EventTrigger", at: Sequence[float]) -> Rehearsal:
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
