"""Wrong and right answers to the exercises of chapter 00."""

from tests.exercises.answers import Wrong

PRELUDE = """
import asyncio

import httpx
from prefect import flow, task
from prefect.variables import Variable
"""

PULL_FROM = """
@task
def pull_from(url: str, shop: str) -> list[dict]:
    return httpx.get(f"{url}/orders/{shop}", timeout=5).json()
"""

WRONG: dict[str, list[Wrong]] = {
    "00.1": [
        Wrong(
            "returns the number instead of the name",
            "what the flow returned",
            PULL_FROM + "@flow\ndef busiest(url):\n"
            "    return max(len(pull_from(url, s)) for s in ['north', 'east', 'south', 'west'])",
            ignores="name",
        ),
        Wrong(
            "calls the plain function behind the task",
            "task runs in the record",
            PULL_FROM
            + "@flow\ndef busiest(url):\n    return max(['north', 'east', 'south', 'west'],"
            " key=lambda s: len(pull_from.fn(url, s)))",
            ignores="task",
        ),
        Wrong(
            "forgets a shop",
            "what the server was asked for",
            PULL_FROM + "@flow\ndef busiest(url):\n"
            "    return max(['north', 'east', 'south'], key=lambda s: len(pull_from(url, s)))",
            ignores="each-shop",
        ),
        Wrong(
            "gives the known answer without looking",
            "what the server was asked for",
            "@flow\ndef busiest(url):\n    return 'south'",
        ),
        Wrong("forgets @flow", "given to check()", "def busiest(url):\n    return 'south'"),
        Wrong(
            "has no parameter for the url",
            "can be called",
            PULL_FROM + "@flow\ndef busiest():\n    return 'south'",
        ),
        Wrong(
            "pulls all shops and gives the name that came out yesterday",
            "what the flow returned",
            PULL_FROM + "@flow\ndef busiest(url):\n"
            "    for s in ['north', 'east', 'south', 'west']:\n        pull_from(url, s)\n"
            "    return 'south'",
            ignores="most-orders",
        ),
        Wrong(
            "counts pieces instead of orders",
            "what the flow returned",
            PULL_FROM + "@flow\ndef busiest(url):\n"
            "    pieces = {s: sum(o['quantity'] for o in pull_from(url, s))\n"
            "        for s in ['north', 'east', 'south', 'west']}\n"
            "    return max(pieces, key=pieces.get)",
        ),
        Wrong(
            "looks for the greatest turnover",
            "what the flow returned",
            PULL_FROM + "@flow\ndef busiest(url):\n"
            "    return max(['north', 'east', 'south', 'west'], key=lambda s:"
            " sum(o['quantity'] * o['unit_price'] for o in pull_from(url, s)))",
        ),
        Wrong(
            "forgets to note the greatest number so far",
            "what the flow returned",
            PULL_FROM + "@flow\ndef busiest(url):\n    best, most = '', 0\n"
            "    for s in ['north', 'east', 'south', 'west']:\n"
            "        if len(pull_from(url, s)) > most:\n            best = s\n"
            "    return best",
        ),
        Wrong(
            "compares each shop with the one before it",
            "what the flow returned",
            PULL_FROM + "@flow\ndef busiest(url):\n    best, before = '', 0\n"
            "    for s in ['north', 'east', 'south', 'west']:\n"
            "        number = len(pull_from(url, s))\n"
            "        best, before = (s if number > before else best), number\n"
            "    return best",
        ),
        Wrong(
            "asks the chapter's own shop",
            "what the server was asked for",
            "import course_lib as course\napi = course.Shop()\n"
            + PULL_FROM
            + "@flow\ndef busiest(url):\n    return max(['north', 'east', 'south', 'west'],"
            " key=lambda s: len(pull_from(api.url, s)))",
            ignores="url",
        ),
        Wrong(
            "makes the requests itself, and runs another task for each",
            "task runs in the record",
            "@task\ndef note(shop):\n    return shop\n"
            "@flow\ndef busiest(url):\n    most = {}\n"
            "    for s in ['north', 'east', 'south', 'west']:\n"
            "        most[note(s)] = len(httpx.get(f'{url}/orders/{s}').json())\n"
            "    return max(most, key=most.get)",
        ),
        Wrong(
            "misspells a shop",
            "what the server was asked for",
            PULL_FROM + "@flow\ndef busiest(url):\n"
            "    return max(['nord', 'east', 'south', 'west'], key=lambda s: len(pull_from(url, s)))",
        ),
    ],
    "00.2": [
        Wrong(
            "forgets overwrite",
            "it runs to its end",
            "@flow\ndef move_to(shop, city):\n    Variable.set(f'{shop}_city', city)\n"
            "    return Variable.get(f'{shop}_city')",
            ignores="again",
        ),
        Wrong(
            "keeps the first city for ever",
            "on the server after the second move",
            "@flow\ndef move_to(shop, city):\n    if Variable.get(f'{shop}_city') is None:\n"
            "        Variable.set(f'{shop}_city', city)\n"
            "    return Variable.get(f'{shop}_city')",
        ),
        Wrong(
            "stores nothing",
            "on the server after the first move",
            "@flow\ndef move_to(shop, city):\n    return Variable.get(f'{shop}_city', city)",
            ignores="stores",
        ),
        Wrong(
            "returns the city, and nothing else",
            "on the server after the first move",
            "@flow\ndef move_to(shop, city):\n    return str(city)",
        ),
        Wrong(
            "uses one name for all shops",
            "on the server after the first move",
            "@flow\ndef move_to(shop, city):\n"
            "    Variable.set('test_one_city', city, overwrite=True)\n"
            "    return Variable.get('test_one_city')",
            ignores="named",
        ),
        Wrong(
            "names the variable like the shop alone",
            "on the server after the first move",
            "@flow\ndef move_to(shop, city):\n    Variable.set(shop, city, overwrite=True)\n"
            "    city = Variable.get(shop)\n    Variable.unset(shop)\n    return city",
        ),
        Wrong(
            "is async and forgets to await",
            "on the server after the first move",
            "@flow\nasync def move_to(shop, city):\n"
            "    Variable.set(f'{shop}_city', city, overwrite=True).close()\n    return city",
        ),
        Wrong(
            "stores the city and returns what it was given",
            "returned at a third move",
            "@flow\ndef move_to(shop: str, city: str) -> str:\n"
            "    Variable.set(f'{shop}_city', city, overwrite=True)\n    return city",
            ignores="returns-held",
        ),
        Wrong(
            "reads first, and returns the city unread if there is one",
            "returned at a third move",
            "@flow\ndef move_to(shop, city):\n    old = Variable.get(f'{shop}_city')\n"
            "    Variable.set(f'{shop}_city', city, overwrite=True)\n"
            "    return city if old != city else old",
        ),
        Wrong(
            "removes the variable first, and returns what set makes of its arguments",
            "returned at a third move",
            "@flow\ndef move_to(shop, city):\n    Variable.unset(f'{shop}_city')\n"
            "    return Variable.set(f'{shop}_city', city).value",
        ),
        Wrong(
            "returns what was there before",
            "returned at the first move",
            "@flow\ndef move_to(shop, city):\n    before = Variable.get(f'{shop}_city')\n"
            "    Variable.set(f'{shop}_city', city, overwrite=True)\n    return before",
        ),
        Wrong(
            "returns the variable itself",
            "returned at the first move",
            "@flow\ndef move_to(shop, city):\n"
            "    return Variable.set(f'{shop}_city', city, overwrite=True)",
        ),
    ],
}

