"""Right and wrong answers to the exercises of chapter 15: tests, good ones and lazy ones."""

from course_lib import paths
from course_lib.front_matter import cell_source
from tests.exercises.answers import Wrong

PRELUDE = f"""
import json
import sys
from collections import Counter
from datetime import date

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from prefect import flow, task

import course_lib as course
from shop_pipeline.records import check

SHOPS = ["north", "east", "south", "west"]
MONDAY = date(2026, 3, 2)
good_order = {{"shop": "north", "day": "2026-03-02", "product": "mug"}}
good_order |= {{"order_id": "north-001", "quantity": 2, "unit_price": 8.0}}
settings.load_profile("ci")


def is_temporary(error):
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in {{429, 500, 503}}
    return isinstance(error, httpx.TransportError | json.JSONDecodeError)


def only_temporary(task, task_run, state):
    return is_temporary(state.data)


{cell_source(paths.SOLUTIONS, "15", "shelf-define")}
{cell_source(paths.SOLUTIONS, "15", "count-define")}
"""


def _list(name: str, *tests: str) -> str:
    """Put tests, given without their names, into a cell with the list that is checked."""
    cell = "\n\n".join(test.replace("def ", f"def test_{i}", 1) for i, test in enumerate(tests))
    return f"{cell}\n\n{name} = [{', '.join(f'test_{i}' for i in range(len(tests)))}]\n"


def _shelf(*tests: str) -> str:
    return _list("shelf_tests", *tests)


def _count(*tests: str) -> str:
    return _list("count_tests", *tests)


def _check(*tests: str) -> str:
    return _list("check_tests", *tests)


_ORDER = (
    "def ():\n    stock = [shelf('beans', 9), shelf('mug', 3), shelf('teapot', 0), shelf('tea', 12)]\n"
    "    assert to_reorder(stock) == ['teapot', 'mug', 'beans']\n"
)
_LIMITS = (
    "def ():\n    assert to_reorder([shelf('mug', 19, 20), shelf('kettle', 3, 2)]) == ['mug']\n"
)
_EDGE = "def ():\n    assert to_reorder([shelf('mug', 10)]) == []\n"
_SHAKY = (
    "def ():\n"
    "    with course.Shop(faults={'stock/east': [503, 'broken'], 'stock/west': [404] * 3}) as shop:\n"
    "        counts = count_stock(['east', 'west'], shop.url)\n"
)
_COUNTS = "    assert counts == {'east': 116, 'west': None}\n"
_ASKED = "    assert [r.path for r in shop.requests].count('stock/west') == 1\n"
_RAW = """{
    "shop": st.sampled_from(["north", "east"]),
    "day": st.sampled_from(["2026-03-02", "2026-03-03"]),
    "product": st.text(), "order_id": st.just("a"),
    "quantity": st.integers(-3, 3) | st.integers(), "unit_price": st.floats(0, 1e6)}"""
_PROPERTY = (
    f"@given(st.lists(st.fixed_dictionaries({_RAW})))\ndef (raw):\n    raw = raw + raw\n"
    "    right = [r for r in raw if (r['shop'], r['day']) == ('north', '2026-03-02') and r['quantity'] > 0]\n"
    "    batch = check('orders', 'north', MONDAY, raw)\n"
)
_SAME = "    assert [r.model_dump(mode='json') for r in batch.records] == right\n"
_REST = "    assert len(batch.rejected) == len(raw) - len(right)\n"

RIGHT: dict[str, list[str]] = {
    "15.1": [
        # one test of many cases, and a fixture
        "@pytest.fixture\ndef stock():\n"
        "    return [shelf('mug', 9), shelf('kettle', 10), shelf('beans', 0), shelf('tea', 8, 8)]\n"
        + _shelf(
            "def (stock):\n    assert to_reorder(stock) == ['beans', 'mug']\n",
            "@pytest.mark.parametrize(('left', 'limit', 'named'), [(4, 5, True), (5, 5, False), (12, 13, True)])\n"
            "def (left, limit, named):\n    assert bool(to_reorder([shelf('mug', left, limit)])) == named\n",
            "def ():\n    assert to_reorder([shelf('a', 5), shelf('b', 4)]) == ['b', 'a']\n",
        ),
        # a property
        "def low(item):\n    return item['quantity'] < item['reorder_below']\n"
        "shelves = st.builds(shelf, st.uuids().map(str), st.integers(0, 9), st.integers(0, 9))\n"
        + _shelf(
            "@given(st.lists(shelves, max_size=5))\ndef (stock):\n    names = to_reorder(stock)\n"
            "    left = {item['product']: item['quantity'] for item in stock}\n"
            "    assert sorted(names) == sorted(each['product'] for each in stock if low(each))\n"
            "    assert [left[name] for name in names] == sorted(left[name] for name in names)\n"
        ),
    ],
    "15.2": [
        # the attempts from Prefect's record, and the error by hand
        _count(
            "def ():\n"
            "    faults = {'stock/north': [429, 503], 'stock/south': [404] * 3}\n"
            "    with course.Shop(faults=faults) as shop:\n"
            "        counts = count_stock(['north', 'south', 'east'], shop.url)\n"
            "    assert counts == {'north': 92, 'south': None, 'east': 116}\n"
            "    runs = course.last_run(count_stock).task_runs\n"
            "    assert sorted(run.run_count for run in runs) == [1, 1, 3]\n"
        ),
    ],
    "15.3": [
        # examples alone, by somebody with much imagination
        _check(
            "@pytest.mark.parametrize('change', [{}, {'quantity': 10**6}, {'unit_price': 0.0}, {'product': '茶'}])\n"
            "def (change):\n    order = good_order | change\n"
            "    batch = check('orders', 'north', MONDAY, [order, order])\n"
            "    assert [r.model_dump(mode='json') for r in batch.records] == [order, order]\n",
            "@pytest.mark.parametrize('change', [{'day': '2026-03-03'}, {'shop': 'east'}, {'quantity': None}])\n"
            "def (change):\n"
            "    batch = check('orders', 'north', MONDAY, [good_order | change, good_order])\n"
            "    assert (len(batch.records), len(batch.rejected)) == (1, 1)\n",
        ),
    ],
}

