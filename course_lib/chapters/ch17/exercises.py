"""Checks of chapter 17: reading old tutorials."""

from course_lib.exercises.checks import Point, Points, equals, require, require_equal, require_flow
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
    )
    yield from require_equal(
        "requests, while east answers 503 twice",
        [asked.count(f"orders/{name}") for name in SHOPS],
        [3 if name == "east" else 1 for name in SHOPS],
    )
    yield from require(raises_nothing(trial))
    pulls = [each for each in (run.task_runs if run else ()) if each.task == "pull"]
    yield equals(
        "task runs of pull, and attempts of each",
        sorted(each.run_count for each in pulls),
        [1, 1, 1, 3],
    )
    yield from require_equal(
        f"what the flow returned for {DAY}",
        trial.result,
        sum(order["quantity"] * order["unit_price"] for s in SHOPS for order in orders(s)),
    )
    with Shop() as shop:
        trial = yield from try_flow(flow, url=shop.url, day=_SUNDAY)
    run = trial.run
    yield equals(
        "task runs of total on a Sunday, when there are no orders",
        sum(each.task == "total" for each in (run.task_runs if run else ())),
        0,
    )
    yield equals("what the flow returned for a Sunday", trial.result, 0.0)


@define("17.2")
def skip_and_fail(answer: object) -> Points:
    """A closed shop, a missing one and a weak one, as recorded."""
    flow = yield from require_flow(answer)
    faults = {"*/east": [503]}
    names = ["north", "nord", "east"]
    with Shop(faults=faults) as shop:
        trial = yield from try_flow(flow, names, shop.url, "2026-03-10")
        asked = [request.path for request in shop.requests]
    yield from require_equal(
        "requests for a healthy shop, a missing one and one that answers 503 at first",
        [asked.count(f"orders/{name}") for name in names],
        [1, 1, 2],
    )
    yield from require(raises_nothing(trial))
    runs = trial.run.task_runs if trial.run else ()
    yield equals(
        "how their task runs ended",
        sorted(each.state.name for each in runs),
        ["Completed", "Completed", "Failed"],
    )
    yield equals("what the flow returned", trial.result, ["Completed", "Failed", "Completed"])
    yield equals(
        "tags of the task runs", sorted({tag for each in runs for tag in each.tags}), ["daily"]
    )
    with Shop() as shop:
        trial = yield from try_flow(flow, ["west"], shop.url, _SUNDAY)
        count = len(shop.requests)
    runs = trial.run.task_runs if trial.run else ()
    yield equals(
        "a shop that is closed: name and type of the state",
        [(each.state.name, each.state.type) for each in runs],
        [("Skipped", "COMPLETED")],
    )
    yield equals("a shop that is closed: requests", count, 1)


@define("17.3")
def as_loud_as_before(answer: object) -> Points:
    """All shops asked, and the flow's end tells whether one of them failed."""
    flow = yield from require_flow(answer)
    with Shop(faults={"stock/north": [404]}, latency=0.1) as shop:
        trial = yield from try_flow(flow, shop.url)
        asked = sorted(request.path for request in shop.requests)
    yield from require_equal(
        "what the shop was asked for, while north answers 404",
        asked,
        sorted(f"stock/{name}" for name in SHOPS),
    )
    yield from require_equal(
        "the state in which the flow ended", trial.run.state.name if trial.run else None, "Failed"
    )
    yield equals(
        "how the task runs ended",
        sorted(each.state.name for each in (trial.run.task_runs if trial.run else ())),
        ["Completed", "Completed", "Completed", "Failed"],
    )
    with Shop() as shop:
        trial = yield from try_flow(flow, shop.url)
        answers = len(shop.requests)
    yield Point(
        what="the same with a shop that is well",
        ok=trial.error is None and answers == len(SHOPS),
        expected="Completed, 4 requests",
        seen=f"{trial.run.state.name if trial.run else 'no run'}, {answers} requests",
    )
