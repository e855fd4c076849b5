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


_BY_SIZE = "[products[i : i + SIZE] for i in range(0, len(products), SIZE)]"
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
        # by submit, with numpy-like cuts, and a task that has another name
        "@task\ndef box(items, first, last):\n"
        "    return [f'[{item}]' for item in items[first:last]]\n\n"
        f"{_LABELS}    n = len(products)\n    cuts = sorted({{n * i // 6 for i in range(7)}})\n"
        "    futures = [box.submit(products, *cut) for cut in zip(cuts, cuts[1:])]\n"
        "    return sum((future.result() for future in futures), [])\n",
        # asynchronous, one after another
        "from itertools import chain\n\n@task\nasync def box(items):\n"
        "    return list(map('[{}]'.format, items))\n\n"
        "@flow\nasync def print_labels(products: list[str]) -> list[str]:\n"
        "    size = -(-len(products) // 8)\n"
        "    boxes = [await box(products[i:i + size])\n             for i in range(0, len(products), size)]\n"
        "    return list(chain.from_iterable(boxes))\n",
    ],
    "16.2": [
        # the other way round: the plans have a flow of their own
        f"{_PROCESS}def make_plans(counts):\n    return plan.map(SHOPS, counts).result()\n"
        "@flow\ndef plan_tomorrow(url):\n"
        "    futures = [count_records.submit(report, shop, url)\n"
        "               for report in ('orders', 'stock') for shop in SHOPS]\n"
        "    counts = [future.result() for future in futures]\n"
        "    return make_plans(add(counts[:4], counts[4:]))\n",
        # asynchronous requests, without a task for each
        "import asyncio\n\n@flow\nasync def pull(url):\n"
        "    async with httpx.AsyncClient(base_url=url, timeout=20) as client:\n"
        "        answers = await asyncio.gather(*(\n"
        "            client.get(f'/{report}/{shop}')\n"
        "            for report in ('orders', 'stock') for shop in SHOPS))\n"
        "    counts = [len(answer.raise_for_status().json()) for answer in answers]\n"
        "    return add(counts[:4], counts[4:])\n\n"
        f"{_PROCESS}async def plan_tomorrow(url):\n"
        "    return [f.result() for f in plan.map(SHOPS, await pull(url))]\n",
        # asynchronous tasks in one flow
        "import asyncio\n\n@task\nasync def count_one(report, shop, url):\n"
        "    async with httpx.AsyncClient(timeout=20) as client:\n"
        "        return len((await client.get(f'{url}/{report}/{shop}')).json())\n\n"
        f"{_PROCESS}async def plan_tomorrow(url):\n"
        "    counts = await asyncio.gather(*(count_one(report, shop, url)\n"
        "                                    for report in ('orders', 'stock') for shop in SHOPS))\n"
        "    futures = [plan.submit(*each) for each in zip(SHOPS, add(counts[:4], counts[4:]))]\n"
        "    return [future.result() for future in futures]\n",
        # threads without Prefect, and two flows by with_options
        "from concurrent.futures import ThreadPoolExecutor\n\n@task\ndef count_all(url):\n"
        "    paths = [f'{url}/{report}/{shop}' for shop in SHOPS for report in ('orders', 'stock')]\n"
        "    with ThreadPoolExecutor(8) as pool:\n"
        "        counts = [len(each.json()) for each in pool.map(httpx.get, paths)]\n"
        "    return add(counts[::2], counts[1::2])\n\n"
        "@flow\ndef make_plans(counts):\n    return plan.map(SHOPS, counts).result()\n\n"
        "@flow\ndef plan_tomorrow(url):\n"
        "    runner = ProcessPoolTaskRunner(max_workers=2)\n"
        "    return make_plans.with_options(task_runner=runner)(count_all(url))\n",
    ],
}

