"""Wrong answers to the exercises of chapter 13."""

from tests.exercises.answers import Wrong

PRELUDE = """
from datetime import date, timedelta
from uuid import UUID

import httpx
from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    MarkdownArtifact,
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
_WORST = "    worst = max(rows, key=lambda row: row['returned'] / (row['sold'] or 1))\n"
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


_RETURNED = "    share = lambda row: row['returned'] / row['sold'] if row['sold'] else 0\n"

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
        # a table as a dictionary of columns
        _report(
            f"{_SUNDAY}    columns = {{n: [r[n] for r in rows] for n in ('shop', 'sold', 'returned')}}\n"
            f"    create_table_artifact(columns, key='returns')\n{_WORST}{_TEXT}"
        ),
        # one more column and one more artifact, the shop's name as a name, and at least one word more
        _report(
            f"    create_link_artifact(url, link_text='the shops', key='returns-source')\n{_SUNDAY}"
            f"{_RETURNED}    rows = [row | {{'share': share(row)}} for row in rows]\n"
            "    create_table_artifact(table=rows, key='returns', description='What came back')\n"
            "    worst = sorted(rows, key=share)[-1]\n    create_markdown_artifact(\n"
            "        f\"**{worst['shop'].title()}** had at least {share(worst):.0%} back.\",\n"
            "        key='returns-worst')\n"
        ),
        # asynchronous, pulled in parallel, and the sums made by hand
        "@flow\nasync def quality_report(day, url):\n"
        "    reports = pull_quality.map(SHOPS, day, url).result()\n"
        "    rows = [total(name, each) for name, each in zip(SHOPS, reports)]\n"
        "    sold = sum(row['sold'] for row in rows)\n"
        "    if sold == 0:\n        text = f'Nothing was sold on {day}'\n    else:\n"
        "        await TableArtifact(table=rows, key='returns').acreate()\n"
        "        sold = [row for row in rows if row['sold']]\n"
        "        worst = max(sold, key=lambda row: row['returned'] / row['sold'])['shop']\n"
        "        text = f'{worst} had the largest share'\n"
        "    await MarkdownArtifact(markdown=text, key='returns-worst').acreate()\n",
    ],
    "13.2": [
        # emitted in a task, asynchronous, with more labels and more payload than asked for
        "@task\nasync def tell(name, short):\n"
        "    resource = {'prefect.resource.id': f'shop.{name}', 'prefect.resource.name': name}\n"
        "    emit_event('shelf.short', resource, payload={'products': short, 'shop': name})\n\n\n"
        "@flow\nasync def shelf_check(day, url):\n    for name in SHOPS:\n"
        "        if short := lacking(pull_stock(name, day, url)):\n"
        "            await tell(name, short)\n",
        # mapped, and products in another order
        "@flow\ndef shelf_check(day, url):\n    stocks = pull_stock.map(SHOPS, day, url).result()\n"
        "    found = {name: lacking(stock)[::-1] for name, stock in zip(SHOPS, stocks)}\n"
        "    for name in filter(found.get, found):\n"
        "        emit_event(event='shelf.short', payload={'products': found[name]},\n"
        "                   resource={'prefect.resource.id': 'shop.' + name})\n",
        # a task for each shop, which pulls and tells, and an event more about all of them
        "@task\ndef look(name, day, url):\n    short = lacking(pull_stock.fn(name, day, url))\n"
        "    if short:\n" + _EMIT + "    return len(short)\n\n\n"
        "@flow\ndef shelf_check(day, url):\n    found = sum(look.map(SHOPS, day, url).result())\n"
        "    emit_event('shelf.checked', resource={'prefect.resource.id': 'shelf.check'},\n"
        "               payload={'short': found})\n",
        # gathered product by product
        "@flow\ndef shelf_check(day, url):\n    short = {}\n    for shop in SHOPS:\n"
        "        for item in pull_stock(shop, day, url):\n"
        "            if item['reorder_below'] > item['quantity']:\n"
        "                short.setdefault(shop, set()).add(item['product'])\n"
        "    for name, products in short.items():\n"
        "        emit_event('shelf.short', {'prefect.resource.id': f'shop.{name}'},\n"
        "                   payload=dict(products=list(products)))\n",
    ],
    "13.3": [
        _rule(
            _TRIGGER.replace("'shop.*'", "['shop.*']").replace("minutes=1", "seconds=60"),
            "parameters={'shop': \"{{ event.resource['prefect.resource.name'] }}\"}",
        ),
        _rule(_TRIGGER.replace("{'prefect.resource.id'}", "{'prefect.resource.name'}")),
        # an asynchronous function, with the id as text and what the rule is for
        "async def order_on_trouble(deployment_id):\n"
        "    return Automation(\n        name='busy shops', description='three times a minute',\n"
        f"        trigger=EventTrigger({_TRIGGER}),\n"
        "        actions=[RunDeployment(deployment_id=str(deployment_id), source='selected',\n"
        f"                               {_PARAMETERS})])\n",
        # built from plain data
        "def order_on_trouble(deployment_id):\n    return Automation.model_validate({\n"
        "        'name': 'trouble', 'enabled': True,\n"
        "        'trigger': {'type': 'event', 'posture': 'Reactive', 'expect': ['shop.busy'],\n"
        "                    'match': {'prefect.resource.id': 'shop.*'}, 'threshold': 3,\n"
        "                    'for_each': ['prefect.resource.id'], 'within': 60},\n"
        "        'actions': [{'type': 'run-deployment', 'source': 'selected',\n"
        "                     'deployment_id': deployment_id,\n"
        "                     'parameters': {'shop': '{{ event.resource.name }}'}}]})\n",
    ],
}

WRONG: dict[str, list[Wrong]] = {
    "13.1": [
        Wrong(
            "gives the table a key of its own",
            "what the run left",
            _report(
                f"{_SUNDAY}    create_table_artifact(rows, key='returns-table')\n{_WORST}{_TEXT}"
            ),
            ignores="table-key",
        ),
        Wrong(
            "tells what is left in place of what was sold",
            "rows of the table",
            _report(
                f"{_SUNDAY}    create_table_artifact([{{'shop': r['shop'], "
                "'sold': r['sold'] - r['returned'], 'returned': r['returned']} for r in rows], "
                f"key='returns')\n{_WORST}{_TEXT}"
            ),
            ignores="columns",
        ),
        Wrong(
            "writes the sentence below the table",
            "what the run left",
            _report(
                f"{_SUNDAY}{_WORST}    create_table_artifact(rows, key='returns', "
                "description=f\"Most: {worst['shop']}\")\n"
            ),
            ignores="text-key",
        ),
        Wrong(
            "goes by the weekday",
            "what the run left",
            _report(
                "    if date.fromisoformat(day).weekday() == 6:\n"
                "        create_markdown_artifact(f'Nothing on {day}.', key='returns-worst')\n"
                f"        return\n{_TABLE}{_WORST}{_TEXT}"
            ),
            ignores="any-day",
        ),
        Wrong(
            "knows the worst shop of a Friday",
            "the shop with the largest share",
            _report(f"{_SUNDAY}{_TABLE}    worst = {{'shop': 'east'}}\n{_TEXT}"),
        ),
        Wrong(
            "says nothing on a day without sales",
            "its text says",
            _report(_SUNDAY.replace("f'Nothing on {day}.'", "''") + f"{_TABLE}{_WORST}{_TEXT}"),
        ),
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
            ignores="row-each-shop",
        ),
        Wrong(
            "takes the largest number",
            "the shop with the largest share",
            _report(
                f"{_SUNDAY}{_TABLE}    worst = max(rows, key=lambda r: r['returned'])\n{_TEXT}"
            ),
            ignores="largest-share",
        ),
        Wrong(
            "names all of them",
            "the shop with the largest share",
            _report(
                f"{_SUNDAY}{_TABLE}    create_markdown_artifact(str(rows), key='returns-worst')\n"
            ),
            ignores="no-other-shop",
        ),
        Wrong(
            "divides by nothing",
            "on which",
            _report(f"{_SUNDAY}{_TABLE}{_WORST.replace(' or 1', '')}{_TEXT}"),
            ignores="quiet-shop",
        ),
        Wrong(
            "leaves out the shop that sold nothing",
            "rows of the table",
            _report(
                f"    rows = [row for row in rows if row['sold']]\n{_SUNDAY}{_TABLE}{_WORST}{_TEXT}"
            ),
            ignores="quiet-shop",
        ),
        Wrong(
            "takes the mean of the products' shares",
            "the shop with the largest share",
            _report(
                f"{_SUNDAY}{_TABLE}    def share(row):\n"
                "        each = [r for r in pull_quality(row['shop'], day, url) if r['sold']]\n"
                "        return sum(r['returned'] / r['sold'] for r in each) / (len(each) or 1)\n"
                f"    worst = max(rows, key=share)\n{_TEXT}"
            ),
        ),
        Wrong(
            "leaves a table on Sunday, too",
            "a day without sales",
            _report(f"{_TABLE}{_SUNDAY}{_WORST}{_TEXT}"),
            ignores="no-table",
        ),
        Wrong(
            "leaves nothing on Sunday",
            "a day without sales",
            _report(
                "    if not any(row['sold'] for row in rows):\n        return\n"
                f"{_TABLE}{_WORST}{_TEXT}"
            ),
            ignores="says-so",
        ),
    ],
    "13.2": [
        Wrong(
            "takes ten for every limit",
            "what they are about",
            _check(
                "        short = [i['product'] for i in stock if i['quantity'] < 10]\n"
                "        if short:\n" + _EMIT
            ),
            ignores="below",
        ),
        Wrong(
            "counts those that have just enough",
            "what they are about",
            _check(
                "        short = [i['product'] for i in stock if i['quantity'] <= i['reorder_below']]\n"
                "        if short:\n" + _EMIT
            ),
        ),
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
            ignores="event-name",
        ),
        Wrong(
            "emits one for each product",
            "what they are about",
            _check(
                "        for product in short:\n"
                + _EMIT.replace("'products': short", "'products': [product]")
            ),
            ignores="one-event",
        ),
        Wrong(
            "emits one for each shop, whether it lacks something or not",
            "what they are about",
            _check("        if True:\n" + _EMIT),
            ignores="no-event",
        ),
        Wrong(
            "names the resource after the shop alone",
            "what they are about",
            _check("        if short:\n" + _EMIT.replace("shop.{name}", "{name}")),
            ignores="about-the-shop",
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
            ignores="products",
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
            ignores="returns",
        ),
        Wrong(
            "gives a template that isn't one",
            "it can be called",
            _rule(parameters="parameters='{{ event.resource.name }}'"),
        ),
        Wrong(
            "fires at the second time",
            "two shops, twice each",
            _rule(_TRIGGER.replace("threshold=3", "threshold=2")),
            ignores="three-times",
        ),
        Wrong(
            "creates it, too",
            "automations that it has created",
            _rule().replace("actions=[order])", "actions=[order]).create()"),
            ignores="creates-none",
        ),
        Wrong(
            "calls the parameter name",
            "the runs",
            _rule(parameters="parameters={'name': '{{ event.resource.name }}'}"),
            ignores="the-name",
        ),
        Wrong(
            "takes the name from the id",
            "the runs",
            _rule(parameters="parameters={'shop': \"{{ event.resource.id.split('.')[1] }}\"}"),
        ),
        Wrong(
            "counts within 65 seconds",
            "three times in 65 seconds",
            _rule(_TRIGGER.replace("minutes=1", "seconds=70")),
        ),
        Wrong(
            "counts within half a minute",
            "three times within a minute",
            _rule(_TRIGGER.replace("minutes=1", "seconds=50")),
        ),
        Wrong(
            "matches a shopper",
            "a shopper",
            _rule(_TRIGGER.replace("shop.*", "shop*")),
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
            ignores="same-shop",
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
            "three times in 65 seconds",
            _rule(_TRIGGER.replace(", within=timedelta(minutes=1)", "")),
            ignores="a-minute",
        ),
        Wrong(
            "matches everybody",
            "a till, which is no shop",
            _rule(_TRIGGER.replace("match={'prefect.resource.id': 'shop.*'}, ", "")),
            ignores="shops",
        ),
        Wrong(
            "waits for anything that shops say",
            "a shop, three times open",
            _rule(_TRIGGER.replace("shop.busy", "shop.*")),
            ignores="busy",
        ),
        Wrong(
            "passes the id",
            "the runs",
            _rule(parameters="parameters={'shop': '{{ event.resource.id }}'}"),
            ignores="resource-name",
        ),
        Wrong(
            "pauses the deployment",
            "the runs",
            "def order_on_trouble(deployment_id):\n"
            "    pause = PauseDeployment(source='selected', deployment_id=deployment_id)\n"
            f"    trigger = EventTrigger({_TRIGGER})\n"
            "    return Automation(name='trouble', trigger=trigger, actions=[pause])\n",
            ignores="the-deployment",
        ),
    ],
}
