"""Wrong answers to the exercises of chapter 09."""

from tests.exercises.answers import Wrong

PRELUDE = """
import os

import httpx
from prefect import flow, get_run_logger, task
from prefect.blocks.system import Secret
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SHOPS = ("north", "east", "south", "west")


def complaints(url, limit):
    found = 0
    for shop in SHOPS:
        products = httpx.get(f"{url}/quality/{shop}", timeout=5).json()
        found += sum(product["complaints"] > limit for product in products)
    return found
"""

_CONFIG = 'env_prefix="QUALITY_", env_file=".env", hide_input_in_errors=True'
_FIELDS = "    url: str\n    limit: int = Field(default=3, ge=0)\n    token: SecretStr\n"


def _settings(config: str = _CONFIG, fields: str = _FIELDS) -> str:
    return (
        "class QualitySettings(BaseSettings):\n"
        f"    model_config = SettingsConfigDict({config})\n{fields}\n"
        "@flow\ndef quality_morning():\n    settings = QualitySettings()\n"
        "    return complaints(settings.url, settings.limit)\n"
    )


_PULL = (
    "@task\ndef pull(token, url):\n"
    "    response = httpx.get(f'{url}/orders/north', "
    "headers={'Authorization': f'Bearer {token}'}, timeout=5)\n"
    "    response.raise_for_status()\n    return response.json()\n"
)
_FLOW = (
    "@flow\ndef guarded_morning(secret_name, url):\n    token = Secret.load(secret_name).get()\n"
)

WRONG: dict[str, list[Wrong]] = {
    "09.1": [
        Wrong(
            "checks by hand, in the loop",
            "it runs with the token and QUALITY_LIMIT=0 in .env",
            "@flow\ndef quality_morning():\n    url = os.environ['QUALITY_URL']\n"
            "    limit = int(os.environ.get('QUALITY_LIMIT', '3'))\n"
            "    os.environ['QUALITY_TOKEN']\n    return complaints(url, limit)\n",
        ),
        Wrong(
            "forgets the prefix",
            "it runs with QUALITY_URL and QUALITY_TOKEN set",
            _settings('env_file=".env", hide_input_in_errors=True'),
        ),
        Wrong(
            "gives the limit no default",
            "it runs with QUALITY_URL and QUALITY_TOKEN set",
            _settings(fields="    url: str\n    limit: int = Field(ge=0)\n    token: SecretStr\n"),
        ),
        Wrong(
            "has another default",
            "with QUALITY_URL and QUALITY_TOKEN set and nothing else",
            _settings(fields=_FIELDS.replace("default=3", "default=2")),
        ),
        Wrong(
            "reads no .env",
            "in .env",
            _settings('env_prefix="QUALITY_", hide_input_in_errors=True'),
        ),
        Wrong(
            "reads the settings, and counts with a limit of its own",
            "the count with QUALITY_LIMIT=0",
            _settings().replace("settings.limit", "3"),
        ),
        Wrong(
            "takes any whole number",
            "the run with QUALITY_LIMIT=-1",
            _settings(fields=_FIELDS.replace("Field(default=3, ge=0)", "3")),
        ),
        Wrong(
            "checks the limit last",
            "the run with QUALITY_LIMIT=-1",
            _settings(fields=_FIELDS.replace("Field(default=3, ge=0)", "3"))
            + "\n@flow(name='late')\ndef quality_morning():\n"
            "    settings = QualitySettings()\n"
            "    found = complaints(settings.url, settings.limit)\n"
            "    if settings.limit < 0:\n        raise ValueError('limit below 0')\n"
            "    return found\n",
        ),
        Wrong(
            "can do without a token",
            "the run with no QUALITY_TOKEN",
            _settings(fields=_FIELDS.replace("SecretStr", "SecretStr = SecretStr('')")),
        ),
        Wrong(
            "fails without saying what is wrong",
            "what its message says about QUALITY_LIMIT=-1",
            _settings().replace(
                "    settings = QualitySettings()\n",
                "    try:\n        settings = QualitySettings()\n"
                "    except ValueError:\n        raise RuntimeError('bad settings') from None\n",
            ),
        ),
        Wrong(
            "lets the error message show the token",
            "where the token stands",
            _settings('env_prefix="QUALITY_", env_file=".env"'),
        ),
        Wrong(
            "logs the token's value",
            "where the token stands",
            _settings().replace(
                "    return complaints",
                "    get_run_logger().info(settings.token.get_secret_value())\n    return complaints",
            ),
        ),
    ],
    "09.2": [
        Wrong(
            "still takes the token",
            "guarded-morning can be called as the exercise says",
            _PULL + "@flow\ndef guarded_morning(token, url):\n    return len(pull(token, url))\n",
        ),
        Wrong(
            "sends the block instead of its value",
            "it runs while the token is good",
            _PULL + _FLOW.replace(".get()", "") + "    return len(pull(token, url))\n",
        ),
        Wrong(
            "returns the orders",
            "what the flow returned",
            _PULL + _FLOW + "    return pull(token, url)\n",
        ),
        Wrong(
            "logs the value",
            "the record of a good day",
            _PULL
            + _FLOW
            + "    get_run_logger().info('token: %s', token)\n    return len(pull(token, url))\n",
        ),
        Wrong(
            "names the task run after the value",
            "the record of a good day",
            _PULL.replace("@task", "@task(task_run_name='orders with {token}')")
            + _FLOW
            + "    return len(pull(token, url))\n",
        ),
        Wrong(
            "calls a flow with the token",
            "the record of a good day",
            _PULL.replace("@task", "@flow") + _FLOW + "    return len(pull(token, url))\n",
        ),
        Wrong(
            "takes a refusal for an empty morning",
            "the day on which the token is refused",
            _PULL.replace(
                "    response.raise_for_status()\n",
                "    if response.status_code == 401:\n        return []\n",
            )
            + _FLOW
            + "    return len(pull(token, url))\n",
        ),
        Wrong(
            "shows the headers when it fails",
            "the record of that day",
            _PULL.replace(
                "    response.raise_for_status()\n",
                "    if response.status_code == 401:\n"
                "        raise PermissionError(dict(response.request.headers))\n",
            )
            + _FLOW
            + "    return len(pull(token, url))\n",
        ),
        Wrong(
            "shows the token in the message",
            "the record of that day",
            _PULL.replace(
                "    response.raise_for_status()\n",
                "    assert response.status_code == 200, f'{token} refused'\n",
            )
            + _FLOW
            + "    return len(pull(token, url))\n",
        ),
    ],
}

