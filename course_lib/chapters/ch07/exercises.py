"""Checks of chapter 07: deployments."""

import asyncio
import inspect
import tempfile
import threading
from collections.abc import Awaitable, Callable, Generator
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from course_lib.exercises.checks import Point, Points, equals, require_equal, require_that
from course_lib.exercises.engine import define
from course_lib.exercises.trials import aside
from course_lib.records.deployments import Deployment, between, read_deployment
from course_lib.server.client import api_client

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.schemas.objects import FlowRun

_SECONDS = 60.0  # without waiting for a run, which is never needed, a call takes 2 or 3
_DAYS = ["2026-03-03", "2026-03-05", "2026-03-04"]
_BERLIN, _SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
_FRIDAY = 4
_SHOWN = 8
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
def catch_up(answer: object) -> Points:
    """One run a day, tagged, and none twice."""
    function = yield from _require_function(answer)
    with _Place() as place:
        name = place.deploy()
        yield from _require_end(function, name, _DAYS)
        runs = place.runs()
        yield from require_equal(
            f"days asked for, when called with {', '.join(_DAYS)}",
            sorted(str(run.parameters.get("day")) for run in runs),
            sorted(_DAYS),
        )
        yield equals(
            "runs with the tag catch-up", sum("catch-up" in run.tags for run in runs), len(_DAYS)
        )
        yield equals(
            "state of the runs", sorted({run.state_name or "" for run in runs}), ["Scheduled"]
        )
        yield from _require_end(function, name, _DAYS[1:])
        yield equals("runs after a second call for two of the days", len(place.runs()), len(_DAYS))
        yield from _require_end(function, name, ["2026-03-06"])
        yield equals("runs after a call for one more day", len(place.runs()), len(_DAYS) + 1)


@define("07.2")
def fridays_report(answer: object) -> Points:
    """18:30 on each Friday in Berlin, whatever the clocks do."""
    function = yield from _require_function(answer)
    with _Place() as place:
        yield from _require_end(function, place.load(), place.pool)
        deployment = yield from _require_deployment(place, "fridays")
        for first, last in _SPANS:
            days = (first + timedelta(days=number) for number in range((last - first).days))
            wanted = [
                datetime(day.year, day.month, day.day, 18, 30, tzinfo=_BERLIN)
                for day in days
                if day.weekday() == _FRIDAY
            ]
            yield from require_equal(
                f"runs from {first.day} {first:%B} on, by Berlin's clock",
                _listed(_fires(deployment, first, last, _BERLIN)),
                _listed(wanted),
            )
        yield Point(
            what="where its runs wait",
            ok=deployment.work_pool == place.pool,
            expected="the pool that the function was given",
            seen="the pool that it was given"
            if deployment.work_pool == place.pool
            else f"{deployment.work_pool!r}",
        )
        yield equals("tags", sorted(deployment.tags), ["weekly"])
        yield equals("version", deployment.version, "1.1")
        yield equals("paused", deployment.paused, False)


@define("07.3")
def twice_is_once(answer: object) -> Points:
    """Every three hours by the clock, and a second call that changes nothing."""
    function = yield from _require_function(answer)
    with _Place() as place:
        yield from _require_end(function, place.load(), place.pool)
        first = yield from _require_deployment(place, "stock-watch")
        yield from _require_end(function, place.load(), place.pool)
        second = read_deployment(first.name)
        changed = [
            field.name
            for field in fields(Deployment)
            if getattr(first, field.name) != getattr(second, field.name)
        ]
        yield equals("what a second call changed", changed, [])
        yield equals("deployments", place.deployments(), ["stock-watch"])
        day = date(2026, 3, 2)
        yield equals(
            "runs on 2 March, by Shanghai's clock",
            _listed(_fires(second, day, day + timedelta(days=1), _SHANGHAI)),
            _listed([datetime(2026, 3, 2, hour, tzinfo=_SHANGHAI) for hour in range(1, 24, 3)]),
        )
        yield equals("paused", second.paused, False)


