"""Checks of chapter 18: the capstone, from one shop to a whole week."""

import tempfile
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_lib.chapters.ch18.rehearsal import (
    ZONE,
    Faults,
    Pipeline,
    Week,
    all_task_runs,
    lasting,
    read_rows,
    rehearse_week,
    run_interrupted,
)
from course_lib.chapters.ch18.stored_rows import good_rows, require_rows, row_values, totals_point
from course_lib.chapters.ch18.week_picture import week_picture, week_table
from course_lib.exercises.checks import (
    Exhibit,
    Point,
    Points,
    equals,
    require,
    require_equal,
    require_flow,
    require_given,
    require_says,
    require_task,
    require_that,
    says,
)
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, Running, raises_nothing, run_with, try_call, try_with
from course_lib.records.deployments import between
from course_lib.records.reading import read_logs
from course_lib.records.runs import FlowRun
from course_lib.shop import SHOPS, Shop, orders

if TYPE_CHECKING:
    from prefect import Task

_SUNDAY, _MONDAY = date(2026, 3, 8), date(2026, 3, 9)  # none of the chapter's days
_TUESDAY, _WEDNESDAY = date(2026, 3, 10), date(2026, 3, 11)
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
    north, east, south, west, closed = calls
    shop = Shop(latency=0, faults=faults, retry_after=_RETRY_AFTER)
    trial = yield from _call_each(task, calls, shop)
    returned = trial.result
    # The calls came one after the other, and so do the runs.
    runs = dict(zip(calls, all_task_runs(trial.run), strict=False))
    yield from require_equal(
        "names of the task runs",
        [run.name for run in runs.values()],
        [f"pull {name}" for name, _ in calls],
    )
    yield from require_equal(
        "north answers 503, then half a JSON text: attempts that Prefect recorded",
        runs[north].run_count,
        3,
    )
    yield from require(_returned("north", returned[north], {}))
    yield from require_equal(
        "east answers 429 at first: attempts that Prefect recorded", runs[east].run_count, 2
    )
    came = [request for request in trial.requests if request.path == "orders/east"]
    in_peace = all(
        later.started - sooner.ended >= _RETRY_AFTER
        for sooner, later in pairwise(came)
        if sooner.status == 429
    )
    yield says(
        f"east asks for {_RETRY_AFTER} s of peace (Retry-After)",
        "no request before that" if in_peace else "a request before that",
        "no request before that",
    )
    yield _returned("east", returned[east], {})
    yield from require(
        _returned("south, of which four records are flawed", returned[south], faults)
    )
    good = {row["order_id"] for row in good_rows("south", _MONDAY, faults)}
    flawed = {row["order_id"] for row in orders("south", _MONDAY.isoformat())} - good
    warnings = [line.message for line in read_logs(trial.run) if line.level == "WARNING"]
    yield from require_equal(
        "records left out that a WARNING in the log names",
        sum(any(order in line for line in warnings) for order in flawed),
        len(flawed),
    )
    yield equals("west answers 404: requests", trial.paths.count("orders/west"), 1)
    yield equals("west answers 404: how its task run ended", runs[west].state.name, "Failed")
    yield says(
        "north on Sunday, when it is closed",
        f"a task run in a state named {runs[closed].state.name}",
        "a task run in a state named Skipped",
    )


def _call_each(task: "Task[Any, Any]", calls: Sequence[tuple[str, date]], shop: Shop) -> Running:
    """Call a task several times in one flow run; the result tells what each call returned."""
    from prefect import flow

    states: list[Any] = []

    def call_sync(url: str) -> None:
        states.extend([task(*call, url, return_state=True) for call in calls])

    async def call_async(url: str) -> None:
        states.extend([await task(*call, url, return_state=True) for call in calls])

    chosen: Any = call_async if task.isasync else call_sync
    trial = yield from run_with(shop, flow(name=f"check of {task.name}")(chosen), URL)
    return replace(trial, result=dict(zip(calls, map(_value, states), strict=True)))


