"""What the shops report, and what a good record looks like."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, Field, ValidationError


class Record(BaseModel):
    """What all three reports have in common."""

    shop: str
    day: date
    product: str


class Order(Record):
    """One line of a shop's order book."""

    order_id: str
    quantity: int = Field(gt=0)
    unit_price: float = Field(ge=0)


class Stock(Record):
    """Pieces of a product on the shelf, and the number below which to order more."""

    quantity: int = Field(ge=0)
    reorder_below: int = Field(ge=0)


class Quality(Record):
    """Pieces of a product that were sold, returned and complained about."""

    sold: int = Field(ge=0)
    returned: int = Field(ge=0)
    complaints: int = Field(ge=0)


REPORTS: dict[str, type[Record]] = {"orders": Order, "stock": Stock, "quality": Quality}


@dataclass(frozen=True)
class Batch:
    """The checked records of one report of one shop, and why others were turned away."""

    report: str
    shop: str
    day: date
    records: tuple[Record, ...]
    rejected: tuple[str, ...] = ()


def check(report: str, shop: str, day: date, raw: Sequence[dict[str, Any]]) -> Batch:
    """Sort records into good ones and reasons why the others are bad."""
    good: list[Record] = []
    rejected: list[str] = []
    for number, fields in enumerate(raw, start=1):
        try:
            record = REPORTS[report].model_validate(fields)
            if (record.shop, record.day) != (shop, day):
                raise ValueError(f"is of {record.shop} on {record.day}")
            good.append(record)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            rejected.append(f"{report} of {shop}, record {number}: {field}: {first['msg']}")
        except ValueError as error:
            rejected.append(f"{report} of {shop}, record {number}: {error}")
    return Batch(report, shop, day, tuple(good), tuple(rejected))
