"""Checks of chapter 03: states and results."""

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, run_with, try_with
from course_lib.shop import DAY, SHOPS, Shop, orders, stock

_ANOTHER_SUNDAY = "2026-03-29"
_DOWN = [503] * 30  # more than anyone's retries


@define("03.1", "a flow")
def closed(check: Check, flow: AnyFlow) -> None:
    """A Sunday ends as Skipped, a Monday with its number, and a failure stays one."""
    monday = run_with(check, Shop(), flow, "east", DAY, URL)
    sunday = try_with(Shop(), flow, "east", _ANOTHER_SUNDAY, URL)
    state = sunday.run.state
    check.equals("sunday_type", state.type, "COMPLETED")
    check.equals("sunday_name", state.name, "Skipped")
    says_why = bool(state.message) and state.message != "All states completed."
    check.that("sunday_message", says_why, repr(state.message))
    check.equals("monday_name", monday.run.state.name, "Completed")
    check.equals("monday_result", monday.result, _units("east"))
    broken = try_with(Shop(faults={"orders/east": _DOWN}), flow, "east", DAY, URL)
    check.equals("down", broken.run.state.type, "FAILED")


@define("03.2", "a flow")
def gap(check: Check, flow: AnyFlow) -> None:
    """One shop may fail, all may not, and the record shows who did."""
    units = {name: _units(name) for name in SHOPS}
    trial = run_with(check, Shop(faults={"orders/south": _DOWN}), flow, URL)
    check.equals("type", trial.run.state.type, "COMPLETED")
    check.equals("missing", sorted(_part(trial.result, "missing", list)), ["south"])
    answering = {name: count for name, count in units.items() if name != "south"}
    check.equals("units", _part(trial.result, "units", dict), answering)
    types = Counter(run.state.type for run in trial.task_runs)
    as_expected = types["FAILED"] >= 1 and types["COMPLETED"] >= len(SHOPS) - 1
    seen = f"{types['COMPLETED']} completed, {types['FAILED']} failed"
    check.that("tasks", as_expected, seen)
    trial = try_with(Shop(), flow, URL)
    check.equals("all_well", trial.error or trial.result, {"units": units, "missing": []})
    trial = try_with(Shop(faults={"orders/*": _DOWN}), flow, URL)
    check.equals("none_well", trial.run.state.type, "FAILED")


@define("03.3", "a flow")
def failure_book(check: Check, flow: AnyFlow) -> None:
    """Two failing runs leave a line each, a recovering one none."""
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book.txt"
        trial = run_with(check, Shop(faults={"stock/west": [503]}), flow, URL, str(book))
        pieces = sum(item["quantity"] for name in SHOPS for item in stock(name))
        check.equals("recovered", trial.result, pieces)
        check.require_equal("empty", _lines(book), [])
        expected: list[str] = []
        for number, right in (
            ("a", "the run's name and its state"),
            ("a second", "one line for each failed run"),
        ):
            trial = try_with(Shop(faults={"stock/west": _DOWN}), flow, URL, str(book))
            check.require_equal("type", trial.run.state.type, "FAILED", number=number)
            expected.append(f"{trial.run.name}: {trial.run.state.name}")
            same = _lines(book) == expected
            seen = right if same else repr(_lines(book))
            check.require_that("lines", same, seen, number=number, expected=expected)


def _units(shop: str) -> int:
    return sum(order["quantity"] for order in orders(shop, DAY))


def _lines(book: Path) -> list[str]:
    return book.read_text().splitlines() if book.exists() else []


def _part(result: object, key: str, kind: type) -> Any:
    part = result.get(key) if isinstance(result, Mapping) else None
    return part if isinstance(part, kind) else kind()
