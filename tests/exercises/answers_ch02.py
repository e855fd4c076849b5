"""Wrong answers to the exercises of chapter 02: flows."""

from tests.exercises.answers import Wrong

PRELUDE = """
import asyncio
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

import httpx
from prefect import flow, task
from prefect.states import Failed
from pydantic import (
    AfterValidator, BaseModel, Field, NonNegativeInt, PastDate, PositiveFloat, PositiveInt, conint,
    validate_call,
)

SHOPS = ["north", "east", "south", "west"]
MONDAY = date(2026, 3, 2)


@task(task_run_name="orders of {shop}")
def pull_orders(shop: str, day: date, url: str) -> list[dict]:
    response = httpx.get(f"{url}/orders/{shop}?day={day}", timeout=5)
    response.raise_for_status()
    return response.json()


@task(task_run_name="is {shop} open?")
def is_available(shop: str, url: str) -> bool:
    try:
        return httpx.get(f"{url}/stock/{shop}", timeout=2).is_success
    except httpx.TransportError:
        return False


def in_batches(orders, size):
    return [orders[start : start + size] for start in range(0, len(orders), size)]
"""

_COUNT = "    return sum(o['quantity'] >= least for o in pull_orders(shop, day, url))"


def _hints(body: str = "", **hints: str) -> str:
    """Return an answer to 02.1 with other type hints, or with more in front of its body."""
    chosen = {"shop": _SHOP, "day": "date", "least": "PositiveInt", "url": "str"} | hints
    arguments = ", ".join(f"{name}: {hint}" for name, hint in chosen.items())
    return f"@flow\ndef big_orders({arguments}) -> int:\n{body}{_COUNT}"


_SHOP = "Literal['north', 'east', 'south', 'west']"


def _but(source: str, old: str, new: str) -> str:
    """Return the source with something else in one place."""
    assert old in source, old
    return source.replace(old, new)


_BATCH = """
@task
def batch_revenue(orders: list[dict]) -> float:
    return sum(order["quantity"] * order["unit_price"] for order in orders)

"""
_RAISE = "    if not available:\n        raise LookupError('no shop is available')\n"
_GONE = "[shop for shop in shops if shop not in available]"
_REPORT = (
    _BATCH
    + "@flow\ndef revenue_report(shops, batch_size, url):\n"
    + "    available = [shop for shop in shops if is_available(shop, url)]\n"
    + _RAISE
    + "    revenue = 0.0\n    for shop in available:\n"
    + "        for batch in in_batches(pull_orders(shop, MONDAY, url), batch_size):\n"
    + "            revenue += batch_revenue(batch)\n"
    + "    return {'revenue': revenue, 'missing': "
    + _GONE
    + "}"
)
_WHOLE = "[pull_orders(shop, MONDAY, url)]"
_FULL_ONLY = "+= batch_revenue(batch) if len(batch) == batch_size else 0"
_HALVES = """+= batch_revenue(batch) if len(batch) == batch_size else sum(
                batch_revenue(half) for half in (batch[::2], batch[1::2])
            )"""

_ONE = """
@flow(flow_run_name="{shop} on {day}")
def one_day(shop: str, day: date, url: str) -> int:
    return len(pull_orders(shop, day, url))

"""
_WEEK = "@flow\ndef week(shop: str, days: list[date], url: str):\n"
_SUM = "    return sum(one_day(shop, d, url) for d in days if d.isoweekday() != 7)"

