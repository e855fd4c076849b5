"""A rehearsed week in a table and in a picture, drawn from what Prefect and the database recorded."""

from dataclasses import dataclass

from course_lib.chapters.ch18.rehearsal import Morning, Week, euros
from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.language.messages import in_language
from course_lib.shop import SHOPS
from course_lib.table import Table

# Each kind has words as well as a colour.
_KINDS = {
    "stored": ("stored", style.GREEN),
    "retried": ("stored after a retry", style.ORANGE),
    "skipped": ("skipped", style.LIGHT_GREY),
    "failed": ("failed", style.RED),
    "wrong": ("not what the shop had", style.PINK),
    "nothing": ("nothing stored", "none"),
}


@dataclass(frozen=True)
class Cell:
    """What became of one shop on one morning."""

    kind: str
    stored: int
    good: int
    attempts: int

    @property
    def label(self) -> str:
        """What stands in the picture."""
        labels = {
            "stored": str(self.stored),
            "retried": f"{self.stored}\nattempt {self.attempts}",
            "wrong": f"{self.stored}\nof {self.good}",
            "nothing": "",
        }
        return labels.get(self.kind, self.kind)


def cell(morning: Morning, shop: str) -> Cell:
    """Judge one shop's morning by its task runs and its rows."""
    runs = morning.of(shop)
    attempts = max((run.run_count for run in runs), default=0)
    failed = any(run.state.type in ("FAILED", "CRASHED") for run in runs)
    stored, good = morning.stored[shop], morning.good[shop]
    if stored and stored != good:
        kind = "wrong"
    elif failed:
        kind = "failed"
    elif stored == good and any(run.state.name == "Skipped" for run in runs):
        kind = "skipped"
    elif stored:
        kind = "retried" if attempts > 1 else "stored"
    else:
        kind = "nothing"
    return Cell(kind, stored, good, attempts)


def week_table(week: Week) -> Table:
    """Tell a week in a line for each morning, in the learner's language."""
    headings = ("planned for", "orders of", "flow run", "stored", "euros", "remarks")
    rows = []
    for morning in week.mornings:
        planned, day = morning.planned, morning.day
        orders = [row for row in week.orders if row.get("day") == day.isoformat()]
        row = (
            f"{planned:%a} {planned.day} {planned:%B, %H:%M}",
            f"{day:%a} {day.day} {day:%B}",
            ", ".join(run.state.name for run in morning.runs),
            str(len(orders)),
            f"{sum(map(euros, orders)):.2f}",
            _remarks(morning),
        )
        rows.append(tuple(map(in_language, row)))
    caption = in_language("A week at the shops, by Shanghai's clock")
    return Table(tuple(map(in_language, headings)), tuple(rows), caption)


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
            box = Rectangle((column - 0.46, row - 0.43), 0.92, 0.86, fc=_KINDS[found.kind][1])
            if found.kind == "nothing":
                box.set(edgecolor=style.INK, linestyle=":")
            axes.add_patch(box)
            axes.text(
                column, row, found.label, ha="center", va="center", fontsize=9, color=style.ON_PALE
            )
        states = "\n".join(run.state.name for run in morning.runs)
        axes.text(column, len(SHOPS), states, ha="center", va="center", fontsize=8)
    times = [each.planned for each in week.mornings]
    days = [style.words(f"{at:%a}\n{at.day} {at:%B}") for at in times]
    axes.set_xticks(range(len(days)), days, fontsize=9)
    axes.set_yticks(range(len(SHOPS) + 1), [*SHOPS, style.words("flow run")], fontsize=9)
    axes.set_xlim(-0.5, max(len(days), 1) - 0.5)
    axes.set_ylim(len(SHOPS) + 0.5, -0.5)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    style.tidy(axes, sides=[])
    shown = [look for kind, look in _KINDS.items() if kind in kinds]
    handles = [Patch(fc=colour, ec=style.INK, lw=0.5, label=words) for words, colour in shown]
    style.legend(figure, handles, place="lower left")
    return Picture.of(figure, _words(week))


def _remarks(morning: Morning) -> str:
    cells = {shop: cell(morning, shop) for shop in SHOPS}
    parts = []
    for kind in ("retried", "skipped", "failed", "wrong", "nothing"):
        words = _KINDS[kind][0]
        shops = [shop for shop, found in cells.items() if found.kind == kind]
        if len(shops) == len(SHOPS):
            parts.append(f"all {words}")
        elif kind == "retried":
            parts += [f"{shop} at attempt {cells[shop].attempts}" for shop in shops]
        elif kind == "wrong":
            parts += [_told(shop, cells[shop]) for shop in shops]
        elif shops:
            parts.append(f"{', '.join(shops)} {words}")
    for shop, flawed in morning.flawed.items():
        if flawed and cells[shop].kind in ("stored", "retried"):
            parts.append(f"{shop} without {flawed} flawed")
    return "; ".join(parts)


def _told(shop: str, found: Cell) -> str:
    """Say what became of a shop; each is a text that can be translated."""
    told = {
        "stored": f"{shop} stored {found.stored}",
        "retried": f"{shop} {found.stored} attempt {found.attempts}",
        "wrong": f"{shop} {found.stored} instead of {found.good}",
    }
    return told.get(found.kind, f"{shop} {_KINDS[found.kind][0]}")


def _words(week: Week) -> str:
    parts = []
    for morning in week.mornings:
        shops = "; ".join(_told(shop, cell(morning, shop)) for shop in SHOPS)
        states = ", then ".join(run.state.name for run in morning.runs)
        parts.append(f"{morning.weekday}, the run ended {states}: {shops}")
    return f"A week at the shops, orders stored by morning and shop. {'. '.join(parts)}."
