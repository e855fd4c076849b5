"""Checks of chapter 04: parallel tasks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from course_lib.exercises.checks import (
    Point,
    Points,
    equals,
    raises_nothing,
    require,
    require_flow,
    try_flow,
)
from course_lib.exercises.engine import define
from course_lib.records.runs import FlowRun
from course_lib.shop import SHOPS, Shop, Slow, orders, quality, stock
from course_lib.shop.data import spoiled

_EVERYTHING = "Each report is to be asked for once, at the url that the flow was given."


@define("04.1")
def all_reports_at_once(answer: object) -> Points:
    """Two shops with three reports each: six requests at once, and results as they were asked."""
    flow = yield from require_flow(answer)
    names = ["west", "south"]
    # The first answer is the last to come in, so that results in order of arrival show.
    with Shop(latency=0.8, faults={"orders/west": [Slow(0.4)]}) as shop:
        trial = yield from try_flow(flow, names, shop.url)
        asked = sorted(request.path for request in shop.requests)
    yield from require(raises_nothing(trial))
    assert trial.run is not None
    reports = ("orders", "stock", "quality")
    wanted = sorted(f"{report}/{name}" for report in reports for name in names)
    yield from require(equals("what the server was asked for", asked, wanted, _EVERYTHING))
    yield from require(
        equals(
            "task runs in the record",
            len(trial.run.task_runs),
            6,
            "One for each report of each shop: submit the task, not its .fn, and don't start "
            "threads of your own, in which Prefect doesn't know the flow.",
        )
    )
    yield equals(
        "most task runs at once, for two shops",
        trial.run.most_at_once(),
        6,
        "3: it still waits for one shop before it turns to the next. 1: a .result() stands in "
        "the same line as the submit.",
    )
    yield equals(
        "what the flow returned",
        trial.result,
        [len(report(name)) for name in names for report in (orders, stock, quality)],
        "Shop by shop, each with its orders, stock and quality. A list of futures keeps the "
        "order in which you asked; as_completed doesn't.",
    )


@define("04.2")
def each_at_its_own_pace(answer: object) -> Points:
    """While one shop is slow, the other three are pulled, cleaned and counted."""
    flow = yield from require_flow(answer)
    slow = "east"
    with Shop(faults={f"orders/{slow}": [Slow(2)], "orders/*": ["dirty"]}) as shop:
        trial = yield from try_flow(flow, shop.url)
        asked = sorted(request.path for request in shop.requests)
    yield from require(raises_nothing(trial))
    assert trial.run is not None
    wanted = sorted(f"orders/{name}" for name in SHOPS)
    yield from require(equals("what the server was asked for", asked, wanted, _EVERYTHING))
    steps = _by_step(trial.run)
    yield from require(
        equals(
            "task runs of each step",
            {step: len(times) for step, times in steps.items()},
            {"pull": 4, "clean": 4, "count": 4},
            "Each of the three tasks runs once for each shop; keep their names, and leave .fn "
            "out of it.",
        )
    )
    arrived = max(steps["pull"], key=lambda times: times[1] - times[0])[1]
    early = {step: sum(end < arrived for _, end in steps[step]) for step in ("clean", "count")}
    yield equals(
        f"task runs that ended before {slow}'s orders came in, two seconds late",
        early,
        {"clean": 3, "count": 3},
        "A .result() between the steps makes every shop wait for the slowest. Or the flow calls "
        "a task without submit, and waits there.",
    )
    yield equals(
        "what the flow returned",
        trial.result,
        {name: _clean_units(name, dirty=name != slow) for name in SHOPS},
        "A dictionary from each shop to its units, without the records whose quantity is "
        "missing or negative.",
    )


@define("04.3")
def who_is_missing(answer: object) -> Points:
    """Two of four shops fail: the others are counted, the failures are on the record."""
    flow = yield from require_flow(answer)
    missing = ["north", "south"]
    faults = {"orders/north": [404] * 9, "orders/south": [503] * 9}
    with Shop(latency=0.8, faults=faults) as shop:
        trial = yield from try_flow(flow, shop.url)
        asked = sorted({request.path for request in shop.requests if "orders" in request.path})
    yield from require(raises_nothing(trial))
    assert trial.run is not None
    wanted = sorted(f"orders/{name}" for name in SHOPS)
    yield from require(
        equals(
            "the shops that were asked for their orders",
            asked,
            wanted,
            "All four are to be asked, also when one before them fails.",
        )
    )
    failed = sum(each.state.name == "Failed" for each in trial.run.task_runs)
    yield Point(
        what="task runs that Prefect recorded as failed, with two shops down",
        ok=failed == 2,
        expected="2",
        seen=str(failed),
        cause="Fewer: the exception was caught inside the task, or the task was called as .fn. "
        "Let it fail, and ask its future. More: a task was given an exception to work with.",
    )
    yield equals(
        "most task runs at once",
        trial.run.most_at_once(),
        4,
        "Submit all four before you ask the first future how it ended.",
    )
    yield from require(_two_things(trial.result))
    units, names = trial.result
    yield equals(
        "the units that it reported",
        units,
        {name: _clean_units(name) for name in SHOPS if name not in missing},
        "One entry for each shop whose orders came in, and none for the others: 0 would say "
        "that they sold nothing.",
    )
    yield equals(
        "the shops that it reported as missing",
        sorted(names),
        sorted(missing),
        "The names of the shops whose future didn't complete.",
    )
    with Shop() as shop:
        good = yield from try_flow(flow, shop.url)
    yield equals(
        "what it returns on a morning when all is well",
        _plain(good.result) or good.result,
        ({name: _clean_units(name) for name in SHOPS}, []),
        "All four shops in the dictionary, and an empty list. A shop that is missing for no "
        "reason: a future's state is certain only after wait() or result().",
    )


def _by_step(run: FlowRun) -> dict[str, list[tuple[datetime, datetime]]]:
    beginnings = {"pull": "orders of", "clean": "clean ", "count": "units of"}
    return {
        step: [
            (each.start, each.end)
            for each in run.task_runs
            if each.start and each.end and each.name.startswith(beginning)
        ]
        for step, beginning in beginnings.items()
    }


def _clean_units(name: str, *, dirty: bool = False) -> int:
    records: Sequence[Mapping[str, Any]] = orders(name)
    if dirty:
        records = spoiled("orders", records)
    return sum(max(0, each.get("quantity", 0)) for each in records)


def _plain(result: object) -> tuple[dict[str, int], list[str]] | None:
    match result:
        case (dict() as units, list() | tuple() | set() as names):
            return units, sorted(names)
    return None


def _two_things(result: object) -> Point:
    ok = _plain(result) is not None
    return Point(
        what="what the flow returned",
        ok=ok,
        expected="a dictionary of units, and a list of names",
        seen="both" if ok else repr(result)[:120],
        cause="Return units, missing: two things, with a comma between them.",
    )