class _Place:
    """A flow in a file and a work pool without a worker; what was made with them goes in the end."""

    def __init__(self) -> None:
        self.flow = self.pool = f"check-{uuid4().hex[:12]}"
        self._folder = tempfile.TemporaryDirectory()

    def __enter__(self) -> "_Place":
        from prefect.client.schemas.actions import WorkPoolCreate

        (Path(self._folder.name) / "flows.py").write_text(_FLOW.format(name=self.flow))
        with api_client() as client:
            client.create_work_pool(WorkPoolCreate(name=self.pool, type="process"))
            client.create_flow_from_name(self.flow)
        return self

    def __exit__(self, *error: object) -> None:
        with api_client() as client:
            client.delete_flow(client.read_flow_by_name(self.flow).id)  # with all that hangs on it
            client.delete_work_pool(self.pool)
        self._folder.cleanup()

    def load(self) -> "Flow[..., Any]":
        """Load the flow anew, as a process that deploys it would."""
        from prefect import Flow

        loaded = aside(lambda: Flow.from_source(self._folder.name, "flows.py:daily_report"))
        assert isinstance(loaded, Flow)
        return loaded

    def deploy(self) -> str:
        """Make a deployment to ask for runs of; give its full name."""
        made = partial(self.load().to_deployment, "by-hand", work_pool_name=self.pool)
        aside(lambda: aside(made).apply())
        return f"{self.flow}/by-hand"

    def deployments(self) -> list[str]:
        """List the deployments of the flow."""
        from prefect.client.schemas.filters import FlowFilter, FlowFilterName

        with api_client() as client:
            mine = FlowFilter(name=FlowFilterName(any_=[self.flow]))
            return sorted(found.name for found in client.read_deployments(flow_filter=mine))

    def runs(self) -> "list[FlowRun]":
        """List the flow's runs."""
        from prefect.client.schemas.filters import FlowFilter, FlowFilterName

        with api_client() as client:
            mine = FlowFilter(name=FlowFilterName(any_=[self.flow]))
            return client.read_flow_runs(flow_filter=mine)


def _require_function(answer: object) -> Generator[Point, None, Callable[..., Any]]:
    from prefect import Flow

    ok = callable(answer) and not isinstance(answer, Flow)
    yield from require_that(
        what="what was given to check()",
        ok=ok,
        expected="a function",
        seen="a function" if ok else f"a {type(answer).__name__}",
        cause="Pass the function's name alone, without parentheses or await.",
    )
    assert callable(answer)
    return answer


def _require_end(function: Callable[..., Any], *args: object) -> Points:
    """Call the learner's function, async or not, quietly and with a time limit."""
    from IPython.utils.capture import capture_output

    outcome: list[BaseException | None] = []

    async def limited(awaitable: Awaitable[Any]) -> None:
        await asyncio.wait_for(awaitable, _SECONDS)

    def work() -> None:
        try:
            value = function(*args)
            if inspect.isawaitable(value):
                asyncio.run(limited(value))
        except Exception as error:
            outcome.append(error)
        else:
            outcome.append(None)

    # A thread has no running loop, so that both forms of Prefect's methods work in there.
    thread = threading.Thread(target=work, daemon=True, name="exercise check")
    with capture_output():
        thread.start()
        thread.join(_SECONDS + 10)
    if not outcome or isinstance(outcome[0], TimeoutError):
        yield from require_that(
            what="it comes to an end",
            ok=False,
            expected=f"an end within {_SECONDS:.0f} s",
            seen="still waiting",
            cause="arun_deployment waits for the end of the run, and no worker is there: "
            "timeout=0 asks and goes on.",
        )
    if (error := outcome[0]) is not None:
        yield from require_that(
            what="it runs without an error",
            ok=False,
            expected="no error",
            seen=f"{type(error).__name__}: {error}"[:160],
            cause="Call it yourself in a cell: the error's last line says what went wrong.",
        )


def _require_deployment(place: _Place, name: str) -> Generator[Point, None, Deployment]:
    found = place.deployments()
    yield from require_equal(
        "deployments that were made",
        found,
        [name],
        "None: a call isn't awaited, or the deployment is made and never sent with aapply(). "
        "Another name: the exercise says which.",
    )
    return read_deployment(f"{place.flow}/{name}")


def _fires(deployment: Deployment, first: date, last: date, zone: ZoneInfo) -> list[datetime]:
    """Compute when all active schedules fire, from the first day up to, not with, the last."""
    start, end = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (first, last))
    found = {
        run.astimezone(UTC)
        for schedule in deployment.schedules
        if schedule.active
        for run in between(schedule, start, end)
        if run < end
    }
    return sorted(run.astimezone(zone) for run in found)


def _listed(runs: list[datetime]) -> str:
    shown = ", ".join(f"{run:%a} {run.day} {run:%b} {run:%H:%M}" for run in runs[:_SHOWN])
    return f"{shown} and {len(runs) - _SHOWN} more" if len(runs) > _SHOWN else shown or "none"
