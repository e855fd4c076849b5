"""Checks of chapter 05: logging."""

import logging
import re
from collections import Counter
from collections.abc import Sequence
from itertools import repeat
from logging.handlers import BufferingHandler
from random import Random
from typing import Any
from unittest.mock import patch

from course_lib.exercises.checks import AnyTask, Check
from course_lib.exercises.engine import define
from course_lib.exercises.shops import OddShop, of_one
from course_lib.exercises.trials import (
    URL,
    Trial,
    require_end,
    try_call,
    try_flow,
    try_with,
)
from course_lib.records.reading import read_logs
from course_lib.records.runs import FlowRun, LogLine
from course_lib.server.internals import ABOUT_TASK_RUNS
from course_lib.shop import SHOPS, Outcome, Shop, orders

_WEEKDAYS = ["2026-03-03", "2026-03-05", "2026-03-07", "2026-03-09", "2026-03-13"]
_SUNDAYS = ["2026-03-08", "2026-03-15", "2026-03-22"]


@define("05.1", "a task")
def one_line(check: Check, task: AnyTask) -> None:
    """An INFO line with shop and count on two days, one with a single order; without orders, on any day, a WARNING."""
    chosen = Random()
    shops = chosen.sample(SHOPS, 4)
    (day, other), sunday = chosen.sample(_WEEKDAYS, 2), chosen.choice(_SUNDAYS)
    days = {
        "on a day with orders": day,
        "on a day with one order": other,
        "on a Sunday without orders": sunday,
        "on a weekday without orders": day,
    }
    trials, counts = [], []
    for name, (when, date) in zip(shops, days.items(), strict=True):
        counts.append(0 if "without" in when else 1 if "one" in when else len(orders(name, date)))
        none: dict[str, list[Outcome]] = {} if counts[-1] else {"orders/*": ["empty"] * 9}
        cut = {f"orders/{name}": repeat(of_one)} if counts[-1] == 1 else {}
        trials.append(try_with(OddShop(cut, faults=none), task, name, date, URL))
    require_end(check, *trials)
    for name, when, trial, count in zip(shops, days, trials, counts, strict=True):
        lines = _own(trial)
        level, key = ("INFO", "text") if count else ("WARNING", "warning")
        _require_one(check, level, lines, "lines", when)
        told = lines[0].message
        numbers = re.findall(r"\d+(?:[.,]\d+)*", told.replace(days[when], ""))
        right = name in told.lower() and (not count or str(count) in numbers)
        seen = f"{told[:100]!r}, of {name} with {count} orders"
        words = "the shop and the number" if count else "the shop"
        check.that(key, right, words if right else seen, when=when)
    values = [trial.result for trial in trials]
    right = values == counts
    seen = "the number of orders" if right else f"{values} where there are {counts}"
    check.that("returned", right, seen)


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
    _judge_outside(check, logger_of, "before any run")

    def write(place: str) -> None:
        logger_of().warning(f"written in {place}")

    in_task = task(name="a task")(write)
    called = task(name="a called task")(write)
    alone = task(name="a task without a flow")(write)
    in_other = flow(name="another flow")(write)

    @flow(name="the flow")
    def in_flow() -> None:
        write("the flow")
        in_task.submit("a task").result()
        in_other("another flow")
        called("a called task")
        write("the flow")

    # The chapter's cells may have connected the logger to the server.
    chain = logging.getLogger("chain")
    others = [each for each in chain.handlers if not isinstance(each, APILogHandler)]
    with patch.object(chain, "handlers", others):
        for which in ("first", "second"):
            trial = try_flow(in_flow)
            require_end(check, trial)
            kept = _kept(trial.run, *trial.run.subflows)
            places = ["the flow", "a task", "another flow", "a called task", "the flow"]
            _judge_kept(check, kept, places, f"of the {which} of two flow runs")
            _judge_outside(check, logger_of, f"after the {which} of them")
        # The server isn't told how the log of such a task ends, so listen to what is logged.
        listener = BufferingHandler(capacity=10_000)
        runs = logging.getLogger("prefect.task_runs")
        with patch.object(runs, "handlers", [*runs.handlers, listener]):
            require_end(check, try_call(lambda: alone(alone.name)))
        told = [each for each in listener.buffer if each.getMessage().startswith(_WRITTEN)]
        heard = [(alone.name, getattr(each, "task_name", "no run")) for each in told]
        _judge_kept(check, heard, [alone.name], f"of {alone.name}")


