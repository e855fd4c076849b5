"""Checks of chapter 02: flows."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from course_lib.exercises.checks import AnyFlow, Case, Check, short_repr
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, Trial, error_text, try_with, working_day
from course_lib.records.runs import FlowRun
from course_lib.shop import SHOPS, Outcome, Shop, orders

_BAD = {
    "shop": ("nort", "northeast"),
    "day": ("2026-02-30", "tomorrow", "2026-03-02T10:30"),
    "least": ("0", -3, "2.5"),
}


@define("02.1", "a flow")
def big_orders(check: Check, flow: AnyFlow) -> None:
    """Good values give the number; bad ones a run that fails without having begun."""
    random = Random()
    leasts = (1, "1", str(random.randint(2, 5)), 60)
    years = (2026, 2026, random.randrange(1990, 2020), random.randrange(2050, 2090))
    calls: list[dict[str, Any]] = [
        {"shop": shop, "day": working_day(random, shop, year), "least": least}
        for shop, least, year in zip(random.sample(SHOPS, 4), leasts, years, strict=True)
    ]
    trials = [(call, try_with(Shop(), flow, **call, url=URL)) for call in calls]
    ends = [(_values(call), error_text(trial.error), "no error") for call, trial in trials]
    check.each_equals("good", ends, stop=True)
    counts = [(_values(call), trial.result, _count_big(**call)) for call, trial in trials]
    check.each_equals("returned", counts)
    for name, values in _BAD.items():
        refused = [
            (f"{name}={bad!r}", try_with(Shop(), flow, **(calls[0] | {name: bad}), url=URL))
            for bad in values
        ]
        requests = [(case, len(trial.requests), 0) for case, trial in refused]
        check.each_equals(name, requests, stop=True)
        states = [
            (case, [state.name for state in trial.run.states], ["Pending", "Failed"])
            for case, trial in refused
        ]
        check.each_equals("states", states, name=name)


def _count_big(shop: str, day: str, least: object) -> int:
    return sum(order["quantity"] >= int(str(least)) for order in orders(shop, day))


def _values(call: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in call.items())


@define("02.2", "a flow")
def revenue_report(check: Check, flow: AnyFlow) -> None:
    """Totals, missing shops and batches on four mornings, and an end on one with nobody there."""
    random = Random()
    closed, *others = random.sample(SHOPS, 3)
    mornings = [
        _look_at_morning(flow, *each)
        for each in (
            (["south", "west", "north", "east"], {"east": "*", "west": "stock"}, 18),
            ([closed, *others], {closed: "stock"}, random.randint(12, 19)),
            ([*others, closed], {}, random.randint(12, 19)),
        )
    ]
    mornings.append(_look_at_morning(flow, others, {}, 20, quiet=True))
    for key in mornings[0]:
        cases = [morning[key] for morning in mornings]
        check.each_equals(key, cases, stop=key in ("ends", "shape"))
    trial = _try_morning(flow, [others[0], closed], {others[0]: "*", closed: "stock"}, 20)
    state = trial.run.state
    ending = state.name if trial.error else f"{state.name}, and it returned {trial.result!s:.60}"
    check.require_that("ending", state.type == "FAILED", ending)
    message = state.message.partition("\n")[0][:120]
    says_so = "no shop is available" in state.message.lower()
    check.that("message", says_so, message)


def _look_at_morning(
    flow: AnyFlow, given: Sequence[str], closed: Mapping[str, str], size: int, quiet: bool = False
) -> dict[str, Case]:
    """Return, by point, what the morning was, what was seen and what was wanted.

    On a `quiet` one the shops that are open have sold nothing.
    """
    trial = _try_morning(flow, given, closed, size, quiet)
    result = trial.result if isinstance(trial.result, dict) else {}
    complete = {"revenue", "missing"} <= set(result)
    missing, revenue = result.get("missing"), result.get("revenue")
    books = [orders(name) for name in given if name not in closed and not quiet]
    total = sum(order["quantity"] * order["unit_price"] for book in books for order in book)
    seen: dict[str, tuple[object, object]] = {
        "ends": (error_text(trial.error), "no error"),
        "shape": ("both" if complete else short_repr(trial.result), "both"),
        "asked": (min(_count(trial.run, "is_available"), len(given)), len(given)),
        "missing": (
            list(missing) if isinstance(missing, tuple) else missing,
            [name for name in given if name in closed],
        ),
        "batches": (
            _count(trial.run, "batch_revenue") if books else 0,  # a batch of none does no harm
            sum(-(-len(book) // size) for book in books),
        ),
        "revenue": (round(revenue, 2) if isinstance(revenue, float) else revenue, total),
    }
    spoilt = ", ".join(f"{reports}/{name}" for name, reports in closed.items())
    sold = ", no orders" if quiet else ""
    case = f"shops={given}, batch_size={size}, no good answer to: {spoilt or 'none'}{sold}"
    return {key: (case, *pair) for key, pair in seen.items()}


def _try_morning(
    flow: AnyFlow, given: Sequence[str], closed: Mapping[str, str], size: int, quiet: bool = False
) -> Trial:
    faults: dict[str, list[Outcome]] = {
        f"{reports}/{name}": [503, 404] * 50 for name, reports in closed.items()
    }
    if quiet:
        faults["orders/*"] = ["empty"] * 50
    return try_with(Shop(faults=faults), flow, shops=list(given), batch_size=size, url=URL)


def _count(run: FlowRun, task: str) -> int:
    """Count a task's runs, also in inner flow runs: one flow a shop is as good an answer."""
    own = sum(task in (each.task, each.task_key.rpartition("-")[0]) for each in run.task_runs)
    return own + sum(_count(child, task) for child in run.subflows)


@define("02.3", "a flow")
def week(check: Check, flow: AnyFlow) -> None:
    """A named inner flow run for each working day, and the total, with and without Sundays."""
    random = Random()
    sunday = date(2026, 1, 4) + timedelta(weeks=random.randrange(50))
    shops = random.sample(SHOPS, 2)
    found: dict[str, list[Case]] = {}
    for shop, distances in zip(shops, ((0, 3, 6, 7), (1, 6)), strict=True):
        days = [sunday + timedelta(distance) for distance in distances]
        trial = try_with(Shop(), flow, shop=shop, days=days, url=URL)
        working = [str(day) for day in days if day.isoweekday() != 7]
        runs = _runs_by_day(trial.run, {str(day) for day in days})
        seen: dict[str, tuple[object, object]] = {
            "ends": (error_text(trial.error), "no error"),
            "inner": (sorted(day for day, _ in runs), working),
            "names": (sorted(name for _, name in runs), [f"{shop} on {day}" for day in working]),
            "returned": (trial.result, sum(len(orders(shop, day)) for day in working)),
        }
        for key, pair in seen.items():
            case = f"{shop}, days: {', '.join(map(str, days))}"
            found.setdefault(key, []).append((case, *pair))
    for key, cases in found.items():
        check.each_equals(key, cases, stop=key in ("ends", "inner"))


def _runs_by_day(run: FlowRun, days: set[str]) -> list[tuple[str, str]]:
    """Return day and name of each inner flow run that was given one of the days."""
    found = []
    for child in run.subflows:
        given = days & {str(value)[:10] for value in child.parameters.values()}
        found += [(min(given), child.name)] if given else _runs_by_day(child, days)
    return found
