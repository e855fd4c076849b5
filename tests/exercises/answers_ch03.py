"""Answers to the exercises of chapter 03: states and results."""

from tests.exercises.answers import Wrong

PRELUDE = """
import asyncio
from datetime import date

import httpx
from prefect import Flow, State, Task, allow_failure, flow, tags, task
from prefect.client.schemas.objects import FlowRun, TaskRun
from prefect.states import Cancelled, Completed, Failed

SHOPS = ["north", "east", "south", "west"]


def ask(shop, url, day="2026-03-02"):
    response = httpx.get(f"{url}/orders/{shop}", params={"day": day}, timeout=5)
    response.raise_for_status()
    return response.json()
"""
"""What the cells above an exercise have defined."""

PULL_DAY = """
@task
def pull_day(shop, day, url):
    return ask(shop, url, day)


def total(orders):
    return sum(order["quantity"] for order in orders)
"""
PULL_UNITS = """
@task
def pull_units(shop, url):
    return sum(order["quantity"] for order in ask(shop, url))
"""
PULL_STOCK = """
@task
def pull_stock(shop, url):
    return httpx.get(f"{url}/stock/{shop}", timeout=5).raise_for_status().json()


def count(url):
    return sum(item["quantity"] for shop in SHOPS for item in pull_stock(shop, url))
"""

_SKIPPED = "Completed(name='Skipped', message='closed', data=[])"
_DAILY = (
    PULL_DAY
    + "@flow\ndef daily_units(shop, day, url):\n"
    + "    orders = pull_day(shop, day, url)\n"
    + "    if not orders:\n"
    + "        return Completed(name='Skipped', message=f'no orders on {day}')\n"
    + "    return total(orders)"
)
_REPORT = (
    PULL_UNITS
    + "@flow\ndef chain_report(url):\n"
    + "    states = {s: pull_units(s, url, return_state=True) for s in SHOPS}\n"
    + "    units = {s: st.result() for s, st in states.items() if st.is_completed()}\n"
    + "    if not units:\n        return Failed(message='none')\n"
    + "    return {'units': units, 'missing': [s for s in SHOPS if s not in units]}"
)
_TRIES = (
    PULL_UNITS
    + """
@flow
def chain_report(url):
    units, missing = {}, []
    for shop in SHOPS:
        try:
            units[shop] = pull_units(shop, url)
        except httpx.HTTPError:
            missing.append(shop)
    if not units:
        raise RuntimeError("no shop answered")
    return {"units": units, "missing": missing}
"""
)
_NOTED = (
    PULL_STOCK
    + """
def note(flow, flow_run, state):
    with open(flow_run.parameters["book"], "a") as file:
        file.write(f"{flow_run.name}: {state.name}\\n")


@flow(retries=1, on_failure=[note])
def morning_stock(url, book):
    return count(url)
"""
)
_IN_THE_FLOW = (
    "from prefect.runtime import flow_run\n"
    + PULL_STOCK
    + """
@flow(retries=1)
def morning_stock(url, book):
    try:
        return count(url)
    except Exception:
        if flow_run.run_count == 2:
            with open(book, "a") as file:
                file.write(f"{flow_run.name}: Failed\\n")
        raise
"""
)


def _but(source: str, old: str, new: str) -> str:
    """Return the source with something else in one place."""
    assert old in source, old
    return source.replace(old, new)


