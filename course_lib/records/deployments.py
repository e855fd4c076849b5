"""What is deployed: a frozen snapshot of a deployment, and when its schedules fire.

This is the only module that reads deployments from the API of the Prefect server.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from course_lib.errors import CourseError
from course_lib.records.paging import PAGE
from course_lib.server.client import open_client
from course_lib.server.internals import server_schedule
from course_lib.table import Table
from course_lib.waiting import wait_until

if TYPE_CHECKING:  # at run time imported late: a kernel that only starts needn't wait for it
    from prefect.schedules import Schedule as PrefectSchedule

# The scheduler looks every 5 s for deployments that changed. A busy server may miss one, and finds
# it in its next full round, each 60 s.
_SECONDS = 90.0
_FOLDER_STEP = ".set_working_directory"
# What rules of each kind consist of, the rule itself first.
_FIELDS = {"cron": ("cron", "day_or"), "interval": ("interval", "anchor_date"), "rrule": ("rrule",)}


@dataclass(frozen=True)
class Schedule:
    """One schedule of a deployment: a rule, and the clock that it goes by."""

    kind: str  # ``cron``, ``interval`` or ``rrule``
    rule: str  # such as ``0 8 * * *``, ``2:00:00`` (an interval) or ``FREQ=WEEKLY;BYDAY=FR``
    timezone: str
    active: bool = True
    parameters: Mapping[str, Any] = field(default_factory=dict)  # replace the deployment's
    slug: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)  # of the rule, as the server has them

    @classmethod
    def of(cls, schedule: Any) -> "Schedule":
        """Make one from what ``Cron``, ``Interval`` or ``RRule`` gives, or from one of the API."""
        rule = getattr(schedule, "schedule", schedule)  # the API's keep the rule apart
        kind = next(kind for kind in _FIELDS if getattr(rule, kind, None) is not None)
        return cls(
            kind=kind,
            rule=str(getattr(rule, kind)),
            timezone=rule.timezone or "UTC",
            active=schedule.active,
            parameters=dict(schedule.parameters or {}),
            slug=schedule.slug,
            fields={name: getattr(rule, name) for name in _FIELDS[kind]},
        )

    def __str__(self) -> str:
        rest = "".join(f", {key}={value!r}" for key, value in sorted(self.parameters.items()))
        off = "" if self.active else ", switched off"
        rule = self.rule.replace("\n", " ")  # Prefect puts a DTSTART line before an RRule
        return f"{self.kind} {rule}, {self.timezone}{rest}{off}"


@dataclass(frozen=True)
class Deployment:
    """A deployment, as recorded. Jupyter shows it as a table without ids and times.

    Two snapshots are equal if nothing that matters has changed between them; when somebody
    last touched it doesn't.
    """

    id: UUID
    name: str  # with the flow's: ``daily-report/by-hand``
    description: str
    version: str
    tags: frozenset[str]
    parameters: Mapping[str, Any]
    schedules: tuple[Schedule, ...]
    paused: bool
    work_pool: str | None
    work_queue: str | None
    entrypoint: str
    folder: str | None  # where its runs work; None where they are left where they start
    job_variables: Mapping[str, Any]

    def __repr__(self) -> str:
        return repr(self._table())

    def _repr_html_(self) -> str:
        return self._table()._repr_html_()

    def _table(self) -> Table:
        recorded = {
            "entrypoint": self.entrypoint,
            "description": self.description,
            "version": self.version,
            "tags": ", ".join(sorted(self.tags)),
            "parameters": ", ".join(f"{k}={v!r}" for k, v in sorted(self.parameters.items())),
            "schedules": "; ".join(map(str, self.schedules)),
            "paused": "yes" if self.paused else "no",
            "work pool": f"{self.work_pool}, queue {self.work_queue}" if self.work_pool else "",
        }
        rows = tuple((name, value or "none") for name, value in recorded.items())
        return Table(("what", "recorded"), rows, f"Deployment {self.name!r}")


def read_deployment(name: str, *, wait: float = 0) -> Deployment:
    """Read a deployment of this server by its full name, such as ``"daily-report/by-hand"``.

    Where there is none yet, this waits for so many seconds.
    """
    from prefect.exceptions import ObjectNotFound

    with open_client() as client:

        def read() -> Deployment | None:
            try:
                return _deployment(name, client.read_deployment_by_name(name))
            except ObjectNotFound:
                return None

        if found := wait_until(read, wait):
            return found
    raise CourseError(f"The server knows no deployment {name!r}.")


def upcoming(
    schedule: "Schedule | PrefectSchedule", start: date | datetime, count: int = 5
) -> tuple[datetime, ...]:
    """Return when a schedule fires next, as the server computes it, on the schedule's own clock.

    `start` is a time with a time zone, or a day, which begins at midnight on the schedule's clock.
    Where the rule comes to an end, fewer than `count` times are returned.
    """
    return between(schedule, start, count=count)


def between(
    schedule: "Schedule | PrefectSchedule",
    start: date | datetime,
    end: datetime | None = None,
    count: int | None = None,
) -> tuple[datetime, ...]:
    """Return when a schedule fires from `start` up to `end`; otherwise like `upcoming`."""
    rule = schedule if isinstance(schedule, Schedule) else Schedule.of(schedule)
    # This checks whether the time zone exists.
    server_side = server_schedule(rule.kind, timezone=rule.timezone, **rule.fields)
    zone = ZoneInfo(rule.timezone)
    if not isinstance(start, datetime):
        start = datetime.combine(start, datetime.min.time(), zone)
    if start.tzinfo is None:
        raise ValueError(f"start needs a time zone, or has to be a date: {start!r}")
    # In a thread of its own: a cell's loop is running already.
    with ThreadPoolExecutor(1) as pool:
        dates = pool.submit(asyncio.run, server_side.get_dates(count, start, end)).result()
    return tuple(datetime.fromtimestamp(each.timestamp(), zone) for each in dates)


def planned_runs(name: str, *, at_least: int = 0) -> tuple[datetime, ...]:
    """Read for when the server has planned runs of a deployment by its schedules.

    This waits, up to 90 s, until there are `at_least` so many: the server plans some seconds after
    a change.
    """
    from prefect.client.schemas import filters

    deployment = read_deployment(name)
    of_it = filters.DeploymentFilter(id=filters.DeploymentFilterId(any_=[deployment.id]))
    is_scheduled = filters.FlowRunFilterState.model_validate({"type": {"any_": ["SCHEDULED"]}})
    scheduled = filters.FlowRunFilter(state=is_scheduled)
    with open_client() as client:

        def planned() -> tuple[datetime, ...] | None:
            runs = client.read_flow_runs(
                deployment_filter=of_it, flow_run_filter=scheduled, limit=PAGE
            )
            times = sorted(
                datetime.fromtimestamp(run.expected_start_time.timestamp(), UTC)
                for run in runs
                if run.auto_scheduled and run.expected_start_time
            )
            return tuple(times) if len(times) >= at_least else None

        times = wait_until(planned, _SECONDS)
    if times is None:
        raise CourseError(f"The server has not planned {at_least} runs of {name!r}.")
    return times


def _deployment(name: str, found: Any) -> Deployment:
    steps = [pair for step in found.pull_steps or () for pair in step.items()]
    folders = [str(inputs["directory"]) for step, inputs in steps if step.endswith(_FOLDER_STEP)]
    return Deployment(
        id=found.id,
        name=name,
        # `prefect deploy` makes it the text "None" for a flow without one, until the next time.
        description="" if found.description == "None" else found.description or "",
        version=found.version or "",
        tags=frozenset(found.tags),
        parameters=dict(found.parameters),
        schedules=tuple(sorted(map(Schedule.of, found.schedules), key=repr)),
        paused=found.paused,
        work_pool=found.work_pool_name,
        work_queue=found.work_queue_name,
        entrypoint=found.entrypoint or "",
        folder=folders[0] if folders else None,
        job_variables=dict(found.job_variables or {}),
    )
