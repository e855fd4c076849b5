"""Checks of chapter 06: retries, time limits, errors."""

from collections import Counter
from itertools import pairwise

from course_lib.exercises.checks import (
    Point,
    Points,
    equals,
    raises_nothing,
    require,
    require_flow,
    require_task,
    try_flow,
    try_task,
)
from course_lib.exercises.engine import define
from course_lib.records.runs import FlowRun, TaskRun
from course_lib.shop import SHOPS, Outcome, Shop, quality, stock

_TUESDAY, _SUNDAY = "2026-03-10", "2026-03-15"
_PAUSES = (0.2, 0.4, 0.8)
_MOST_OF_IT = 0.6
_GROWTH = 0.05  # seconds; a busy machine alone makes one wait a little longer than another


@define("06.1")
def only_what_can_get_better(answer: object) -> Points:
    """503 and broken JSON are tried again, a 404 is not."""
    task = yield from require_task(answer)
    with Shop(faults={"stock/north": [503, 503]}) as shop:
        trial = yield from try_task(task, "north", shop.url)
        statuses = [request.status for request in shop.requests]
    yield from require(
        equals(
            "two 503s, then a good answer: what the server sent",
            statuses,
            [503, 503, 200],
            "Too short: retries= is missing or too low, nothing raised, or the condition said no "
            "to a 503. Two retries make three attempts.",
        )
    )
    yield from require(
        equals(
            "attempts that Prefect recorded for it",
            _most_attempts(trial.run),
            3,
            "The function tried again by itself, in a loop of its own: leave that to retries=, "
            "and each attempt is on the record.",
        )
    )
    yield Point(
        what="what the task returned in the end",
        ok=trial.result == stock("north"),
        expected="north's stock, as the server sent it",
        seen="north's stock" if trial.result == stock("north") else repr(trial.result)[:80],
        cause="Return what fetch() gives.",
    )
    with Shop(faults={"stock/east": ["broken"]}) as shop:
        trial = yield from try_task(task, "east", shop.url)
        count = len(shop.requests)
    yield equals(
        "half a JSON text, then a good answer: requests",
        count,
        2,
        "One: the condition doesn't count json.JSONDecodeError among the temporary errors, "
        "or fails itself because that error has no response.",
    )
    with Shop(faults={"stock/south": [404] * 9}) as shop:
        trial = yield from try_task(task, "south", shop.url)
        count = len(shop.requests)
    yield equals(
        "a 404: requests",
        count,
        1,
        "More: it was tried again. Without retry_condition_fn every exception is; a condition has "
        "to say no to this one.",
    )
    yield equals(
        "a 404: how its task run ended",
        [run.state.name for run in _task_runs(trial.run)],
        ["Failed"],
        "Completed: the error was caught on its way out, and nobody will hear of it. Let it raise.",
    )


@define("06.2")
def longer_each_time(answer: object) -> Points:
    """Three recorded waits, each long enough and longer than the one before."""
    task = yield from require_task(answer)
    with Shop(faults={"quality/west": [503] * 3}) as shop:
        trial = yield from try_task(task, "west", shop.url)
        requests = shop.requests
    rests = [later.started - earlier.ended for earlier, later in pairwise(requests)]
    yield from require(
        equals(
            "what the server answered, request by request",
            [request.status for request in requests],
            [503, 503, 503, 200],
            "Too short: there are fewer than three retries, or nothing raised.",
        )
    )
    yield from require(
        equals(
            "attempts that Prefect recorded",
            _most_attempts(trial.run),
            4,
            "The function tried again by itself, in a loop of its own: leave that to retries=.",
        )
    )
    waits = [
        (until - since).total_seconds()
        for run in _task_runs(trial.run)
        for since, until in run.waits
    ]
    # On a busy machine Prefect notes the beginning of a wait a little late, the shop never. But
    # the shop can't tell a long wait from a long attempt.
    long = len(waits) == len(_PAUSES) and all(
        rest >= pause and wait >= _MOST_OF_IT * pause
        for rest, wait, pause in zip(rests, waits, _PAUSES, strict=True)
    )
    yield Point(
        what="waits that Prefect recorded",
        ok=long,
        expected="at least " + ", ".join(f"{pause} s" for pause in _PAUSES),
        # Measured numbers differ each time, so a right answer is told without them.
        seen="long enough" if long else ", ".join(f"{wait:.2f} s" for wait in waits) or "none",
        cause="None: retry_delay_seconds is missing, or the function sleeps by itself. Too short: "
        "one number gives equal waits, and jitter may cut a wait down.",
    )
    grows = len(waits) > 1 and all(later >= earlier + _GROWTH for earlier, later in pairwise(waits))
    yield Point(
        what="each wait longer than the one before",
        ok=grows,
        expected="yes",
        seen="yes" if grows else "no",
        cause="One long delay for all is safe, and makes short faults cost as much as long ones. "
        "Let the delays grow: a list, or exponential_backoff.",
    )
    yield Point(
        what="what the task returned",
        ok=trial.result == quality("west"),
        expected="west's quality report, as the server sent it",
        seen="west's quality report"
        if trial.result == quality("west")
        else repr(trial.result)[:80],
        cause="Return what fetch() gives.",
    )


