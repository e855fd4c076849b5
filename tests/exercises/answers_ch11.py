"""Wrong answers to the exercises of chapter 11, and right ones that differ from the solution."""

from tests.exercises.answers import Wrong

PRELUDE = """
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx
from prefect import flow, task
from prefect.states import Failed
from prefect.utilities.hashing import hash_objects
from prefect.cache_policies import DEFAULT, INPUTS, NO_CACHE, TASK_SOURCE, CacheKeyFnPolicy
from prefect.transactions import Transaction, get_transaction, transaction

SHOPS = ["north", "east", "south", "west"]


def fetch(path, url):
    response = httpx.get(f"{url}/{path}", timeout=5)
    response.raise_for_status()
    return response.json()
"""

_HOUR = "cache_expiration=timedelta(hours=1)"
_POLICY = "cache_policy=INPUTS + TASK_SOURCE - 'client'"
_BY_KEY = "cache_policy=CacheKeyFnPolicy(cache_key_fn=key)"
_RAISE = (
    "    if response.status_code {}:\n        raise ValueError(response.text)\n"
    "    return response.json()\n"
)
_CHECKED = "    response.raise_for_status()\n    return response.json()\n"


def _pull(*settings: str, ending: str = _CHECKED, kind: str = "def") -> str:
    return (
        f"@task({', '.join(settings)})\n"
        f"{kind} pull_orders(shop: str, day: str, client: httpx.Client) -> list[dict]:\n"
        "    response = client.get(f'/orders/{shop}', params={'day': day})\n" + ending
    )


def _key(key: str) -> str:
    return f"def key(context, arguments):\n    return {key}\n\n\n"


_NOTE = (
    "        stored = db.execute('SELECT * FROM orders WHERE shop = ? AND day = ?', (shop, day))\n"
    "        get_transaction().set('saved', (shop, day, database, stored.fetchall()))\n"
)
_WHOLE = (
    "    rows = [(each['order_id'], shop, day, each['quantity']) for each in orders]\n"
    "    with closing(sqlite3.connect(database)) as db, db:\n" + _NOTE + "        "
    "db.executemany('INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)', rows)\n"
    "    return len(rows)\n\n\n"
)
_BY_ROW = (
    "    with closing(sqlite3.connect(database, isolation_level=None)) as db:\n"
    + _NOTE
    + "        for each in orders:\n"
    "            row = (each['order_id'], shop, day, each['quantity'])\n"
    "            db.execute('INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)', row)\n"
    "    return len(orders)\n\n\n"
)
_DELETE = "        db.execute('DELETE FROM orders WHERE shop = ? AND day = ?', (shop, day))\n"
_INSERT = "        db.executemany('INSERT INTO orders VALUES (?, ?, ?, ?)', before)\n"
_HOOK = (
    "@save_day.on_rollback\n"
    "def put_back(txn):\n"
    "    shop, day, database, before = txn.get('saved')\n"
    "    with closing(sqlite3.connect(database)) as db, db:\n" + _DELETE + _INSERT + "\n\n"
)
_BOUND = (
    "    with transaction():\n"
    "        return sum(save_day(shop, day, url, database) for shop in SHOPS)\n"
)
_LOOSE = "    return sum(save_day(shop, day, url, database) for shop in SHOPS)\n"


_KEYED = (
    "    with transaction(key=f'loaded {day}') as txn:\n"
    "        if not txn.is_committed():\n"
    "            for shop in SHOPS:\n"
    "                save_day(shop, day, url, database)\n"
    "    with closing(sqlite3.connect(database)) as db:\n"
    "        count = 'SELECT count(*) FROM orders WHERE day = ?'\n"
    "        return db.execute(count, (day,)).fetchone()[0]\n"
)


def _load(write: str = _WHOLE, hook: str = _HOOK, body: str = _BOUND) -> str:
    return (
        "@task\ndef save_day(shop, day, url, database):\n"
        "    orders = fetch(f'orders/{shop}?day={day}', url)\n"
        + write
        + hook
        + "@flow\ndef load_day(day: str, url: str, database: Path) -> int:\n"
        + body
    )


