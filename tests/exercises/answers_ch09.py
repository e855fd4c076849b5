"""Right and wrong answers to the exercises of chapter 09."""

from tests.exercises.answers import Wrong

PRELUDE = """
import os

import httpx
from prefect import flow, get_run_logger, task
from prefect.blocks.system import Secret
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SHOPS = ("north", "east", "south", "west")


class CarefulSettings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="SHOP_", env_file=".env", hide_input_in_errors=True
    )

    url: str = Field(pattern="^https?://")
    stores: list[str] = ["north", "east", "south", "west"]
    token: SecretStr


def complaints(url, limit):
    found = 0
    for shop in SHOPS:
        products = httpx.get(f"{url}/quality/{shop}", timeout=5).json()
        found += sum(product["complaints"] > limit for product in products)
    return found
"""

_CONFIG = 'env_prefix="QUALITY_", env_file=".env", extra="ignore", hide_input_in_errors=True'
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
            "checks by hand, as well as it can",
            "fields of the settings class",
            "from pathlib import Path\n\n\n@flow\ndef quality_morning():\n"
            "    lines = Path('.env').read_text().splitlines()\n"
            "    known = dict(line.split('=', 1) for line in lines) | dict(os.environ)\n"
            "    for field in ('URL', 'TOKEN'):\n"
            "        if f'QUALITY_{field}' not in known:\n"
            "            raise ValueError(f'set QUALITY_{field}')\n"
            "    limit = known.get('QUALITY_LIMIT', '3')\n"
            "    if not limit.isdecimal():\n"
            "        raise ValueError('QUALITY_LIMIT is no whole number from 0 up')\n"
            "    token = SecretStr(known['QUALITY_TOKEN'])\n"
            "    return complaints(known['QUALITY_URL'], int(limit))\n",
            ignores="settings-class",
        ),
        Wrong(
            "has a token that is a str",
            "the token, where the settings",
            _settings(fields=_FIELDS.replace("SecretStr", "str")),
            ignores="secret-token",
        ),
        Wrong(
            "stands alone in its file",
            "SHOP_TIMEOUT=9",
            _settings(_CONFIG.replace(', extra="ignore"', "")),
            ignores="shared-file",
        ),
        Wrong(
            "leaves a shop out",
            "the count with QUALITY_LIMIT=0",
            "SHOPS = ('east', 'south', 'west')\n\n\n" + _settings(),
            ignores="all-shops",
        ),
        Wrong(
            "counts as many complaints as the limit, too",
            "the count, with QUALITY_URL",
            _settings().replace("settings.limit)", "settings.limit - 1)"),
            ignores="more-than",
        ),
        Wrong(
            "takes half a complaint",
            "the run with QUALITY_LIMIT=2.5",
            _settings(fields=_FIELDS.replace("limit: int", "limit: float")),
            ignores="whole-number",
        ),
        Wrong(
            "takes no 0",
            "QUALITY_LIMIT=0 in .env",
            _settings(fields=_FIELDS.replace("ge=0", "gt=0")),
        ),
        Wrong(
            "takes 0 for nothing",
            "the count with QUALITY_LIMIT=0",
            _settings().replace("settings.limit)", "settings.limit or 3)"),
        ),
        Wrong(
            "takes nothing for an address",
            "the run with no QUALITY_URL",
            _settings(fields=_FIELDS.replace("url: str", "url: str = ''")),
        ),
        Wrong(
            "knows an address by itself",
            "the run with no QUALITY_URL",
            _settings(fields=_FIELDS.replace("url: str", "url: str = 'http://127.0.0.1:9'")),
            ignores="missing-fails",
        ),
        Wrong(
            "checks by hand, in the loop",
            "fields of the settings class",
            "@flow\ndef quality_morning():\n    url = os.environ['QUALITY_URL']\n"
            "    limit = int(os.environ.get('QUALITY_LIMIT', '3'))\n"
            "    os.environ['QUALITY_TOKEN']\n    return complaints(url, limit)\n",
        ),
        Wrong(
            "forgets the prefix",
            "it runs with QUALITY_URL and QUALITY_TOKEN set",
            _settings('env_file=".env", extra="ignore", hide_input_in_errors=True'),
            ignores="prefix",
        ),
        Wrong(
            "gives the limit no default",
            "it runs with QUALITY_URL and QUALITY_TOKEN set",
            _settings(fields="    url: str\n    limit: int = Field(ge=0)\n    token: SecretStr\n"),
            ignores="three-by-default",
        ),
        Wrong(
            "has another default",
            "with QUALITY_URL and QUALITY_TOKEN set and nothing else",
            _settings(fields=_FIELDS.replace("default=3", "default=2")),
        ),
        Wrong(
            "reads no .env",
            "in .env",
            _settings('env_prefix="QUALITY_", extra="ignore", hide_input_in_errors=True'),
            ignores="env-file",
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
            ignores="from-zero-up",
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
            ignores="before-requests",
        ),
        Wrong(
            "can do without a token",
            "the run with no QUALITY_TOKEN",
            _settings(fields=_FIELDS.replace("SecretStr", "SecretStr = SecretStr('')")),
            ignores="token-required",
        ),
        Wrong(
            "fails without saying what is wrong",
            "what its message says about QUALITY_LIMIT=-1",
            _settings().replace(
                "    settings = QualitySettings()\n",
                "    try:\n        settings = QualitySettings()\n"
                "    except ValueError:\n        raise RuntimeError('bad settings') from None\n",
            ),
            ignores="field-named",
        ),
        Wrong(
            "lets the error message show the token",
            "where the token stands",
            _settings(_CONFIG.replace(", hide_input_in_errors=True", "")),
            ignores="token-hidden",
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
            ignores="secret-name",
        ),
        Wrong(
            "sends the block instead of its value",
            "it runs while the token is good",
            _PULL + _FLOW.replace(".get()", "") + "    return len(pull(token, url))\n",
        ),
        Wrong(
            "has a second parameter of another name",
            "guarded-morning can be called as the exercise says",
            _PULL
            + _FLOW.replace("secret_name, url", "secret_name, address")
            + "    return len(pull(token, address))\n",
            ignores="signature",
        ),
        Wrong(
            "returns the number of today",
            "on another day",
            _PULL + _FLOW + "    pull(token, url)\n    return 39\n",
            ignores="number",
        ),
        Wrong(
            "ends in a state that tells",
            "the record of a good day",
            "from prefect.states import Completed\n\n\n"
            + _PULL
            + _FLOW
            + "    found = pull(token, url)\n"
            "    return Completed(message=f'let in with {token}', data=len(found))\n",
            ignores="states",
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
            ignores="logs",
        ),
        Wrong(
            "names the task run after the value",
            "the record of a good day",
            _PULL.replace("@task", "@task(task_run_name='orders with {token}')")
            + _FLOW
            + "    return len(pull(token, url))\n",
            ignores="names",
        ),
        Wrong(
            "calls a flow with the token",
            "the record of a good day",
            _PULL.replace("@task", "@flow") + _FLOW + "    return len(pull(token, url))\n",
            ignores="parameters",
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
            ignores="fails",
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
            "raises another error, whose traceback still holds the first",
            "the record of that day",
            _PULL.replace(
                "    response.raise_for_status()\n",
                "    try:\n        assert response.is_success, dict(response.request.headers)\n"
                "    except AssertionError:\n        raise PermissionError('refused')\n",
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
            ignores="bad-day",
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
        # A subclass of the chapter's class, made by a helper, and a Failed state returned.
        "from prefect.states import Failed\n\n\nclass QualitySettings(CarefulSettings):\n"
        "    model_config = SettingsConfigDict(env_prefix='QUALITY_', extra='ignore')\n"
        "    limit: int = Field(3, ge=0)\n\n\n"
        "@flow\ndef quality_morning():\n    try:\n        settings = QualitySettings()\n"
        "    except ValueError as error:\n"
        "        return Failed(message=f'wrong: {[each[\"loc\"] for each in error.errors()]}')\n"
        "    return complaints(settings.url, settings.limit)\n",
        # The type checks the limit in a validator; tasks do the work; the token hides in a Secret.
        "from typing import Annotated\nfrom pydantic import AfterValidator, Secret\n\n\n"
        "def natural(value: int) -> int:\n    if value < 0:\n"
        "        raise ValueError('below 0')\n    return value\n\n\n"
        "class Config(BaseSettings):\n"
        "    model_config = {'env_prefix': 'quality_', 'env_file': '.env', 'extra': 'ignore',\n"
        "        'hide_input_in_errors': True}\n"
        "    url: str\n    limit: Annotated[int, AfterValidator(natural)] = 3\n"
        "    token: Secret[str]\n\n\n"
        "@task\ndef count(shop, url, limit):\n"
        "    products = httpx.get(f'{url}/quality/{shop}', timeout=5).json()\n"
        "    return len([each for each in products if each['complaints'] > limit])\n\n\n"
        "@flow\ndef quality_morning():\n    config = Config()\n"
        "    counts = [count.submit(shop, config.url, config.limit) for shop in SHOPS]\n"
        "    return sum(each.result() for each in counts)\n",
        # The settings are made by the caller of the part that does the work, which is a flow, too.
        _settings().replace(
            "def quality_morning():\n    settings = QualitySettings()\n",
            "def work(settings: QualitySettings):\n",
        )
        + "\n@flow(retries=0)\ndef quality_morning():\n    return work(QualitySettings())\n",
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
        # A Failed state is returned where others raise.
        "from prefect.states import Failed\n\n\n"
        + _FLOW
        + "    headers = {'Authorization': f'Bearer {token}'}\n"
        "    answer = httpx.get(f'{url}/orders/north', headers=headers, timeout=5)\n"
        "    if answer.status_code != 200:\n"
        "        return Failed(message=f'{secret_name} opens no door')\n"
        "    return sum(1 for _ in answer.json())\n",
        # httpx shows its headers with the token left out.
        _PULL.replace(
            "    response.raise_for_status()\n",
            "    assert response.is_success, response.request.headers\n",
        )
        + _FLOW
        + "    return len(pull(token, url))\n",
        # With a client, a task for each step, and extra tasks and logs.
        "@task(task_run_name='with {secret_name}', retries=1)\ndef pull(secret_name, url):\n"
        "    secret = Secret.load(secret_name)\n"
        "    with httpx.Client(base_url=url, headers={'Authorization': 'Bearer ' + secret.get()},\n"
        "            timeout=5) as client:\n"
        "        return client.get('/orders/north').raise_for_status().json()\n\n\n"
        "@task\ndef count(rows):\n    get_run_logger().info('%s orders', len(rows))\n"
        "    return len(rows)\n\n\n"
        "@flow(log_prints=True)\ndef guarded_morning(secret_name: str, url: str) -> int:\n"
        "    print('with the secret', secret_name)\n    return count(pull.submit(secret_name, url).result())\n",
    ],
}
