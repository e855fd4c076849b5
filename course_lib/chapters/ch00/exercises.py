"""Checks of chapter 00: start here."""

from uuid import uuid4

from prefect.variables import Variable

from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import (
    URL,
    aside,
    require_end,
    run_with,
    try_flow,
)
from course_lib.shop import SHOPS, Shop, orders


@define("00.1", "a flow")
def busiest(check: Check, flow: AnyFlow) -> None:
    """One task run per shop, and the right name."""
    trial = run_with(check, Shop(), flow, URL)
    check.equals("asked", sorted(set(trial.paths)), sorted(f"orders/{name}" for name in SHOPS))
    check.that("runs", len(trial.task_runs) >= len(SHOPS), str(len(trial.task_runs)))
    check.equals("returned", trial.result, max(SHOPS, key=lambda name: len(orders(name))))


@define("00.2", "a flow")
def moves(check: Check, flow: AnyFlow) -> None:
    """The variable on the server holds the city, also after a second move."""
    shop = f"pop_up_{uuid4().hex[:8]}"  # no other kernel's, nor one that the learner uses
    name = f"{shop}_city"
    try:
        for number, city in (("first", "Xiamen"), ("second", "Chengdu")):
            trial = try_flow(flow, shop, city)
            require_end(check, trial)
            check.require_equal("variable", aside(lambda: Variable.get(name)), city, number=number)
            check.equals("returned", trial.result, city, number=number)
    finally:
        aside(lambda: Variable.unset(name))
