"""Checks of chapter 07: deployments."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from course_lib.exercises.checks import AnyFlow, Check, join_some
from course_lib.exercises.engine import define
from course_lib.exercises.server_objects import work_pool
from course_lib.exercises.trials import aside, call_within, error_text
from course_lib.records.deployments import Deployment, between, read_deployment
from course_lib.server.client import open_client

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.filters import FlowFilter
    from prefect.client.schemas.objects import FlowRun

_SECONDS = 60.0  # without waiting for a run, which is never needed, a call takes 2 or 3
_DAYS = ["2026-03-03", "2026-03-05", "2026-03-04"]
_BERLIN, _SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
_FRIDAY = 4
_SPANS = ((date(2026, 3, 20), date(2026, 4, 4)), (date(2026, 10, 20), date(2026, 11, 7)))
"""Both changes of Berlin's clocks, with a Friday and more on either side."""
_FLOW = '''
from datetime import date

from prefect import flow


@flow(name={name!r})
def daily_report(day: date | None = None) -> None:
    """Stand in for the report."""
'''


@define("07.1")
def catch_up(check: Check, answer: object) -> None:
    """One run a day, tagged, none twice, and for each deployment its own."""
    _require_function(check, answer)
    with _place() as place:
        made = aside(lambda: place.load().to_deployment("by-hand", work_pool_name=place.name))
        aside(made.apply)
        deployment = f"{place.name}/by-hand"
        _require_end(check, answer, deployment, _DAYS)
        runs = place.runs()
        asked = sorted(str(run.parameters.get("day")) for run in runs)
        check.require_equal("days", asked, sorted(_DAYS), days=", ".join(_DAYS))
        check.equals("tagged", sum("catch-up" in run.tags for run in runs), len(_DAYS))
        check.equals("states", sorted({run.state_name or "" for run in runs}), ["Scheduled"])
        _require_end(check, answer, deployment, _DAYS[1:])
        check.equals("second_call", len(place.runs()), len(_DAYS))
        _require_end(check, answer, deployment, ["2026-03-06"])
        check.equals("new_day", len(place.runs()), len(_DAYS) + 1)
        other = aside(lambda: place.load().to_deployment("at-night", work_pool_name=place.name))
        aside(other.apply)
        _require_end(check, answer, f"{place.name}/at-night", _DAYS[:1])
        check.equals("other_deployment", len(place.runs()), len(_DAYS) + 2)


@define("07.2")
def fridays_report(check: Check, answer: object) -> None:
    """18:30 on each Friday in Berlin, whatever the clocks do."""
    _require_function(check, answer)
    with _place() as place:
        _require_end(check, answer, place.load(), place.name)
        deployment = _require_deployment(check, place, "fridays")
        for first, last in _SPANS:
            days = (first + timedelta(days=number) for number in range((last - first).days))
            fridays = [day for day in days if day.weekday() == _FRIDAY]
            expected = [datetime.combine(day, time(18, 30), _BERLIN) for day in fridays]
            seen = _fires(deployment, first, last, _BERLIN)
            check.require_equal("fires", seen, _listed(expected), first=first)
        right = deployment.work_pool == place.name
        seen = "the pool that it was given" if right else repr(deployment.work_pool)
        check.that("pool", right, seen)
        check.equals("tags", sorted(deployment.tags), ["weekly"])
        check.equals("version", deployment.version, "1.1")
        check.equals("paused", deployment.paused, False)


@define("07.3")
def twice_is_once(check: Check, answer: object) -> None:
    """Every three hours by the clock, and a second call that changes nothing."""
    _require_function(check, answer)
    with _place() as place:
        _require_end(check, answer, place.load(), place.name)
        first = _require_deployment(check, place, "stock-watch")
        _require_end(check, answer, place.load(), place.name)
        second = read_deployment(first.name)
        changed = [
            field.name
            for field in fields(Deployment)
            if getattr(first, field.name) != getattr(second, field.name)
        ]
        check.equals("changed", changed, [])
        check.equals("deployments", place.deployments(), ["stock-watch"])
        day = date(2026, 3, 2)
        seen = _fires(second, day, day + timedelta(days=1), _SHANGHAI)
        expected = [datetime.combine(day, time(hour), _SHANGHAI) for hour in range(1, 24, 3)]
        check.equals("fires", seen, _listed(expected))
        check.equals("paused", second.paused, False)


@dataclass(frozen=True)
class _Place:
    """A flow in a file, and a work pool without a worker, both of one name."""

    name: str
    folder: str
    client: "SyncPrefectClient"
    of_flow: "FlowFilter"

    def load(self) -> AnyFlow:
        """Load the flow anew, as a process that deploys it would."""
        from prefect import Flow

        loaded: AnyFlow = aside(lambda: Flow.from_source(self.folder, "flows.py:daily_report"))
        return loaded

    def deployments(self) -> list[str]:
        return sorted(each.name for each in self.client.read_deployments(flow_filter=self.of_flow))

    def runs(self) -> "list[FlowRun]":
        return self.client.read_flow_runs(flow_filter=self.of_flow)


@contextmanager
def _place() -> Iterator[_Place]:
    from prefect.client.schemas.filters import FlowFilter, FlowFilterId

    with (
        tempfile.TemporaryDirectory() as folder,
        open_client() as client,
        work_pool(client) as pool,
    ):
        Path(folder, "flows.py").write_text(_FLOW.format(name=pool))
        flow_id = client.create_flow_from_name(pool)
        try:
            yield _Place(pool, folder, client, FlowFilter(id=FlowFilterId(any_=[flow_id])))
        finally:
            client.delete_flow(flow_id)  # with all that hangs on it


def _require_function(check: Check, answer: object) -> None:
    from prefect import Flow

    check.require_given(
        callable(answer) and not isinstance(answer, Flow),
        "a function",
        f"a {type(answer).__name__}",
        "Pass the function's name alone, without parentheses or await.",
    )


def _require_end(check: Check, function: Any, *args: object) -> None:
    """Call the learner's function, async or not, quietly and with a time limit."""
    from IPython.utils.capture import capture_output

    with capture_output():
        call = call_within(_SECONDS, function, *args)
    if call is None or isinstance(call.error, TimeoutError):
        check.require_says("end", "still waiting", f"an end within {_SECONDS:.0f} s")
    elif call.error:
        check.require_says("no_error", error_text(call.error), "no error")


def _require_deployment(check: Check, place: _Place, name: str) -> Deployment:
    check.require_equal("made", place.deployments(), [name])
    return read_deployment(f"{place.name}/{name}")


def _fires(deployment: Deployment, first: date, last: date, zone: ZoneInfo) -> str:
    """Tell when all active schedules fire, from the first day up to, not with, the last."""
    start, end = (datetime.combine(day, time(), zone) for day in (first, last))
    found = {
        run.astimezone(UTC)
        for schedule in deployment.schedules
        if schedule.active
        for run in between(schedule, start, end)
        if run < end
    }
    return _listed([run.astimezone(zone) for run in sorted(found)])


def _listed(runs: list[datetime]) -> str:
    return join_some([f"{run:%a} {run.day} {run:%b} {run:%H:%M}" for run in runs])
