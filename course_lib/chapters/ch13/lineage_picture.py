"""What was made from what: assets as boxes, and an arrow from each to those made from it."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.records.events import Event

if TYPE_CHECKING:
    from matplotlib.text import Text

_END = "prefect.asset.materialization."
_WORDS = {"succeeded": "made"}
_COLOURS = {"made": style.SKY_BLUE, "failed": style.RED, "given": style.LIGHT_GREY}
_COLUMN, _ROW = 2.3, 0.7  # inches from one box to the next


def lineage(events: Sequence[Event]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Read whether each asset was made or its making failed, and from which others it is made.

    Those that no task of these events makes are among them, first: they were given.
    """
    made = {
        event.about: (
            _WORDS.get(event.name.removeprefix(_END), "failed"),
            tuple(sorted(key for role, key in event.related if role == "asset")),
        )
        for event in events
        if event.name.startswith(_END)
    }
    given = sorted({key for _, sources in made.values() for key in sources} - set(made))
    return dict.fromkeys(given, ("given", ())) | made


def lineage_picture(events: Sequence[Event]) -> Picture:
    """Draw the assets that events tell of, each to the right of those that it was made from."""
    assets = lineage(events)
    columns: dict[str, int] = {}
    for key, (_, sources) in assets.items():  # in the order in which they were made
        columns[key] = max((columns.get(each, 0) + 1 for each in sources), default=0)
    filled: Counter[int] = Counter()
    height = _ROW * max(Counter(columns.values()).values(), default=1)
    figure, axes = style.page(height)
    axes.set_xlim(0, style.WIDTH)
    axes.set_ylim(height, 0)
    centred: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 9.5}
    boxes: dict[str, Text] = {}
    words = []
    for key, (end, sources) in assets.items():
        column = columns[key]
        x, y = (column + 0.5) * _COLUMN, (filled[column] + 0.5) * _ROW
        filled[column] += 1
        look = {"boxstyle": "round,pad=0.5", "facecolor": _COLOURS[end], "edgecolor": "none"}
        box = axes.text(x, y, _name(key), color=style.ON_PALE, bbox=look, **centred)
        for each in sources:
            arrow = {"arrowstyle": "-|>", "color": style.INK, "lw": 1.4, "shrinkA": 3, "shrinkB": 3}
            ends = {"patchA": boxes[each].get_bbox_patch(), "patchB": box.get_bbox_patch()}
            axes.annotate("", (x, y), boxes[each].get_position(), arrowprops=arrow | ends)
        boxes[key] = box
        origin = f" from {' and '.join(map(_name, sources))}" if sources else ""
        words.append(f"{_name(key)} {end}{origin}")
    return Picture.of(figure, f"Assets, and what they were made from: {'; '.join(words)}.")


def _name(key: str) -> str:
    return key.rpartition("/")[2]
