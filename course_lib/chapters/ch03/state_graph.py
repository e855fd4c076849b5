"""The paths that runs took from state to state, drawn as a graph of their recorded histories."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.errors import CourseError
from course_lib.records.runs import FlowRun, State, TaskRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = ("before", "at work", "at the end")
# Column and colour of each type, in the order from top to bottom in which a column stacks them.
_TYPES = {
    "PENDING": (0, style.LIGHT_GREY),
    "SCHEDULED": (0, style.ORANGE),
    "RUNNING": (1, style.YELLOW),
    "PAUSED": (1, style.PINK),
    "CANCELLING": (1, style.PINK),
    "COMPLETED": (2, style.GREEN),
    "FAILED": (2, style.RED),
    "CANCELLED": (2, style.BLUE),
    "CRASHED": (2, style.INK),
}
_UNKNOWN = (2, style.GREY)
# Names in the order in which columns stack them; others follow by type and alphabet.
_NAMES = ["Scheduled", "Late", "Pending", "NotReady", "AwaitingRetry", "Running", "Retrying"]
_NAMES += ["Completed", "Cached"]
_ROW = 0.85  # inches, as all lengths here
_TOP, _BOTTOM = 0.5, 0.25
_X = (1.05, 3.45, 6.0)
_BOX = (1.55, 0.52)
_SPREAD = 0.34  # of a box's side, over which its arrows are spread
_REACH = 0.38  # how far the arrow of a state that follows itself reaches out


@dataclass(frozen=True)
class Node:
    """A state as the graph shows it: the same name with another type is another node."""

    type: str
    name: str

    @property
    def column(self) -> int:
        """0 before the work, 1 at work, 2 at the end."""
        return _TYPES.get(self.type, _UNKNOWN)[0]

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """Where it stands among all others: column by column, from top to bottom."""
        return (self.column, _place(self.name, _NAMES), _place(self.type, [*_TYPES]), self.name)


def _place(word: str, words: list[str]) -> int:
    return words.index(word) if word in words else len(words)


Step = tuple[Node, Node]
Spot = tuple[float, float]


def transitions(*runs: FlowRun | TaskRun) -> dict[Step, int]:
    """Count how often each state was followed by each other, in a fixed order."""
    found: Counter[Step] = Counter()
    for history in _histories(*runs):
        found.update(pairwise(Node(state.type, state.name) for state in history))
    return dict(sorted(found.items(), key=lambda item: [node.rank for node in item[0]]))


def state_graph(*runs: FlowRun | TaskRun) -> Picture:
    """Draw which state followed which, and how often, as recorded.

    States stand in columns: before the work, at work, at the end. Their colour is their type. The
    text beside the picture lists the same steps. A flow run stands for all of its task runs, also
    those of the flows that it called; read it with ``course.last_run(histories=True)``.
    """
    histories = list(_histories(*runs))
    seen = {Node(state.type, state.name) for history in histories for state in history}
    nodes = sorted(seen, key=lambda node: node.rank)
    steps = transitions(*runs)
    names = Counter(node.name for node in nodes)
    said = {
        node: node.name if names[node.name] == 1 else f"{node.name} ({node.type})" for node in nodes
    }
    listed = "; ".join(f"{said[one]} to {said[other]}, {n}" for (one, other), n in steps.items())
    count = f"{len(histories)} task run{'' if len(histories) == 1 else 's'}"
    return _draw(nodes, steps, f"Graph of the states of {count}. Steps: {listed or 'none'}.")


def _histories(*runs: FlowRun | TaskRun) -> Iterator[tuple[State, ...]]:
    for run in runs:
        if isinstance(run, FlowRun):
            yield from _histories(*run.task_runs, *run.subflows)
        elif run.states:
            yield run.states
        else:
            raise CourseError(
                f"The snapshot lacks the history of a run of {run.task!r}: "
                "read it with course.last_run(histories=True)."
            )


def _draw(nodes: list[Node], steps: dict[Step, int], alt: str) -> Picture:
    from matplotlib.bezier import BezierSegment

    columns = [[node for node in nodes if node.column == i] for i in range(len(_COLUMNS))]
    rows = max(1, *map(len, columns))
    height = _TOP + rows * _ROW + _BOTTOM
    figure, axes = style.page(height)
    axes.set(xlim=(0, style.WIDTH), ylim=(0, height))  # data units are inches
    middles = {
        node: (_X[i], _BOTTOM + (rows - (rows - len(column)) / 2 - row - 0.5) * _ROW)
        for i, column in enumerate(columns)
        for row, node in enumerate(column)
    }
    for step, count in steps.items():
        curve = _curve(step, list(steps), middles)
        _draw_arrow(axes, curve, 0.9 + 1.6 * count / max(steps.values()))
        # Where two arrows cross, labels at their middles would lie on each other.
        along = 0.6 + 0.2 * (columns[step[0].column].index(step[0]) % 2)
        x, y = BezierSegment(curve)(0.5 if step[0] == step[1] else along)
        background = {
            "boxstyle": "round,pad=0.15",
            "facecolor": style.LIGHT_GREY,
            "edgecolor": "none",
        }
        look: dict[str, Any] = {"fontsize": 8.5, "color": style.ON_PALE, "bbox": background}
        _write(axes, (x, y), str(count), zorder=4, **look)
    for node, middle in middles.items():
        _draw_box(axes, node, middle)
    for x, title, column in zip(_X, _COLUMNS, columns, strict=True):
        if column:
            _write(axes, (x, height - 0.22), title, color=style.INK)
    return Picture.of(figure, alt)


def _write(axes: "Axes", at: Spot, text: str, **look: Any) -> None:
    axes.text(*at, text, ha="center", va="center", **look)


def _draw_arrow(axes: "Axes", curve: list[Spot], width: float) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    path = Path(curve, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
    look: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 11, "color": style.INK}
    axes.add_patch(FancyArrowPatch(path=path, linewidth=width, **look))


def _draw_box(axes: "Axes", node: Node, middle: Spot) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, y = middle
    width, height = _BOX
    look: dict[str, Any] = {"facecolor": _TYPES.get(node.type, _UNKNOWN)[1], "zorder": 5}
    rounded = "round,pad=0,rounding_size=0.1"
    corner = (x - width / 2, y - height / 2)
    axes.add_patch(
        FancyBboxPatch(corner, width, height, boxstyle=rounded, edgecolor="none", **look)
    )
    deep = node.column == 2 and node.type in _TYPES
    colour = style.ON_DEEP if deep else style.ON_PALE
    _write(axes, (x, y + 0.09), node.name, fontsize=10.5, weight="bold", color=colour, zorder=6)
    _write(axes, (x, y - 0.13), node.type, fontsize=7.5, color=colour, zorder=6)


def _curve(step: Step, steps: list[Step], middles: dict[Node, Spot]) -> list[Spot]:
    """Lay out a step as a cubic curve from box to box."""
    one, other = step
    (x1, y1), (x2, y2) = middles[one], middles[other]
    width, height = _BOX
    if one == other:  # a loop below the box
        low, half = y1 - height / 2, width / 5
        deep = low - _REACH
        return [(x1 + half, low), (x1 + half, deep), (x1 - half, deep), (x1 - half, low)]
    if one.column == other.column:
        down = 1 if y1 > y2 else -1
        start, end = y1 - down * height / 2, y2 + down * height / 2
        third = (end - start) / 3
        # Past a box between the two, where there is one.
        bow = 0.0 if abs(y1 - y2) < 1.5 * _ROW else -0.9 * width
        return [(x1, start), (x1 + bow, start + third), (x1 + bow, end - third), (x1, end)]
    ahead = 1 if one.column < other.column else -1
    start, end = x1 + ahead * width / 2, x2 - ahead * width / 2
    y1, y2 = y1 + _port(one, step, steps, middles), y2 + _port(other, step, steps, middles)
    pull = (end - start) * 0.5
    # Over the middle column, where a step leaves it out.
    over = 0.75 * _ROW if abs(one.column - other.column) > 1 else 0.0
    return [(start, y1), (start + pull, y1 + over), (end - pull, y2 + over), (end, y2)]


def _port(box: Node, step: Step, steps: list[Step], middles: dict[Node, Spot]) -> float:
    """Return how far above the middle of a box's side an arrow of several there has its place."""

    def far(each: Step) -> Node:
        return each[1] if each[0] == box else each[0]

    def ahead(each: Step) -> int:
        return far(each).column - box.column

    def from_the_top(each: Step) -> tuple[bool, float, str]:
        over_the_middle = abs(ahead(each)) > 1
        return not over_the_middle, -middles[far(each)][1], each[0].name

    side = [each for each in steps if box in each and ahead(each) * ahead(step) > 0]
    side.sort(key=from_the_top)
    return ((len(side) - 1) / 2 - side.index(step)) * _SPREAD / len(side)
