"""Checks of chapter 18: the capstone, from one shop to a whole week."""

import re
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
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
    run_planned,
)
from course_lib.chapters.ch18.stored_rows import good_rows, require_rows, row_values, totals_point
from course_lib.chapters.ch18.week_picture import week_picture, week_table
from course_lib.exercises.checks import AnyFlow, AnyTask, Check, join_some, short_repr
from course_lib.exercises.engine import define
from course_lib.exercises.shops import (
    Change,
    OddShop,
    asks_for,
    asks_for_date,
    asks_for_nothing,
    of_no_pieces,
    with_a_zero,
)
from course_lib.exercises.trials import URL, Trial, require_end, try_call, try_flow, try_with
from course_lib.records.deployments import between
from course_lib.records.reading import read_logs
from course_lib.records.runs import FlowRun, LogLine, TaskRun
from course_lib.shop import SHOPS, Outcome, Shop, orders
from course_lib.shop.data import spoiled

_MONDAY, _TUESDAY = date(2026, 3, 9), date(2026, 3, 10)  # none of the chapter's days
_WEDNESDAY, _THURSDAY = date(2026, 3, 11), date(2026, 3, 12)
_FRIDAY = date(2026, 3, 13)

# --- 18.1: one shop -------------------------------------------------------------------------

_ASKED, _SLACK = 3, 0.05  # seconds in a Retry-After header, and that clocks may be apart
_ANSWERS: Mapping[str, tuple[Sequence[Outcome], Sequence[Change]]] = {
    "shaky": ([503, "broken", "cut"], []),
    "hopeless": (lasting(503), []),
    "busy": ([429], [asks_for(_ASKED)]),
    "hardly busy": ([429, 429], [asks_for(0), asks_for(0)]),
    "till": ([429], [asks_for_date(_ASKED)]),
    "just busy": ([429], [asks_for_nothing]),
    "dirty": (lasting("dirty"), [with_a_zero] * 9),
    "flawed": ([], [of_no_pieces]),
    "gone": (lasting(404), []),
    "forbidden": (lasting(Random().choice((400, 401, 403, 410))), []),
    "closed": (lasting("empty"), []),
}
"""By case: how a shop answers."""


@dataclass(frozen=True)
class _Case:
    """A call of the task for some shop and day, and what came of it."""

    shop: str
    day: date
    source: Shop
    returned: object = None
    run: TaskRun | None = None
    said: Sequence[LogLine] = ()

    @property
    def told(self) -> str:
        """What was recorded, in words."""
        count = self.run.run_count if self.run else 0
        return f"attempts {count}, requests {len(self.source.requests)}, {self.state}"

    @property
    def state(self) -> str:
        """The name of the state in which the task run ended."""
        return self.run.state.name if self.run else "not recorded"

    @property
    def pauses(self) -> list[float]:
        """The seconds between each answer and the next request."""
        return [later.started - sooner.ended for sooner, later in pairwise(self.source.requests)]

    def says(self, check: Check, key: str, seen: str, wanted: str) -> None:
        """Judge like `Check.says`; where it isn't so, say for which shop and day."""
        where = "" if seen == wanted else f" ({self.shop} on {self.day})"
        check.says(key, seen + where, wanted)

    def require_returned(self, check: Check, key: str, wanted: list[Row]) -> None:
        """Require that exactly these records were returned."""
        seen, good = self.returned, "all good records, as they were sent"
        told = f"{len(seen)} records" if isinstance(seen, list) else short_repr(seen)
        told += f", wanted are {len(wanted)} as they were sent ({self.shop} on {self.day})"
        check.require_says(key, good if seen == wanted else told, good)