_SHOPS = "['north', 'east', 'south', 'west']"

RIGHT: dict[str, list[str]] = {
    "00.1": [
        PULL_FROM
        + f"""
@flow
def busiest(url):
    best, most = "", -1
    for shop in {_SHOPS}:
        number = len(pull_from(url, shop))
        if number > most:
            best, most = shop, number
    return best
""",
        PULL_FROM
        + f"""
@task
def count(orders):
    return len(orders)


@flow(name="who is busiest?")
def busiest(url: str) -> str:
    counts = {{shop: count(pull_from(url, shop)) for shop in {_SHOPS}}}
    return sorted(counts, key=counts.get, reverse=True)[0]
""",
        PULL_FROM
        + f"""
@flow
def busiest(url):
    futures = {{shop: pull_from.submit(url, shop) for shop in {_SHOPS}}}
    return max((len(future.result()), shop) for shop, future in futures.items())[1]
""",
        PULL_FROM
        + """
@flow
def busiest(url):
    shops = httpx.get(f"{url}/shops").json()
    pulls = pull_from.with_options(name="orders", retries=1).map(url, shops).result()
    return shops[max(range(4), key=lambda place: len(pulls[place]))]
""",
        f"""
@task(task_run_name="orders of {{shop}}")
async def pull_from(url: str, shop: str) -> list[dict]:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{{url}}/orders/{{shop}}")).json()


@flow
async def busiest(url: str) -> str:
    shops = {_SHOPS}
    pulls = await asyncio.gather(*(pull_from(url, shop) for shop in shops))
    return max(zip(map(len, pulls), shops))[1]
""",
    ],
    "00.2": [
        """
@flow
async def move_to(shop: str, city: str) -> str:
    await Variable.aset(f"{shop}_city", city, overwrite=True)
    return await Variable.aget(f"{shop}_city")
""",
        """
@flow
async def move_to(shop, city):
    name = shop + "_city"
    await Variable.set(name, city, overwrite=True)
    return await Variable.get(name, default="nowhere")
""",
        """
@flow
def move_to(shop, city):
    name = f"{shop}_city"
    Variable.unset(name)
    Variable.set(name, city)
    return Variable.get(name)
""",
        """
@task
def store(name, city):
    Variable.set(name, city, overwrite=True, tags=["shops"])


@task
def look_up(name):
    return Variable.get(name)


@flow
def move_to(shop: str, city: str) -> str:
    store(f"{shop}_city", city)
    return look_up(f"{shop}_city")
""",
        """
from prefect.client.orchestration import get_client


@flow
def move_to(shop, city):
    Variable.set(f"{shop}_city", value=city, overwrite=True)
    with get_client(sync_client=True) as client:
        return client.read_variable_by_name(f"{shop}_city").value
""",
    ],
}
