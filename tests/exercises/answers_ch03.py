"""Wrong answers to the exercises of chapter 03."""

from tests.exercises.answers import Wrong

PRELUDE = """
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

WRONG: dict[str, list[Wrong]] = {
    "03.1": [
        Wrong(
            "lets the task skip, and passes its state on",
            "its name",
            "@task\ndef pull_day(shop, day, url):\n"
            "    return ask(shop, url, day) or Completed(name='Skipped', message='closed')\n"
            "@flow\ndef daily_units(shop, day, url):\n    orders = pull_day(shop, day, url)\n"
            "    return sum(o['quantity'] for o in orders) if isinstance(orders, list) else orders",
        ),
        Wrong(
            "takes the state that the task returns for the orders",
            "the type of a Sunday's final state",
            "@task\ndef pull_day(shop, day, url):\n"
            "    return ask(shop, url, day) or Completed(name='Skipped', message='closed', data=[])\n"
            "@flow\ndef daily_units(shop, day, url):\n    orders = pull_day(shop, day, url)\n"
            "    if not orders:\n        return Completed(name='Skipped', message='closed')\n"
            "    return sum(o['quantity'] for o in orders)",
        ),
        Wrong(
            "takes a Cancelled state",
            "the type of a Sunday's final state",
            PULL_DAY + "@flow\ndef daily_units(shop, day, url):\n"
            "    orders = pull_day(shop, day, url)\n    if not orders:\n"
            "        return Cancelled(name='Skipped', message='closed')\n    return total(orders)",
        ),
        Wrong(
            "raises on a day without orders",
            "the type of a Sunday's final state",
            PULL_DAY + "@flow\ndef daily_units(shop, day, url):\n"
            "    orders = pull_day(shop, day, url)\n    if not orders:\n"
            "        raise ValueError('Skipped')\n    return total(orders)",
        ),
        Wrong(
            "gives no message",
            "its message",
            PULL_DAY + "@flow\ndef daily_units(shop, day, url):\n"
            "    orders = pull_day(shop, day, url)\n"
            "    return total(orders) if orders else Completed(name='Skipped')",
        ),
        Wrong(
            "says it in the message alone",
            "its name",
            PULL_DAY + "@flow\ndef daily_units(shop, day, url):\n"
            "    orders = pull_day(shop, day, url)\n"
            "    return total(orders) if orders else Completed(message='Skipped')",
        ),
        Wrong(
            "takes a server that's down for a closed shop",
            "when the server is down",
            PULL_DAY + "@flow\ndef daily_units(shop, day, url):\n    try:\n"
            "        orders = pull_day(shop, day, url)\n    except httpx.HTTPError:\n"
            "        orders = []\n"
            "    return total(orders) if orders else Completed(name='Skipped', message='closed')",
        ),
        Wrong(
            "skips every day",
            "a Monday's final state",
            PULL_DAY + "@flow\ndef daily_units(shop, day, url):\n"
            "    return Completed(name='Skipped', message='closed')",
        ),
    ],
    "03.2": [
        Wrong(
            "stops at the first failure",
            "it runs to its end",
            PULL_UNITS + "@flow\ndef chain_report(url):\n"
            "    return {'units': {s: pull_units(s, url) for s in SHOPS}, 'missing': []}",
        ),
        Wrong(
            "hides the failure in the task",
            "how the task runs ended",
            "@task\ndef pull_units(shop, url):\n    try:\n"
            "        return sum(o['quantity'] for o in ask(shop, url))\n"
            "    except httpx.HTTPError:\n        return None\n"
            "@flow\ndef chain_report(url):\n"
            "    found = {s: pull_units(s, url) for s in SHOPS}\n"
            "    units = {s: n for s, n in found.items() if n is not None}\n"
            "    if not units:\n        return Failed(message='none')\n"
            "    return {'units': units, 'missing': [s for s in SHOPS if s not in units]}",
        ),
        Wrong(
            "returns the states",
            "the final state when south fails",
            PULL_UNITS + "@flow\ndef chain_report(url):\n"
            "    return [pull_units(s, url, return_state=True) for s in SHOPS]",
        ),
        Wrong(
            "reports success without a number",
            "when no shop answers",
            PULL_UNITS + "@flow\ndef chain_report(url):\n"
            "    states = {s: pull_units(s, url, return_state=True) for s in SHOPS}\n"
            "    units = {s: st.result() for s, st in states.items() if st.is_completed()}\n"
            "    return {'units': units, 'missing': [s for s in SHOPS if s not in units]}",
        ),
        Wrong(
            "puts zero for the missing shop",
            "the units that it reports",
            PULL_UNITS + "@flow\ndef chain_report(url):\n    units, missing = {}, []\n"
            "    for s in SHOPS:\n        try:\n            units[s] = pull_units(s, url)\n"
            "        except httpx.HTTPError:\n            units[s] = 0\n"
            "            missing.append(s)\n    return {'units': units, 'missing': missing}",
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
            "fails as soon as one is missing",
            "the final state when south fails",
            PULL_UNITS + "@flow\ndef chain_report(url):\n"
            "    states = {s: pull_units(s, url, return_state=True) for s in SHOPS}\n"
            "    missing = [s for s in SHOPS if states[s].is_failed()]\n"
            "    if missing:\n        return Failed(message=f'{missing}')\n"
            "    return {'units': {s: states[s].result() for s in SHOPS}, 'missing': []}",
        ),
    ],
    "03.3": [
        Wrong(
            "writes in the flow at each failed attempt",
            "the book's lines after it",
            "from prefect.runtime import flow_run\n" + PULL_STOCK + "@flow(retries=1)\n"
            "def morning_stock(url, book):\n    try:\n        return count(url)\n"
            "    except httpx.HTTPError:\n        with open(book, 'a') as file:\n"
            "            file.write(f'{flow_run.name}: Failed\\n')\n        raise",
        ),
        Wrong(
            "catches the failure after noting it",
            "the book's lines after it",
            "from prefect.runtime import flow_run\n" + PULL_STOCK + "@flow(retries=1)\n"
            "def morning_stock(url, book):\n    try:\n        return count(url)\n"
            "    except httpx.HTTPError:\n        with open(book, 'a') as file:\n"
            "            file.write(f'{flow_run.name}: Failed\\n')\n        return count(url)",
        ),
        Wrong(
            "hooks the good end, too",
            "the book's lines after it",
            PULL_STOCK + "def note(flow, flow_run, state):\n"
            "    with open(flow_run.parameters['book'], 'a') as file:\n"
            "        file.write(f'{flow_run.name}: {state.name}\\n')\n"
            "@flow(retries=1, on_failure=[note], on_completion=[note])\n"
            "def morning_stock(url, book):\n    return count(url)",
        ),
        Wrong(
            "begins the book anew",
            "after a second failed run",
            PULL_STOCK + "def note(flow, flow_run, state):\n"
            "    with open(flow_run.parameters['book'], 'w') as file:\n"
            "        file.write(f'{flow_run.name}: {state.name}\\n')\n"
            "@flow(retries=1, on_failure=[note])\n"
            "def morning_stock(url, book):\n    return count(url)",
        ),
        Wrong(
            "hangs the hook on the task, whose run knows no parameters",
            "after a failed run",
            PULL_STOCK.replace(
                "@task",
                "def note(task, task_run, state):\n"
                "    with open(task_run.parameters['book'], 'a') as file:\n"
                "        file.write(f'{task_run.name}: {state.name}\\n')\n"
                "@task(on_failure=[note])",
            )
            + "@flow(retries=1)\ndef morning_stock(url, book):\n    return count(url)",
        ),
        Wrong(
            "writes the flow's name",
            "after a failed run",
            PULL_STOCK + "def note(flow, flow_run, state):\n"
            "    with open(flow_run.parameters['book'], 'a') as file:\n"
            "        file.write(f'{flow.name}: {state.name}\\n')\n"
            "@flow(retries=1, on_failure=[note])\n"
            "def morning_stock(url, book):\n    return count(url)",
        ),
        Wrong(
            "returns a number in spite of the failure",
            "the final state of a run that fails",
            PULL_STOCK + "@flow(retries=1)\ndef morning_stock(url, book):\n    total = 0\n"
            "    for shop in SHOPS:\n        for _ in range(2):\n            try:\n"
            "                total += sum(i['quantity'] for i in pull_stock(shop, url))\n"
            "                break\n            except httpx.HTTPError:\n                pass\n"
            "    return total",
        ),
    ],
}
"""At least three for each exercise."""
