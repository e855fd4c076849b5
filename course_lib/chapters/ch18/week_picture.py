"""A rehearsed week in a table and in a picture, drawn from what Prefect and the database recorded."""

from dataclasses import dataclass

from course_lib.chapters.ch18.rehearsal import Morning, Week
from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.records.runs import FlowRun
from course_lib.shop import SHOPS
from course_lib.table import Row, Table

# Each kind has words as well as a colour.
_FILL = {
    "stored": style.GREEN,
    "retried": style.ORANGE,
    "skipped": "#E4E4E4",
    "failed": style.RED,
    "wrong": style.PINK,
    "nothing": "#FFFFFF",
}
_LEGEND = {
    "stored": "stored",
    "retried": "stored after a retry",
    "skipped": "skipped",
    "failed": "failed",
    "wrong": "not what the shop had",
    "nothing": "nothing stored",
}


@dataclass(frozen=True)
class Cell:
    """What became of one shop on one morning."""

    kind: str
    stored: int
    good: int
    attempts: int


def cell(morning: Morning, shop: str) -> Cell:
    """Judge one shop's morning by its task runs and its rows."""
    runs = morning.of(shop)
    names = {run.state.name for run in runs}
    types = {run.state.type for run in runs}
    attempts = max((run.run_count for run in runs), default=0)
    stored, good = morning.stored[shop], morning.good[shop]
    if stored != good:
        kind = "wrong" if stored else "failed" if types & {"FAILED", "CRASHED"} else "nothing"
    elif types & {"FAILED", "CRASHED"}:
        kind = "failed"
    elif "Skipped" in names:
        kind = "skipped"
    elif not stored:
        kind = "nothing"
    else:
        kind = "retried" if attempts > 1 else "stored"
    return Cell(kind, stored, good, attempts)


def week_table(week: Week) -> Table:
    """Tell a week in a line for each morning."""
    headings = ("planned for", "orders of", "flow run", "stored", "euros", "remarks")
    rows = tuple(_row(week, morning) for morning in week.mornings)
    return Table(headings, rows, "A week at the shops, by Shanghai's clock")


def week_picture(week: Week) -> Picture:
    """Draw a week: a column for each morning, a row for each shop, and one for the flow runs."""
    from matplotlib.patches import Patch, Rectangle

    figure = style.figure(3.5)
    axes = figure.subplots()
    kinds = set()
    for column, morning in enumerate(week.mornings):
        for row, shop in enumerate(SHOPS):
            found = cell(morning, shop)
            kinds.add(found.kind)
            axes.add_patch(
                Rectangle(
                    (column - 0.46, row - 0.43),
                    0.92,
                    0.86,
                    facecolor=_FILL[found.kind],
                    edgecolor=style.DARK_GREY if found.kind == "nothing" else "none",
                    linestyle=":" if found.kind == "nothing" else "-",
                )
            )
            axes.text(column, row, _label(found), ha="center", va="center", fontsize=9)
        states = "\n".join(_state(run) for run in morning.runs)
        axes.text(column, len(SHOPS), states, ha="center", va="center", fontsize=8)
    columns = range(len(week.mornings))
    axes.set_xticks(
        columns, [f"{each.planned:%a} {each.planned.day}" for each in week.mornings], fontsize=9
    )
    axes.set_yticks(range(len(SHOPS) + 1), [*SHOPS, "flow run"], fontsize=9)
    axes.set_xlim(-0.5, max(len(week.mornings), 1) - 0.5)
    axes.set_ylim(len(SHOPS) + 0.5, -0.5)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    style.tidy(axes, sides=[])
    handles = [
        Patch(facecolor=_FILL[kind], edgecolor=style.DARK_GREY, linewidth=0.5, label=text)
        for kind, text in _LEGEND.items()
        if kind in kinds
    ]
    style.legend(figure, handles, place="lower left")
    return Picture.of(figure, _words(week))


def _row(week: Week, morning: Morning) -> Row:
    day = morning.day.isoformat()
    rows = [row for row in week.orders if row.get("day") == day]
    euros = sum((row.get("quantity") or 0) * (row.get("unit_price") or 0) for row in rows)
    return (
        f"{morning.planned:%a} {morning.planned.day} {morning.planned:%b %H:%M}",
        f"{morning.day:%a} {morning.day.day} {morning.day:%b}",
        ", ".join(_state(run) for run in morning.runs),
        str(len(rows)),
        f"{euros:.2f}",
        _remarks(morning),
    )


def _remarks(morning: Morning) -> str:
    cells = {shop: cell(morning, shop) for shop in SHOPS}
    parts = []
    for kind in ("retried", "skipped", "failed", "wrong", "nothing"):
        names = [shop for shop, found in cells.items() if found.kind == kind]
        if len(names) == len(SHOPS):
            parts.append(f"all {_LEGEND[kind]}")
        elif kind == "retried":
            parts += [f"{shop} at attempt {cells[shop].attempts}" for shop in names]
        elif kind == "wrong":
            parts += [f"{shop} {cells[shop].stored} of {cells[shop].good}" for shop in names]
        elif names:
            parts.append(f"{', '.join(names)} {_LEGEND[kind]}")
    parts += [
        f"{shop} without {morning.flawed[shop]} flawed"
        for shop, found in cells.items()
        if morning.flawed[shop] and found.kind in ("stored", "retried")
    ]
    return "; ".join(parts)


def _label(found: Cell) -> str:
    if found.kind == "wrong":
        return f"{found.stored}\nof {found.good}"
    if found.kind == "retried":
        return f"{found.stored}\nattempt {found.attempts}"
    return {"skipped": "skipped", "failed": "failed", "nothing": ""}.get(
        found.kind, str(found.stored)
    )


def _state(run: FlowRun) -> str:
    return run.state.name


def _words(week: Week) -> str:
    parts = []
    for morning in week.mornings:
        states = ", then ".join(_state(run) for run in morning.runs)
        found = "; ".join(
            f"{shop} {_label(cell(morning, shop)) or _LEGEND['nothing']}".replace("\n", " ")
            for shop in SHOPS
        )
        parts.append(f"{morning.weekday}, {states}: {found}")
    return f"A week at the shops, orders stored by morning and shop. {'. '.join(parts)}."