WRONG: dict[str, list[Wrong]] = {
    "11.1": [
        Wrong(
            "only raises",
            "the same shop and day, from another flow run",
            _pull(),
        ),
        Wrong(
            "keeps its result, with the default policy",
            "the same shop and day, from another flow run",
            _pull("persist_result=True", _HOUR),
        ),
        Wrong(
            "leaves the client in the key",
            "the same shop and day, from another flow run",
            _pull("cache_policy=INPUTS + TASK_SOURCE", _HOUR),
            ignores="own-clients",
        ),
        Wrong(
            "takes the client out of the default policy",
            "the same shop and day, from another flow run",
            _pull("cache_policy=DEFAULT - 'client'", _HOUR),
            ignores="own-flows",
        ),
        Wrong(
            "keeps a list of its own",
            "the same shop and day, from another flow run",
            "kept = {}\n\n\n@task\ndef pull_orders(shop, day, client):\n"
            "    orders, since = kept.get((shop, day), (None, -3600))\n"
            "    if time.time() - since >= 3600:\n"
            "        response = client.get(f'/orders/{shop}', params={'day': day})\n"
            "        response.raise_for_status()\n"
            "        kept[shop, day] = orders, _ = response.json(), time.time()\n"
            "    return orders\n",
            ignores="prefects-cache",
        ),
        Wrong(
            "knows the code alone",
            "the orders of another day",
            _pull("cache_policy=TASK_SOURCE", _HOUR),
        ),
        Wrong(
            "leaves out the day, too",
            "the orders of another day",
            _pull(_POLICY + " - 'day'", _HOUR),
            ignores="day",
        ),
        Wrong(
            "makes a key of the day alone",
            "the orders of another shop",
            _key("f'orders of {arguments[\"day\"]}'") + _pull(_BY_KEY, _HOUR),
            ignores="shop",
        ),
        Wrong(
            "keeps what a 404 says",
            "east's orders, after calls that failed",
            _pull(_POLICY, _HOUR, ending="    return response.json()\n"),
            ignores="no-failure",
        ),
        Wrong(
            "raises for 404 alone",
            "east's orders, after calls that failed",
            _pull(_POLICY, _HOUR, ending=_RAISE.format("== 404")),
        ),
        Wrong(
            "raises for the server's errors alone",
            "east's orders, after calls that failed",
            _pull(_POLICY, _HOUR, ending=_RAISE.format(">= 500")),
        ),
        Wrong(
            "makes a failure an empty list",
            "east's orders, after calls that failed",
            _pull(
                _POLICY, _HOUR, ending="    return response.json() if response.is_success else []\n"
            ),
        ),
        Wrong(
            "knows the arguments alone",
            "what another task with the same policy and arguments returned",
            _pull("cache_policy=INPUTS - 'client'", _HOUR),
            ignores="no-other-task",
        ),
        Wrong(
            "makes a key of shop and day alone",
            "what another task with the same policy and arguments returned",
            _key('f\'{arguments["shop"]}-{arguments["day"]}\'') + _pull(_BY_KEY, _HOUR),
            ignores="no-other-task",
        ),
        Wrong(
            "makes a hash of shop and day alone",
            "what another task with the same policy and arguments returned",
            _key("hash_objects(arguments['shop'], arguments['day'])")
            + _pull("cache_key_fn=key", _HOUR),
        ),
        Wrong(
            "names the file by shop and day alone",
            "what another task with the same policy and arguments returned",
            _pull("result_storage_key='{parameters[shop]}-{parameters[day]}'", _HOUR),
        ),
        Wrong("never expires", "65 minutes later", _pull(_POLICY), ignores="one-hour"),
        Wrong(
            "expires after a day",
            "65 minutes later",
            _pull(_POLICY, "cache_expiration=timedelta(days=1)"),
        ),
        Wrong(
            "expires after a minute",
            "55 minutes later",
            _pull(_POLICY, "cache_expiration=timedelta(minutes=1)"),
            ignores="one-hour",
        ),
    ],
    "11.2": [
        Wrong(
            "takes each row once only",
            "the same day once more: how the run ends",
            _load(write=_WHOLE.replace(" OR REPLACE", "")),
            ignores="again",
        ),
        Wrong(
            "notes that a day was begun, and does it no more",
            "rows after that day, on which a shop answers 503 once",
            _load(
                body="    note = Path(f'{database} {day}')\n"
                "    if not note.exists():\n"
                "        with transaction():\n"
                "            north = save_day('north', day, url, database)\n"
                "            note.touch()\n"
                "            rest = sum(save_day(shop, day, url, database) for shop in SHOPS[1:])\n"
                "            note.unlink()\n"
                "            return north + rest\n"
            ),
        ),
        Wrong(
            "forgets a shop",
            "rows after a good day",
            _load(body=_BOUND.replace("in SHOPS", "in SHOPS[:3]")),
            ignores="all-shops",
        ),
        Wrong(
            "returns something else",
            "a good day: what the flow returned",
            _load(body=_BOUND.replace("sum(", "list(")),
            ignores="returns",
        ),
        Wrong(
            "counts the new ones",
            "once more: what the flow returned",
            _load(
                body="    count = f\"SELECT count(*) FROM orders WHERE day = '{day}'\"\n"
                "    with closing(sqlite3.connect(database)) as db:\n"
                "        before = db.execute(count).fetchone()[0]\n"
                "    with transaction():\n"
                "        for shop in SHOPS:\n"
                "            save_day(shop, day, url, database)\n"
                "    with closing(sqlite3.connect(database)) as db:\n"
                "        return db.execute(count).fetchone()[0] - before\n"
            ),
            ignores="returns",
        ),
        Wrong(
            "says nothing when there is nothing to do",
            "once more: what the flow returned",
            _load(
                body="    with transaction(key=f'loaded {day}') as txn:\n"
                "        if txn.is_committed():\n            return 0\n"
                "        return sum(save_day(shop, day, url, database) for shop in SHOPS)\n"
            ),
        ),
        Wrong(
            "believes a key that a day is there",
            "rows after the same day, after rows were lost",
            _load(body=_KEYED),
            ignores="after-loss",
        ),
        Wrong(
            "believes that a day is there if some of it is",
            "rows after the same day, after rows were lost",
            _load(
                body="    count = f\"SELECT count(*) FROM orders WHERE day = '{day}'\"\n"
                "    with closing(sqlite3.connect(database)) as db:\n"
                "        if there := db.execute(count).fetchone()[0]:\n"
                "            return there\n" + _BOUND
            ),
        ),
        Wrong(
            "leaves rows alone that are there",
            "rows after the same day, after rows were lost",
            _load(write=_WHOLE.replace("OR REPLACE", "OR IGNORE")),
            ignores="as-sent",
        ),
        Wrong(
            "has no transaction and no hook",
            "rows after another day, on which a shop's records are spoilt",
            _load(write=_BY_ROW, hook="", body=_LOOSE),
        ),
        Wrong(
            "has a transaction and no hook",
            "rows after another day, on which a shop's records are spoilt",
            _load(hook=""),
            ignores="any-shop",
        ),
        Wrong(
            "has a hook and no transaction",
            "rows after another day, on which a shop's records are spoilt",
            _load(body=_LOOSE),
            ignores="any-shop",
        ),
        Wrong(
            "leaves the failing task's own rows",
            "rows after another day, on which a shop's records are spoilt",
            _load(write=_BY_ROW),
            ignores="any-record",
        ),
        Wrong(
            "removes what an earlier load stored",
            "rows after that day once more",
            _load(hook=_HOOK.replace(_INSERT, "")),
            ignores="before",
        ),
        Wrong(
            "removes those rows alone that are new, and leaves new values in the others",
            "rows after that day once more",
            _load(
                hook=_HOOK.replace(_DELETE, "").replace(
                    _INSERT,
                    "        found = db.execute('SELECT * FROM orders WHERE shop = ? AND day = ?',\n"
                    "                           (shop, day)).fetchall()\n"
                    "        new = {row[0] for row in found} - {row[0] for row in before}\n"
                    "        db.executemany('DELETE FROM orders WHERE order_id = ?',\n"
                    "                       [(each,) for each in new])\n",
                )
            ),
        ),
        Wrong(
            "removes the shop's other days, too",
            "rows after another day, on which a shop's records are spoilt",
            _load(hook=_HOOK.replace(" AND day = ?', (shop, day)", "', (shop,)")),
            ignores="other-days",
        ),
        Wrong(
            "removes all",
            "rows after another day, on which a shop's records are spoilt",
            _load(hook=_HOOK.replace(" WHERE shop = ? AND day = ?', (shop, day)", "'")),
        ),
        Wrong(
            "leaves flawed records out",
            "another day, on which a shop's records are spoilt: how the run ends",
            _load(write=_WHOLE.replace("in orders]", "in orders if each.get('quantity', 0) > 0]")),
            ignores="no-record-out",
        ),
        Wrong(
            "catches what goes wrong",
            "another day, on which a shop's records are spoilt: how the run ends",
            _load(
                body="    try:\n"
                "        with transaction():\n"
                "            return sum(save_day(shop, day, url, database) for shop in SHOPS)\n"
                "    except Exception:\n        return 0\n"
            ),
            ignores="must-fail",
        ),
        Wrong(
            "retries the task inside the transaction",
            "rows after that day, on which a shop answers 503 once",
            _load().replace("@task\n", "@task(retries=1)\n"),
            ignores="after-retry",
        ),
        Wrong(
            "catches a failure inside the transaction, and tries again",
            "rows after that day, on which a shop answers 503 once",
            _load(
                body="    total = 0\n"
                "    with transaction():\n"
                "        for shop in SHOPS:\n"
                "            try:\n"
                "                total += save_day(shop, day, url, database)\n"
                "            except httpx.HTTPStatusError:\n"
                "                total += save_day(shop, day, url, database)\n"
                "    return total\n"
            ),
        ),
        Wrong(
            "checks first and saves as it goes",
            "rows after that day, on which a shop answers 503 once",
            _load(
                write="    if any('quantity' not in each for each in orders):\n"
                "        with closing(sqlite3.connect(database)) as db, db:\n"
                "            db.execute('DELETE FROM orders WHERE day = ?', (day,))\n"
                "        raise ValueError('flawed records')\n" + _BY_ROW,
                hook="",
                body=_LOOSE,
            ),
        ),
    ],
}

