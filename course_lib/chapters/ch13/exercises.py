"""Checks of chapter 13: artifacts, events, automations."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random
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
from course_lib.exercises.checks import AnyFlow, Check, short_repr
from course_lib.exercises.engine import define
from course_lib.exercises.server_objects import new_name
from course_lib.exercises.shops import PreparedShop
from course_lib.exercises.trials import (
    URL,
    Trial,
    error_text,
    require_end,
    run_with,
    try_call,
    try_with,
)
from course_lib.records.artifacts import read_artifacts
from course_lib.records.events import read_events
from course_lib.server.client import open_client
from course_lib.shop import SHOPS, quality, stock
from course_lib.shop.data import Stock

if TYPE_CHECKING:
    from prefect.automations import Automation

_WEEKDAY, _SUNDAY, _NO_SALES = "2026-03-06", "2026-03-08", "2026-03-10"
_ENDS = ("prefect.automation.action.executed", "prefect.automation.action.failed")
_THREE = "each of the three shops that are short, once"
_TABLE, _TEXT = ("returns", "table"), ("returns-worst", "markdown")


@define("13.1", "a flow")
def for_the_manager(check: Check, flow: AnyFlow) -> None:
    """Sales on a Sunday, though not in one shop, and none on a weekday.

    Most pieces never come back to the worst shop.
    """
    days = dict(zip((_WEEKDAY, _SUNDAY), Random().sample(SHOPS, 2), strict=True))
    reports = {f"quality/{name}?day={_NO_SALES}": quality(name, _SUNDAY) for name in SHOPS}
    for day, worst in days.items():
        like = _day_on_which(worst)
        reports |= {f"quality/{name}?day={day}": quality(name, like) for name in SHOPS}
    sunday = {name: reports[f"quality/{name}?day={_SUNDAY}"] for name in SHOPS}
    others = set(SHOPS) - {days[_SUNDAY]}
    quiet = min(others, key=lambda name: sum(each["returned"] for each in sunday[name]))
    reports[f"quality/{quiet}?day={_SUNDAY}"] = []
    for day, worst in days.items():
        trial = try_with(PreparedShop(reports), flow, day, URL)
        if trial.error and day == _SUNDAY:
            check.require_that("quiet", False, error_text(trial.error), shop=quiet)
        require_end(check, trial)
        table, text = _left(check, "left", trial, [_TABLE, _TEXT])
        wanted = [_totals(name, reports[f"quality/{name}?day={day}"]) for name in SHOPS]
        rows = _in_order(table)
        seen = "one for each shop" if rows == wanted else short_repr(rows)
        check.require_that("rows", rows == wanted, seen, wanted=wanted)
        named = _named(text)
        seen = "the one" if named == [worst] else f"{', '.join(named) or 'none'} on {day}"
        check.require_that("named", named == [worst], seen, worst=worst)
    trial = run_with(check, PreparedShop(reports), flow, _NO_SALES, URL)
    (text,) = _left(check, "nothing", trial, [_TEXT])
    said = bool(str(text).strip()) and len(_named(text)) != 1
    check.says("words", "so" if said else short_repr(text), "so")


def _left(check: Check, key: str, trial: Trial, wanted: list[tuple[str, str]]) -> list[Any]:
    """Require that the run left this under the two keys, whatever else, and return the contents."""
    found = read_artifacts(trial.run)
    keys = [(each.key, each.type) for each in found]
    left = [each for each in found if each.key in ("returns", "returns-worst")]
    ok = [(each.key, each.type) for each in left] == wanted
    check.require_that(key, ok, str(wanted if ok else keys), wanted=wanted)
    return [each.data for each in left]


def _totals(shop: str, records: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    sums = {field: sum(record[field] for record in records) for field in ("sold", "returned")}
    return {"shop": shop} | sums


def _day_on_which(worst: str) -> str:
    """Return some day on which the largest share came back to this shop, and most to another."""
    while True:
        day = (date(2026, 1, 1) + timedelta(Random().randrange(365))).isoformat()
        totals = {name: _totals(name, quality(name, day)) for name in SHOPS}
        returned: dict[str, Any] = {name: each["returned"] for name, each in totals.items()}
        sold: dict[str, Any] = {name: each["sold"] for name, each in totals.items()}
        if all(sold.values()):
            shares = {name: returned[name] / sold[name] for name in SHOPS}
            others = [name for name in SHOPS if name != worst]
            share, most = (max(each[name] for name in others) for each in (shares, returned))
            if shares[worst] > share and returned[worst] < most:
                return day


def _named(text: object) -> list[str]:
    """Return the shops that a text names: *least* doesn't name east."""
    # Letters of other scripts, which need no blank beside a name, are no part of it.
    found = re.compile(rf"\b({'|'.join(SHOPS)})\b", re.IGNORECASE | re.ASCII)
    named = {name.lower() for name in found.findall(str(text))}
    return [name for name in SHOPS if name in named]


