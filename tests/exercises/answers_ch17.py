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


@task(task_run_name="stock of {shop}")
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
_ANY_CONDITION = """
@task(retries=2, retry_condition_fn={})
def pull(shop, url, day):
    response = httpx.get(f"{{url}}/orders/{{shop}}?day={{day}}", timeout=5)
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
        # a name for each run, and a task more
        _TASKS.replace("(retries=2", '(task_run_name="{shop}", retries=2').replace(
            "@task\ndef total", "@task(task_run_name='sum')\ndef total"
        )
        + "@task\ndef rounded(total):\n    return round(total, 2)\n"
        + _FLOW.replace("return total(pulled) if", "return rounded(total(pulled)) if"),
        # asynchronous
        "@task(retries=2)\nasync def pull(shop, day, url):\n"
        "    async with httpx.AsyncClient() as client:\n"
        "        answer = await client.get(f'{url}/orders/{shop}', params={'day': day})\n"
        "    return answer.raise_for_status().json()\n"
        "@task\nasync def total(orders):\n"
        "    return sum(each['quantity'] * each['unit_price'] for each in orders)\n"
        "@flow\nasync def takings(url, day='2026-03-02'):\n"
        "    orders = []\n    for shop in SHOPS:\n        orders += await pull(shop, day, url)\n"
        "    if len(orders) == 0:\n        return 0.0\n    return await total(orders)\n",
    ],
    "17.2": [
        # futures and tags on the task
        _PULL + "@flow\ndef morning(shops, url, day):\n"
        "    pulled = [pull.with_options(tags={'daily'}).submit(s, url, day) for s in shops]\n"
        "    wait(pulled)\n    return [each.state.name for each in pulled]\n",
        # tags in the decorator, map, and a name for each run
        _PULL.replace("(retries=2", "(tags=['daily'], task_run_name='{shop}', retries=2")
        + "@flow\ndef morning(shops, url, day):\n"
        "    pulled = pull.map(shops, unmapped(url), unmapped(day))\n    pulled.wait()\n"
        "    return tuple(each.state.name for each in pulled)\n",
        # a state that is returned, and a condition that knows it by its words
        "@task(retries=2, retry_condition_fn=lambda task, run, state: state.message != 'missing')\n"
        "def pull(shop, url, day):\n"
        "    response = httpx.get(f'{url}/orders/{shop}', params={'day': day})\n"
        "    if response.status_code == 404:\n        return Failed(message='missing')\n"
        "    orders = response.raise_for_status().json()\n    if not orders:\n"
        "        return Completed(name='Skipped')\n    return orders\n" + _MORNING,
        # asynchronous, with a condition that looks at the status
        "def not_404(task, run, state):\n"
        "    status = getattr(getattr(state.data, 'response', None), 'status_code', None)\n"
        "    return status != 404\n"
        "@task(retries=2, retry_condition_fn=not_404, retry_delay_seconds=0)\n"
        "async def pull(shop, url, day):\n"
        "    async with httpx.AsyncClient(base_url=url) as client:\n"
        "        response = await client.get(f'/orders/{shop}?day={day}')\n"
        "    response.raise_for_status()\n"
        "    return response.json() or Completed(name='Skipped', message='closed')\n"
        "@flow\nasync def morning(shops, url, day):\n    names = []\n    for shop in shops:\n"
        "        with tags('daily', 'morning'):\n"
        "            state = await pull(shop, url, day, return_state=True)\n"
        "        names.append(state.name)\n    return names\n",
    ],
    "17.3": [
        "@flow\ndef stock_check(url):\n    return pull_stock.map(SHOPS, url)\n",
        "@flow\ndef stock_check(url):\n    pulled = pull_stock.map(SHOPS, url)\n"
        "    wait(pulled)\n    return [each.state for each in pulled]\n",
        "@flow\ndef stock_check(url):\n    pulled = pull_stock.map(SHOPS, url)\n"
        "    wait(pulled)\n    pulled.result()\n",
        "@flow\ndef stock_check(url):\n"
        "    states = [pull_stock(shop, url, return_state=True) for shop in SHOPS]\n"
        "    if bad := [state for state in states if state.is_failed()]:\n"
        "        return Failed(message=f'{len(bad)} of {len(states)} failed')\n",
        "@flow\nasync def stock_check(url):\n"
        "    stocks = [pull_stock.submit(shop, url) for shop in SHOPS]\n"
        "    for each in stocks:\n        each.wait()\n"
        "    for each in stocks:\n        if each.state.is_failed():\n"
        "            raise RuntimeError(each.state.message)\n    return 'all is well'\n",
    ],
}

WRONG: dict[str, list[Wrong]] = {
    "17.1": [
        Wrong(
            "loses the retries",
            "requests to a shop with two faults",
            _TASKS.replace("(retries=2, retry_delay_seconds=0)", "") + _FLOW,
            ignores="two-retries",
        ),
        Wrong(
            "gives three retries",
            "a shop whose 503 lasts",
            _TASKS.replace("retries=2", "retries=3") + _FLOW,
        ),
        Wrong(
            "retries some errors only",
            "requests to a shop with two faults",
            _TASKS.replace(
                "(retries=2,",
                "(retries=2, retry_condition_fn=lambda t, r, s: isinstance(s.data, httpx.HTTPError),",
            )
            + _FLOW,
        ),
        Wrong(
            "adds up in a plain function",
            "task runs of total then",
            _TASKS.replace("@task\ndef total", "def total") + _FLOW,
            ignores="tasks",
        ),
        Wrong(
            "needs orders in all shops",
            "a day on which one shop alone",
            _TASKS + _FLOW.replace("any(", "all("),
        ),
        Wrong(
            "asks for a Sunday instead of for orders",
            "task runs of total on a day without",
            _TASKS
            + "from datetime import date\n"
            + _FLOW.replace("any(pulled)", "date.fromisoformat(day).isoweekday() < 7"),
        ),
        Wrong(
            "leaves a shop out that failed",
            "a shop whose 503 lasts",
            _TASKS + "@flow\ndef takings(url, day='2026-03-02'):\n"
            "    states = [pull(shop, day, url, return_state=True) for shop in SHOPS]\n"
            "    pulled = [each.result() for each in states if each.is_completed()]\n"
            "    return total(pulled) if any(pulled) else 0.0\n",
            ignores="as-it-was",
        ),
        Wrong(
            "moves the retries to the flow",
            "requests to a shop with two faults",
            _TASKS.replace("(retries=2, retry_delay_seconds=0)", "")
            + _FLOW.replace("@flow", "@flow(retries=2)"),
        ),
        Wrong(
            "renames a parameter",
            "the parameters",
            _TASKS
            + "@flow\ndef takings(url, date='2026-03-02', **rest):\n"
            + "    pulled = pull.map(SHOPS, day=date, url=url).result()\n    return total(pulled)\n",
            ignores="as-it-was",
        ),
        Wrong(
            "returns nothing, as Prefect 1's flows",
            "what the flow returned for 2026-03-02",
            _TASKS + _FLOW.replace("return total(pulled) if any(pulled) else 0.0", "total(pulled)"),
            ignores="returns-total",
        ),
        Wrong(
            "takes four empty lists for orders",
            "task runs of total on a day without",
            _TASKS + _FLOW.replace("if any(pulled)", "if pulled"),
            ignores="only-with-orders",
        ),
        Wrong(
            "pulls in a plain function",
            "task runs of pull",
            _TASKS.replace(
                "@task(retries=2, retry_delay_seconds=0)\ndef pull(shop, day, url):\n",
                "def pull(shop, day, url):\n"
                "    for attempt in range(3):\n        try:\n"
                "            return ask(f'orders/{shop}?day={day}', url)\n"
                "        except Exception:\n            if attempt == 2:\n                raise\n",
            )
            + _FLOW.replace(
                "pull.map(SHOPS, day=day, url=url).result()", "[pull(s, day, url) for s in SHOPS]"
            ),
        ),
        Wrong(
            "returns None without orders",
            "what the flow returned for a day without",
            _TASKS + _FLOW.replace("else 0.0", "else None"),
            ignores="zero",
        ),
    ],
    "17.2": [
        Wrong(
            "returns Failed and is retried",
            "requests: missing",
            _PULL.replace("raise LookupError(", "return Failed(message=") + _MORNING,
            ignores="asked-once",
        ),
        Wrong(
            "gives up everything that fails",
            "requests: missing",
            _PULL.replace("retries=2, ", "") + _MORNING,
        ),
        Wrong(
            "has three retries",
            "requests: missing",
            _PULL.replace("retries=2", "retries=3") + _MORNING,
            ignores="two-retries",
        ),
        Wrong(
            "retries a 503 only",
            "requests: missing",
            "def is_503(task, run, state):\n    error = state.data\n"
            "    return isinstance(error, httpx.HTTPStatusError) and error.response.status_code == 503\n"
            + _ANY_CONDITION.format("is_503")
            + _MORNING,
            ignores="any-other-failure",
        ),
        Wrong(
            "retries all answers with an error but 404",
            "requests: missing",
            "def is_status(task, run, state):\n"
            "    return isinstance(state.data, httpx.HTTPStatusError)\n"
            + _ANY_CONDITION.format("is_status")
            + _MORNING,
        ),
        Wrong(
            "retries what httpx raises, and no broken JSON",
            "requests: missing",
            "def is_http(task, run, state):\n    return isinstance(state.data, httpx.HTTPError)\n"
            + _ANY_CONDITION.format("is_http")
            + _MORNING,
        ),
        Wrong(
            "retries server errors and broken lines only",
            "requests: missing",
            "def is_temporary(task, run, state):\n    error = state.data\n"
            "    if isinstance(error, httpx.HTTPStatusError):\n"
            "        return error.response.status_code >= 500\n"
            "    return isinstance(error, (httpx.TransportError, ValueError))\n"
            + _ANY_CONDITION.format("is_temporary")
            + _MORNING,
        ),
        Wrong(
            "has its parameters in another order",
            "requests: missing",
            _PULL + _MORNING.replace("(shops, url, day):", "(url, shops, day):"),
        ),
        Wrong(
            "names a parameter otherwise",
            "can be called as the exercise says",
            _PULL + _MORNING.replace("day)", "date)").replace("url, day,", "url, date,"),
            ignores="signature",
        ),
        Wrong(
            "returns states in place of names",
            "what the flow returned",
            _PULL + _MORNING.replace(").name for", ").type.value for"),
            ignores="names",
        ),
        Wrong(
            "returns the names in order of the alphabet",
            "what the flow returned",
            _PULL
            + _MORNING.replace("return [", "return sorted([").replace(
                "for shop in shops]", "for shop in shops])"
            ),
            ignores="order",
        ),
        Wrong(
            "lets one failure end the flow",
            "requests: missing",
            _PULL
            + _MORNING.replace(
                "[pull(shop, url, day, return_state=True).name for shop in shops]",
                "[type(pull(shop, url, day)).__name__ for shop in shops]",
            ),
            ignores="all-asked",
        ),
        Wrong(
            "skips what isn't there",
            "how their task runs ended",
            _PULL.replace('raise LookupError("no such shop")', 'return Completed(name="Skipped")')
            + _MORNING,
            ignores="missing-fails",
        ),
        Wrong(
            "leaves the tags out",
            "task runs without the tag",
            _PULL + _MORNING.replace('with tags("daily"):', "if True:"),
            ignores="tag",
        ),
        Wrong(
            "cancels what it skips",
            "how their task runs ended",
            _PULL.replace("Completed(", "Cancelled(") + _MORNING,
            ignores="skipped",
        ),
        Wrong(
            "raises to skip",
            "how their task runs ended",
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
            ignores="failed",
        ),
        Wrong(
            "asks the first future alone",
            "the state in which the flow ended, while another",
            "@flow\ndef stock_check(url):\n"
            "    futures = [pull_stock.submit(s, url) for s in SHOPS]\n"
            "    wait(futures)\n    futures[0].result()\n",
        ),
        Wrong(
            "returns the last future alone",
            "the state in which the flow ended, while north",
            "@flow\ndef stock_check(url):\n    for s in SHOPS:\n"
            "        future = pull_stock.submit(s, url)\n    return future\n",
        ),
        Wrong(
            "has a task of its own that is quiet",
            "how the task runs of pull_stock ended",
            "@task\ndef pull_stock(shop, url):\n    return ask(f'stock/{shop}', url)\n\n"
            "@flow\ndef stock_check(url):\n    return pull_stock.map(SHOPS, url)\n",
            ignores="task-as-it-is",
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
            "what the shops were asked for",
            "@flow\ndef stock_check(url):\n    for s in SHOPS:\n        pull_stock(s, url)\n",
            ignores="all-asked",
        ),
        Wrong(
            "asks for each result at once",
            "what the shops were asked for",
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
            "the same with shops that are all well",
            "@flow\ndef stock_check(url):\n    wait(pull_stock.map(SHOPS, url))\n"
            "    raise RuntimeError('a shop is missing')\n",
            ignores="completed",
        ),
        Wrong(
            "returns a Failed whatever happened",
            "the same with shops that are all well",
            "@flow\ndef stock_check(url):\n    wait(pull_stock.map(SHOPS, url))\n"
            "    return Failed(message='a shop may be missing')\n",
        ),
    ],
}
