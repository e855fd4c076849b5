"""Checks of chapter 05: logging."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from course_lib.exercises.checks import (
    Point,
    Points,
    equals,
    raises_nothing,
    require,
    require_task,
    try_flow,
    try_task,
)
from course_lib.exercises.engine import define
from course_lib.records.reading import read_logs
from course_lib.records.runs import FlowRun, LogLine
from course_lib.shop import Shop, orders

_BUSY, _SUNDAY = "2026-03-03", "2026-03-08"
_PREFECT = (
    "Created task run",
    "Encountered exception",
    "Executing task",
    "Finished in state",
    "Renamed task run",
    "Task run failed with exception",
)


@define("05.1")
def one_line(answer: object) -> Points:
    """An INFO line with shop and count on a busy day, a WARNING on a Sunday, and no other."""
    task = yield from require_task(answer)
    with Shop() as shop:
        busy = yield from try_task(task, "south", _BUSY, shop.url)
        sunday = yield from try_task(task, "west", _SUNDAY, shop.url)
    yield from require(raises_nothing(busy if busy.error else sunday))
    count = len(orders("south", _BUSY))
    lines = _own(busy.run)
    yield from require(
        Point(
            what="lines of yours on a busy day",
            ok=[line.level for line in lines] == ["INFO"],
            expected="one, of level INFO",
            seen=_levels(lines),
            cause="None: nothing was logged, or a print went nowhere for want of log_prints, or "
            "the level is DEBUG, which isn't kept. Many: a line for each order, or for the start too.",
        )
    )
    told = lines[0].message
    yield Point(
        what="what that line says",
        ok="south" in told and bool(re.search(rf"(?<![\d.-]){count}(?![\d-])", told)),
        expected=f"the shop, south, and the number of its orders, {count}",
        seen=repr(told[:100]),
        cause="Put both values into the message: the shop's name and len(orders).",
    )
    lines = _own(sunday.run)
    yield from require(
        Point(
            what="lines of yours on a Sunday",
            ok=[line.level for line in lines] == ["WARNING"],
            expected="one, of level WARNING",
            seen=_levels(lines),
            cause="On a Sunday the list of orders is empty: choose the level by that. "
            "Two lines: the INFO line belongs into the other branch.",
        )
    )
    yield Point(
        what="what the warning says",
        ok="west" in lines[0].message,
        expected="the shop, west",
        seen=repr(lines[0].message[:100]),
        cause="Whoever reads the warning wants to know first which shop it is about.",
    )
    yield equals(
        "what the task returned on the two days",
        [busy.result, sunday.result],
        [count, 0],
        "Return len(orders) in both cases, as before.",
    )


@define("05.2")
def everywhere(answer: object) -> Points:
    """An ordinary logger outside; inside, that of the flow run or task run which asks."""
    yield from require(
        Point(
            what="what was given to check()",
            ok=callable(answer),
            expected="a function",
            seen="a function" if callable(answer) else f"a {type(answer).__name__}",
            cause="Pass the function's name alone, without parentheses behind it.",
        )
    )
    from prefect import flow, task

    logger_of: Any = answer

    @task(name="a task", task_run_name="a task")
    def in_task() -> None:
        logger_of().warning("written in the task")

    @flow(name="check of any_logger")
    def in_flow() -> None:
        logger_of().warning("written in the flow")
        in_task.submit().result()

    with _everything_logged() as records:
        problem, name = _used_outside(logger_of)
    yield from require(
        Point(
            what="called where there is no run",
            ok=problem is None,
            expected="a logger",
            seen=problem or "a logger",
            cause="get_run_logger() raises there: catch its MissingContextError. Or the function "
            "returns nothing on that way.",
        )
    )
    yield Point(
        what="a warning written with it, outside",
        ok=records == ["chain"],
        expected="reaches Python's logger 'chain'",
        seen=f"reaches {', '.join(map(repr, records))}" if records else f"is lost ({name})",
        cause='Return logging.getLogger("chain") where there is no run.',
    )
    with _not_connected(logging.getLogger("chain")):
        first = yield from try_flow(in_flow)
        second = yield from try_flow(in_flow)
    yield from require(raises_nothing(first if first.error else second))
    for which, trial in (("first", first), ("second", second)):
        assert trial.run is not None
        lines = [line for line in read_logs(trial.run) if line.message.startswith("written in")]
        yield equals(
            f"lines in the log of the {which} of two runs",
            sorted(f"{line.message}, kept with {line.task or 'the flow'}" for line in lines),
            ["written in the flow, kept with the flow", "written in the task, kept with a task"],
            "Call get_run_logger() anew each time: a logger that was kept from an earlier call "
            "belongs to that run, and an ordinary one to none.",
        )


@define("05.3")
def still_red(answer: object) -> Points:
    """One ERROR line of one's own for each kind of failure, and a failed task run."""
    task = yield from require_task(answer)
    with Shop(faults={"orders/west": [503] * 9, "orders/east": ["broken"] * 9}) as shop:
        for name, problem in (("west", "answers 503"), ("east", "sends broken JSON")):
            trial = yield from try_task(task, name, shop.url)
            assert trial.run is not None
            yield from require(_ended(trial.run, f"the task run if {name} {problem}"))
            loud = [line for line in _own(trial.run) if line.level in ("ERROR", "CRITICAL")]
            yield from require(
                Point(
                    what=f"error lines of yours if {name} {problem}",
                    ok=[line.level for line in loud] == ["ERROR"],
                    expected="one, of level ERROR",
                    seen=_levels(loud),
                    cause="None: this kind of exception isn't caught (broken JSON is a ValueError, "
                    "not an httpx error), or another level was used. More: it is logged twice, "
                    "or once for each retry.",
                )
            )
            yield Point(
                what="what that line says",
                ok=name in loud[0].message and "Traceback" not in loud[0].message,
                expected=f"the shop, {name}, and no traceback",
                seen=repr(loud[0].message[:100])
                + (" and a traceback" if "Traceback" in loud[0].message else ""),
                cause="Name the shop in the message, and use logger.error: logger.exception adds "
                "a traceback, which Prefect records anyway.",
            )
        well = yield from try_task(task, "north", shop.url)
    yield from require(raises_nothing(well))
    loud = [line for line in _own(well.run) if line.level in ("ERROR", "CRITICAL")]
    right = well.result == orders("north")
    yield Point(
        what="a shop that is well",
        ok=right and not loud,
        expected="its orders, and no error line",
        seen=f"{'its orders' if right else repr(well.result)[:60]}, error lines: {len(loud)}",
        cause="Return the orders as they came, and log the error in the except branch only.",
    )


