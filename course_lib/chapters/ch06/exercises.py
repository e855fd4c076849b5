"""Checks of chapter 06: retries, time limits, errors."""

from itertools import pairwise

from course_lib.exercises.checks import AnyFlow, AnyTask, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, run_with, try_with
from course_lib.shop import SHOPS, Shop, quality, stock

_TUESDAY, _SUNDAY = "2026-03-10", "2026-03-15"
_PAUSES = (0.2, 0.4, 0.8)
_MOST_OF_IT = 0.6
_GROWTH = 0.05  # seconds; equal plans differ a little, by the moment at which they are noted


@define("06.1", "a task")
def only_what_can_get_better(check: Check, task: AnyTask) -> None:
    """503 and broken JSON are tried again, a 404 is not."""
    trial = try_with(Shop(faults={"stock/north": [503, 503]}), task, "north", URL)
    check.require_equal("statuses", trial.statuses, [503, 503, 200])
    check.require_equal("attempts", trial.attempts, 3)
    check.same_data("returned", trial.result, stock("north"))
    trial = try_with(Shop(faults={"stock/east": ["broken"]}), task, "east", URL)
    check.equals("broken", len(trial.requests), 2)
    trial = try_with(Shop(faults={"stock/south": [404] * 9}), task, "south", URL)
    check.equals("missing", len(trial.requests), 1)
    check.equals("missing_end", trial.ends, ["Failed"])


@define("06.2", "a task")
def longer_each_time(check: Check, task: AnyTask) -> None:
    """Three recorded waits, each long enough and longer than the one before."""
    trial = try_with(Shop(faults={"quality/west": [503] * 3}), task, "west", URL)
    check.require_equal("statuses", trial.statuses, [503, 503, 503, 200])
    check.require_equal("attempts", trial.attempts, 4)
    waits = [wait for run in trial.task_runs for wait in run.planned_waits]
    # What was planned is recorded a moment after the plan was made, so a busy machine may note less
    # of it. The shop sees the whole wait, but can't tell a long wait from a long attempt.
    long = len(waits) == len(_PAUSES) and all(
        rest >= pause and wait >= _MOST_OF_IT * pause
        for rest, wait, pause in zip(trial.pauses, waits, _PAUSES, strict=True)
    )
    # Measured numbers differ each time, so a right answer is told without them.
    seen = "long enough" if long else ", ".join(f"{wait:.2f} s" for wait in waits) or "none"
    expected = ", ".join(f"{pause} s" for pause in _PAUSES)
    check.that("waits", long, seen, pauses=expected)
    grows = len(waits) > 1 and all(later >= earlier + _GROWTH for earlier, later in pairwise(waits))
    check.says("growth", "yes" if grows else "no", "yes")
    check.same_data("returned", trial.result, quality("west"))


@define("06.3", "a flow")
def robust_morning(check: Check, flow: AnyFlow) -> None:
    """Temporary is retried, permanent fails at once, closed is skipped, and the result says so."""
    shop = Shop(faults={"orders/north": [503, "broken"], "orders/east": [404] * 9})
    trial = run_with(check, shop, flow, day=_TUESDAY, url=URL)
    check.require_equal(
        "requests", trial.requests_by_shop("orders"), {"east": 1, "north": 3, "south": 1, "west": 1}
    )
    check.require_equal("attempts", trial.attempts, 3)
    failed = [run for run in trial.task_runs if run.state.type in {"FAILED", "CRASHED"}]
    seen = [f"{run.state.name}, attempts: {run.run_count}" for run in failed]
    check.equals("failed", seen, ["Failed, attempts: 1"])
    tuesday = {"failed": ["east"], "pulled": ["north", "south", "west"], "skipped": []}
    check.equals("tuesday", _in_order(trial.result), tuesday)
    trial = run_with(check, Shop(), flow, day=_SUNDAY, url=URL)
    skipped = [run.state for run in trial.task_runs if run.state.name == "Skipped"]
    seen = sorted(f"{state.name} ({state.type})" for state in skipped)
    check.equals("skipped", seen, ["Skipped (COMPLETED)"] * len(SHOPS))
    sunday = {"failed": [], "pulled": [], "skipped": sorted(SHOPS)}
    check.equals("sunday", _in_order(trial.result), sunday)


def _in_order(result: object) -> object:
    """Sort what the flow returned: the lists are as good in any order of their names."""
    if not isinstance(result, dict):
        return result
    return {
        key: sorted(value, key=str) if isinstance(value, list | tuple | set) else value
        for key, value in sorted(result.items(), key=str)
    }
