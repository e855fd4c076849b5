"""Checks of chapter 02: flows."""

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from course_lib.exercises.checks import (
    Point,
    Points,
    Trial,
    equals,
    raises_nothing,
    require,
    require_flow,
    try_flow,
)
from course_lib.exercises.engine import define
from course_lib.records.runs import FlowRun
from course_lib.shop import SHOPS, Order, Shop, orders

if TYPE_CHECKING:
    from prefect import Flow


@define("02.1")
def big_orders(answer: object) -> Points:
    """Good values give the number; bad ones a run that fails without having begun."""
    flow = yield from require_flow(answer)
    shop_name, day, least = "west", "2026-03-05", 3
    with Shop() as shop:
        trial = yield from try_flow(flow, shop=shop_name, day=day, least=str(least), url=shop.url)
        asked = sorted({f"{request.path}?{request.query}" for request in shop.requests})
    yield from require(raises_nothing(trial))
    yield equals(
        "what the server was asked for",
        asked,
        [f"orders/{shop_name}?day={day}"],
        "The orders of the shop and the day that the flow was given, at the url that it was given.",
    )
    yield equals(
        f"what the flow returned for least={str(least)!r}",
        trial.result,
        sum(order["quantity"] >= least for order in orders(shop_name, day)),
        "Count the orders whose quantity is at least as large; the hint turns the text into a number.",
    )
    good = {"shop": shop_name, "day": day, "least": str(least)}
    for name, bad, hint in (
        ("shop", "nort", "A str may be any text. Which type allows four texts only?"),
        ("day", "2026-02-30", "A str may be any text. Which type allows only days that exist?"),
        ("day", "tomorrow", "A str may be any text. Which type allows only days that exist?"),
        ("least", "0", "An int may be 0 or less. Which type holds only numbers from 1 up?"),
    ):
        yield from _turned_down(flow, good, name, bad, hint)


def _turned_down(
    flow: "Flow[Any, Any]", good: dict[str, str], name: str, bad: str, hint: str
) -> Points:
    with Shop() as shop:
        trial = yield from try_flow(flow, **(good | {name: bad}), url=shop.url)
        count = len(shop.requests)
    yield from require(
        equals(f"requests to the shop when {name} is {bad!r}", count, 0, hint),
    )
    states = [state.name for state in trial.run.states] if trial.run else []
    yield equals(
        f"states of the run when {name} is {bad!r}",
        states,
        ["Pending", "Failed"],
        "The body began, so it was your code that looked at the value: leave that to the type "
        f"hint of {name}, and don't switch validate_parameters off.",
    )