WRONG: dict[str, list[Wrong]] = {
    "02.1": [
        Wrong(
            "leaves the shop a str",
            "when the shop is none of the four",
            _hints(shop="str"),
            ignores="shop",
        ),
        Wrong(
            "takes a text with a shop's name in it for a shop",
            "when the shop is none of the four",
            _hints(shop="Annotated[str, Field(pattern='north|east|south|west')]"),
        ),
        Wrong("leaves the day a str", "when the day is no date", _hints(day="str"), ignores="day"),
        Wrong(
            "takes a pattern for a date",
            "when the day is no date",
            _hints(day=r"Annotated[str, Field(pattern=r'^\d{4}-\d{2}-\d{2}$')]"),
        ),
        Wrong(
            "takes an hour of a day for a day",
            "when the day is no date",
            _hints(body="    day = day.date()\n", day="datetime"),
        ),
        Wrong(
            "takes only days that are over",
            "good calls run to their end",
            _hints(day="PastDate"),
        ),
        Wrong(
            "takes a least of 2.5",
            "when least is no whole number",
            _hints(least="PositiveFloat"),
            ignores="whole-number",
        ),
        Wrong(
            "takes any int",
            "when least is no whole number",
            _hints(least="int"),
            ignores="from-one-up",
        ),
        Wrong("takes a 0", "when least is no whole number", _hints(least="NonNegativeInt")),
        Wrong(
            "turns down a 0 alone",
            "when least is no whole number",
            "def not_zero(least):\n    if least == 0:\n        raise ValueError('0')\n"
            "    return least\n" + _hints(least="Annotated[int, AfterValidator(not_zero)]"),
        ),
        Wrong(
            "writes the rule in the place of the default",
            "when least is no whole number",
            _hints(least="int = Field(ge=1)", url="str = ''"),
        ),
        Wrong(
            "looks at the values in the body",
            "states of the runs with a bad shop",
            _hints(
                "    date.fromisoformat(day)\n    if shop not in SHOPS or int(least) < 1:\n"
                "        raise ValueError('no')\n",
                shop="str",
                day="str",
            ),
            ignores="before-the-body",
        ),
        Wrong(
            "has the function checked in place of the flow",
            "states of the runs with a bad shop",
            _hints().replace("@flow", "@flow(validate_parameters=False)\n@validate_call"),
        ),
        Wrong(
            "checks nothing at all",
            "good calls run to their end",
            _hints().replace("@flow", "@flow(validate_parameters=False)"),
        ),
        Wrong(
            "takes numbers alone for numbers",
            "good calls run to their end",
            _hints(least="Annotated[int, Field(ge=1, strict=True)]"),
            ignores="as-text",
        ),
        Wrong(
            "takes no least above what it has seen",
            "good calls run to their end",
            _hints(least="Annotated[int, Field(ge=1, le=5)]"),
            ignores="good-values",
        ),
        Wrong(
            "forgets a shop",
            "good calls run to their end",
            _hints(shop="Literal['north', 'east', 'south']"),
        ),
        Wrong("takes a moment for a day", "good calls run to their end", _hints(day="datetime")),
        Wrong(
            "takes all arguments in one model",
            "can be called",
            "class Wish(BaseModel):\n    shop: str\n    day: date\n"
            "@flow\ndef big_orders(wish: Wish):\n    return 0",
        ),
        Wrong(
            "adds pieces instead of counting orders",
            "what good calls returned",
            _hints(
                "    orders = pull_orders(shop, day, url)\n"
                "    return sum(o['quantity'] for o in orders if o['quantity'] >= least)\n"
            ),
            ignores="counts",
        ),
        Wrong(
            "leaves out orders of exactly that many",
            "what good calls returned",
            _hints().replace(">= least", "> least"),
        ),
        Wrong(
            "forgets the day",
            "what good calls returned",
            _hints(
                "    orders = httpx.get(f'{url}/orders/{shop}').json()\n"
                "    return sum(o['quantity'] >= least for o in orders)\n"
            ),
        ),
    ],
    "02.2": [
        Wrong(
            "calls the size something else",
            "can be called",
            _but(_REPORT, "batch_size", "size"),
            ignores="signature",
        ),
        Wrong(
            "tries to pull in place of asking",
            "runs of is_available",
            _BATCH
            + """
@flow
def revenue_report(shops, batch_size, url):
    revenue, missing = 0.0, []
    for shop in shops:
        try:
            orders = pull_orders(shop, MONDAY, url)
        except httpx.HTTPStatusError:
            missing.append(shop)
            continue
        revenue += sum(batch_revenue(batch) for batch in in_batches(orders, batch_size))
    if len(missing) == len(shops):
        raise LookupError("no shop is available")
    return {"revenue": revenue, "missing": missing}
""",
            ignores="is-available",
        ),
        Wrong(
            "takes the orders of a Tuesday",
            "runs of batch_revenue",
            _but(_REPORT, "MONDAY", "date(2026, 3, 3)"),
            ignores="monday",
        ),
        Wrong(
            "pulls from closed shops as well",
            "it runs to its end",
            _but(_REPORT, "for shop in available", "for shop in shops"),
        ),
        Wrong(
            "counts a closed shop whose orders can be pulled",
            "runs of batch_revenue",
            _but(
                _REPORT,
                "for shop in available:\n",
                "for shop in shops:\n        try:\n            pull_orders(shop, MONDAY, url)\n"
                "        except httpx.HTTPError:\n            continue\n",
            ),
            ignores="available-only",
        ),
        Wrong(
            "takes each shop's orders for one batch",
            "runs of batch_revenue",
            _but(_REPORT, "in_batches(pull_orders(shop, MONDAY, url), batch_size)", _WHOLE),
            ignores="batch-size",
        ),
        Wrong(
            "takes batches of 20 whatever is asked for",
            "runs of batch_revenue",
            _but(_REPORT, "url), batch_size)", "url), 20)"),
        ),
        Wrong(
            "puts the orders of all shops together",
            "runs of batch_revenue",
            _but(
                _REPORT,
                "    for shop in available:\n"
                "        for batch in in_batches(pull_orders(shop, MONDAY, url), batch_size):\n"
                "            ",
                "    orders = [o for shop in available for o in pull_orders(shop, MONDAY, url)]\n"
                "    for batch in in_batches(orders, batch_size):\n        ",
            ),
            ignores="one-shop",
        ),
        Wrong(
            "loses the last, smaller batch",
            "runs of batch_revenue",
            _but(_REPORT, "+= batch_revenue(batch)", _FULL_ONLY),
        ),
        Wrong(
            "cuts the last batches in half",
            "runs of batch_revenue",
            _but(_REPORT, "+= batch_revenue(batch)", _HALVES),
            ignores="last-batch",
        ),
        Wrong(
            "calls the plain function behind the task",
            "runs of batch_revenue",
            _but(_REPORT, "batch_revenue(batch)", "batch_revenue.fn(batch)"),
        ),
        Wrong(
            "asks twice for each batch",
            "runs of batch_revenue",
            _but(_REPORT, "+= batch", "+= batch_revenue(batch) and batch"),
            ignores="once",
        ),
        Wrong(
            "keeps the last batch's revenue only",
            "the revenue",
            _but(_REPORT, "+=", "="),
            ignores="total",
        ),
        Wrong(
            "mixes up missing and available",
            "the missing shops",
            _but(_REPORT, "[shop for shop in shops if shop not in available]", "available"),
            ignores="missing",
        ),
        Wrong(
            "looks for missing shops among all that there are",
            "the missing shops",
            _but(_REPORT, "in shops if shop not", "in SHOPS if shop not"),
        ),
        Wrong(
            "sorts the missing shops",
            "the missing shops",
            _but(_REPORT, _GONE, f"sorted({_GONE})"),
            ignores="in-order",
        ),
        Wrong(
            "lets an empty morning through",
            "how the run ends when no shop is available",
            _but(_REPORT, _RAISE, ""),
            ignores="fails",
        ),
        Wrong(
            "takes a morning without revenue for one with nobody there",
            "it runs to its end",
            _but(
                _but(_REPORT, _RAISE, ""),
                "    return {",
                "    if not revenue:\n        raise LookupError('no shop is available')\n    return {",
            ),
        ),
        Wrong(
            "expects all four to be closed",
            "how the run ends when no shop is available",
            _but(_REPORT, "if not available", "if len(set(shops) - set(available)) == 4"),
        ),
        Wrong(
            "returns None on an empty morning",
            "how the run ends when no shop is available",
            _but(
                _REPORT,
                "raise LookupError('no shop is available')",
                "print('no shop is available')\n        return None",
            ),
        ),
        Wrong(
            "fails without saying why",
            "the message of that run",
            _but(_REPORT, "'no shop is available'", ""),
            ignores="message",
        ),
        Wrong(
            "fails by accident on an empty morning",
            "the message of that run",
            _but(_REPORT, _RAISE, "    first = available[0]\n"),
        ),
        Wrong(
            "fails as soon as one shop is closed",
            "it runs to its end",
            _but(_REPORT, "if not available", "if len(available) < len(shops)"),
        ),
        Wrong(
            "returns the number alone",
            "what the flow returned",
            _but(_REPORT, "{'revenue': revenue, 'missing': " + _GONE + "}", "revenue"),
        ),
    ],
    "02.3": [
        Wrong(
            "leaves one_day a plain function",
            "flow run inside",
            _but(_ONE, '@flow(flow_run_name="{shop} on {day}")', "") + _WEEK + _SUM,
            ignores="one-day",
        ),
        Wrong(
            "makes one_day a task",
            "flow run inside",
            _but(_ONE, "flow(flow", "task(task") + _WEEK + _SUM,
        ),
        Wrong("calls .fn", "flow run inside", _ONE + _WEEK + _but(_SUM, "one_day", "one_day.fn")),
        Wrong(
            "runs each day twice",
            "flow run inside",
            _ONE + _WEEK + _but(_SUM, "!= 7", "!= 7 and one_day(shop, d, url)"),
            ignores="once",
        ),
        Wrong(
            "runs Sunday, too",
            "flow run inside",
            _ONE + _WEEK + _but(_SUM, " if d.isoweekday() != 7", ""),
            ignores="no-sundays",
        ),
        Wrong(
            "lets the inner flow look for Sundays",
            "flow run inside",
            _but(_ONE, "    return", "    if day.isoweekday() == 7:\n        return 0\n    return")
            + _WEEK
            + _but(_SUM, " if d.isoweekday() != 7", ""),
            ignores="no-run",
        ),
        Wrong(
            "takes the last day for the Sunday",
            "flow run inside",
            _ONE + _WEEK + _but(_SUM, "days if d.isoweekday() != 7", "days[:-1]"),
        ),
        Wrong(
            "takes Saturday for Sunday",
            "flow run inside",
            _ONE + _WEEK + _but(_SUM, "isoweekday() != 7", "weekday() != 5"),
        ),
        Wrong(
            "leaves the names to chance",
            "the names of these runs",
            _but(_ONE, '(flow_run_name="{shop} on {day}")', "") + _WEEK + _SUM,
            ignores="names",
        ),
        Wrong(
            "names the runs of every shop after one",
            "the names of these runs",
            _but(_ONE, "{shop}", "north") + _WEEK + _SUM,
        ),
        Wrong(
            "names the flow instead of its runs",
            "the names of these runs",
            _but(_ONE, "flow_run_name", "name") + _WEEK + _SUM,
        ),
        Wrong(
            "names the outer flow's run",
            "the names of these runs",
            _but(_ONE, '(flow_run_name="{shop} on {day}")', "")
            + _but(_WEEK, "@flow", "@flow(flow_run_name='{shop} on {days}')")
            + _SUM,
        ),
        Wrong(
            "returns a list of numbers",
            "what the flow returned",
            _ONE + _WEEK + _but(_but(_SUM, "sum(", "["), "7)", "7]"),
        ),
        Wrong(
            "returns the number of days",
            "what the flow returned",
            _ONE
            + _WEEK
            + _but(_SUM, "sum(one_day(shop, d, url)", "len([one_day(shop, d, url)")[:-1]
            + "])",
            ignores="total",
        ),
        Wrong("leaves the work out", "flow run inside", _ONE + _WEEK + "    return 144"),
    ],
}

