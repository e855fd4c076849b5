"""Wrong and right answers to the exercises of chapter 01."""

from tests.exercises.answers import Wrong

PRELUDE = """
import asyncio
import time

import httpx
from prefect import flow, get_run_logger, tags, task
from prefect.states import Failed
from prefect.tasks import exponential_backoff


def fetch_orders(shop, url):
    response = httpx.get(f"{url}/orders/{shop}", timeout=5)
    response.raise_for_status()
    return response.json()


SHOPS = ["north", "east", "south", "west"]
"""

PULL_STOCK = """
@task
def pull_stock(shop: str, url: str) -> list[dict]:
    response = httpx.get(f"{url}/stock/{shop}", timeout=5)
    response.raise_for_status()
    return response.json()
"""

REPORT = """
@task(task_run_name='orders-{shop}', tags={'report'}, log_prints=True, timeout_seconds=5)
def pull_report(shop: str, url: str) -> list[dict]:
    orders = fetch_orders(shop, url)
    print(len(orders), 'orders')
    return orders
"""

WRONG: dict[str, list[Wrong]] = {
    "01.1": [
        Wrong(
            "forgets @task",
            "task runs in the record",
            PULL_STOCK.replace("@task", "") + "@flow\ndef chain_stock(url):\n"
            "    return sum(i['quantity'] for s in SHOPS for i in pull_stock(s, url))",
            ignores="run-each",
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
            ignores="total",
        ),
        Wrong(
            "asks for one shop only",
            "the shops that were asked",
            PULL_STOCK + "@flow\ndef chain_stock(url):\n"
            "    return sum(i['quantity'] for i in pull_stock('north', url))",
        ),
        Wrong(
            "forgets one shop",
            "the shops that were asked",
            PULL_STOCK + "@flow\ndef chain_stock(url):\n"
            "    return sum(i['quantity'] for s in SHOPS[:3] for i in pull_stock(s, url))",
            ignores="all-four",
        ),
        Wrong(
            "asks the chapter's own shop",
            "the shops that were asked",
            "import course_lib as course\nURL = course.Shop().url\n"
            + PULL_STOCK
            + "@flow\ndef chain_stock(url):\n"
            "    return sum(i['quantity'] for s in SHOPS for i in pull_stock(s, URL))",
            ignores="url",
        ),
        Wrong(
            "returns a number for each shop",
            "what the flow returned",
            PULL_STOCK + "@flow\ndef chain_stock(url):\n"
            "    return {s: sum(i['quantity'] for i in pull_stock(s, url)) for s in SHOPS}",
            ignores="one-number",
        ),
        Wrong(
            "pulls all shops and returns yesterday's number",
            "what the flow returned",
            PULL_STOCK + "@flow\ndef chain_stock(url):\n    for s in SHOPS:\n"
            "        pull_stock(s, url)\n    return 479",
        ),
        Wrong(
            "keeps the last shop's number",
            "what the flow returned",
            PULL_STOCK + "@flow\ndef chain_stock(url):\n    for s in SHOPS:\n"
            "        total = sum(i['quantity'] for i in pull_stock(s, url))\n    return total",
        ),
        Wrong(
            "makes the requests outside of tasks, and then runs a task for each",
            "one shop answers 503",
            PULL_STOCK.replace("@task", "") + "@task\ndef add(items):\n"
            "    return sum(i['quantity'] for i in items)\n"
            "@flow\ndef chain_stock(url):\n"
            "    return sum([add(items) for items in [pull_stock(s, url) for s in SHOPS]])",
        ),
        Wrong(
            "runs a task that does nothing before each request",
            "one shop answers 503",
            PULL_STOCK + "@task\ndef begin(shop):\n    pass\n"
            "@flow\ndef chain_stock(url):\n    total = 0\n    for s in SHOPS:\n"
            "        begin(s)\n        total += sum(i['quantity'] for i in pull_stock.fn(s, url))\n"
            "    return total",
        ),
        Wrong(
            "pulls all shops in one task and counts each in one of its own",
            "one shop answers 503",
            "@task\ndef pull_all(url):\n"
            "    answers = [httpx.get(f'{url}/stock/{s}') for s in SHOPS]\n"
            "    return [answer.raise_for_status().json() for answer in answers]\n"
            "@task\ndef add(items):\n    return sum(i['quantity'] for i in items)\n"
            "@flow\ndef chain_stock(url):\n"
            "    return sum([add(items) for items in pull_all(url)])",
        ),
        Wrong(
            "swallows the error",
            "one shop answers 503",
            "@task\ndef pull_stock(shop, url):\n    try:\n"
            "        answer = httpx.get(f'{url}/stock/{shop}').raise_for_status()\n"
            "    except httpx.HTTPError:\n        return []\n    return answer.json()\n"
            "@flow\ndef chain_stock(url):\n"
            "    return sum(i['quantity'] for s in SHOPS for i in pull_stock(s, url))",
            ignores="failing-shop",
        ),
        Wrong(
            "leaves out raise_for_status",
            "one shop answers 503",
            PULL_STOCK.replace("    response.raise_for_status()\n", "")
            + "@flow\ndef chain_stock(url):\n"
            "    return sum(i['quantity'] for s in SHOPS for i in pull_stock(s, url))",
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
            ignores="twice",
        ),
        Wrong(
            "doesn't wait",
            "pauses of at least",
            "@task(retries=2)\ndef pull_quality(shop, url):\n"
            "    return httpx.get(f'{url}/quality/{shop}').raise_for_status().json()",
            ignores="recover",
        ),
        Wrong(
            "waits too short",
            "pauses of at least",
            "@task(retries=2, retry_delay_seconds=0.02)\ndef pull_quality(shop, url):\n"
            "    return httpx.get(f'{url}/quality/{shop}').raise_for_status().json()",
        ),
        Wrong(
            "waits before the first retry alone",
            "pauses of at least",
            "@task(retries=2, retry_delay_seconds=[0.25, 0])\ndef pull_quality(shop, url):\n"
            "    return httpx.get(f'{url}/quality/{shop}').raise_for_status().json()",
        ),
        Wrong(
            "waits a little too short",
            "pauses of at least",
            "@task(retries=2, retry_delay_seconds=0.19)\ndef pull_quality(shop, url):\n"
            "    return httpx.get(f'{url}/quality/{shop}').raise_for_status().json()",
        ),
        Wrong(
            "scatters the waits, so that some are too short",
            "pauses of at least",
            "@task(retries=2, retry_delay_seconds=0.25, retry_jitter_factor=1)\n"
            "def pull_quality(shop, url):\n"
            "    return httpx.get(f'{url}/quality/{shop}').raise_for_status().json()",
        ),
        Wrong(
            "sleeps too short",
            "pauses of at least",
            "@task(retries=2)\ndef pull_quality(shop, url):\n"
            "    response = httpx.get(f'{url}/quality/{shop}')\n"
            "    if response.is_error:\n        time.sleep(0.02)\n"
            "    return response.raise_for_status().json()",
        ),
        Wrong(
            "knows one shop only",
            "request by request",
            "@task(retries=2, retry_delay_seconds=0.25)\ndef pull_quality(shop, url):\n"
            "    return httpx.get(f'{url}/quality/plaza').raise_for_status().json()",
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
            ignores="record",
        ),
        Wrong(
            "swallows the error",
            "request by request",
            "@task(retries=2, retry_delay_seconds=0.25)\ndef pull_quality(shop, url):\n    try:\n"
            "        return httpx.get(f'{url}/quality/{shop}').raise_for_status().json()\n"
            "    except httpx.HTTPError:\n        return []",
            ignores="survive",
        ),
        Wrong(
            "returns the response itself",
            "what the task returned",
            "@task(retries=2, retry_delay_seconds=0.25)\ndef pull_quality(shop, url):\n"
            "    return httpx.get(f'{url}/quality/{shop}').raise_for_status()",
            ignores="report",
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
            "the names of two runs",
            REPORT.replace("task_run_name=", "name="),
        ),
        Wrong(
            "names no run",
            "the names of two runs",
            REPORT.replace("task_run_name='orders-{shop}', ", ""),
            ignores="name",
        ),
        Wrong(
            "names every run alike",
            "the names of two runs",
            REPORT.replace("{shop}", "north"),
        ),
        Wrong(
            "forgets the braces",
            "the names of two runs",
            REPORT.replace("{shop}", "shop"),
        ),
        Wrong("gives tags as a bare text", "their tags", REPORT.replace("{'report'}", "'report'")),
        Wrong("sets another tag", "their tags", REPORT.replace("{'report'}", "{'reports'}")),
        Wrong(
            "forgets the tag",
            "their tags",
            REPORT.replace("tags={'report'}, ", ""),
            ignores="tag",
        ),
        Wrong(
            "prints without log_prints",
            "a line with the number",
            REPORT.replace("log_prints=True, ", ""),
        ),
        Wrong(
            "prints nothing",
            "a line with the number",
            REPORT.replace("    print(len(orders), 'orders')\n", ""),
            ignores="line",
        ),
        Wrong(
            "prints all orders",
            "a line with the number",
            REPORT.replace("len(orders), 'orders'", "orders"),
        ),
        Wrong(
            "prints each order",
            "a line with the number",
            REPORT.replace("print(len(orders), 'orders')", "[print(each) for each in orders]"),
        ),
        Wrong(
            "prints the pieces",
            "a line with the number",
            REPORT.replace("len(orders)", "sum(each['quantity'] for each in orders)"),
        ),
        Wrong(
            "prints a number that came out once",
            "a line with the number",
            REPORT.replace("len(orders)", "57"),
        ),
        Wrong(
            "prints nothing where nothing came in",
            "to which no orders came in",
            REPORT.replace("print(len", "orders and print(len"),
        ),
        Wrong(
            "forgets the time limit",
            "its time limit",
            REPORT.replace(", timeout_seconds=5", ""),
            ignores="limit",
        ),
        Wrong(
            "takes milliseconds",
            "its time limit",
            REPORT.replace("timeout_seconds=5", "timeout_seconds=5000"),
        ),
        Wrong(
            "returns the number instead of the orders",
            "what the task returned",
            REPORT.replace("return orders", "return len(orders)"),
            ignores="same-result",
        ),
        Wrong(
            "returns nothing any more",
            "what the task returned",
            REPORT.replace("    return orders\n", ""),
        ),
        Wrong(
            "calls itself",
            "it runs to its end",
            REPORT.replace("len(orders)", "len(pull_report(shop))"),
        ),
    ],
}

