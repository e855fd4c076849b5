"""Checks of chapter 02: flows."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from course_lib.exercises.checks import (
    Point,
    Points,
    equals,
    require,
    require_equal,
    require_flow,
    require_that,
)
from course_lib.exercises.engine import define
from course_lib.exercises.trials import (
    READ_THE_ERROR,
    URL,
    Running,
    Trial,
    raises_nothing,
    run_with,
    try_with,
)
from course_lib.records.runs import FlowRun
from course_lib.shop import SHOPS, Order, Shop, orders

if TYPE_CHECKING:
    from prefect import Flow

_ONLY_DAYS = "A str may be any text. Which type allows only days that exist?"


@define("02.1")
def big_orders(answer: object) -> Points:
    """Good values give the number; bad ones a run that fails without having begun."""
    flow = yield from require_flow(answer)
    shop, day, least = "west", "2026-03-05", 3
    good = {"shop": shop, "day": day, "least": str(least)}
    trial = yield from run_with(Shop(), flow, **good, url=URL)
    yield equals(
        "what the server was asked for",
        sorted({f"{request.path}?{request.query}" for request in trial.requests}),
        [f"orders/{shop}?day={day}"],
    )
    yield equals(
        f"what the flow returned for least={str(least)!r}",
        trial.result,
        sum(order["quantity"] >= least for order in orders(shop, day)),
    )
    for name, bad, cause in (
        ("shop", "nort", "A str may be any text. Which type allows four texts only?"),
        ("day", "2026-02-30", _ONLY_DAYS),
        ("day", "tomorrow", _ONLY_DAYS),
        ("least", "0", "An int may be 0 or less. Which type holds only numbers from 1 up?"),
    ):
        trial = yield from try_with(Shop(), flow, **(good | {name: bad}), url=URL)
        yield from require_equal(
            f"requests to the shop when {name} is {bad!r}", len(trial.requests), 0, cause
        )
        yield equals(
            f"states of the run when {name} is {bad!r}",
            [state.name for state in trial.run.states],
            ["Pending", "Failed"],
            "The body began, so it was your code that looked at the value: leave that to the type "
            f"hint of {name}, and don't switch validate_parameters off.",
        )


@define("02.2")
def revenue_report(answer: object) -> Points:
    """Totals, missing shops and batches on three mornings, one of them with nobody there."""
    flow = yield from require_flow(answer)
    yield from _judge_morning(
        flow,
        {"east": 503, "west": 404},
        SHOPS,
        10,
        "Some shops are closed here, and their orders can't be pulled: go on with "
        "those for which is_available gives True.",
    )
    yield from _judge_morning(flow, {}, ["west", "south"], 7)
    trial = yield from _try_morning(flow, dict.fromkeys(SHOPS, 503), SHOPS, 10)
    state = trial.run.state
    yield from require_that(
        what="how the run ends when no shop is available",
        ok=state.type == "FAILED",
        expected="Failed",
        seen=_ending(trial),
    )
    yield Point(
        what="the message of that run",
        ok="no shop is available" in state.message.lower(),
        expected="it contains: no shop is available",
        seen=state.message.partition("\n")[0][:120],
    )


def _judge_morning(
    flow: "Flow[Any, Any]",
    closed: Mapping[str, int],
    asked: Sequence[str],
    size: int,
    cause: str = READ_THE_ERROR,
) -> Points:
    morning = f"{' and '.join(closed)} closed" if closed else "all open"
    trial = yield from _try_morning(flow, closed, asked, size)
    yield from require(raises_nothing(trial, f"it runs to its end, {morning}", cause))
    result = trial.result if isinstance(trial.result, dict) else {}
    yield from require_that(
        what=f"what the flow returned, {morning}",
        ok=set(result) == {"revenue", "missing"},
        expected="a dictionary with 'revenue' and 'missing'",
        seen=f"a dictionary with {sorted(map(str, result))}"
        if isinstance(trial.result, dict)
        else repr(trial.result)[:80],
    )
    yield equals(
        f"the missing shops, {morning}",
        result["missing"],
        [name for name in asked if name in closed],
    )
    books = [orders(name) for name in asked if name not in closed]
    yield equals(
        f"runs of batch_revenue, {morning}, with batches of {size}",
        _count(trial.run, "batch_revenue"),
        sum(-(-len(book) // size) for book in books),
    )
    total = sum(_revenue(book) for book in books)
    seen = result["revenue"]
    is_number = isinstance(seen, int | float)
    yield Point(
        what=f"the revenue, {morning}",
        ok=is_number and abs(seen - total) < 0.005,
        expected=f"{total:.2f}",
        seen=f"{seen:.2f}" if is_number else repr(seen)[:80],
    )


def _try_morning(
    flow: "Flow[Any, Any]", closed: Mapping[str, int], asked: Sequence[str], size: int
) -> Running:
    shop = Shop(faults={f"*/{name}": [status] * 99 for name, status in closed.items()})
    return (yield from try_with(shop, flow, shops=list(asked), batch_size=size, url=URL))


def _revenue(book: list[Order]) -> float:
    return sum(order["quantity"] * order["unit_price"] for order in book)


def _count(run: FlowRun, task: str) -> int:
    """Count a task's runs, also in inner flow runs: one flow a shop is as good an answer."""
    return len(run.of(task)) + sum(_count(child, task) for child in run.subflows)


def _ending(trial: Trial) -> str:
    name = trial.run.state.name
    return name if trial.error else f"{name}, and it returned {str(trial.result)[:60]}"


@define("02.3")
def week(answer: object) -> Points:
    """One named inner flow run per working day, each with its task run, and the total."""
    flow = yield from require_flow(answer)
    shop = "south"
    days = ["2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09"]  # the third is a Sunday
    working = [day for day in days if day != "2026-03-08"]
    trial = yield from run_with(Shop(), flow, shop=shop, days=days, url=URL)
    children = trial.run.subflows
    yield from require_equal("flow runs inside the run of week", len(children), len(working))
    yield equals(
        "their names", [child.name for child in children], [f"{shop} on {day}" for day in working]
    )
    yield equals(
        "task runs in each of them",
        [len(child.task_runs) for child in children],
        [1] * len(working),
    )
    yield equals(
        "what the flow returned", trial.result, sum(len(orders(shop, day)) for day in working)
    )
