"""Right and wrong answers to the exercises of chapter 12."""

from tests.exercises.answers import Wrong

PRELUDE = """
import threading
import time

import httpx
from prefect import flow, tags, task
from prefect.concurrency.asyncio import concurrency as async_concurrency
from prefect.concurrency.sync import concurrency, rate_limit
from prefect.futures import wait
from prefect.task_runners import ThreadPoolTaskRunner

SHOPS = ["north", "east", "south", "west"]
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

RIGHT: dict[str, list[str]] = {
    "12.1": [
        # asynchronous, with a limit on its patience, and the name in a list
        "@task\nasync def pull(shop, url, gate):\n"
        "    async with async_concurrency([gate], timeout_seconds=60, strict=True):\n"
        "        async with httpx.AsyncClient(timeout=5) as client:\n"
        "            return (await client.get(f'{url}/stock/{shop}')).raise_for_status().json()\n"
        f"@flow\n{_CHAIN}",
        # a helper takes the slot, a runner has fewer workers than there are shops
        "def gated(path, url, gate):\n    with concurrency(gate, strict=True):\n"
        "        return ask(path, url)\n"
        + _chain(
            "    return gated(f'stock/{shop}', url, gate)\n",
            "@flow(task_runner=ThreadPoolTaskRunner(max_workers=3))\n",
        ),
    ],
    "12.2": [
        # every attempt is paced within the function, without retries of Prefect's
        "@task\ndef pull(report, shop, url, pace):\n    for _ in range(3):\n"
        "        rate_limit([pace], strict=True)\n"
        "        response = httpx.get(f'{url}/{report}/{shop}', timeout=5)\n"
        "        if response.status_code != 503:\n            break\n"
        f"    return response.raise_for_status().json()\n{_BRISK}",
    ],
}

WRONG: dict[str, list[Wrong]] = {
    "12.1": [
        Wrong(
            "limits the workers to three",
            "while another job holds",
            _chain(_ASK, "@flow(task_runner=ThreadPoolTaskRunner(max_workers=3))\n"),
        ),
        Wrong(
            "asks one shop after the other",
            "while another job holds",
            _chain(_GATED, "@flow(task_runner=ThreadPoolTaskRunner(max_workers=1))\n"),
        ),
        Wrong(
            "guards with a semaphore of its own process",
            "while another job holds",
            "door = threading.Semaphore(3)\n" + _chain("    with door:\n    " + _ASK),
        ),
        Wrong(
            "takes one slot for the whole flow",
            "while another job holds",
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
            "while another job holds",
            "@task\ndef pull(shop, url):\n" + _ASK + "@flow\ndef chain_stock(url, gate):\n"
            "    with tags(gate):\n        return add_up(pull.map(SHOPS, url).result())\n",
        ),
        Wrong(
            "isn't strict",
            "a server that doesn't have the limit",
            _chain(_GATED.replace(", strict=True", "")),
        ),
    ],
    "12.2": [
        Wrong("retries and hopes", "refused with 429", f"{_PULL}{_GET}{_BRISK}"),
        Wrong(
            "asks for a slot once",
            "refused with 429",
            _PULL
            + _GET
            + _BRISK.replace("    pulled", "    rate_limit(pace, strict=True)\n    pulled"),
        ),
        Wrong(
            "sleeps in each of the parallel tasks",
            "refused with 429",
            f"{_PULL}    time.sleep(0.25)\n{_GET}{_BRISK}",
        ),
        Wrong(
            "takes a refusal for an empty report",
            "refused with 429",
            f"{_PULL}    try:\n        return ask(f'{{report}}/{{shop}}', url)\n"
            f"    except httpx.HTTPStatusError:\n        return []\n{_BRISK}",
        ),
        Wrong(
            "drops the retries",
            "it runs to its end",
            _PULL.replace("(retries=2)", "") + f"    rate_limit(pace, strict=True)\n{_GET}{_BRISK}",
        ),
    ],
}
