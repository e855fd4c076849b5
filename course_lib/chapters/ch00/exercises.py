"""Checks of chapter 00: start here."""

from uuid import uuid4

from prefect.variables import Variable

from course_lib.exercises.checks import Point, Points, equals, require, require_equal, require_flow
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, aside, raises_nothing, run_with, try_flow
from course_lib.shop import SHOPS, Shop, orders


@define("00.1")
def busiest(answer: object) -> Points:
    """One task run per shop, and the right name."""
    flow = yield from require_flow(answer)
    trial = yield from run_with(Shop(), flow, URL)
    yield equals(
        "what the server was asked for",
        sorted(set(trial.paths)),
        sorted(f"orders/{name}" for name in SHOPS),
    )
    yield Point(
        what="task runs in the record",
        ok=len(trial.task_runs) >= len(SHOPS),
        expected="one for each shop",
        seen=str(len(trial.task_runs)),
    )
    yield equals(
        "what the flow returned", trial.result, max(SHOPS, key=lambda name: len(orders(name)))
    )


@define("00.2")
def moves(answer: object) -> Points:
    """The variable on the server holds the city, also after a second move."""
    flow = yield from require_flow(answer)
    shop = f"pop_up_{uuid4().hex[:8]}"  # no other kernel's, nor one that the learner uses
    name = f"{shop}_city"
    try:
        for number, city in (("first", "Xiamen"), ("second", "Chengdu")):
            trial = yield from try_flow(flow, shop, city)
            yield from require(raises_nothing(trial))
            yield from require_equal(
                f"the shop's variable on the server after the {number} move",
                aside(lambda: Variable.get(name)),
                city,
            )
            yield equals(f"what the flow returned at the {number} move", trial.result, city)
    finally:
        aside(lambda: Variable.unset(name))
