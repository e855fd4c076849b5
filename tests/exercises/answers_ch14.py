"""Wrong answers to the exercises of chapter 14."""

from tests.exercises.answers import Wrong

PRELUDE = """
import asyncio

import httpx
from prefect import State, flow, pause_flow_run, task
from prefect.cache_policies import NO_CACHE
from prefect.input import RunInput
from prefect.states import Cancelled, Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field, field_validator

SHOPS = ["north", "east", "south", "west"]
REPORTS = [f"{report}/{name}" for report in ("orders", "stock", "quality") for name in SHOPS]
book = []


@task(cache_policy=NO_CACHE, task_run_name="{path}")
async def count(path, http):
    response = await http.get(path)
    return len(response.raise_for_status().json())


@task
def place_order(shop, crates):
    book.append(f"{crates} crates for {shop}")
    return book[-1]
"""

_CLIENT = "httpx.AsyncClient(base_url=url, timeout=10"
_CONSENT = """
class Consent(RunInput):
    approved: bool
    crates: int = Field(ge=1, le=20)
"""
_ASK = """
@flow
def order_for(shop):
    consent = pause_flow_run(wait_for_input=Consent, timeout=600, poll_interval=1)
"""
_REFUSED = "    if not consent.approved:\n        return Completed(name='Refused')\n"
_ORDER = "    return place_order(shop, consent.crates)\n"

RIGHT: dict[str, list[str]] = {
    "14.1": [
        # the client itself knows how many connections it may open
        f"""
@flow
async def count_all(url):
    limits = httpx.Limits(max_connections=3)
    async with {_CLIENT}, limits=limits) as http:
        return await asyncio.gather(*[count(path, http) for path in REPORTS])
""",
        # the tickets are in the task, and a task group instead of gather
        f"""
@task(cache_policy=NO_CACHE)
async def count_in_turn(path, http, free):
    async with free:
        return len((await http.get(path)).raise_for_status().json())


@flow
async def count_all(url):
    free = asyncio.Semaphore(3)
    async with {_CLIENT}) as http, asyncio.TaskGroup() as group:
        tasks = [group.create_task(count_in_turn(path, http, free)) for path in REPORTS]
    return [each.result() for each in tasks]
""",
    ],
    "14.2": [
        # an async flow, and limits in words of its own
        """
class Wish(RunInput):
    crates: int = Field(10, gt=0, lt=21)
    approved: bool = False


@flow
async def order_for(shop):
    wish = await pause_flow_run(wait_for_input=Wish, timeout=600, poll_interval=1)
    if wish.approved:
        return place_order(shop, wish.crates)
    return Completed(name="Refused", message="no")
""",
    ],
}

