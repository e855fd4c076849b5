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
_SORTED = "def ():\n    assert to_reorder([{}]) == ['teapot', 'mug', 'beans']\n"
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
    "product": st.text(), "order_id": st.text(),
    "quantity": st.integers(-3, 3) | st.integers(),
    "unit_price": st.floats(-10, 10) | st.floats(-1e6, 1e6)}"""
_PROPERTY = (
    f"@given(st.lists(st.fixed_dictionaries({_RAW})))\ndef (raw):\n    raw = raw + raw\n"
    "    right = [r for r in raw if (r['shop'], r['day']) == ('north', '2026-03-02')"
    " and r['quantity'] > 0 and r['unit_price'] >= 0]\n"
    "    batch = check('orders', 'north', MONDAY, raw)\n"
)
_SAME = "    assert [r.model_dump(mode='json') for r in batch.records] == right\n"
_REST = "    assert len(batch.rejected) == len(raw) - len(right)\n"
_ALL = _PROPERTY + _SAME + _REST

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
        # numbers below 0, and names that are looked for one by one
        _shelf(
            "def ():\n    stock = [shelf('b', 5), shelf('c', -1), shelf('a', 7), shelf('d', 0)]\n"
            "    for place, name in enumerate('cdba'):\n"
            "        assert to_reorder(stock)[place] == name\n",
            "@pytest.mark.parametrize('limit', [1, 4, 50])\ndef (limit):\n"
            "    shelves = [shelf(str(n), n, limit) for n in range(limit + 1)]\n"
            "    assert len(to_reorder(shelves)) == limit\n",
        ),
        # a class of cases: what went in is left as it was, too
        "CASES = {\n    'empty': ([], []),\n    'full': ([shelf('a', 10), shelf('b', 99)], []),\n"
        "    'own limit': ([shelf('a', 30, 31), shelf('b', 1, 1)], ['a']),\n"
        "    'zero': ([shelf('x', 3), shelf('z', 0), shelf('y', 4)], ['z', 'x', 'y'])}\n"
        + _shelf(
            "@pytest.mark.parametrize('case', CASES)\ndef (case):\n"
            "    stock, names = CASES[case]\n    before = [dict(item) for item in stock]\n"
            "    assert to_reorder(stock) == names\n    assert stock == before\n"
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
        # no shop at all: httpx is replaced
        _count(
            "def (monkeypatch):\n    asked = Counter()\n    def fake(url, **rest):\n"
            "        asked[url[-4:]] += 1\n"
            "        status = 404 if url.endswith('west') else 503 if asked[url[-4:]] == 1 else 200\n"
            "        request = httpx.Request('GET', url)\n"
            "        stock = [{'quantity': 3}, {'quantity': 4}]\n"
            "        return httpx.Response(status, json=stock, request=request)\n"
            "    monkeypatch.setattr(httpx, 'get', fake)\n"
            "    assert count_stock(['east', 'west'], 'http://x') == {'east': 7, 'west': None}\n"
            "    assert asked == {'east': 2, 'west': 1}\n"
        ),
        # a fixture whose run several tests look at
        "@pytest.fixture(scope='module')\ndef morning():\n"
        "    with course.Shop(faults={'stock/east': [503], 'stock/west': [404] * 5}) as shop:\n"
        "        counts = count_stock(['west', 'east'], shop.url)\n"
        "        return counts, [request.path[6:] for request in shop.requests]\n"
        + _count(
            "def (morning):\n    assert morning[0] == {'east': 116, 'west': None}\n",
            "def (morning):\n    assert sorted(morning[1]) == ['east', 'east', 'west']\n",
        ),
        # the number of pieces from the shop itself, and a shop that isn't there
        _count(
            "def ():\n    with course.Shop(faults={'stock/south': ['broken', 503]}) as shop:\n"
            "        stock = httpx.get(f'{shop.url}/stock/west').json()\n"
            "        counts = count_stock(['south', 'nord', 'west'], shop.url)\n"
            "        asked = Counter(request.path for request in shop.requests)\n"
            "    assert counts['west'] == sum(item['quantity'] for item in stock)\n"
            "    assert counts['south'] > 6 and counts['nord'] is None and len(counts) == 3\n"
            "    assert (asked['stock/south'], asked['stock/nord']) == (3, 1)\n"
        ),
    ],
    "15.3": [
        # examples alone, by somebody with much imagination
        _check(
            "@pytest.mark.parametrize('change', [{}, {'quantity': 10**6}, {'unit_price': 0.0}, {'product': '茶'}])\n"
            "def (change):\n    order = good_order | change\n"
            "    batch = check('orders', 'north', MONDAY, [order, order])\n"
            "    assert [r.model_dump(mode='json') for r in batch.records] == [order, order]\n",
            "BAD = [{'day': '2026-03-03'}, {'shop': 'east'}, {'quantity': 0}, {'unit_price': -0.5}]\n"
            "@pytest.mark.parametrize('change', BAD)\n"
            "def (change):\n    batch = check('orders', 'north', MONDAY, "
            "[good_order | {'order_id': 'x'}, good_order | change, good_order])\n"
            "    assert [each.order_id for each in batch.records] == ['x', 'north-001']\n"
            "    assert len(batch.rejected) == 1\n",
        ),
        _check(_ALL),
        # two properties: of what is right, and of what isn't
        "good = st.fixed_dictionaries({'shop': st.just('north'), 'day': st.just('2026-03-02'),\n"
        "    'product': st.text(), 'order_id': st.text(), 'quantity': st.integers(1),\n"
        "    'unit_price': st.floats(0, 10) | st.floats(10, 1e9)})\n"
        "wrong = st.sampled_from([{'shop': 'west'}, {'day': '2026-03-01'}, {'quantity': 0},\n"
        "    {'quantity': -4}, {'unit_price': -1.0}])\n"
        + _check(
            "@given(st.lists(good))\ndef (raw):\n"
            "    batch = check('orders', 'north', MONDAY, raw + raw)\n"
            "    taken = [(r.product, r.order_id, r.quantity, r.unit_price) for r in batch.records]\n"
            "    assert taken == 2 * [(r['product'], r['order_id'], r['quantity'], r['unit_price'])"
            " for r in raw]\n    assert not batch.rejected\n",
            "@given(st.lists(st.tuples(good, wrong)))\ndef (pairs):\n"
            "    batch = check('orders', 'north', MONDAY, [a | b for a, b in pairs])\n"
            "    assert (len(batch.records), len(batch.rejected)) == (0, len(pairs))\n",
        ),
        # built from the project's own class
        "from shop_pipeline.records import Order\n"
        "orders = st.builds(Order, shop=st.sampled_from(['north', 'south']),\n"
        "    day=st.dates(date(2026, 3, 1), date(2026, 3, 3)),\n"
        "    unit_price=st.sampled_from([0.0, 0.25, 8.0]), quantity=st.integers(1, 10**5))\n"
        + _check(
            "@given(st.lists(orders, max_size=8), st.sampled_from([{}, {'quantity': 0}, {'unit_price': -1}]))\n"
            "def (made, change):\n    raw = [each.model_dump(mode='json') for each in made] * 2\n"
            "    batch = check('orders', 'north', MONDAY, [good_order | change, *raw])\n"
            "    wanted = [each for each in made if (each.shop, each.day) == ('north', MONDAY)] * 2\n"
            "    assert list(batch.records)[not change:] == wanted\n"
            "    assert len(batch.records) + len(batch.rejected) == len(raw) + 1\n"
        ),
    ],
}

WRONG: dict[str, list[Wrong]] = {
    "15.1": [
        Wrong(
            "is red by itself",
            "on the right code",
            _shelf(_EDGE.replace("[]\n", "['mug']\n")),
            ignores="green",
        ),
        Wrong(
            "stays far from the limit",
            "at the limit",
            _shelf(_ORDER, _LIMITS),
            ignores="at-the-limit",
        ),
        Wrong(
            "has one limit for all",
            "takes every limit for 10",
            _shelf(_ORDER, _EDGE),
            ignores="own-limit",
        ),
        Wrong(
            "leaves some on each shelf",
            "forgets a shelf that is quite empty",
            _shelf(_ORDER.replace("0)", "1)"), _LIMITS, _EDGE),
            ignores="empty-shelf",
        ),
        Wrong(
            "has the shelf in the right order already",
            "keeps the order of the shelf",
            _shelf(
                _SORTED.format("shelf('teapot', 0), shelf('mug', 3), shelf('beans', 9)"),
                _LIMITS,
                _EDGE,
            ),
            ignores="order-of-the-shelf",
        ),
        Wrong(
            "has names that stand in the order of the alphabet",
            "names the products by the alphabet",
            _shelf(_ORDER.replace("beans", "x").replace("teapot", "a"), _LIMITS, _EDGE),
            ignores="order-of-the-alphabet",
        ),
        Wrong(
            "leaves tests out of the list",
            "at the limit",
            _shelf(_ORDER, _LIMITS, _EDGE).replace(", test_2]", "]"),
            ignores="in-the-list",
        ),
        Wrong(
            "asks for a stable order",
            "written in another way",
            _shelf(
                _ORDER,
                _LIMITS,
                _EDGE,
                "def ():\n    stock = [shelf('mug', 5), shelf('beans', 2), shelf('tea', 5)]\n"
                "    assert to_reorder(stock) == ['beans', 'mug', 'tea']\n",
            ),
            ignores="no-more-than-promised",
        ),
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
            ignores="any-right-version",
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
            ignores="misbehaving",
        ),
        Wrong(
            "asks north only",
            "asks north for every shop",
            _count(
                *(
                    f"def ():\n    with course.Shop(faults={{'stock/north': {faults}}}) as shop:\n"
                    f"        assert count_stock(['north'], shop.url) == {{'north': {count}}}\n"
                    f"    assert len(shop.requests) == {requests}\n"
                    for faults, count, requests in (
                        ("[503, 'broken']", 92, 3),
                        ("[404] * 3", None, 1),
                    )
                )
            ),
            ignores="each-shop",
        ),
        Wrong(
            "doesn't look at the numbers",
            "counts products instead of pieces",
            _count(
                _SHAKY
                + "    assert counts['east'] and counts['west'] is None and len(counts) == 2\n"
                + _ASKED
            ),
            ignores="pieces",
        ),
        Wrong(
            "doesn't look at what is missing",
            "takes an error for an empty shop",
            _count(_SHAKY + "    assert counts['east'] == 116\n" + _ASKED),
            ignores="none-for-missing",
        ),
        Wrong(
            "takes a 0 for None",
            "takes an error for an empty shop",
            _count(
                _SHAKY
                + "    assert counts['east'] == 116 and not counts['west'] and len(counts) == 2\n"
                + _ASKED
            ),
        ),
        Wrong(
            "has no shop that recovers",
            "gives up at the first 503",
            _count((_SHAKY + _COUNTS + _ASKED).replace("[503, 'broken']", "[]")),
            ignores="tried-again",
        ),
        Wrong(
            "expects another number",
            "on the right code",
            _count(_SHAKY + _COUNTS.replace("116", "117") + _ASKED),
            ignores="green",
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
            ignores="others-not",
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
            ignores="any-right-version",
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
            "lets in what is of another shop",
            _check(
                "@given(st.integers(1))\ndef (quantity):\n"
                "    raw = [good_order | {'quantity': quantity}] * 2\n"
                "    assert len(check('orders', 'north', MONDAY, raw).records) == 2\n"
            ),
        ),
        Wrong(
            "has a rule of its own for the price",
            "on the right code",
            _check(_ALL.replace("r['unit_price'] >= 0", "r['unit_price'] > 5")),
        ),
        Wrong(
            "says only that nothing crashes",
            "lets in what is of another shop",
            _check(_PROPERTY + "    assert batch.report == 'orders'\n"),
        ),
        Wrong(
            "takes a number in quotes for bad",
            "on the right code",
            _check(
                _ALL,
                "@given(st.text('0123456789', min_size=1))\ndef (quantity):\n"
                "    raw = [good_order | {'quantity': quantity}]\n"
                "    assert not check('orders', 'north', MONDAY, raw).records\n",
            ),
            ignores="six-fields",
        ),
        Wrong(
            "sends the shop's own orders only",
            "lets in what is of another shop",
            _check(_ALL.replace('["north", "east"]', '["north"]')),
            ignores="shop",
        ),
        Wrong(
            "sends orders of one day only",
            "lets in what is of another day",
            _check(_ALL.replace(', "2026-03-03"', "")),
            ignores="day",
        ),
        Wrong(
            "doesn't look at the reasons",
            "loses what is of another",
            _check(_PROPERTY + _SAME),
            ignores="reasons",
        ),
        Wrong(
            "counts reasons only where all fields are good",
            "stops at the first bad record",
            _check(
                _ALL.replace("st.integers(-3, 3) | st.integers()", "st.integers(1)")
                .replace("-10, ", "0, ")
                .replace("-1e6, ", "0, "),
                "@pytest.mark.parametrize('change', [{'quantity': 0}, {'unit_price': -1.0}])\n"
                "def (change):\n"
                "    assert not check('orders', 'north', MONDAY, [good_order | change]).records\n",
            ),
            ignores="goes-on",
        ),
        Wrong(
            "sends no order twice",
            "takes two equal records for one",
            _check(
                _ALL.replace("raw = raw + raw", "pass").replace(
                    '"unit_price": st.floats(-10, 10) | st.floats(-1e6, 1e6)})',
                    '"unit_price": st.floats(-10, 10) | st.floats(-1e6, 1e6)}), unique_by=str',
                )
            ),
            ignores="once-each",
        ),
        Wrong(
            "compares without the order",
            "turns the order round",
            _check(
                _PROPERTY
                + "    taken = [r.model_dump(mode='json') for r in batch.records]\n"
                + "    assert sorted(map(str, taken)) == sorted(map(str, [{k: r[k] for k in taken[0]} for r in right]))\n".replace(
                    "taken[0]", "good_order"
                )
                + _REST
            ),
            ignores="in-order",
        ),
        Wrong(
            "has no quantity of 0",
            "lets in a quantity of 0",
            _check(
                _ALL.replace(
                    "st.integers(-3, 3) | st.integers()", "(st.integers(1, 3) | st.integers(1))"
                )
            ),
            ignores="quantity",
        ),
        Wrong(
            "has no price below 0",
            "lets in a price below 0",
            _check(_ALL.replace("-10, ", "0, ").replace("-1e6, ", "0, ")),
            ignores="price",
        ),
        Wrong(
            "thinks of small orders",
            "turns away more than 1000 pieces",
            _check(_ALL.replace("st.integers(-3, 3) | st.integers()", "st.integers(-2, 9)")),
            ignores="many-pieces",
        ),
        Wrong(
            "thinks of everyday prices",
            "turns away what costs less than a euro",
            _check(
                _ALL.replace(
                    "st.floats(-10, 10) | st.floats(-1e6, 1e6)",
                    "st.sampled_from([-8.0, 3.25, 8.0])",
                )
            ),
            ignores="cheap",
        ),
        Wrong(
            "names products in English only",
            "Chinese",
            _check(_ALL.replace('"product": st.text()', "\"product\": st.text('abc')")),
            ignores="any-name",
        ),
    ],
}