RIGHT = {
    "02.1": [
        _hints(
            shop="Annotated[str, Field(pattern='^(north|east|south|west)$')]",
            least="Annotated[int, Field(ge=1)]",
        ),
        "class Name(StrEnum):\n    north = 'north'\n    east = 'east'\n    south = 'south'\n"
        "    west = 'west'\n" + _hints(shop="Name", least="conint(gt=0)"),
        """
def known(shop):
    if shop not in SHOPS:
        raise ValueError("no such shop")
    return shop


def from_one_up(number):
    if number < 1:
        raise ValueError("from 1 up")
    return number


@flow
def big_orders(
    shop: Annotated[str, AfterValidator(known)],
    day: Annotated[str, AfterValidator(date.fromisoformat)],
    least: Annotated[int, AfterValidator(from_one_up)],
    url: str,
):
    return len([order for order in pull_orders(shop, day, url) if order["quantity"] >= least])
""",
        """
@task
def count_big(orders, least):
    return sum(1 for order in orders if order["quantity"] >= least)


@flow(name="Big orders", log_prints=True)
async def big_orders(
    shop: Literal["north", "east", "south", "west"],
    day: date,
    least: Annotated[int, Field(gt=0)],
    url: str,
):
    async with httpx.AsyncClient() as client:
        response = await client.get(f"{url}/orders/{shop}", params={"day": str(day)})
    print(shop)
    return count_big(response.json(), least)
""",
    ],
    "02.2": [
        _BATCH
        + """
@flow
def revenue_report(shops: list[str], batch_size: PositiveInt, url: str):
    missing = [s for s, there in zip(shops, is_available.map(shops, url).result()) if not there]
    available = [s for s in shops if s not in missing]
    if not available:
        return Failed(message="There is no shop: no shop is available.")
    pulled = pull_orders.map(available, MONDAY, url).result()
    batches = [batch for orders in pulled for batch in in_batches(orders, batch_size)]
    return {"revenue": sum(batch_revenue.map(batches).result()), "missing": missing}
""",
        _BATCH
        + """
@flow
def revenue_report(batch_size, url, shops):
    there = {shop: is_available.submit(shop, url) for shop in shops}
    report = {"revenue": 0.0, "missing": tuple(s for s in shops if not there[s].result())}
    report["n"] = len(shops) - len(report["missing"])
    for shop in shops:
        if shop in report["missing"]:
            continue
        orders = pull_orders(shop, "2026-03-02", url)
        while orders:
            batch, orders = orders[:batch_size], orders[batch_size:]
            report["revenue"] += batch_revenue.submit(batch).result()
    if not report["n"]:
        raise ValueError("no shop is available: " + str(shops))
    return report
""",
        _BATCH.replace("@task", "@task(name='Revenue', task_run_name='a batch', retries=1)")
        + """
@task
def total(numbers):
    return round(sum(numbers), 2)


@flow
def one_shop(shop, batch_size, url):
    if not is_available(shop, url):
        return None
    return total([batch_revenue(b) for b in in_batches(pull_orders(shop, MONDAY, url), batch_size)])


@flow
def revenue_report(shops, batch_size, url):
    found = {shop: one_shop(shop, batch_size, url) for shop in shops}
    if all(number is None for number in found.values()):
        raise RuntimeError("no shop is available")
    return {
        "missing": [shop for shop, number in found.items() if number is None],
        "revenue": sum(number for number in found.values() if number is not None),
    }
""",
        """
@task
async def batch_revenue(orders):
    return sum(order["quantity"] * order["unit_price"] for order in orders)


@flow
async def revenue_report(shops, batch_size, url):
    available, missing = [], []
    for shop in shops:
        (available if is_available(shop, url) else missing).append(shop)
    assert available, "no shop is available"
    batches = [b for s in available for b in in_batches(pull_orders(s, MONDAY, url), batch_size)]
    numbers = await asyncio.gather(*[batch_revenue(batch) for batch in batches])
    return dict(revenue=sum(numbers), missing=missing)
""",
    ],
    "02.3": [
        """
@flow
def one_day(shop: str, day: date, url: str) -> int:
    return len(pull_orders(shop, day, url))


@flow
def week(shop, days, url):
    total = 0
    for day in days:
        if day.isoweekday() == 7:
            continue
        total += one_day.with_options(flow_run_name=f"{shop} on {day}")(shop, day, url)
    return total
""",
        """
from prefect.runtime import flow_run


def name_of_the_run():
    return "{shop} on {day}".format(**flow_run.parameters)


@task
def count(orders):
    return len(orders)


@flow(name="One day", flow_run_name=name_of_the_run, log_prints=True)
def one_day(shop: str, day: date, url: str) -> int:
    number = count(pull_orders(shop, day, url))
    print(number)
    return number


@task
def add(numbers):
    return sum(numbers)


@flow
def week(shop: str, days: list[date], url: str) -> int:
    return add([one_day(url=url, day=day, shop=shop) for day in days if day.strftime("%a") != "Sun"])
""",
        """
@flow(flow_run_name="{shop} on {day}")
async def one_day(shop: str, day: date, url: str) -> int:
    return len(pull_orders(shop, day, url))


@flow
async def week(shop: str, days: list[date], url: str) -> int:
    working = [day for day in days if day.weekday() < 6]
    return sum(await asyncio.gather(*[one_day(shop, day, url) for day in working]))
""",
        """
@flow(flow_run_name="{shop} on {day:%Y-%m-%d}")
def one_day(shop: str, day: date, url: str) -> int:
    return len(httpx.get(f"{url}/orders/{shop}", params={"day": str(day)}).json())


@flow
def some_days(shop: str, days: list[date], url: str) -> int:
    states = [one_day(shop, day, url, return_state=True) for day in days]
    return sum(state.result() for state in states)


@flow
def week(shop: str, days: list[date], url: str) -> int:
    return some_days(shop, [day for day in days if day.isoweekday() in range(1, 7)], url)
""",
    ],
}
"""Answers in other styles than the solutions."""
