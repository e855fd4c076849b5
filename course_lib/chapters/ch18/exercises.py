"""Checks of chapter 18: the capstone, from one shop to a whole week."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from course_lib.chapters.ch18.rehearsal import (
    ZONE,
    Faults,
    Pipeline,
    Row,
    Week,
    all_task_runs,
    lasting,
    read_rows,
    rehearse_week,
    run_interrupted,
)
from course_lib.chapters.ch18.stored_rows import good_rows, require_rows, row_values, totals_point
from course_lib.chapters.ch18.week_picture import week_picture, week_table
from course_lib.exercises.checks import AnyFlow, AnyTask, Check, join_some
from course_lib.exercises.engine import define
from course_lib.exercises.trials import (
    URL,
    Trial,
    require_end,
    run_with,
    try_call,
    try_with,
)
from course_lib.records.deployments import between
from course_lib.records.reading import read_logs
from course_lib.records.runs import FlowRun
from course_lib.shop import SHOPS, Shop, orders

_SUNDAY, _MONDAY = date(2026, 3, 8), date(2026, 3, 9)  # none of the chapter's days
_TUESDAY, _WEDNESDAY = date(2026, 3, 10), date(2026, 3, 11)
_RETRY_AFTER = 1

# --- 18.1: one shop -------------------------------------------------------------------------


@define("18.1", "a task")
def one_shop(check: Check, task: AnyTask) -> None:
    """A task that meets every kind of answer that a shop may give, in one flow run."""
    faults: Faults = {
        "orders/north": [503, "broken"],
        "orders/east": [429],
        "orders/south": lasting("dirty"),
        "orders/west": lasting(404),
    }
    calls = [(shop, _MONDAY) for shop in SHOPS] + [("north", _SUNDAY)]
    north, east, south, west, closed = calls
    shop = Shop(latency=0, faults=faults, retry_after=_RETRY_AFTER)
    trial = _call_each(check, task, calls, shop)
    returned = trial.result
    # The calls came one after the other, and so do the runs.
    runs = dict(zip(calls, all_task_runs(trial.run), strict=False))
    names = [run.name for run in runs.values()]
    check.require_equal("names", names, [f"pull {name}" for name, _ in calls])
    check.require_equal("north_attempts", runs[north].run_count, 3)
    wanted = good_rows("north", _MONDAY)
    check.require_that("returned", *_same(returned[north], wanted), shop="north", count=len(wanted))
    check.require_equal("east_attempts", runs[east].run_count, 2)
    came = [request for request in trial.requests if request.path == "orders/east"]
    in_peace = all(
        later.started - sooner.ended >= _RETRY_AFTER
        for sooner, later in pairwise(came)
        if sooner.status == 429
    )
    seen = "no request before that" if in_peace else "a request before that"
    check.says("peace", seen, "no request before that", seconds=_RETRY_AFTER)
    wanted = good_rows("east", _MONDAY)
    check.that("returned", *_same(returned[east], wanted), shop="east", count=len(wanted))
    wanted = good_rows("south", _MONDAY, faults)
    check.require_that("south", *_same(returned[south], wanted), count=len(wanted))
    good = {row["order_id"] for row in wanted}
    flawed = {row["order_id"] for row in orders("south", _MONDAY.isoformat())} - good
    warnings = [line.message for line in read_logs(trial.run) if line.level == "WARNING"]
    named = sum(any(order in line for line in warnings) for order in flawed)
    check.require_equal("warned", named, len(flawed))
    check.equals("west_requests", trial.paths.count("orders/west"), 1)
    check.equals("west_end", runs[west].state.name, "Failed")
    seen = f"a task run in a state named {runs[closed].state.name}"
    check.says("sunday", seen, "a task run in a state named Skipped")


def _call_each(check: Check, task: AnyTask, calls: Sequence[tuple[str, date]], shop: Shop) -> Trial:
    """Call a task several times in one flow run; the result tells what each call returned."""
    from prefect import flow

    states: list[Any] = []

    def call_sync(url: str) -> None:
        states.extend([task(*call, url, return_state=True) for call in calls])

    async def call_async(url: str) -> None:
        states.extend([await task(*call, url, return_state=True) for call in calls])

    chosen: Any = call_async if task.isasync else call_sync
    trial = run_with(check, shop, flow(name=f"check of {task.name}")(chosen), URL)
    return replace(trial, result=dict(zip(calls, map(_value, states), strict=True)))


def _value(state: Any) -> Any:
    from prefect.exceptions import MissingResult

    try:
        return state.result(raise_on_failure=False, _sync=True)
    except MissingResult:  # of a state that the answer made itself, without data
        return None


def _same(seen: object, wanted: list[Row]) -> tuple[bool, str]:
    """Return whether these are the records that are wanted, and what to say of them."""
    told = f"{len(seen)} records" if isinstance(seen, list) else repr(seen)[:120]
    if seen != wanted and told == f"{len(wanted)} records":
        told += ", and not the shop's"
    return seen == wanted, told


# --- 18.2: one day --------------------------------------------------------------------------


@define("18.2", "a flow")
def one_day(check: Check, flow: AnyFlow) -> None:
    """A flow on a good day, an interrupted one, one on which a shop fails, and a Sunday."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        database = Path(folder, "shop.db")

        def run(day: date, faults: Faults | None = None) -> Trial:
            shop = Shop(latency=0, faults=faults or {})
            return try_with(shop, flow, day=day, url=URL, database=database)

        trial = run(_MONDAY)
        require_end(check, trial)
        stored: dict[date, Sequence[str]] = {_MONDAY: SHOPS}
        require_rows(check, "monday_rows", database, stored)
        words = {word for each in all_task_runs(trial.run) for word in each.name.split()}
        check.require_equal("own_runs", sorted(words & set(SHOPS)), sorted(SHOPS))
        cut = try_call(lambda: run_interrupted(flow, day=_TUESDAY, database=database))
        crashed = cut.error is None and cut.result.state.type == "CRASHED"
        seen = cut.result.state.name if cut.error is None else repr(cut.error)[:120]
        check.require_that("cut", crashed, seen)
        trial = run(_TUESDAY)
        check.require_says("again", _end(trial.run), "Completed")
        stored[_TUESDAY] = SHOPS
        require_rows(check, "tuesday_rows", database, stored)
        trial = run(_WEDNESDAY, {"orders/east": lasting(404)})
        stored[_WEDNESDAY] = [shop for shop in SHOPS if shop != "east"]
        require_rows(check, "wednesday_rows", database, stored)
        state = trial.run.state
        failed = state.type == "FAILED" and "east" in state.message
        check.require_that("wednesday_end", failed, f"{state.name}: {state.message}"[:120])
        run(_WEDNESDAY)
        stored[_WEDNESDAY] = SHOPS
        require_rows(check, "wednesday_again", database, stored)
        trial = run(_SUNDAY)
        check.says("sunday", _end(trial.run), "Skipped")
        check.add(totals_point(read_rows(database, "totals"), read_rows(database, "orders")))


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
def one_week(check: Check, answer: object) -> None:
    """A week of planned runs: its schedule, the runs that Prefect recorded, the data."""
    pipeline = _require_pipeline(check, answer)
    start = datetime(2026, 3, 9, tzinfo=ZONE)
    end = start + timedelta(days=7)
    times = [at.astimezone(ZONE) for at in between(pipeline.schedule, start, end) if at < end]
    mornings = [start + timedelta(days=number, hours=8) for number in range(7)]
    check.require_says("planned", _listed(times), _listed(mornings))
    trial = try_call(
        lambda: rehearse_week(pipeline, _MONDAY, _FAULTS, interrupted="Thursday"),
        seconds=_WEEK_SECONDS,
    )
    if trial.error is not None:
        require_end(check, trial)
    week: Week = trial.result
    check.exhibits += [week_table(week), week_picture(week)]
    _judge_data(check, week)
    _judge_runs(check, week)


