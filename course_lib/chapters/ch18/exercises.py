"""Checks of chapter 18: the capstone, from one shop to a whole week."""

import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_lib.chapters.ch18.rehearsal import (
    ZONE,
    Faults,
    Morning,
    Pipeline,
    Row,
    Week,
    all_task_runs,
    good_orders,
    lasting,
    read_rows,
    rehearse_week,
    run_interrupted,
)
from course_lib.chapters.ch18.stored_rows import good_rows, row_values, rows_point, totals_point
from course_lib.chapters.ch18.week_picture import week_picture, week_table
from course_lib.exercises.checks import (
    Exhibit,
    Point,
    Points,
    equals,
    require,
    require_equal,
    require_flow,
    require_task,
    require_that,
)
from course_lib.exercises.engine import define
from course_lib.exercises.trials import Call, Trial, raises_nothing, try_call, try_flow
from course_lib.records.deployments import between
from course_lib.records.reading import read_logs
from course_lib.records.runs import FlowRun, TaskRun
from course_lib.shop import SHOPS, Request, Shop, orders

if TYPE_CHECKING:
    from prefect import Task

_SUNDAY, _MONDAY = date(2026, 3, 8), date(2026, 3, 9)  # none of the chapter's days
_TUESDAY, _WEDNESDAY = date(2026, 3, 10), date(2026, 3, 11)
_FAILED = {"FAILED", "CRASHED"}
_RETRY_AFTER = 1

# --- 18.1: one shop -------------------------------------------------------------------------


@define("18.1")
def one_shop(answer: object) -> Points:
    """A task that meets every kind of answer that a shop may give, in one flow run."""
    task = yield from require_task(answer)
    faults: Faults = {
        "orders/north": [503, "broken"],
        "orders/east": [429],
        "orders/south": lasting("dirty"),
        "orders/west": lasting(404),
    }
    calls = [(shop, _MONDAY) for shop in SHOPS] + [("north", _SUNDAY)]
    with Shop(latency=0, faults=faults, retry_after=_RETRY_AFTER) as shop:
        trial, states = yield from _call_each(task, [(*call, shop.url) for call in calls])
        requests = shop.requests
    yield from require(raises_nothing(trial))
    assert trial.run is not None
    ended = dict(zip(calls, states, strict=True))
    runs = _by_call(trial.run, calls)
    yield from require_equal(
        "names of the task runs",
        [run.name for run in runs.values()],
        [f"pull {name}" for name, _ in calls],
    )
    north, east, south, west = ((name, _MONDAY) for name in SHOPS)
    yield from require_equal(
        "north answers 503, then half a JSON text: attempts that Prefect recorded",
        runs[north].run_count,
        3,
    )
    yield from require(_gave("north", ended[north], _MONDAY, {}))
    yield from require(
        equals("east answers 429 at first: attempts that Prefect recorded", runs[east].run_count, 2)
    )
    yield _stayed_away("east", requests)
    yield _gave("east", ended[east], _MONDAY, {})
    yield from require(
        _gave(
            "south, of which four records are flawed",
            ended[south],
            _MONDAY,
            faults,
            "Leave out the records without a quantity and those whose quantity is below 1; the "
            "day's other records are good.",
        )
    )
    yield from require(_warned(trial.run))
    yield equals(
        "west answers 404: requests", sum(each.path == "orders/west" for each in requests), 1
    )
    yield equals("west answers 404: how its task run ended", runs[west].state.name, "Failed")
    yield Point(
        what="north on Sunday, when it is closed",
        ok=runs["north", _SUNDAY].state.name == "Skipped",
        expected="a task run in a state named Skipped",
        seen=f"a task run in a state named {runs['north', _SUNDAY].state.name}",
    )


def _call_each(
    task: "Task[Any, Any]", calls: Sequence[tuple[Any, ...]]
) -> Generator[Point, None, tuple[Trial, list[Any]]]:
    """Call a task several times in one flow run; give what each call returned, or raised."""
    from prefect import flow

    states: list[Any] = []

    async def call_async() -> None:
        for call in calls:
            states.append(await task(*call, return_state=True))

    def call_sync() -> None:
        for call in calls:
            states.append(task(*call, return_state=True))

    chosen: Any = call_async if task.isasync else call_sync
    trial = yield from try_flow(flow(name=f"check of {task.name}")(chosen))
    return trial, [_value(state) for state in states]


