"""Checks of chapter 02: flows."""

from collections.abc import Mapping, Sequence
from typing import Any

from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, Trial, error_text, run_with, try_with
from course_lib.records.runs import FlowRun
from course_lib.shop import SHOPS, Shop, orders


@define("02.1", "a flow")
def big_orders(check: Check, flow: AnyFlow) -> None:
    """Good values give the number; bad ones a run that fails without having begun."""
    shop, day, least = "west", "2026-03-05", 3
    good = {"shop": shop, "day": day, "least": str(least)}
    trial = run_with(check, Shop(), flow, **good, url=URL)
    asked = sorted({f"{request.path}?{request.query}" for request in trial.requests})
    check.equals("asked", asked, [f"orders/{shop}?day={day}"])
    count = sum(order["quantity"] >= least for order in orders(shop, day))
    check.equals("returned", trial.result, count, least=str(least))
    wrong = (("shop", "nort"), ("day", "2026-02-30"), ("day", "tomorrow"), ("least", "0"))
    for name, bad in wrong:
        trial = try_with(Shop(), flow, **(good | {name: bad}), url=URL)
        check.require_equal(name, len(trial.requests), 0, name=name, bad=bad)
        states = [state.name for state in trial.run.states]
        check.equals("states", states, ["Pending", "Failed"], name=name, bad=bad)


@define("02.2", "a flow")
def revenue_report(check: Check, flow: AnyFlow) -> None:
    """Totals, missing shops and batches on three mornings, one of them with nobody there."""
    _judge_morning(check, flow, {"east": 503, "west": 404}, SHOPS, 10)
    _judge_morning(check, flow, {}, ["west", "south"], 7)
    trial = _try_morning(flow, dict.fromkeys(SHOPS, 503), SHOPS, 10)
    state = trial.run.state
    ending = state.name if trial.error else f"{state.name}, and it returned {trial.result!s:.60}"
    check.require_that("ending", state.type == "FAILED", ending)
    message = state.message.partition("\n")[0][:120]
    check.that("message", "no shop is available" in state.message.lower(), message)


def _judge_morning(
    check: Check, flow: AnyFlow, closed: Mapping[str, int], asked: Sequence[str], size: int
) -> None:
    morning = f"{' and '.join(closed)} closed" if closed else "all open"
    trial = _try_morning(flow, closed, asked, size)
    key = "some_closed" if closed else "all_open"
    check.require_says(key, error_text(trial.error), "no error", morning=morning)
    result: dict[str, Any] = {}
    seen = repr(trial.result)[:80]
    if isinstance(trial.result, dict):
        result, seen = trial.result, f"a dictionary with {sorted(map(str, trial.result))}"
    check.require_that("shape", set(result) == {"revenue", "missing"}, seen, morning=morning)
    missing = [name for name in asked if name in closed]
    check.equals("missing", result["missing"], missing, morning=morning)
    books = [orders(name) for name in asked if name not in closed]
    batches = sum(-(-len(book) // size) for book in books)
    count = _count(trial.run, "batch_revenue")
    check.equals("batches", count, batches, morning=morning, size=size)
    total = sum(order["quantity"] * order["unit_price"] for book in books for order in book)
    revenue = result["revenue"]
    is_number = isinstance(revenue, int | float)
    right = is_number and abs(revenue - total) < 0.005
    seen = f"{revenue:.2f}" if is_number else repr(revenue)[:80]
    check.that("revenue", right, seen, morning=morning, total=total)


def _try_morning(
    flow: AnyFlow, closed: Mapping[str, int], asked: Sequence[str], size: int
) -> Trial:
    shop = Shop(faults={f"*/{name}": [status] * 99 for name, status in closed.items()})
    return try_with(shop, flow, shops=list(asked), batch_size=size, url=URL)


def _count(run: FlowRun, task: str) -> int:
    """Count a task's runs, also in inner flow runs: one flow a shop is as good an answer."""
    return len(run.of(task)) + sum(_count(child, task) for child in run.subflows)


@define("02.3", "a flow")
def week(check: Check, flow: AnyFlow) -> None:
    """One named inner flow run per working day, each with its task run, and the total."""
    shop = "south"
    days = ["2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09"]  # the third is a Sunday
    working = [day for day in days if day != "2026-03-08"]
    trial = run_with(check, Shop(), flow, shop=shop, days=days, url=URL)
    children = trial.run.subflows
    check.require_equal("inner", len(children), len(working))
    names = [f"{shop} on {day}" for day in working]
    check.equals("names", [child.name for child in children], names)
    check.equals("tasks", [len(child.task_runs) for child in children], [1] * len(working))
    check.equals("returned", trial.result, sum(len(orders(shop, day)) for day in working))
