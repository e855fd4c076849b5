"""Right and wrong answers to the exercises of chapter 17."""

from tests.exercises.answers import Wrong

PRELUDE = """
import httpx
from prefect import State, flow, tags, task, unmapped
from prefect.futures import wait
from prefect.states import Cancelled, Completed, Failed

SHOPS = ["north", "east", "south", "west"]


def ask(path, url):
    return httpx.get(f"{url}/{path}", timeout=5).raise_for_status().json()


@task
def pull_stock(shop: str, url: str) -> list[dict]:
    return ask(f"stock/{shop}", url)
"""

_TASKS = """
@task(retries=2, retry_delay_seconds=0)
def pull(shop, day, url):
    return ask(f"orders/{shop}?day={day}", url)


@task
def total(pulled):
    return sum(each["quantity"] * each["unit_price"] for orders in pulled for each in orders)
"""
_FLOW = """
@flow
def takings(url, day="2026-03-02"):
    pulled = pull.map(SHOPS, day=day, url=url).result()
    return total(pulled) if any(pulled) else 0.0
"""

_PULL = """
@task(retries=2, retry_condition_fn=lambda task, run, state: not isinstance(state.data, LookupError))
def pull(shop, url, day):
    response = httpx.get(f"{url}/orders/{shop}?day={day}", timeout=5)
    if response.status_code == 404:
        raise LookupError("no such shop")
    return response.raise_for_status().json() or Completed(name="Skipped", message="closed")
"""
_MORNING = """
@flow
def morning(shops, url, day):
    with tags("daily"):
        return [pull(shop, url, day, return_state=True).name for shop in shops]
"""

RIGHT: dict[str, list[str]] = {
    "17.1": [
        # one after the other, called directly, with a task that decides
        _TASKS + "@task\ndef any_orders(pulled):\n    return any(pulled)\n"
        "@flow\ndef takings(url: str, day: str = '2026-03-02') -> float:\n"
        "    pulled = [pull(shop, day, url) for shop in SHOPS]\n"
        "    if any_orders(pulled):\n        return total(pulled)\n    return 0\n",
        # unmapped as it was, and futures passed on
        _TASKS + "@flow\ndef takings(url, day='2026-03-02'):\n"
        "    pulled = pull.map(SHOPS, unmapped(day), unmapped(url))\n"
        "    if not any(pulled.result()):\n        return 0.0\n"
        "    return total.submit(pulled).result()\n",
    ],
    "17.2": [
        # futures and tags on the task
        _PULL + "@flow\ndef morning(shops, url, day):\n"
        "    pulled = [pull.with_options(tags={'daily'}).submit(s, url, day) for s in shops]\n"
        "    wait(pulled)\n    return [each.state.name for each in pulled]\n",
    ],
    "17.3": [
        "@flow\ndef stock_check(url):\n    return pull_stock.map(SHOPS, url)\n",
        "@flow\ndef stock_check(url):\n    pulled = pull_stock.map(SHOPS, url)\n"
        "    wait(pulled)\n    return [each.state for each in pulled]\n",
        "@flow\ndef stock_check(url):\n    pulled = pull_stock.map(SHOPS, url)\n"
        "    wait(pulled)\n    pulled.result()\n",
    ],
}

