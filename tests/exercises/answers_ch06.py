"""Right and wrong answers to the exercises of chapter 06."""

from tests.exercises.answers import Wrong

PRELUDE = """
import json
import time

import httpx
from prefect import State, Task, flow, task
from prefect.client.schemas import TaskRun
from prefect.states import Cancelled, Completed, Failed
from prefect.tasks import exponential_backoff

SHOPS = ["north", "east", "south", "west"]


def fetch(path, url):
    response = httpx.get(f"{url}/{path}", timeout=5)
    response.raise_for_status()
    return response.json()


@task(retries=2)
def pull(path: str, url: str) -> list[dict]:
    return fetch(path, url)


def is_temporary(error):
    match error:
        case httpx.HTTPStatusError():
            return error.response.status_code in {429, 500, 502, 503, 504}
        case httpx.TransportError() | TimeoutError() | json.JSONDecodeError():
            return True
        case _:
            return False


def only_temporary(task, task_run, state):
    return is_temporary(state.data)


@task(
    retries=2,
    retry_delay_seconds=exponential_backoff(backoff_factor=0.1),
    retry_condition_fn=only_temporary,
)
def pull_day(shop: str, day: str, url: str) -> list[dict] | State:
    orders = fetch(f"orders/{shop}?day={day}", url)
    return orders or Completed(name="Skipped", message=f"{shop} was closed on {day}")
"""

_MORNING = """
@flow
def robust_morning(day, url):
    outcome = {"pulled": [], "skipped": [], "failed": []}
    for name in SHOPS:
        state = pull_one(name, day, url, return_state=True)
        if state.name == 'Skipped':
            outcome["skipped"].append(name)
        else:
            outcome["pulled" if state.is_completed() else "failed"].append(name)
    return outcome
"""


def _stock(condition: str) -> str:
    return (
        f"def again(task, run, state):\n    return {condition}\n\n\n"
        "@task(retries=2, retry_condition_fn=again)\ndef pull_stock(shop, url):\n"
        "    return fetch(f'stock/{shop}', url)"
    )