RIGHT: dict[str, list[str]] = {
    "09.1": [
        # Asynchronous, and with the limit and the token checked by types of their own.
        "from pydantic import NonNegativeInt\n\n\n"
        + _settings(
            fields="    url: str\n    limit: NonNegativeInt = 3\n    token: SecretStr\n"
        ).replace("@flow\ndef", "@flow\nasync def"),
        # By hand, which is as good where it comes to the same.
        "from pathlib import Path\n\n\n@flow\ndef quality_morning():\n"
        "    lines = [line.split('=', 1) for line in Path('.env').read_text().splitlines()]\n"
        "    known = dict(lines) | dict(os.environ)\n"
        "    for field in ('URL', 'TOKEN'):\n"
        "        if f'QUALITY_{field}' not in known:\n"
        "            raise ValueError(f'set QUALITY_{field}')\n"
        "    limit = int(known.get('QUALITY_LIMIT', '3'))\n"
        "    if limit < 0:\n        raise ValueError('QUALITY_LIMIT is below 0')\n"
        "    return complaints(known['QUALITY_URL'], limit)\n",
    ],
    "09.2": [
        # The value goes from the flow to the task: arguments of tasks are not recorded.
        _PULL + _FLOW + "    return len(pull(token, url))\n",
        # All of it in the flow, asynchronously; the logged block masks itself.
        "@flow\nasync def guarded_morning(secret_name, url):\n"
        "    secret = await Secret.load(secret_name)\n"
        "    get_run_logger().info('with %s', secret)\n"
        "    headers = {'Authorization': f'Bearer {secret.get()}'}\n"
        "    async with httpx.AsyncClient(timeout=5) as client:\n"
        "        response = await client.get(f'{url}/orders/north', headers=headers)\n"
        "    response.raise_for_status()\n    return len(response.json())\n",
    ],
}
