"""Checks of chapter 16: outgrowing one machine."""

import os
from typing import Any

from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, require_end, try_flow, try_with
from course_lib.shop import SHOPS, Shop, orders, stock

_MANY, _FEW = 57, 2  # not a multiple of a batch that anybody would choose
_REQUESTS = 2 * len(SHOPS)
_TRIES = 2  # on a busy machine a thread may begin late


@define("16.1", "a flow")
def labels_by_the_box(check: Check, flow: AnyFlow) -> None:
    """Counted in the record, for many products and for very few."""
    products = [f"product {number}" for number in range(_MANY)]
    labels = [f"[{product}]" for product in products]
    trial = try_flow(flow, products)
    require_end(check, trial)
    count = len(trial.task_runs)
    check.that("tasks", 4 <= count <= 8, str(count), count=_MANY)
    check.equals("labels", _differences(trial.result, labels), "all, in order", count=_MANY)
    trial = try_flow(flow, products[:_FEW])
    require_end(check, trial)
    count = len(trial.task_runs)
    check.that("few_tasks", 0 < count <= _FEW, str(count), count=_FEW)
    check.equals("few_labels", trial.result, labels[:_FEW], count=_FEW)


def _differences(seen: object, wanted: list[str]) -> str:
    if seen == wanted:
        return "all, in order"
    if not isinstance(seen, list):
        return f"a {type(seen).__name__}"
    if sorted(map(str, seen)) == sorted(wanted):
        return "all, in another order"
    return f"{len(seen)} of {len(wanted)}"


@define("16.2", "a flow")
def each_to_its_place(check: Check, flow: AnyFlow) -> None:
    """Requests at once in the shop's book, and the processes that the plans were made in."""
    for _ in range(_TRIES):
        trial = try_with(Shop(latency=1), flow, URL)
        if trial.requests_at_once != _REQUESTS - 1:
            break  # one that was late is no proof, more of them are
    require_end(check, trial)
    wanted = [f"{report}/{name}" for report in ("orders", "stock") for name in SHOPS]
    check.require_equal("asked", trial.paths, sorted(wanted))
    plans = _plans(trial.result)
    sizes = {name: len(orders(name)) + len(stock(name)) for name in SHOPS}
    expected = [(name, sum(n % 7 for n in range(1000 * size))) for name, size in sizes.items()]
    check.require_equal("plans", [(name, number) for name, number, _ in plans], expected)
    here = sum(pid == os.getpid() for *_, pid in plans)
    check.that("processes", here == 0, f"{here} of {len(plans)}")
    check.equals("at_once", trial.requests_at_once, _REQUESTS)


def _plans(result: Any) -> list[tuple[str, int, int]]:
    """Return each plan's shop, number and process; none if the flow returned something else."""
    try:
        return [(str(name), int(number), int(pid)) for name, number, pid in result]
    except (TypeError, ValueError):
        return []
