"""Checks of chapter 03: states and results."""

import tempfile
from collections.abc import Mapping
from itertools import repeat
from pathlib import Path
from random import Random

from course_lib.exercises.checks import AnyFlow, Case, Check
from course_lib.exercises.engine import define
from course_lib.exercises.shops import OddShop, of_no_pieces
from course_lib.exercises.trials import (
    URL,
    Trial,
    error_text,
    run_with,
    try_flow,
    try_with,
    url_of_nobody,
    working_day,
)
from course_lib.records.runs import FlowRun
from course_lib.shop import SHOPS, Outcome, Shop, orders, stock

_ANOTHER_SUNDAY = "2026-03-29"
_DOWN = [503] * 30  # more than anyone's retries


@define("03.1", "a flow")
def closed(check: Check, flow: AnyFlow) -> None:
    """A day without orders ends as Skipped, another with its number, and a failure stays one."""
    random = Random()
    shop, other = random.sample(SHOPS, 2)
    day = working_day(random, shop)
    holiday = Shop(faults={f"orders/{other}": ["empty"] * 9})
    without_orders = {
        "a Sunday": try_with(Shop(), flow, shop, _ANOTHER_SUNDAY, URL),
        "a working day without orders": try_with(holiday, flow, other, day, URL),
    }
    for what, trial in without_orders.items():
        state = trial.run.state
        check.equals("type", state.type, "COMPLETED", day=what)
        check.equals("name", state.name, "Skipped", day=what)
        says_why = bool(state.message) and state.message != "All states completed."
        check.that("why", says_why, "it has one" if says_why else repr(state.message), day=what)
    trial = run_with(check, Shop(), flow, shop, day, URL)
    ending = trial.run.state.name
    check.that("open_name", ending != "Skipped", "not Skipped" if ending != "Skipped" else ending)
    pieces = sum(order["quantity"] for order in orders(shop, day))
    unsold = try_with(OddShop({f"orders/{shop}": repeat(of_no_pieces)}), flow, shop, day, URL)
    numbers = [
        (f"{shop} on {day}", trial.result, pieces),
        (f"{shop} on a day with orders of 0 pieces", unsold.result, 0),
    ]
    check.each_equals("number", numbers)
    down = {"orders/*": _DOWN}
    broken = {
        f"503 on {day}": try_with(Shop(faults=down), flow, shop, day, URL),
        "503 on a Sunday": try_with(Shop(faults=down), flow, shop, _ANOTHER_SUNDAY, URL),
        "it can't be reached": try_flow(flow, shop, day, url_of_nobody()),
    }
    ends = [(what, trial.run.state.type, "FAILED") for what, trial in broken.items()]
    check.each_equals("down", ends)


@define("03.2", "a flow")
def gap(check: Check, flow: AnyFlow) -> None:
    """Some shops may fail, for any reason, all may not, and the record shows how many did."""
    random = Random()
    one, *three = random.sample(SHOPS, 4)
    faults: tuple[Outcome, ...] = (503, 404, "cut")
    mornings: list[dict[str, Outcome]] = [
        {one: 503},
        dict(zip(three, faults, strict=True)) | {one: "empty"},
        {},
    ]
    found: dict[str, list[Case]] = {}
    for morning in mornings:
        for key, case in _look_at_report(flow, morning).items():
            found.setdefault(key, []).append(case)
    for key, cases in found.items():
        check.each_equals(key, cases, stop=key == "type")
    nobody = {
        "all answer 503": try_with(Shop(faults={"orders/*": _DOWN}), flow, URL),
        "none can be reached": try_flow(flow, url_of_nobody()),
    }
    ends = [(what, trial.run.state.type, "FAILED") for what, trial in nobody.items()]
    check.each_equals("none_well", ends)


def _look_at_report(flow: AnyFlow, morning: Mapping[str, Outcome]) -> dict[str, Case]:
    """Return, by point, what the morning was, what was seen and what was wanted."""
    faults = {f"orders/{name}": [fault] * 30 for name, fault in morning.items()}
    trial = try_with(Shop(faults=faults), flow, URL)
    result = trial.result if isinstance(trial.result, Mapping) else {}
    failing = [name for name, fault in morning.items() if fault != "empty"]
    units = {
        name: 0 if name in morning else sum(order["quantity"] for order in orders(name))
        for name in SHOPS
        if name not in failing
    }
    missing = result.get("missing", trial.result)
    ending = trial.run.state.type
    seen: dict[str, tuple[object, object]] = {
        "type": (
            ending if ending == "COMPLETED" else f"{ending}, {error_text(trial.error)}",
            "COMPLETED",
        ),
        "missing": (
            sorted(missing, key=str) if isinstance(missing, list) else missing,
            sorted(failing),
        ),
        "units": (result.get("units", trial.result), units),
        "failed": (min(_count_failed(trial.run), len(failing)), len(failing)),
    }
    words = {"cut": "doesn't answer", "empty": "sold nothing"}
    answers = [
        f"{name} {words.get(str(fault), f'answers {fault}')}" for name, fault in morning.items()
    ]
    case = ", ".join(answers) or "all answer"
    return {key: (case, *pair) for key, pair in seen.items()}


def _count_failed(run: FlowRun) -> int:
    own = sum(each.state.type == "FAILED" for each in run.task_runs)
    return own + sum(map(_count_failed, run.subflows))


@define("03.3", "a flow")
def failure_book(check: Check, flow: AnyFlow) -> None:
    """Each failing run leaves a line, whatever its end is called, and recovering ones none."""
    shop = Random().choice(SHOPS)
    pieces = sum(item["quantity"] for name in SHOPS for item in stock(name))
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book.txt"

        def recover(lines: list[str]) -> None:
            trial = run_with(check, Shop(faults={f"stock/{shop}": [503]}), flow, URL, str(book))
            check.equals("recovered", trial.result, pieces)
            same = _lines(book) == lines
            check.require_that("no_line", same, "none" if same else repr(_lines(book)))

        recover([])
        down = try_with(Shop(faults={f"stock/{shop}": _DOWN}), flow, URL, str(book))
        lines = [_line_of(check, down, "at the first failure", book, [])]
        check.equals("attempts", down.requests_by_shop("stock").get(shop, 0), 2)
        recover(lines)
        hurried = flow.with_options(timeout_seconds=0.1)
        late = try_with(Shop(latency=0.5), hurried, URL, str(book))
        _line_of(check, late, "at the second, beyond a time limit", book, lines)


def _line_of(check: Check, trial: Trial, when: str, book: Path, older: list[str]) -> str:
    """Judge the end of a failing run and the line that it has added, and return that line."""
    check.require_equal("type", trial.run.state.type, "FAILED", when=when)
    line = f"{trial.run.name}: {trial.run.state.name}"
    same = _lines(book) == [*older, line]
    seen = "the run's name and its state" if same else repr(_lines(book))
    check.require_that("lines", same, seen, when=when, expected=[*older, line])
    return line


def _lines(book: Path) -> list[str]:
    return book.read_text().splitlines() if book.exists() else []
