"""Checks of chapter 06: retries, time limits, errors."""

from itertools import pairwise
from random import Random
from typing import TypeAlias

from course_lib.exercises.checks import AnyFlow, AnyTask, Check, short_repr
from course_lib.exercises.engine import define
from course_lib.exercises.trials import (
    URL,
    Trial,
    planned_waits,
    require_end,
    run_with,
    try_calls,
    try_task,
    try_with,
)
from course_lib.shop import SHOPS, Outcome, Shop, quality, stock

_WORKING_DAYS = ("2026-03-10", "2026-03-12", "2026-03-14", "2026-03-17", "2026-03-20")
_SUNDAYS = ("2026-03-08", "2026-03-15", "2026-03-22")
_TEMPORARY: list[Outcome] = [503, "broken"]
_PERMANENT = (400, 401, 403, 410, 422)
_NO_ADDRESS = "http://127.0.0.1:eighty"
_PAUSES = (0.2, 0.4, 0.8)
_ENDS = ("failed", "pulled", "skipped")
_CLOSE = 1e-9  # seconds; 3 * 0.1 is a little more than 0.3


@define("06.1", "a task")
def only_what_can_get_better(check: Check, task: AnyTask) -> None:
    """503 and broken JSON are tried again, twice at most; a 404 and its like are not."""
    chance = Random()
    a, b, c, d = chance.sample(SHOPS, 4)
    lasting, status = chance.choice(_TEMPORARY), chance.choice(_PERMANENT)
    faults: dict[str, list[Outcome]]
    faults = {a: [503, 503], b: ["broken"], c: [lasting] * 9, d: [404] * 9}
    plan = {f"stock/{shop}": outcomes for shop, outcomes in faults.items()}
    with Shop(faults=plan) as shop, Shop(faults={"stock/*": [status] * 9}) as refusing:
        calls = ((a, shop.url), (b, shop.url), (c, shop.url), (d, shop.url), (a, refusing.url))
        trial = try_calls(task, *calls)
    require_end(check, trial)
    asked = [[each.status for each in shop.requests if each.path == path] for path in plan]
    check.require_equal("statuses", asked[0], [503, 503, 200])
    check.equals("broken", len(asked[1]), 2)
    _asked(check, "lasting", len(asked[2]), 3, lasting)
    check.equals("attempts", trial.attempts, 3)
    check.same_data("returned", trial.result[0], stock(a))
    check.equals("missing", len(asked[3]), 1)
    check.equals("missing_end", trial.run.of(task)[3].state.name, "Failed")
    _asked(check, "refused", len(refusing.requests), 1, f"status {status}")
    check.equals("no_address", try_task(task, a, _NO_ADDRESS).attempts, 1)


def _asked(check: Check, key: str, seen: int, times: int, fault: object) -> None:
    """Judge the number of requests; a right answer is told without the fault, which differs."""
    check.that(key, seen == times, str(seen) if seen == times else f"{seen}, each time {fault}")


@define("06.2", "a task")
def longer_each_time(check: Check, task: AnyTask) -> None:
    """Three waits, each planned long enough and longer than the one before."""
    shop = Random().choice(SHOPS)
    trial = try_with(Shop(faults={f"quality/{shop}": [503] * 3}), task, shop, URL)
    check.require_equal("statuses", trial.statuses, [503, 503, 503, 200])
    check.require_equal("attempts", trial.attempts, 4)
    # How many is on the record, and the task says how long: a busy machine notes other times.
    waits = planned_waits(task, max(len(run.planned_waits) for run in trial.task_runs))
    long = len(waits) == len(_PAUSES) and all(
        shortest >= pause - _CLOSE for (shortest, _), pause in zip(waits, _PAUSES, strict=True)
    )
    seen = ", ".join(f"{shortest:.2g} s" for shortest, _ in waits) or "none"
    expected = ", ".join(f"{pause} s" for pause in _PAUSES)
    check.that("waits", long, "long enough" if long else seen, pauses=expected)
    grows = len(waits) > 1 and all(
        later > longest + _CLOSE for (_, longest), (later, _) in pairwise(waits)
    )
    check.says("growth", "yes" if grows else "no", "yes")
    check.same_data("returned", trial.result, quality(shop))


@define("06.3", "a flow")
def robust_morning(check: Check, flow: AnyFlow) -> None:
    """Temporary is retried, permanent fails at once, closed is skipped, and the result says so."""
    chance = Random()
    a, b, c, d = chance.sample(SHOPS, 4)
    plan: _Plan = {
        a: (chance.sample(_TEMPORARY, 2), 3, "pulled"),
        b: ([chance.choice(_PERMANENT)] * 9, 1, "failed"),
        c: (["empty"] * 9, 1, "skipped"),
        d: ([503] * 9, 3, "failed"),
    }
    trial = _morning(check, flow, chance.choice(_WORKING_DAYS), plan, "a working day")
    check.equals("attempts", trial.attempts, 3)
    failed = {run.run_count for run in trial.task_runs if run.state.type in {"FAILED", "CRASHED"}}
    check.equals("failed", sorted(failed), [1, 3])
    a, b, c, d = chance.sample(SHOPS, 4)
    plan = {a: ([503], 2, "skipped"), b: ([404] * 9, 1, "failed"), c: ([], 1, "skipped")}
    plan[d] = plan[c]
    _morning(check, flow, chance.choice(_SUNDAYS), plan, "a Sunday")


_Plan: TypeAlias = dict[str, tuple[list[Outcome], int, str]]
"""For each shop what the server does, how often it is to be asked, and how the shop ends."""


def _morning(check: Check, flow: AnyFlow, day: str, plan: _Plan, kind: str) -> Trial:
    """Run the flow on a day; a right answer is told without the shops, which differ each time."""
    faults = {f"orders/{shop}": outcomes for shop, (outcomes, _, _) in plan.items() if outcomes}
    trial = run_with(check, Shop(faults=faults), flow, day=day, url=URL)
    told = f"{day}, " + ", ".join(
        f"{shop} {outcomes[:3]}" for shop, (outcomes, _, _) in plan.items()
    )
    asked = {shop: times for shop, (_, times, _) in plan.items()}
    seen = trial.requests_by_shop("orders")
    words = "as often as needed" if seen == asked else f"{seen}; the server: {told}"
    check.require_that("requests", seen == asked, words, kind=kind, asked=asked)
    skipped = [run.state.type for run in trial.task_runs if run.state.name == "Skipped"]
    expected = ["COMPLETED" for _, _, end in plan.values() if end == "skipped"]
    check.equals("skipped", skipped, expected, kind=kind)
    ends = {name: sorted(s for s in plan if plan[s][2] == name) for name in _ENDS}
    returned = _in_order(trial.result)
    words = (
        "each shop in its list"
        if returned == ends
        else f"{short_repr(returned)}; the server: {told}"
    )
    check.that("returned", returned == ends, words, kind=kind, ends=ends)
    return trial


def _in_order(result: object) -> object:
    """Sort what the flow returned: the lists are as good in any order of their names."""
    if not isinstance(result, dict):
        return result
    return {
        key: sorted(value, key=str) if isinstance(value, list | tuple | set) else value
        for key, value in sorted(result.items(), key=str)
    }
