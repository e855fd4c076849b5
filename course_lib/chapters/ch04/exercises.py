"""Checks of chapter 04: parallel tasks."""

import logging
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any
from unittest.mock import patch

from course_lib.exercises.checks import AnyFlow, Check, join_some
from course_lib.exercises.engine import define
from course_lib.exercises.shops import HoldingShop, LongerChain
from course_lib.exercises.trials import URL, Trial, error_text, run_with, try_with
from course_lib.server.internals import FINISHED
from course_lib.shop import SHOPS, Outcome, Shop, Slow, orders, quality, stock
from course_lib.shop.data import REPORTS, spoiled

_ORDERS = [f"orders/{name}" for name in SHOPS]


@define("04.1", "a flow")
def all_reports_at_once(check: Check, flow: AnyFlow) -> None:
    """Five shops, with all fifteen reports at once and counts as they were asked for; then one."""
    names = [*reversed(SHOPS), LongerChain.FIFTH]
    number = len(names) * len(REPORTS)
    # The first answer is the last to come in, so that results in order of arrival show.
    late: dict[str, list[Outcome]] = {f"orders/{names[0]}": [Slow(0.4)]}
    shop = LongerChain(lambda shop, _: shop.most >= number, faults=late)
    trial = run_with(check, shop, flow, names, URL)
    wanted = [f"{report}/{name}" for name in names for report in REPORTS]
    _require_asked(check, trial, wanted)
    check.require_equal("at_once", shop.most, number)
    runs = trial.task_runs_at(shop.most_at)
    seen = f"{number}" if runs >= number else f"{runs}, while the server had {number} requests"
    check.that("tasks", runs >= number, seen)
    check.equals("returned", trial.result, _counts(names))
    one = [Random().choice(SHOPS)]
    alone = run_with(check, Shop(), flow, one, URL)
    seen = f"{alone.result!r:.80} for {one}, where {_counts(one)} is right"
    right = alone.result == _counts(one)
    check.that("one_shop", right, "its three numbers" if right else seen)


@define("04.2", "a flow")
def each_at_its_own_pace(check: Check, flow: AnyFlow) -> None:
    """Orders come in one after the other: each time the shops before are cleaned and counted."""
    first = Random().sample(SHOPS, len(SHOPS))
    for which, names in (("first", first), ("second", first[::-1])):
        shop, trial = _run_in_order(check, flow, names)
        runs = {
            step: [run for run in trial.task_runs if run.task_key.startswith(f"{task}-")]
            for step, task in _STEPS.items()
        }
        if which == "first":
            _require_asked(check, trial, _ORDERS)
            check.require_equal("at_once", shop.most, 4)
            numbers = {step: len(found) for step, found in runs.items()}
            few = min(numbers.values()) < 4
            check.require_that("steps", not few, str(numbers) if few else "4 of each")
            units = {name: _clean_units(name, dirty=True) for name in SHOPS}
            check.require_equal("returned", trial.result, units)
        ends = {step: sorted(run.end for run in found if run.end) for step, found in runs.items()}
        later = ends.pop("pull")[1:4]
        early = {
            step: sum(end < moment for end, moment in zip(done, later, strict=False))
            for step, done in ends.items()
        }
        right = early == {"clean": 3, "count": 3}
        seen = f"{early}; the orders came in as {', '.join(names)}"
        check.require_that("early", right, str(early) if right else seen, which=which)


_STEPS = {"pull": "pull_orders", "clean": "clean_orders", "count": "count_units"}


def _run_in_order(check: Check, flow: AnyFlow, names: Sequence[str]) -> tuple[HoldingShop, Trial]:
    """Run the flow while orders come in by name, each when the units before have been counted."""
    counted: list[logging.LogRecord] = []

    def note(record: logging.LogRecord) -> bool:
        if str(record.msg).startswith(FINISHED):
            counted.extend([record] if getattr(record, "task_name", "") == "count_units" else [])
        return True

    def may_answer(shop: HoldingShop, path: str) -> bool:
        turn = names.index(path.removeprefix("orders/")) if path in _ORDERS else 0
        return shop.most == len(names) and len(counted) >= turn

    runs = logging.getLogger("prefect.task_runs")
    with patch.object(runs, "filters", [*runs.filters, note]):
        shop = HoldingShop(may_answer, faults={"orders/*": ["dirty"] * 9})
        return shop, run_with(check, shop, flow, URL)


@define("04.3", "a flow")
def who_is_missing(check: Check, flow: AnyFlow) -> None:
    """Two of four shops fail, then all, then none: the others are counted, the failures recorded."""
    units = {name: _clean_units(name) for name in SHOPS}
    chosen = Random()
    *gone, quiet = chosen.sample(SHOPS, 3)
    missing, units_then = sorted(gone), units | {quiet: 0}
    faults: dict[str, Outcome] = {missing[0]: chosen.choice([404, 500, 503]), missing[1]: "broken"}
    faults[quiet] = "empty"
    plan = {f"orders/{name}": [fault] * 9 for name, fault in faults.items()}
    shop = HoldingShop(lambda shop, _: shop.most >= 4, faults=plan)
    trial = try_with(shop, flow, URL)
    state = trial.run.state.name
    seen = error_text(trial.error) if trial.error else state
    check.require_that("completes", (state, trial.error) == ("Completed", None), seen)
    _require_asked(check, trial, _ORDERS)
    failed = sum(run.state.type == "FAILED" for run in trial.task_runs)
    check.that("failed", failed >= 2, str(failed))
    check.equals("at_once", shop.most, 4)
    report = _plain(trial.result)
    check.require_that("shape", report is not None, "both" if report else repr(trial.result)[:120])
    assert report is not None
    counted = {name: count for name, count in units_then.items() if name not in missing}
    answers = f", where the server answered {faults}"
    right = report[0] == counted
    check.that("units", right, "those of the two that came" if right else f"{report[0]}{answers}")
    right = report[1] == missing
    check.that("missing", right, "the other two" if right else f"{report[1]}{answers}")
    nobody = try_with(Shop(faults={"orders/*": [503] * 9}), flow, URL)
    seen_then = error_text(nobody.error) if nobody.error else str(nobody.result)
    check.that("all_down", _plain(nobody.result) == ({}, sorted(SHOPS)), seen_then)
    good = try_with(Shop(), flow, URL)
    check.equals("all_well", _plain(good.result) or good.result, (units, []))


def _require_asked(check: Check, trial: Trial, wanted: Sequence[str]) -> None:
    left_out = sorted({*wanted} - {*trial.paths})
    seen = f"no request for {join_some(left_out)}" if left_out else f"all {len(wanted)} reports"
    check.require_that("asked", not left_out, seen, number=len(wanted))


def _counts(names: Sequence[str]) -> list[int]:
    twin = {LongerChain.FIFTH: SHOPS[0]}
    return [
        len(report(twin.get(name, name))) for name in names for report in (orders, stock, quality)
    ]


def _clean_units(name: str, *, dirty: bool = False) -> int:
    records: Sequence[Mapping[str, Any]] = orders(name)
    if dirty:
        records = spoiled("orders", records)
    return sum(max(0, each.get("quantity", 0)) for each in records)


def _plain(result: object) -> tuple[dict[str, int], list[str]] | None:
    match result:
        case (dict() as units, list() as names):
            return units, sorted(names)
    return None
