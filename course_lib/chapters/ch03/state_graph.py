"""The paths that runs took from state to state, drawn as a graph of their recorded histories."""

from collections import Counter, defaultdict
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
    "CRASHED": (2, style.BLACK),
}
_UNKNOWN = (2, style.GREY)
# Names in the order in which a column stacks them; others follow by type and alphabet.
_NAMES = [
    *("Scheduled", "Late", "Pending", "NotReady", "AwaitingRetry"),
    *("Running", "Retrying"),
    *("Completed", "Cached"),
]
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
    most = max(steps.values(), default=1)
    for step, curve in _curves(list(steps), middles).items():
        # Where two arrows cross, labels at their middles would lie on each other.
        along = 0.6 + 0.2 * (columns[step[0].column].index(step[0]) % 2)
        _draw_arrow(axes, curve, 0.9 + 1.6 * steps[step] / most)
        x, y = BezierSegment(curve)(0.5 if step[0] == step[1] else along)
        background = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
        look: dict[str, Any] = {"fontsize": 8.5, "color": "#333333", "bbox": background}
        _write(axes, (x, y), str(steps[step]), zorder=4, **look)
    for node, middle in middles.items():
        _draw_box(axes, node, middle)
    for x, title, column in zip(_X, _COLUMNS, columns, strict=True):
        if column:
            _write(axes, (x, height - 0.22), title, color=style.DARK_GREY)
    return Picture.of(figure, alt)


def _write(axes: "Axes", at: Spot, text: str, **look: Any) -> None:
    axes.text(*at, text, ha="center", va="center", **look)


def _draw_arrow(axes: "Axes", curve: list[Spot], width: float) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    path = Path(curve, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
    look: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 11, "color": style.DARK_GREY}
    axes.add_patch(FancyArrowPatch(path=path, linewidth=width, **look))


def _draw_box(axes: "Axes", node: Node, middle: Spot) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, y = middle
    width, height = _BOX
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.1",
            facecolor=_TYPES.get(node.type, _UNKNOWN)[1],
            edgecolor="white",
            zorder=5,
        )
    )
    colour = "white" if node.column == 2 and node.type in _TYPES else "black"
    _write(axes, (x, y + 0.09), node.name, fontsize=10.5, weight="bold", color=colour, zorder=6)
    _write(axes, (x, y - 0.13), node.type, fontsize=7.5, color=colour, zorder=6)


def _curves(steps: list[Step], middles: dict[Node, Spot]) -> dict[Step, list[Spot]]:
    """Lay out each step as a cubic curve from box to box."""
    ports = _ports(steps, middles)
    curves: dict[Step, list[Spot]] = {}
    for one, other in steps:
        (x1, y1), (x2, y2) = middles[one], middles[other]
        if one == other:
            curves[one, other] = _loop(x1, y1)
        elif one.column == other.column:
            curves[one, other] = _upright(x1, y1, y2)
        else:
            ahead = 1 if one.column < other.column else -1
            start, end = x1 + ahead * _BOX[0] / 2, x2 - ahead * _BOX[0] / 2
            y1, y2 = y1 + ports[one, other, one], y2 + ports[one, other, other]
            pull = (end - start) * 0.5
            # Over the middle column, where a step leaves it out.
            over = 0.75 * _ROW if abs(one.column - other.column) > 1 else 0.0
            curves[one, other] = [
                (start, y1),
                (start + pull, y1 + over),
                (end - pull, y2 + over),
                (end, y2),
            ]
    return curves


def _loop(x: float, y: float) -> list[Spot]:
    low, half = y - _BOX[1] / 2, _BOX[0] / 5
    deep = low - _REACH
    return [(x + half, low), (x + half, deep), (x - half, deep), (x - half, low)]


def _upright(x: float, y1: float, y2: float) -> list[Spot]:
    down = 1 if y1 > y2 else -1
    start, end = y1 - down * _BOX[1] / 2, y2 + down * _BOX[1] / 2
    third = (end - start) / 3
    # Past a box between the two, where there is one.
    bow = 0.0 if abs(y1 - y2) < 1.5 * _ROW else -0.9 * _BOX[0]
    return [(x, start), (x + bow, start + third), (x + bow, end - third), (x, end)]


def _ports(steps: list[Step], middles: dict[Node, Spot]) -> dict[tuple[Node, Node, Node], float]:
    """Spread the arrows along the sides of boxes: step and box -> distance above its middle."""
    # By box and direction (1 to the right): the arrows there, and the boxes at their other ends.
    sides: defaultdict[tuple[Node, int], list[tuple[Step, Node]]] = defaultdict(list)
    for one, other in steps:
        if one.column != other.column:
            ahead = 1 if one.column < other.column else -1
            sides[one, ahead].append(((one, other), other))
            sides[other, -ahead].append(((one, other), one))
    ports: dict[tuple[Node, Node, Node], float] = {}
    for (node, _), arrows in sides.items():
        # From top to bottom, those over the middle column first.
        arrows.sort(
            key=lambda arrow: (
                abs(node.column - arrow[1].column) < 2,
                -middles[arrow[1]][1],
                arrow[0][0].name,
            )
        )
        for i, (step, _) in enumerate(arrows):
            ports[*step, node] = ((len(arrows) - 1) / 2 - i) * _SPREAD / len(arrows)
    return ports
