"""Points about what a pipeline has stored, compared with what the shops reported."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from course_lib.chapters.ch18.rehearsal import Faults, Row, euros, good_orders, lasting, read_rows
from course_lib.exercises.checks import Check, Point

_COLUMNS = ("order_id", "shop", "day", "product", "quantity", "unit_price")


def good_rows(shop: str, day: date, faults: Faults | None = None) -> list[Row]:
    """Return the records to be stored: a fault goes away when its list is used up, or lasts."""
    planned = list((faults or {}).get(f"orders/{shop}", ()))
    lasts = bool(planned) and planned == lasting(planned[0])
    return good_orders(shop, day, planned[0] if lasts else 200)


def row_values(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return a row's values in the order of the columns that are checked, None where one is missing."""
    return tuple(row.get(column) for column in _COLUMNS)


def require_rows(
    check: Check, key: str, database: Path, days: Mapping[date, Collection[str]]
) -> None:
    """Require the stored orders to be those of `days`: each day with the shops that reported."""
    good = [row for day, shops in days.items() for shop in shops for row in good_orders(shop, day)]
    wanted = sorted(map(row_values, good), key=str)
    seen = sorted(map(row_values, read_rows(database, "orders")), key=str)
    told, expected = _told(seen), _told(wanted)
    if seen == wanted:
        told = expected = "each good order once"
    elif told == expected:
        told += ", with other values"
    check.require_says(key, told, expected)


def _told(rows: Sequence[tuple[Any, ...]]) -> str:
    """Return how many rows there are of each day and shop, in words."""
    counts: dict[str, Counter[str]] = {}
    for _, shop, day, *_ in rows:
        counts.setdefault(str(day), Counter())[str(shop)] += 1
    parts = []
    for day, of_day in sorted(counts.items()):
        numbers = ", ".join(f"{shop} {number}" for shop, number in sorted(of_day.items()))
        parts.append(f"{day}: {numbers}")
    return "; ".join(parts) or "none"


def totals_point(seen: Sequence[Row], rows: Sequence[Row], group: str = "") -> Point:
    """Compare the totals with the rows that are stored."""
    wanted: dict[tuple[str, str], tuple[int, float]] = {}
    for row in rows:
        count, revenue = wanted.get(_day_and_shop(row), (0, 0.0))
        wanted[_day_and_shop(row)] = (count + 1, revenue + euros(row))
    given = sorted((*_day_and_shop(row), row.get("orders"), row.get("revenue")) for row in seen)
    expected = sorted((*key, *value) for key, value in wanted.items())
    wrong = len(set(expected) ^ set(given))
    told = f"{wrong} of them wrong" if wrong else "as the orders add up"
    return Point(
        what=f"{group}totals by day and shop",
        ok=given == expected,
        expected=f"{len(expected)} lines, as the orders add up",
        seen=f"{len(given)} lines, {told}",
        cause="A table or view totals with the columns day, shop, orders and revenue, one line for "
        "each day and shop of which there are orders. Rows that are added to with each run double.",
    )


def _day_and_shop(row: Row) -> tuple[str, str]:
    return str(row.get("day")), str(row.get("shop"))