def _judge_data(check: Check, week: Week) -> None:
    days = ", ".join(sorted({str(row.get("day")) for row in week.orders}))
    wanted = [(_MONDAY + timedelta(days=number)).isoformat() for number in range(6)]
    check.says("days", days, ", ".join(wanted))
    ids = [row.get("order_id") for row in week.orders]
    check.equals("twice", len(ids) - len(set(ids)), 0)
    good = {
        (morning.day, shop): good_rows(shop, morning.day, _FAULTS.get(morning.weekday))
        for morning in week.mornings
        for shop in SHOPS
    }
    stored = {(each.day, shop): each.stored[shop] for each in week.mornings for shop in SHOPS}
    check.says("rows", _by_day(stored), _by_day({key: len(rows) for key, rows in good.items()}))
    reported = {row["order_id"]: row_values(row) for rows in good.values() for row in rows}
    other = sum(reported.get(row.get("order_id")) != row_values(row) for row in week.orders)
    check.equals("differ", other, 0)
    check.add(totals_point(week.totals, week.orders, "data: "))


def _judge_runs(check: Check, week: Week) -> None:
    endings = [
        f"{each.weekday[:3]} {', then '.join(run.state.name for run in each.runs)}"
        for each in week.mornings
    ]
    expected = (
        "Mon Skipped; Tue Completed; Wed Completed; Thu Crashed, then Completed; Fri Failed; "
        "Sat Completed; Sun Completed"
    )
    check.says("endings", "; ".join(endings), expected)
    mornings = {morning.weekday: morning for morning in week.mornings}
    attempts = {
        f"{shop} on {day}": max((run.run_count for run in mornings[day].of(shop)), default=0)
        for shop, day in (("north", "Tuesday"), ("south", "Tuesday"), ("east", "Wednesday"))
    }
    wanted = {"north on Tuesday": 2, "south on Tuesday": 3, "east on Wednesday": 2}
    check.equals("attempts", attempts, wanted)
    failed = [
        f"{run.name} on {morning.weekday}, attempts: {run.run_count}"
        for morning in week.mornings
        for run in all_task_runs(morning.runs[-1])
        if run.state.type in {"FAILED", "CRASHED"}
    ]
    check.equals("failed", sorted(failed), ["pull west on Friday, attempts: 1"])


def _require_pipeline(check: Check, answer: object) -> Pipeline:
    from prefect import Flow
    from prefect.schedules import Schedule

    ok = (
        isinstance(answer, Pipeline)
        and isinstance(answer.flow, Flow)
        and isinstance(answer.schedule, Schedule)
    )
    check.require_given(
        ok,
        "a pipeline of a flow and a schedule",
        repr(answer)[:120],
        "Pipeline(daily_orders, schedule=Cron(...)): the flow by its name, the schedule as an "
        "object of prefect.schedules.",
    )
    assert isinstance(answer, Pipeline)
    return answer


def _listed(times: Sequence[datetime]) -> str:
    return join_some([f"{at:%a %H:%M}" for at in times])


def _by_day(counts: Mapping[tuple[date, str], int]) -> str:
    days = dict.fromkeys(day for day, _ in counts)
    return ", ".join(
        f"{day:%a} {'+'.join(str(counts[day, shop]) for shop in SHOPS)}" for day in days
    )
