"""Checks of chapter 01: tasks."""

from course_lib.exercises.checks import AnyFlow, AnyTask, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, run_with, try_with
from course_lib.records.reading import read_logs
from course_lib.shop import SHOPS, Shop, orders, quality, stock

_PAUSE_SECONDS = 0.2


@define("01.1", "a flow")
def chain_stock(check: Check, flow: AnyFlow) -> None:
    """One recorded task run per shop, and the sum of all quantities."""
    trial = run_with(check, Shop(), flow, URL)
    check.equals("asked", trial.paths, sorted(f"stock/{name}" for name in SHOPS))
    check.that("runs", len(trial.task_runs) == len(SHOPS), str(len(trial.task_runs)))
    pieces = sum(item["quantity"] or 0 for name in SHOPS for item in stock(name))
    check.equals("returned", trial.result, pieces)


@define("01.2", "a task")
def survive(check: Check, task: AnyTask) -> None:
    """Two 503s in a row become two recorded retries with a pause before each."""
    trial = try_with(Shop(faults={"quality/west": [503, 503]}), task, "west", URL)
    check.require_equal("statuses", trial.statuses, [503, 503, 200])
    check.require_equal("attempts", trial.attempts, 3)
    # By the server's clock: Prefect counts a delay from a little before it records the wait.
    long = sum(pause >= _PAUSE_SECONDS for pause in trial.pauses)
    # On a busy machine the next attempt is late even if nobody asked for a wait.
    asked = sum(state.name == "AwaitingRetry" for run in trial.task_runs for state in run.states)
    check.equals("pauses", min(long, asked), 2, seconds=_PAUSE_SECONDS)
    check.same_data("returned", trial.result, quality("west"))


@define("01.3", "a task")
def explains_itself(check: Check, task: AnyTask) -> None:
    """Name, tag and log line are on the record; the time limit is set."""
    trial = run_with(check, Shop(), task, "south", URL)
    check.equals("name", [run.name for run in trial.task_runs], ["orders-south"])
    check.equals("tags", [sorted(run.tags) for run in trial.task_runs], [["report"]])
    count = len(orders("south"))
    lines = [line.message for line in read_logs(trial.run) if line.task]
    told = [text for text in lines if str(count) in text]
    seen = told[0] if told else f"none among {len(lines)} lines"
    check.that("line", bool(told), seen, count=count)
    check.equals("limit", task.timeout_seconds, 5.0)
    check.same_data("returned", trial.result, orders("south"))