RIGHT: dict[str, list[str]] = {
    "06.1": [
        # what the exercise names, and nothing else
        _stock(
            "isinstance(state.data, ValueError)"
            " or getattr(getattr(state.data, 'response', None), 'status_code', 0) == 503"
        ),
        """
async def again(task, run, state):
    return is_temporary(state.data)


@task(retries=2, retry_condition_fn=again)
async def pull_stock(shop, url):
    async with httpx.AsyncClient(base_url=url) as client:
        response = await client.get(f"/stock/{shop}")
        return response.raise_for_status().json()
""",
        """
pull_stock = task(retries=2, retry_delay_seconds=0.1, retry_condition_fn=only_temporary)(
    lambda shop, url: fetch(f"stock/{shop}", url)
)
""",
        """
@task(retries=2, retry_condition_fn=only_temporary)
def pull_stock(shop, url):
    try:
        return fetch(f"stock/{shop}", url)
    except Exception as error:
        return Failed(data=error, message=str(error))
""",
        """
@task
def count(records):
    return len(records)


@task(retries=2, retry_condition_fn=only_temporary)
def ask(path, url):
    return fetch(path, url)


@task
def pull_stock(shop, url):
    records = ask(f"stock/{shop}", url)
    count(records)
    return records
""",
    ],
    "06.2": [
        "@task(retries=3, retry_delay_seconds=[0.2, 0.4, 0.8])\ndef pull_quality(shop, url):\n"
        "    return fetch(f'quality/{shop}', url)",
        """
@task(retries=4, retry_delay_seconds=[0.3, 0.5, 0.9], retry_condition_fn=only_temporary)
async def pull_quality(shop, url):
    async with httpx.AsyncClient() as client:
        response = await client.get(f"{url}/quality/{shop}", timeout=5)
    return response.raise_for_status().json()
""",
        """
def waits(retries):
    return [0.2 + 0.3 * number for number in range(retries)]


@task
def pull_quality(shop, url):
    return fetch(f"quality/{shop}", url)


pull_quality = pull_quality.with_options(retries=3, retry_delay_seconds=waits)
""",
        """
@task(retries=3, retry_delay_seconds=[0.3, 0.6, 1.0], retry_jitter_factor=0.1)
def pull_quality(shop, url):
    try:
        return fetch(f"quality/{shop}", url)
    except httpx.HTTPStatusError as error:
        return Failed(data=error, message="not yet")
""",
    ],
    "06.3": [
        # side by side, waited for
        """
@flow
def robust_morning(day, url):
    futures = {name: pull_day.submit(name, day, url) for name in SHOPS}
    outcome = {"pulled": [], "skipped": [], "failed": []}
    for name, future in futures.items():
        future.wait()
        key = {"Completed": "pulled", "Skipped": "skipped"}.get(future.state.name, "failed")
        outcome[key].append(name)
    return outcome
""",
        """
import asyncio


@task(retries=2, retry_condition_fn=only_temporary)
async def pull_one(shop, day, url):
    async with httpx.AsyncClient() as client:
        response = await client.get(f"{url}/orders/{shop}", params={"day": day})
        orders = response.raise_for_status().json()
    return orders or Completed(name="Skipped", message="closed")


@flow
async def robust_morning(day, url):
    states = await asyncio.gather(*(pull_one(n, day, url, return_state=True) for n in SHOPS))
    ends = {"pulled": [], "skipped": [], "failed": []}
    for name, state in zip(SHOPS, states):
        if state.is_failed():
            ends["failed"].append(name)
        else:
            ends["skipped" if state.name == "Skipped" else "pulled"].append(name)
    return ends
""",
        # a task of its own for the closed shops, and a failure that is returned
        """
@task(retries=2, retry_condition_fn=only_temporary)
def pull_one(shop, day, url):
    try:
        return fetch(f"orders/{shop}?day={day}", url)
    except Exception as error:
        return Failed(data=error, message=str(error))


@task
def skip(shop):
    return Completed(name="Skipped", message=f"{shop} is closed")


@flow
def robust_morning(day, url):
    pulled, skipped, failed = set(), set(), set()
    for name in SHOPS:
        state = pull_one(name, day, url, return_state=True)
        if state.is_failed():
            failed.add(name)
        elif state.result():
            pulled.add(name)
        else:
            skip(name, return_state=True)
            skipped.add(name)
    return {"failed": sorted(failed), "skipped": list(skipped), "pulled": list(pulled)}
""",
        """
from collections import defaultdict
from datetime import date


@task
def summary(outcome):
    return {key: outcome[key] for key in ("pulled", "skipped", "failed")}


@flow
def robust_morning(day: date, url: str):
    futures = pull_day.map(SHOPS, str(day), url)
    futures.wait()
    outcome = defaultdict(list)
    for name, future in zip(SHOPS, futures):
        match future.state.name:
            case "Skipped":
                outcome["skipped"].append(name)
            case "Completed":
                outcome["pulled"].append(name)
            case _:
                outcome["failed"].append(name)
    return summary(outcome)
""",
    ],
}

