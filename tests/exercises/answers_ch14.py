"""Wrong answers to the exercises of chapter 14."""

from tests.exercises.answers import Wrong

PRELUDE = """
import asyncio
from typing import Annotated, Literal

import httpx
from prefect import State, flow, get_run_logger, pause_flow_run, task
from prefect.cache_policies import NO_CACHE
from prefect.input import RunInput
from prefect.states import Cancelled, Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field, conint, field_validator

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
        # the tickets belong to the cell, as in the chapter
        f"""
places = asyncio.Semaphore(3)


async def in_turn(path, http):
    async with places:
        return await count(path, http)


@flow
async def count_all(url):
    async with {_CLIENT}) as http:
        return await asyncio.gather(*[in_turn(path, http) for path in REPORTS])
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
        # three workers and a queue, and the counts put back into order
        f"""
@flow
async def count_all(url):
    queue = asyncio.Queue()
    for path in REPORTS:
        queue.put_nowait(path)
    counts = {{}}

    async def work(http):
        while not queue.empty():
            path = queue.get_nowait()
            counts[path] = await count(path, http)

    async with {_CLIENT}) as http:
        await asyncio.gather(work(http), work(http), work(http))
    return [counts[path] for path in REPORTS]
""",
        # whoever is done first makes room, and a task more at the end
        f"""
@task
async def in_order(counts):
    return [counts[path] for path in REPORTS]


@flow
async def count_all(url):
    todo, counts, running = list(REPORTS), {{}}, {{}}
    async with {_CLIENT}) as http:
        while todo or running:
            while todo and len(running) < 3:
                path = todo.pop(0)
                running[asyncio.create_task(count(path, http))] = path
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                counts[running.pop(each)] = each.result()
    return await in_order(counts)
""",
        # a blocking client in threads beside the loop
        """
@flow
async def count_all(url):
    places = asyncio.BoundedSemaphore(value=3)

    async def one(path):
        async with places:
            response = await asyncio.to_thread(httpx.get, f"{url}/{path}", timeout=10)
        return len(response.raise_for_status().json())

    return list(await asyncio.gather(*map(one, REPORTS)))
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
        # a form of types alone, a description, and a log line
        """
class Answer(RunInput):
    approved: bool
    crates: Annotated[int, Field(gt=0, le=20, description="how many")]


@flow(log_prints=True)
def order_for(shop):
    question = Answer.with_initial_data(description=f"Crates for **{shop}**?")
    answer = pause_flow_run(wait_for_input=question, timeout=600, poll_interval=1)
    get_run_logger().info("%s", answer)
    match answer.approved:
        case True:
            return place_order(shop=shop, crates=answer.crates)
        case False:
            return Completed(name="Refused")
""",
        # the number's type has a name, and the order is submitted
        """
Crates = conint(ge=1, le=20)


class Form(RunInput):
    approved: bool
    crates: Crates


def ask():
    return pause_flow_run(wait_for_input=Form, timeout=600, poll_interval=1)


@flow
def order_for(shop):
    form = ask()
    if form.approved is False:
        return State(type="COMPLETED", name="Refused")
    return place_order.submit(shop, form.crates).result()
""",
        # the numbers one by one, and a bool that isn't the first field
        """
class Form(RunInput):
    crates: Literal[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20] = 10
    approved: bool


@task
def note(answer):
    return answer.crates if answer.approved else 0


@flow
def order_for(shop):
    crates = note(pause_flow_run(wait_for_input=Form, timeout=600, poll_interval=1))
    return place_order(shop, crates) if crates else Completed(name="Refused")
