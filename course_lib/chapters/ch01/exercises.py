"""Checks of chapter 01: tasks."""

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
from course_lib.records.reading import read_logs
from course_lib.shop import SHOPS, Shop, orders, quality, stock


@define("01.1")
def chain_stock(answer: object) -> Points:
    """One recorded task run per shop, and the sum of all quantities."""
    flow = yield from require_flow(answer)
    with Shop() as shop:
        trial = yield from try_flow(flow, shop.url)
        asked = sorted(request.path for request in shop.requests)
    yield from require(raises_nothing(trial))
    yield equals(
        "the shops that were asked for their stock",
        asked,
        sorted(f"stock/{name}" for name in SHOPS),
        "Each shop is to be asked once, and at the url that the flow was given.",
    )
    count = len(trial.run.task_runs) if trial.run else 0
    yield Point(
        what="task runs in the record",
        ok=count == len(SHOPS),
        expected=f"{len(SHOPS)}, one for each shop",
        seen=str(count),
        cause="None: pull_stock is not a task, or was called as .fn. "
        "One: the task goes over the shops itself, so that a failing one can't be told apart.",
    )
    total = sum(item["quantity"] or 0 for name in SHOPS for item in stock(name))
    yield equals(
        "what the flow returned",
        trial.result,
        total,
        "Add up the quantity of every item of every shop, and return that one number.",
    )


@define("01.2")
def survive(answer: object) -> Points:
    """Two 503s in a row become two recorded retries with a pause before each."""
    task = yield from require_task(answer)
    pause = 0.2
    with Shop(faults={"quality/west": [503, 503]}) as shop:
        trial = yield from try_task(task, "west", shop.url)
        requests = shop.requests
    statuses = [request.status for request in requests]
    yield from require(
        equals(
            "what the server answered, request by request",
            statuses,
            [503, 503, 200],
            "Too short: the task gave up, or took the 503 for a good answer because nothing "
            "raised. raise_for_status() turns it into an exception, and retries= try again.",
        )
    )
    runs = trial.run.task_runs if trial.run else ()
    attempts = max((run.run_count for run in runs), default=0)
    yield from require(
        equals(
            "attempts that Prefect recorded",
            attempts,
            3,
            "The function tried again by itself, in a loop of its own: leave that to retries=, "
            "and each attempt is on the record.",
        )
    )
    # By the server's clock: Prefect counts a delay from a little before it records the wait.
    long = sum(later.started - earlier.ended >= pause for earlier, later in pairwise(requests))
    # On a busy machine the next attempt is late even if nobody asked for a wait.
    asked = sum(state.name == "AwaitingRetry" for run in runs for state in run.states)
    long = min(long, asked)
    yield Point(
        what=f"pauses of at least {pause} s before a new attempt",
        ok=long == 2,
        expected="2",
        seen=str(long),
        cause="Without retry_delay_seconds the next attempt follows at once, "
        "and the old machine has no time to recover.",
    )
    yield Point(
        what="what the task returned",
        ok=trial.result == quality("west"),
        expected="west's quality report, as the server sent it",
        seen="west's quality report" if trial.result == quality("west") else repr(trial.result),
        cause="Return response.json() of the answer that worked.",
    )


@define("01.3")
def explains_itself(answer: object) -> Points:
    """Name, tag and log line are on the record; the time limit is set."""
    task = yield from require_task(answer)
    with Shop() as shop:
        trial = yield from try_task(task, "south", shop.url)
    yield from require(raises_nothing(trial))
    assert trial.run is not None
    yield equals(
        "the name of south's run",
        [run.name for run in trial.run.task_runs],
        ["orders-south"],
        "name= names the task, the same for every run; "
        'task_run_name="orders-{shop}" names each run.',
    )
    yield equals(
        "its tags",
        [sorted(run.tags) for run in trial.run.task_runs],
        [["report"]],
        'tags= takes a set: {"report"}. Python takes a bare text apart into its letters.',
    )
    count = len(orders("south"))
    lines = [line.message for line in read_logs(trial.run) if line.task]
    told = [text for text in lines if str(count) in text]
    yield Point(
        what="a log line with the number of orders",
        ok=bool(told),
        expected=f"a line with {count} in it",
        seen=told[0] if told else f"none among {len(lines)} lines",
        cause="Print the number inside the task, and set log_prints=True: without it the print "
        "stays on the screen.",
    )
    yield equals(
        "its time limit in seconds",
        task.timeout_seconds,
        5.0,
        "timeout_seconds= is an option of @task.",
    )
    yield Point(
        what="what the task returned",
        ok=trial.result == orders("south"),
        expected="south's orders, as the server sent them",
        seen="south's orders" if trial.result == orders("south") else repr(trial.result)[:80],
        cause="Return the orders as before; the story goes to the log.",
    )
