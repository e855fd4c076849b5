"""Checks of chapter 13: artifacts, events, automations."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from course_lib.chapters.ch13.automations import (
    FIRED,
    PATIENCE,
    Planned,
    automated,
    emit_in_order,
    tried,
)
from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.server_objects import new_name
from course_lib.exercises.trials import URL, aside, run_with
from course_lib.records.artifacts import read_artifacts
from course_lib.records.events import read_events
from course_lib.server.client import open_client
from course_lib.shop import SHOPS, Shop, quality, stock

if TYPE_CHECKING:
    from prefect.automations import Automation

_FRIDAY, _SUNDAY = "2026-03-06", "2026-03-08"  # most came back to north, the largest share to east
_TUESDAY = "2026-03-10"  # two shops have all that they need
_ENDS = ("prefect.automation.action.executed", "prefect.automation.action.failed")


@define("13.1", "a flow")
def for_the_manager(check: Check, flow: AnyFlow) -> None:
    """A day on which most pieces and the largest share came back to two shops; and a Sunday."""
    friday = run_with(check, Shop(), flow, _FRIDAY, URL)
    found = read_artifacts(friday.run)
    left = sorted((each.key, each.type) for each in found)
    check.require_equal("left", left, [("returns", "table"), ("returns-worst", "markdown")])
    table, worst = found
    totals = [
        {
            "shop": name,
            "sold": sum(record["sold"] for record in quality(name, _FRIDAY)),
            "returned": sum(record["returned"] for record in quality(name, _FRIDAY)),
        }
        for name in SHOPS
    ]
    check.require_equal("rows", _in_order(table.data), _in_order(totals))
    check.equals("named", [name for name in SHOPS if name in str(worst.data)], ["east"])
    sunday = run_with(check, Shop(), flow, _SUNDAY, URL)
    left = [(each.key, each.type) for each in read_artifacts(sunday.run)]
    check.equals("sunday", left, [("returns-worst", "markdown")])


def _in_order(rows: object) -> object:
    """Bring rows into one order, so that any order of rows and columns is as good."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return rows
    return sorted(
        ({key: row[key] for key in sorted(row)} for row in rows),
        key=lambda row: str(row.get("shop")),
    )


@define("13.2", "a flow")
def say_what_is_short(check: Check, flow: AnyFlow) -> None:
    """A day on which two shops lack something and two don't; what the server noted is judged."""
    expected = {f"shop.{name}": _short_products(name) for name in SHOPS if _short_products(name)}
    trial = run_with(check, Shop(), flow, _TUESDAY, URL)
    found = [event for event in read_events(trial.run) if not event.name.startswith("prefect.")]
    check.require_equal("names", sorted({event.name for event in found}), ["shelf.short"])
    check.require_equal("about", sorted(event.about for event in found), sorted(expected))
    products = {event.about: _sorted(event.payload.get("products")) for event in found}
    check.equals("products", products, expected)


def _short_products(shop: str) -> list[str]:
    records = stock(shop, _TUESDAY)
    return sorted(each["product"] for each in records if each["quantity"] < each["reorder_below"])


def _sorted(products: object) -> object:
    return sorted(products, key=str) if isinstance(products, list) else products


_NAME = "the shop's name"  # drawn anew in each check
# What happens to whom in each case: kind and name of the resource, the event, and at which seconds.
_CASES: dict[str, list[tuple[str, str, str, tuple[float, ...]]]] = {
    "twice_each": [("shop", "a", "shop.busy", (0, 1)), ("shop", "b", "shop.busy", (2, 3))],
    "often": [("shop", "c", "shop.busy", (4, 14, 24))],
    "seldom": [("shop", "d", "shop.busy", (0.5, 40, 80))],
    "till": [("till", "e", "shop.busy", (8, 9, 10))],
    "open": [("shop", "f", "shop.open", (5, 6, 7))],
}


@define("13.3")
def three_times(check: Check, answer: object) -> None:
    """Events of a minute and a half, each with its own time, judged by the server."""
    check.require_given(
        callable(answer),
        "a function",
        f"a {type(answer).__name__}",
        "Pass the function's name alone, without parentheses.",
    )
    with _deployment() as deployment_id:
        _require_automation(check, answer, deployment_id)

    def trial() -> tuple[Counter[str], list[dict[str, Any]]]:
        with _deployment() as deployment_id:
            given = _call(answer, deployment_id)
            automation = given.model_copy(update={"name": f"check {uuid4().hex[:8]}", "id": None})
            return _put_to_the_test(automation, deployment_id)

    fired, parameters = tried(trial)
    for case in _CASES:
        check.require_equal(case, fired[case], 1 if case == "often" else 0)
    check.equals("runs", parameters, [{"shop": _NAME}])


def _put_to_the_test(
    automation: "Automation", deployment_id: UUID
) -> tuple[Counter[str], list[dict[str, Any]]]:
    """Return how often it fired in each case, and the parameters of the runs that it asked for."""
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId

    mark = uuid4().hex[:6]  # the chapter's shops are called as they are
    plan = [
        (case, Planned(event, _labels(kind, f"{name}{mark}"), at))
        for case, happenings in _CASES.items()
        for kind, name, event, moments in happenings
        for at in moments
    ]
    plan.sort(key=lambda each: each[1].at)
    with automated(automation) as catch_up:
        emitted = emit_in_order([planned for _, planned in plan])
        catch_up(emitted[-1])
        found = [event for event in read_events(automation) if event.name == FIRED]
        wanted = len(found) * max(1, len(automation.actions))
        read_events(
            automation,
            until=lambda seen: sum(each.name in _ENDS for each in seen) >= wanted,
            seconds=PATIENCE,
        )
    cases = {event.id: case for event, (case, _) in zip(emitted, plan, strict=True)}
    fired = Counter(cases[event.cause] for event in found if event.cause in cases)
    of_check = DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id]))
    with open_client() as client:
        runs = client.read_flow_runs(deployment_filter=of_check)
    busiest = f"c{mark}"
    parameters = [
        {key: _NAME if value == busiest else value for key, value in run.parameters.items()}
        for run in runs
    ]
    return fired, parameters


def _labels(kind: str, name: str) -> dict[str, str]:
    return {"prefect.resource.id": f"{kind}.{name}", "prefect.resource.name": name}


def _call(function: Any, deployment_id: UUID) -> Any:
    return aside(lambda: function(deployment_id))


def _require_automation(check: Check, function: Any, deployment_id: UUID) -> None:
    from prefect.automations import Automation

    try:
        given = _call(function, deployment_id)
    except Exception as error:
        seen = f"{type(error).__name__}: {error}".split("\n")[0][:120]
        check.require_says("call", seen, "no error")
    seen = "an Automation" if isinstance(given, Automation) else f"a {type(given).__name__}"
    check.require_says("automation", seen, "an Automation")


@contextmanager
def _deployment() -> Iterator[UUID]:
    with open_client() as client:
        flow_id = client.create_flow_from_name(new_name())
        id = client.create_deployment(flow_id, "on-demand", enforce_parameter_schema=False)
        try:
            yield id
        finally:
            client.delete_deployment(id)  # and with it the runs that nobody will do