RIGHT: dict[str, list[str]] = {
    "01.1": [
        PULL_STOCK
        + """
@task
def add_up(stocks):
    return sum(item["quantity"] for items in stocks for item in items)


@flow
def chain_stock(url):
    return add_up([pull_stock(shop, url) for shop in SHOPS])
""",
        PULL_STOCK
        + """
@task
def count_units(items: list[dict]) -> int:
    return sum(item["quantity"] for item in items)


@flow
def chain_stock(url: str) -> int:
    total = 0
    for shop in SHOPS:
        total += count_units(pull_stock(shop, url))
    return total
""",
        PULL_STOCK
        + """
@flow
def chain_stock(url):
    return sum(item["quantity"] for items in pull_stock.map(SHOPS, url).result() for item in items)
""",
        """
@task(task_run_name="stock of {shop}", retries=1)
def units(shop, url):
    answer = httpx.get(f"{url}/stock/{shop}").raise_for_status().json()
    return sum(item["quantity"] for item in answer)


@flow
def chain_stock(url):
    shops = httpx.get(f"{url}/shops").json()
    futures = [units.submit(shop, url) for shop in shops]
    return sum(future.result() for future in futures)
""",
        """
@task
async def pull(client, shop):
    response = await client.get(f"/stock/{shop}")
    response.raise_for_status()
    return response.json()


@flow
async def chain_stock(url: str) -> int:
    async with httpx.AsyncClient(base_url=url) as client:
        stocks = await asyncio.gather(*(pull(client, shop) for shop in SHOPS))
    return sum(item["quantity"] for items in stocks for item in items)
""",
        """
@task
def units(shop, url):
    response = httpx.get(f"{url}/stock/{shop}")
    if response.status_code != 200:
        return Failed(message=f"{shop}: {response.status_code}")
    return sum(item["quantity"] for item in response.json())


@flow
def chain_stock(url):
    return sum(units(shop, url) for shop in SHOPS)
""",
        """
@task
def north(url):
    return fetch_stock("north", url)


@task
def east(url):
    return fetch_stock("east", url)


@task
def south(url):
    return fetch_stock("south", url)


@task
def west(url):
    return fetch_stock("west", url)


def fetch_stock(shop, url):
    items = httpx.get(f"{url}/stock/{shop}").raise_for_status().json()
    return sum(item["quantity"] for item in items)


@flow
def chain_stock(url):
    return north(url) + east(url) + south(url) + west(url)
""",
    ],
    "01.2": [
        """
@task(retries=5, retry_delay_seconds=[0.2, 0.3, 0.4, 0.5, 0.6])
def pull_quality(shop, url):
    with httpx.Client(base_url=url, timeout=5) as client:
        return client.get(f"/quality/{shop}").raise_for_status().json()
""",
        """
@task
def pull_quality(shop: str, url: str) -> list[dict]:
    response = httpx.get(f"{url}/quality/{shop}", timeout=5)
    if response.status_code >= 500:
        raise RuntimeError(f"{shop} answered {response.status_code}")
    return response.json()


pull_quality = pull_quality.with_options(retries=2, retry_delay_seconds=0.3)
""",
        """
@task(retries=2, retry_delay_seconds=exponential_backoff(0.25))
async def pull_quality(shop: str, url: str) -> list[dict]:
    async with httpx.AsyncClient() as client:
        response = await client.get(f"{url}/quality/{shop}")
    response.raise_for_status()
    return response.json()
""",
        """
@task(retries=2)
def pull_quality(shop, url):
    response = httpx.get(f"{url}/quality/{shop}")
    if response.is_error:
        time.sleep(0.25)
    response.raise_for_status()
    return response.json()
""",
        """
@task(retries=2, retry_delay_seconds=0.25)
def pull_quality(shop, url):
    response = httpx.get(f"{url}/quality/{shop}")
    if response.status_code == 503:
        return Failed(message="the old machine needs a rest")
    return response.json()
""",
        """
@task
def ask(shop, url):
    return httpx.get(f"{url}/quality/{shop}").raise_for_status().json()


@task
def pull_quality(shop, url):
    for _ in range(3):
        state = ask(shop, url, return_state=True)
        if state.is_completed():
            return state.result()
        time.sleep(0.25)
    return state
""",
    ],
    "01.3": [
        REPORT.replace("{'report'}", "['report', 'orders']"),
        """
@task(task_run_name="orders-{shop}", tags=["report"], timeout_seconds=5)
def pull_report(shop: str, url: str) -> list[dict]:
    orders = fetch_orders(shop, url)
    get_run_logger().info("%s sent %d orders, %d pieces", shop, len(orders), 999)
    return orders
""",
        """
@task(log_prints=True)
def pull_report(shop: str, url: str) -> list[dict]:
    found = fetch_orders(shop, url)
    print(f"{shop}: n={len(found)}.")
    return found


pull_report = pull_report.with_options(
    task_run_name="orders-{shop}", tags={"report"}, timeout_seconds=5.0
)
""",
        """
from prefect.runtime import task_run


def run_name():
    return "orders-" + task_run.parameters["shop"]


@task(name="report", task_run_name=run_name, tags={"report"}, timeout_seconds=5, log_prints=True)
async def pull_report(shop: str, url: str) -> list[dict]:
    async with httpx.AsyncClient() as client:
        orders = (await client.get(f"{url}/orders/{shop}")).json()
    print(f"{len(orders)} orders came in from {shop}")
    return orders
""",
        """
@task
def fetch(shop, url):
    return fetch_orders(shop, url)


@task(
    task_run_name="orders-{shop}", tags={"report"}, timeout_seconds=5, log_prints=True, retries=1
)
def pull_report(shop, url):
    orders = fetch(shop, url)
    count = len(orders)
    print("got the orders")
    print("count:", count)
    return orders
""",
    ],
}
