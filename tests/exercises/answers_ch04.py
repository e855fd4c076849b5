"""Wrong answers to the exercises of chapter 04, and the point that must catch each of them."""

from tests.exercises.answers import Wrong

PRELUDE = """
from concurrent.futures import ThreadPoolExecutor

import httpx
from prefect import flow, task, unmapped
from prefect.futures import as_completed, wait
from prefect.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner

SHOPS = ["north", "east", "south", "west"]


@task(task_run_name="orders of {shop}")
def pull_orders(shop: str, url: str) -> list[dict]:
    response = httpx.get(f"{url}/orders/{shop}", timeout=5)
    response.raise_for_status()
    return response.json()


@task(task_run_name="units of {shop}")
def count_units(shop: str, orders: list[dict]) -> int:
    return sum(order["quantity"] for order in orders)
"""

_REPORT = """
REPORTS = ["orders", "stock", "quality"]

@task(task_run_name="{report} of {shop}")
def pull_report(report, shop, url):
    return httpx.get(f"{url}/{report}/{shop}", timeout=5).raise_for_status().json()

@flow
def count_records(shops, url):
"""
_CLEAN = """
@task(task_run_name="clean {shop}")
def clean_orders(shop, orders):
    return [order for order in orders if order.get("quantity", 0) > 0]

@flow
def clean_units(url):
"""
_REPORTED = "@flow\ndef morning_report(url):\n"