""",
    ],
}

WRONG: dict[str, list[Wrong]] = {
    "14.1": [
        Wrong(
            "leaves the last reports out",
            "what the shop was asked for",
            "@flow\nasync def count_all(url):\n    free = asyncio.Semaphore(3)\n\n"
            "    async def in_turn(path, http):\n        async with free:\n"
            "            return await count(path, http)\n\n"
            f"    async with {_CLIENT}) as http:\n"
            "        return await asyncio.gather(*[in_turn(path, http) for path in REPORTS[:9]])",
            ignores="all-reports",
        ),
        Wrong(
            "takes two places",
            "most requests at once",
            "@flow\nasync def count_all(url):\n"
            f"    async with {_CLIENT}, limits=httpx.Limits(max_connections=2)) as http:\n"
            "        return await asyncio.gather(*[count(path, http) for path in REPORTS])",
        ),
        Wrong(
            "deals the reports out to three lists",
            "while the slow one was awaited",
            "@flow\nasync def count_all(url):\n    async def work(paths, http):\n"
            "        return {path: await count(path, http) for path in paths}\n\n"
            f"    async with {_CLIENT}) as http:\n"
            "        parts = await asyncio.gather(*[work(REPORTS[i::3], http) for i in range(3)])\n"
            "    counts = parts[0] | parts[1] | parts[2]\n"
            "    return [counts[path] for path in REPORTS]",
        ),
        Wrong(
            "asks one after the other",
            "most requests at once",
            f"@flow\nasync def count_all(url):\n    async with {_CLIENT}) as http:\n"
            "        return [await count(path, http) for path in REPORTS]",
            ignores="all-three",
        ),
        Wrong(
            "makes a semaphore for each request",
            "most requests at once",
            "async def in_turn(path, http):\n    async with asyncio.Semaphore(3):\n"
            "        return await count(path, http)\n\n"
            f"@flow\nasync def count_all(url):\n    async with {_CLIENT}) as http:\n"
            "        return await asyncio.gather(*[in_turn(path, http) for path in REPORTS])",
            ignores="never-more",
        ),
        Wrong(
            "has tickets that another event loop used before",
            "in an event loop of the check's own",
            "places = asyncio.Semaphore(3)\n\nasync def rest():\n    async with places:\n"
            "        await asyncio.sleep(0)\n\nasync def crowd():\n"
            "    await asyncio.gather(*[rest() for _ in range(9)])\n\n"
            "asyncio.run(crowd())\n\n"
            "async def in_turn(path, http):\n    async with places:\n"
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
            ignores="no-waiting",
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
            ignores="async-flow",
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
            ignores="same-result",
        ),
    ],
    "14.2": [
        Wrong(
            "lets less than one pass",
            "or a perhaps",
            "class Consent(RunInput):\n    approved: bool\n    crates: int = Field(le=20)\n\n"
            + _ASK
            + _REFUSED
            + _ORDER,
            ignores="lowest",
        ),
        Wrong(
            "begins with two",
            "a yes with 1 crates",
            "class Consent(RunInput):\n    approved: bool\n    crates: int = Field(gt=1, le=20)\n\n"
            + _ASK
            + _REFUSED
            + _ORDER,
        ),
        Wrong(
            "lets more than 20 pass",
            "or a perhaps",
            "class Consent(RunInput):\n    approved: bool\n    crates: int = Field(ge=1)\n\n"
            + _ASK
            + _REFUSED
            + _ORDER,
            ignores="highest",
        ),
        Wrong(
            "ends before 20",
            "a yes with 20 crates",
            "class Consent(RunInput):\n    approved: bool\n    crates: int = Field(ge=1, lt=20)\n\n"
            + _ASK
            + _REFUSED
            + _ORDER,
        ),
        Wrong(
            "takes half crates",
            "or a perhaps",
            "class Consent(RunInput):\n    approved: bool\n    crates: float = Field(ge=1, le=20)\n\n"
            + _ASK
            + _REFUSED
            + _ORDER,
            ignores="whole-number",
        ),
        Wrong(
            "takes any word for an answer",
            "or a perhaps",
            "class Consent(RunInput):\n    approved: bool | str\n    crates: int = Field(ge=1, le=20)\n\n"
            + _ASK
            + _REFUSED
            + _ORDER,
            ignores="approved",
        ),
        Wrong(
            "asks for a reason, too",
            "a yes with 1 crates",
            _CONSENT + "    reason: str\n\n" + _ASK + _REFUSED + _ORDER,
        ),
        Wrong(
            "returns the number",
            "returned after a yes",
            _CONSENT + _ASK + _REFUSED + "    place_order(shop, consent.crates)\n"
            "    return consent.crates\n",
            ignores="returns",
        ),
        Wrong(
            "drops the timeout",
            "seconds for which it waits",
            _CONSENT + _ASK.replace(", timeout=600", "") + _REFUSED + _ORDER,
            ignores="timeout",
        ),
        Wrong(
            "is Refused and failed",
            "how the run ended",
            _CONSENT + _ASK + _REFUSED.replace("Completed", "Failed") + _ORDER,
        ),
        Wrong(
            "asks for no input",
            "or a perhaps",
            "@flow\ndef order_for(shop):\n    pause_flow_run(timeout=600, poll_interval=1)\n"
            "    return place_order(shop, 7)",
        ),
        Wrong(
            "has no limits on the form",
            "or a perhaps",
            "class Consent(RunInput):\n    approved: bool\n    crates: int\n\n"
            + _ASK
            + _REFUSED
            + _ORDER,
        ),
        Wrong(
            "checks the limits in a validator, which the server doesn't know",
            "or a perhaps",
            "class Consent(RunInput):\n    approved: bool\n    crates: int\n\n"
            "    @field_validator('crates')\n    @classmethod\n    def few(cls, value):\n"
            "        if not 1 <= value <= 20:\n            raise ValueError('1 to 20')\n"
            "        return value\n\n" + _ASK + _REFUSED + _ORDER,
        ),
        Wrong(
            "loses the limits by a default from with_initial_data",
            "or a perhaps",
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
            "returned after a yes",
            _CONSENT + "\n@flow\ndef order_for(shop):\n    order = place_order(shop, 7)\n"
            "    consent = pause_flow_run(wait_for_input=Consent, timeout=600, poll_interval=1)\n"
            + _REFUSED
            + "    return order",
        ),
        Wrong(
            "orders, whatever the answer says, and looks at it then",
            "after the no",
            _CONSENT
            + _ASK
            + "    order = place_order(shop, consent.crates)\n"
            + _REFUSED
            + "    return order\n",
            ignores="places-none",
        ),
        Wrong(
            "orders ten, whatever the answer says",
            "returned after a yes",
            _CONSENT + _ASK + _REFUSED + "    return place_order(shop, 10)",
            ignores="as-many",
        ),
        Wrong(
            "raises at a no",
            "how the run ended",
            _CONSENT
            + _ASK
            + "    if not consent.approved:\n        raise ValueError('refused')\n"
            + _ORDER,
            ignores="ends-refused",
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
            ignores="asks",
        ),
    ],
}