WRONG: dict[str, list[Wrong]] = {
    "03.1": [
        Wrong(
            "skips by the weekday",
            "its name on a working day without orders",
            _but(_DAILY, "if not orders", "if date.fromisoformat(day).isoweekday() == 7"),
            ignores="without-orders",
        ),
        Wrong(
            "skips by the weekday without asking",
            "its name on a working day without orders",
            _but(
                _DAILY,
                "    orders = pull_day(shop, day, url)\n    if not orders:",
                "    orders = []\n    if date.fromisoformat(day).isoweekday() < 7:\n"
                "        orders = pull_day(shop, day, url)\n    else:",
            ),
        ),
        Wrong(
            "doesn't ask on Sundays, and looks at the orders of other days",
            "when the server is down",
            _but(
                _DAILY,
                "= pull_day(shop, day, url)",
                "= date.fromisoformat(day).weekday() < 6 and pull_day(shop, day, url)",
            ),
        ),
        Wrong(
            "lets the task skip, and passes its state on",
            "its name",
            _but(
                _but(_DAILY, "ask(shop, url, day)", "ask(shop, url, day) or " + _SKIPPED),
                "if not orders:\n        return Completed(name='Skipped',"
                " message=f'no orders on {day}')",
                "if not isinstance(orders, list):\n        return orders",
            ),
        ),
        Wrong(
            "takes the state that the task returns for the orders",
            "the type of the final state on a Sunday",
            _but(_DAILY, "ask(shop, url, day)", "ask(shop, url, day) or " + _SKIPPED),
        ),
        Wrong(
            "takes a Cancelled state",
            "the type of the final state on a Sunday",
            _but(_DAILY, "Completed(", "Cancelled("),
        ),
        Wrong(
            "takes a Failed state",
            "the type of the final state on a Sunday",
            _but(_DAILY, "Completed(", "Failed("),
            ignores="ends-well",
        ),
        Wrong(
            "raises on a day without orders",
            "the type of the final state on a Sunday",
            _but(_DAILY, "return Completed(name='Skipped', message=", "raise ValueError("),
        ),
        Wrong(
            "gives no message",
            "its message",
            _but(_DAILY, ", message=f'no orders on {day}'", ""),
            ignores="message",
        ),
        Wrong(
            "says it in the message alone",
            "its name",
            _but(_DAILY, "name='Skipped', message=f'no", "message=f'Skipped: no"),
            ignores="name",
        ),
        Wrong(
            "takes a server that's down for a closed shop",
            "when the server is down",
            _but(
                _DAILY,
                "    orders = pull_day(shop, day, url)\n",
                "    try:\n        orders = pull_day(shop, day, url)\n"
                "    except httpx.HTTPStatusError:\n        orders = []\n",
            ),
            ignores="down",
        ),
        Wrong(
            "takes a server that can't be reached for a closed shop",
            "when the server is down",
            _but(
                _DAILY,
                "    orders = pull_day(shop, day, url)\n",
                "    try:\n        orders = pull_day(shop, day, url)\n"
                "    except httpx.TransportError:\n        orders = []\n",
            ),
        ),
        Wrong(
            "skips when the pieces add up to nothing",
            "what it returned",
            _but(_DAILY, "if not orders", "if not total(orders)"),
        ),
        Wrong(
            "skips every day",
            "on a day with orders",
            _but(_DAILY, "if not orders", "if True"),
            ignores="other-days",
        ),
        Wrong(
            "counts the orders",
            "what it returned",
            _but(_DAILY, "return total(orders)", "return len(orders)"),
            ignores="number",
        ),
    ],
    "03.2": [
        Wrong(
            "stops at the first failure",
            "when some shop answers",
            PULL_UNITS + "@flow\ndef chain_report(url):\n"
            "    return {'units': {s: pull_units(s, url) for s in SHOPS}, 'missing': []}",
        ),
        Wrong(
            "lets a shop that doesn't answer at all spoil it",
            "when some shop answers",
            _but(_TRIES, "httpx.HTTPError", "httpx.HTTPStatusError"),
            ignores="any-failure",
        ),
        Wrong(
            "hides the failure in the task",
            "failed task runs",
            "@task\ndef pull_units(shop, url):\n    try:\n"
            "        return sum(o['quantity'] for o in ask(shop, url))\n"
            "    except httpx.HTTPError:\n        return None\n"
            "@flow\ndef chain_report(url):\n"
            "    found = {s: pull_units(s, url) for s in SHOPS}\n"
            "    units = {s: n for s, n in found.items() if n is not None}\n"
            "    if not units:\n        return Failed(message='none')\n"
            "    return {'units': units, 'missing': [s for s in SHOPS if s not in units]}",
            ignores="visible",
        ),
        Wrong(
            "returns the states",
            "when some shop answers",
            PULL_UNITS + "@flow\ndef chain_report(url):\n"
            "    return [pull_units(s, url, return_state=True) for s in SHOPS]",
        ),
        Wrong(
            "returns one flat dictionary",
            "calls missing",
            _but(_REPORT, "{'units': units, 'missing':", "units | {'missing shops':"),
            ignores="shape",
        ),
        Wrong(
            "reports success without a number",
            "when no shop answers",
            _but(_REPORT, "    if not units:\n        return Failed(message='none')\n", ""),
            ignores="nobody",
        ),
        Wrong(
            "takes shops that sold nothing for shops that don't answer",
            "when some shop answers",
            _but(_REPORT, "if not units", "if not sum(units.values())"),
        ),
        Wrong(
            "misses a shop that sold nothing",
            "when some shop answers",
            _but(_REPORT, "if st.is_completed()", "if st.is_completed() and st.result()"),
        ),
        Wrong(
            "wants two shops at least",
            "when some shop answers",
            _but(_REPORT, "if not units", "if len(units) < 2"),
        ),
        Wrong(
            "puts zero for the missing shop",
            "the units that it reports",
            _but(
                _TRIES, "missing.append(shop)", "missing.append(shop)\n            units[shop] = 0"
            ).replace("if not units", "if len(missing) == 4"),
            ignores="units",
        ),
        Wrong(
            "puts exceptions among the numbers and names nobody",
            "calls missing",
            PULL_UNITS + "@flow\ndef chain_report(url):\n"
            "    states = {s: pull_units(s, url, return_state=True) for s in SHOPS}\n"
            "    units = {s: st.result(raise_on_failure=False) for s, st in states.items()}\n"
            "    return {'units': units, 'missing': []}",
        ),
        Wrong(
            "counts the missing",
            "calls missing",
            _but(_TRIES, '"missing": missing', '"missing": len(missing)'),
            ignores="missing",
        ),
        Wrong(
            "names the last one that failed",
            "calls missing",
            _but(_TRIES, "missing.append(shop)", "missing = [shop]"),
        ),
        Wrong(
            "fails as soon as one is missing",
            "when some shop answers",
            _but(_REPORT, "if not units", "if len(units) < len(SHOPS)"),
            ignores="ends-well",
        ),
    ],
    "03.3": [
        Wrong(
            "writes in the flow at each failed attempt",
            "lines that it adds",
            _but(_IN_THE_FLOW, "if flow_run.run_count == 2", "if True"),
        ),
        Wrong(
            "catches the failure after noting it",
            "lines that it adds",
            _but(
                _but(_IN_THE_FLOW, "if flow_run.run_count == 2", "if True"),
                "        raise\n",
                "        return count(url)\n",
            ),
        ),
        Wrong(
            "writes in the flow at the last attempt, and knows nothing of a time limit",
            "at the second, beyond a time limit",
            _IN_THE_FLOW,
        ),
        Wrong(
            "has two reasons alone in mind",
            "at the second, beyond a time limit",
            _but(
                _NOTED,
                "    with open",
                "    if 'HTTP' not in state.message and 'Connect' not in state.message:\n"
                "        return\n    with open",
            ),
            ignores="each-failure",
        ),
        Wrong(
            "hooks the good end, too",
            "lines that it adds",
            _but(_NOTED, "on_failure=[note]", "on_failure=[note], on_completion=[note]"),
            ignores="no-line",
        ),
        Wrong(
            "begins the book anew",
            "at the second, beyond a time limit",
            _but(_NOTED, '"a"', '"w"'),
            ignores="append",
        ),
        Wrong(
            "hangs the hook on the task, whose run knows no parameters",
            "at the first failure",
            _but(_NOTED, ", on_failure=[note]", "").replace(
                "@task",
                "def note(task, task_run, state):\n"
                "    with open(task_run.parameters['book'], 'a') as file:\n"
                "        file.write(f'{task_run.name}: {state.name}\\n')\n"
                "@task(on_failure=[note])",
            ),
        ),
        Wrong(
            "writes the flow's name",
            "at the first failure",
            _but(_NOTED, "{flow_run.name}", "{flow.name}"),
            ignores="run-name",
        ),
        Wrong(
            "writes the state's type",
            "at the first failure",
            _but(_NOTED, "{state.name}", "{state.type.value}"),
        ),
        Wrong(
            "takes every end for Failed",
            "at the second, beyond a time limit",
            _but(_NOTED, "{state.name}", "Failed"),
            ignores="state-name",
        ),
        Wrong(
            "gives up at once",
            "it runs to its end",
            _but(_NOTED, "retries=1, ", ""),
        ),
        Wrong(
            "tries three times",
            "how often that run asked",
            _but(_NOTED, "retries=1", "retries=2"),
            ignores="twice",
        ),
        Wrong(
            "lets flow and task try again",
            "how often that run asked",
            _but(_NOTED, "@task", "@task(retries=1)"),
        ),
        Wrong(
            "returns the number of products",
            "what a run that recovers returns",
            _but(_NOTED, 'sum(item["quantity"]', "sum(1"),
            ignores="counts",
        ),
        Wrong(
            "returns a number in spite of the failure",
            "the final state of a run that fails",
            PULL_STOCK + "@flow(retries=1)\ndef morning_stock(url, book):\n    total = 0\n"
            "    for shop in SHOPS:\n        for _ in range(2):\n            try:\n"
            "                total += sum(i['quantity'] for i in pull_stock(shop, url))\n"
            "                break\n            except httpx.HTTPError:\n                pass\n"
            "    return total",
            ignores="still-fails",
        ),
    ],
}

