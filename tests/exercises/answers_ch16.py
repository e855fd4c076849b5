"""Right and wrong answers to the exercises of chapter 16."""

from tests.exercises.answers import Wrong

PRELUDE = """
import os

import httpx
from prefect import flow, task
from prefect.futures import as_completed
from prefect.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner

SHOPS = ["north", "east", "south", "west"]


@task
def print_batch(products):
    return [f"[{product}]" for product in products]


@task
def count_records(report, shop, url):
    return len(httpx.get(f"{url}/{report}/{shop}", timeout=20).raise_for_status().json())


@task
def plan(shop, records):
    return shop, sum(number % 7 for number in range(records * 1000)), os.getpid()


def add(orders, stock):
    return [sum(both) for both in zip(orders, stock)]
"""

_LABELS = "@flow\ndef print_labels(products):\n"
_TOGETHER = "    return [one for some in print_batch.map(batches).result() for one in some]\n"


def _labels(batches: str) -> str:
    return f"{_LABELS}    batches = {batches}\n{_TOGETHER}"


_PULL = (
    "@flow(task_runner=ThreadPoolTaskRunner(max_workers={workers}))\n"
    "def pull(url):\n"
    "    orders = count_records.map('orders', SHOPS, url)\n"
    "    stock = count_records.map('stock', SHOPS, url)\n"
    "    return add(orders.result(), stock.result())\n"
)
_PROCESS = "@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))\n"
_PLAN = "def plan_tomorrow(url):\n    return plan.map(SHOPS, pull(url)).result()\n"

RIGHT: dict[str, list[str]] = {
    "16.1": [
        "import math\n"
        + _labels(
            "[products[i : i + math.ceil(len(products) / 8)]"
            " for i in range(0, len(products), math.ceil(len(products) / 8))]"
        ),
        # dealt out like cards, and gathered in the same way
        f"{_LABELS}    count = min(5, len(products))\n"
        "    dealt = print_batch.map([products[i::count] for i in range(count)]).result()\n"
        "    return [dealt[i % count][i // count] for i in range(len(products))]\n",
    ],
    "16.2": [
        # the other way round: the plans have a flow of their own
        f"{_PROCESS}def make_plans(counts):\n    return plan.map(SHOPS, counts).result()\n"
        "@flow\ndef plan_tomorrow(url):\n"
        "    futures = [count_records.submit(report, shop, url)\n"
        "               for report in ('orders', 'stock') for shop in SHOPS]\n"
        "    counts = [future.result() for future in futures]\n"
        "    return make_plans(add(counts[:4], counts[4:]))\n",
    ],
}

WRONG: dict[str, list[Wrong]] = {
    "16.1": [
        Wrong("a batch for each product", "task runs for 57", _labels("[[p] for p in products]")),
        Wrong("one batch for all", "task runs for 57", _labels("[products]")),
        Wrong(
            "batches of five",
            "task runs for 57",
            _labels("[products[i : i + 5] for i in range(0, len(products), 5)]"),
        ),
        Wrong(
            "rounds the size down",
            "task runs for 57",
            f"{_LABELS}    size = max(1, len(products) // 8)\n"
            "    batches = [products[i : i + size] for i in range(0, len(products), size)]\n"
            f"{_TOGETHER}",
        ),
        Wrong(
            "loses the rest",
            "labels of 57 products",
            f"{_LABELS}    size = len(products) // 8\n"
            f"    batches = [products[i * size : (i + 1) * size] for i in range(8)]\n{_TOGETHER}",
        ),
        Wrong(
            "takes batches as they come in from slices across",
            "labels of 57 products",
            _labels("[products[i::8] for i in range(8)]"),
        ),
        Wrong(
            "has empty batches",
            "task runs for 2 products",
            f"{_LABELS}    n = len(products)\n"
            f"    batches = [products[i * n // 8 : (i + 1) * n // 8] for i in range(8)]\n{_TOGETHER}",
        ),
        Wrong(
            "a size of zero for few products",
            "it runs to its end",
            f"{_LABELS}    size = len(products) // 7\n"
            "    batches = [products[i : i + size] for i in range(0, len(products), size)]\n"
            f"{_TOGETHER}",
        ),
    ],
    "16.2": [
        Wrong(
            "threads for everything",
            "plans made in the flow's own process",
            f"{_PULL.format(workers=8)}@flow\n{_PLAN}",
        ),
        Wrong(
            "submits all at once to the one process",
            "requests at once",
            f"{_PROCESS}def plan_tomorrow(url):\n"
            "    orders = count_records.map('orders', SHOPS, url)\n"
            "    stock = count_records.map('stock', SHOPS, url)\n"
            "    return plan.map(SHOPS, add(orders.result(), stock.result())).result()\n",
        ),
        Wrong(
            "too few threads",
            "requests at once",
            f"{_PULL.format(workers=4)}{_PROCESS}{_PLAN}",
        ),
        Wrong(
            "calls the plans directly",
            "plans made in the flow's own process",
            f"{_PULL.format(workers=8)}{_PROCESS}def plan_tomorrow(url):\n"
            "    return [plan(*each) for each in zip(SHOPS, pull(url))]\n",
        ),
        Wrong(
            "forgets the stock",
            "what the shop was asked for",
            f"@flow\ndef pull(url):\n    return count_records.map('orders', SHOPS, url).result()\n"
            f"{_PROCESS}{_PLAN}",
        ),
    ],
}
