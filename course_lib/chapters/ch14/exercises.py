"""Checks of chapter 14: async, and people in the loop."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

from course_lib.chapters.ch14.background_run import BackgroundRun, run_in_background
from course_lib.errors import CourseError
from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, run_with
from course_lib.records.reading import read_question, read_run
from course_lib.records.runs import FlowRun
from course_lib.server.client import open_client
from course_lib.shop import SHOPS, Shop, Slow, orders, quality, stock

_OTHERS = 4  # that must come in before the slow one: two of its batch would, and 11 can
_PATIENCE = 60.0  # seconds for a run to end once it's answered
_CRATES, _TOO_MANY = 7, 500


@define("14.1", "a flow")
def three_at_a_time(check: Check, flow: AnyFlow) -> None:
    """Counted by the shop: never more than three, always three, and nobody waits for the slow one."""
    check.require_says("async", "an async def" if flow.isasync else "a def", "an async def")
    wanted = [f"{report}/{name}" for report in ("orders", "stock", "quality") for name in SHOPS]
    shop = Shop(latency=0.15, faults={wanted[0]: [Slow(3)]})
    trial = run_with(check, shop, flow, URL)
    check.require_equal("asked", trial.paths, sorted(wanted))
    check.require_equal("at_once", trial.requests_at_once, 3)
    slow = next(request for request in trial.requests if request.path == wanted[0])
    before = sum(request.ended < slow.ended for request in trial.requests)
    seen = "enough" if before >= _OTHERS else str(before)
    check.that("before", before >= _OTHERS, seen, others=_OTHERS)
    counts = [len(report(name)) for report in (orders, stock, quality) for name in SHOPS]
    check.equals("returned", trial.result, counts)


@define("14.2", "a flow")
def ask_first(check: Check, flow: AnyFlow) -> None:
    """Two runs that are asked about at the same time: one gets a no, the other a yes."""
    with _begun(flow, "north") as no, _begun(flow, "east") as yes:
        for run in (no, yes):
            try:
                read_question(run.id)
                seen = "Paused"
            except CourseError as error:
                seen = str(error)
            check.require_says("asks", seen, "Paused")
        refusal = _answered(yes.id, approved=True, crates=_TOO_MANY)
        paused = read_run(yes.id, wait=False).state.type == "PAUSED"
        seen = "taken" if refusal is None else "refused"
        check.require_that("too_many", refusal is not None and paused, seen, too_many=_TOO_MANY)
        for run, word in ((yes, "yes"), (no, "no")):
            refusal = _answered(run.id, approved=word == "yes", crates=_CRATES)
            check.require_says("taken", refusal or "taken", "taken", word=word, crates=_CRATES)
        check.equals("returned", _outcome(yes), f"{_CRATES} crates for east")
        _outcome(no)
        said_no = read_run(no.id)
        check.equals("refused", _placed(said_no), 0)
        check.equals("state", f"{said_no.state.name} ({said_no.state.type})", "Refused (COMPLETED)")
        check.equals("placed", _placed(read_run(yes.id)), 1)


@contextmanager
def _begun(flow: AnyFlow, shop: str) -> Iterator[BackgroundRun]:
    """Call the learner's flow aside, and see to it that it doesn't wait for ever."""
    run = run_in_background(flow, shop)
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
