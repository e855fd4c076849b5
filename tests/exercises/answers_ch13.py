"""Wrong answers to the exercises of chapter 13."""

from tests.exercises.answers import Wrong

PRELUDE = """
from datetime import timedelta
from uuid import UUID

import httpx
from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    TableArtifact,
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)
from prefect.automations import Automation, EventTrigger
from prefect.events import emit_event
from prefect.events.actions import PauseDeployment, RunDeployment

SHOPS = ["north", "east", "south", "west"]


def ask(path, url):
    return httpx.get(f"{url}/{path}", timeout=5).raise_for_status().json()


@task
def pull_stock(name, day, url):
    return ask(f"stock/{name}?day={day}", url)


@task
def pull_quality(name, day, url):
    return ask(f"quality/{name}?day={day}", url)


def total(name, records):
    sums = {field: sum(record[field] for record in records) for field in ("sold", "returned")}
    return {"shop": name} | sums


def lacking(stock):
    return [item["product"] for item in stock if item["quantity"] < item["reorder_below"]]
"""

_TOTALS = "    rows = [total(name, pull_quality(name, day, url)) for name in SHOPS]\n"
_SUNDAY = (
    "    if not any(row['sold'] for row in rows):\n"
    "        create_markdown_artifact(f'Nothing on {day}.', key='returns-worst')\n"
    "        return\n"
)
_TABLE = "    create_table_artifact(rows, key='returns')\n"
_WORST = "    worst = max(rows, key=lambda row: row['returned'] / row['sold'])\n"
_TEXT = "    create_markdown_artifact(f\"Most: {worst['shop']}\", key='returns-worst')\n"


def _report(body: str) -> str:
    return f"@flow\ndef quality_report(day, url):\n{_TOTALS}{body}"


def _check(body: str) -> str:
    return (
        "@flow\ndef shelf_check(day, url):\n    for name in SHOPS:\n"
        f"        stock = pull_stock(name, day, url)\n        short = lacking(stock)\n{body}"
    )


_EMIT = (
    "            emit_event('shelf.short', resource={'prefect.resource.id': f'shop.{name}'},\n"
    "                       payload={'products': short})\n"
)
_TRIGGER = (
    "expect={'shop.busy'}, match={'prefect.resource.id': 'shop.*'}, "
    "for_each={'prefect.resource.id'}, threshold=3, within=timedelta(minutes=1)"
)
_PARAMETERS = "parameters={'shop': '{{ event.resource.name }}'}"


def _rule(trigger: str = _TRIGGER, parameters: str = _PARAMETERS) -> str:
    return (
        "def order_on_trouble(deployment_id):\n"
        "    order = RunDeployment(source='selected', deployment_id=deployment_id,\n"
        f"                          {parameters})\n"
        f"    trigger = EventTrigger({trigger})\n"
        "    return Automation(name='trouble', trigger=trigger, actions=[order])\n"
    )


RIGHT: dict[str, list[str]] = {
    "13.1": [
        # made in tasks, columns and rows in another order, the text names a share
        "@task\ndef table(rows):\n"
        "    TableArtifact(key='returns', table=[dict(sorted(r.items())) for r in rows[::-1]])"
        ".create()\n\n\n"
        "@task\ndef text(words):\n    create_markdown_artifact(words, key='returns-worst')\n\n\n"
        + _report(
            "    shares = {r['shop']: r['returned'] / r['sold'] for r in rows if r['sold']}\n"
            "    if not shares:\n        text('closed')\n        return\n    table(rows)\n"
            "    worst = max(shares, key=shares.get)\n    text(f'{worst}: {shares[worst]:.0%}')\n"
        ),
    ],
    "13.2": [
        # emitted in a task, asynchronous, with more labels and more payload than asked for
        "@task\nasync def tell(name, short):\n"
        "    resource = {'prefect.resource.id': f'shop.{name}', 'prefect.resource.name': name}\n"
        "    emit_event('shelf.short', resource, payload={'products': short, 'shop': name})\n\n\n"
        "@flow\nasync def shelf_check(day, url):\n    for name in SHOPS:\n"
        "        if short := lacking(pull_stock(name, day, url)):\n"
        "            await tell(name, short)\n",
    ],
    "13.3": [
        _rule(
            _TRIGGER.replace("'shop.*'", "['shop.*']").replace("minutes=1", "seconds=60"),
            "parameters={'shop': \"{{ event.resource['prefect.resource.name'] }}\"}",
        ),
        _rule(_TRIGGER.replace("{'prefect.resource.id'}", "{'prefect.resource.name'}")),
    ],
}

