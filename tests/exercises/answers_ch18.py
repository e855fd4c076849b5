"""Wrong answers to the exercises of chapter 18, and right ones that differ from the solution."""

from tests.exercises.answers import Wrong

_IMPORTS = """
import asyncio
import json
import sqlite3
import time
from contextlib import closing
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

from course_lib.chapters.ch18.rehearsal import Pipeline
import httpx
from prefect import State, flow, get_run_logger, runtime, task
from prefect.futures import wait
from prefect.schedules import Cron, Interval, RRule
from prefect.states import Completed, Failed
from prefect.tasks import exponential_backoff

SHOPS = ["north", "east", "south", "west"]
SHANGHAI = ZoneInfo("Asia/Shanghai")


def asked_wait(response):
    asked = response.headers.get("Retry-After", "")
    if asked.isdecimal():
        return float(asked)
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
    except ValueError:
        return 0.1
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
_POLITE = "    if response.status_code == 429:\n        time.sleep({})\n"
_ASKED = _POLITE.format("asked_wait(response)")
_FLOAT = "float(response.headers.get('Retry-After', 0.1))"
_READ = "    orders = response.raise_for_status().json()\n"
_WARN = (
    "    for order in orders:\n        if order.get('quantity', 0) < 1:\n"
    "            get_run_logger().warning('left out: %s', order['order_id'])\n"
)
_SKIP = (
    "    if not orders:\n"
    "        return Completed(name='Skipped', message=f'{shop} was closed on {day}')\n"
)
_SHAKY = "a 503, half a JSON text and a broken line"
_GOOD = "    return [order for order in orders if order.get('quantity', 0) > 0]\n"


def _pull(
    *settings: str,
    get: str = _GET,
    polite: str = _ASKED,
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
_MISSING = "    if missing:\n        return Failed(message=f'missing: {missing}')\n"
_CLOSED = "    if not pulled:\n        return Completed(name='Skipped', message='all closed')\n"
_ENDING = _MISSING + _CLOSED


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
            "asks for the day that shops report on by default",
            "what the task returned then",
            _pull(get="    response = httpx.get(f'{url}/orders/{shop}', timeout=5)\n"),
            ignores="one-day",
        ),
        Wrong(
            "takes a 503 for permanent",
            _SHAKY,
            _pull().replace(" 503,", ""),
            ignores="a-503",
        ),
        Wrong(
            "takes a 429 for permanent",
            "a 429 with a Retry-After of 3 seconds",
            _pull().replace("{429, 500", "{500"),
            ignores="a-429",
        ),
        Wrong(
            "takes broken JSON for permanent",
            _SHAKY,
            _pull().replace("(httpx.TransportError, json.JSONDecodeError)", "httpx.TransportError"),
            ignores="cut-json",
        ),
        Wrong(
            "takes a broken line for permanent",
            _SHAKY,
            _pull().replace("(httpx.TransportError, json.JSONDecodeError)", "json.JSONDecodeError"),
            ignores="broken-line",
        ),
        Wrong(
            "takes only a refused connection for temporary",
            _SHAKY,
            _pull().replace("httpx.TransportError", "httpx.ConnectError"),
        ),
        Wrong("has no retries", _SHAKY, _pull(_NAMED)),
        Wrong(
            "has five retries",
            "a 503 that doesn't go away",
            _pull(_NAMED, "retries=5", _DELAYS, _CONDITION),
            ignores="three-times",
        ),
        Wrong(
            "tries again in a loop of its own",
            _SHAKY,
            _pull(
                _NAMED,
                get="    params = {'day': day.isoformat()}\n    for attempt in range(4):\n"
                "        try:\n"
                "            response = httpx.get(f'{url}/orders/{shop}', params=params)\n"
                "            if response.status_code == 429:\n"
                "                time.sleep(asked_wait(response))\n"
                "            orders = response.raise_for_status().json()\n            break\n"
                "        except Exception as error:\n"
                "            if attempt == 3 or not is_temporary(error):\n                raise\n"
                "            time.sleep(0.1)\n",
                polite="",
                read="",
            ),
            ignores="prefects-attempts",
        ),
        Wrong(
            "waits for the 429 and asks again itself",
            "a 429 with a Retry-After of 3 seconds",
            _pull(polite=_ASKED + "        return pull.fn(shop, day, url)\n"),
        ),
        Wrong(
            "doesn't read Retry-After",
            "a 429 with a Retry-After of 3 seconds: the next request",
            _pull(polite=""),
            ignores="peace",
        ),
        Wrong(
            "has a long delay in place of reading Retry-After",
            "two 429 with a Retry-After of 0",
            _pull(_NAMED, _RETRIES, "retry_delay_seconds=3.2", _CONDITION, polite=""),
        ),
        Wrong(
            "waits a second after each 429",
            "a 429 with a Retry-After of 3 seconds: the next request",
            _pull(polite=_POLITE.format("1")),
        ),
        Wrong(
            "takes a date for no number, and doesn't wait",
            "a 429 with a date",
            _pull(
                polite="    if response.status_code == 429:\n"
                "        asked = response.headers.get('Retry-After', '0')\n"
                "        time.sleep(float(asked) if asked.isdecimal() else 0)\n"
            ),
            ignores="until-a-date",
        ),
        Wrong("can't read a date", "a 429 with a date", _pull(polite=_POLITE.format(_FLOAT))),
        Wrong(
            "takes the header for granted",
            "a 429 without Retry-After",
            _pull(
                polite="    if response.status_code == 429:\n"
                "        response.headers['Retry-After']\n"
                "        time.sleep(asked_wait(response))\n"
            ),
            ignores="no-header",
        ),
        Wrong(
            "tries a 404 again, too",
            "a 404",
            _pull().replace("{429,", "{404, 429,"),
            ignores="asked-once",
        ),
        Wrong(
            "tries all that has an error status again, but a 404",
            "a 404",
            _pull().replace("in {429, 500, 502, 503, 504}", "!= 404"),
        ),
        Wrong(
            "takes a 404 for a closed shop",
            "a 404",
            _pull(
                read="    if response.status_code == 404:\n"
                "        return Completed(name='Skipped', message='no such shop')\n" + _READ
            ),
            ignores="missing-fails",
        ),
        Wrong(
            "keeps what has no quantity",
            "what the task returned of a shop",
            _pull(good="    return [each for each in orders if each.get('quantity', 1) > 0]\n"),
            ignores="without-quantity",
        ),
        Wrong(
            "keeps a quantity of 0",
            "what the task returned of a shop",
            _pull(good="    return [each for each in orders if each.get('quantity', -1) >= 0]\n"),
            ignores="below-one",
        ),
        Wrong(
            "leaves out single pieces",
            "what the task returned then",
            _pull(good="    return [each for each in orders if each.get('quantity', 0) > 1]\n"),
        ),
        Wrong(
            "leaves records out without a word",
            "records that a WARNING",
            _pull(warn=""),
            ignores="warned",
        ),
        Wrong(
            "warns of how many, not of which",
            "records that a WARNING",
            _pull(warn="    get_run_logger().warning('4 orders left out')\n"),
        ),
        Wrong(
            "logs it as INFO",
            "records that a WARNING",
            _pull(warn=_WARN.replace(".warning", ".info")),
        ),
        Wrong(
            "warns of each order",
            "records that a WARNING",
            _pull(warn=_WARN.replace("if order.get('quantity', 0) < 1", "if order")),
        ),
        Wrong(
            "skips a shop that has no good order",
            "a shop that was closed",
            _pull(
                skip="    if not [each for each in orders if each.get('quantity', 0) > 0]:\n"
                "        return Completed(name='Skipped', message='closed')\n"
            ),
        ),
        Wrong(
            "returns an empty list",
            "a shop that was closed",
            _pull(skip=""),
            ignores="skipped",
        ),
        Wrong(
            "knows that Sunday is closed, and asks nobody",
            "a shop that was closed",
            _pull(skip=_SKIP.replace("not orders", "day.isoweekday() == 7")),
        ),
        Wrong(
            "adds what each order comes to",
            "what the task returned then",
            _pull(
                good="    good = [order for order in orders if order.get('quantity', 0) > 0]\n"
                "    return [each | {'revenue': each['quantity'] * each['unit_price']} for each in good]\n"
            ),
            ignores="as-sent",
        ),
        Wrong(
            "has Prefect's own names",
            "names of the task runs",
            _pull(_RETRIES, _DELAYS, _CONDITION),
        ),
    ],
    "18.2": [
        Wrong(
            "has no key",
            "rows after that Monday was run again",
            _load(table=_TABLE.replace(" PRIMARY KEY", ""), insert="INSERT"),
            ignores="done-again",
        ),
        Wrong(
            "has a key and a plain INSERT",
            "how that run ends",
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
            "marks a day as done before it is",
            "rows after Tuesday was done again",
            _load(
                body="    with closing(sqlite3.connect(database)) as db, db:\n"
                "        db.execute('CREATE TABLE IF NOT EXISTS done (day PRIMARY KEY)')\n"
                "        if db.execute('SELECT * FROM done WHERE day = ?', [str(day)]).fetchone():\n"
                "            return Completed(message='done before')\n"
                "        db.execute('INSERT INTO done VALUES (?)', [str(day)])\n"
                + _BY_SHOP
                + "    if missing:\n"
                "        with closing(sqlite3.connect(database)) as db, db:\n"
                "            db.execute('DELETE FROM done WHERE day = ?', [str(day)])\n"
            ),
            ignores="cut-off",
        ),
        Wrong(
            "deletes the day before it pulls",
            "rows after that Monday was run again",
            _load(
                body="    with closing(sqlite3.connect(database)) as db, db:\n"
                f"        db.executescript({_TABLE!r})\n"
                "        db.execute('DELETE FROM orders WHERE day = ?', [str(day)])\n" + _BY_SHOP
            ),
            ignores="kept",
        ),
        Wrong(
            "empties the table first",
            "rows after that Monday was run again",
            _load(
                body="    with closing(sqlite3.connect(database)) as db, db:\n"
                "        db.execute('DROP TABLE IF EXISTS orders')\n" + _BY_SHOP
            ),
        ),
        Wrong(
            "stores nothing if a shop fails",
            "rows after Wednesday, when two shops",
            _load(
                body="    states = {shop: pull(shop, day, url, return_state=True) for shop in SHOPS}\n"
                "    missing = [shop for shop, each in states.items() if not each.is_completed()]\n"
                "    pulled = [each.result() for each in states.values() if each.name == 'Completed']\n"
                "    if not missing:\n        store(list(chain(*pulled)), database)\n"
            ),
            ignores="others-stored",
        ),
        Wrong(
            "leaves a missing shop unsaid",
            "how that run ends",
            _load(
                ending="    if not pulled:\n"
                "        return Completed(name='Skipped', message='all closed')\n"
            ),
        ),
        Wrong(
            "ends as Completed with the names of the missing",
            "how that run ends",
            _load(ending=_ENDING.replace("Failed(", "Completed(")),
            ignores="failed",
        ),
        Wrong(
            "takes a day for closed on which a shop failed",
            "how a day ends on which one shop",
            _load(ending=_CLOSED + _MISSING),
        ),
        Wrong(
            "fails without a name",
            "how that run ends",
            _load(ending=_ENDING.replace("f'missing: {missing}'", "'not complete'")),
            ignores="who-is-missing",
        ),
        Wrong(
            "names the first that is missing",
            "how Wednesday's flow run ends",
            _load(ending=_ENDING.replace("{missing}", "{missing[0]}")),
        ),
        Wrong(
            "names all shops, whoever fails",
            "how that run ends",
            _load(ending=_ENDING.replace("{missing}", "one of {SHOPS}")),
        ),
        Wrong(
            "asks the shops itself",
            "task runs that are named after a shop",
            _load(
                body="    missing, pulled = [], 0\n    for shop in SHOPS:\n"
                "        params = {'day': day.isoformat()}\n"
                "        response = httpx.get(f'{url}/orders/{shop}', params=params, timeout=5)\n"
                "        try:\n            orders = response.raise_for_status().json()\n"
                "        except httpx.HTTPError:\n            missing.append(shop)\n"
                "            continue\n"
                "        store([each for each in orders if each.get('quantity', 0) > 0], database)\n"
                "        pulled += bool(orders)\n"
            ),
            ignores="by-pull",
        ),
        Wrong(
            "ends a Sunday like any day",
            "a Friday on which all are closed",
            _load(ending=_MISSING),
            ignores="skipped",
        ),
        Wrong(
            "knows that Sunday is closed",
            "a Friday on which all are closed",
            _load(ending=_ENDING.replace("not pulled", "day.isoweekday() == 7")),
        ),
        Wrong(
            "loads the day before",
            "rows after a Monday",
            _load(body="    day -= timedelta(days=1)\n" + _BY_SHOP),
            ignores="one-day",
        ),
        Wrong(
            "forgets the last shop",
            "after",
            _load(body=_BY_SHOP.replace("in SHOPS:", "in SHOPS[:3]:")),
        ),
        Wrong(
            "asks the last shop and doesn't store it",
            "rows after",
            _load(body=_BY_SHOP.replace("store(state", "shop != SHOPS[-1] and store(state")),
            ignores="four-shops",
        ),
        Wrong(
            "stores nothing",
            "rows after a Monday",
            _load(body=_BY_SHOP.replace("store(state.result(), database)", "state.result()")),
            ignores="stores",
        ),
        Wrong(
            "has a column of its own name",
            "rows after a Monday",
            _load(
                table=_TABLE.replace("unit_price", "price"),
                view=_VIEW.replace("unit_price", "price"),
            ),
            ignores="columns",
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
            ignores="totals",
        ),
        Wrong(
            "can't be stopped",
            "Tuesday's run is cut off in the middle",
            _load(
                body="    missing, pulled = [], 0\n    for shop in SHOPS:\n        try:\n"
                "            state = pull(shop, day, url, return_state=True)\n"
                "            if state.name == 'Completed':\n"
                "                store(state.result(), database)\n                pulled += 1\n"
                "            elif not state.is_completed():\n                missing.append(shop)\n"
                "        except BaseException:\n            missing.append(shop)\n"
            ),
        ),
    ],
    "18.3": [
        Wrong(
            "leaves out the time zone",
            "schedule: when the runs of a week are planned",
            _weekly(schedule="Cron('0 8 * * *')"),
            ignores="when",
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
            "takes a zone that has the hour in winter alone",
            "schedule: when the runs of a week are planned",
            _weekly(schedule="Cron('0 1 * * *', timezone='Europe/Berlin')"),
        ),
        Wrong(
            "takes the date in UTC",
            "planned for Thursday 02:30",
            _weekly(yesterday=_YESTERDAY.replace(".astimezone(SHANGHAI)", "")),
            ignores="calendar-of-shanghai",
        ),
        Wrong(
            "takes a day from the time, which loses its zone",
            "planned for Thursday 02:30",
            _weekly(
                yesterday=_YESTERDAY.replace(".date() - timedelta(days=1)", "").replace(
                    ".astimezone(SHANGHAI)\n    return planned",
                    ".astimezone(SHANGHAI)\n    return (planned - timedelta(days=1)).date()",
                )
            ),
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
            ignores="as-planned",
        ),
        Wrong(
            "takes the day of the run itself",
            "data: rows by day and shop",
            _weekly(yesterday=_YESTERDAY.replace(" - timedelta(days=1)", "")),
            ignores="day-before",
        ),
        Wrong(
            "doesn't listen to the day that it is given",
            "data: days of which something is stored",
            _weekly(call=_CALL.replace("day or ", "")),
            ignores="given-day",
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
            polite=_ASKED.replace("time.sleep", "await asyncio.sleep"),
        ),
        # One line for all that is left out, and a delay that Prefect varies.
        _pull(
            _NAMED,
            _RETRIES,
            _DELAYS,
            "retry_jitter_factor=0.5",
            _CONDITION,
            warn="    if flawed := [o['order_id'] for o in orders if o.get('quantity', 0) < 1]:\n"
            "        get_run_logger().warning('left out: %s', ', '.join(flawed))\n",
        ),
        # A state that is returned for a raised error, and a condition that says what is final.
        "class Final(Exception):\n    pass\n\n\n"
        + _pull(
            _NAMED,
            _RETRIES,
            _DELAYS,
            "retry_condition_fn=lambda task, run, state: state.name != 'Failed' or state.message != 'gone'",
            read="    if response.is_client_error and response.status_code != 429:\n"
            "        return Failed(message='gone')\n" + _READ,
        ),
        # The request in a task of its own would hide the attempts; a function doesn't.
        "def ask(shop, day, url):\n"
        "    with httpx.Client(base_url=url, timeout=5) as client:\n"
        "        return client.get(f'/orders/{shop}?day={day}')\n\n\n"
        + _pull(
            _NAMED,
            _RETRIES,
            "retry_delay_seconds=exponential_backoff(0.1)",
            _CONDITION,
            get="    response = ask(shop, day, url)\n",
            polite="    if response.is_error:\n"
            "        time.sleep(asked_wait(response) if response.status_code == 429 else 0)\n",
            good="    flawed = [order for order in orders if order.get('quantity', 0) < 1]\n"
            "    return [order for order in orders if order not in flawed]\n",
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
        # A mark for each day that is done: it isn't asked for again.
        _load(
            body="    with closing(sqlite3.connect(database)) as db, db:\n"
            "        db.execute('CREATE TABLE IF NOT EXISTS done (day PRIMARY KEY)')\n"
            "        if db.execute('SELECT * FROM done WHERE day = ?', [str(day)]).fetchone():\n"
            "            return None\n" + _BY_SHOP + "    if not missing:\n"
            "        with closing(sqlite3.connect(database)) as db, db:\n"
            "            db.execute('INSERT INTO done VALUES (?)', [str(day)])\n"
        ),
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
        # The eight hours added by hand, and a zone with the same clock.
        _weekly(
            yesterday="def yesterday():\n"
            "    shanghai = runtime.flow_run.scheduled_start_time + timedelta(hours=8)\n"
            "    return shanghai.date() - timedelta(days=1)\n\n\n",
            schedule="Cron('0 8 * * *', timezone='Asia/Singapore')",
        ),
        # The hour in UTC, a rule of calendars, and the day in a line of the flow.
        _weekly(
            yesterday="",
            call="    if day is None:\n        now = runtime.flow_run.scheduled_start_time\n"
            "        day = now.astimezone(ZoneInfo('Asia/Shanghai')).date() - timedelta(1)\n"
            "    return load_day.fn(day, url=url, database=database)\n\n\n",
            schedule="RRule('FREQ=DAILY;BYHOUR=0;BYMINUTE=0;BYSECOND=0', timezone='UTC')",
        ),
        # What the flow's context says of the run.
        "from prefect.context import get_run_context\n"
        + _weekly(
            yesterday="def yesterday():\n"
            "    planned = get_run_context().flow_run.expected_start_time\n"
            "    return date.fromordinal(planned.astimezone(SHANGHAI).toordinal() - 1)\n\n\n",
            flow="@flow(name='every-morning')",
            schedule="Cron('00 08 * * 0-6', timezone='Asia/Shanghai')",
        ),
    ],
}
