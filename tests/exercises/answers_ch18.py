"""Wrong answers to the exercises of chapter 18, and right ones that differ from the solution."""

from tests.exercises.answers import Wrong

_IMPORTS = """
import asyncio
import json
import sqlite3
import time
from contextlib import closing
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

from course_lib.chapters.ch18.rehearsal import Pipeline
import httpx
from prefect import State, flow, get_run_logger, runtime, task
from prefect.futures import wait
from prefect.schedules import Cron, Interval
from prefect.states import Completed, Failed
from prefect.tasks import exponential_backoff

SHOPS = ["north", "east", "south", "west"]
SHANGHAI = ZoneInfo("Asia/Shanghai")
"""

# --- 18.1, in parts -------------------------------------------------------------------------

_TEMPORARY = """
def is_temporary(error):
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in {429, 500, 502, 503, 504}
    return isinstance(error, (httpx.TransportError, json.JSONDecodeError))


def only_temporary(task, task_run, state):
    return is_temporary(state.data)


"""
_NAMED, _DELAYS = "task_run_name='pull {shop}'", "retry_delay_seconds=0.1"
_RETRIES, _CONDITION = "retries=3", "retry_condition_fn=only_temporary"
_GET = (
    "    params = {'day': day.isoformat()}\n"
    "    response = httpx.get(f'{url}/orders/{shop}', params=params, timeout=5)\n"
)
_POLITE = "    if response.status_code == 429:\n        time.sleep(float(response.headers['Retry-After']))\n"
_READ = "    orders = response.raise_for_status().json()\n"
_WARN = (
    "    for order in orders:\n        if order.get('quantity', 0) < 1:\n"
    "            get_run_logger().warning('left out: %s', order['order_id'])\n"
)
_SKIP = (
    "    if not orders:\n"
    "        return Completed(name='Skipped', message=f'{shop} was closed on {day}')\n"
)
_GOOD = "    return [order for order in orders if order.get('quantity', 0) > 0]\n"


def _pull(
    *settings: str,
    get: str = _GET,
    polite: str = _POLITE,
    read: str = _READ,
    warn: str = _WARN,
    skip: str = _SKIP,
    good: str = _GOOD,
    kind: str = "def",
) -> str:
    settings = settings or (_NAMED, _RETRIES, _DELAYS, _CONDITION)
    head = f"@task({', '.join(settings)})\n{kind} pull(shop: str, day: date, url: str):\n"
    return _TEMPORARY + head + get + polite + read + warn + skip + good + "\n\n"


# --- 18.2, in parts -------------------------------------------------------------------------

_TABLE = (
    "CREATE TABLE IF NOT EXISTS orders (order_id PRIMARY KEY, shop, day, product, quantity, "
    "unit_price);"
)
_VIEW = (
    "CREATE VIEW IF NOT EXISTS totals AS SELECT day, shop, count(*) AS orders, "
    "sum(quantity * unit_price) AS revenue FROM orders GROUP BY day, shop;"
)
_VALUES = "INTO orders VALUES (:order_id, :shop, :day, :product, :quantity, :unit_price)"
_BY_SHOP = (
    "    missing, pulled = [], 0\n"
    "    for shop in SHOPS:\n"
    "        state = pull(shop, day, url, return_state=True)\n"
    "        if state.name == 'Completed':\n"
    "            store(state.result(), database)\n            pulled += 1\n"
    "        elif not state.is_completed():\n            missing.append(shop)\n"
)
_ENDING = (
    "    if missing:\n        return Failed(message=f'missing: {missing}')\n"
    "    if not pulled:\n        return Completed(name='Skipped', message='all closed')\n"
)


def _load(
    table: str = _TABLE,
    view: str = _VIEW,
    insert: str = "INSERT OR REPLACE",
    body: str = _BY_SHOP,
    ending: str = _ENDING,
    extra: str = "",
) -> str:
    return (
        "@task\ndef store(orders, database):\n"
        "    with closing(sqlite3.connect(database)) as db, db:\n"
        f"        db.executescript({table + view!r})\n"
        f"        db.executemany({f'{insert} {_VALUES}'!r}, orders)\n"
        f"{extra}\n\n"
        "@flow\ndef load_day(day: date, url: str, database: Path):\n" + body + ending + "\n\n"
    )


