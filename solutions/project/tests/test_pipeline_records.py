"""Which records pass the checks, and which are turned away with a reason."""

from datetime import date

import pytest
from shop_pipeline.records import REPORTS, check

from course_lib.shop import orders, quality, stock

MONDAY = date(2026, 3, 2)
RAW = {"orders": orders, "stock": stock, "quality": quality}


@pytest.mark.parametrize("report", REPORTS)
def test_what_the_shop_sends_is_good(report: str) -> None:
    raw = RAW[report]("north", "2026-03-02")
    batch = check(report, "north", MONDAY, raw)
    assert [record.model_dump(mode="json") for record in batch.records] == [
        {name: fields[name] for name in REPORTS[report].model_fields} for fields in raw
    ]
    assert not batch.rejected


def test_bad_records_are_named_and_the_others_kept() -> None:
    good, missing, negative, foreign = (dict(record) for record in orders("north")[:4])
    del missing["quantity"]
    negative["quantity"] = -1
    foreign["shop"] = "east"
    batch = check("orders", "north", MONDAY, [missing, good, negative, foreign])
    assert len(batch.records) == 1
    assert batch.rejected == (
        "orders of north, record 1: quantity: Field required",
        "orders of north, record 3: quantity: Input should be greater than 0",
        "orders of north, record 4: is of east on 2026-03-02",
    )