def _value(state: Any) -> Any:
    from prefect.exceptions import MissingResult

    try:
        return state.result(raise_on_failure=False, _sync=True)
    except MissingResult:  # of a state that the answer made itself, without data
        return None


def _returned(what: str, seen: object, faults: Faults) -> Point:
    wanted = good_rows(what.partition(",")[0], _MONDAY, faults)
    expected = f"{len(wanted)} records"
    told = f"{len(seen)} records" if isinstance(seen, list) else repr(seen)[:120]
    if seen != wanted and told == expected:
        told += ", and not the shop's"
    return Point(f"what the task returned for {what}", seen == wanted, expected, told)


# --- 18.2: one day --------------------------------------------------------------------------


@define("18.2")
def one_day(answer: object) -> Points:
    """A flow on a good day, an interrupted one, one on which a shop fails, and a Sunday."""
    flow = yield from require_flow(answer)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        database = Path(folder, "shop.db")

        def run(day: date, faults: Faults | None = None) -> Running:
            shop = Shop(latency=0, faults=faults or {})
            return try_with(shop, flow, day=day, url=URL, database=database)

        trial = yield from run(_MONDAY)
        yield from require(raises_nothing(trial))
        stored: dict[date, Sequence[str]] = {_MONDAY: SHOPS}
        yield from require_rows("rows after a good Monday", database, stored)
        words = {word for each in all_task_runs(trial.run) for word in each.name.split()}
        yield from require_equal(
            "task runs that are named after a shop", sorted(words & set(SHOPS)), sorted(SHOPS)
        )
        cut = yield from try_call(lambda: run_interrupted(flow, day=_TUESDAY, database=database))
        yield from require_that(
            what="Tuesday's run is cut off in the middle: how it ends",
            ok=cut.error is None and cut.result.state.type == "CRASHED",
            expected="Crashed",
            seen=cut.result.state.name if cut.error is None else repr(cut.error)[:120],
        )
        trial = yield from run(_TUESDAY)
        yield from require_says(
            "Tuesday's run is cut off in the middle: how the second run of Tuesday ends",
            _end(trial.run),
            "Completed",
        )
        stored[_TUESDAY] = SHOPS
        yield from require_rows("rows after Tuesday was done again", database, stored)
        trial = yield from run(_WEDNESDAY, {"orders/east": lasting(404)})
        stored[_WEDNESDAY] = [shop for shop in SHOPS if shop != "east"]
        yield from require_rows("rows after Wednesday, when east answers 404", database, stored)
        state = trial.run.state
        yield from require_that(
            what="how Wednesday's flow run ends, east being missing",
            ok=state.type == "FAILED" and "east" in state.message,
            expected="Failed, with a message that names east",
            seen=f"{state.name}: {state.message}"[:120],
        )
        yield from run(_WEDNESDAY)
        stored[_WEDNESDAY] = SHOPS
        yield from require_rows(
            "rows after Wednesday was done again, when east is well", database, stored
        )
        trial = yield from run(_SUNDAY)
        yield says("Sunday, when all are closed: the flow run's state", _end(trial.run), "Skipped")
        yield totals_point(read_rows(database, "totals"), read_rows(database, "orders"))


def _end(run: FlowRun) -> str:
    state = run.state
    return state.name if state.type == "COMPLETED" else f"{state.name}: {state.message}"[:120]


# --- 18.3: the week -------------------------------------------------------------------------

_FAULTS: Mapping[str, Faults] = {
    "Tuesday": {"orders/north": [503], "orders/south": ["broken", 503]},
    "Wednesday": {"orders/east": [429]},
    "Friday": {"orders/west": lasting(404)},
    "Saturday": {"orders/north": lasting("dirty")},
}
_WEEK_SECONDS = 300.0  # ten on an idle machine, but a minute on a very busy one


