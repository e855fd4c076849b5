"""Checks of chapter 16: outgrowing one machine."""

import os
from collections.abc import Iterator

from course_lib.exercises.checks import Point, Points, equals, require, require_equal, require_flow
from course_lib.exercises.engine import define
from course_lib.exercises.trials import raises_nothing, try_flow
from course_lib.shop import SHOPS, Shop, orders, stock

_MANY, _FEW = 57, 2  # not a multiple of a batch that anybody would choose
_LEAST, _MOST = 4, 8
_REQUESTS = 2 * len(SHOPS)
_ANSWER_SECONDS = 1.0
_TRIES = 2  # on a busy machine a thread may begin late


@define("16.1")
def labels_by_the_box(answer: object) -> Points:
    """Counted in the record, for many products and for very few."""
    flow = yield from require_flow(answer)
    products = [f"product {number}" for number in range(_MANY)]
    trial = yield from try_flow(flow, products)
    yield from require(raises_nothing(trial))
    count = len(trial.run.task_runs) if trial.run else 0
    yield Point(
        what=f"task runs for {_MANY} products",
        ok=_LEAST <= count <= _MOST,
        expected=f"{_LEAST} to {_MOST}",
        seen=str(count),
    )
    yield equals(
        f"labels of {_MANY} products",
        _differences(trial.result, [f"[{product}]" for product in products]),
        "all, in order",
    )
    few = products[:_FEW]
    trial = yield from try_flow(flow, few)
    yield from require(raises_nothing(trial))
    count = len(trial.run.task_runs) if trial.run else 0
    yield Point(
        what=f"task runs for {_FEW} products",
        ok=0 < count <= _FEW,
        expected=f"1 or {_FEW}",
        seen=str(count),
        cause="Some batches are empty: there can't be more batches than products.",
    )
    yield equals(
        f"labels of {_FEW} products",
        trial.result,
        [f"[{product}]" for product in few],
        "As for many products.",
    )


@define("16.2")
def each_to_its_place(answer: object) -> Points:
    """Requests at once in the shop's book, and the processes that the plans were made in."""
    flow = yield from require_flow(answer)
    with Shop(latency=_ANSWER_SECONDS) as shop:
        for _ in range(_TRIES):
            shop.forget()
            trial = yield from try_flow(flow, shop.url)
            most, asked = shop.most_at_once(), sorted(request.path for request in shop.requests)
            if most != _REQUESTS - 1:
                break  # one that was late is no proof, more of them are
    yield from require(raises_nothing(trial))
    yield from require_equal(
        "what the shop was asked for",
        asked,
        sorted(f"{report}/{name}" for report in ("orders", "stock") for name in SHOPS),
    )
    yield from _plans(trial.result)
    yield Point(
        what="requests at once", ok=most == _REQUESTS, expected=str(_REQUESTS), seen=str(most)
    )


def _plans(result: object) -> Iterator[Point]:
    try:
        found = [(str(name), int(number), int(pid)) for name, number, pid in result]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        found = []
    expected = [
        (name, sum(n % 7 for n in range(1000 * (len(orders(name)) + len(stock(name))))))
        for name in SHOPS
    ]
    yield from require_equal(
        "shops and numbers that the flow returned",
        [(name, number) for name, number, _ in found],
        expected,
    )
    here = sum(pid == os.getpid() for *_, pid in found)
    yield Point(
        what="plans made in the flow's own process",
        ok=here == 0,
        expected="0",
        seen=f"{here} of {len(found)}",
    )


def _differences(seen: object, wanted: list[str]) -> str:
    if seen == wanted:
        return "all, in order"
    if not isinstance(seen, list):
        return f"a {type(seen).__name__}"
    if sorted(map(str, seen)) == sorted(wanted):
        return "all, in another order"
    return f"{len(seen)} of {len(wanted)}"
