"""The database holds each day once, and whole."""

from datetime import date
from pathlib import Path

import pytest
from shop_pipeline.records import Batch, Stock, check
from shop_pipeline.storage import connect, save, totals
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from course_lib.shop import orders, quality, stock

MONDAY = date(2026, 3, 2)


def batch(report: str, raw: list) -> Batch:
    return check(report, "north", MONDAY, raw)


def count(engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.execute(text(f"select count(*) from {table}")).scalar_one()


def test_totals_are_the_shops_numbers(tmp_path: Path) -> None:
    engine = connect(tmp_path / "new" / "shop.db")
    raw = orders("north")
    batches = [
        batch("orders", raw),
        batch("stock", stock("north")),
        batch("quality", quality("north")),
    ]
    assert save(engine, batches) == len(raw) + 12
    found = totals(engine, MONDAY)
    assert found.orders == {"north": len(raw)}
    assert found.revenue == {"north": sum(each["quantity"] * each["unit_price"] for each in raw)}
    assert found.low_stock == [
        ("north", each["product"], each["quantity"])
        for each in sorted(stock("north"), key=lambda each: each["product"])
        if each["quantity"] < each["reorder_below"]
    ]
    assert all(part > 0.25 for *_, part in found.suspicious)


def test_a_second_run_replaces_the_first(tmp_path: Path) -> None:
    engine = connect(tmp_path / "shop.db")
    raw = orders("north")
    for each in (raw, raw, raw[:-1]):  # the shop has corrected its book
        save(engine, [batch("orders", each)])
    assert count(engine, "orders") == len(raw) - 1


def test_all_or_nothing(tmp_path: Path) -> None:
    engine = connect(tmp_path / "shop.db")
    twice = Stock.model_validate(stock("north")[0])
    with pytest.raises(IntegrityError):
        save(
            engine,
            [batch("orders", orders("north")), Batch("stock", "north", MONDAY, (twice, twice))],
        )
    assert count(engine, "orders") == 0
