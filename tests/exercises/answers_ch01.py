"""Wrong answers to the exercises of chapter 01."""

from tests.exercises.answers import Wrong

PRELUDE = """
import time

import httpx
from prefect import flow, tags, task


def fetch_orders(shop, url):
    response = httpx.get(f"{url}/orders/{shop}", timeout=5)
    response.raise_for_status()
    return response.json()


SHOPS = ["north", "east", "south", "west"]
"""

PULL_STOCK = """
@task
def pull_stock(shop: str, url: str) -> list[dict]:
    return httpx.get(f"{url}/stock/{shop}", timeout=5).json()
"""


WRONG: dict[str, list[Wrong]] = {
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
