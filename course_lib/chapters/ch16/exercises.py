"""Checks of chapter 16: outgrowing one machine."""

import os
from typing import Any

from course_lib.exercises.checks import Point, Points, equals, require, require_equal, require_flow
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, raises_nothing, try_flow, try_with
from course_lib.shop import SHOPS, Shop, orders, stock

_MANY, _FEW = 57, 2  # not a multiple of a batch that anybody would choose
_LEAST, _MOST = 4, 8
_REQUESTS = 2 * len(SHOPS)
_TRIES = 2  # on a busy machine a thread may begin late


@define("16.1")
def labels_by_the_box(answer: object) -> Points:
    """Counted in the record, for many products and for very few."""
    flow = yield from require_flow(answer)
    products = [f"product {number}" for number in range(_MANY)]
    labels = [f"[{product}]" for product in products]
    trial = yield from try_flow(flow, products)
    yield from require(raises_nothing(trial))
    count = len(trial.task_runs)
    yield Point(
        what=f"task runs for {_MANY} products",
        ok=_LEAST <= count <= _MOST,
        expected=f"{_LEAST} to {_MOST}",
        seen=str(count),
    )
    yield equals(f"labels of {_MANY} products", _differences(trial.result, labels), "all, in order")
    trial = yield from try_flow(flow, products[:_FEW])
    yield from require(raises_nothing(trial))
    count = len(trial.task_runs)
    yield Point(
        what=f"task runs for {_FEW} products",
        ok=0 < count <= _FEW,
        expected=f"1 or {_FEW}",
        seen=str(count),
        cause="Some batches are empty: there can't be more batches than products.",
    )
    yield equals(f"labels of {_FEW} products", trial.result, labels[:_FEW], "As for many products.")


def _differences(seen: object, wanted: list[str]) -> str:
    if seen == wanted:
        return "all, in order"
    if not isinstance(seen, list):
        return f"a {type(seen).__name__}"
    if sorted(map(str, seen)) == sorted(wanted):
        return "all, in another order"
    return f"{len(seen)} of {len(wanted)}"


@define("16.2")
def each_to_its_place(answer: object) -> Points:
    """Requests at once in the shop's book, and the processes that the plans were made in."""
    flow = yield from require_flow(answer)
    for _ in range(_TRIES):
        trial = yield from try_with(Shop(latency=1), flow, URL)
        if trial.requests_at_once != _REQUESTS - 1:
            break  # one that was late is no proof, more of them are
    yield from require(raises_nothing(trial))
    yield from require_equal(
        "what the shop was asked for",
        trial.paths,
        sorted(f"{report}/{name}" for report in ("orders", "stock") for name in SHOPS),
    )
    plans = _plans(trial.result)
    yield from require_equal(
        "shops and numbers that the flow returned",
        [(name, number) for name, number, _ in plans],
        [
            (name, sum(n % 7 for n in range(1000 * (len(orders(name)) + len(stock(name))))))
            for name in SHOPS
        ],
    )
    here = sum(pid == os.getpid() for *_, pid in plans)
    yield Point(
        what="plans made in the flow's own process",
        ok=here == 0,
        expected="0",
        seen=f"{here} of {len(plans)}",
    )
    yield equals("requests at once", trial.requests_at_once, _REQUESTS)


def _plans(result: Any) -> list[tuple[str, int, int]]:
    """Return each plan's shop, number and process; none if the flow returned something else."""
    try:
        return [(str(name), int(number), int(pid)) for name, number, pid in result]
    except (TypeError, ValueError):
        return []
