"""Checks of chapter 13: artifacts, events, automations."""

from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from course_lib.chapters.ch13.automations import FIRED, Planned, automated, emit_in_order
from course_lib.exercises.checks import (
    Point,
    Points,
    equals,
    require,
    require_equal,
    require_flow,
    require_that,
)
from course_lib.exercises.engine import define
from course_lib.exercises.trials import aside, raises_nothing, try_flow
from course_lib.records.artifacts import Artifact, read_artifacts
from course_lib.records.events import read_events
from course_lib.records.runs import FlowRun
from course_lib.shop import SHOPS, Shop, quality, stock

if TYPE_CHECKING:
    from prefect.automations import Automation

_FRIDAY, _SUNDAY = "2026-03-06", "2026-03-08"  # most came back to north, the largest share to east
_TUESDAY = "2026-03-10"  # two shops have all that they need
_ENDS = ("prefect.automation.action.executed", "prefect.automation.action.failed")


@define("13.1")
def for_the_manager(answer: object) -> Points:
    """A day on which most pieces and the largest share came back to two shops; and a Sunday."""
    flow = yield from require_flow(answer)
    with Shop() as shop:
        trial = yield from try_flow(flow, _FRIDAY, shop.url)
        yield from require(raises_nothing(trial))
        found = _left(trial.run)
        yield from require_equal(
            "what the run left",
            sorted((each.key, each.type) for each in found),
            [("returns", "table"), ("returns-worst", "markdown")],
        )
        table, worst = sorted(found, key=lambda each: each.key)
        yield from require(
            equals("rows of the table", _rows(table.data), _rows(_totals(_FRIDAY)), _ROWS)
        )
        yield equals(
            "shops that the text names",
            [name for name in SHOPS if name in str(worst.data)],
            ["east"],
        )
        trial = yield from try_flow(flow, _SUNDAY, shop.url)
    yield from require(raises_nothing(trial))
    yield equals(
        "what the run of a Sunday left",
        [(each.key, each.type) for each in _left(trial.run)],
        [("returns-worst", "markdown")],
    )


_ROWS = "One row for each shop, with shop, sold and returned: the sums over all of its products."


def _totals(day: str) -> list[dict[str, object]]:
    return [
        {
            "shop": name,
            "sold": sum(record["sold"] for record in quality(name, day)),
            "returned": sum(record["returned"] for record in quality(name, day)),
        }
        for name in SHOPS
    ]


def _rows(rows: object) -> object:
    """Bring rows into one order, so that any order of rows and columns is as good."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return rows
    return sorted(
        ({key: row[key] for key in sorted(row)} for row in rows),
        key=lambda row: str(row.get("shop")),
    )


def _left(run: FlowRun | None) -> tuple[Artifact, ...]:
    assert run is not None  # `raises_nothing` has been required
    return read_artifacts(run)


@define("13.2")
def say_what_is_short(answer: object) -> Points:
    """A day on which two shops lack something and two don't; what the server noted is judged."""
    flow = yield from require_flow(answer)
    expected = {f"shop.{name}": _short_products(name) for name in SHOPS if _short_products(name)}
    with Shop() as shop:
        trial = yield from try_flow(flow, _TUESDAY, shop.url)
    yield from require(raises_nothing(trial))
    assert trial.run is not None
    found = [event for event in read_events(trial.run) if not event.name.startswith("prefect.")]
    yield from require_equal(
        "names of the events that the run emitted",
        sorted({event.name for event in found}),
        ["shelf.short"],
    )
    yield from require(
        equals("what they are about", sorted(event.about for event in found), sorted(expected))
    )
    yield equals(
        "products in the payloads",
        {event.about: _sorted(event.payload.get("products")) for event in found},
        expected,
    )


def _short_products(shop: str) -> list[str]:
    records = stock(shop, _TUESDAY)
    return sorted(each["product"] for each in records if each["quantity"] < each["reorder_below"])


def _sorted(products: object) -> object:
    return sorted(products, key=str) if isinstance(products, list) else products


@define("13.3")
def three_times(answer: object) -> Points:
    """Events of a minute and a half, each with its own time, judged by the server."""
    yield from require_that(
        what="what was given to check()",
        ok=callable(answer),
        expected="a function",
        seen="a function" if callable(answer) else f"a {type(answer).__name__}",
    )
    with _deployment() as deployment_id:
        automation = yield from _automation(answer, deployment_id)
        outcome = _judged(automation, deployment_id)
    for case, busy in outcome.busy.items():
        wanted = 1 if case == _TOO_OFTEN else 0
        yield from require(
            equals(f"{case}: how often it fired", outcome.fired[busy], wanted, _CAUSES[case])
        )
    yield equals("the runs that it asked for", outcome.parameters, [{"shop": _NAME}])