@define("02.2")
def revenue_report(answer: object) -> Points:
    """Totals, missing shops and batches on three mornings, one of them with nobody there."""
    flow = yield from require_flow(answer)
    for closed, asked, size in (
        ({"east": 503, "west": 404}, list(SHOPS), 10),
        ({}, ["west", "south"], 7),
    ):
        morning = _morning(closed)
        trial = yield from _try_morning(flow, closed, asked, size)
        ended = raises_nothing(trial)
        if closed and not ended.ok:
            ended = replace(
                ended,
                cause="Some shops are closed here, and their orders can't be pulled: go on with "
                "those for which is_available gives True.",
            )
        yield from require(replace(ended, what=f"{ended.what}, {morning}"))
        result = trial.result if isinstance(trial.result, dict) else {}
        yield from require(
            Point(
                what=f"what the flow returned, {morning}",
                ok=set(result) == {"revenue", "missing"},
                expected="a dictionary with 'revenue' and 'missing'",
                seen=f"a dictionary with {sorted(map(str, result))}"
                if isinstance(trial.result, dict)
                else repr(trial.result)[:80],
                cause="Return both under exactly these names.",
            )
        )
        yield equals(
            f"the missing shops, {morning}",
            result["missing"],
            [name for name in asked if name in closed],
            "A list of the shops for which is_available gave False, in the order of `shops`.",
        )
        books = [orders(name) for name in asked if name not in closed]
        yield equals(
            f"runs of batch_revenue, {morning}, with batches of {size}",
            _count(trial.run, "batch_revenue"),
            sum(-(-len(book) // size) for book in books),
            "One for each batch: cut each shop's list of orders with in_batches, keep the last, "
            "shorter batch, and call the task for every batch.",
        )
        total = sum(_revenue(book) for book in books)
        seen = result["revenue"]
        yield Point(
            what=f"the revenue, {morning}",
            ok=isinstance(seen, int | float) and abs(seen - total) < 0.005,
            expected=f"{total:.2f}",
            seen=f"{seen:.2f}" if isinstance(seen, int | float) else repr(seen)[:80],
            cause="Add up what batch_revenue returns, over all batches of all available shops.",
        )
    trial = yield from _try_morning(flow, dict.fromkeys(SHOPS, 503), list(SHOPS), 10)
    run = trial.run
    yield from require(
        Point(
            what="how the run ends when no shop is available",
            ok=run is not None and run.state.type == "FAILED",
            expected="Failed",
            seen=_ending(run, trial),
            cause="An empty list of shops runs through every loop without a word. Look at it "
            "right after the check of the shops, and raise an exception if it is empty.",
        )
    )
    message = run.state.message if run else ""
    yield Point(
        what="the message of that run",
        ok="no shop is available" in message.lower(),
        expected="it contains: no shop is available",
        seen=message.partition("\n")[0][:120],
        cause="The text of the exception that you raise becomes the message. If it is about "
        "something else, the code failed by itself before it came to your exception.",
    )


def _try_morning(
    flow: "Flow[Any, Any]", closed: dict[str, int], asked: list[str], size: int
) -> Generator[Point, None, Trial]:
    with Shop(faults={f"*/{name}": [status] * 99 for name, status in closed.items()}) as shop:
        return (yield from try_flow(flow, shops=asked, batch_size=size, url=shop.url))


def _morning(closed: dict[str, int]) -> str:
    return f"{' and '.join(closed)} closed" if closed else "all open"


def _revenue(book: list[Order]) -> float:
    return sum(order["quantity"] * order["unit_price"] for order in book)


def _count(run: FlowRun | None, task: str) -> int:
    """Count a task's runs, also in inner flow runs: one flow a shop is as good an answer."""
    if run is None:
        return 0
    return len(run.of(task)) + sum(_count(child, task) for child in run.subflows)


def _ending(run: FlowRun | None, trial: Trial) -> str:
    name = run.state.name if run else "no run"
    return name if trial.error else f"{name}, and it returned {str(trial.result)[:60]}"


@define("02.3")
def week(answer: object) -> Points:
    """One named inner flow run per working day, each with its task run, and the total."""
    flow = yield from require_flow(answer)
    shop_name = "south"
    days = ["2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09"]  # the third is a Sunday
    working = [day for day in days if day != "2026-03-08"]
    with Shop() as shop:
        trial = yield from try_flow(flow, shop=shop_name, days=days, url=shop.url)
    yield from require(raises_nothing(trial))
    assert trial.run is not None
    children = trial.run.subflows
    yield from require(
        equals(
            "flow runs inside the run of week",
            len(children),
            len(working),
            "One for each day but Sunday. None: one_day isn't called, is called as .fn, or is no "
            "flow. One too many: a Sunday has a run as well.",
        )
    )
    yield equals(
        "their names",
        [child.name for child in children],
        [f"{shop_name} on {day}" for day in working],
        "name= names the flow, the same for every run; flow_run_name= names each run and may "
        "use {shop} and {day}.",
    )
    yield equals(
        "task runs in each of them",
        [len(child.task_runs) for child in children],
        [1] * len(working),
        "The orders of a day are pulled by the task pull_orders, once, inside one_day.",
    )
    yield equals(
        "what the flow returned",
        trial.result,
        sum(len(orders(shop_name, day)) for day in working),
        "Add up the numbers that the inner flows return.",
    )