@define("18.3")
def one_week(answer: object) -> Points:
    """A week of planned runs: its schedule, the runs that Prefect recorded, the data."""
    pipeline = yield from _require_pipeline(answer)
    start = datetime(2026, 3, 9, tzinfo=ZONE)
    end = start + timedelta(days=7)
    times = [at.astimezone(ZONE) for at in between(pipeline.schedule, start, end) if at < end]
    yield from require_says(
        "schedule: when the runs of a week are planned, by Shanghai's clock",
        _listed(times),
        _listed([start + timedelta(days=number, hours=8) for number in range(7)]),
    )
    trial = yield from try_call(
        lambda: rehearse_week(pipeline, _MONDAY, _FAULTS, interrupted="Thursday"),
        seconds=_WEEK_SECONDS,
    )
    if trial.error is not None:
        yield from require(raises_nothing(trial))
    week: Week = trial.result
    yield Exhibit(week_table(week))
    yield Exhibit(week_picture(week))
    yield from _judge_data(week)
    yield from _judge_runs(week)


def _judge_data(week: Week) -> Points:
    yield says(
        "data: days of which something is stored",
        ", ".join(sorted({str(row.get("day")) for row in week.orders})),
        ", ".join((_MONDAY + timedelta(days=number)).isoformat() for number in range(6)),
    )
    ids = [row.get("order_id") for row in week.orders]
    yield equals("data: orders that are stored more than once", len(ids) - len(set(ids)), 0)
    good = {
        (morning.day, shop): good_rows(shop, morning.day, _FAULTS.get(morning.weekday))
        for morning in week.mornings
        for shop in SHOPS
    }
    yield says(
        "data: rows by day and shop",
        _by_day({(each.day, shop): each.stored[shop] for each in week.mornings for shop in SHOPS}),
        _by_day({key: len(rows) for key, rows in good.items()}),
    )
    wanted = {row["order_id"]: row_values(row) for rows in good.values() for row in rows}
    other = sum(wanted.get(row.get("order_id")) != row_values(row) for row in week.orders)
    yield equals("data: rows that differ from what the shop reported", other, 0)
    yield totals_point(week.totals, week.orders, "data: ")


def _judge_runs(week: Week) -> Points:
    yield says(
        "runs: how each morning ended",
        "; ".join(
            f"{each.weekday[:3]} {', then '.join(run.state.name for run in each.runs)}"
            for each in week.mornings
        ),
        "Mon Skipped; Tue Completed; Wed Completed; Thu Crashed, then Completed; Fri Failed; "
        "Sat Completed; Sun Completed",
    )
    mornings = {morning.weekday: morning for morning in week.mornings}
    attempts = {
        f"{shop} on {day}": max((run.run_count for run in mornings[day].of(shop)), default=0)
        for shop, day in (("north", "Tuesday"), ("south", "Tuesday"), ("east", "Wednesday"))
    }
    yield equals(
        "runs: attempts that Prefect recorded",
        attempts,
        {"north on Tuesday": 2, "south on Tuesday": 3, "east on Wednesday": 2},
    )
    failed = {
        f"{run.name} on {morning.weekday}, attempts: {run.run_count}"
        for morning in week.mornings
        for run in all_task_runs(morning.runs[-1])
        if run.state.type in {"FAILED", "CRASHED"}
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
    yield from require_given(
        ok,
        "a pipeline of a flow and a schedule",
        repr(answer)[:120],
        "Pipeline(daily_orders, schedule=Cron(...)): the flow by its name, the schedule as an "
        "object of prefect.schedules.",
    )
    assert isinstance(answer, Pipeline)
    return answer


def _listed(times: Sequence[datetime]) -> str:
    shown = ", ".join(f"{at:%a %H:%M}" for at in times[:8])
    return f"{shown} and {len(times) - 8} more" if len(times) > 8 else shown or "none"


def _by_day(counts: Mapping[tuple[date, str], int]) -> str:
    days = dict.fromkeys(day for day, _ in counts)
    return ", ".join(
        f"{day:%a} {'+'.join(str(counts[day, shop]) for shop in SHOPS)}" for day in days
    )