WRONG: dict[str, list[Wrong]] = {
    "17.1": [
        Wrong(
            "loses the retries",
            "requests, while east",
            _TASKS.replace("(retries=2, retry_delay_seconds=0)", "") + _FLOW,
        ),
        Wrong(
            "moves the retries to the flow",
            "requests, while east",
            _TASKS.replace("(retries=2, retry_delay_seconds=0)", "")
            + _FLOW.replace("@flow", "@flow(retries=2)"),
        ),
        Wrong(
            "renames a parameter",
            "the parameters",
            _TASKS
            + "@flow\ndef takings(url, date='2026-03-02', **rest):\n"
            + "    pulled = pull.map(SHOPS, day=date, url=url).result()\n    return total(pulled)\n",
        ),
        Wrong(
            "returns nothing, as Prefect 1's flows",
            "what the flow returned for 2026-03-02",
            _TASKS + _FLOW.replace("return total(pulled) if any(pulled) else 0.0", "total(pulled)"),
        ),
        Wrong(
            "takes four empty lists for orders",
            "task runs of total on a Sunday",
            _TASKS + _FLOW.replace("if any(pulled)", "if pulled"),
        ),
        Wrong(
            "pulls in a plain function",
            "task runs of pull",
            _TASKS.replace(
                "@task(retries=2, retry_delay_seconds=0)\ndef pull(shop, day, url):\n",
                "def pull(shop, day, url):\n"
                "    for _ in range(2):\n        try:\n"
                "            return ask(f'orders/{shop}?day={day}', url)\n"
                "        except httpx.HTTPError:\n            pass\n",
            )
            + _FLOW.replace(
                "pull.map(SHOPS, day=day, url=url).result()", "[pull(s, day, url) for s in SHOPS]"
            ),
        ),
        Wrong(
            "returns None on a Sunday",
            "what the flow returned for a Sunday",
            _TASKS + _FLOW.replace("else 0.0", "else None"),
        ),
    ],
    "17.2": [
        Wrong(
            "returns Failed and is retried",
            "requests for a healthy shop",
            _PULL.replace("raise LookupError(", "return Failed(message=") + _MORNING,
        ),
        Wrong(
            "gives up everything that fails",
            "requests for a healthy shop",
            _PULL.replace("retries=2, ", "") + _MORNING,
        ),
        Wrong(
            "lets one failure end the flow",
            "requests for a healthy shop",
            _PULL
            + _MORNING.replace(
                "[pull(shop, url, day, return_state=True).name for shop in shops]",
                "[type(pull(shop, url, day)).__name__ for shop in shops]",
            ),
        ),
        Wrong(
            "skips what isn't there",
            "how their task runs ended",
            _PULL.replace('raise LookupError("no such shop")', 'return Completed(name="Skipped")')
            + _MORNING,
        ),
        Wrong(
            "leaves the tags out",
            "tags of the task runs",
            _PULL + _MORNING.replace('with tags("daily"):', "if True:"),
        ),
        Wrong(
            "cancels what it skips",
            "a shop that is closed: name and type",
            _PULL.replace("Completed(", "Cancelled(") + _MORNING,
        ),
        Wrong(
            "raises to skip",
            "a shop that is closed: name and type",
            _PULL.replace(
                'return response.raise_for_status().json() or Completed(name="Skipped", message="closed")',
                "pulled = response.raise_for_status().json()\n    if not pulled:\n"
                '        raise LookupError("closed")\n    return pulled',
            )
            + _MORNING,
        ),
    ],
    "17.3": [
        Wrong(
            "waits, and that's all",
            "the state in which the flow ended",
            "@flow\ndef stock_check(url):\n    wait([pull_stock.submit(s, url) for s in SHOPS])\n",
        ),
        Wrong(
            "looks at what wait gives",
            "the state in which the flow ended",
            "@flow\ndef stock_check(url):\n"
            "    states = [pull_stock.submit(s, url).wait() for s in SHOPS]\n"
            "    if any(state and state.is_failed() for state in states):\n"
            "        raise RuntimeError('a shop is missing')\n",
        ),
        Wrong(
            "calls one after the other",
            "what the shop was asked for",
            "@flow\ndef stock_check(url):\n    for s in SHOPS:\n        pull_stock(s, url)\n",
        ),
        Wrong(
            "asks for each result at once",
            "what the shop was asked for",
            "@flow\ndef stock_check(url):\n"
            "    return [pull_stock.submit(s, url).result() for s in SHOPS]\n",
        ),
        Wrong(
            "doesn't raise on failure",
            "the state in which the flow ended",
            "@flow\ndef stock_check(url):\n    pulled = pull_stock.map(SHOPS, url)\n"
            "    return [str(each.result(raise_on_failure=False)) for each in pulled]\n",
        ),
        Wrong(
            "always fails",
            "the same with a shop that is well",
            "@flow\ndef stock_check(url):\n    wait(pull_stock.map(SHOPS, url))\n"
            "    raise RuntimeError('a shop is missing')\n",
        ),
    ],
}