PRELUDE = _IMPORTS + _pull() + _load()

# --- 18.3, in parts -------------------------------------------------------------------------

_YESTERDAY = (
    "def yesterday():\n"
    "    planned = runtime.flow_run.scheduled_start_time.astimezone(SHANGHAI)\n"
    "    return planned.date() - timedelta(days=1)\n\n\n"
)
_CALL = "    return load_day.fn(day or yesterday(), url, database)\n\n\n"
_CRON = "Cron('0 8 * * *', timezone='Asia/Shanghai')"


def _weekly(
    yesterday: str = _YESTERDAY, call: str = _CALL, schedule: str = _CRON, flow: str = "@flow"
) -> str:
    return (
        f"{yesterday}{flow}\n"
        "def daily_orders(url: str, database: Path, day: date | None = None):\n"
        f"{call}pipeline = Pipeline(daily_orders, schedule={schedule})\n"
    )


WRONG: dict[str, list[Wrong]] = {
    "18.1": [
        Wrong(
            "raises, and never tries again",
            "north answers 503, then half a JSON text",
            _pull(_NAMED),
        ),
        Wrong(
            "tries again in a loop of its own",
            "north answers 503, then half a JSON text",
            _pull(
                _NAMED,
                read="    for _ in range(3):\n        try:\n"
                "            orders = response.raise_for_status().json()\n            break\n"
                "        except Exception:\n"
                "            response = httpx.get(f'{url}/orders/{shop}', params=params)\n"
                "    orders = response.raise_for_status().json()\n",
            ),
        ),
        Wrong(
            "takes broken JSON for permanent",
            "north answers 503, then half a JSON text",
            _pull().replace("(httpx.TransportError, json.JSONDecodeError)", "httpx.TransportError"),
        ),
        Wrong(
            "has Prefect's own names",
            "names of the task runs",
            _pull(_RETRIES, _DELAYS, _CONDITION),
        ),
        Wrong(
            "doesn't read Retry-After",
            "peace (Retry-After)",
            _pull(polite=""),
        ),
        Wrong(
            "takes a 429 for permanent",
            "east answers 429 at first",
            _pull().replace("{429, 500", "{500"),
        ),
        Wrong(
            "waits for the 429 and asks again itself",
            "east answers 429 at first",
            _pull(polite=_POLITE + "        return pull.fn(shop, day, url)\n"),
        ),
        Wrong(
            "stores what is flawed",
            "what the task returned for south",
            _pull(good="    return orders\n"),
        ),
        Wrong(
            "leaves out only what has no quantity",
            "what the task returned for south",
            _pull(good="    return [each for each in orders if 'quantity' in each]\n"),
        ),
        Wrong(
            "leaves records out without a word",
            "records left out that a WARNING in the log names",
            _pull(warn=""),
        ),
        Wrong(
            "warns of how many, not of which",
            "records left out that a WARNING in the log names",
            _pull(warn="    get_run_logger().warning('4 orders left out')\n"),
        ),
        Wrong(
            "tries a 404 again, too",
            "west answers 404: requests",
            _pull(_NAMED, _RETRIES, _DELAYS),
        ),
        Wrong(
            "takes a 404 for a closed shop",
            "west answers 404: how its task run ended",
            _pull(read="    if response.status_code == 404:\n        return []\n" + _READ),
        ),
        Wrong(
            "returns an empty list on Sunday",
            "north on Sunday",
            _pull(skip=""),
        ),
        Wrong(
            "forgets the day",
            "what the task returned for north",
            _pull(get="    response = httpx.get(f'{url}/orders/{shop}', timeout=5)\n"),
        ),
    ],
    "18.2": [
        Wrong(
            "has no key",
            "rows after Tuesday was done again",
            _load(table=_TABLE.replace(" PRIMARY KEY", ""), insert="INSERT"),
        ),
        Wrong(
            "has a key and a plain INSERT",
            "how the second run of Tuesday ends",
            _load(insert="INSERT"),
        ),
        Wrong(
            "takes a day with rows for done",
            "rows after Tuesday was done again",
            _load(
                body="    with closing(sqlite3.connect(database)) as db:\n"
                f"        db.executescript({_TABLE!r})\n"
                "        if db.execute('SELECT * FROM orders WHERE day = ?', [str(day)]).fetchone():\n"
                "            return Completed(message='done before')\n" + _BY_SHOP
            ),
        ),
        Wrong(
            "empties the table first",
            "rows after Tuesday was done again",
            _load(
                body="    with closing(sqlite3.connect(database)) as db, db:\n"
                "        db.execute('DROP TABLE IF EXISTS orders')\n" + _BY_SHOP
            ),
        ),
        Wrong(
            "lets the first failure end the day",
            "rows after Wednesday, when east answers 404",
            _load(
                body="    pulled, missing = 0, []\n    for shop in SHOPS:\n"
                "        orders = pull(shop, day, url)\n"
                "        if orders is not None:\n"
                "            store(orders, database)\n            pulled += 1\n"
            ),
        ),
        Wrong(
            "leaves a missing shop unsaid",
            "how Wednesday's flow run ends",
            _load(
                ending="    if not pulled:\n"
                "        return Completed(name='Skipped', message='all closed')\n"
            ),
        ),
        Wrong(
            "fails without a name",
            "how Wednesday's flow run ends",
            _load(ending=_ENDING.replace("f'missing: {missing}'", "'not complete'")),
        ),
        Wrong(
            "calls the plain function behind the task",
            "task runs that are named after a shop",
            _load(
                body="    missing, pulled = [], 0\n    for shop in SHOPS:\n"
                "        params = {'day': day.isoformat()}\n"
                "        response = httpx.get(f'{url}/orders/{shop}', params=params, timeout=5)\n"
                "        store(response.raise_for_status().json(), database)\n        pulled += 1\n"
            ),
        ),
        Wrong(
            "ends a Sunday like any day",
            "Sunday, when all are closed",
            _load(ending="    if missing:\n        return Failed(message=f'missing: {missing}')\n"),
        ),
        Wrong(
            "adds to the totals with each run",
            "totals by day and shop",
            _load(
                view="CREATE TABLE IF NOT EXISTS totals (day, shop, orders, revenue);",
                extra="        if orders:\n"
                "            revenue = sum(o['quantity'] * o['unit_price'] for o in orders)\n"
                "            row = (orders[0]['day'], orders[0]['shop'], len(orders), revenue)\n"
                "            db.execute('INSERT INTO totals VALUES (?, ?, ?, ?)', row)\n",
            ),
        ),
        Wrong(
            "can't be stopped",
            "Tuesday's run is cut off in the middle",
            _load(
                body="    missing, pulled = [], 0\n    for shop in SHOPS:\n        try:\n"
                "            orders = pull(shop, day, url)\n"
                "            if orders:\n                store(orders, database)\n"
                "            pulled += 1\n"
                "        except BaseException:\n            missing.append(shop)\n"
            ),
        ),
    ],
    "18.3": [
        Wrong(
            "leaves out the time zone",
            "schedule: when the runs of a week are planned",
            _weekly(schedule="Cron('0 8 * * *')"),
        ),
        Wrong(
            "rests on Sundays",
            "schedule: when the runs of a week are planned",
            _weekly(schedule=_CRON.replace("* * *'", "* * 1-6'")),
        ),
        Wrong(
            "gives the hour in UTC, and in Shanghai",
            "schedule: when the runs of a week are planned",
            _weekly(schedule=_CRON.replace("0 8", "0 0")),
        ),
        Wrong(
            "gives no schedule but its text",
            "what was given to check()",
            _weekly(schedule="'0 8 * * *'"),
        ),
        Wrong(
            "takes yesterday from today's date",
            "data: days of which something is stored",
            _weekly(
                yesterday="def yesterday():\n    return date.today() - timedelta(days=1)\n\n\n"
            ),
        ),
        Wrong(
            "takes the day of the run itself",
            "data: rows by day and shop",
            _weekly(yesterday=_YESTERDAY.replace(" - timedelta(days=1)", "")),
        ),
        Wrong(
            "doesn't listen to the day that it is given",
            "data: days of which something is stored",
            _weekly(call=_CALL.replace("day or ", "")),
        ),
        Wrong(
            "hands on the state of a called flow",
            "runs: how each morning ended",
            _weekly(
                call="    return load_day(day or yesterday(), url, database, return_state=True)\n\n\n"
            ),
        ),
        Wrong(
            "retries the whole flow as well",
            "runs: task runs that failed",
            _weekly(flow="@flow(retries=1)"),
        ),
    ],
}

