"""What the server noted: frozen snapshots of events, and what led to what.

This is the only module that reads events from the API of the Prefect server.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from course_lib.errors import CourseError
from course_lib.records.runs import FlowRun, TaskRun
from course_lib.server.client import open_client
from course_lib.waiting import attempts

if TYPE_CHECKING:  # at run time imported late: a kernel that only starts needn't wait for it
    from prefect.automations import Automation
    from prefect.client.orchestration import SyncPrefectClient

_PAGE = 50  # the most that the API gives at a time
_LOOK_BACK = timedelta(hours=1)
_EVENT = "prefect.event."
# How an event names the one that led to it, the most telling role first.
_CAUSES = ("automation-triggered-event", "triggering-event")


@dataclass(frozen=True, repr=False)
class Event:
    """Something that happened, as recorded."""

    id: UUID
    name: str  # such as ``prefect.flow-run.Failed``, or one of your own
    about: str  # the resource that it happened to: ``prefect.flow-run.<id>``, or one of your own
    label: str  # that resource's name for people, if it has one
    at: datetime
    cause: UUID | None  # the event that led to this one, as far as the server was told
    related: tuple[tuple[str, str], ...] = ()  # role and id of others that had to do with it
    payload: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Event {self.name!r} about {self.who}>"

    @property
    def who(self) -> str:
        """The resource in words, without ids."""
        kind, _, _ = self.about.removeprefix("prefect.").rpartition(".")
        if not self.about.startswith("prefect."):
            return self.about
        if kind == "task-run":  # Prefect's default name ends in the beginning of a key
            return f"task run of {re.sub('-[0-9a-f]{3}$', '', self.label)}"
        words = kind.replace("-", " ")
        return words if kind == "flow-run" or not self.label else f"{words} {self.label!r}"


Until = str | Callable[[Sequence[Event]], bool]


def read_events(
    *about: "FlowRun | Automation | str",
    until: Until | None = None,
    since: datetime | None = None,
    seconds: float = 60,
) -> tuple[Event, ...]:
    """Read what happened to some resources, or with them, in the order in which it happened.

    Parameters
    ----------
    about
        Flow runs, automations, or resources by their ids. Where flow runs that have ended are
        among them, this waits until their ends are noted, and whatever this process emitted.
    until
        Wait until there is an event of this name, or until a function of the events says so: they
        can be read half a second after they happened.
    since
        Leave out what happened before, by default an hour ago, or when the first of the flow runs
        began.
    seconds
        How long to wait, before it is a CourseError.
    """
    from prefect.events import emit_event

    runs = [each for each in about if isinstance(each, FlowRun)]
    if since is None:
        first = [state.at for run in runs for state in run.states]
        since = min(first, default=datetime.now(UTC) - _LOOK_BACK)
    marks = [f"course.mark.{uuid4().hex[:8]}"] if runs else []
    for mark in marks:  # it arrives behind all events that this process has emitted
        emit_event("course.mark", resource={"prefect.resource.id": mark})
    ends = {end for run in runs for end in _ends(run)}
    with open_client() as client:
        for _ in attempts(seconds):
            noted = events_so_far(client, *about, *marks, since=since)
            found = tuple(event for event in noted if event.about not in marks)
            arrived = not marks or len(found) < len(noted)
            ended = ends <= {(event.about, event.name) for event in found}
            if arrived and ended and _is_enough(found, until):
                return found
    names = ", ".join(dict.fromkeys(event.name for event in found)) or "none"
    raise CourseError(
        f"The events that were waited for did not come within {seconds:.0f} s; "
        f"those that came: {names}."
    )


def events_so_far(
    client: "SyncPrefectClient", *about: "FlowRun | Automation | str", since: datetime
) -> tuple[Event, ...]:
    """Read what is noted by now, with a client that is open: a new one costs 30 ms."""
    from prefect.events import filters

    span: dict[str, Any] = {"since": since, "until": datetime.now(UTC)}
    wanted = filters.EventFilter(
        occurred=filters.EventOccurredFilter(**span),
        any_resource=filters.EventAnyResourceFilter(id=[_resource(each) for each in about]),
        order=filters.EventOrder.ASC,
    )
    page = client.read_events(wanted, limit=_PAGE)
    found = {event.id: event for event in page.events}
    while page.next_page:
        # Pages are counted off: what is noted meanwhile moves the last ones of a page to the next.
        page = client.read_events_page(str(page.next_page))
        found |= {event.id: event for event in page.events}
    return tuple(sorted(map(_event, found.values()), key=lambda event: event.at))


def _resource(of: "FlowRun | Automation | str") -> str:
    if isinstance(of, str):
        return of
    return f"prefect.{'flow-run' if isinstance(of, FlowRun) else 'automation'}.{of.id}"


def _is_enough(events: Sequence[Event], until: Until | None) -> bool:
    if isinstance(until, str):
        return any(event.name == until for event in events)
    return until is None or until(events)


def _ends(run: FlowRun) -> set[tuple[str, str]]:
    """Return the resource and the name of each event that tells of an end in this run."""
    members: list[tuple[str, FlowRun | TaskRun]] = [("flow-run", run)]
    members += [("task-run", each) for each in run.task_runs]
    return {
        (f"prefect.{kind}.{each.id}", f"prefect.{kind}.{each.state.name}")
        for kind, each in members
        if each.state.is_final
    }


def _event(found: Any) -> Event:
    roles = {each.role: each.id for each in reversed(found.related)}
    causes = [UUID(roles[role].removeprefix(_EVENT)) for role in _CAUSES if role in roles]
    return Event(
        id=found.id,
        name=found.event,
        about=found.resource.id,
        label=found.resource.name or "",
        at=found.occurred,
        cause=causes[0] if causes else found.follows,
        related=tuple((each.role, each.id) for each in found.related),
        payload=dict(found.payload),
    )
