"""Checks of chapter 14: async, and people in the loop."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from course_lib.chapters.ch14.background_run import BackgroundRun, run_in_background
from course_lib.errors import CourseError
from course_lib.exercises.checks import (
    Point,
    Points,
    equals,
    raises_nothing,
    require,
    require_flow,
    try_flow,
)
from course_lib.exercises.engine import define
from course_lib.records.reading import read_question, read_run
from course_lib.records.runs import FlowRun, State
from course_lib.shop import SHOPS, Shop, Slow, orders, quality, stock

if TYPE_CHECKING:
    from prefect import Flow

_AT_ONCE = 3
_ANSWER_SECONDS, _SLOW_SECONDS = 0.15, 1.0
_OTHERS = 4  # that must come in before the slow one: two of its batch would, and 11 can
_PATIENCE = 60.0  # seconds for a run to end once it's answered
_CRATES, _TOO_MANY = 7, 500


@define(
    "14.1",
    "Three at a time",
    hints=(
        "Before each request somebody has to take one of three tickets, and give it back after.",
        "asyncio.Semaphore(3) holds the tickets; async with it waits for one without blocking.",
        "Make the semaphore in the flow, write an inner async function that does async with free: "
        "return await count(path, http), and gather its calls instead of count's.",
    ),
)
def three_at_a_time(answer: object) -> Points:
    """Counted by the shop: never more than three, always three, and nobody waits for the slow one."""
    flow = yield from require_flow(answer)
    yield from require(
        Point(
            what="the flow is async",
            ok=flow.isasync,
            expected="an async def",
            seen="an async def" if flow.isasync else "a def",
            cause="A task runner with three workers would do it in threads; here it's to be one.",
        )
    )
    wanted = [f"{report}/{name}" for report in ("orders", "stock", "quality") for name in SHOPS]
    plan = {wanted[0]: [Slow(_SLOW_SECONDS)]}
    with Shop(latency=_ANSWER_SECONDS, faults=plan) as shop:
        trial = yield from try_flow(flow, shop.url)
        requests, most = shop.requests, shop.most_at_once()
    yield from require(raises_nothing(trial))
    yield from require(
        equals(
            "what the shop was asked for",
            sorted(request.path for request in requests),
            sorted(wanted),
            "Each report is to be asked for once, at the url that the flow was given.",
        )
    )
    yield from require(
        equals(
            "most requests at once",
            most,
            _AT_ONCE,
            "More: nothing holds the others back. A semaphore of its own in each call limits "
            "nobody. 1: each is awaited before the next begins, or a blocking call keeps the loop.",
        )
    )
    slow = next(request for request in requests if request.path == wanted[0])
    before = sum(request.ended < slow.ended for request in requests)
    yield Point(
        what="reports that came in while the slow one was awaited",
        ok=before >= _OTHERS,
        expected=f"{_OTHERS} or more",
        seen="enough" if before >= _OTHERS else str(before),
        cause="Batches of three wait for the slowest of the batch, and two places stay empty. Give "
        "each place to the next request as soon as it's free.",
    )
    counts = [len(report(name)) for report in (orders, stock, quality) for name in SHOPS]
    yield equals(
        "what the flow returned",
        trial.result,
        counts,
        "The counts in the order of the reports, as gather gives them: not as they come in.",
    )


@define(
    "14.2",
    "Ask first",
    hints=(
        "What the answer looks like is a class; which class makes the server check it?",
        "class Consent(RunInput) with approved: bool and crates: int = Field(ge=1, le=20); give it "
        "to pause_flow_run as wait_for_input, and keep what that returns.",
        'Look at approved first: if not, return Completed(name="Refused"). Otherwise return '
        "place_order(shop, consent.crates).",
    ),
)
def ask_first(answer: object) -> Points:
    """Two runs that are asked about at the same time: one gets a no, the other a yes."""
    flow = yield from require_flow(answer)
    with _begun(flow, "north") as no, _begun(flow, "east") as yes:
        for each in (no, yes):
            yield from _asks(each)
        refused = _answered(yes.id, approved=True, crates=_TOO_MANY)
        yield from require(
            Point(
                what=f"a yes with {_TOO_MANY} crates",
                ok=refused is not None and _pauses(yes.id),
                expected="refused by the server; the run stays Paused",
                seen="refused" if refused is not None else "taken",
                cause="The form has no limits, or the flow waits for no input at all: hand "
                "wait_for_input a RunInput whose field says ge=1, le=20. A check in the flow's own "
                "code comes too late, and so does a validator.",
            )
        )
        for each, given in ((yes, (True, _CRATES)), (no, (False, _CRATES))):
            word = "yes" if given[0] else "no"
            refusal = _answered(each.id, approved=given[0], crates=given[1])
            yield from require(
                Point(
                    what=f"a {word} with {_CRATES} crates",
                    ok=refusal is None,
                    expected="taken",
                    seen="taken" if refusal is None else refusal,
                    cause="The form asks for other fields than approved (a bool) and crates (an "
                    "int from 1 to 20).",
                )
            )
        result, error = _outcome(yes)
        yield equals(
            "what the flow returned after the yes",
            result if error is None else error,
            f"{_CRATES} crates for east",
            "The order that place_order gives, for as many crates as the answer says.",
        )
        result, error = _outcome(no)
        said_no = read_run(no.id)
        yield equals(
            "orders placed after the no",
            _placed(said_no),
            0,
            "Look at approved before you place anything.",
        )
        yield equals(
            "how the run ended after the no",
            _words(said_no.state),
            "Refused (COMPLETED)",
            'Return Completed(name="Refused"). Raising makes it a failure, and a plain return '
            "leaves no trace of the no.",
        )
        yield equals(
            "orders placed after the yes", _placed(read_run(yes.id)), 1, "One call of place_order."
        )


@contextmanager
def _begun(flow: "Flow[Any, Any]", shop: str) -> Iterator[BackgroundRun]:
    """Call the learner's flow aside, and see to it that it doesn't wait for ever."""
    run = run_in_background(flow, shop)
    try:
        yield run
    finally:
        if not run.ended:
            _release(run)


def _asks(run: BackgroundRun) -> Iterator[Point]:
    try:
        read_question(run.id)
        seen = "Paused"
    except CourseError as error:
        seen = str(error)
    yield from require(
        Point(
            what="it asks, and waits",
            ok=seen == "Paused",
            expected="Paused",
            seen=seen,
            cause="pause_flow_run has to be called before anything is ordered, and before an error.",
        )
    )


def _answered(run_id: UUID, **given: object) -> str | None:
    """Answer as a person would; give the server's refusal, or None if the answer was taken."""
    from prefect import get_client

    with get_client(sync_client=True) as client:
        result = client.resume_flow_run(run_id, run_input=given)
    if result.status.value == "ACCEPT":
        return None
    return str(getattr(result.details, "reason", None) or result.status.value)


def _pauses(run_id: UUID) -> bool:
    return read_run(run_id, wait=False).state.type == "PAUSED"


def _outcome(run: BackgroundRun) -> tuple[Any, str | None]:
    try:
        return run.result(_PATIENCE), None
    except TimeoutError:
        return None, "nothing: it still waits"
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def _release(run: BackgroundRun) -> None:
    """End a run that the check has given up: with a no if it takes one, or else cancelled."""
    from prefect import get_client
    from prefect.states import Cancelled

    with suppress(Exception):
        if _answered(run.id, approved=False, crates=1) is None:
            return
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run.id, Cancelled(), force=True)


def _placed(run: FlowRun) -> int:
    return sum(each.task_key.startswith("place_order-") for each in run.task_runs)


def _words(state: State) -> str:
    return f"{state.name} ({state.type})"