_TOGETHER = (
    "    futures = {shop: pull.submit(shop, day, url) for shop in SHOPS}\n"
    "    wait(list(futures.values()))\n"
    "    missing = [shop for shop in SHOPS if not futures[shop].state.is_completed()]\n"
    "    pulled = [f.result() for f in futures.values() if f.state.name == 'Completed']\n"
    "    store(list(chain(*pulled)), database)\n"
)

RIGHT: dict[str, list[str]] = {
    "18.1": [
        # A list of delays, and a task of asyncio's.
        _pull(
            _NAMED,
            _RETRIES,
            "retry_delay_seconds=[0.1, 0.2, 0.4]",
            _CONDITION,
            kind="async def",
            get="    params = {'day': day.isoformat()}\n"
            "    async with httpx.AsyncClient(timeout=5) as client:\n"
            "        response = await client.get(f'{url}/orders/{shop}', params=params)\n",
            polite="    if response.status_code == 429:\n        await asyncio.sleep(1)\n",
        ),
        # A delay for all that is long enough for the one that asks for peace; one line for all.
        _pull(
            _NAMED,
            _RETRIES,
            "retry_delay_seconds=1.1",
            _CONDITION,
            polite="",
            warn="    if flawed := [o['order_id'] for o in orders if o.get('quantity', 0) < 1]:\n"
            "        get_run_logger().warning('left out: %s', ', '.join(flawed))\n",
        ),
    ],
    "18.2": [
        # All shops at once, and stored together.
        _load(body=_TOGETHER),
        # The shop's day is deleted first, and an exception tells what is missing.
        _load(
            table=_TABLE.replace(" PRIMARY KEY", ""),
            insert="INSERT",
            ending=_ENDING.replace(
                "return Failed(message=f'missing: {missing}')", "raise RuntimeError(str(missing))"
            ),
        ).replace(
            "        db.executemany",
            "        for shop, day in {(each['shop'], each['day']) for each in orders}:\n"
            "            db.execute('DELETE FROM orders WHERE shop = ? AND day = ?', (shop, day))\n"
            "        db.executemany",
        ),
        # An asynchronous flow, and totals in a table that is computed anew.
        _load(
            view="CREATE TABLE IF NOT EXISTS totals (day, shop, orders, revenue);",
            extra="        db.execute('DELETE FROM totals')\n"
            "        db.execute('INSERT INTO totals SELECT day, shop, count(*), "
            "sum(quantity * unit_price) FROM orders GROUP BY day, shop')\n",
            body=_BY_SHOP.replace("state.result()", "await state.result()"),
        ).replace("def load_day", "async def load_day"),
    ],
    "18.3": [
        # The morning's flow calls the day's, and makes its state anew; another kind of schedule.
        _weekly(
            call="    state = load_day(day or yesterday(), url, database, return_state=True)\n"
            "    if state.name == 'Skipped':\n"
            "        return Completed(name='Skipped', message=state.message)\n"
            "    return state\n\n\n",
            schedule="Interval(timedelta(days=1), timezone='Asia/Shanghai', "
            "anchor_date=datetime(2026, 1, 1, 8, tzinfo=SHANGHAI))",
        ),
    ],
}
