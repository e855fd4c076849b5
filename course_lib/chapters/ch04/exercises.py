"""Checks of chapter 04: parallel tasks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from course_lib.exercises.checks import Points, equals, require_equal, require_flow, require_that
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, Trial, run_with, try_with
from course_lib.shop import SHOPS, Shop, Slow, orders, quality, stock
from course_lib.shop.data import spoiled

_EVERYTHING = "Each report is to be asked for once, at the url that the flow was given."
_ORDERS = sorted(f"orders/{name}" for name in SHOPS)


@define("04.1")
def all_reports_at_once(answer: object) -> Points:
    """Two shops with three reports each: six requests at once, and results as they were asked."""
    flow = yield from require_flow(answer)
    names = ["west", "south"]
    # The first answer is the last to come in, so that results in order of arrival show.
    shop = Shop(latency=0.8, faults={"orders/west": [Slow(0.4)]})
    trial = yield from run_with(shop, flow, names, URL)
    yield from require_equal(
        "what the server was asked for",
        trial.paths,
        sorted(f"{report}/{name}" for report in ("orders", "stock", "quality") for name in names),
        _EVERYTHING,
    )
    yield from require_equal("task runs in the record", len(trial.task_runs), 6)
    yield equals("most task runs at once, for two shops", trial.run.most_at_once(), 6)
    yield equals(
        "what the flow returned",
        trial.result,
        [len(report(name)) for name in names for report in (orders, stock, quality)],
    )


@define("04.2")
def each_at_its_own_pace(answer: object) -> Points:
    """While one shop is slow, the other three are pulled, cleaned and counted."""
    flow = yield from require_flow(answer)
    slow = "east"
    shop = Shop(faults={f"orders/{slow}": [Slow(2)], "orders/*": ["dirty"]})
    trial = yield from run_with(shop, flow, URL)
    yield from require_equal("what the server was asked for", trial.paths, _ORDERS, _EVERYTHING)
    pulled, cleaned, counted = (
        _spans(trial, beginning) for beginning in ("orders of", "clean ", "units of")
    )
    yield from require_equal(
        "task runs of each step",
        {"pull": len(pulled), "clean": len(cleaned), "count": len(counted)},
        {"pull": 4, "clean": 4, "count": 4},
    )
    _, arrived = max(pulled, key=lambda span: span[1] - span[0])
    yield equals(
        f"task runs that ended before {slow}'s orders came in, two seconds late",
        {
            "clean": sum(end < arrived for _, end in cleaned),
            "count": sum(end < arrived for _, end in counted),
        },
        {"clean": 3, "count": 3},
    )
    yield equals(
        "what the flow returned",
        trial.result,
        {name: _clean_units(name, dirty=name != slow) for name in SHOPS},
    )


@define("04.3")
def who_is_missing(answer: object) -> Points:
    """Two of four shops fail: the others are counted, the failures are on the record."""
    flow = yield from require_flow(answer)
    units = {name: _clean_units(name) for name in SHOPS}
    missing = ["north", "south"]
    shop = Shop(latency=0.8, faults={"orders/north": [404] * 9, "orders/south": [503] * 9})
    trial = yield from run_with(shop, flow, URL)
    yield from require_equal(
        "the shops that were asked for their orders",
        sorted({path for path in trial.paths if "orders" in path}),
        _ORDERS,
    )
    yield equals(
        "task runs that Prefect recorded as failed, with two shops down",
        trial.ends.count("Failed"),
        2,
    )
    yield equals("most task runs at once", trial.run.most_at_once(), 4)
    report = _plain(trial.result)
    yield from require_that(
        what="what the flow returned",
        ok=report is not None,
        expected="a dictionary of units, and a list of names",
        seen="both" if report else repr(trial.result)[:120],
    )
    assert report is not None
    yield equals(
        "the units that it reported",
        report[0],
        {name: count for name, count in units.items() if name not in missing},
    )
    yield equals("the shops that it reported as missing", report[1], missing)
    good = yield from try_with(Shop(), flow, URL)
    yield equals(
        "what it returns on a morning when all is well",
        _plain(good.result) or good.result,
        (units, []),
    )


def _spans(trial: Trial, beginning: str) -> list[tuple[datetime, datetime]]:
    """Return when the task runs whose names begin so started and ended."""
    return [
        (run.start, run.end)
        for run in trial.task_runs
        if run.start and run.end and run.name.startswith(beginning)
    ]


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