def _in_order(table: object) -> object:
    """Bring a table into one order and form: rows or columns, and more of them than asked for."""
    rows: Any = table
    if isinstance(rows, dict) and all(isinstance(column, list) for column in rows.values()):
        rows = [dict(zip(rows, row, strict=False)) for row in zip(*rows.values(), strict=False)]
    elif isinstance(rows, list) and rows and all(isinstance(row, list) for row in rows):
        rows = [dict(zip(rows[0], row, strict=False)) for row in rows[1:]]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return table
    names = ("shop", "sold", "returned")
    known = [{name: row[name] for name in names if name in row} for row in rows]
    return sorted(known, key=lambda row: (*SHOPS, row.get("shop")).index(row.get("shop")))


@define("13.2", "a flow")
def say_what_is_short(check: Check, flow: AnyFlow) -> None:
    """Some shops lack something and some don't; what the server noted is judged."""
    random = Random()
    day = (date(2026, 1, 1) + timedelta(random.randrange(365))).isoformat()
    usual = [name for name in SHOPS if any(_is_short(each) for each in stock(name))]
    well = random.choice(usual)  # short of something on the day that is reported on by default
    reports: dict[str, list[Stock]] = {}
    expected: dict[str, list[str]] = {}
    for number, name in enumerate(random.sample([each for each in SHOPS if each != well], 3), 1):
        records = reports[f"stock/{name}?day={day}"] = stock(name, day)
        short = random.sample(records, number)
        for record in records:
            record["reorder_below"] = random.randint(5, 20)
            missing = random.choice((1, 4)) if record in short else random.choice((0, -7))
            record["quantity"] = record["reorder_below"] - missing
        expected[f"shop.{name}"] = sorted(each["product"] for each in records if _is_short(each))
    enough = [record | {"quantity": 5, "reorder_below": 5} for record in stock(well, day)]
    reports[f"stock/{well}?day={day}"] = enough
    trial = run_with(check, PreparedShop(reports), flow, day, URL)
    found = [event for event in read_events(trial.run) if not event.name.startswith("prefect.")]
    names = sorted({event.name for event in found})
    events = [event for event in found if event.name == "shelf.short"]
    seen = "shelf.short" if events else ", ".join(names) or "none"
    check.require_says("names", seen, "shelf.short")
    about = sorted(event.about for event in events)
    same = about == sorted(expected)
    check.require_that(
        "about", same, _THREE if same else ", ".join(about), wanted=", ".join(sorted(expected))
    )
    products = {event.about: _sorted(event.payload.get("products")) for event in events}
    same = products == expected
    check.that("products", same, "those of each" if same else short_repr(products), wanted=expected)


def _is_short(record: Stock) -> bool:
    return record["quantity"] < record["reorder_below"]


def _sorted(products: object) -> object:
    return sorted(products, key=str) if isinstance(products, list) else products


_NAME = "the shop's name"  # drawn anew in each check
_ONE_RUN = "one, with the shop's name as the parameter shop"
# What happens to whom in each case: kind and name of the resource, the event, and at which seconds.
_CASES: dict[str, list[tuple[str, str, str, tuple[float, ...]]]] = {
    "twice_each": [("shop", "a", "shop.busy", (0, 1)), ("shop", "b", "shop.busy", (2, 3))],
    "often": [("shop", "c", "shop.busy", (4, 30, 59))],
    "seldom": [("shop", "d", "shop.busy", (0.5, 35, 66))],
    "till": [("till", "e", "shop.busy", (8, 9, 10))],
    "shopper": [("shopper", "f", "shop.busy", (11, 12, 13))],
    "open": [("shop", "g", "shop.open", (5, 6, 7))],
}


@define("13.3")
def three_times(check: Check, answer: object) -> None:
    """Events of a little more than a minute, each with its own time, judged by the server."""
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
    seen = _ONE_RUN if parameters == [{"shop": _NAME}] else short_repr(parameters)
    check.says("runs", seen, _ONE_RUN)


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
    return {"prefect.resource.id": f"{kind}.{name[::-1]}", "prefect.resource.name": name}


def _call(function: Any, deployment_id: UUID) -> Any:
    call = try_call(lambda: function(deployment_id))
    if call.error:
        raise call.error
    return call.result


def _require_automation(check: Check, function: Any, deployment_id: UUID) -> None:
    from prefect.automations import Automation

    try:
        given = _call(function, deployment_id)
    except Exception as error:
        seen = f"{type(error).__name__}: {error}".split("\n")[0][:120]
        check.require_says("call", seen, "no error")
    seen = "an Automation" if isinstance(given, Automation) else f"a {type(given).__name__}"
    check.require_says("automation", seen, "an Automation")
    with open_client() as client:
        found = client.read_automations_by_name(given.name)
        created = [each.id for each in found if str(deployment_id) in each.model_dump_json()]
        for id in created:
            client.delete_automation(id)
    check.require_equal("created", len(created), 0)


@contextmanager
def _deployment() -> Iterator[UUID]:
    with open_client() as client:
        flow_id = client.create_flow_from_name(new_name())
        id = client.create_deployment(flow_id, "on-demand", enforce_parameter_schema=False)
        try:
            yield id
        finally:
            client.delete_deployment(id)  # and with it the runs that nobody will do
