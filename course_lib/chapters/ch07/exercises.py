"""Checks of chapter 07: deployments."""

import datetime as datetime_module
import inspect
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from random import Random
from types import SimpleNamespace
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

_SECONDS = 30.0  # without waiting for a run, which never ends here, a call takes 1 or less
_A_DAY = timedelta(days=1, hours=2)
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
    tomorrow = _tomorrow(answer)
    with _place() as place:
        first, other = (place.deploy(name) for name in Random().sample(["by-hand", "at-night"], 2))
        days = _some_days(5)
        asked, again, new, others = days[:4], days[1:3], days[4:], days[2:]
        _require_end(check, answer, first, asked)
        runs = place.runs()
        seen = sorted(str(run.parameters.get("day"))[:10] for run in runs)
        words = "each day once" if seen == sorted(asked) else f"runs for {join_some(seen)}"
        check.require_that("days", seen == sorted(asked), words, days=", ".join(asked))
        check.equals("tagged", sum("catch-up" in run.tags for run in runs), 4)
        check.equals(
            "states",
            sorted({run.state_type.value for run in runs if run.state_type}),
            ["SCHEDULED"],
        )

        def added(function: object, deployment: str, days: list[str]) -> int:
            before = len(place.runs())
            _require_end(check, function, deployment, days)
            return len(place.runs()) - before

        check.equals("second_call", added(answer, first, again), 0)
        check.equals("tomorrow", added(tomorrow, first, again), 0)
        check.equals("new_day", added(answer, first, new), 1)
        check.equals("other", [added(answer, other, others) for _ in range(2)], [3, 0])


@define("07.2")
def fridays_report(check: Check, answer: object) -> None:
    """18:30 on each Friday in Berlin, whatever the clocks do."""
    _require_function(check, answer)
    with _place() as place:
        _require_end(check, answer, place.load(), place.name)
        deployment = _require_deployment(check, place, "fridays")
        for first, last in _SPANS:
            seen = _listed(_fires(deployment, first, last, _BERLIN))
            expected = _listed(_fridays(first, last))
            check.require_equal("fires", seen, expected, first=first)
        first = date(Random().randrange(2027, 2036), 1, 1)
        last = first + timedelta(days=365)
        _same_times(check, _fires(deployment, first, last, _BERLIN), _fridays(first, last))
        right = deployment.work_pool == place.name
        seen = "the pool that it was given" if right else repr(deployment.work_pool)
        check.that("pool", right, seen)
        check.that("tags", "weekly" in deployment.tags, repr(sorted(deployment.tags)))
        check.equals("version", deployment.version, "1.1")
        check.equals("paused", deployment.paused, False)


def _fridays(first: date, last: date) -> list[datetime]:
    days = (first + timedelta(days=number) for number in range((last - first).days))
    return [
        datetime.combine(day, time(18, 30), _BERLIN) for day in days if day.weekday() == _FRIDAY
    ]


@define("07.3")
def twice_is_once(check: Check, answer: object) -> None:
    """Every three hours by the clock, and a second call that changes nothing, nor one tomorrow."""
    _require_function(check, answer)
    tomorrow = _tomorrow(answer)
    with _place() as place:
        _require_end(check, answer, place.load(), place.name)
        first = _require_deployment(check, place, "stock-watch")
        for key, function in (("changed", answer), ("changed_tomorrow", tomorrow)):
            _require_end(check, function, place.load(), place.name)
            second = read_deployment(first.name)
            changed = [
                field.name
                for field in fields(Deployment)
                if getattr(first, field.name) != getattr(second, field.name)
            ]
            check.equals(key, changed, [])
        check.equals("deployments", place.deployments(), ["stock-watch"])
        day = date(2026, 3, 2)
        seen = _fires(first, day, day + timedelta(days=1), _SHANGHAI)
        check.equals("fires", _listed(seen), _listed(_every_three_hours(day, 1)))
        day = date(Random().randrange(2027, 2036), Random().randrange(1, 13), 1)
        seen = _fires(first, day, day + timedelta(days=20), _SHANGHAI)
        _same_times(check, seen, _every_three_hours(day, 20))
        check.equals("paused", second.paused, False)


def _every_three_hours(first: date, number: int) -> list[datetime]:
    days = [first + timedelta(days=each) for each in range(number)]
    return [
        datetime.combine(day, time(hour), _SHANGHAI) for day in days for hour in range(1, 24, 3)
    ]


