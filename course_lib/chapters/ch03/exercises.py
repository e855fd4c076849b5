"""Checks of chapter 03: states and results."""

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from course_lib.exercises.checks import (
    Point,
    Points,
    equals,
    require_equal,
    require_flow,
    require_that,
)
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, run_with, try_with
from course_lib.shop import DAY, SHOPS, Shop, orders, stock

_ANOTHER_SUNDAY = "2026-03-29"
_DOWN = [503] * 30  # more than anyone's retries


@define("03.1")
def closed(answer: object) -> Points:
    """A Sunday ends as Skipped, a Monday with its number, and a failure stays one."""
    flow = yield from require_flow(answer)
    monday = yield from run_with(Shop(), flow, "east", DAY, URL)
    sunday = yield from try_with(Shop(), flow, "east", _ANOTHER_SUNDAY, URL)
    state = sunday.run.state
    yield equals("the type of a Sunday's final state", state.type, "COMPLETED")
    yield equals("its name", state.name, "Skipped")
    yield Point(
        what="its message",
        ok=bool(state.message) and state.message != "All states completed.",
        expected="why it was skipped, in your words",
        seen=repr(state.message),
    )
    yield equals("the name of a Monday's final state", monday.run.state.name, "Completed")
    yield equals(
        "what it returned on that Monday",
        monday.result,
        sum(order["quantity"] for order in orders("east", DAY)),
    )
    broken = yield from try_with(Shop(faults={"orders/east": _DOWN}), flow, "east", DAY, URL)
    yield equals(
        "the type of the final state when the server is down", broken.run.state.type, "FAILED"
    )


@define("03.2")
def gap(answer: object) -> Points:
    """One shop may fail, all may not, and the record shows who did."""
    flow = yield from require_flow(answer)
    units = {name: sum(order["quantity"] for order in orders(name)) for name in SHOPS}
    trial = yield from run_with(Shop(faults={"orders/south": _DOWN}), flow, URL)
    yield equals("the type of the final state when south fails", trial.run.state.type, "COMPLETED")
    yield equals(
        "the shops that it calls missing", sorted(_part(trial.result, "missing", list)), ["south"]
    )
    yield equals(
        "the units that it reports",
        _part(trial.result, "units", dict),
        {name: count for name, count in units.items() if name != "south"},
    )
    types = Counter(run.state.type for run in trial.task_runs)
    yield Point(
        what="how the task runs ended",
        ok=types["FAILED"] >= 1 and types["COMPLETED"] >= len(SHOPS) - 1,
        expected="a failed one for south, a completed one for each other shop",
        seen=f"{types['COMPLETED']} completed, {types['FAILED']} failed",
    )
    trial = yield from try_with(Shop(), flow, URL)
    yield equals(
        "the result when all shops answer",
        trial.error or trial.result,
        {"units": units, "missing": []},
    )
    trial = yield from try_with(Shop(faults={"orders/*": _DOWN}), flow, URL)
    yield equals("the type of the final state when no shop answers", trial.run.state.type, "FAILED")


@define("03.3")
def failure_book(answer: object) -> Points:
    """Two failing runs leave a line each, a recovering one none."""
    flow = yield from require_flow(answer)
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book.txt"
        trial = yield from run_with(Shop(faults={"stock/west": [503]}), flow, URL, str(book))
        yield equals(
            "what a run that recovers returns",
            trial.result,
            sum(item["quantity"] for name in SHOPS for item in stock(name)),
        )
        yield from require_equal("the book's lines after it", _lines(book), [])
        expected: list[str] = []
        for number, right in (
            ("a", "the run's name and its state"),
            ("a second", "one line for each failed run"),
        ):
            trial = yield from try_with(Shop(faults={"stock/west": _DOWN}), flow, URL, str(book))
            yield from require_equal(
                f"the type of the final state of {number} run that fails",
                trial.run.state.type,
                "FAILED",
            )
            expected.append(f"{trial.run.name}: {trial.run.state.name}")
            lines = _lines(book)
            yield from require_that(
                what=f"the book's lines after {number} failed run",
                ok=lines == expected,
                expected=repr(expected),
                seen=right if lines == expected else repr(lines),
            )


def _lines(book: Path) -> list[str]:
    return book.read_text().splitlines() if book.exists() else []


def _part(result: object, key: str, kind: type) -> Any:
    part = result.get(key) if isinstance(result, Mapping) else None
    return part if isinstance(part, kind) else kind()
