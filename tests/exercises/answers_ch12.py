"""Right and wrong answers to the exercises of chapter 12."""

from tests.exercises.answers import Wrong

PRELUDE = """
import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
from prefect import flow, get_client, runtime, tags, task
from prefect.concurrency.asyncio import concurrency as async_concurrency
from prefect.concurrency.asyncio import rate_limit as async_rate_limit
from prefect.concurrency.sync import concurrency, rate_limit
from prefect.exceptions import ObjectNotFound
from prefect.futures import wait
from prefect.states import Failed
from prefect.task_runners import ThreadPoolTaskRunner

SHOPS = ["north", "east", "south", "west"]
client = get_client(sync_client=True)
PATHS = [(report, shop) for report in ("orders", "stock") for shop in SHOPS]


def ask(path, url):
    return httpx.get(f"{url}/{path}", timeout=5).raise_for_status().json()


def add_up(stocks):
    return sum(item["quantity"] for stock in stocks for item in stock)
"""

_CHAIN = "def chain_stock(url, gate):\n    return add_up(pull.map(SHOPS, url, gate).result())\n"


def _chain(body: str, line: str = "@flow\n", flow: str = _CHAIN) -> str:
    return f"@task\ndef pull(shop, url, gate):\n{body}\n{line}{flow}"


_ASK = "    return ask(f'stock/{shop}', url)\n"
_GATED = "    with concurrency(gate, occupy=1, strict=True):\n    " + _ASK
_BRISK = (
    "@flow\ndef brisk_stock(url, pace):\n"
    "    pulled = [pull.submit(*path, url, pace) for path in PATHS]\n"
    "    return sum(len(each.result()) for each in pulled)\n"
)
_PULL = "@task(retries=2)\ndef pull(report, shop, url, pace):\n"
_GET = "    return ask(f'{report}/{shop}', url)\n"

_PACED = "    rate_limit(pace, strict=True)\n"

RIGHT: dict[str, list[str]] = {
    "12.1": [
        # asynchronous, with a limit on its patience, and the name in a list
        "@task\nasync def pull(shop, url, gate):\n"
        "    async with async_concurrency([gate], timeout_seconds=60, strict=True):\n"
        "        async with httpx.AsyncClient(timeout=5) as client:\n"
        "            return (await client.get(f'{url}/stock/{shop}')).raise_for_status().json()\n"
        f"@flow\n{_CHAIN}",
        # a helper takes the slot, and a task more adds up
        "def gated(path, url, gate):\n    with concurrency(gate, strict=True):\n"
        "        return ask(path, url)\n\n"
        "@task\ndef pieces_of(shop, url, gate):\n"
        "    return add_up([gated(f'stock/{shop}', url, gate)])\n\n"
        "@task\ndef total(counts):\n    return sum(counts)\n\n"
        "@flow(task_runner=ThreadPoolTaskRunner(max_workers=8))\ndef chain_stock(url, gate):\n"
        "    return total(pieces_of.map(SHOPS, url, gate).result())\n",
        # one event loop for all, and a client that they share
        "@flow\nasync def chain_stock(url, gate):\n"
        "    async def pull(shop, http):\n"
        "        async with async_concurrency(gate, occupy=1, strict=True):\n"
        "            return (await http.get(f'/stock/{shop}')).raise_for_status().json()\n\n"
        "    async with httpx.AsyncClient(base_url=url, timeout=5) as http:\n"
        "        return add_up(await asyncio.gather(*[pull(shop, http) for shop in SHOPS]))\n",
        # looks for the limit first, and returns a failed state
        "@task\ndef pull(shop, url, gate):\n    with concurrency(gate):\n    " + _ASK + "\n"
        "@flow\ndef chain_stock(url, gate):\n    try:\n"
        "        client.read_global_concurrency_limit_by_name(gate)\n"
        "    except ObjectNotFound:\n        return Failed(message=f'no limit {gate}')\n"
        "    return add_up(pull.map(SHOPS, url, gate).result())\n",
        # threads of its own, without tasks
        "@flow\ndef chain_stock(url, gate):\n    def pull(shop):\n"
        "        with concurrency(gate, strict=True):\n"
        "            return ask(f'stock/{shop}', url)\n\n"
        "    with ThreadPoolExecutor(4) as pool:\n        return add_up(pool.map(pull, SHOPS))\n",
    ],
    "12.2": [
        # every attempt is paced within the function, without retries of Prefect's
        "@task\ndef pull(report, shop, url, pace):\n    for _ in range(3):\n"
        "        rate_limit([pace], strict=True)\n"
        "        response = httpx.get(f'{url}/{report}/{shop}', timeout=5)\n"
        "        if response.status_code != 503:\n            break\n"
        f"    return response.raise_for_status().json()\n{_BRISK}",
        # the flow takes the slots of first attempts, the task those of the others
        f"{_PULL}    if runtime.task_run.run_count > 1:\n    {_PACED}{_GET}"
        "@flow\ndef brisk_stock(url, pace):\n    pulled = []\n    for path in PATHS:\n"
        f"    {_PACED}        pulled.append(pull.submit(*path, url, pace))\n"
        "    return sum(len(each.result()) for each in pulled)\n",
        # one after the other, in the flow itself
        "@flow\ndef brisk_stock(url, pace):\n    records = 0\n    todo = list(PATHS)\n"
        "    while todo:\n        report, shop = todo[0]\n        rate_limit(pace)\n"
        "        response = httpx.get(f'{url}/{report}/{shop}', timeout=5)\n"
        "        if response.status_code == 503:\n            continue\n"
        "        records += len(response.raise_for_status().json())\n        todo.pop(0)\n"
        "    return records\n",
        # asynchronous
        "@task(retries=3, retry_delay_seconds=0.2)\nasync def pull(path, http, pace):\n"
        "    await async_rate_limit(pace, strict=True)\n"
        "    return len((await http.get(path)).raise_for_status().json())\n\n"
        "@flow\nasync def brisk_stock(url, pace):\n"
        "    async with httpx.AsyncClient(base_url=url, timeout=5) as http:\n"
        "        counts = [pull(f'{report}/{shop}', http, pace) for report, shop in PATHS]\n"
        "        return sum(await asyncio.gather(*counts))\n",
        # mapped, and a helper asks
        "def ask_in_step(path, url, pace):\n"
        f"{_PACED}    return ask(path, url)\n\n"
        "pull = task(ask_in_step, retries=2)\n\n"
        "@flow\ndef brisk_stock(url, pace):\n    paths = [f'{r}/{s}' for r, s in PATHS]\n"
        "    return sum(map(len, pull.map(paths, url, pace).result()))\n",
    ],
}

