"""Checks of chapter 14: async, and people in the loop."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from math import isfinite
from random import Random
from threading import Condition
from time import monotonic
from typing import Any
from uuid import UUID

from course_lib.chapters.ch14.background_run import BackgroundRun, run_in_background
from course_lib.errors import CourseError
from course_lib.exercises.checks import AnyFlow, Check, short_repr
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, error_text, require_end, try_with, working_day
from course_lib.records.reading import read_question, read_run
from course_lib.records.runs import FlowRun
from course_lib.server.client import open_client
from course_lib.shop import SHOPS, Shop, orders, quality, stock
from course_lib.shop.loopback import Response

_TRIES = 2  # on a busy machine requests don't come when they should
_PLACES = 3
_A_MOMENT, _A_WHILE = 0.5, 3.0  # seconds to wait for one request too many, and for a missing one
_SLOW = 8.0  # seconds that the slow report takes at most; clients wait for 10
_PATIENCE = 60.0  # seconds for a run to end once it's answered
_SECONDS = 600.0  # for which the question waits


@define("14.1", "a flow")
def three_at_a_time(check: Check, flow: AnyFlow) -> None:
    """Counted by the shop: never more than three, always three, and nobody waits for the slow one."""
    check.require_says("async", "an async def" if flow.isasync else "a def", "an async def")
    wanted = [f"{report}/{name}" for report in ("orders", "stock", "quality") for name in SHOPS]
    day = working_day(Random(), SHOPS[0])
    for _ in range(_TRIES):
        shop = _UnevenShop(slow=Random().choice(wanted[4:8]), others=len(wanted) - 1, day=day)
        trial = try_with(shop, flow, URL)
        if "different event loop" in str(trial.error):
            check.require_that("loop", False, error_text(trial.error))
        require_end(check, trial)
        if trial.requests_at_once >= _PLACES:
            break
    check.require_equal("asked", sorted(set(trial.paths)), sorted(wanted))
    check.require_equal("at_once", trial.requests_at_once, _PLACES)
    slow = next(request for request in trial.requests if request.path == shop.slow)
    before = {request.path for request in trial.requests if request.ended < slow.ended}
    seen = (
        "all others" if len(before) == len(wanted) - 1 else f"{len(before)} ({shop.slow} is slow)"
    )
    check.says("before", seen, "all others")
    counts = [len(report(name, day)) for report in (orders, stock, quality) for name in SHOPS]
    check.same_data("returned", trial.result, counts, counts=counts, day=day)


class _UnevenShop(Shop):
    """A shop that answers when it knows how many requests come at once.

    It waits until three are there and a moment longer, or else for a while. And one report comes
    when all others have been asked for and answered, or when nothing has happened for a while.
    """

    def __init__(self, slow: str, others: int, day: str) -> None:
        self.slow, self._others = slow, others
        self._came, self._known = 0, False
        self._news = Condition()
        super().__init__(latency=0.05, day=day)

    def _respond(self, request: BaseHTTPRequestHandler, body: bytes) -> Response | None:
        response = super()._respond(request, body)
        with self._news:
            self._news.notify_all()
        return response

    def _is_closed_within(self, seconds: float, path: str) -> bool:
        with self._news:
            self._came += 1
            self._news.notify_all()
            if self._news.wait_for(lambda: self._known or self._came >= _PLACES, _A_WHILE):
                self._news.wait_for(lambda: self._known or self._came > _PLACES, _A_MOMENT)
            self._known = True
            if path == self.slow and self._came >= _PLACES:
                latest = monotonic() + _SLOW
                while not self._are_others_answered() and monotonic() < latest:
                    if not self._news.wait(_A_WHILE):
                        break
        return super()._is_closed_within(seconds, path)

    def _are_others_answered(self) -> bool:
        answered = {each.path for each in self.requests if isfinite(each.ended)}
        return len(answered) >= self._others


@define("14.2", "a flow")
def ask_first(check: Check, flow: AnyFlow) -> None:
    """Three runs that are asked about at the same time: one gets a no, the others a yes."""
    shops = Random().sample(SHOPS, 3)
    with ExitStack() as stack:
        runs = [stack.enter_context(_begun(check, flow, shop)) for shop in shops]
        few, many, no = runs
        asked = [_asked(run) for run in runs]
        seen = next((each for each in asked if each != "Paused"), "Paused")
        check.require_says("asks", seen, "Paused")
        check.equals("timeout", _timeout(no.id), round(_SECONDS))
        seen = "refused"
        for approved, crates in ((True, 0), (True, 21), (True, 2.5), ("perhaps", 2)):
            refusal = _answered(few.id, approved=approved, crates=crates)
            if refusal is None or read_run(few.id, wait=False).state.type != "PAUSED":
                seen = f"approved={approved}, crates={crates} is taken"
                break
        check.require_says("outside", seen, "refused")
        for run, word, crates in ((few, "yes", 1), (many, "yes", 20), (no, "no", 5)):
            refusal = _answered(run.id, approved=word == "yes", crates=crates)
            check.require_says("taken", refusal or "taken", "taken", word=word, crates=crates)
        for run, shop, crates in zip((few, many), shops, (1, 20), strict=False):
            order = f"{crates} crates for {shop}"
            result = _outcome(run)
            seen = "its order" if result == order else short_repr(result)
            check.require_that("returned", result == order, seen, crates=crates, order=order)
        _outcome(no)
        said_no = read_run(no.id)
        check.equals("refused", _placed(said_no), 0)
        check.equals("state", f"{said_no.state.name} ({said_no.state.type})", "Refused (COMPLETED)")
        check.equals("placed", _placed(read_run(few.id)), 1)


def _asked(run: BackgroundRun) -> str:
    """Return ``Paused`` if the run waits for an answer, or else in words what it does."""
    try:
        read_question(run.id)
    except CourseError as error:
        return str(error)
    return "Paused"


def _timeout(run_id: UUID) -> int:
    """Return for how many seconds a run that is paused will wait, to ten."""
    with open_client() as client:
        state = client.read_flow_run(run_id).state
    if state is None or state.state_details.pause_timeout is None:
        return 0
    wait = state.state_details.pause_timeout - state.timestamp
    return int(10 * round(wait.total_seconds() / 10))


@contextmanager
def _begun(check: Check, flow: AnyFlow, shop: str) -> Iterator[BackgroundRun]:
    """Call the learner's flow aside, and see to it that it doesn't wait for ever."""
    try:
        run = run_in_background(flow, shop)
    except Exception as error:  # there is no run
        check.require_says("asks", error_text(error), "Paused")
    try:
        yield run
    finally:
        if not run.ended:
            _release(run)


def _answered(run_id: UUID, **given: object) -> str | None:
    """Answer as a person would; return the server's refusal, or None if the answer was taken."""
    with open_client() as client:
        result = client.resume_flow_run(run_id, run_input=given)
    if result.status.value == "ACCEPT":
        return None
    return str(getattr(result.details, "reason", None) or result.status.value)


def _outcome(run: BackgroundRun) -> Any:
    """Return what the flow returned, or in words why it didn't."""
    try:
        return run.result(_PATIENCE)
    except TimeoutError:
        return "nothing: it still waits"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _release(run: BackgroundRun) -> None:
    """End a run that the check has given up: with a no if it takes one, or else cancelled."""
    from prefect.states import Cancelled

    with suppress(Exception):
        if _answered(run.id, approved=False, crates=1) is None:
            return
    with open_client() as client:
        client.set_flow_run_state(run.id, Cancelled(), force=True)


def _placed(run: FlowRun) -> int:
    return sum(each.task_key.startswith("place_order-") for each in run.task_runs)