def _value(state: Any) -> Any:
    from prefect.exceptions import MissingResult

    try:
        return state.result(raise_on_failure=False, _sync=True)
    except MissingResult:  # of a state that the answer made itself, without data
        return None


def _by_call(run: FlowRun, calls: Sequence[Any]) -> Mapping[Any, TaskRun]:
    # The calls came one after the other, and so do the runs.
    return dict(zip(calls, all_task_runs(run), strict=False))


def _gave(what: str, seen: object, day: date, faults: Faults, cause: str = "") -> Point:
    shop = what.split(",")[0]
    wanted = good_rows(shop, day, faults)
    found = f"{len(seen)} records" if isinstance(seen, list) else repr(seen)[:120]
    same = seen == wanted
    return Point(
        what=f"what the task returned for {what}",
        ok=same,
        expected=f"{len(wanted)} records",
        seen=found if same or found != f"{len(wanted)} records" else f"{found}, and not the shop's",
        cause=cause or "Return what the shop answers for that day: params={'day': ...}.",
    )


def _stayed_away(shop: str, requests: Sequence[Request]) -> Point:
    came = [each for each in requests if each.path == f"orders/{shop}"]
    ok = all(
        later.started - sooner.ended >= _RETRY_AFTER
        for sooner, later in pairwise(came)
        if sooner.status == 429
    )
    return Point(
        what=f"{shop} asks for {_RETRY_AFTER} s of peace (Retry-After)",
        ok=ok,
        expected="no request before that",
        seen="no request before that" if ok else "a request before that",
    )


def _warned(run: FlowRun) -> Point:
    left_out = {row["order_id"] for row in _flawed("south", _MONDAY)}
    lines = [line.message for line in read_logs(run) if line.level == "WARNING"]
    named = [order for order in left_out if any(order in line for line in lines)]
    return equals("records left out that a WARNING in the log names", len(named), len(left_out))


def _flawed(shop: str, day: date) -> list[Row]:
    good = {row["order_id"] for row in good_orders(shop, day, "dirty")}
    every: list[Row] = [dict(row) for row in orders(shop, day.isoformat())]
    return [row for row in every if row["order_id"] not in good]


# --- 18.2: one day --------------------------------------------------------------------------


@define("18.2")
def one_day(answer: object) -> Points:
    """A flow on a good day, an interrupted one, one on which a shop fails, and a Sunday."""
    flow = yield from require_flow(answer)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        database = Path(folder, "shop.db")

        def run(day: date, faults: Faults | None = None) -> Generator[Point, None, Trial]:
            with Shop(latency=0, faults=faults or {}) as shop:
                return (yield from try_flow(flow, day=day, url=shop.url, database=database))

        trial = yield from run(_MONDAY)
        yield from require(raises_nothing(trial))
        yield from require(
            rows_point(
                "rows after a good Monday",
                database,
                {_MONDAY: SHOPS},
                "Store the records of all four shops in the table orders, with its six columns.",
            )
        )
        assert trial.run is not None
        yield from require_equal(
            "task runs that are named after a shop",
            sorted({shop for shop in SHOPS if _named_after(shop, trial.run)}),
            sorted(SHOPS),
        )
        cut = yield from try_call(lambda: run_interrupted(flow, day=_TUESDAY, database=database))
        yield from require(_was_cut(cut))
        trial = yield from run(_TUESDAY)
        yield from require(
            _says(
                "Tuesday's run is cut off in the middle: how the second run of Tuesday ends",
                _end(trial),
                "Completed",
                "Rows of the first run are in its way: INSERT refuses a key that is there. Or a "
                "run that finds rows of its day takes it for done.",
            )
        )
        yield from require(
            rows_point(
                "rows after Tuesday was done again",
                database,
                {_MONDAY: SHOPS, _TUESDAY: SHOPS},
                "Too many: the first run's rows are still there, beside the second's. Too few: a "
                "day of which there are some rows is taken for done.",
            )
        )
        others = [shop for shop in SHOPS if shop != "east"]
        trial = yield from run(_WEDNESDAY, {"orders/east": lasting(404)})
        yield from require(
            rows_point(
                "rows after Wednesday, when east answers 404",
                database,
                {_MONDAY: SHOPS, _TUESDAY: SHOPS, _WEDNESDAY: others},
                "One shop's failure must not lose the others: wait for all pulls, then store what "
                "came.",
            )
        )
        yield from require(_told_failure(trial, "east"))
        trial = yield from run(_WEDNESDAY)
        yield from require(
            rows_point(
                "rows after Wednesday was done again, when east is well",
                database,
                {_MONDAY: SHOPS, _TUESDAY: SHOPS, _WEDNESDAY: SHOPS},
                "Too many: the other shops' rows are there twice. Too few: east's are missing.",
            )
        )
        trial = yield from run(_SUNDAY)
        yield _says(
            "Sunday, when all are closed: the flow run's state",
            _end(trial),
            "Skipped",
            "Return Completed(name='Skipped', message=...) from the flow where no shop had any "
            "orders, and none failed.",
        )
        yield totals_point(read_rows(database, "totals"), read_rows(database, "orders"))


