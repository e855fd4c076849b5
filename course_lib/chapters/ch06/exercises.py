"""Checks of chapter 06: retries, time limits, errors."""

from collections import Counter
from itertools import pairwise

from course_lib.exercises.checks import (
    Point,
    Points,
    equals,
    require_equal,
    require_flow,
    require_task,
    same_data,
    says,
)
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, run_with, try_with
from course_lib.shop import SHOPS, Shop, quality, stock

_TUESDAY, _SUNDAY = "2026-03-10", "2026-03-15"
_PAUSES = (0.2, 0.4, 0.8)
_MOST_OF_IT = 0.6
_GROWTH = 0.05  # seconds; equal plans differ a little, by the moment at which they are noted


@define("06.1")
def only_what_can_get_better(answer: object) -> Points:
    """503 and broken JSON are tried again, a 404 is not."""
    task = yield from require_task(answer)
    trial = yield from try_with(Shop(faults={"stock/north": [503, 503]}), task, "north", URL)
    yield from require_equal(
        "two 503s, then a good answer: what the server sent", trial.statuses, [503, 503, 200]
    )
    yield from require_equal("attempts that Prefect recorded for it", trial.attempts, 3)
    yield same_data(
        "what the task returned in the end",
        trial.result,
        stock("north"),
        "north's stock, as the server sent it",
    )
    trial = yield from try_with(Shop(faults={"stock/east": ["broken"]}), task, "east", URL)
    yield equals("half a JSON text, then a good answer: requests", len(trial.requests), 2)
    trial = yield from try_with(Shop(faults={"stock/south": [404] * 9}), task, "south", URL)
    yield equals("a 404: requests", len(trial.requests), 1)
    yield equals("a 404: how its task run ended", trial.ends, ["Failed"])


@define("06.2")
def longer_each_time(answer: object) -> Points:
    """Three recorded waits, each long enough and longer than the one before."""
    task = yield from require_task(answer)
    trial = yield from try_with(Shop(faults={"quality/west": [503] * 3}), task, "west", URL)
    yield from require_equal(
        "what the server answered, request by request", trial.statuses, [503, 503, 503, 200]
    )
    yield from require_equal("attempts that Prefect recorded", trial.attempts, 4)
    rests = [later.started - earlier.ended for earlier, later in pairwise(trial.requests)]
    waits = [wait for run in trial.task_runs for wait in run.planned_waits]
    # What was planned is recorded a moment after the plan was made, so a busy machine may note less
    # of it. The shop sees the whole wait, but can't tell a long wait from a long attempt.
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
    )
    grows = len(waits) > 1 and all(later >= earlier + _GROWTH for earlier, later in pairwise(waits))
    yield says("each wait longer than the one before", "yes" if grows else "no", "yes")
    yield same_data(
        "what the task returned",
        trial.result,
        quality("west"),
        "west's quality report, as the server sent it",
    )


@define("06.3")
def robust_morning(answer: object) -> Points:
    """Temporary is retried, permanent fails at once, closed is skipped, and the result says so."""
    flow = yield from require_flow(answer)
    shop = Shop(faults={"orders/north": [503, "broken"], "orders/east": [404] * 9})
    trial = yield from run_with(shop, flow, day=_TUESDAY, url=URL)
    yield from require_equal(
        "a Tuesday, north 503 then broken JSON, east 404: requests per shop",
        dict(Counter(path.removeprefix("orders/") for path in trial.paths)),
        {"east": 1, "north": 3, "south": 1, "west": 1},
    )
    yield from require_equal("attempts of the task run that was retried", trial.attempts, 3)
    failed = [run for run in trial.task_runs if run.state.type in {"FAILED", "CRASHED"}]
    yield equals(
        "failed task runs",
        [f"{run.state.name}, attempts: {run.run_count}" for run in failed],
        ["Failed, attempts: 1"],
    )
    yield _result(
        "what the flow returned for the Tuesday",
        trial.result,
        {"failed": ["east"], "pulled": ["north", "south", "west"], "skipped": []},
    )
    trial = yield from run_with(Shop(), flow, day=_SUNDAY, url=URL)
    skipped = [run.state for run in trial.task_runs if run.state.name == "Skipped"]
    yield equals(
        "a Sunday: task runs that ended as Skipped",
        sorted(f"{state.name} ({state.type})" for state in skipped),
        ["Skipped (COMPLETED)"] * len(SHOPS),
    )
    yield _result(
        "what the flow returned for the Sunday",
        trial.result,
        {"failed": [], "pulled": [], "skipped": sorted(SHOPS)},
    )


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
