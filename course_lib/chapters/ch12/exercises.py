"""Checks of chapter 12: limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from course_lib.display.load_picture import most_in_a_second
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
from course_lib.exercises.trials import raises_nothing, try_flow
from course_lib.server.client import api_client
from course_lib.shop import SHOPS, Request, Shop, orders, stock

_SLOTS = 3
_A_SECOND = 5  # requests that the brisk shop takes
_ANSWER_SECONDS = 0.4
_TRIES = 2  # a busy server lets clients wait for seconds, and so one request after the other


@define("12.1")
def through_one_gate(answer: object) -> Points:
    """Counted by the shop: while another job holds a slot, and on a server without the limit."""
    flow = yield from require_flow(answer)
    with _limit(_SLOTS) as gate, _held(gate, 1), Shop(latency=_ANSWER_SECONDS) as shop:
        for _ in range(_TRIES):
            shop.forget()
            trial = yield from try_flow(flow, shop.url, gate)
            most, asked = shop.most_at_once(), sorted(request.path for request in shop.requests)
            if most != 1:
                break
    yield from require(raises_nothing(trial))
    yield from require(
        equals("what the shop was asked for", asked, sorted(f"stock/{name}" for name in SHOPS))
    )
    yield from require_that(
        what=f"requests at once while another job holds 1 of the {_SLOTS} slots",
        ok=most == _SLOTS - 1,
        expected=str(_SLOTS - 1),
        seen=str(most),
    )
    yield equals(
        "what the flow returned",
        trial.result,
        sum(item["quantity"] for name in SHOPS for item in stock(name)),
    )
    with Shop(latency=0.1) as shop:
        trial = yield from try_flow(flow, shop.url, f"check-{uuid4().hex[:8]}")
        asked_anyway = len(shop.requests)
    yield Point(
        what="requests on a server that doesn't have the limit",
        ok=asked_anyway == 0 and trial.error is not None,
        expected="0, and a failed run",
        seen=f"{asked_anyway}, and a run that {'failed' if trial.error else 'ended well'}",
    )


@define("12.2")
def five_a_second(answer: object) -> Points:
    """A shop that counts for real: no refusal, retries included."""
    flow = yield from require_flow(answer)
    reports = [(report, name) for report in ("orders", "stock") for name in SHOPS]
    with (
        _limit(1, decay=4.0) as pace,
        Shop(per_second=_A_SECOND, faults={"stock/east": [503]}) as shop,
    ):
        trial = yield from try_flow(flow, shop.url, pace)
        requests = shop.requests
    refused = sum(request.status == 429 for request in requests)
    busiest = most_in_a_second(requests)
    yield from require_that(
        what="requests that the shop refused with 429",
        ok=refused == 0,
        expected="0",
        seen=f"{refused} of {len(requests)}; in the busiest second {busiest} came"
        if refused
        else "0",
    )
    yield from require(raises_nothing(trial))
    yield from require_equal(
        "reports that came in",
        sorted({request.path for request in requests if request.status == 200}),
        sorted(f"{report}/{name}" for report, name in reports),
    )
    yield equals(
        "what the flow returned",
        trial.result,
        sum(len(each(name)) for each in (orders, stock) for name in SHOPS),
    )
    yield from _paced(requests)


def _paced(requests: tuple[Request, ...]) -> Iterator[Point]:
    span = requests[-1].started - requests[0].started
    least = (len(requests) - 1) / _A_SECOND
    yield Point(
        what="the requests are spread over time",
        ok=span >= least,
        expected=f"{len(requests)} requests within {least:.1f} s or more",
        seen="so" if span >= least else "faster",
    )


@contextmanager
def _limit(slots: int, decay: float | None = None) -> Iterator[str]:
    """Make a limit with a name of its own, and delete it afterwards."""
    name = f"check-{uuid4().hex[:8]}"
    with api_client() as client:
        client.upsert_global_concurrency_limit_by_name(name, slots, decay)
        try:
            if decay is None:
                # The server tells those who wait to come back after the time for which slots are
                # held on average. It supposes two seconds, and has to learn that it is less here.
                for _ in range(4 * slots):
                    with _held(name, 1):
                        pass
            yield name
        finally:
            client.delete_global_concurrency_limit_by_name(name)


@contextmanager
def _held(name: str, slots: int) -> Iterator[None]:
    """Hold slots, as another job would."""
    with api_client() as client:
        answer = client.increment_concurrency_slots_with_lease(
            names=[name], slots=slots, mode="concurrency", lease_duration=300
        )
        try:
            yield
        finally:
            client.release_concurrency_slots_with_lease(UUID(answer.json()["lease_id"]))