def _was_cut(trial: Call) -> Point:
    run = trial.result
    ok = isinstance(run, FlowRun) and run.state.type == "CRASHED"
    return Point(
        what="Tuesday's run is cut off in the middle: how it ends",
        ok=ok,
        expected="Crashed",
        seen=run.state.name if isinstance(run, FlowRun) else repr(trial.error)[:120],
    )


def _told_failure(trial: Trial, shop: str) -> Point:
    state = trial.run.state if trial.run else None
    ok = state is not None and state.type == "FAILED" and shop in state.message
    return Point(
        what=f"how Wednesday's flow run ends, {shop} being missing",
        ok=ok,
        expected=f"Failed, with a message that names {shop}",
        seen="no run" if state is None else f"{state.name}: {state.message}"[:120],
    )


# --- 18.3: the week -------------------------------------------------------------------------

_FAULTS: Mapping[str, Faults] = {
    "Tuesday": {"orders/north": [503], "orders/south": ["broken", 503]},
    "Wednesday": {"orders/east": [429]},
    "Friday": {"orders/west": lasting(404)},
    "Saturday": {"orders/north": lasting("dirty")},
}
_INTERRUPTED = "Thursday"
_WEEK_SECONDS = 300.0  # ten on an idle machine, but a minute on a very busy one
_ENDS = {
    "Monday": ["Skipped"],
    "Tuesday": ["Completed"],
    "Wednesday": ["Completed"],
    "Thursday": ["Crashed", "Completed"],
    "Friday": ["Failed"],
    "Saturday": ["Completed"],
    "Sunday": ["Completed"],
}
_ATTEMPTS = {"north on Tuesday": 2, "south on Tuesday": 3, "east on Wednesday": 2}


@define("18.3")
def one_week(answer: object) -> Points:
    """A week of planned runs: its schedule, the runs that Prefect recorded, the data."""
    pipeline = yield from _require_pipeline(answer)
    times = _times(pipeline)
    yield from require(
        _says(
            "schedule: when the runs of a week are planned, by Shanghai's clock",
            _listed(times),
            _listed([datetime(2026, 3, day, 8, tzinfo=ZONE) for day in range(9, 16)]),
            "Hours off: the rule has no time zone, or another one. Days missing: the shops' "
            "Sunday is nobody's day off at the office.",
        )
    )
    trial = yield from try_call(
        lambda: rehearse_week(pipeline, _MONDAY, _FAULTS, _INTERRUPTED), seconds=_WEEK_SECONDS
    )
    if trial.error is not None:
        yield from require(raises_nothing(trial))
    week: Week = trial.result
    yield Exhibit(week_table(week))
    yield Exhibit(week_picture(week))
    mornings = {morning.weekday: morning for morning in week.mornings}
    yield _says(
        "data: days of which something is stored",
        ", ".join(sorted({str(row.get("day")) for row in week.orders})),
        ", ".join((_MONDAY + timedelta(days=number)).isoformat() for number in range(6)),
        "The day is the one before the run was planned, which may be long before it runs. A run "
        "that is told a day takes that one.",
    )
    yield _each_once(week)
    yield _says(
        "data: rows by day and shop",
        _counts(week, lambda morning, shop: morning.stored[shop]),
        _counts(week, _wanted),
        "The picture shows where. Whole days: the day is wrong. One shop: look at what it "
        "answered that morning.",
    )
    yield _same_values(week)
    yield totals_point(week.totals, week.orders, "data: ")
    yield _says(
        "runs: how each morning ended",
        _ends(week),
        _ends_wanted(),
        "Skipped where nobody had orders, Failed where a shop is missing, Completed otherwise; "
        "and a run that was cut off is done again.",
    )
    seen = {
        what: max((run.run_count for run in mornings[day].of(shop)), default=0)
        for what, shop, day in ((what, *what.split(" on ")) for what in _ATTEMPTS)
    }
    yield equals("runs: attempts that Prefect recorded", seen, _ATTEMPTS)
    failed = {
        f"{run.name} on {morning.weekday}, attempts: {run.run_count}"
        for morning in week.mornings
        for run in all_task_runs(morning.runs[-1])
        if run.state.type in _FAILED
    }
    yield equals(
        "runs: task runs that failed", sorted(failed), ["pull west on Friday, attempts: 1"]
    )


