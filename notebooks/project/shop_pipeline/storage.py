"""The database: one SQLite file, written so that a second run of a day changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, create_engine, delete, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import NullPool

from shop_pipeline.records import Batch


class Base(DeclarativeBase):
    """All tables."""


class OrderRow(Base):
    """One line of a shop's order book."""

    __tablename__ = "orders"
    order_id: Mapped[str] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(index=True)
    day: Mapped[date] = mapped_column(index=True)
    product: Mapped[str]
    quantity: Mapped[int]
    unit_price: Mapped[float]


class StockRow(Base):
    """What lay on a shelf."""

    __tablename__ = "stock"
    shop: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[int]
    reorder_below: Mapped[int]


class QualityRow(Base):
    """What came back."""

    __tablename__ = "quality"
    shop: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    sold: Mapped[int]
    returned: Mapped[int]
    complaints: Mapped[int]


TABLES: dict[str, type[OrderRow] | type[StockRow] | type[QualityRow]] = {
    "orders": OrderRow,
    "stock": StockRow,
    "quality": QualityRow,
}
SUSPICIOUS = 0.25  # share of the sold pieces that came back


@dataclass(frozen=True)
class Totals:
    """What the report tells about a day."""

    day: date
    orders: dict[str, int]
    """Number of orders by shop."""
    revenue: dict[str, float]
    low_stock: list[tuple[str, str, int]]
    """Shop, product and pieces left."""
    suspicious: list[tuple[str, str, float]]
    """Shop, product and the share of the sold pieces that came back."""


def connect(file: Path) -> Engine:
    """Open the database; it is made where it's missing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)  # closes the file after use
    Base.metadata.create_all(engine)
    return engine


def save(engine: Engine, batches: Sequence[Batch]) -> int:
    """Put batches in place of what the database has of their shops and days, all or nothing."""
    with Session(engine) as session, session.begin():
        for batch in batches:
            table = TABLES[batch.report]
            session.execute(delete(table).where(table.shop == batch.shop, table.day == batch.day))
            session.add_all(table(**record.model_dump()) for record in batch.records)
    return sum(len(batch.records) for batch in batches)


def totals(engine: Engine, day: date) -> Totals:
    """Add up a day."""
    with Session(engine) as session:
        sales = session.execute(
            select(OrderRow.shop, func.count(), func.sum(OrderRow.quantity * OrderRow.unit_price))
            .where(OrderRow.day == day)
            .group_by(OrderRow.shop)
        ).all()
        low = session.execute(
            select(StockRow.shop, StockRow.product, StockRow.quantity)
            .where(StockRow.day == day, StockRow.quantity < StockRow.reorder_below)
            .order_by(StockRow.shop, StockRow.product)
        ).all()
        share = 1.0 * QualityRow.returned / QualityRow.sold
        returned = session.execute(
            select(QualityRow.shop, QualityRow.product, share)
            .where(QualityRow.day == day, QualityRow.sold > 0, share > SUSPICIOUS)
            .order_by(QualityRow.shop, QualityRow.product)
        ).all()
    return Totals(
        day=day,
        orders={shop: count for shop, count, _ in sales},
        revenue={shop: revenue for shop, _, revenue in sales},
        low_stock=[(shop, product, left) for shop, product, left in low],
        suspicious=[(shop, product, part) for shop, product, part in returned],
    )