WRONG: dict[str, list[Wrong]] = {
    "06.1": [
        Wrong(
            "retries whatever happens",
            "a 404: requests",
            "@task(retries=2)\ndef pull_stock(shop, url):\n    return fetch(f'stock/{shop}', url)",
        ),
        Wrong(
            "has one retry too few",
            "two 503s, then a good answer",
            "@task(retries=1, retry_condition_fn=only_temporary)\ndef pull_stock(shop, url):\n"
            "    return fetch(f'stock/{shop}', url)",
            ignores="two-retries",
        ),
        Wrong(
            "has one retry too many",
            "a fault that doesn't end",
            "@task(retries=3, retry_condition_fn=only_temporary)\ndef pull_stock(shop, url):\n"
            "    return fetch(f'stock/{shop}', url)",
            ignores="two-retries",
        ),
        Wrong(
            "says no to 404 only",
            "another refusal",
            _stock(
                "not (isinstance(state.data, httpx.HTTPStatusError)"
                " and state.data.response.status_code == 404)"
            ),
            ignores="temporary-only",
        ),
        Wrong(
            "takes what is no answer of the server for temporary",
            "an address that can't be one",
            _stock("not isinstance(state.data, httpx.HTTPStatusError) or is_temporary(state.data)"),
            ignores="temporary-only",
        ),
        Wrong(
            "retries broken JSON alone",
            "two 503s, then a good answer",
            _stock("isinstance(state.data, json.JSONDecodeError)"),
            ignores="status-503",
        ),
        Wrong(
            "waits for the shop to come",
            "a 404: requests",
            _stock("is_temporary(state.data) or '404' in str(state.data)"),
            ignores="missing-once",
        ),
        Wrong(
            "gives a condition and no retries",
            "two 503s, then a good answer",
            "@task(retry_condition_fn=only_temporary)\ndef pull_stock(shop, url):\n"
            "    return fetch(f'stock/{shop}', url)",
        ),
        Wrong(
            "asks the state for the status code of every error",
            "half a JSON text",
            "def on_503(task, run, state):\n    return state.data.response.status_code == 503\n\n"
            "@task(retries=2, retry_condition_fn=on_503)\ndef pull_stock(shop, url):\n"
            "    return fetch(f'stock/{shop}', url)",
            ignores="broken-json",
        ),
        Wrong(
            "turns the condition around",
            "two 503s, then a good answer",
            "def permanent(task, run, state):\n    return not is_temporary(state.data)\n\n"
            "@task(retries=2, retry_condition_fn=permanent)\ndef pull_stock(shop, url):\n"
            "    return fetch(f'stock/{shop}', url)",
        ),
        Wrong(
            "returns Failed() for a 404 and no condition",
            "a 404: requests",
            "@task(retries=2)\ndef pull_stock(shop, url):\n    try:\n"
            "        return fetch(f'stock/{shop}', url)\n"
            "    except httpx.HTTPStatusError as error:\n"
            "        if error.response.status_code == 404:\n"
            "            return Failed(message='no such shop')\n        raise",
        ),
        Wrong(
            "turns a 404 into an empty list",
            "a 404: how its task run ended",
            "@task(retries=2, retry_condition_fn=only_temporary)\ndef pull_stock(shop, url):\n"
            "    try:\n        return fetch(f'stock/{shop}', url)\n"
            "    except httpx.HTTPStatusError as error:\n"
            "        if error.response.status_code == 404:\n            return []\n        raise",
            ignores="missing-failed",
        ),
        Wrong(
            "loops by itself",
            "attempts that Prefect recorded",
            "@task\ndef pull_stock(shop, url):\n    for number in range(3):\n        try:\n"
            "            return fetch(f'stock/{shop}', url)\n"
            "        except Exception as error:\n"
            "            if number == 2 or not is_temporary(error):\n                raise",
        ),
        Wrong(
            "is async, and its sync condition looks at a coroutine",
            "two 503s, then a good answer",
            "def on_503(task, run, state):\n    error = state.result(raise_on_failure=False)\n"
            "    return is_temporary(error)\n\n"
            "@task(retries=2, retry_condition_fn=on_503)\nasync def pull_stock(shop, url):\n"
            "    return fetch(f'stock/{shop}', url)",
        ),
    ],
    "06.2": [
        Wrong(
            "waits the same long time each time",
            "each wait longer",
            "@task(retries=3, retry_delay_seconds=0.8)\ndef pull_quality(shop, url):\n"
            "    return fetch(f'quality/{shop}', url)",
            ignores="growing",
        ),
        Wrong(
            "begins too low",
            "waits that Prefect planned",
            "@task(retries=3, retry_delay_seconds=exponential_backoff(0.1))\n"
            "def pull_quality(shop, url):\n    return fetch(f'quality/{shop}', url)",
            ignores="long-enough",
        ),
        *(
            Wrong(
                f"plans {delays}",
                point,
                f"@task(retries=3, retry_delay_seconds={delays})\ndef pull_quality(shop, url):\n"
                "    return fetch(f'quality/{shop}', url)",
                ignores=key,
            )
            for delays, point, key in (
                ([0.19, 0.4, 0.8], "waits that Prefect planned", "long-enough"),
                ([0.2, 0.4, 0.79], "waits that Prefect planned", "long-enough"),
                ([0.4, 0.4, 0.8], "each wait longer", "growing"),
            )
        ),
        Wrong(
            "lets jitter cut the waits",
            "waits that Prefect planned",
            "@task(\n    retries=3,\n    retry_delay_seconds=exponential_backoff(0.2),\n"
            "    retry_jitter_factor=0.5,\n)\n"
            "def pull_quality(shop, url):\n    return fetch(f'quality/{shop}', url)",
            ignores="long-enough",
        ),
        Wrong(
            "has one retry too few",
            "request by request",
            "@task(retries=2, retry_delay_seconds=exponential_backoff(0.2))\n"
            "def pull_quality(shop, url):\n    return fetch(f'quality/{shop}', url)",
            ignores="come-through",
        ),
        Wrong(
            "loops by itself",
            "attempts that Prefect recorded",
            "@task\ndef pull_quality(shop, url):\n    for wait in (0.2, 0.4, 0.8):\n        try:\n"
            "            return fetch(f'quality/{shop}', url)\n"
            "        except httpx.HTTPError:\n            time.sleep(wait)\n"
            "    return fetch(f'quality/{shop}', url)",
            ignores="by-retries",
        ),
        Wrong(
            "sleeps longer and longer before it raises",
            "waits that Prefect planned",
            "from prefect.runtime import task_run\n\n\n"
            "@task(retries=3)\ndef pull_quality(shop, url):\n    try:\n"
            "        return fetch(f'quality/{shop}', url)\n    except httpx.HTTPError:\n"
            "        time.sleep(0.1 * 2**task_run.run_count)\n        raise",
            ignores="planned",
        ),
        Wrong(
            "gives a list that is too short",
            "waits that Prefect planned",
            "@task(retries=3, retry_delay_seconds=[0.2, 0.4])\ndef pull_quality(shop, url):\n"
            "    return fetch(f'quality/{shop}', url)",
        ),
        Wrong(
            "gives the delays and forgets the retries",
            "request by request",
            "@task(retry_delay_seconds=[0.2, 0.4, 0.8])\ndef pull_quality(shop, url):\n"
            "    return fetch(f'quality/{shop}', url)",
        ),
        Wrong(
            "sleeps by itself before it raises",
            "waits that Prefect planned",
            "@task(retries=3)\ndef pull_quality(shop, url):\n    try:\n"
            "        return fetch(f'quality/{shop}', url)\n    except httpx.HTTPError:\n"
            "        time.sleep(0.8)\n        raise",
        ),
        Wrong(
            "lets the waits shrink",
            "each wait longer",
            "@task(retries=3, retry_delay_seconds=[1.2, 1.0, 0.8])\ndef pull_quality(shop, url):\n"
            "    return fetch(f'quality/{shop}', url)",
        ),
    ],
    "06.3": [
        Wrong(
            "retries whatever happens",
            "how often each shop was asked",
            "@task(retries=2)\ndef pull_one(shop, day, url):\n"
            "    orders = fetch(f'orders/{shop}?day={day}', url)\n"
            "    return orders or Completed(name='Skipped')\n" + _MORNING,
        ),
        Wrong(
            "says no to 404 only",
            "how often each shop was asked",
            "def not_missing(task, run, state):\n"
            "    return getattr(getattr(state.data, 'response', 0), 'status_code', 0) != 404\n\n"
            "pull_one = pull_day.with_options(retry_condition_fn=not_missing)\n" + _MORNING,
            ignores="permanent-none",
        ),
        Wrong(
            "lets the first failed shop end the flow",
            "it runs to its end",
            "pull_one = pull_day\n"
            + _MORNING.replace("return_state=True)", "return_state=True)\n        state.result()"),
            ignores="goes-on",
        ),
        Wrong(
            "has one retry too many",
            "how often each shop was asked",
            "pull_one = pull_day.with_options(retries=3)\n" + _MORNING,
            ignores="two-retries",
        ),
        Wrong(
            "leaves out a shop",
            "how often each shop was asked",
            "pull_one = pull_day\n" + _MORNING.replace("SHOPS", "SHOPS[:3]"),
            ignores="all-four",
        ),
        Wrong(
            "asks nobody on a Sunday",
            "how often each shop was asked",
            "from datetime import date\n\n"
            "@task(retries=2, retry_condition_fn=only_temporary)\ndef pull_one(shop, day, url):\n"
            "    if date.fromisoformat(day).weekday() == 6:\n"
            "        return Completed(name='Skipped')\n"
            "    return fetch(f'orders/{shop}?day={day}', url) or Completed(name='Skipped')\n"
            + _MORNING,
        ),
        Wrong(
            "takes only a Sunday for a day without orders",
            "ended as Skipped",
            "from datetime import date\n\n"
            "@task(retries=2, retry_condition_fn=only_temporary)\ndef pull_one(shop, day, url):\n"
            "    orders = fetch(f'orders/{shop}?day={day}', url)\n"
            "    if date.fromisoformat(day).weekday() == 6:\n"
            "        return Completed(name='Skipped')\n    return orders\n" + _MORNING,
            ignores="skipped",
        ),
        Wrong(
            "returns an empty list, and the flow calls it skipped",
            "ended as Skipped",
            "@task(retries=2, retry_condition_fn=only_temporary)\ndef pull_one(shop, day, url):\n"
            "    return fetch(f'orders/{shop}?day={day}', url)\n"
            + _MORNING.replace(
                "state.name == 'Skipped'", "state.is_completed() and not state.result()"
            ),
            ignores="skipped",
        ),
        Wrong(
            "returns a failure as another good end",
            "failed task runs",
            "@task(retries=2, retry_condition_fn=only_temporary)\ndef pull_one(shop, day, url):\n"
            "    try:\n        orders = fetch(f'orders/{shop}?day={day}', url)\n"
            "    except httpx.HTTPStatusError as error:\n"
            "        if is_temporary(error):\n            raise\n"
            "        return Completed(name='Refused')\n"
            "    return orders or Completed(name='Skipped')\n"
            + _MORNING.replace("state.is_completed()", "state.name == 'Completed'"),
            ignores="failed",
        ),
        Wrong(
            "returns how many, not which",
            "what the flow returned",
            "pull_one = pull_day\n"
            + _MORNING.replace(
                "return outcome", "return {key: len(names) for key, names in outcome.items()}"
            ),
            ignores="lists-of-names",
        ),
        Wrong(
            "calls all shops pulled",
            "what the flow returned",
            "pull_one = pull_day\n"
            + _MORNING.replace(
                "return outcome", "return {'pulled': SHOPS, 'skipped': [], 'failed': []}"
            ),
            ignores="which-how",
        ),
        Wrong(
            "doesn't look at the failures",
            "it runs to its end",
            "@flow\ndef robust_morning(day, url):\n    for name in SHOPS:\n"
            "        pull_day(name, day, url)\n"
            "    return {'pulled': SHOPS, 'skipped': [], 'failed': []}",
        ),
        Wrong(
            "has no retries",
            "how often each shop was asked",
            "pull_one = pull_day.with_options(retries=0)\n" + _MORNING,
        ),
        Wrong(
            "catches the 404 inside the task",
            "what the flow returned",
            "@task(retries=2, retry_condition_fn=only_temporary)\ndef pull_one(shop, day, url):\n"
            "    try:\n        orders = fetch(f'orders/{shop}?day={day}', url)\n"
            "    except httpx.HTTPStatusError as error:\n"
            "        if is_temporary(error):\n            raise\n"
            "        return Completed(name='NotFound')\n"
            "    return orders or Completed(name='Skipped')\n" + _MORNING,
        ),
        Wrong(
            "takes a Sunday for a day without orders",
            "ended as Skipped",
            "@task(retries=2, retry_condition_fn=only_temporary)\ndef pull_one(shop, day, url):\n"
            "    return fetch(f'orders/{shop}?day={day}', url)\n" + _MORNING,
        ),
        Wrong(
            "cancels on a Sunday",
            "ended as Skipped",
            "@task(retries=2, retry_condition_fn=only_temporary)\ndef pull_one(shop, day, url):\n"
            "    orders = fetch(f'orders/{shop}?day={day}', url)\n"
            "    return orders or Cancelled(name='Skipped')\n" + _MORNING,
        ),
        Wrong(
            "counts skipped shops as pulled, since they are completed",
            "what the flow returned",
            "@flow\ndef robust_morning(day, url):\n"
            "    outcome = {'pulled': [], 'skipped': [], 'failed': []}\n    for name in SHOPS:\n"
            "        state = pull_day(name, day, url, return_state=True)\n"
            "        outcome['pulled' if state.is_completed() else 'failed'].append(name)\n"
            "    return outcome",
        ),
        Wrong(
            "takes the state that a plain call returns for orders",
            "what the flow returned",
            "@flow\ndef robust_morning(day, url):\n"
            "    outcome = {'pulled': [], 'skipped': [], 'failed': []}\n    for name in SHOPS:\n"
            "        try:\n            orders = pull_day(name, day, url)\n"
            "        except Exception:\n            outcome['failed'].append(name)\n"
            "        else:\n            outcome['pulled' if orders else 'skipped'].append(name)\n"
            "    return outcome",
        ),
        Wrong(
            "returns states by shop",
            "what the flow returned",
            "@flow\ndef robust_morning(day, url):\n"
            "    return {s: pull_day(s, day, url, return_state=True).name for s in SHOPS}",
        ),
        Wrong(
            "forgets the day",
            "ended as Skipped",
            "@task(retries=2, retry_condition_fn=only_temporary)\ndef pull_one(shop, day, url):\n"
            "    orders = fetch(f'orders/{shop}', url)\n"
            "    return orders or Completed(name='Skipped')\n" + _MORNING,
            ignores="that-day",
        ),
        Wrong(
            "retries in a loop of its own",
            "task run that was retried",
            "@task\ndef pull_one(shop, day, url):\n    for number in range(3):\n        try:\n"
            "            orders = fetch(f'orders/{shop}?day={day}', url)\n"
            "            return orders or Completed(name='Skipped')\n"
            "        except Exception as error:\n"
            "            if number == 2 or not is_temporary(error):\n                raise\n"
            + _MORNING,
        ),
    ],
}
