"""What the four shops report, computed from shop and day alone: the same on every machine.

Only ``Random.random()`` is used, because Python promises its numbers for a seed to every later
version, and makes no such promise for ``choice``, ``randint`` or ``shuffle``.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from random import Random
from typing import Any, TypedDict

DAY = "2026-03-02"  # the day, a Monday, that the shop reports on when a request names none

SHOPS = ("north", "east", "south", "west")  # the shops of the chain

# Best seller first. Multiples of a quarter are exact as floats, so that a total is the same in
# whatever order concurrent tasks add it up.
_PRICES = {
    "beans": 12.5,
    "filters": 3.25,
    "mug": 8.0,
    "teapot": 27.25,
    "kettle": 39.5,
    "grinder": 54.75,
}
_PRODUCTS = tuple(_PRICES)


class Order(TypedDict):
    """One line of the order book; `quantity` in pieces, `unit_price` in euros."""

    order_id: str
    shop: str
    day: str
    product: str
    quantity: int
    unit_price: float


class Stock(TypedDict):
    """Pieces of a product on the shelf, and the number below which to order more."""

    shop: str
    day: str
    product: str
    quantity: int
    reorder_below: int


class Quality(TypedDict):
    """Pieces of a product that were sold that day, were returned, and were complained about."""

    shop: str
    day: str
    product: str
    sold: int
    returned: int
    complaints: int


def orders(shop: str, day: str = DAY) -> list[Order]:
    """Return the 30 to 60 orders of one shop on one day; none on Sundays, when it is closed.

    A shop that is none of `SHOPS` is a ValueError, and so is a day that isn't an ISO date such as
    ``"2026-03-02"``.
    """
    rng = _rng(shop, day, "orders")
    if date.fromisoformat(day).isoweekday() == 7:
        return []
    found = []
    for number in range(1, 31 + _below(rng, 31)):
        # The lower of two draws: best sellers and small quantities are the common ones.
        product = _PRODUCTS[min(_below(rng, 6), _below(rng, 6))]
        order = Order(
            order_id=f"{shop}-{day}-{number:03}",
            shop=shop,
            day=day,
            product=product,
            quantity=1 + min(_below(rng, 5), _below(rng, 5)),
            unit_price=_PRICES[product],
        )
        found.append(order)
    return found


def stock(shop: str, day: str = DAY) -> list[Stock]:
    """Return what lies on the shelves: one record for each of the 6 products, on any day."""
    rng = _rng(shop, day, "stock")
    return [
        Stock(shop=shop, day=day, product=product, quantity=_below(rng, 41), reorder_below=10)
        for product in _PRODUCTS
    ]


def quality(shop: str, day: str = DAY) -> list[Quality]:
    """Return the quality report: one record for each of the 6 products, all zero on Sundays.

    `sold` agrees with `orders`. On one day in three a shop has a bad batch of one product:
    30 to 60 % of what it sold of it comes back, of everything else less than 12 %.
    """
    rng = _rng(shop, day, "quality")
    pieces = dict.fromkeys(_PRODUCTS, 0)
    for order in orders(shop, day):
        pieces[order["product"]] += order["quantity"]
    bad = _below(rng, 3 * len(_PRODUCTS))  # two in three of these numbers are no product's
    found: list[Quality] = []
    for number, (product, sold) in enumerate(pieces.items()):
        record = Quality(shop=shop, day=day, product=product, sold=sold, returned=0, complaints=0)
        share = 0.3 + rng.random() * 0.3 if number == bad else rng.random() * 0.12
        record["returned"] = int(sold * share)
        if sold:
            record["complaints"] = record["returned"] + _below(rng, 2 + sold // 10)
        found.append(record)
    return found


def spoiled(report: str, records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return copies of a report's records, of which two lack their number and two have it negative.

    Which field it is depends on the report: ``quantity``, or ``complaints`` in a quality report.
    """
    field = "complaints" if report == "quality" else "quantity"
    copies = [dict(record) for record in records]
    rng = Random(repr(copies))
    lottery = sorted(copies, key=lambda _: rng.random())
    for record in lottery[:2]:
        del record[field]
    for record in lottery[2:4]:
        record[field] = -record[field] or -1
    return copies


REPORTS: Mapping[str, Callable[[str, str], Sequence[Mapping[str, Any]]]] = {
    "orders": orders,
    "stock": stock,
    "quality": quality,
}


def _rng(shop: str, day: str, report: str) -> Random:
    if shop not in SHOPS:
        raise ValueError(f"There is no shop {shop!r}; choose one of {', '.join(SHOPS)}.")
    try:
        # fromisoformat alone takes '20260302' and '2026-W10-1' too, which would be other seeds.
        valid = date.fromisoformat(day).isoformat() == day
    except ValueError:
        valid = False
    if not valid:
        raise ValueError(f"The day {day!r} is not a date; write it as YYYY-MM-DD, such as {DAY}.")
    return Random(f"{shop}:{day}:{report}")


def _below(rng: Random, stop: int) -> int:
    return int(rng.random() * stop)
