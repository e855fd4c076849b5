"""Checks of chapter 16: outgrowing one machine."""

import os
from random import Random
from typing import Any

from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.shops import HoldingShop
from course_lib.exercises.trials import URL, error_text, require_end, try_flow, try_with
from course_lib.shop import SHOPS, orders, stock

_random = Random()
_PRIMES = [41, 43, 47, 53, 59, 61, 67, 71, 73, 79]  # multiples of no batch and no number of them
_REQUESTS = 2 * len(SHOPS)
_PATIENCE = 6.0  # seconds that requests wait for the others; on a busy machine threads begin late


@define("16.1", "a flow")
def labels_by_the_box(check: Check, flow: AnyFlow) -> None:
    """Counted in the record, for many products and for few; 6 and 9 are hard to divide."""
    sizes = {
        "some 60 products": _random.choice(_PRIMES),
        "6 products": 6,
        "9 products": 9,
        "fewer than four products": _random.randint(1, 3),
        "some 300 products": _random.randint(200, 400),
    }
    for what, count in sizes.items():
        products = [f"product {_random.randint(100, 999)}" for _ in range(count)]
        products[-1] = products[0]  # so that one needs its label twice
        trial = try_flow(flow, products)
        least, most = (1, count) if count < 4 else (4, 8)
        runs = len(trial.task_runs)
        wanted = "as few as products" if count < 4 else "4 to 8"
        seen = wanted if least <= runs <= most else f"{runs} for {count} products"
        seen = error_text(trial.error) if trial.error else seen
        check.require_says("tasks", seen, wanted, what=what)
        labels = [f"[{product}]" for product in products]
        check.says("labels", _differences(trial.result, labels), "all, in order", what=what)


def _differences(seen: object, wanted: list[str]) -> str:
    if seen == wanted:
        return "all, in order"
    if not isinstance(seen, list):
        return f"a {type(seen).__name__}"
    if sorted(map(str, seen)) == sorted(wanted):
        return "all, in another order"
    return f"{len(seen)} labels for {len(wanted)} products, and not theirs"


@define("16.2", "a flow")
def each_to_its_place(check: Check, flow: AnyFlow) -> None:
    """Requests at once in the shop's book, and the processes that the plans were made in."""
    shop = HoldingShop(lambda shop, _: shop.most >= _REQUESTS, hold=_PATIENCE, latency=0)
    trial = try_with(shop, flow, URL)
    require_end(check, trial)
    wanted = [f"{report}/{name}" for report in ("orders", "stock") for name in SHOPS]
    check.require_equal("asked", trial.paths, sorted(wanted))
    plans = _plans(trial.result)
    sizes = {name: len(orders(name)) + len(stock(name)) for name in SHOPS}
    expected = [(name, sum(n % 7 for n in range(1000 * size))) for name, size in sizes.items()]
    check.require_equal("plans", [(name, number) for name, number, _ in plans], expected)
    here = sum(pid == os.getpid() for *_, pid in plans)
    check.that("processes", here == 0, f"{here} of {len(plans)}")
    check.equals("at_once", shop.most, _REQUESTS)


def _plans(result: Any) -> list[tuple[str, int, int]]:
    """Return each plan's shop, number and process; none if the flow returned something else."""
    try:
        return [(str(name), int(number), int(pid)) for name, number, pid in result]
    except (TypeError, ValueError):
        return []