_OWN_SLOT = "without a slot of their own"

WRONG: dict[str, list[Wrong]] = {
    "12.1": [
        Wrong(
            "limits the workers to three",
            _OWN_SLOT,
            _chain(_ASK, "@flow(task_runner=ThreadPoolTaskRunner(max_workers=3))\n"),
        ),
        Wrong(
            "leaves a shop out",
            "what the shop was asked for",
            _chain(_GATED, flow=_CHAIN.replace("SHOPS", "SHOPS[:3]")),
            ignores="all-shops",
        ),
        Wrong(
            "counts the free slots and takes none",
            _OWN_SLOT,
            "@task\ndef pull(shop, url):\n" + _ASK + "@flow\ndef chain_stock(url, gate):\n"
            "    limit = client.read_global_concurrency_limit_by_name(gate)\n"
            "    with ThreadPoolTaskRunner(limit.limit - limit.active_slots) as runner:\n"
            "        pulled = [runner.submit(pull, {'shop': shop, 'url': url}) for shop in SHOPS]\n"
            "        return add_up(each.result() for each in pulled)\n",
            ignores="one-slot-each",
        ),
        Wrong(
            "asks one shop after the other",
            "while another job holds",
            _chain(_GATED, "@flow(task_runner=ThreadPoolTaskRunner(max_workers=1))\n"),
        ),
        Wrong(
            "keeps the three workers",
            "holds 1 of the 5 slots",
            _chain(_GATED, "@flow(task_runner=ThreadPoolTaskRunner(max_workers=3))\n"),
            ignores="as-many-as-free",
        ),
        Wrong(
            "guards with a semaphore of its own process",
            _OWN_SLOT,
            "door = threading.Semaphore(3)\n" + _chain("    with door:\n    " + _ASK),
        ),
        Wrong(
            "takes one slot for the whole flow",
            _OWN_SLOT,
            "@task\ndef pull(shop, url):\n" + _ASK + "@flow\ndef chain_stock(url, gate):\n"
            "    with concurrency(gate, occupy=1, strict=True):\n"
            "        return add_up(pull.map(SHOPS, url).result())\n",
        ),
        Wrong(
            "takes two slots for each request",
            "while another job holds",
            _chain(_GATED.replace("occupy=1", "occupy=2")),
        ),
        Wrong(
            "uses the limit's name as a tag",
            _OWN_SLOT,
            "@task\ndef pull(shop, url):\n" + _ASK + "@flow\ndef chain_stock(url, gate):\n"
            "    with tags(gate):\n        return add_up(pull.map(SHOPS, url).result())\n",
        ),
        Wrong(
            "isn't strict",
            "a server that doesn't have the limit",
            _chain(_GATED.replace(", strict=True", "")),
        ),
        Wrong(
            "looks for the limit at the end",
            "a server that doesn't have the limit",
            _chain(
                _GATED.replace(", strict=True", ""),
                flow="def chain_stock(url, gate):\n"
                "    stocks = pull.map(SHOPS, url, gate).result()\n"
                "    client.read_global_concurrency_limit_by_name(gate)\n"
                "    return add_up(stocks)\n",
            ),
            ignores="asks-nothing",
        ),
        Wrong(
            "takes a missing limit for empty shelves",
            "a server that doesn't have the limit",
            _chain(
                _GATED,
                flow="def chain_stock(url, gate):\n"
                "    stocks = pull.map(SHOPS, url, gate).result(raise_on_failure=False)\n"
                "    return add_up(each for each in stocks if isinstance(each, list))\n",
            ),
            ignores="run-fails",
        ),
        Wrong(
            "counts the products",
            "what the flow returned",
            _chain(
                _GATED,
                flow="def chain_stock(url, gate):\n"
                "    return sum(map(len, pull.map(SHOPS, url, gate).result()))\n",
            ),
            ignores="same-result",
        ),
    ],
    "12.2": [
        Wrong("retries and hopes", _OWN_SLOT, f"{_PULL}{_GET}{_BRISK}"),
        Wrong(
            "asks for a slot once",
            _OWN_SLOT,
            _PULL + _GET + _BRISK.replace("    pulled", f"{_PACED}    pulled"),
        ),
        Wrong(
            "sleeps in each of the parallel tasks",
            _OWN_SLOT,
            f"{_PULL}    time.sleep(0.25)\n{_GET}{_BRISK}",
        ),
        Wrong(
            "sleeps in a loop",
            _OWN_SLOT,
            f"{_PULL}    time.sleep(0.25)\n{_GET}"
            "@flow\ndef brisk_stock(url, pace):\n"
            "    return sum(len(pull(*path, url, pace)) for path in PATHS)\n",
            ignores="a-slot-each",
        ),
        Wrong(
            "gives each slot back",
            _OWN_SLOT,
            f"{_PULL}    with concurrency(pace, strict=True):\n    {_GET}{_BRISK}",
        ),
        Wrong(
            "paces in the flow, where retries aren't seen",
            _OWN_SLOT,
            f"{_PULL}{_GET}@flow\ndef brisk_stock(url, pace):\n    pulled = []\n"
            f"    for path in PATHS:\n    {_PACED}"
            "        pulled.append(pull.submit(*path, url, pace))\n"
            "    return sum(len(each.result()) for each in pulled)\n",
        ),
        Wrong(
            "paces first attempts only",
            _OWN_SLOT,
            f"{_PULL}    if runtime.task_run.run_count == 1:\n    {_PACED}{_GET}{_BRISK}",
        ),
        Wrong(
            "takes all slots first",
            "refused with 429",
            f"{_PULL}    if runtime.task_run.run_count > 1:\n    {_PACED}{_GET}"
            + _BRISK.replace("    pulled", f"    for _ in PATHS:\n    {_PACED}    pulled"),
            ignores="no-refusal",
        ),
        Wrong(
            "takes a 503 for an empty report",
            "reports that came in",
            f"{_PULL}{_PACED}    try:\n        return ask(f'{{report}}/{{shop}}', url)\n"
            f"    except httpx.HTTPStatusError:\n        return []\n{_BRISK}",
            ignores="repeated",
        ),
        Wrong(
            "gives up at the second 503, and goes on without the report",
            "reports that came in",
            f"{_PULL.replace('retries=2', 'retries=1')}{_PACED}{_GET}"
            "@flow\ndef brisk_stock(url, pace):\n"
            "    pulled = [pull.submit(*path, url, pace) for path in PATHS]\n"
            "    wait(pulled)\n"
            "    return sum(len(each.result()) for each in pulled if each.state.is_completed())\n",
            ignores="every-report",
        ),
        Wrong(
            "repeats once",
            "it runs to its end",
            f"{_PULL.replace('retries=2', 'retries=1')}{_PACED}{_GET}{_BRISK}",
            ignores="twice",
        ),
        Wrong(
            "drops the retries",
            "it runs to its end",
            f"{_PULL.replace('(retries=2)', '')}{_PACED}{_GET}{_BRISK}",
        ),
        Wrong(
            "counts the reports",
            "what the flow returned",
            f"{_PULL}{_PACED}{_GET}{_BRISK.replace('len(each.result())', 'bool(each.result())')}",
            ignores="same-result",
        ),
    ],
}