WRONG: dict[str, list[Wrong]] = {
    "14.1": [
        Wrong(
            "asks one after the other",
            "most requests at once",
            f"@flow\nasync def count_all(url):\n    async with {_CLIENT}) as http:\n"
            "        return [await count(path, http) for path in REPORTS]",
        ),
        Wrong(
            "makes a semaphore for each request",
            "most requests at once",
            "async def in_turn(path, http):\n    async with asyncio.Semaphore(3):\n"
            "        return await count(path, http)\n\n"
            f"@flow\nasync def count_all(url):\n    async with {_CLIENT}) as http:\n"
            "        return await asyncio.gather(*[in_turn(path, http) for path in REPORTS])",
        ),
        Wrong(
            "goes in batches",
            "while the slow one was awaited",
            f"@flow\nasync def count_all(url):\n    counts = []\n"
            f"    async with {_CLIENT}) as http:\n"
            "        for i in range(0, len(REPORTS), 3):\n"
            "            counts += await asyncio.gather(\n"
            "                *[count(path, http) for path in REPORTS[i : i + 3]])\n"
            "    return counts",
        ),
        Wrong(
            "blocks inside the semaphore",
            "most requests at once",
            "@flow\nasync def count_all(url):\n    free = asyncio.Semaphore(3)\n\n"
            "    async def in_turn(path):\n        async with free:\n"
            "            return len(httpx.get(f'{url}/{path}', timeout=10).json())\n\n"
            "    return await asyncio.gather(*[in_turn(path) for path in REPORTS])",
        ),
        Wrong(
            "goes back to threads",
            "the flow is async",
            "@task\ndef count_one(path, url):\n"
            "    return len(httpx.get(f'{url}/{path}', timeout=10).json())\n\n"
            "@flow(task_runner=ThreadPoolTaskRunner(max_workers=3))\ndef count_all(url):\n"
            "    return count_one.map(REPORTS, url).result()",
        ),
        Wrong(
            "sets workers that async calls don't use",
            "most requests at once",
            "@flow(task_runner=ThreadPoolTaskRunner(max_workers=3))\nasync def count_all(url):\n"
            f"    async with {_CLIENT}) as http:\n"
            "        return await asyncio.gather(*[count(path, http) for path in REPORTS])",
        ),
        Wrong(
            "gives the counts as they come in",
            "what the flow returned",
            "@flow\nasync def count_all(url):\n    free = asyncio.Semaphore(3)\n    counts = []\n\n"
            "    async def in_turn(path, http):\n        async with free:\n"
            "            counts.append(await count(path, http))\n\n"
            f"    async with {_CLIENT}) as http:\n"
            "        await asyncio.gather(*[in_turn(path, http) for path in reversed(REPORTS)])\n"
            "    return counts",
        ),
    ],
    "14.2": [
        Wrong(
            "asks for no input",
            "500 crates",
            "@flow\ndef order_for(shop):\n    pause_flow_run(timeout=600, poll_interval=1)\n"
            "    return place_order(shop, 7)",
        ),
        Wrong(
            "has no limits on the form",
            "500 crates",
            "class Consent(RunInput):\n    approved: bool\n    crates: int\n\n"
            + _ASK
            + _REFUSED
            + _ORDER,
        ),
        Wrong(
            "checks the limits in a validator, which the server doesn't know",
            "500 crates",
            "class Consent(RunInput):\n    approved: bool\n    crates: int\n\n"
            "    @field_validator('crates')\n    @classmethod\n    def few(cls, value):\n"
            "        if not 1 <= value <= 20:\n            raise ValueError('1 to 20')\n"
            "        return value\n\n" + _ASK + _REFUSED + _ORDER,
        ),
        Wrong(
            "loses the limits by a default from with_initial_data",
            "500 crates",
            _CONSENT
            + _ASK.replace("=Consent", "=Consent.with_initial_data(crates=10)")
            + _REFUSED
            + _ORDER,
        ),
        Wrong(
            "doesn't look at the answer",
            "after the no",
            _CONSENT + _ASK + _ORDER,
        ),
        Wrong(
            "orders first",
            "after the no",
            _CONSENT + "\n@flow\ndef order_for(shop):\n    order = place_order(shop, 7)\n"
            "    consent = pause_flow_run(wait_for_input=Consent, timeout=600, poll_interval=1)\n"
            + _REFUSED
            + "    return order",
        ),
        Wrong(
            "orders ten, whatever the answer says",
            "returned after the yes",
            _CONSENT + _ASK + _REFUSED + "    return place_order(shop, 10)",
        ),
        Wrong(
            "raises at a no",
            "how the run ended",
            _CONSENT
            + _ASK
            + "    if not consent.approved:\n        raise ValueError('refused')\n"
            + _ORDER,
        ),
        Wrong(
            "returns nothing at a no",
            "how the run ended",
            _CONSENT + _ASK + "    if consent.approved:\n    " + _ORDER,
        ),
        Wrong(
            "never asks",
            "it asks, and waits",
            _CONSENT + "\n@flow\ndef order_for(shop):\n    return place_order(shop, 7)",
        ),
    ],
}