RIGHT: dict[str, list[str]] = {
    "04.1": [
        # map over pairs
        _REPORT
        + "    pairs = [(r, s) for s in shops for r in REPORTS]\n"
        + "    reports, names = zip(*pairs)\n"
        + "    return [len(x) for x in pull_report.map(reports, names, url).result()]",
        # a list of lists of futures
        _REPORT
        + "    rows = [[pull_report.submit(r, s, url) for r in REPORTS] for s in shops]\n"
        + "    return [len(f.result()) for row in rows for f in row]",
        # another map after the right one
        _REPORT.replace("@flow", "@task\ndef count(records):\n    return len(records)\n\n@flow")
        + "    pulled = [pull_report.submit(r, s, url) for s in shops for r in REPORTS]\n"
        + "    return count.map(pulled).result()",
        # async, and gathered
        "import asyncio\n"
        + _REPORT.replace("def ", "async def ").replace(
            '    return httpx.get(f"{url}/{report}/{shop}", timeout=5).raise_for_status().json()',
            "    async with httpx.AsyncClient(base_url=url) as client:\n"
            "        return (await client.get(f'/{report}/{shop}')).raise_for_status().json()",
        )
        + "    pulls = [pull_report(r, s, url) for s in shops for r in REPORTS]\n"
        + "    return [len(each) for each in await asyncio.gather(*pulls)]",
        # a task for each report, results by key, and a task that asks how the server is
        _REPORT.replace(
            "@flow",
            "@task\ndef health(url):\n    return httpx.get(f'{url}/health').json()\n\n"
            "PULL = {r: task(name=r)(pull_report.fn) for r in REPORTS}\n\n@flow",
        )
        + "    health(url)\n"
        + "    found = {(s, r): PULL[r].submit(r, s, url) for s in shops for r in REPORTS}\n"
        + "    wait(list(found.values()))\n"
        + "    return [len(found[s, r].result()) for s in shops for r in REPORTS]",
    ],
    "04.2": [
        # the waves of the start, without the waiting
        _CLEAN
        + "    pulled = pull_orders.map(SHOPS, url)\n"
        + "    cleaned = clean_orders.map(SHOPS, pulled)\n"
        + "    counted = count_units.map(SHOPS, cleaned)\n"
        + "    return dict(zip(SHOPS, counted.result()))",
        # futures handed on one by one
        _CLEAN
        + "    pulled = [pull_orders.submit(s, url) for s in SHOPS]\n"
        + "    cleaned = [clean_orders.submit(s, p) for s, p in zip(SHOPS, pulled)]\n"
        + "    counted = [count_units.submit(s, c) for s, c in zip(SHOPS, cleaned)]\n"
        + "    return dict(zip(SHOPS, [c.result() for c in counted]))",
        # goes on with each shop as it comes in
        _CLEAN
        + "    counted = {}\n"
        + "    for f in as_completed([pull_orders.submit(s, url) for s in SHOPS]):\n"
        + "        s = f.result()[0]['shop']\n"
        + "        counted[s] = count_units(s, clean_orders(s, f.result()))\n"
        + "    return counted",
        # a task for each shop that calls the three
        _CLEAN.replace(
            "@flow",
            "@task\ndef one_shop(s, url):\n"
            "    return count_units(s, clean_orders(s, pull_orders(s, url)))\n\n@flow",
        )
        + "    return dict(zip(SHOPS, one_shop.map(SHOPS, url).result()))",
    ],
    "04.3": [
        # asks each future for its result and catches what it raises
        _REPORTED
        + "    units, missing = {}, []\n"
        + "    pulled = {s: pull_orders.submit(s, url) for s in SHOPS}\n"
        + "    for s, f in pulled.items():\n"
        + "        try:\n"
        + "            units[s] = count_units(s, f.result())\n"
        + "        except Exception:\n"
        + "            missing.append(s)\n"
        + "    return units, missing",
        # as they come in
        _REPORTED
        + "    units, missing = {}, []\n"
        + "    of = {pull_orders.submit(s, url): s for s in SHOPS}\n"
        + "    for f in as_completed(list(of)):\n"
        + "        f.wait()\n"
        + "        if f.state.is_completed():\n"
        + "            units[of[f]] = count_units(of[f], f.result())\n"
        + "        else:\n"
        + "            missing.append(of[f])\n"
        + "    return units, missing",
        # asks for the result without raising, in an async flow
        _REPORTED.replace("def ", "async def ")
        + "    futures = pull_orders.map(SHOPS, url)\n"
        + "    found = dict(zip(SHOPS, [f.result(raise_on_failure=False) for f in futures]))\n"
        + "    good = {s: o for s, o in found.items() if not isinstance(o, BaseException)}\n"
        + "    return {s: count_units(s, o) for s, o in good.items()}, sorted(set(SHOPS) - set(good))",
        # a task for each shop, in which both steps are tasks: more task runs fail
        "@task\ndef one_shop(s, url):\n    return count_units(s, pull_orders(s, url))\n\n"
        + _REPORTED
        + "    states = [f.wait() or f.state for f in [one_shop.submit(s, url) for s in SHOPS]]\n"
        + "    units = {s: st.result() for s, st in zip(SHOPS, states) if st.is_completed()}\n"
        + "    return [units, [s for s in SHOPS[::-1] if s not in units]]",
        # a task that returns its failure, and a flow that returns its end
        "from prefect.states import Completed, Failed\n"
        "@task\ndef try_orders(s, url):\n    try:\n        return pull_orders.fn(s, url)\n"
        "    except Exception as error:\n        return Failed(message=str(error))\n\n"
        + _REPORTED
        + "    tried = {s: try_orders.submit(s, url) for s in SHOPS}\n    wait(tried.values())\n"
        + "    missing = [s for s, f in tried.items() if f.state.is_failed()]\n"
        + "    units = {s: count_units(s, f.result()) for s, f in tried.items() if s not in missing}\n"
        + "    return Completed(data=(units, missing))",
    ],
}
"""Right answers written in other ways: each must pass."""