@define("18.1", "a task")
def one_shop(check: Check, task: AnyTask) -> None:
    """A task that meets every kind of answer that a shop may give, all in one flow run."""
    with ExitStack() as stack:
        cases = _call_each(check, task, stack)
    names = [
        (case.run.name if case.run else "none", f"pull {case.shop}") for case in cases.values()
    ]
    other = next((f"{seen} for {name}" for seen, name in names if seen != name), "pull {shop}")
    check.require_says("names", other, "pull {shop}")
    shaky, busy, hardly, till = (cases[each] for each in ("shaky", "busy", "hardly busy", "till"))
    check.require_says("shaky", shaky.told, "attempts 4, requests 4, Completed")
    shaky.require_returned(check, "returned", good_rows(shaky.shop, shaky.day))
    hopeless, gone, shut = (cases[each] for each in ("hopeless", "gone", "closed"))
    hopeless.says(check, "hopeless", hopeless.told, "attempts 4, requests 4, Failed")
    twice, in_peace = "attempts 2, requests 2, Completed", "no request before that"
    check.require_says("busy", busy.told, twice)
    early = min(busy.pauses) < _ASKED - _SLACK
    seen = f"a request after {min(busy.pauses):.1f} s" if early else in_peace
    busy.says(check, "peace", seen, in_peace)
    # Compared, not measured: a machine that is slow is slow in both cases.
    seen, thrice = hardly.told, "attempts 3, requests 3, Completed"
    if seen == thrice and min(hardly.pauses) > min(busy.pauses) - 1:
        seen = f"a wait of {min(hardly.pauses):.1f} s, as for {_ASKED} s"
    hardly.says(check, "no_peace", seen, thrice)
    seen = in_peace if till.told == twice else till.told
    if till.pauses and min(till.pauses) < _ASKED - 1 - _SLACK:  # dates are in whole seconds
        seen = f"a request after {min(till.pauses):.1f} s"
    till.says(check, "date", seen, in_peace)
    cases["just busy"].says(check, "headerless", cases["just busy"].told, twice)
    _judge_flawed(check, cases["dirty"])
    for_good, seen = "attempts 1, requests 1, Failed", gone.told
    if seen == for_good and cases["forbidden"].told != for_good:
        status = cases["forbidden"].source.requests[0].status
        seen = f"{for_good}; but a {status}: {cases['forbidden'].told}"
    gone.says(check, "gone", seen, for_good)
    skipped, seen = "attempts 1, requests 1, Skipped", shut.told
    if seen == skipped and (flawed := cases["flawed"]).state != "Completed":
        seen = f"{skipped}; but one that sent flawed records alone: {flawed.told}"
    shut.says(check, "closed", seen, skipped)


def _call_each(check: Check, task: AnyTask, stack: ExitStack) -> dict[str, _Case]:
    """Call a task for all cases at once, in one flow run."""
    from prefect import flow
    from prefect.futures import wait

    random = Random()
    cases: dict[str, _Case] = {}
    for name, (outcomes, changes) in _ANSWERS.items():
        day = _MONDAY + timedelta(weeks=random.randrange(40), days=random.randrange(6))
        path = f"orders/{(shop := random.choice(SHOPS))}"
        source = OddShop({path: changes}, latency=0, faults={path: outcomes})
        cases[name] = _Case(shop, day, stack.enter_context(source))
    states: dict[str, Any] = {}

    def call() -> None:
        futures = {
            name: task.submit(each.shop, each.day, each.source.url) for name, each in cases.items()
        }
        wait(list(futures.values()))
        states.update({name: future.state for name, future in futures.items()})

    trial = try_flow(flow(name=f"check of {task.name}")(call))
    require_end(check, trial)
    runs = {run.id: run for run in all_task_runs(trial.run)}
    lines = read_logs(trial.run)
    for name, state in states.items():
        id = state.state_details.task_run_id
        said = [line for line in lines if line.task_run_id == id]
        cases[name] = replace(cases[name], returned=_value(state), run=runs.get(id), said=said)
    return cases


def _value(state: Any) -> Any:
    from prefect.exceptions import MissingResult

    try:
        return state.result(raise_on_failure=False, _sync=True)
    except MissingResult:  # of a state that the answer made itself, without data
        return None


def _judge_flawed(check: Check, case: _Case) -> None:
    sent = spoiled("orders", orders(case.shop, case.day.isoformat()))
    next(each for each in sent if each.get("quantity", 0) < 0)["quantity"] = 0
    good = [each for each in sent if each.get("quantity", 0) > 0]
    case.require_returned(check, "flawed", good)
    warnings = [line.message for line in case.said if line.level == "WARNING"]
    flawed, others = (
        {each["order_id"] for each in sent if (each in good) == is_good}
        for is_good in (False, True)
    )
    named = [{each for each in ids if each in " ".join(warnings)} for ids in (flawed, others)]
    seen = f"{len(named[0])} of {len(flawed)}, and {len(named[1])} of the good ones"
    check.says("warned", seen, f"{len(flawed)} of {len(flawed)}, and 0 of the good ones")


# --- 18.2: one day --------------------------------------------------------------------------