RIGHT = {
    "03.1": [
        """
@task(retries=1)
def pull_day(shop, day, url):
    return ask(shop, url, day)


@task
def pieces(orders):
    return sum(order["quantity"] for order in orders)


@flow
def daily_units(shop, day, url):
    orders = pull_day.submit(shop, day, url).result()
    if len(orders) == 0:
        return Completed(message="There was nothing to count.", name="Skipped", data=0)
    return pieces(orders)
""",
        """
@task
def pull_day(shop, day, url):
    return ask(shop, url, day)


@flow(name="daily units")
def daily_units(shop, day, url):
    state = pull_day(shop, day, url, return_state=True)
    if state.is_failed():
        return Failed(message=f"{shop}: the server is down")
    orders = state.result()
    number = sum(order["quantity"] for order in orders)
    if orders:
        return Completed(message=f"{number} pieces", data=number)
    return State(type="COMPLETED", name="Skipped", message=f"{shop} was closed")
""",
        """
@task
async def pull_day(shop, day, url):
    async with httpx.AsyncClient(timeout=5) as client:
        response = await client.get(f"{url}/orders/{shop}", params={"day": day})
    return response.raise_for_status().json()


@flow
async def daily_units(shop: str, day: str, url: str):
    if orders := await pull_day(shop, day, url):
        return sum(order["quantity"] for order in orders)
    return Completed(name="Skipped", message="closed")
""",
        """
@task
def pull_day(shop, day, url):
    return ask(shop, url, day) or Completed(name="Nothing", message="no orders", data=[])


def skipped(shop, day):
    weekday = date.fromisoformat(day).strftime("%A")
    return Completed(name="Skipped", message=f"{shop} sold nothing on a {weekday}")


@flow
def daily_units(shop: str, day: str, url: str) -> object:
    try:
        orders = pull_day.submit(shop, day, url).result()
    except Exception as error:
        raise RuntimeError("the server is down") from error
    return sum(order["quantity"] for order in orders) if orders else skipped(shop, day)
""",
    ],
    "03.2": [
        _but(_TRIES, "httpx.HTTPError", "Exception"),
        _TRIES,
        """
@task
def pull_units(shop, url):
    return sum(order["quantity"] for order in ask(shop, url))


@task
def report(units):
    return {"missing": sorted(set(SHOPS) - set(units), reverse=True), "units": units}


@flow
def chain_report(url):
    futures = pull_units.map(SHOPS, url)
    futures.wait()
    good = {s: each.result() for s, each in zip(SHOPS, futures) if each.state.is_completed()}
    if good == {}:
        return Failed(name="Nobody", message="no shop answered")
    return Completed(data=report(good), message=f"{len(good)} shops")
""",
        """
@task
async def pull_units(shop, url):
    async with httpx.AsyncClient(timeout=5) as client:
        response = await client.get(f"{url}/orders/{shop}")
    return sum(order["quantity"] for order in response.raise_for_status().json())


@flow
async def chain_report(url):
    asked = [pull_units(shop, url) for shop in SHOPS]
    found = await asyncio.gather(*asked, return_exceptions=True)
    units = {s: n for s, n in zip(SHOPS, found) if not isinstance(n, BaseException)}
    if not units:
        raise LookupError("no shop answered")
    return {"units": units, "missing": [shop for shop in SHOPS if shop not in units]}
""",
        """
@task(retries=1)
def pull_units(shop, url):
    try:
        return sum(order["quantity"] for order in ask(shop, url))
    except httpx.HTTPError as error:
        return Failed(message=f"{shop}: {error}")


@flow
def one_shop(shop, url):
    return pull_units.submit(shop, url).result()


@flow
def chain_report(url):
    units, missing = dict(), list()
    for shop in SHOPS:
        state = one_shop(shop, url, return_state=True)
        if state.is_completed():
            units[shop] = state.result()
        else:
            missing.append(shop)
    assert len(missing) < len(SHOPS), "no shop answered"
    return dict(units=units, missing=missing)
""",
    ],
    "03.3": [
        PULL_STOCK
        + """
@flow(retries=1)
def morning_stock(url: str, book: str) -> int:
    return count(url)


@morning_stock.on_failure
def note(flow, run, final):
    with open(run.parameters["book"], "a") as file:
        print(run.name, final.name, sep=": ", file=file)
""",
        PULL_STOCK
        + """
from pathlib import Path


async def write_down(flow, flow_run, state):
    book = Path(flow_run.parameters["book"])
    older = book.read_text() if book.exists() else ""
    book.write_text(older + flow_run.name + ": " + state.name + "\\n")


def say_so(flow, flow_run, state):
    print(flow_run.name)


@task
def add(numbers):
    return sum(numbers)


@flow(name="Morning", retries=1, log_prints=True, on_failure=[say_so, write_down])
def morning_stock(url: str, book: str):
    shops = pull_stock.map(SHOPS, url).result()
    return add([item["quantity"] for items in shops for item in items])
""",
        """
import json


@task
async def pull_stock(shop, url):
    async with httpx.AsyncClient(timeout=5) as client:
        return (await client.get(f"{url}/stock/{shop}")).raise_for_status().json()


def note(flow, flow_run, state):
    with open(flow_run.parameters["book"], "a") as file:
        file.writelines([f"{flow_run.name}: {state.name}\\n"])


@flow(retries=1, on_failure=[note])
async def morning_stock(url, book):
    found = [await pull_stock(shop, url) for shop in SHOPS]
    return sum(item["quantity"] for items in found for item in items)
""",
        PULL_STOCK
        + """
def note(flow, flow_run, state):
    with open(flow_run.parameters["book"], mode="a", encoding="utf-8") as file:
        file.write("%s: %s\\n" % (flow_run.name, state.name))


@flow
def _stock(url, book):
    try:
        return count(url)
    except httpx.HTTPError as error:
        return Failed(message=f"counted nothing: {error}")


morning_stock = _stock.with_options(name="morning", retries=1, on_failure=[note])
""",
    ],
}
"""Answers in other styles than the solutions."""