WRONG: dict[str, list[Wrong]] = {
    "16.1": [
        Wrong(
            "a batch for each product", "task runs for some 60", _labels("[[p] for p in products]")
        ),
        Wrong("one batch for all", "task runs for some 60", _labels("[products]")),
        Wrong(
            "cuts into five, rounded up",
            "task runs for 6 products",
            _labels(_BY_SIZE.replace("SIZE", "-(-len(products) // 5)")),
            ignores="at-least-four",
        ),
        Wrong(
            "cuts into five, rounded down",
            "task runs for 9 products",
            _labels(_BY_SIZE.replace("SIZE", "max(1, len(products) // 5)")),
            ignores="at-most-eight",
        ),
        Wrong(
            "batches of ten, and for a few of one",
            "task runs for some 300",
            _labels(
                _BY_SIZE.replace("SIZE", "(10 if len(products) > 20 else len(products) // 4 or 1)")
            ),
            ignores="any-number",
        ),
        Wrong(
            "sorts the labels",
            "labels of some 60",
            _labels(_BY_SIZE.replace("SIZE", "-(-len(products) // 8)"))
            .replace("return [", "return sorted(")
            .replace("for one in some]", "for one in some)"),
            ignores="order",
        ),
        Wrong(
            "labels each product once",
            "labels of some",
            f"{_LABELS}    products = list(dict.fromkeys(products))\n"
            f"    batches = {_BY_SIZE.replace('SIZE', '-(-len(products) // 8)')}\n{_TOGETHER}",
        ),
        Wrong(
            "batches of five",
            "task runs for some 60",
            _labels("[products[i : i + 5] for i in range(0, len(products), 5)]"),
        ),
        Wrong(
            "rounds the size down",
            "task runs for some 60",
            f"{_LABELS}    size = max(1, len(products) // 8)\n"
            "    batches = [products[i : i + size] for i in range(0, len(products), size)]\n"
            f"{_TOGETHER}",
        ),
        Wrong(
            "loses the rest",
            "labels of some 60",
            f"{_LABELS}    size = len(products) // 8\n"
            f"    batches = [products[i * size : (i + 1) * size] for i in range(8)]\n{_TOGETHER}",
            ignores="labels",
        ),
        Wrong(
            "takes batches as they come in from slices across",
            "labels of some 60",
            _labels("[products[i::8] for i in range(8)]"),
        ),
        Wrong(
            "has empty batches",
            "task runs for fewer than four",
            f"{_LABELS}    n = len(products)\n"
            f"    batches = [products[i * n // 8 : (i + 1) * n // 8] for i in range(8)]\n{_TOGETHER}",
            ignores="few",
        ),
        Wrong(
            "a size of zero for few products",
            "task runs for 6 products",
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
            ignores="another-process",
        ),
        Wrong(
            "submits all at once to the one process",
            "requests at once",
            f"{_PROCESS}def plan_tomorrow(url):\n"
            "    orders = count_records.map('orders', SHOPS, url)\n"
            "    stock = count_records.map('stock', SHOPS, url)\n"
            "    return plan.map(SHOPS, add(orders.result(), stock.result())).result()\n",
            ignores="eight-at-once",
        ),
        Wrong(
            "too few threads",
            "requests at once",
            f"{_PULL.format(workers=4)}{_PROCESS}{_PLAN}",
            ignores="eight-at-once",
        ),
        Wrong(
            "calls the plans directly",
            "plans made in the flow's own process",
            f"{_PULL.format(workers=8)}{_PROCESS}def plan_tomorrow(url):\n"
            "    return [plan(*each) for each in zip(SHOPS, pull(url))]\n",
            ignores="another-process",
        ),
        Wrong(
            "waits for the orders before it asks for the stock",
            "requests at once",
            f"{_PULL.format(workers=8)}{_PROCESS}{_PLAN}".replace(
                "SHOPS, url)", "SHOPS, url).result()"
            ).replace("orders.result(), stock.result()", "orders, stock"),
            ignores="eight-at-once",
        ),
        Wrong(
            "returns the plans sorted by their numbers",
            "shops and numbers that the flow returned",
            f"{_PULL.format(workers=8)}{_PROCESS}"
            "def plan_tomorrow(url):\n"
            "    plans = plan.map(SHOPS, pull(url)).result()\n"
            "    return sorted(plans, key=lambda each: -each[1])\n",
            ignores="returns",
        ),
        Wrong(
            "forgets the stock",
            "what the shop was asked for",
            f"@flow\ndef pull(url):\n    return count_records.map('orders', SHOPS, url).result()\n"
            f"{_PROCESS}{_PLAN}",
        ),
    ],
}
