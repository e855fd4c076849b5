"""Checks of chapter 01: tasks."""

from itertools import pairwise

from course_lib.exercises.checks import (
    Point,
    Points,
    equals,
    require_equal,
    require_flow,
    require_task,
    same_data,
)
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, run_with, try_with
from course_lib.records.reading import read_logs
from course_lib.shop import SHOPS, Shop, orders, quality, stock

_PAUSE_SECONDS = 0.2


@define("01.1")
def chain_stock(answer: object) -> Points:
    """One recorded task run per shop, and the sum of all quantities."""
    flow = yield from require_flow(answer)
    trial = yield from run_with(Shop(), flow, URL)
    yield equals(
        "the shops that were asked for their stock",
        trial.paths,
        sorted(f"stock/{name}" for name in SHOPS),
    )
    yield Point(
        what="task runs in the record",
        ok=len(trial.task_runs) == len(SHOPS),
        expected=f"{len(SHOPS)}, one for each shop",
        seen=str(len(trial.task_runs)),
    )
    yield equals(
        "what the flow returned",
        trial.result,
        sum(item["quantity"] or 0 for name in SHOPS for item in stock(name)),
    )


@define("01.2")
def survive(answer: object) -> Points:
    """Two 503s in a row become two recorded retries with a pause before each."""
    task = yield from require_task(answer)
    trial = yield from try_with(Shop(faults={"quality/west": [503, 503]}), task, "west", URL)
    yield from require_equal(
        "what the server answered, request by request", trial.statuses, [503, 503, 200]
    )
    yield from require_equal("attempts that Prefect recorded", trial.attempts, 3)
    # By the server's clock: Prefect counts a delay from a little before it records the wait.
    rests = [later.started - earlier.ended for earlier, later in pairwise(trial.requests)]
    long = sum(rest >= _PAUSE_SECONDS for rest in rests)
    # On a busy machine the next attempt is late even if nobody asked for a wait.
    asked = sum(state.name == "AwaitingRetry" for run in trial.task_runs for state in run.states)
    yield equals(f"pauses of at least {_PAUSE_SECONDS} s before a new attempt", min(long, asked), 2)
    yield same_data(
        "what the task returned",
        trial.result,
        quality("west"),
        "west's quality report, as the server sent it",
    )


@define("01.3")
def explains_itself(answer: object) -> Points:
    """Name, tag and log line are on the record; the time limit is set."""
    task = yield from require_task(answer)
    trial = yield from run_with(Shop(), task, "south", URL)
    yield equals("the name of south's run", [run.name for run in trial.task_runs], ["orders-south"])
    yield equals("its tags", [sorted(run.tags) for run in trial.task_runs], [["report"]])
    count = len(orders("south"))
    lines = [line.message for line in read_logs(trial.run) if line.task]
    told = [text for text in lines if str(count) in text]
    yield Point(
        what="a log line with the number of orders",
        ok=bool(told),
        expected=f"a line with {count} in it",
        seen=told[0] if told else f"none among {len(lines)} lines",
    )
    yield equals("its time limit in seconds", task.timeout_seconds, 5.0)
    yield same_data(
        "what the task returned",
        trial.result,
        orders("south"),
        "south's orders, as the server sent them",
    )
