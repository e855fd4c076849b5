"""The report that people read: Markdown with a picture, whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from shop_pipeline.storage import Totals


def write(
    totals: Totals,
    stores: Sequence[str],
    missing: Sequence[str],
    rejected: Sequence[str],
    folder: Path,
) -> Path:
    """Write ``2026-03-02.md`` and its picture into `folder`; give the path of the former."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"{totals.day}.png"
    draw(totals, stores).savefig(picture, dpi=100)
    file = folder / f"{totals.day}.md"
    part = file.with_suffix(".part")
    part.write_text(render(totals, stores, missing, rejected, picture.name), encoding="utf-8")
    part.replace(file)  # readers see the old report or the new one, never half of one
    return file


def render(
    totals: Totals,
    stores: Sequence[str],
    missing: Sequence[str],
    rejected: Sequence[str],
    picture: str,
) -> str:
    """Put a day into words."""
    total = sum(totals.revenue.values())
    lines = [
        f"# Shops on {totals.day:%A}, {totals.day}",
        "",
        *(f"- **Missing: {what}.**" for what in missing),
        *([""] if missing else []),
        f"![Revenue by shop, {total:.2f} EUR in all]({picture})",
        "",
        "| shop | orders | revenue (EUR) |",
        "|---|---:|---:|",
    ]
    for shop in stores:
        revenue = totals.revenue.get(shop, 0)
        lines.append(f"| {shop} | {totals.orders.get(shop, 0)} | {revenue:.2f} |")
    lines.append(f"| **all** | {sum(totals.orders.values())} | {total:.2f} |")
    lines += _section(
        "To reorder",
        [f"{shop}: {product}, {left} left" for shop, product, left in totals.low_stock],
    )
    lines += _section(
        "Came back suspiciously often",
        [f"{shop}: {product}, {part:.0%} of the sold" for shop, product, part in totals.suspicious],
    )
    lines += _section("Rejected records", rejected)
    return "\n".join(lines) + "\n"


def draw(totals: Totals, stores: Sequence[str]) -> Figure:
    """Draw the revenue by shop."""
    figure = Figure(figsize=(6, 3), layout="constrained")  # no pyplot: runs may be threads
    axes = figure.subplots()
    axes.bar(stores, [totals.revenue.get(shop, 0) for shop in stores], color="#0072B2")
    axes.set_ylabel("revenue (EUR)")
    axes.set_title(f"{totals.day}")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _section(title: str, items: Sequence[str]) -> list[str]:
    return ["", f"## {title}", "", *([f"- {item}" for item in items] or ["Nothing."])]
