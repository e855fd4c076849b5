"""Checks of chapter 12: limits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING
from uuid import UUID

from course_lib.display.load_picture import most_in_a_second
from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.server_objects import new_name
from course_lib.exercises.trials import (
    URL,
    Trial,
    require_end,
    try_with,
    working_day,
)
from course_lib.records.events import read_events
from course_lib.server.client import open_client
from course_lib.shop import SHOPS, Shop, orders, stock

if TYPE_CHECKING:  # at run time imported late: a kernel that only starts needn't wait for it
    from prefect.client.orchestration import SyncPrefectClient

_SLOTS = (3, 5)  # of which another job holds one: not enough for all shops, and enough
_TOGETHER_SECONDS = 3.0  # for which an answer waits for other requests; clients wait for 5
_A_SECOND = 5  # requests that the brisk shop takes
_TRIES = 2  # on a busy machine requests don't come when they should


@define("12.1", "a flow")
def through_one_gate(check: Check, flow: AnyFlow) -> None:
    """Counted by the shop, while another job holds a slot, and by the slots that were taken."""
    day = working_day(Random(), SHOPS[0])
    for slots in _SLOTS:
        free = slots - 1
        with _limit(slots) as gate, open_client() as client, _held(client, gate):
            for _ in range(_TRIES):
                shop = partial(_Sociable, free, day)
                trial, bare = _watched(shop, flow, gate, given_back=True)
                if trial.error or bare != "0" or trial.requests_at_once == free:
                    break
        require_end(check, trial)
        asked = sorted({path for path in trial.paths if path.startswith("stock/")})
        check.require_equal("asked", asked, sorted(f"stock/{name}" for name in SHOPS))
        check.require_says("own_slot", bare, "0")
        check.require_equal("at_once", trial.requests_at_once, free, slots=slots)
    pieces = sum(item["quantity"] for name in SHOPS for item in stock(name, day))
    check.same_data("returned", trial.result, pieces, pieces=pieces, day=day)
    trial = try_with(Shop(day=day), flow, URL, new_name())
    asked_anyway = len(trial.requests)
    failed = trial.run.state.type in ("FAILED", "CRASHED")
    seen = f"{asked_anyway}, and a run that {'failed' if failed else 'ended well'}"
    check.that("no_limit", asked_anyway == 0 and failed, seen)


@define("12.2", "a flow")
def five_a_second(check: Check, flow: AnyFlow) -> None:
    """A shop that counts for real, and answers some requests with 503, one of them twice."""
    day = working_day(Random(), SHOPS[0])
    wanted = [f"{report}/{name}" for report in ("orders", "stock") for name in SHOPS]
    twice, *once = Random().sample(wanted, 3)
    faults = {twice: [503, 503], **{path: [503] for path in once}}
    for _ in range(_TRIES):
        with _limit(1, decay=4.0) as pace:
            shop = partial(Shop, per_second=_A_SECOND, faults=faults, day=day)
            trial, bare = _watched(shop, flow, pace, given_back=False)
        refused = trial.statuses.count(429)
        if bare != "0" or not refused:
            break
    if not trial.requests:
        require_end(check, trial)
    check.require_says("own_slot", bare, "0")
    busiest = most_in_a_second(trial.requests)
    came = f"{refused} of {len(trial.requests)}; in the busiest second {busiest} came"
    check.require_says("refused", came if refused else "0", "0")
    require_end(check, trial)
    reports = sorted({request.path for request in trial.requests if request.status == 200})
    check.require_equal("reports", reports, sorted(wanted))
    records = sum(len(each(name, day)) for each in (orders, stock) for name in SHOPS)
    check.same_data("returned", trial.result, records, records=records, day=day)


class _Sociable(Shop):
    """A shop that keeps its answers until that many requests are there, or one waits for long."""

    def __init__(self, count: int, day: str) -> None:
        self._together = Barrier(count)
        super().__init__(day=day)

    def _is_closed_within(self, seconds: float, path: str) -> bool:
        with suppress(BrokenBarrierError):
            self._together.wait(_TOGETHER_SECONDS)
        return super()._is_closed_within(seconds, path)


def _watched(
    open_shop: Callable[[], Shop], flow: AnyFlow, limit: str, *, given_back: bool
) -> tuple[Trial, str]:
    """Run the flow, and say how many requests came without a slot that the server had noted.

    A slot serves one request: the one that it's held for, or else, where slots aren't given back,
    one that comes later.
    """
    with open_client() as client:
        about = (
            f"prefect.concurrency-limit.{client.read_global_concurrency_limit_by_name(limit).id}"
        )
    earliest = datetime.now(UTC)  # at which the shop's clock may have begun
    shop = open_shop()
    latest = datetime.now(UTC)
    trial = try_with(shop, flow, URL, limit)
    events = [event for event in read_events(about, trial.run) if event.about == about]
    ends = {event.cause: event.at for event in events if event.name.endswith(".released")}
    slots = [(each.at, ends.get(each.id)) for each in events if each.name.endswith(".acquired")]
    missing = 0
    for number, request in enumerate(trial.requests, start=1):
        if given_back:
            number = sum(each.started <= request.started < each.ended for each in trial.requests)
        came = timedelta(seconds=request.started)
        held = [
            begin <= latest + came and (end is None or (given_back and earliest + came < end))
            for begin, end in slots
        ]
        missing = max(missing, number - sum(held))
    return trial, f"{missing} or more of {len(trial.requests)}" if missing else "0"


@contextmanager
def _limit(slots: int, decay: float | None = None) -> Iterator[str]:
    """Make a limit with a name of its own, and delete it afterwards."""
    name = new_name()
    with open_client() as client:
        client.upsert_global_concurrency_limit_by_name(name, slots, decay)
        try:
            if decay is None and slots <= len(SHOPS):
                # The server tells those who wait to come back after the time for which slots are
                # held on average. It supposes two seconds, and has to learn that it is less here.
                for _ in range(4 * slots):
                    with _held(client, name):
                        pass
            yield name
        finally:
            client.delete_global_concurrency_limit_by_name(name)


@contextmanager
def _held(client: "SyncPrefectClient", name: str) -> Iterator[None]:
    """Hold a slot, as another job would."""
    answer = client.increment_concurrency_slots_with_lease(
        names=[name], slots=1, mode="concurrency", lease_duration=300
    )
    try:
        yield
    finally:
        client.release_concurrency_slots_with_lease(UUID(answer.json()["lease_id"]))
