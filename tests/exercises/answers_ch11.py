"""Wrong answers to the exercises of chapter 11, and right ones that differ from the solution."""

from tests.exercises.answers import Wrong

PRELUDE = """
import sqlite3
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx
from prefect import flow, task
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
_CHECKED = "    response.raise_for_status()\n    return response.json()\n"


def _pull(*settings: str, ending: str = _CHECKED, kind: str = "def") -> str:
    return (
        f"@task({', '.join(settings)})\n"
        f"{kind} pull_orders(shop: str, day: str, client: httpx.Client) -> list[dict]:\n"
        "    response = client.get(f'/orders/{shop}', params={'day': day})\n" + ending
    )


_WHOLE = (
    "    rows = [(each['order_id'], shop, day, each['quantity']) for each in orders]\n"
    "    with closing(sqlite3.connect(database)) as db, db:\n"
    "        db.executemany('INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)', rows)\n"
    "    return len(rows)\n\n\n"
)
_BY_ROW = (
    "    with closing(sqlite3.connect(database, isolation_level=None)) as db:\n"
    "        for each in orders:\n"
    "            row = (each['order_id'], shop, day, each['quantity'])\n"
    "            db.execute('INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)', row)\n"
    "    return len(orders)\n\n\n"
)
_HOOK = (
    "@save_day.on_rollback\n"
    "def remove_day(txn):\n"
    "    shop, day, database = txn.get('saved')\n"
    "    with closing(sqlite3.connect(database)) as db, db:\n"
    "        db.execute('DELETE FROM orders WHERE shop = ? AND day = ?', (shop, day))\n\n\n"
)
_BOUND = (
    "    with transaction():\n"
    "        return sum(save_day(shop, day, url, database) for shop in SHOPS)\n"
)
_LOOSE = "    return sum(save_day(shop, day, url, database) for shop in SHOPS)\n"


def _load(write: str = _WHOLE, hook: str = _HOOK, body: str = _BOUND) -> str:
    return (
        "@task\ndef save_day(shop, day, url, database):\n"
        "    get_transaction().set('saved', (shop, day, database))\n"
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
        ),
        Wrong(
            "takes the client out of the default policy",
            "the same shop and day, from another flow run",
            _pull("cache_policy=DEFAULT - 'client'", _HOUR),
        ),
        Wrong(
            "keeps a list of its own",
            "the same shop and day, from another flow run",
            "kept = {}\n\n\n@task\ndef pull_orders(shop, day, client):\n"
            "    if (shop, day) not in kept:\n"
            "        response = client.get(f'/orders/{shop}', params={'day': day})\n"
            "        response.raise_for_status()\n"
            "        kept[shop, day] = response.json()\n"
            "    return kept[shop, day]\n",
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
        ),
        Wrong(
            "makes a key of the day alone",
            "the orders of another shop",
            "def key(context, arguments):\n    return f'orders of {arguments[\"day\"]}'\n\n\n"
            + _pull("cache_policy=CacheKeyFnPolicy(cache_key_fn=key)", _HOUR),
        ),
        Wrong(
            "keeps what a 404 says",
            "east's orders, after a call that was answered 404",
            _pull(_POLICY, _HOUR, ending="    return response.json()\n"),
        ),
        Wrong(
            "makes a failure an empty list",
            "east's orders, after a call that was answered 404",
            _pull(
                _POLICY, _HOUR, ending="    return response.json() if response.is_success else []\n"
            ),
        ),
        Wrong(
            "knows the arguments alone",
            "what another task with the same policy and arguments returned",
            _pull("cache_policy=INPUTS - 'client'", _HOUR),
        ),
        Wrong("never expires", "70 minutes later", _pull(_POLICY)),
        Wrong(
            "expires after a day",
            "70 minutes later",
            _pull(_POLICY, "cache_expiration=timedelta(days=1)"),
        ),
        Wrong(
            "expires after a minute",
            "50 minutes later",
            _pull(_POLICY, "cache_expiration=timedelta(minutes=1)"),
        ),
    ],
    "11.2": [
        Wrong(
            "takes each row at once, and once only",
            "the same day once more",
            _load(write=_BY_ROW.replace(" OR REPLACE", "")),
        ),
        Wrong(
            "forgets a shop",
            "rows after a good day",
            _load(body=_BOUND.replace("in SHOPS", "in SHOPS[:3]")),
        ),
        Wrong(
            "returns something else",
            "what the flow returned",
            _load(body=_BOUND.replace("sum(", "list(")),
        ),
        Wrong(
            "says nothing when there is nothing to do",
            "what the flow returned for the same day once more",
            _load(
                body="    with transaction(key=f'loaded {day}') as txn:\n"
                "        if txn.is_committed():\n            return 0\n"
                "        return sum(save_day(shop, day, url, database) for shop in SHOPS)\n"
            ),
        ),
        Wrong(
            "has no transaction and no hook",
            "rows after the day on which south's records are spoilt",
            _load(write=_BY_ROW, hook="", body=_LOOSE),
        ),
        Wrong(
            "has a transaction and no hook",
            "rows after the day on which south's records are spoilt",
            _load(hook=""),
        ),
        Wrong(
            "has a hook and no transaction",
            "rows after the day on which south's records are spoilt",
            _load(body=_LOOSE),
        ),
        Wrong(
            "leaves the failing task's own rows",
            "rows after the day on which south's records are spoilt",
            _load(write=_BY_ROW),
        ),
        Wrong(
            "removes the shop's other days, too",
            "rows after the day on which south's records are spoilt",
            _load(hook=_HOOK.replace(" AND day = ?', (shop, day)", "', (shop,)")),
        ),
        Wrong(
            "removes all",
            "rows after the day on which south's records are spoilt",
            _load(hook=_HOOK.replace(" WHERE shop = ? AND day = ?', (shop, day)", "'")),
        ),
        Wrong(
            "leaves flawed records out",
            "the load of another day, on which south's records are spoilt",
            _load(write=_WHOLE.replace("in orders]", "in orders if each.get('quantity', 0) > 0]")),
        ),
        Wrong(
            "catches what goes wrong",
            "the load of another day, on which south's records are spoilt",
            _load(
                body="    try:\n"
                "        with transaction():\n"
                "            return sum(save_day(shop, day, url, database) for shop in SHOPS)\n"
                "    except Exception:\n        return 0\n"
            ),
        ),
        Wrong(
            "retries the task inside the transaction",
            "rows after the day on which west answers 503 once",
            _load().replace("@task\n", "@task(retries=1)\n"),
        ),
        Wrong(
            "catches a failure inside the transaction, and tries again",
            "rows after the day on which west answers 503 once",
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
            "rows after the day on which west answers 404",
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
        # What is there already is left alone; a key, and the number read from the table.
        _load(
            write=_WHOLE.replace("OR REPLACE", "OR IGNORE"),
            body="    with transaction(key=f'loaded {day}') as txn:\n"
            "        if not txn.is_committed():\n"
            "            for shop in SHOPS:\n"
            "                save_day(shop, day, url, database)\n"
            "    with closing(sqlite3.connect(database)) as db:\n"
            "        count = 'SELECT count(*) FROM orders WHERE day = ?'\n"
            "        return db.execute(count, (day,)).fetchone()[0]\n",
        ),
    ],
}