def _same_times(check: Check, seen: list[datetime], expected: list[datetime]) -> None:
    """Judge the runs of a time drawn at random; a right answer is told without it."""
    missing, more = (sorted({*a} - {*b})[:2] for a, b in ((expected, seen), (seen, expected)))
    words = f"not at {_listed(missing)}, but at {_listed(more)}, of {expected[0].year}"
    check.that("later", seen == expected, "as asked" if seen == expected else words)


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

    def deploy(self, name: str) -> str:
        """Deploy the flow without a schedule, and return the deployment's full name."""
        made = aside(lambda: self.load().to_deployment(name, work_pool_name=self.name))
        aside(made.apply)
        return f"{self.name}/{name}"

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
    """Call the learner's function as a cell does, quietly and with a time limit."""
    from IPython.core.getipython import get_ipython
    from IPython.utils.capture import capture_output

    async def cell() -> None:
        # A loop is running when the function is called: there Prefect's calls are to be awaited.
        answer = function(*args)
        if inspect.isawaitable(answer):
            await answer

    with capture_output():
        if shell := get_ipython():  # rich's progress bar, which adeploy shows, wants to set it
            shell.display_pub.set_parent = lambda parent: None  # type: ignore[attr-defined]
        call = call_within(_SECONDS, cell)
    if call is None or isinstance(call.error, TimeoutError):
        check.require_says("end", "still waiting", f"an end within {_SECONDS:.0f} s")
    elif call.error:
        check.require_says("no_error", error_text(call.error), "no error")


def _tomorrow(function: Any) -> Any:
    """Return the function as another process has it tomorrow.

    Nothing is remembered, the clock is later, and a text has another hash.
    """
    import cloudpickle  # type: ignore[import-untyped]

    try:
        copy = cloudpickle.loads(cloudpickle.dumps(function))
    except Exception:  # it uses what can't be copied
        return function
    names = getattr(inspect.unwrap(copy), "__globals__", {})
    if copy is not function:  # one of a module is the same in the copy, and so are its names
        names.update({name: _later(value) for name, value in names.items()})
        names.setdefault("hash", _hash_of_another_process)
    return copy


def _hash_of_another_process(value: object) -> int:
    """Return another number than `hash`, unless `value` is a number."""
    return hash(value) if isinstance(value, int | float) else hash((value, "another process"))


def _later(value: Any) -> Any:
    if value is datetime:
        return _LaterTime
    if value is date:
        return _LaterDate
    if value is datetime_module:
        return SimpleNamespace(**{**vars(value), "datetime": _LaterTime, "date": _LaterDate})
    return value


class _LaterTime(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz) + _A_DAY

    @classmethod
    def today(cls) -> Any:
        return datetime.now() + _A_DAY

    @classmethod
    def utcnow(cls) -> Any:
        return datetime.now(UTC).replace(tzinfo=None) + _A_DAY


class _LaterDate(date):
    @classmethod
    def today(cls) -> Any:
        return date.today() + _A_DAY


def _some_days(number: int) -> list[str]:
    """Return different days in disorder, the first two with one number in two months."""
    chance = Random()
    month, *days = chance.randrange(1, 12), *chance.sample(range(1, 29), number - 1)
    first = date(2026, month, days[0])
    return [
        str(each)
        for each in (
            first.replace(month=month + 1),
            first,
            *(first.replace(day=day) for day in days[1:]),
        )
    ]


def _require_deployment(check: Check, place: _Place, name: str) -> Deployment:
    check.require_equal("made", place.deployments(), [name])
    return read_deployment(f"{place.name}/{name}")


def _fires(deployment: Deployment, first: date, last: date, zone: ZoneInfo) -> list[datetime]:
    """Tell when all active schedules fire, from the first day up to, not with, the last."""
    start, end = (datetime.combine(day, time(), zone) for day in (first, last))
    found = {
        run.astimezone(UTC)
        for schedule in deployment.schedules
        if schedule.active
        for run in between(schedule, start, end)
        if run < end
    }
    return [run.astimezone(zone) for run in sorted(found)]


def _listed(runs: list[datetime]) -> str:
    return join_some([f"{run:%a} {run.day} {run:%b} {run:%H:%M}" for run in runs])