WRONG: dict[str, list[Wrong]] = {
    "13.1": [
        Wrong(
            "returns the rows",
            "what the run left",
            f"@flow\ndef quality_report(day, url):\n{_TOTALS}    return rows\n",
        ),
        Wrong(
            "writes the table in Markdown",
            "what the run left",
            _report(
                f"{_SUNDAY}    create_markdown_artifact(str(rows), key='returns')\n{_WORST}{_TEXT}"
            ),
        ),
        Wrong(
            "leaves a table of one shop each",
            "what the run left",
            _report(
                f"{_SUNDAY}    for row in rows:\n        create_table_artifact([row], key='returns')\n"
                f"{_WORST}{_TEXT}"
            ),
        ),
        Wrong(
            "writes the key as a title",
            "it runs to its end",
            _report(f"{_SUNDAY}    create_table_artifact(rows, key='Returns')\n{_WORST}{_TEXT}"),
        ),
        Wrong(
            "lists the products",
            "rows of the table",
            _report(
                "    each = [r for name in SHOPS for r in pull_quality(name, day, url)]\n"
                f"{_SUNDAY}    create_table_artifact(each, key='returns')\n{_WORST}{_TEXT}"
            ),
        ),
        Wrong(
            "takes the largest number",
            "shops that the text names",
            _report(
                f"{_SUNDAY}{_TABLE}    worst = max(rows, key=lambda r: r['returned'])\n{_TEXT}"
            ),
        ),
        Wrong(
            "names all of them",
            "shops that the text names",
            _report(
                f"{_SUNDAY}{_TABLE}    create_markdown_artifact(str(rows), key='returns-worst')\n"
            ),
        ),
        Wrong("divides by nothing", "it runs to its end", _report(f"{_TABLE}{_WORST}{_TEXT}")),
        Wrong(
            "leaves a table on Sunday, too",
            "what the run of a Sunday left",
            _report(f"{_TABLE}{_SUNDAY}{_WORST}{_TEXT}"),
        ),
        Wrong(
            "leaves nothing on Sunday",
            "what the run of a Sunday left",
            _report(
                "    if not any(row['sold'] for row in rows):\n        return\n"
                f"{_TABLE}{_WORST}{_TEXT}"
            ),
        ),
    ],
    "13.2": [
        Wrong(
            "logs it",
            "names of the events",
            _check(
                "        if short:\n            get_run_logger().info('shelf.short %s', name)\n"
            ),
        ),
        Wrong(
            "gives the resource no id",
            "names of the events",
            _check("        if short:\n" + _EMIT.replace("prefect.resource.id", "shop")),
        ),
        Wrong(
            "calls it something else",
            "names of the events",
            _check("        if short:\n" + _EMIT.replace("shelf.short", "stock.low")),
        ),
        Wrong(
            "emits one for each product",
            "what they are about",
            _check(
                "        for product in short:\n"
                + _EMIT.replace("'products': short", "'products': [product]")
            ),
        ),
        Wrong(
            "emits one for each shop, whether it lacks something or not",
            "what they are about",
            _check("        if True:\n" + _EMIT),
        ),
        Wrong(
            "names the resource after the shop alone",
            "what they are about",
            _check("        if short:\n" + _EMIT.replace("shop.{name}", "{name}")),
        ),
        Wrong(
            "emits one about all of them",
            "what they are about",
            "@flow\ndef shelf_check(day, url):\n"
            "    short = [p for name in SHOPS for p in lacking(pull_stock(name, day, url))]\n"
            "    emit_event('shelf.short', {'prefect.resource.id': 'shop.all'},\n"
            "               payload={'products': short})\n",
        ),
        Wrong(
            "says how many",
            "products in the payloads",
            _check(
                "        if short:\n" + _EMIT.replace("'products': short", "'products': len(short)")
            ),
        ),
        Wrong(
            "leaves the payload out",
            "products in the payloads",
            _check("        if short:\n" + _EMIT.replace("{'products': short}", "None")),
        ),
        Wrong(
            "takes the default day",
            "what they are about",
            _check("        if short:\n" + _EMIT).replace(
                "name, day, url", "name, '2026-03-02', url"
            ),
        ),
    ],
    "13.3": [
        Wrong(
            "returns the trigger",
            "what it returns",
            f"def order_on_trouble(deployment_id):\n    return EventTrigger({_TRIGGER})\n",
        ),
        Wrong(
            "gives a template that isn't one",
            "it can be called",
            _rule(parameters="parameters='{{ event.resource.name }}'"),
        ),
        Wrong(
            "fires at once",
            "two shops, twice each",
            _rule(_TRIGGER.replace("threshold=3, ", "")),
        ),
        Wrong(
            "counts all shops together",
            "two shops, twice each",
            _rule(_TRIGGER.replace("for_each={'prefect.resource.id'}, ", "")),
        ),
        Wrong(
            "matches a shop called shop",
            "three times within a minute",
            _rule(_TRIGGER.replace("shop.*", "shop")),
        ),
        Wrong(
            "counts within ten seconds",
            "three times within a minute",
            _rule(_TRIGGER.replace("minutes=1", "seconds=10")),
        ),
        Wrong(
            "sets no time",
            "three times in 80 seconds",
            _rule(_TRIGGER.replace(", within=timedelta(minutes=1)", "")),
        ),
        Wrong(
            "matches everybody",
            "a till, which is no shop",
            _rule(_TRIGGER.replace("match={'prefect.resource.id': 'shop.*'}, ", "")),
        ),
        Wrong(
            "waits for anything that shops say",
            "a shop, three times open",
            _rule(_TRIGGER.replace("shop.busy", "shop.*")),
        ),
        Wrong(
            "passes the id",
            "the runs",
            _rule(parameters="parameters={'shop': '{{ event.resource.id }}'}"),
        ),
        Wrong(
            "pauses the deployment",
            "the runs",
            "def order_on_trouble(deployment_id):\n"
            "    pause = PauseDeployment(source='selected', deployment_id=deployment_id)\n"
            f"    trigger = EventTrigger({_TRIGGER})\n"
            "    return Automation(name='trouble', trigger=trigger, actions=[pause])\n",
        ),
    ],
}
