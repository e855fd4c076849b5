"""Checks of chapter 12: limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from course_lib.display.load_picture import most_in_a_second
from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.server_objects import new_name
from course_lib.exercises.trials import URL, require_end, try_with
from course_lib.server.client import open_client
from course_lib.shop import SHOPS, Shop, orders, stock

_SLOTS = 3
_A_SECOND = 5  # requests that the brisk shop takes
_ANSWER_SECONDS = 0.4
_TRIES = 2  # a busy server lets clients wait for seconds, and so one request after the other


@define("12.1", "a flow")
def through_one_gate(check: Check, flow: AnyFlow) -> None:
    """Counted by the shop: while another job holds a slot, and on a server without the limit."""
    with _limit(_SLOTS) as gate, _held(gate):
        for _ in range(_TRIES):
            trial = try_with(Shop(latency=_ANSWER_SECONDS), flow, URL, gate)
            if trial.requests_at_once != 1:
                break
    require_end(check, trial)
    check.require_equal("asked", trial.paths, sorted(f"stock/{name}" for name in SHOPS))
    check.require_equal("at_once", trial.requests_at_once, _SLOTS - 1, slots=_SLOTS)
    pieces = sum(item["quantity"] for name in SHOPS for item in stock(name))
    check.equals("returned", trial.result, pieces)
    trial = try_with(Shop(latency=0.1), flow, URL, new_name())
    asked = len(trial.requests)
    seen = f"{asked}, and a run that {'failed' if trial.error else 'ended well'}"
    check.that("no_limit", asked == 0 and trial.error is not None, seen)


@define("12.2", "a flow")
def five_a_second(check: Check, flow: AnyFlow) -> None:
    """A shop that counts for real: no refusal, retries included."""
    shop = Shop(per_second=_A_SECOND, faults={"stock/east": [503]})
    with _limit(1, decay=4.0) as pace:
        trial = try_with(shop, flow, URL, pace)
    requests = trial.requests
    refused = trial.statuses.count(429)
    busiest = most_in_a_second(requests)
    seen = f"{refused} of {len(requests)}; in the busiest second {busiest} came" if refused else "0"
    check.require_says("refused", seen, "0")
    require_end(check, trial)
    reports = sorted({request.path for request in requests if request.status == 200})
    wanted = [f"{report}/{name}" for report in ("orders", "stock") for name in SHOPS]
    check.require_equal("reports", reports, sorted(wanted))
    records = sum(len(each(name)) for each in (orders, stock) for name in SHOPS)
    check.equals("returned", trial.result, records)
    span = requests[-1].started - requests[0].started
    least = (len(requests) - 1) / _A_SECOND
    seen = "so" if span >= least else "faster"
    check.that("spread", span >= least, seen, count=len(requests), least=least)


@contextmanager
def _limit(slots: int, decay: float | None = None) -> Iterator[str]:
    """Make a limit with a name of its own, and delete it afterwards."""
    name = new_name()
    with open_client() as client:
        client.upsert_global_concurrency_limit_by_name(name, slots, decay)
        try:
            if decay is None:
                # The server tells those who wait to come back after the time for which slots are
                # held on average. It supposes two seconds, and has to learn that it is less here.
                for _ in range(4 * slots):
                    with _held(name):
                        pass
            yield name
        finally:
            client.delete_global_concurrency_limit_by_name(name)


@contextmanager
def _held(name: str) -> Iterator[None]:
    """Hold a slot, as another job would."""
    with open_client() as client:
        answer = client.increment_concurrency_slots_with_lease(
            names=[name], slots=1, mode="concurrency", lease_duration=300
        )
        try:
            yield
        finally:
            client.release_concurrency_slots_with_lease(UUID(answer.json()["lease_id"]))
