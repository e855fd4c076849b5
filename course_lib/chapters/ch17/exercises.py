"""Checks of chapter 17: reading old tutorials."""

from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, require_end, try_with
from course_lib.shop import DAY, SHOPS, Shop, orders

_SUNDAY = "2026-03-15"


@define("17.1", "a flow")
def takings(check: Check, flow: AnyFlow) -> None:
    """Parameters, retries, the branch and the value, on a working day and on a Sunday."""
    trial = try_with(Shop(faults={"orders/east": [503, 503]}), flow, url=URL)
    check.equals("parameters", sorted(trial.run.parameters), ["day", "url"])
    requests = [trial.paths.count(f"orders/{name}") for name in SHOPS]
    expected = [3 if name == "east" else 1 for name in SHOPS]
    check.require_equal("requests", requests, expected)
    require_end(check, trial)
    check.equals("attempts", sorted(run.run_count for run in trial.run.of("pull")), [1, 1, 1, 3])
    total = sum(order["quantity"] * order["unit_price"] for s in SHOPS for order in orders(s))
    check.require_equal("returned", trial.result, total, day=DAY)
    trial = try_with(Shop(), flow, url=URL, day=_SUNDAY)
    check.equals("sunday_runs", len(trial.run.of("total")), 0)
    check.equals("sunday_result", trial.result, 0.0)


@define("17.2", "a flow")
def skip_and_fail(check: Check, flow: AnyFlow) -> None:
    """A closed shop, a missing one and a weak one, as recorded."""
    names = ["north", "nord", "east"]
    trial = try_with(Shop(faults={"*/east": [503]}), flow, names, URL, "2026-03-10")
    requests = [trial.paths.count(f"orders/{name}") for name in names]
    check.require_equal("requests", requests, [1, 1, 2])
    require_end(check, trial)
    check.equals("ends", sorted(trial.ends), ["Completed", "Completed", "Failed"])
    check.equals("returned", trial.result, ["Completed", "Failed", "Completed"])
    check.equals("tags", sorted({tag for run in trial.task_runs for tag in run.tags}), ["daily"])
    trial = try_with(Shop(), flow, ["west"], URL, _SUNDAY)
    states = [(run.state.name, run.state.type) for run in trial.task_runs]
    check.equals("closed", states, [("Skipped", "COMPLETED")])
    check.equals("closed_requests", len(trial.requests), 1)


@define("17.3", "a flow")
def as_loud_as_before(check: Check, flow: AnyFlow) -> None:
    """All shops asked, and the flow's end tells whether one of them failed."""
    trial = try_with(Shop(faults={"stock/north": [404]}, latency=0.1), flow, URL)
    check.require_equal("asked", trial.paths, sorted(f"stock/{name}" for name in SHOPS))
    check.require_equal("state", trial.run.state.name, "Failed")
    check.equals("ends", sorted(trial.ends), ["Completed", "Completed", "Completed", "Failed"])
    trial = try_with(Shop(), flow, URL)
    answers = len(trial.requests)
    well = trial.error is None and answers == len(SHOPS)
    check.that("well", well, f"{trial.run.state.name}, {answers} requests")
