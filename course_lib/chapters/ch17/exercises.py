"""Checks of chapter 17: reading old tutorials."""

from course_lib.exercises.checks import Point, Points, equals, require, require_equal, require_flow
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, raises_nothing, try_with
from course_lib.shop import DAY, SHOPS, Shop, orders

_SUNDAY = "2026-03-15"


@define("17.1")
def takings(answer: object) -> Points:
    """Parameters, retries, the branch and the value, on a working day and on a Sunday."""
    flow = yield from require_flow(answer)
    trial = yield from try_with(Shop(faults={"orders/east": [503, 503]}), flow, url=URL)
    yield equals(
        "the parameters that Prefect recorded", sorted(trial.run.parameters), ["day", "url"]
    )
    yield from require_equal(
        "requests, while east answers 503 twice",
        [trial.paths.count(f"orders/{name}") for name in SHOPS],
        [3 if name == "east" else 1 for name in SHOPS],
    )
    yield from require(raises_nothing(trial))
    yield equals(
        "task runs of pull, and attempts of each",
        sorted(run.run_count for run in trial.run.of("pull")),
        [1, 1, 1, 3],
    )
    yield from require_equal(
        f"what the flow returned for {DAY}",
        trial.result,
        sum(order["quantity"] * order["unit_price"] for s in SHOPS for order in orders(s)),
    )
    trial = yield from try_with(Shop(), flow, url=URL, day=_SUNDAY)
    yield equals(
        "task runs of total on a Sunday, when there are no orders", len(trial.run.of("total")), 0
    )
    yield equals("what the flow returned for a Sunday", trial.result, 0.0)


@define("17.2")
def skip_and_fail(answer: object) -> Points:
    """A closed shop, a missing one and a weak one, as recorded."""
    flow = yield from require_flow(answer)
    names = ["north", "nord", "east"]
    trial = yield from try_with(Shop(faults={"*/east": [503]}), flow, names, URL, "2026-03-10")
    yield from require_equal(
        "requests for a healthy shop, a missing one and one that answers 503 at first",
        [trial.paths.count(f"orders/{name}") for name in names],
        [1, 1, 2],
    )
    yield from require(raises_nothing(trial))
    yield equals(
        "how their task runs ended", sorted(trial.ends), ["Completed", "Completed", "Failed"]
    )
    yield equals("what the flow returned", trial.result, ["Completed", "Failed", "Completed"])
    yield equals(
        "tags of the task runs",
        sorted({tag for run in trial.task_runs for tag in run.tags}),
        ["daily"],
    )
    trial = yield from try_with(Shop(), flow, ["west"], URL, _SUNDAY)
    yield equals(
        "a shop that is closed: name and type of the state",
        [(run.state.name, run.state.type) for run in trial.task_runs],
        [("Skipped", "COMPLETED")],
    )
    yield equals("a shop that is closed: requests", len(trial.requests), 1)


@define("17.3")
def as_loud_as_before(answer: object) -> Points:
    """All shops asked, and the flow's end tells whether one of them failed."""
    flow = yield from require_flow(answer)
    trial = yield from try_with(Shop(faults={"stock/north": [404]}, latency=0.1), flow, URL)
    yield from require_equal(
        "what the shop was asked for, while north answers 404",
        trial.paths,
        sorted(f"stock/{name}" for name in SHOPS),
    )
    yield from require_equal("the state in which the flow ended", trial.run.state.name, "Failed")
    yield equals(
        "how the task runs ended",
        sorted(trial.ends),
        ["Completed", "Completed", "Completed", "Failed"],
    )
    trial = yield from try_with(Shop(), flow, URL)
    answers = len(trial.requests)
    yield Point(
        what="the same with a shop that is well",
        ok=trial.error is None and answers == len(SHOPS),
        expected="Completed, 4 requests",
        seen=f"{trial.run.state.name}, {answers} requests",
    )
