"""Checks of chapter 05: logging."""

import logging
import re
from collections.abc import Iterator
from logging.handlers import BufferingHandler
from typing import Any
from unittest.mock import patch

from course_lib.exercises.checks import (
    Point,
    Points,
    equals,
    require,
    require_given,
    require_says,
    require_task,
    require_that,
)
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, Trial, raises_nothing, run_with, try_flow, try_with
from course_lib.records.reading import read_logs
from course_lib.records.runs import LogLine
from course_lib.server.internals import ABOUT_TASK_RUNS
from course_lib.shop import Outcome, Shop, orders

_BUSY, _SUNDAY = "2026-03-03", "2026-03-08"


@define("05.1")
def one_line(answer: object) -> Points:
    """An INFO line with shop and count on a busy day, a WARNING on a Sunday, and no other."""
    task = yield from require_task(answer)
    busy = yield from try_with(Shop(), task, "south", _BUSY, URL)
    sunday = yield from try_with(Shop(), task, "west", _SUNDAY, URL)
    yield from require(raises_nothing(busy if busy.error else sunday))
    count = len(orders("south", _BUSY))
    lines = _own(busy)
    yield from _require_one("INFO", lines, "lines of yours on a busy day")
    told = lines[0].message
    yield Point(
        what="what that line says",
        ok="south" in told and bool(re.search(rf"(?<![\d.-]){count}(?![\d-])", told)),
        expected=f"the shop, south, and the number of its orders, {count}",
        seen=repr(told[:100]),
    )
    lines = _own(sunday)
    yield from _require_one("WARNING", lines, "lines of yours on a Sunday")
    yield Point(
        what="what the warning says",
        ok="west" in lines[0].message,
        expected="the shop, west",
        seen=repr(lines[0].message[:100]),
    )
    yield equals("what the task returned on the two days", [busy.result, sunday.result], [count, 0])


@define("05.2")
def everywhere(answer: object) -> Points:
    """An ordinary logger outside; inside, that of the flow run or task run which asks."""
    yield from require_given(
        callable(answer),
        "a function",
        f"a {type(answer).__name__}",
        "Pass the function's name alone, without parentheses behind it.",
    )
    yield from _judge_outside(answer)
    from prefect import flow, task

    logger_of: Any = answer

    @task(name="a task", task_run_name="a task")
    def in_task() -> None:
        logger_of().warning("written in the task")

    @flow(name="check of any_logger")
    def in_flow() -> None:
        logger_of().warning("written in the flow")
        in_task.submit().result()

    # The chapter's cells may have connected the logger to the server.
    from prefect.logging.handlers import APILogHandler

    chain = logging.getLogger("chain")
    others = [each for each in chain.handlers if not isinstance(each, APILogHandler)]
    with patch.object(chain, "handlers", others):
        first = yield from try_flow(in_flow)
        second = yield from try_flow(in_flow)
    yield from require(raises_nothing(first if first.error else second))
    for which, trial in (("first", first), ("second", second)):
        lines = [line for line in read_logs(trial.run) if line.message.startswith("written in")]
        yield equals(
            f"lines in the log of the {which} of two runs",
            sorted(f"{line.message}, kept with {line.task or 'the flow'}" for line in lines),
            ["written in the flow, kept with the flow", "written in the task, kept with a task"],
        )


def _judge_outside(logger_of: Any) -> Points:
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
    yield from require_says("called where there is no run", seen, "a logger")
    names = [each.name for each in listener.buffer if each.getMessage() == "written outside"]
    lost = f"is lost ({type(logger).__name__} {getattr(logger, 'name', '')!r})"
    yield Point(
        what="a warning written with it, outside",
        ok=names == ["chain"],
        expected="reaches Python's logger 'chain'",
        seen=f"reaches {', '.join(map(repr, names))}" if names else lost,
    )


@define("05.3")
def still_red(answer: object) -> Points:
    """One ERROR line of one's own for each kind of failure, and a failed task run."""
    task = yield from require_task(answer)
    kinds: list[tuple[str, str, Outcome]] = [
        ("west", "answers 503", 503),
        ("east", "sends broken JSON", "broken"),
    ]
    for name, problem, fault in kinds:
        trial = yield from try_with(Shop(faults={f"orders/{name}": [fault] * 9}), task, name, URL)
        yield from require_that(
            what=f"the task run if {name} {problem}",
            ok=trial.ends == ["Failed"],
            expected="ends as Failed",
            seen=f"ends as {', '.join(trial.ends) or 'nothing: there is none'}",
        )
        loud = _loud(trial)
        yield from _require_one("ERROR", loud, f"error lines of yours if {name} {problem}")
        told = loud[0].message
        has_traceback = "Traceback" in told
        yield Point(
            what="what that line says",
            ok=name in told and not has_traceback,
            expected=f"the shop, {name}, and no traceback",
            seen=repr(told[:100]) + (" and a traceback" if has_traceback else ""),
        )
    well = yield from run_with(Shop(), task, "north", URL)
    loud = _loud(well)
    right = well.result == orders("north")
    yield Point(
        what="a shop that is well",
        ok=right and not loud,
        expected="its orders, and no error line",
        seen=f"{'its orders' if right else repr(well.result)[:60]}, error lines: {len(loud)}",
    )


def _own(trial: Trial) -> list[LogLine]:
    """Return the lines that the learner's task wrote, without Prefect's and without DEBUG."""
    return [
        line
        for line in read_logs(trial.run)
        if line.task and line.level != "DEBUG" and not line.message.startswith(ABOUT_TASK_RUNS)
    ]


def _loud(trial: Trial) -> list[LogLine]:
    return [line for line in _own(trial) if line.level in ("ERROR", "CRITICAL")]


def _require_one(level: str, lines: list[LogLine], what: str, cause: str = "") -> Iterator[Point]:
    """Require that there is one line, and that it's of this level."""
    levels = [line.level for line in lines]
    counts = [f"{levels.count(each)} {each}" for each in dict.fromkeys(levels)]
    yield from require_that(
        what=what,
        ok=levels == [level],
        expected=f"one, of level {level}",
        seen=", ".join(counts) or "none",
        cause=cause,
    )
