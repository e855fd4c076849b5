"""Wrong answers that learners really give, each with the point of the check that must catch it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    """`source` replaces the learner's cell; `caught` is in the first point that isn't met."""

    why: str
    caught: str
    source: str


PRELUDE = {
    "00": """
import asyncio

import httpx
from prefect import flow, task
from prefect.variables import Variable
""",
    "01": """
import time

import httpx
from prefect import flow, tags, task


def fetch_orders(shop, url):
    response = httpx.get(f"{url}/orders/{shop}", timeout=5)
    response.raise_for_status()
    return response.json()


SHOPS = ["north", "east", "south", "west"]
""",
}
"""What the cells above an exercise have defined, by chapter."""

PULL_FROM = """
@task
def pull_from(url: str, shop: str) -> list[dict]:
    return httpx.get(f"{url}/orders/{shop}", timeout=5).json()
"""
PULL_STOCK = """
@task
def pull_stock(shop: str, url: str) -> list[dict]:
    return httpx.get(f"{url}/stock/{shop}", timeout=5).json()
"""

WRONG: dict[str, list[Wrong]] = {
    "00.1": [
        Wrong(
            "returns the number instead of the name",
            "what the flow returned",
            PULL_FROM + "@flow\ndef busiest(url):\n"
            "    return max(len(pull_from(url, s)) for s in ['north', 'east', 'south', 'west'])",
        ),
        Wrong(
            "calls the plain function behind the task",
            "task runs in the record",
            PULL_FROM
            + "@flow\ndef busiest(url):\n    return max(['north', 'east', 'south', 'west'],"
            " key=lambda s: len(pull_from.fn(url, s)))",
        ),
        Wrong(
            "forgets a shop",
            "what the server was asked for",
            PULL_FROM + "@flow\ndef busiest(url):\n"
            "    return max(['north', 'east', 'south'], key=lambda s: len(pull_from(url, s)))",
        ),
        Wrong(
            "gives the known answer without looking",
            "what the server was asked for",
            "@flow\ndef busiest(url):\n    return 'south'",
        ),
        Wrong("forgets @flow", "given to check()", "def busiest(url):\n    return 'south'"),
        Wrong(
            "has no parameter for the url",
            "can be called",
            PULL_FROM + "@flow\ndef busiest():\n    return 'south'",
        ),
        Wrong(
            "misspells a shop",
            "what the server was asked for",
            PULL_FROM + "@flow\ndef busiest(url):\n"
            "    return max(['nord', 'east', 'south', 'west'], key=lambda s: len(pull_from(url, s)))",
        ),
    ],
    "00.2": [
        Wrong(
            "forgets overwrite",
            "it runs to its end",
            "@flow\ndef move_to(shop, city):\n    Variable.set(f'{shop}_city', city)\n"
            "    return Variable.get(f'{shop}_city')",
        ),
        Wrong(
            "stores nothing",
            "on the server after the first move",
            "@flow\ndef move_to(shop, city):\n    return str(city)",
        ),
        Wrong(
            "uses one name for all shops",
            "on the server after the first move",
            "@flow\ndef move_to(shop, city):\n"
            "    Variable.set('test_one_city', city, overwrite=True)\n"
            "    return Variable.get('test_one_city')",
        ),
        Wrong(
            "is async and forgets to await",
            "on the server after the first move",
            "@flow\nasync def move_to(shop, city):\n"
            "    Variable.set(f'{shop}_city', city, overwrite=True).close()\n    return city",
        ),
        Wrong(
            "returns what was there before",
            "returned at the first move",
            "@flow\ndef move_to(shop, city):\n    before = Variable.get(f'{shop}_city')\n"
            "    Variable.set(f'{shop}_city', city, overwrite=True)\n    return before",
        ),
    ],
    "01.1": [
        Wrong(
            "forgets @task",
            "task runs in the record",
            PULL_STOCK.replace("@task", "") + "@flow\ndef chain_stock(url):\n"
            "    return sum(i['quantity'] for s in SHOPS for i in pull_stock(s, url))",
        ),
        Wrong(
            "puts the loop into the task",
            "task runs in the record",
            "@task\ndef pull_all(url):\n"
            "    return [httpx.get(f'{url}/stock/{s}').json() for s in SHOPS]\n"
            "@flow\ndef chain_stock(url):\n"
            "    return sum(i['quantity'] for items in pull_all(url) for i in items)",
        ),
        Wrong(
            "counts products instead of adding quantities",
            "what the flow returned",
            PULL_STOCK
            + "@flow\ndef chain_stock(url):\n    return sum(len(pull_stock(s, url)) for s in SHOPS)",
        ),
        Wrong(
            "asks for one shop only",
            "the shops that were asked",
            PULL_STOCK + "@flow\ndef chain_stock(url):\n"
            "    return sum(i['quantity'] for i in pull_stock('north', url))",
        ),
        Wrong(
            "swaps the arguments",
            "it runs to its end",
            PULL_STOCK + "@flow\ndef chain_stock(url):\n"
            "    return sum(i['quantity'] for s in SHOPS for i in pull_stock(url, s))",
        ),
    ],
    "01.2": [
        Wrong(
            "has one retry too few",
            "request by request",
            "@task(retries=1, retry_delay_seconds=0.25)\ndef pull_quality(shop, url):\n"
            "    return httpx.get(f'{url}/quality/{shop}').raise_for_status().json()",
        ),
        Wrong(
            "doesn't wait",
            "pauses of at least",
            "@task(retries=2)\ndef pull_quality(shop, url):\n"
            "    return httpx.get(f'{url}/quality/{shop}').raise_for_status().json()",
        ),
        Wrong(
            "forgets raise_for_status",
            "request by request",
            "@task(retries=2, retry_delay_seconds=0.25)\ndef pull_quality(shop, url):\n"
            "    return httpx.get(f'{url}/quality/{shop}').json()",
        ),
        Wrong(
            "loops by itself",
            "attempts that Prefect recorded",
            "@task\ndef pull_quality(shop, url):\n    while True:\n"
            "        answer = httpx.get(f'{url}/quality/{shop}')\n"
            "        if answer.status_code == 200:\n            return answer.json()\n"
            "        time.sleep(0.25)",
        ),
        Wrong(
            "swallows the error",
            "request by request",
            "@task(retries=2, retry_delay_seconds=0.25)\ndef pull_quality(shop, url):\n    try:\n"
            "        return httpx.get(f'{url}/quality/{shop}').raise_for_status().json()\n"
            "    except httpx.HTTPError:\n        return []",
        ),
        Wrong(
            "returns the response itself",
            "what the task returned",
            "@task(retries=2, retry_delay_seconds=0.25)\ndef pull_quality(shop, url):\n"
            "    return httpx.get(f'{url}/quality/{shop}').raise_for_status()",
        ),
        Wrong(
            "forgets @task",
            "given to check()",
            "def pull_quality(shop, url):\n    return httpx.get(f'{url}/quality/{shop}').json()",
        ),
    ],
    "01.3": [
        Wrong(
            "names the task instead of the run",
            "the name of south's run",
            "@task(name='orders-{shop}', tags={'report'}, log_prints=True, timeout_seconds=5)\n"
            "def pull_report(shop, url):\n    o = fetch_orders(shop, url)\n    print(len(o))\n"
            "    return o",
        ),
        Wrong(
            "gives tags as a bare text",
            "its tags",
            "@task(task_run_name='orders-{shop}', tags='report', log_prints=True,"
            " timeout_seconds=5)\n"
            "def pull_report(shop, url):\n    o = fetch_orders(shop, url)\n    print(len(o))\n"
            "    return o",
        ),
        Wrong(
            "prints without log_prints",
            "a log line with the number",
            "@task(task_run_name='orders-{shop}', tags={'report'}, timeout_seconds=5)\n"
            "def pull_report(shop, url):\n    o = fetch_orders(shop, url)\n    print(len(o))\n"
            "    return o",
        ),
        Wrong(
            "forgets the time limit",
            "its time limit",
            "@task(task_run_name='orders-{shop}', tags={'report'}, log_prints=True)\n"
            "def pull_report(shop, url):\n    o = fetch_orders(shop, url)\n    print(len(o))\n"
            "    return o",
        ),
        Wrong(
            "returns the number instead of the orders",
            "what the task returned",
            "@task(task_run_name='orders-{shop}', tags={'report'}, log_prints=True,"
            " timeout_seconds=5)\n"
            "def pull_report(shop, url):\n    o = fetch_orders(shop, url)\n    print(len(o))\n"
            "    return len(o)",
        ),
    ],
}