WRONG: dict[str, list[Wrong]] = {
    "15.1": [
        Wrong("is red by itself", "on the right code", _shelf(_EDGE.replace("[]\n", "['mug']\n"))),
        Wrong("stays far from the limit", "at the limit", _shelf(_ORDER, _LIMITS)),
        Wrong("has one limit for all", "takes every limit for 10", _shelf(_ORDER, _EDGE)),
        Wrong(
            "counts the names only",
            "keeps the order of the shelf",
            _shelf(
                _ORDER.replace(" == ['teapot', 'mug', 'beans']", "")
                .replace("assert to", "assert 3 == len(to")
                .replace("(stock)\n", "(stock))\n"),
                _LIMITS,
                _EDGE,
            ),
        ),
        Wrong(
            "compares sorted names",
            "keeps the order of the shelf",
            _shelf(
                _ORDER.replace(
                    "to_reorder(stock) == [", "sorted(to_reorder(stock)) == sorted(["
                ).replace("'beans']\n", "'beans'])\n"),
                _LIMITS,
                _EDGE,
            ),
        ),
        Wrong(
            "asks for an order of equals, which nobody promised",
            "written in another way",
            _shelf(
                _ORDER,
                _LIMITS,
                _EDGE,
                "def ():\n    stock = [shelf('a', 1), shelf('b', 1)]\n"
                "    assert to_reorder(stock) == ['a', 'b']\n",
            ),
        ),
        Wrong("forgets to assert", "at the limit", _shelf(_EDGE.replace("assert ", ""))),
        Wrong("gives the results of calls", "what was given", "shelf_tests = [to_reorder([])]\n"),
    ],
    "15.2": [
        Wrong(
            "looks at a good day only",
            "gives up at the first 503",
            _count(
                "def ():\n    with course.Shop() as shop:\n"
                "        assert count_stock(['north', 'east'], shop.url) == {'north': 92, 'east': 116}\n"
            ),
        ),
        Wrong(
            "asks one shop, the first",
            "asks north for every shop",
            _count(
                "def ():\n    with course.Shop(faults={'stock/north': [503]}) as shop:\n"
                "        assert count_stock(['north'], shop.url) == {'north': 92}\n"
            ),
        ),
        Wrong(
            "doesn't count the requests",
            "asks three times for a shop that isn't there",
            _count(_SHAKY + _COUNTS),
        ),
        Wrong(
            "asks only that the flow ended well",
            "asks north for every shop",
            _count(
                "def ():\n    with course.Shop(faults={'stock/east': [503]}) as shop:\n"
                "        assert count_stock(['east'], shop.url, return_state=True).is_completed()\n"
            ),
        ),
        Wrong(
            "asks for an order of requests",
            "written in another way",
            _count(
                _SHAKY
                + _COUNTS
                + _ASKED
                + "    assert [r.path[6:] for r in shop.requests] == ['east'] * 3 + ['west']\n"
            ),
        ),
        Wrong(
            "calls a fixture that isn't there",
            "on the right code",
            _count("def (shop):\n    pass\n"),
        ),
    ],
    "15.3": [
        Wrong(
            "only numbers the taken",
            "lets in what is of another day",
            _check(
                "@given(st.integers(1))\ndef (quantity):\n"
                "    raw = [good_order | {'quantity': quantity}] * 2\n"
                "    assert len(check('orders', 'north', MONDAY, raw).records) == 2\n"
            ),
        ),
        Wrong("doesn't look at the reasons", "loses what is of another", _check(_PROPERTY + _SAME)),
        Wrong(
            "thinks of everyday orders",
            "turns away more than 1000 pieces",
            _check(
                (_PROPERTY + _SAME + _REST)
                .replace("st.integers(-3, 3) | st.integers()", "st.integers(-2, 9)")
                .replace("st.text()", "st.just('mug')")
                .replace("st.floats(0, 1e6)", "st.just(8.0)")
            ),
        ),
        Wrong(
            "names products in English only",
            "Chinese",
            _check((_PROPERTY + _SAME + _REST).replace("st.text()", "st.text('abc')")),
        ),
        Wrong(
            "has a rule of its own for the price",
            "on the right code",
            _check(
                (_PROPERTY + _SAME + _REST).replace("r['quantity'] > 0]", "r['unit_price'] > 0]")
            ),
        ),
        Wrong(
            "says only that nothing crashes",
            "lets in what is of another day",
            _check(_PROPERTY + "    assert batch.report == 'orders'\n"),
        ),
    ],
}