def _own(run: FlowRun | None) -> list[LogLine]:
    """Lines that the learner's task wrote, without Prefect's and without DEBUG."""
    assert run is not None
    return [
        line
        for line in read_logs(run)
        if line.task and line.level != "DEBUG" and not line.message.startswith(_PREFECT)
    ]


def _levels(lines: list[LogLine]) -> str:
    if not lines:
        return "none"
    levels = [line.level for line in lines]
    return ", ".join(f"{levels.count(level)} {level}" for level in dict.fromkeys(levels))


def _ended(run: FlowRun, what: str) -> Point:
    states = [each.state.name for each in run.task_runs]
    return Point(
        what=what,
        ok=states == ["Failed"],
        expected="ends as Failed",
        seen=f"ends as {', '.join(states) or 'nothing: there is none'}",
        cause="Completed: the exception was caught and not raised again, so nobody hears of it.",
    )


def _used_outside(logger_of: Any) -> tuple[str | None, str]:
    try:
        logger = logger_of()
        logger.warning("written outside")
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:80]}", ""
    return None, f"{type(logger).__name__} {getattr(logger, 'name', '')!r}"


@contextmanager
def _everything_logged() -> Iterator[list[str]]:
    """Collect the names of the loggers that say 'written outside' meanwhile."""
    names: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() == "written outside":
                names.append(record.name)

    ear, loggers = Ear(), [logging.getLogger(), logging.getLogger("chain")]
    propagates = loggers[1].propagate
    loggers[1].propagate = True  # somebody may have switched it off
    loggers[0].addHandler(ear)
    try:
        yield names
    finally:
        loggers[0].removeHandler(ear)
        loggers[1].propagate = propagates


@contextmanager
def _not_connected(logger: logging.Logger) -> Iterator[None]:
    """Take a logger off the server for a while: the chapter's cells may have connected it."""
    from prefect.logging.handlers import APILogHandler

    connected = [each for each in logger.handlers if isinstance(each, APILogHandler)]
    for handler in connected:
        logger.removeHandler(handler)
    try:
        yield
    finally:
        for handler in connected:
            logger.addHandler(handler)
