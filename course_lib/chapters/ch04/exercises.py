"""Checks of chapter 04: parallel tasks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, Trial, run_with, try_with
from course_lib.shop import SHOPS, Shop, Slow, orders, quality, stock
from course_lib.shop.data import spoiled

_ORDERS = sorted(f"orders/{name}" for name in SHOPS)


@define("04.1", "a flow")
def all_reports_at_once(check: Check, flow: AnyFlow) -> None:
    """Two shops with three reports each: six requests at once, and results as they were asked."""
    names = ["west", "south"]
    # The first answer is the last to come in, so that results in order of arrival show.
    shop = Shop(latency=0.8, faults={"orders/west": [Slow(0.4)]})
    trial = run_with(check, shop, flow, names, URL)
    wanted = [f"{report}/{name}" for report in ("orders", "stock", "quality") for name in names]
    check.require_equal("asked", trial.paths, sorted(wanted))
    check.require_equal("tasks", len(trial.task_runs), 6)
    check.equals("at_once", trial.run.most_at_once(), 6)
    counts = [len(report(name)) for name in names for report in (orders, stock, quality)]
    check.equals("returned", trial.result, counts)


@define("04.2", "a flow")
def each_at_its_own_pace(check: Check, flow: AnyFlow) -> None:
    """While one shop is slow, the other three are pulled, cleaned and counted."""
    slow = "east"
    shop = Shop(faults={f"orders/{slow}": [Slow(2)], "orders/*": ["dirty"]})
    trial = run_with(check, shop, flow, URL)
    check.require_equal("asked", trial.paths, _ORDERS)
    pulled, cleaned, counted = (
        _spans(trial, beginning) for beginning in ("orders of", "clean ", "units of")
    )
    steps = {"pull": len(pulled), "clean": len(cleaned), "count": len(counted)}
    check.require_equal("steps", steps, {"pull": 4, "clean": 4, "count": 4})
    _, arrived = max(pulled, key=lambda span: span[1] - span[0])
    early = {
        "clean": sum(end < arrived for _, end in cleaned),
        "count": sum(end < arrived for _, end in counted),
    }
    check.equals("early", early, {"clean": 3, "count": 3}, slow=slow)
    units = {name: _clean_units(name, dirty=name != slow) for name in SHOPS}
    check.equals("returned", trial.result, units)


@define("04.3", "a flow")
def who_is_missing(check: Check, flow: AnyFlow) -> None:
    """Two of four shops fail: the others are counted, the failures are on the record."""
    units = {name: _clean_units(name) for name in SHOPS}
    missing = ["north", "south"]
    shop = Shop(latency=0.8, faults={"orders/north": [404] * 9, "orders/south": [503] * 9})
    trial = run_with(check, shop, flow, URL)
    asked = sorted({path for path in trial.paths if "orders" in path})
    check.require_equal("asked", asked, _ORDERS)
    check.equals("failed", trial.ends.count("Failed"), 2)
    check.equals("at_once", trial.run.most_at_once(), 4)
    report = _plain(trial.result)
    check.require_that("shape", report is not None, "both" if report else repr(trial.result)[:120])
    assert report is not None
    counted = {name: count for name, count in units.items() if name not in missing}
    check.equals("units", report[0], counted)
    check.equals("missing", report[1], missing)
    good = try_with(Shop(), flow, URL)
    check.equals("all_well", _plain(good.result) or good.result, (units, []))


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