WRONG: dict[str, list[Wrong]] = {
    "04.1": [
        Wrong(
            "asks in the line that submits",
            "most requests at once",
            _REPORT
            + "    return [len(pull_report.submit(r, s, url).result())"
            + " for s in shops for r in REPORTS]",
        ),
        Wrong(
            "waits for each shop with wait()",
            "most requests at once",
            _REPORT + "    counts = []\n    for s in shops:\n"
            "        futures = [pull_report.submit(r, s, url) for r in REPORTS]\n"
            "        wait(futures)\n        counts += [len(f.result()) for f in futures]\n"
            "    return counts",
            ignores="at-once",
        ),
        Wrong(
            "takes the results as they come in",
            "what the flow returned",
            _REPORT
            + "    futures = [pull_report.submit(r, s, url) for s in shops for r in REPORTS]\n"
            "    return [len(f.result()) for f in as_completed(futures)]",
        ),
        Wrong(
            "goes report by report",
            "what the flow returned",
            _REPORT
            + "    futures = [pull_report.submit(r, s, url) for r in REPORTS for s in shops]\n"
            "    return [len(f.result()) for f in futures]",
            ignores="order",
        ),
        Wrong(
            "starts threads of its own around the plain function",
            "task runs under way",
            _REPORT + "    with ThreadPoolExecutor(99) as pool:\n"
            "        futures = [pool.submit(pull_report.fn, r, s, url) for s in shops for r in REPORTS]\n"
            "    return [len(f.result()) for f in futures]",
            ignores="own-task-run",
        ),
        Wrong(
            "sets a limit that is too low",
            "most requests at once",
            _REPORT.replace("@flow", "@flow(task_runner=ThreadPoolTaskRunner(max_workers=4))")
            + "    futures = [pull_report.submit(r, s, url) for s in shops for r in REPORTS]\n"
            "    return [len(f.result()) for f in futures]",
        ),
        Wrong(
            "sets a limit that is enough for four shops",
            "most requests at once",
            _REPORT.replace("@flow", "@flow(task_runner=ThreadPoolTaskRunner(max_workers=12))")
            + "    futures = [pull_report.submit(r, s, url) for s in shops for r in REPORTS]\n"
            "    return [len(f.result()) for f in futures]",
        ),
        Wrong(
            "asks the four shops, whatever the list",
            "what the server was asked for",
            _REPORT
            + "    futures = [pull_report.submit(r, s, url) for s in SHOPS for r in REPORTS]\n"
            "    return [len(f.result()) for f in futures]",
        ),
        Wrong(
            "asks the shops of the list, and then all others",
            "a list with one shop",
            _REPORT + "    every = [*shops, *(s for s in SHOPS if s not in shops)]\n"
            "    futures = [pull_report.submit(r, s, url) for s in every for r in REPORTS]\n"
            "    return [len(f.result()) for f in futures]",
            ignores="any-list",
        ),
        Wrong(
            "has one task run for each shop, with threads of its own",
            "task runs under way",
            _REPORT.replace(
                "@flow",
                "@task\ndef pull_shop(s, url):\n    with ThreadPoolExecutor(99) as pool:\n"
                "        return list(pool.map(lambda r: pull_report.fn(r, s, url), REPORTS))\n\n@flow",
            )
            + "    return [len(x) for row in pull_shop.map(shops, url).result() for x in row]",
        ),
        Wrong(
            "pulls in threads of its own, and counts in tasks",
            "task runs under way",
            _REPORT.replace("@flow", "@task\ndef count(records):\n    return len(records)\n\n@flow")
            + "    with ThreadPoolExecutor(99) as pool:\n"
            "        futures = [pool.submit(pull_report.fn, r, s, url) for s in shops for r in REPORTS]\n"
            "    return count.map([f.result() for f in futures]).result()",
        ),
        Wrong(
            "adds the numbers of a shop up",
            "what the flow returned",
            _REPORT
            + "    rows = [[pull_report.submit(r, s, url) for r in REPORTS] for s in shops]\n"
            "    return [sum(len(f.result()) for f in row) for row in rows]",
            ignores="numbers",
        ),
        Wrong(
            "returns the futures",
            "what the flow returned",
            _REPORT + "    return [pull_report.submit(r, s, url) for s in shops for r in REPORTS]",
        ),
    ],
    "04.2": [
        Wrong(
            "waits between the steps",
            "before the next one's orders",
            _CLEAN + "    pulled = pull_orders.map(SHOPS, url)\n    wait(pulled)\n"
            "    cleaned = clean_orders.map(SHOPS, pulled)\n"
            "    counted = count_units.map(SHOPS, cleaned)\n"
            "    return dict(zip(SHOPS, counted.result()))",
            ignores="own-pace",
        ),
        Wrong(
            "goes shop by shop",
            "most requests at once",
            _CLEAN + "    return {s: count_units.submit(s, clean_orders.submit(s,"
            " pull_orders.submit(s, url))).result() for s in SHOPS}",
        ),
        Wrong(
            "asks for the pulls in the order of the shops",
            "before the next one's orders",
            _CLEAN + "    pulled = [pull_orders.submit(s, url) for s in SHOPS]\n"
            "    cleaned = [clean_orders.submit(s, p.result()) for s, p in zip(SHOPS, pulled)]\n"
            "    counted = [count_units.submit(s, c) for s, c in zip(SHOPS, cleaned)]\n"
            "    return dict(zip(SHOPS, [c.result() for c in counted]))",
        ),
        Wrong(
            "leaves out the cleaning",
            "it runs to its end",
            _CLEAN
            + "    counted = {s: count_units.submit(s, pull_orders.submit(s, url)) for s in SHOPS}\n"
            "    return {s: f.result() for s, f in counted.items()}",
        ),
        Wrong(
            "cleans and counts in the flow with .fn",
            "task runs of each step",
            _CLEAN + "    pulled = {s: pull_orders.submit(s, url) for s in SHOPS}\n"
            "    return {s: count_units.fn(s, clean_orders.fn(s, f.result()))"
            " for s, f in pulled.items()}",
            ignores="three-tasks",
        ),
        Wrong(
            "asks for the pulls in the other order",
            "before the next one's orders",
            _CLEAN + "    pulled = dict(zip(SHOPS, pull_orders.map(SHOPS, url)))\n"
            "    cleaned = {s: clean_orders.submit(s, pulled[s].result()) for s in SHOPS[::-1]}\n"
            "    return {s: count_units.submit(s, cleaned[s]).result() for s in SHOPS}",
        ),
        Wrong(
            "waits for the cleaning",
            "before the next one's orders",
            _CLEAN + "    cleaned = clean_orders.map(SHOPS, pull_orders.map(SHOPS, url)).result()\n"
            "    return dict(zip(SHOPS, count_units.map(SHOPS, cleaned).result()))",
        ),
        Wrong(
            "waits for the slowest two only",
            "before the next one's orders",
            _CLEAN + "    counted, done = {}, []\n"
            "    for f in as_completed([pull_orders.submit(s, url) for s in SHOPS]):\n"
            "        done.append(f.result())\n        if len(done) % 2:\n            continue\n"
            "        for orders in done[-2:]:\n            s = orders[0]['shop']\n"
            "            counted[s] = count_units(s, clean_orders(s, orders))\n"
            "    return counted",
        ),
        Wrong(
            "returns the units without their shops",
            "what the flow returned",
            _CLEAN + "    cleaned = clean_orders.map(SHOPS, pull_orders.map(SHOPS, url))\n"
            "    return count_units.map(SHOPS, cleaned).result()",
            ignores="result",
        ),
        Wrong(
            "returns the futures",
            "what the flow returned",
            _CLEAN + "    return {s: count_units.submit(s, clean_orders.submit(s,"
            " pull_orders.submit(s, url))) for s in SHOPS}",
        ),
    ],
    "04.3": [
        Wrong(
            "lets the first failure end the flow",
            "how the flow ended",
            _REPORTED + "    pulled = pull_orders.map(SHOPS, url)\n"
            "    return {s: count_units(s, f.result()) for s, f in zip(SHOPS, pulled)}, []",
        ),
        Wrong(
            "asks one shop after the other",
            "most requests at once",
            _REPORTED + "    units, missing = {}, []\n    for s in SHOPS:\n        try:\n"
            "            units[s] = count_units(s, pull_orders.submit(s, url).result())\n"
            "        except Exception:\n            missing.append(s)\n    return units, missing",
            ignores="at-once",
        ),
        Wrong(
            "catches the exception inside the task",
            "recorded as failed",
            "@task\ndef try_orders(shop, url):\n    try:\n        return pull_orders.fn(shop, url)\n"
            "    except Exception:\n        return None\n"
            + _REPORTED
            + "    found = dict(zip(SHOPS, try_orders.map(SHOPS, url).result()))\n"
            "    return {s: count_units(s, o) for s, o in found.items() if o},"
            " [s for s, o in found.items() if not o]",
            ignores="on-record",
        ),
        Wrong(
            "stops at the first missing shop",
            "that it reported",
            _REPORTED + "    units, missing = {}, []\n"
            "    pulled = {s: pull_orders.submit(s, url) for s in SHOPS}\n    wait(pulled.values())\n"
            "    for s, f in pulled.items():\n        if f.state.is_failed():\n"
            "            missing.append(s)\n            break\n"
            "        units[s] = count_units(s, f.result())\n    return units, missing",
        ),
        Wrong(
            "reports 0 for a missing shop",
            "the units that it reported",
            _REPORTED + "    pulled = pull_orders.map(SHOPS, url)\n    wait(pulled)\n"
            "    good = {s: f.state.is_completed() for s, f in zip(SHOPS, pulled)}\n"
            "    units = {s: count_units(s, f.result()) if good[s] else 0"
            " for s, f in zip(SHOPS, pulled)}\n"
            "    return units, [s for s in SHOPS if not good[s]]",
            ignores="units",
        ),
        Wrong(
            "takes a shop that sold nothing for one that is missing",
            "the units that it reported",
            _REPORTED + "    units, missing = {}, []\n    pulled = pull_orders.map(SHOPS, url)\n"
            "    for s, f in zip(SHOPS, pulled):\n"
            "        f.wait()\n        orders = f.result() if f.state.is_completed() else []\n"
            "        if orders:\n            units[s] = count_units(s, orders)\n"
            "        else:\n            missing.append(s)\n    return units, missing",
        ),
        Wrong(
            "takes NotReady for a failure that it can ask for",
            "the shops that it reported as missing",
            _REPORTED + "    units, missing = {}, []\n    pulled = pull_orders.map(SHOPS, url)\n"
            "    counted = dict(zip(SHOPS, count_units.map(SHOPS, pulled)))\n"
            "    wait(counted.values())\n    for s, f in counted.items():\n"
            "        if f.state.is_failed():\n            missing.append(s)\n"
            "        elif f.state.is_completed():\n            units[s] = f.result()\n"
            "    return units, missing",
            ignores="missing",
        ),
        Wrong(
            "reports all of it, and fails",
            "how the flow ended",
            "from prefect.states import Failed\n"
            + _REPORTED
            + "    pulled = dict(zip(SHOPS, pull_orders.map(SHOPS, url)))\n    wait(pulled.values())\n"
            "    missing = [s for s, f in pulled.items() if f.state.is_failed()]\n"
            "    units = {s: count_units(s, f.result()) for s, f in pulled.items() if s not in missing}\n"
            "    return Failed(data=(units, missing)) if missing else (units, missing)",
            ignores="completes",
        ),
        Wrong(
            "raises when nobody answers",
            "when no shop answers",
            _REPORTED + "    pulled = dict(zip(SHOPS, pull_orders.map(SHOPS, url)))\n"
            "    wait(pulled.values())\n"
            "    good = [s for s, f in pulled.items() if f.state.is_completed()]\n"
            "    if not good:\n        raise RuntimeError('nobody answers')\n"
            "    return {s: count_units(s, pulled[s].result()) for s in good},"
            " [s for s in SHOPS if s not in good]",
        ),
        Wrong(
            "catches errors of httpx only",
            "how the flow ended",
            _REPORTED + "    units, missing = {}, []\n"
            "    pulled = {s: pull_orders.submit(s, url) for s in SHOPS}\n"
            "    for s, f in pulled.items():\n        try:\n"
            "            units[s] = count_units(s, f.result())\n"
            "        except httpx.HTTPStatusError:\n            missing.append(s)\n"
            "    return units, missing",
        ),
        Wrong(
            "returns the names as a set",
            "what the flow returned",
            _REPORTED + "    pulled = dict(zip(SHOPS, pull_orders.map(SHOPS, url)))\n"
            "    wait(pulled.values())\n"
            "    return ({s: count_units(s, f.result()) for s, f in pulled.items()"
            " if f.state.is_completed()}, {s for s, f in pulled.items() if f.state.is_failed()})",
        ),
        Wrong(
            "returns the units alone",
            "what the flow returned",
            _REPORTED + "    pulled = pull_orders.map(SHOPS, url)\n    wait(pulled)\n"
            "    return {s: count_units(s, f.result()) for s, f in zip(SHOPS, pulled)"
            " if f.state.is_completed()}",
            ignores="two-things",
        ),
    ],
}