_NAME = "the shop's name"
_TOO_OFTEN = "a shop, three times within a minute"
_CAUSES = {
    "two shops, twice each": "The events of all shops are counted together, or the threshold "
    "isn't 3: for_each counts for each value of a label by itself.",
    _TOO_OFTEN: "0: it expects another event, or matches other resources, or counts within too "
    "short a time. 2 or more: each event fires by itself.",
    "a shop, three times in 80 seconds": "within is longer than a minute, or is missing.",
    "a till, which is no shop": "match has to keep to resources whose id begins with shop.",
    "a shop, three times open": "expect names the event shop.busy, and no other.",
}


@dataclass(frozen=True)
class _Outcome:
    busy: dict[str, str]
    """Case -> name of the resource that it is about."""
    fired: Counter[str]
    parameters: list[dict[str, Any]]


def _judged(automation: "Automation", deployment_id: UUID) -> _Outcome:
    from prefect import get_client
    from prefect.client.schemas import filters

    mark = uuid4().hex[:6]  # the chapter's shops are called as they are
    twice, too, often, slow, till, opened = (f"{name}{mark}" for name in "abcdef")
    plan = [
        *((twice, "busy", at) for at in (0, 1)),
        *((too, "busy", at) for at in (2, 3)),
        *((often, "busy", at) for at in (4, 14, 24)),
        *((opened, "open", at) for at in (5, 6, 7)),
        *((till, "busy", at) for at in (8, 9, 10)),
        *((slow, "busy", at) for at in (0.5, 40, 80)),
    ]
    plan.sort(key=lambda each: each[2])
    with automated(automation) as catch_up:
        emitted = emit_in_order(
            [Planned(f"shop.{what}", _labels(name, name == till), at) for name, what, at in plan]
        )
        catch_up(emitted[-1])
        found = [event for event in read_events(automation) if event.name == FIRED]
        wanted = len(found) * max(1, len(automation.actions))
        read_events(automation, until=lambda seen: sum(e.name in _ENDS for e in seen) >= wanted)
    about = {event.id: name for event, (name, *_) in zip(emitted, plan, strict=True)}
    fired = Counter(about[event.cause] for event in found if event.cause in about)
    fired[twice] += fired.pop(too, 0)
    of_check = filters.DeploymentFilter(id=filters.DeploymentFilterId(any_=[deployment_id]))
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(deployment_filter=of_check)
    names = (twice, often, slow, till, opened)
    parameters = [
        {key: _NAME if value == often else value for key, value in run.parameters.items()}
        for run in runs
    ]
    return _Outcome(dict(zip(_CAUSES, names, strict=True)), fired, parameters)


def _labels(name: str, is_till: bool) -> dict[str, str]:
    kind = "till" if is_till else "shop"
    return {"prefect.resource.id": f"{kind}.{name}", "prefect.resource.name": name}


def _automation(function: Any, deployment_id: UUID) -> Generator[Point, None, "Automation"]:
    from prefect.automations import Automation

    try:
        given = aside(lambda: function(deployment_id))
    except Exception as error:
        yield from require_that(
            what="it can be called with the id of a deployment",
            ok=False,
            expected="no error",
            seen=f"{type(error).__name__}: {error}".split("\n")[0][:120],
        )
    yield from require_that(
        what="what it returns",
        ok=isinstance(given, Automation),
        expected="an Automation",
        seen="an Automation" if isinstance(given, Automation) else f"a {type(given).__name__}",
    )
    assert isinstance(given, Automation)
    return given.model_copy(update={"name": f"check {uuid4().hex[:8]}", "id": None})


@contextmanager
def _deployment() -> Iterator[UUID]:
    from prefect import get_client

    with get_client(sync_client=True) as client:
        flow_id = client.create_flow_from_name(f"check-{uuid4().hex[:8]}")
        deployment_id = client.create_deployment(
            flow_id, "on-demand", enforce_parameter_schema=False
        )
        try:
            yield deployment_id
        finally:
            client.delete_deployment(deployment_id)  # and with it the runs that nobody will do