RIGHT: dict[str, list[str]] = {
    "11.1": [
        # A key of one's own, with seconds and retries.
        "def key(context, arguments):\n"
        '    return f\'orders of {arguments["shop"]} on {arguments["day"]}\'\n\n\n'
        + _pull(
            "cache_policy=CacheKeyFnPolicy(cache_key_fn=key)",
            "cache_expiration=timedelta(seconds=3600)",
            "retries=1",
        ),
        # The key's function by itself, a result as JSON.
        "def key(context, arguments):\n"
        '    return f\'{context.task.name} {arguments["shop"]} {arguments["day"]}\'\n\n\n'
        + _pull("cache_key_fn=key", _HOUR, "result_serializer='json'"),
        # A place of one's own, and an asynchronous task.
        "place = Path(tempfile.mkdtemp())\n\n\n"
        + _pull(_POLICY, _HOUR, "result_storage=place", kind="async def"),
        # The parts in another order.
        _pull("cache_policy=(INPUTS - 'client') + TASK_SOURCE", _HOUR),
        # A returned Failed, and a key made of the task's own with the arguments.
        _key("hash_objects(context.task.task_key, arguments['shop'], arguments['day'])")
        + _pull(
            _BY_KEY,
            _HOUR,
            ending="    if response.is_error:\n        return Failed(message=response.text)\n"
            "    return response.json()\n",
        ),
        # A file's name as the key.
        _pull("result_storage_key='orders-{parameters[shop]}-{parameters[day]}'", _HOUR),
    ],
    "11.2": [
        # All of it gathered first, then one transaction of the database.
        "@task\ndef pull(shop, day, url):\n    return fetch(f'orders/{shop}?day={day}', url)\n\n\n"
        "@task\ndef save(orders, day, database):\n"
        "    rows = [(each['order_id'], each['shop'], day, each['quantity']) for each in orders]\n"
        "    with closing(sqlite3.connect(database)) as db, db:\n"
        "        db.execute('DELETE FROM orders WHERE day = ?', (day,))\n"
        "        db.executemany('INSERT INTO orders VALUES (?, ?, ?, ?)', rows)\n"
        "    return len(rows)\n\n\n"
        "@flow\ndef load_day(day, url, database):\n"
        "    return save([each for shop in SHOPS for each in pull(shop, day, url)], day, database)\n",
        # Retries on the flow, which begin the whole block again.
        _load().replace("@flow\n", "@flow(retries=1)\n"),
        # A key that is there for others to read, and doesn't keep the load from being done.
        _load(body=_KEYED.replace("{day}'", "{day}', overwrite=True")),
        # Asynchronous, all at once, and a returned Failed.
        "@task\nasync def pull(shop, day, url):\n"
        "    async with httpx.AsyncClient() as client:\n"
        "        response = await client.get(f'{url}/orders/{shop}?day={day}')\n"
        "    return [(each['order_id'], each['shop'], each['day'], each['quantity'])\n"
        "            for each in response.raise_for_status().json()]\n\n\n"
        "@flow\nasync def load_day(day, url, database):\n"
        "    import asyncio\n"
        "    some = await asyncio.gather(*(pull(shop, day, url) for shop in SHOPS),\n"
        "                                return_exceptions=True)\n"
        "    if errors := [each for each in some if isinstance(each, Exception)]:\n"
        "        return Failed(message=f'{len(errors)} shops failed: {errors[0]!r}')\n"
        "    rows = [row for each in some for row in each]\n"
        "    with closing(sqlite3.connect(database)) as db, db:\n"
        "        db.executemany('REPLACE INTO orders VALUES (?, ?, ?, ?)', rows)\n"
        "    return len(rows)\n",
        # The table as it was is kept by the flow, which puts it back itself.
        _load(
            write=_BY_ROW.replace(_NOTE, ""),
            hook="",
            body="    before = database.read_bytes()\n"
            "    try:\n"
            "        futures = save_day.map(SHOPS, day, url, unmapped(database))\n"
            "        return sum(futures.result())\n"
            "    except Exception:\n"
            "        wait(futures)\n"
            "        database.write_bytes(before)\n"
            "        raise\n",
        ).replace(
            "@task\n",
            "from prefect import unmapped\nfrom prefect.futures import wait\n\n@task\n",
            1,
        ),
    ],
}
