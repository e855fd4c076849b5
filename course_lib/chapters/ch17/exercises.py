"""Checks of chapter 17: reading old tutorials."""

from course_lib.exercises.checks import Point, Points, equals, require, require_flow
from course_lib.exercises.engine import define
from course_lib.exercises.trials import raises_nothing, try_flow
from course_lib.shop import DAY, SHOPS, Shop, orders

_SUNDAY = "2026-03-15"


@define("17.1")
def takings(answer: object) -> Points:
    """Parameters, retries, the branch and the value, on a working day and on a Sunday."""
    flow = yield from require_flow(answer)
    with Shop(faults={"orders/east": [503, 503]}) as shop:
        trial = yield from try_flow(flow, url=shop.url)
        asked = sorted(request.path for request in shop.requests)
    run = trial.run
    yield equals(
        "the parameters that Prefect recorded",
        sorted(run.parameters) if run else [],
        ["day", "url"],
        "The old Parameters are arguments of the flow's function, with the same names.",
    )
    yield from require(
        equals(
            "requests, while east answers 503 twice",
            [asked.count(f"orders/{name}") for name in SHOPS],
            [3 if name == "east" else 1 for name in SHOPS],
            "East once: pull has no retries. Others several times: the whole flow was repeated, "
            "not the one task that failed. max_retries=2 of Prefect 1 is retries=2.",
        )
    )
    yield from require(raises_nothing(trial))
    pulls = [each for each in (run.task_runs if run else ()) if each.task == "pull"]
    yield equals(
        "task runs of pull, and attempts of each",
        sorted(each.run_count for each in pulls),
        [1, 1, 1, 3],
        "One task named pull for each shop, as map makes them; a plain function is not recorded.",
    )
    yield from require(
        equals(
            f"what the flow returned for {DAY}",
            trial.result,
            sum(order["quantity"] * order["unit_price"] for s in SHOPS for order in orders(s)),
            "None: the flow doesn't return its total. In Prefect 1 the last task was enough.",
        )
    )
    with Shop() as shop:
        trial = yield from try_flow(flow, url=shop.url, day=_SUNDAY)
    run = trial.run
    yield equals(
        "task runs of total on a Sunday, when there are no orders",
        sum(each.task == "total" for each in (run.task_runs if run else ())),
        0,
        "The case is gone: total is to run only if there are orders. A list of four empty lists "
        "isn't empty itself.",
    )
    yield equals(
        "what the flow returned for a Sunday",
        trial.result,
        0.0,
        "Nothing was sold: 0.0, not None and no error. The day that the flow was given counts.",
    )


@define("17.2")
def skip_and_fail(answer: object) -> Points:
    """A closed shop, a missing one and a weak one, as recorded."""
    flow = yield from require_flow(answer)
    faults = {"*/east": [503]}
    names = ["north", "nord", "east"]
    with Shop(faults=faults) as shop:
        trial = yield from try_flow(flow, names, shop.url, "2026-03-10")
        asked = [request.path for request in shop.requests]
    yield from require(
        equals(
            "requests for a healthy shop, a missing one and one that answers 503 at first",
            [asked.count(f"orders/{name}") for name in names],
            [1, 1, 2],
            "The missing one several times: its failure is retried; returning Failed() doesn't "
            "prevent that, only retry_condition_fn does. The last not at all: the failure of the "
            "second ended the flow. The last once: the condition says no to a 503 as well.",
        )
    )
    yield from require(raises_nothing(trial))
    runs = trial.run.task_runs if trial.run else ()
    yield equals(
        "how their task runs ended",
        sorted(each.state.name for each in runs),
        ["Completed", "Completed", "Failed"],
        "What the old code called FAIL is an exception that leaves the task.",
    )
    yield equals(
        "what the flow returned",
        trial.result,
        ["Completed", "Failed", "Completed"],
        "The names of the states, in the order of the shops.",
    )
    yield equals(
        "tags of the task runs",
        sorted({tag for each in runs for tag in each.tags}),
        ["daily"],
        "@flow takes no tags. with tags('daily'): around the calls gives them to the task runs.",
    )
    with Shop() as shop:
        trial = yield from try_flow(flow, ["west"], shop.url, _SUNDAY)
        count = len(shop.requests)
    runs = trial.run.task_runs if trial.run else ()
    yield equals(
        "a shop that is closed: name and type of the state",
        [(each.state.name, each.state.type) for each in runs],
        [("Skipped", "COMPLETED")],
        "A skip is no failure: return Completed(name='Skipped') from the task.",
    )
    yield equals("a shop that is closed: requests", count, 1, "A skip isn't retried either.")


@define("17.3")
def as_loud_as_before(answer: object) -> Points:
    """All shops asked, and the flow's end tells whether one of them failed."""
    flow = yield from require_flow(answer)
    with Shop(faults={"stock/north": [404]}, latency=0.1) as shop:
        trial = yield from try_flow(flow, shop.url)
        asked = sorted(request.path for request in shop.requests)
    yield from require(
        equals(
            "what the shop was asked for, while north answers 404",
            asked,
            sorted(f"stock/{name}" for name in SHOPS),
            "Some are missing: the failure of the first ended the flow before the others began. "
            "Submit all of them first.",
        )
    )
    yield from require(
        equals(
            "the state in which the flow ended",
            trial.run.state.name if trial.run else None,
            "Failed",
            "wait() waits and tells nothing. Return the futures, or ask each for its result().",
        )
    )
    yield equals(
        "how the task runs ended",
        sorted(each.state.name for each in (trial.run.task_runs if trial.run else ())),
        ["Completed", "Completed", "Completed", "Failed"],
        "Each shop is one task run, and north's failure is its own.",
    )
    with Shop() as shop:
        trial = yield from try_flow(flow, shop.url)
        answers = len(shop.requests)
    yield Point(
        what="the same with a shop that is well",
        ok=trial.error is None and answers == len(SHOPS),
        expected="Completed, 4 requests",
        seen=f"{trial.run.state.name if trial.run else 'no run'}, {answers} requests",
        cause="The flow fails whatever its tasks do, or it doesn't wait for them.",
    )