@define("06.3")
def robust_morning(answer: object) -> Points:
    """Temporary is retried, permanent fails at once, closed is skipped, and the result says so."""
    flow = yield from require_flow(answer)
    plan: dict[str, list[Outcome]] = {"orders/north": [503, "broken"], "orders/east": [404] * 9}
    with Shop(faults=plan) as shop:
        trial = yield from try_flow(flow, day=_TUESDAY, url=shop.url)
        asked = Counter(request.path.removeprefix("orders/") for request in shop.requests)
    yield from require(raises_nothing(trial))
    yield from require(
        equals(
            "a Tuesday, north 503 then broken JSON, east 404: requests per shop",
            {name: asked[name] for name in sorted(asked)},
            {"east": 1, "north": 3, "south": 1, "west": 1},
            "Each shop's orders are to be asked for at /orders/{shop}?day={day}. North is worth two "
            "retries, east is not: that takes retries= and a retry_condition_fn.",
        )
    )
    runs = _task_runs(trial.run)
    yield from require(
        equals(
            "attempts of the task run that was retried",
            _most_attempts(trial.run),
            3,
            "The retries are the task's: a loop of your own, or retries of the flow, aren't "
            "on the record of the shop that needed them.",
        )
    )
    yield equals(
        "failed task runs",
        [f"{run.state.name}, attempts: {run.run_count}" for run in runs if _failed(run)],
        ["Failed, attempts: 1"],
        "None: the 404 was caught inside the task. Let it raise there, and ask for the state with "
        "return_state=True.",
    )
    yield _result(
        "what the flow returned for the Tuesday",
        trial.result,
        {"failed": ["east"], "pulled": ["north", "south", "west"], "skipped": []},
    )
    with Shop() as shop:
        trial = yield from try_flow(flow, day=_SUNDAY, url=shop.url)
    yield from require(raises_nothing(trial))
    skipped = [run for run in _task_runs(trial.run) if run.state.name == "Skipped"]
    yield equals(
        "a Sunday: task runs that ended as Skipped",
        sorted(f"{run.state.name} ({run.state.type})" for run in skipped),
        ["Skipped (COMPLETED)"] * len(SHOPS),
        'Where the answer is empty, return Completed(name="Skipped", message=...) from the task. '
        "An empty list looks like a day without customers, an exception like a fault.",
    )
    yield _result(
        "what the flow returned for the Sunday",
        trial.result,
        {"failed": [], "pulled": [], "skipped": sorted(SHOPS)},
    )


def _task_runs(run: FlowRun | None) -> tuple[TaskRun, ...]:
    return run.task_runs if run else ()


def _most_attempts(run: FlowRun | None) -> int:
    return max((each.run_count for each in _task_runs(run)), default=0)


def _failed(run: TaskRun) -> bool:
    return run.state.type in {"FAILED", "CRASHED"}


def _result(what: str, seen: object, expected: dict[str, list[str]]) -> Point:
    """Judge the lists whatever the order of their names."""
    if isinstance(seen, dict):
        seen = {
            key: sorted(value, key=str) if isinstance(value, list | tuple | set) else value
            for key, value in sorted(seen.items(), key=str)
        }
    return equals(
        what,
        seen,
        expected,
        "Three lists with the shops' names. A skipped shop is completed as well, by its type: look "
        "at the state's name first.",
    )
