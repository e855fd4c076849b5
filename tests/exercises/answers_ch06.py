"""Wrong answers to the exercises of chapter 06."""

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
        if state.name == "Skipped":
            outcome["skipped"].append(name)
        else:
            outcome["pulled" if state.is_completed() else "failed"].append(name)
    return outcome
"""

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
            "@task(retries=2)\ndef pull_stock(shop, url):\n    try:\n"
            "        return fetch(f'stock/{shop}', url)\n"
            "    except httpx.HTTPStatusError as error:\n"
            "        if error.response.status_code == 404:\n            return []\n        raise",
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
        ),
        Wrong(
            "begins too low",
            "waits that Prefect recorded",
            "@task(retries=3, retry_delay_seconds=exponential_backoff(0.1))\n"
            "def pull_quality(shop, url):\n    return fetch(f'quality/{shop}', url)",
        ),
        Wrong(
            "gives a list that is too short",
            "waits that Prefect recorded",
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
            "waits that Prefect recorded",
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
            "requests per shop",
            "@task(retries=2)\ndef pull_one(shop, day, url):\n"
            "    orders = fetch(f'orders/{shop}?day={day}', url)\n"
            "    return orders or Completed(name='Skipped')\n" + _MORNING,
        ),
        Wrong(
            "lets the first failed shop end the flow",
            "it runs to its end",
            "@flow\ndef robust_morning(day, url):\n    for name in SHOPS:\n"
            "        pull_day(name, day, url)\n"
            "    return {'pulled': SHOPS, 'skipped': [], 'failed': []}",
        ),
        Wrong(
            "has no retries",
            "requests per shop",
            "pull_one = pull_day.with_options(retries=0)\n" + _MORNING,
        ),
        Wrong(
            "catches the 404 inside the task",
            "failed task runs",
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
            "returned for the Sunday",
            "@flow\ndef robust_morning(day, url):\n"
            "    outcome = {'pulled': [], 'skipped': [], 'failed': []}\n    for name in SHOPS:\n"
            "        state = pull_day(name, day, url, return_state=True)\n"
            "        outcome['pulled' if state.is_completed() else 'failed'].append(name)\n"
            "    return outcome",
        ),
        Wrong(
            "takes the state that a plain call returns for orders",
            "returned for the Sunday",
            "@flow\ndef robust_morning(day, url):\n"
            "    outcome = {'pulled': [], 'skipped': [], 'failed': []}\n    for name in SHOPS:\n"
            "        try:\n            orders = pull_day(name, day, url)\n"
            "        except Exception:\n            outcome['failed'].append(name)\n"
            "        else:\n            outcome['pulled' if orders else 'skipped'].append(name)\n"
            "    return outcome",
        ),
        Wrong(
            "returns states by shop",
            "returned for the Tuesday",
            "@flow\ndef robust_morning(day, url):\n"
            "    return {s: pull_day(s, day, url, return_state=True).name for s in SHOPS}",
        ),
        Wrong(
            "forgets the day",
            "ended as Skipped",
            "@task(retries=2, retry_condition_fn=only_temporary)\ndef pull_one(shop, day, url):\n"
            "    orders = fetch(f'orders/{shop}', url)\n"
            "    return orders or Completed(name='Skipped')\n" + _MORNING,
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
