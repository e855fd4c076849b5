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
    ],
}
"""Right answers written in other ways: each must pass."""

WRONG: dict[str, list[Wrong]] = {
    "04.1": [
        Wrong(
            "asks in the line that submits",
            "most task runs at once",
            _REPORT
            + "    return [len(pull_report.submit(r, s, url).result())"
            + " for s in shops for r in REPORTS]",
        ),
        Wrong(
            "waits for each shop with wait()",
            "most task runs at once",
            _REPORT + "    counts = []\n    for s in shops:\n"
            "        futures = [pull_report.submit(r, s, url) for r in REPORTS]\n"
            "        wait(futures)\n        counts += [len(f.result()) for f in futures]\n"
            "    return counts",
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
        ),
        Wrong(
            "starts threads of its own around the plain function",
            "task runs in the record",
            _REPORT + "    with ThreadPoolExecutor() as pool:\n"
            "        futures = [pool.submit(pull_report.fn, r, s, url) for s in shops for r in REPORTS]\n"
            "    return [len(f.result()) for f in futures]",
        ),
        Wrong(
            "sets a limit that is too low",
            "most task runs at once",
            _REPORT.replace("@flow", "@flow(task_runner=ThreadPoolTaskRunner(max_workers=4))")
            + "    futures = [pull_report.submit(r, s, url) for s in shops for r in REPORTS]\n"
            "    return [len(f.result()) for f in futures]",
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
            "before east's orders came in",
            _CLEAN + "    pulled = pull_orders.map(SHOPS, url)\n    wait(pulled)\n"
            "    cleaned = clean_orders.map(SHOPS, pulled)\n"
            "    counted = count_units.map(SHOPS, cleaned)\n"
            "    return dict(zip(SHOPS, counted.result()))",
        ),
        Wrong(
            "goes shop by shop",
            "before east's orders came in",
            _CLEAN + "    return {s: count_units.submit(s, clean_orders.submit(s,"
            " pull_orders.submit(s, url))).result() for s in SHOPS}",
        ),
        Wrong(
            "asks for the pulls in the order of the shops",
            "before east's orders came in",
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
            "it runs to its end",
            _REPORTED + "    pulled = pull_orders.map(SHOPS, url)\n"
            "    return {s: count_units(s, f.result()) for s, f in zip(SHOPS, pulled)}, []",
        ),
        Wrong(
            "asks one shop after the other",
            "most task runs at once",
            _REPORTED + "    units, missing = {}, []\n    for s in SHOPS:\n        try:\n"
            "            units[s] = count_units(s, pull_orders.submit(s, url).result())\n"
            "        except Exception:\n            missing.append(s)\n    return units, missing",
        ),
        Wrong(
            "catches the exception inside the task",
            "recorded as failed",
            "@task\ndef try_orders(shop, url):\n    try:\n        return pull_orders.fn(shop, url)\n"
            "    except httpx.HTTPError:\n        return None\n"
            + _REPORTED
            + "    found = dict(zip(SHOPS, try_orders.map(SHOPS, url).result()))\n"
            "    return {s: count_units(s, o) for s, o in found.items() if o},"
            " [s for s, o in found.items() if not o]",
        ),
        Wrong(
            "stops at the first missing shop",
            "the units that it reported",
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
        ),
        Wrong(
            "returns the units alone",
            "what the flow returned",
            _REPORTED + "    pulled = pull_orders.map(SHOPS, url)\n    wait(pulled)\n"
            "    return {s: count_units(s, f.result()) for s, f in zip(SHOPS, pulled)"
            " if f.state.is_completed()}",
        ),
    ],
}