@define("18.2", "a flow")
def one_day(check: Check, flow: AnyFlow) -> None:
    """Days that go well, are cut off, lack a shop, and are done again, of shops drawn by lot."""
    first, second, *others = Random().sample(SHOPS, 4)
    stored: dict[date, Collection[str]] = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        database = Path(folder, "shop.db")

        def run(day: date, gone: Collection[str] = (), shut: Collection[str] = ()) -> Trial:
            faults = {f"orders/{name}": lasting(404) for name in gone}
            faults |= {f"orders/{name}": lasting("empty") for name in shut}
            return try_with(
                Shop(latency=0, faults=faults), flow, day=day, url=URL, database=database
            )

        trial = run(_MONDAY, shut=[first])
        require_end(check, trial)
        stored[_MONDAY] = [second, *others]
        require_rows(check, "monday_rows", database, stored)
        words = {word for each in all_task_runs(trial.run) for word in each.name.split()}
        check.require_equal("own_runs", sorted(words & set(SHOPS)), sorted(SHOPS))
        trial = run(_MONDAY, gone=[second], shut=[first])
        require_rows(check, "monday_again", database, stored)
        # An answer may know what is done already, and ask for less.
        if f"orders/{second}" in trial.paths or trial.run.state.type == "FAILED":
            _require_failed(check, "monday_end", trial, [second])
        crashed = try_call(lambda: run_interrupted(flow, day=_TUESDAY, database=database))
        seen = repr(crashed.error)[:120] if crashed.error else crashed.result.state.name
        check.require_says("cut", seen, "Crashed")
        trial = run(_TUESDAY)
        check.require_says("again", _end(trial.run), "Completed")
        stored[_TUESDAY] = SHOPS
        require_rows(check, "tuesday_rows", database, stored)
        trial = run(_WEDNESDAY, gone=[first, others[0]])
        stored[_WEDNESDAY] = [second, others[1]]
        require_rows(check, "wednesday_rows", database, stored)
        _require_failed(check, "wednesday_end", trial, [first, others[0]])
        run(_WEDNESDAY)
        stored[_WEDNESDAY] = SHOPS
        require_rows(check, "wednesday_again", database, stored)
        trial = run(_THURSDAY, gone=[second], shut=[first, *others])
        _require_failed(check, "thursday_end", trial, [second])
        check.says("closed", _end(run(_FRIDAY, shut=SHOPS).run), "Skipped")
        check.add(totals_point(read_rows(database, "totals"), read_rows(database, "orders")))


def _require_failed(check: Check, key: str, trial: Trial, missing: Collection[str]) -> None:
    state = trial.run.state
    named = set(re.findall(rf"\b({'|'.join(SHOPS)})\b", state.message, re.ASCII))
    good = state.type == "FAILED" and named == set(missing)
    seen = "Failed, and names who is missing" if good else f"{state.name}: {state.message}"[:150]
    check.require_that(key, good, seen, missing=" and ".join(sorted(missing)))


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
    for start in (datetime(2026, 3, 9, tzinfo=ZONE), datetime(2026, 7, 6, tzinfo=ZONE)):
        end = start + timedelta(days=7)
        times = [at.astimezone(ZONE) for at in between(pipeline.schedule, start, end) if at < end]
        mornings = [start + timedelta(days=number, hours=8) for number in range(7)]
        if times != mornings:
            break
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
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Shop(latency=0) as shop,
    ):
        database = Path(folder, "shop.db")
        early = datetime(2026, 5, 7, 2, 30, tzinfo=ZONE)
        try_call(lambda: run_planned(pipeline.flow, early, url=shop.url, database=database))
        days = ", ".join(sorted({str(row.get("day")) for row in read_rows(database, "orders")}))
    check.says("early", days, "2026-05-06")


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
    wanted = {("north", "Tuesday"): 2, ("south", "Tuesday"): 3, ("east", "Wednesday"): 2}
    attempts = {
        (shop, day): max((run.run_count for run in mornings[day].of(shop)), default=0)
        for shop, day in wanted
    }
    check.says("attempts", _attempts(attempts), _attempts(wanted))
    failed = [
        f"{run.name} on {morning.weekday}, attempts: {run.run_count}"
        for morning in week.mornings
        for run in all_task_runs(morning.runs[-1])
        if run.state.type in {"FAILED", "CRASHED"}
    ]
    check.says("failed", "; ".join(sorted(failed)) or "none", "pull west on Friday, attempts: 1")


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


def _attempts(counts: Mapping[tuple[str, str], int]) -> str:
    return "; ".join(f"{shop} on {day}: {count}" for (shop, day), count in counts.items())


def _listed(times: Sequence[datetime]) -> str:
    return join_some([f"{at:%a %H:%M}" for at in times])


def _by_day(counts: Mapping[tuple[date, str], int]) -> str:
    days = dict.fromkeys(day for day, _ in counts)
    return ", ".join(
        f"{day:%a} {'+'.join(str(counts[day, shop]) for shop in SHOPS)}" for day in days
    )
