"""Checks of chapter 01: tasks."""

import re
from datetime import date, timedelta
from random import Random

from course_lib.exercises.checks import AnyFlow, AnyTask, Check, short_text
from course_lib.exercises.engine import define
from course_lib.exercises.inner_function import inner_function
from course_lib.exercises.trials import URL, Trial, planned_waits, require_end, run_with, try_with
from course_lib.records.reading import read_logs
from course_lib.server.internals import FINISHED
from course_lib.shop import SHOPS, Shop, orders, quality, stock

_PAUSE_SECONDS = 0.2
_WORDS_OF_PREFECT = (FINISHED, "Timeout of")


@define("01.1", "a flow")
def chain_stock(check: Check, flow: AnyFlow) -> None:
    """The sum of all quantities, a task run for each shop, and a failed one where a shop fails."""
    day = (date(2026, 1, 1) + timedelta(Random().randrange(365))).isoformat()
    trial = run_with(check, Shop(day=day), flow, URL)
    wanted = sorted(f"stock/{name}" for name in SHOPS)
    asked = sorted(set(trial.paths) - {"shops"})
    check.require_equal("asked", asked, wanted)
    check.that("runs", len(trial.task_runs) >= len(SHOPS), str(len(trial.task_runs)))
    pieces = sum(item["quantity"] for name in SHOPS for item in stock(name, day))
    check.same_data("returned", trial.result, pieces, pieces=pieces, day=day)

    # The one that was asked last: had all been asked outside of tasks, none would have run by then.
    last = next(each.path for each in reversed(trial.requests) if each.path in wanted)
    trial = try_with(Shop(faults={last: [503] * 99}), flow, URL)
    ends = [run.state.type for run in trial.task_runs]
    found = {"FAILED", "CRASHED"} & set(ends) and len(ends) >= len(set(trial.paths) - {"shops"})
    seen = "its task run failed" if found else f"the task runs ended as {trial.ends}"
    check.that("failing", bool(found), seen, path=last)


@define("01.2", "a task")
def survive(check: Check, task: AnyTask) -> None:
    """Two 503s in a row become two recorded retries with a pause before each."""
    shop, other = Random().sample(SHOPS, 2)
    trial = try_with(Shop(faults={f"quality/{shop}": [503, 503]}), task, shop, URL)
    check.require_equal("statuses", trial.statuses, [503, 503, 200])
    attempts = sum(run.run_count for run in trial.task_runs)
    check.require_that("attempts", attempts >= 3, str(attempts))
    # By the server's clock: Prefect counts a delay from a little before it records the wait.
    long = sum(pause >= _PAUSE_SECONDS for pause in trial.pauses)
    # On a busy machine the next attempt is late even if nobody asked for so long a wait.
    waited = sum(state.name == "AwaitingRetry" for run in trial.task_runs for state in run.states)
    asked = sum(shortest >= _PAUSE_SECONDS for shortest, _ in planned_waits(task, waited))
    # An answer may also sleep itself before it raises: that is a wait that Prefect doesn't know of.
    sleeps = "sleep" in inner_function(task).__code__.co_names
    check.equals("pauses", long if sleeps else min(long, asked), 2, seconds=_PAUSE_SECONDS)
    calm = try_with(Shop(), task, other, URL)
    reports = [quality(shop), quality(other)]
    require_end(check, trial, calm)
    check.same_data("returned", [trial.result, calm.result], reports, shops=f"{shop} and {other}")


@define("01.3", "a task")
def explains_itself(check: Check, task: AnyTask) -> None:
    """Name, tag and log line are on the record of each run; the time limit is set."""
    *shops, closed = Random().sample(SHOPS, 3)
    trials = [try_with(Shop(), task, shop, URL) for shop in shops]
    quiet = try_with(Shop(faults={"orders/*": ["empty"] * 9}), task, closed, URL)
    require_end(check, *trials, quiet)
    runs = [run for trial in trials for run in trial.run.of(task)]
    names = [f"orders-{shop}" for shop in shops]
    check.same_data("name", [run.name for run in runs], names, names=names)
    tagged = all("report" in run.tags for run in runs)
    check.that("tags", tagged, "report" if tagged else repr([sorted(run.tags) for run in runs]))
    for nth, shop, trial in zip(("first", "second"), shops, trials, strict=True):
        count, own = len(orders(shop)), _own_lines(trial)
        # A number of its own: no part of an id, and no euros of a price.
        number = re.compile(rf"(?<![\d.]){count}(?!\d|\.\d)")
        told = any(number.search(text) for text in own)
        held = short_text(" | ".join(own)) or "nothing of the task's own"
        seen = "one in its log" if told else f"the log holds {held}"
        check.that("line", told, seen, nth=nth, shop=shop, count=count)
    told = bool(_own_lines(quiet))
    check.that("quiet", told, "one in its log" if told else "nothing of the task's own")
    check.equals("limit", task.timeout_seconds, 5.0)
    reports = [orders(shop) for shop in shops]
    check.same_data("returned", [trial.result for trial in trials], reports, shops=shops)


def _own_lines(trial: Trial) -> list[str]:
    """Return what the learner's task wrote to the log."""
    lines = [line.message for line in read_logs(trial.run) if line.task]
    return [text for text in lines if not text.startswith(_WORDS_OF_PREFECT)]