def _kept(*runs: FlowRun) -> list[tuple[str, str]]:
    """Return where each line was written, and with which run it was kept."""
    return [
        (line.message.removeprefix(_WRITTEN), line.task or run.flow)
        for run in runs
        for line in read_logs(run)
        if line.message.startswith(_WRITTEN)
    ]


_WRITTEN = "written in "


def _judge_kept(
    check: Check, kept: Sequence[tuple[str, str]], places: Sequence[str], which: str
) -> None:
    wrong = [f"what {place} wrote is kept with {run}" for place, run in kept if place != run]
    lost = Counter(places) - Counter(place for place, _ in kept)
    wrong += [f"what {place} wrote is not kept" for place in lost]
    right = not wrong and len(kept) == len(places)
    seen = "; ".join(wrong) or f"{len(kept)} lines"
    check.that("kept", right, "each with the run that wrote it" if right else seen, which=which)


def _judge_outside(check: Check, logger_of: Any, when: str) -> None:
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
    check.require_says("outside", seen, "a logger", when=when)
    names = [each.name for each in listener.buffer if each.getMessage() == "written outside"]
    lost = f"is lost ({type(logger).__name__} {getattr(logger, 'name', '')!r})"
    seen = f"reaches {', '.join(map(repr, names))}" if names else lost
    check.that("warning", names == ["chain"], seen, when=when)


@define("05.3", "a task")
def still_red(check: Check, task: AnyTask) -> None:
    """One ERROR line of one's own for each kind of failure, and a failed task run."""
    chosen = Random()
    first, second = chosen.sample(SHOPS, 2)
    status = chosen.choice([404, 500, 503])
    kinds: list[tuple[str, str, Outcome | None]] = [
        ("the server answers with an error", first, status),
        ("it sends broken JSON", second, "broken"),
        ("it cuts the connection", first, "cut"),
        ("its url is none", second, None),
    ]
    for number, (problem, name, fault) in enumerate(kinds):
        faults = {f"orders/{name}": [fault] * 9} if fault else {}
        url = URL if fault else "http://127.0.0.1:port"
        trial = try_with(Shop(faults=faults), task, name, url)
        runs = trial.run.of(task)
        seen = ", ".join(run.state.name for run in runs) or "there is none"
        failed = {run.state.type for run in runs} == {"FAILED"}
        check.require_that("ended", failed, "failed" if failed else seen, when=problem)
        loud = _loud(trial)
        _require_one(check, "ERROR", loud, "errors", problem)
        told = loud[0].message
        traced = "Traceback" in told
        right = name in told.lower() and not traced
        seen = f"{told[:100]!r}{' and a traceback' if traced else ''}, of {name}"
        words = "the shop, and no traceback"
        check.that("text", right, words if right else seen, when=problem)
        if number == 0:  # the others come after a success
            well = try_with(Shop(), task, name, URL)
            none = try_with(Shop(faults={"orders/*": ["empty"]}), task, name, URL)
            require_end(check, well, none)
            right = well.result == orders(name)
            shown = "its orders" if right else f"{well.result!r:.60} for the orders of {name}"
            check.that("returned", right, shown)
            check.equals("quiet", len(_loud(well)) + len(_loud(none)), 0)


def _own(trial: Trial) -> list[LogLine]:
    """Return the lines that the learner's task wrote, without Prefect's and without DEBUG."""
    return [
        line
        for line in read_logs(trial.run)
        if line.task and line.level != "DEBUG" and not line.message.startswith(ABOUT_TASK_RUNS)
    ]


def _loud(trial: Trial) -> list[LogLine]:
    return [line for line in _own(trial) if line.level in ("ERROR", "CRITICAL")]


def _require_one(check: Check, level: str, lines: list[LogLine], key: str, when: str) -> None:
    """Require that there is one line, and that it's of this level."""
    levels = [line.level for line in lines]
    counts = [f"{levels.count(each)} {each}" for each in dict.fromkeys(levels)]
    seen = ", ".join(counts) or "none"
    check.require_that(key, levels == [level], seen, level=level, when=when)
