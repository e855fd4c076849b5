"""Checks of chapter 00: start here."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from itertools import pairwise
from operator import itemgetter
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from prefect.client.orchestration import PrefectClient, SyncPrefectClient
from prefect.variables import Variable

from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import (
    URL,
    aside,
    require_end,
    try_flow,
    try_with,
)
from course_lib.shop import SHOPS, Shop, orders


@define("00.1", "a flow")
def busiest(check: Check, flow: AnyFlow) -> None:
    """A run of the task for each shop, and the right name on two days that have different ones."""
    days = _telling_days()
    trials = [try_with(Shop(day=day), flow, URL) for day in days]
    require_end(check, *trials)
    asked = set.intersection(*(set(trial.paths) for trial in trials))
    wanted = {f"orders/{name}" for name in SHOPS}
    check.that("asked", wanted <= asked, repr(sorted(asked)), wanted=sorted(wanted))
    counts = [
        sum(run.task_key.startswith("pull_from-") for run in trial.task_runs) for trial in trials
    ]
    check.that("runs", min(counts) >= len(SHOPS), str(min(counts)))
    names, returned = list(days.values()), [trial.result for trial in trials]
    check.same_data("returned", returned, names, shops=names, days=" and ".join(days))


@define("00.2", "a flow")
def moves(check: Check, flow: AnyFlow) -> None:
    """The variable on the server holds the city, again and again, and the flow reads it."""
    shop = f"pop_up_{uuid4().hex[:8]}"  # no other kernel's, nor one that the learner uses
    name = f"{shop}_city"
    try:
        for number, city in (("first", "Xiamen"), ("second", "Chengdu")):
            trial = try_flow(flow, shop, city)
            require_end(check, trial)
            check.require_equal("variable", aside(lambda: Variable.get(name)), city, number=number)
            check.equals("returned", trial.result, city, number=number)
        with _spelt_otherwise():
            trial = try_flow(flow, shop, "Wuhan")
        require_end(check, trial)
        check.equals("held", trial.result, aside(lambda: Variable.get(name)))
    finally:
        aside(lambda: Variable.unset(name))


def _telling_days() -> dict[str, str]:
    """Return two random days, each with its busiest shop: not the same on both.

    Nor is it the shop that sold most pieces on that day, or took most money, or the last one that
    has more orders than the shop before it.
    """
    found: dict[str, str] = {}
    for number in Random().sample(range(365), 365):
        day = (date(2026, 1, 1) + timedelta(number)).isoformat()
        books = {shop: orders(shop, day) for shop in SHOPS}
        best, second = sorted(books, key=lambda shop: -len(books[shop]))[:2]
        others = {
            max(books, key=lambda shop: sum(each["quantity"] * size(each) for each in books[shop]))
            for size in (lambda _: 1.0, itemgetter("unit_price"))
        }
        others |= {*[b for a, b in pairwise(SHOPS) if len(books[a]) < len(books[b])][-1:]}
        if len(books[best]) > len(books[second]) and best not in {*others, *found.values()}:
            found[day] = best
        if len(found) == 2:
            break
    return found


@contextmanager
def _spelt_otherwise() -> Iterator[None]:
    """Let the server hold a city in capitals: only who reads what it holds can know."""
    with ExitStack() as patches:
        for client in (PrefectClient, SyncPrefectClient):
            for name in ("create_variable", "update_variable"):
                patches.enter_context(patch.object(client, name, _loud(getattr(client, name))))
        yield


def _loud(write: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def write_loud(client: Any, variable: Any) -> Any:
        return write(client, variable.model_copy(update={"value": str(variable.value).upper()}))

    return write_loud
