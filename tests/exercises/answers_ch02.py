"""Wrong answers to the exercises of chapter 02: flows."""

from tests.exercises.answers import Wrong

PRELUDE = """
from datetime import date, datetime
from typing import Annotated, Literal

import httpx
from prefect import flow, task
from prefect.states import Failed
from pydantic import BaseModel, Field, PositiveInt, validate_call

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

_SHOP = "Literal['north', 'east', 'south', 'west']"
_COUNT = "    return sum(o['quantity'] >= least for o in pull_orders(shop, day, url))"

_BATCH = """
@task
def batch_revenue(orders: list[dict]) -> float:
    return sum(order["quantity"] * order["unit_price"] for order in orders)

"""
_HEAD = "@flow\ndef revenue_report(shops, batch_size, url):\n"
_KEEP = "    available = [s for s in shops if is_available(s, url)]\n"
_RAISE = "    if not available:\n        raise LookupError('no shop is available')\n"
_GONE = "'missing': [s for s in shops if s not in available]}"

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
            "when shop is 'nort'",
            f"@flow\ndef big_orders(shop: str, day: date, least: PositiveInt, url: str):\n{_COUNT}",
        ),
        Wrong(
            "leaves the day a str",
            "requests to the shop when day is '2026-02-30'",
            f"@flow\ndef big_orders(shop: {_SHOP}, day: str, least: PositiveInt, url: str):\n"
            + _COUNT,
        ),
        Wrong(
            "allows a least of 0",
            "requests to the shop when least is '0'",
            f"@flow\ndef big_orders(shop: {_SHOP}, day: date, least: int, url: str):\n{_COUNT}",
        ),
        Wrong(
            "takes a pattern for a date",
            "when day is '2026-02-30'",
            f"@flow\ndef big_orders(shop: {_SHOP},"
            r" day: Annotated[str, Field(pattern=r'^\d{4}-\d{2}-\d{2}$')], least: PositiveInt,"
            f" url: str):\n{_COUNT}",
        ),
        Wrong(
            "writes the rule in the place of the default",
            "requests to the shop when least is '0'",
            f"@flow\ndef big_orders(shop: {_SHOP}, day: date, least: int = Field(ge=1),"
            f" url: str = ''):\n{_COUNT}",
        ),
        Wrong(
            "looks at the values in the body",
            "states of the run when shop is 'nort'",
            "@flow\ndef big_orders(shop: str, day: str, least: int, url: str):\n"
            "    date.fromisoformat(day)\n"
            "    if shop not in SHOPS or least < 1:\n        raise ValueError('no')\n" + _COUNT,
        ),
        Wrong(
            "checks nothing at all",
            "it runs to its end",
            f"@flow(validate_parameters=False)\ndef big_orders(shop: {_SHOP}, day: date,"
            f" least: PositiveInt, url: str):\n{_COUNT}",
        ),
        Wrong(
            "takes a moment for a day",
            "it runs to its end",
            f"@flow\ndef big_orders(shop: {_SHOP}, day: datetime, least: PositiveInt, url: str):\n"
            + _COUNT,
        ),
        Wrong(
            "takes all arguments in one model",
            "can be called",
            "class Wish(BaseModel):\n    shop: str\n    day: date\n"
            "@flow\ndef big_orders(wish: Wish):\n    return 0",
        ),
        Wrong(
            "adds pieces instead of counting orders",
            "what the flow returned",
            f"@flow\ndef big_orders(shop: {_SHOP}, day: date, least: PositiveInt, url: str):\n"
            "    orders = pull_orders(shop, day, url)\n"
            "    return sum(o['quantity'] for o in orders if o['quantity'] >= least)",
        ),
        Wrong(
            "forgets the day",
            "what the server was asked for",
            f"@flow\ndef big_orders(shop: {_SHOP}, day: date, least: PositiveInt, url: str):\n"
            "    orders = httpx.get(f'{url}/orders/{shop}').json()\n"
            "    return sum(o['quantity'] >= least for o in orders)",
        ),
    ],
    "02.2": [
        Wrong(
            "pulls from closed shops as well",
            "it runs to its end",
            _BATCH + _HEAD + "    revenue = 0.0\n    for shop in shops:\n"
            "        for batch in in_batches(pull_orders(shop, MONDAY, url), batch_size):\n"
            "            revenue += batch_revenue(batch)\n"
            "    return {'revenue': revenue, 'missing': []}",
        ),
        Wrong(
            "takes each shop's orders for one batch",
            "runs of batch_revenue",
            _BATCH + _HEAD + _KEEP + _RAISE + "    return {'revenue': sum(batch_revenue("
            "pull_orders(s, MONDAY, url)) for s in available), " + _GONE,
        ),
        Wrong(
            "loses the last, shorter batch",
            "runs of batch_revenue",
            _BATCH + _HEAD + _KEEP + _RAISE + "    revenue = 0.0\n    for shop in available:\n"
            "        orders = pull_orders(shop, MONDAY, url)\n"
            "        for n in range(len(orders) // batch_size):\n"
            "            revenue += batch_revenue(orders[n * batch_size:(n + 1) * batch_size])\n"
            "    return {'revenue': revenue, " + _GONE,
        ),
        Wrong(
            "calls the plain function behind the task",
            "runs of batch_revenue",
            _BATCH + _HEAD + _KEEP + _RAISE + "    return {'revenue': sum(batch_revenue.fn(b)"
            " for s in available for b in in_batches(pull_orders(s, MONDAY, url), batch_size)), "
            + _GONE,
        ),
        Wrong(
            "mixes up missing and available",
            "the missing shops",
            _BATCH + _HEAD + _KEEP + _RAISE + "    return {'revenue': sum(batch_revenue(b)"
            " for s in available for b in in_batches(pull_orders(s, MONDAY, url), batch_size)),"
            " 'missing': available}",
        ),
        Wrong(
            "keeps the last batch's revenue only",
            "the revenue",
            _BATCH + _HEAD + _KEEP + _RAISE + "    revenue = 0.0\n    for shop in available:\n"
            "        for batch in in_batches(pull_orders(shop, MONDAY, url), batch_size):\n"
            "            revenue = batch_revenue(batch)\n"
            "    return {'revenue': revenue, " + _GONE,
        ),
        Wrong(
            "lets an empty morning through",
            "how the run ends when no shop is available",
            _BATCH + _HEAD + _KEEP + "    return {'revenue': sum(batch_revenue(b)"
            " for s in available for b in in_batches(pull_orders(s, MONDAY, url), batch_size)), "
            + _GONE,
        ),
        Wrong(
            "returns None on an empty morning",
            "how the run ends when no shop is available",
            _BATCH + _HEAD + _KEEP + "    if not available:\n"
            "        print('no shop is available')\n        return None\n"
            "    return {'revenue': sum(batch_revenue(b)"
            " for s in available for b in in_batches(pull_orders(s, MONDAY, url), batch_size)), "
            + _GONE,
        ),
        Wrong(
            "fails by accident on an empty morning",
            "the message of that run",
            _BATCH + _HEAD + _KEEP + "    first = available[0]\n"
            "    return {'revenue': sum(batch_revenue(b)"
            " for s in available for b in in_batches(pull_orders(s, MONDAY, url), batch_size)), "
            + _GONE,
        ),
        Wrong(
            "fails as soon as one shop is closed",
            "it runs to its end",
            _BATCH + _HEAD + _KEEP + "    if len(available) < len(shops):\n"
            "        raise LookupError('no shop is available')\n"
            "    return {'revenue': sum(batch_revenue(b)"
            " for s in available for b in in_batches(pull_orders(s, MONDAY, url), batch_size)), "
            + _GONE,
        ),
        Wrong(
            "returns the number alone",
            "what the flow returned",
            _BATCH + _HEAD + _KEEP + _RAISE + "    return sum(batch_revenue(b)"
            " for s in available for b in in_batches(pull_orders(s, MONDAY, url), batch_size))",
        ),
    ],
    "02.3": [
        Wrong(
            "leaves one_day a plain function",
            "flow runs inside",
            _ONE.replace('@flow(flow_run_name="{shop} on {day}")', "") + _WEEK + _SUM,
        ),
        Wrong(
            "makes one_day a task",
            "flow runs inside",
            _ONE.replace("flow(flow", "task(task") + _WEEK + _SUM,
        ),
        Wrong(
            "calls .fn", "flow runs inside", _ONE + _WEEK + _SUM.replace("one_day", "one_day.fn")
        ),
        Wrong(
            "runs Sunday, too",
            "flow runs inside",
            _ONE + _WEEK + "    return sum(one_day(shop, d, url) for d in days)",
        ),
        Wrong(
            "takes Saturday for Sunday",
            "their names",
            _ONE + _WEEK + _SUM.replace("isoweekday() != 7", "weekday() != 5"),
        ),
        Wrong(
            "leaves the names to chance",
            "their names",
            _ONE.replace('(flow_run_name="{shop} on {day}")', "") + _WEEK + _SUM,
        ),
        Wrong(
            "names the flow instead of its runs",
            "their names",
            _ONE.replace("flow_run_name", "name") + _WEEK + _SUM,
        ),
        Wrong(
            "names the outer flow's run",
            "their names",
            _ONE.replace('(flow_run_name="{shop} on {day}")', "")
            + _WEEK.replace("@flow", "@flow(flow_run_name='{shop} on {days}')")
            + _SUM,
        ),
        Wrong(
            "pulls without the task",
            "task runs in each",
            _ONE.replace("pull_orders(", "pull_orders.fn(") + _WEEK + _SUM,
        ),
        Wrong(
            "returns a list of numbers",
            "what the flow returned",
            _ONE
            + _WEEK
            + "    return [one_day(shop, d, url) for d in days if d.isoweekday() != 7]",
        ),
        Wrong("leaves the work out", "flow runs inside", _ONE + _WEEK + "    return 144"),
    ],
}