def _require_pipeline(answer: object) -> Generator[Point, None, Pipeline]:
    from prefect import Flow
    from prefect.schedules import Schedule

    ok = (
        isinstance(answer, Pipeline)
        and isinstance(answer.flow, Flow)
        and isinstance(answer.schedule, Schedule)
    )
    yield from require_that(
        what="what was given to check()",
        ok=ok,
        expected="a pipeline of a flow and a schedule",
        seen="a pipeline of a flow and a schedule" if ok else repr(answer)[:120],
    )
    assert isinstance(answer, Pipeline)
    return answer


def _times(pipeline: Pipeline) -> list[datetime]:
    start = datetime(2026, 3, 9, tzinfo=ZONE)
    end = start + timedelta(days=7)
    found = between(pipeline.schedule, start, end)
    return [at.astimezone(ZONE) for at in found if at < end]


def _listed(times: Sequence[datetime]) -> str:
    shown = ", ".join(f"{at:%a %H:%M}" for at in times[:8])
    return f"{shown} and {len(times) - 8} more" if len(times) > 8 else shown or "none"


def _each_once(week: Week) -> Point:
    ids = [row.get("order_id") for row in week.orders]
    return equals("data: orders that are stored more than once", len(ids) - len(set(ids)), 0)


def _wanted(morning: Morning, shop: str) -> int:
    return len(good_rows(shop, morning.day, _FAULTS.get(morning.weekday)))


def _counts(week: Week, of: Callable[[Morning, str], int]) -> str:
    parts = (
        f"{morning.day:%a} {'+'.join(str(of(morning, shop)) for shop in SHOPS)}"
        for morning in week.mornings
    )
    return ", ".join(parts)


def _same_values(week: Week) -> Point:
    wanted = {
        row["order_id"]: row_values(row)
        for morning in week.mornings
        for shop in SHOPS
        for row in good_rows(shop, morning.day, _FAULTS.get(morning.weekday))
    }
    other = sum(wanted.get(row.get("order_id")) != row_values(row) for row in week.orders)
    return equals("data: rows that differ from what the shop reported", other, 0)


def _ends(week: Week) -> str:
    return "; ".join(
        f"{morning.weekday[:3]} {', then '.join(run.state.name for run in morning.runs)}"
        for morning in week.mornings
    )


def _ends_wanted() -> str:
    return "; ".join(f"{day[:3]} {', then '.join(states)}" for day, states in _ENDS.items())


# --- of more than one stage -----------------------------------------------------------------


def _says(what: str, seen: str, expected: str, cause: str) -> Point:
    """Compare two texts, neither of which may be cut short."""
    return Point(what, seen == expected, expected, seen, cause)


def _named_after(shop: str, run: FlowRun) -> bool:
    return any(shop in each.name.split() for each in all_task_runs(run))


def _end(trial: Trial) -> str:
    if trial.run is None:
        return repr(trial.error)[:120]
    state = trial.run.state
    return state.name if state.type == "COMPLETED" else f"{state.name}: {state.message}"[:120]
