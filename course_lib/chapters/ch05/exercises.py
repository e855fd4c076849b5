"""Checks of chapter 05: logging."""

import logging
import re
from logging.handlers import BufferingHandler
from typing import Any
from unittest.mock import patch

from course_lib.exercises.checks import AnyTask, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, Trial, require_end, run_with, try_flow, try_with
from course_lib.records.reading import read_logs
from course_lib.records.runs import LogLine
from course_lib.server.internals import ABOUT_TASK_RUNS
from course_lib.shop import Outcome, Shop, orders

_BUSY, _SUNDAY = "2026-03-03", "2026-03-08"


@define("05.1", "a task")
def one_line(check: Check, task: AnyTask) -> None:
    """An INFO line with shop and count on a busy day, a WARNING on a Sunday, and no other."""
    busy = try_with(Shop(), task, "south", _BUSY, URL)
    sunday = try_with(Shop(), task, "west", _SUNDAY, URL)
    require_end(check, busy, sunday)
    count = len(orders("south", _BUSY))
    lines = _own(busy)
    _require_one(check, "INFO", lines, "busy_lines")
    told = lines[0].message
    right = "south" in told and bool(re.search(rf"(?<![\d.-]){count}(?![\d-])", told))
    check.that("busy_text", right, repr(told[:100]), count=count)
    lines = _own(sunday)
    _require_one(check, "WARNING", lines, "sunday_lines")
    check.that("sunday_text", "west" in lines[0].message, repr(lines[0].message[:100]))
    check.equals("returned", [busy.result, sunday.result], [count, 0])


@define("05.2")
def everywhere(check: Check, logger_of: Any) -> None:
    """An ordinary logger outside; inside, that of the flow run or task run which asks."""
    from prefect import flow, task
    from prefect.logging.handlers import APILogHandler

    check.require_given(
        callable(logger_of),
        "a function",
        f"a {type(logger_of).__name__}",
        "Pass the function's name alone, without parentheses behind it.",
    )
    _judge_outside(check, logger_of)

    @task(name="a task", task_run_name="a task")
    def in_task() -> None:
        logger_of().warning("written in the task")

    @flow(name="check of any_logger")
    def in_flow() -> None:
        logger_of().warning("written in the flow")
        in_task.submit().result()

    # The chapter's cells may have connected the logger to the server.
    chain = logging.getLogger("chain")
    others = [each for each in chain.handlers if not isinstance(each, APILogHandler)]
    with patch.object(chain, "handlers", others):
        first = try_flow(in_flow)
        second = try_flow(in_flow)
    require_end(check, first, second)
    expected = ["written in the flow, kept with the flow", "written in the task, kept with a task"]
    for which, trial in (("first", first), ("second", second)):
        lines = [line for line in read_logs(trial.run) if line.message.startswith("written in")]
        kept = sorted(f"{line.message}, kept with {line.task or 'the flow'}" for line in lines)
        check.equals("kept", kept, expected, which=which)


def _judge_outside(check: Check, logger_of: Any) -> None:
    root, chain = logging.getLogger(), logging.getLogger("chain")
    listener = BufferingHandler(capacity=10_000)
    logger, seen = None, "a logger"
    with (
        patch.object(root, "handlers", [*root.handlers, listener]),
        patch.object(chain, "propagate", True),  # somebody may have switched it off
    ):
        try:
            logger = logger_of()
            logger.warning("written outside")
        except Exception as error:
            seen = f"{type(error).__name__}: {str(error)[:80]}"
    check.require_says("outside", seen, "a logger")
    names = [each.name for each in listener.buffer if each.getMessage() == "written outside"]
    lost = f"is lost ({type(logger).__name__} {getattr(logger, 'name', '')!r})"
    seen = f"reaches {', '.join(map(repr, names))}" if names else lost
    check.that("warning", names == ["chain"], seen)


@define("05.3", "a task")
def still_red(check: Check, task: AnyTask) -> None:
    """One ERROR line of one's own for each kind of failure, and a failed task run."""
    kinds: list[tuple[str, str, Outcome]] = [
        ("west", "answers 503", 503),
        ("east", "sends broken JSON", "broken"),
    ]
    for name, problem, fault in kinds:
        trial = try_with(Shop(faults={f"orders/{name}": [fault] * 9}), task, name, URL)
        seen = f"ends as {', '.join(trial.ends) or 'nothing: there is none'}"
        check.require_that("ended", trial.ends == ["Failed"], seen, name=name, problem=problem)
        loud = _loud(trial)
        _require_one(check, "ERROR", loud, "errors", name=name, problem=problem)
        told = loud[0].message
        has_traceback = "Traceback" in told
        seen = repr(told[:100]) + (" and a traceback" if has_traceback else "")
        check.that("text", name in told and not has_traceback, seen, name=name)
    well = run_with(check, Shop(), task, "north", URL)
    loud = _loud(well)
    right = well.result == orders("north")
    seen = f"{'its orders' if right else repr(well.result)[:60]}, error lines: {len(loud)}"
    check.that("well", right and not loud, seen)


def _own(trial: Trial) -> list[LogLine]:
    """Return the lines that the learner's task wrote, without Prefect's and without DEBUG."""
    return [
        line
        for line in read_logs(trial.run)
        if line.task and line.level != "DEBUG" and not line.message.startswith(ABOUT_TASK_RUNS)
    ]


def _loud(trial: Trial) -> list[LogLine]:
    return [line for line in _own(trial) if line.level in ("ERROR", "CRITICAL")]


def _require_one(check: Check, level: str, lines: list[LogLine], key: str, **names: str) -> None:
    """Require that there is one line, and that it's of this level."""
    levels = [line.level for line in lines]
    counts = [f"{levels.count(each)} {each}" for each in dict.fromkeys(levels)]
    seen = ", ".join(counts) or "none"
    check.require_that(key, levels == [level], seen, level=level, **names)
