"""Wrong answers to the exercises of chapter 00."""

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
        ),
        Wrong(
            "calls the plain function behind the task",
            "task runs in the record",
            PULL_FROM
            + "@flow\ndef busiest(url):\n    return max(['north', 'east', 'south', 'west'],"
            " key=lambda s: len(pull_from.fn(url, s)))",
        ),
        Wrong(
            "forgets a shop",
            "what the server was asked for",
            PULL_FROM + "@flow\ndef busiest(url):\n"
            "    return max(['north', 'east', 'south'], key=lambda s: len(pull_from(url, s)))",
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
        ),
        Wrong(
            "stores nothing",
            "on the server after the first move",
            "@flow\ndef move_to(shop, city):\n    return str(city)",
        ),
        Wrong(
            "uses one name for all shops",
            "on the server after the first move",
            "@flow\ndef move_to(shop, city):\n"
            "    Variable.set('test_one_city', city, overwrite=True)\n"
            "    return Variable.get('test_one_city')",
        ),
        Wrong(
            "is async and forgets to await",
            "on the server after the first move",
            "@flow\nasync def move_to(shop, city):\n"
            "    Variable.set(f'{shop}_city', city, overwrite=True).close()\n    return city",
        ),
        Wrong(
            "returns what was there before",
            "returned at the first move",
            "@flow\ndef move_to(shop, city):\n    before = Variable.get(f'{shop}_city')\n"
            "    Variable.set(f'{shop}_city', city, overwrite=True)\n    return before",
        ),
    ],
}
