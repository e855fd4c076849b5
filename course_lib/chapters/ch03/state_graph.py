"""The paths that runs took from state to state, drawn as a graph of their recorded histories."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from course_lib.display.pictures import Picture
from course_lib.errors import CourseError
from course_lib.records.runs import FlowRun, State, TaskRun

# Colours that colour-blind people can tell apart (Okabe and Ito's palette), by type, in the
# order from top to bottom in which a column stacks them.
_COLOURS = {
    "PENDING": "#BBBBBB",
    "SCHEDULED": "#E69F00",
    "RUNNING": "#F0E442",
    "PAUSED": "#CC79A7",
    "CANCELLING": "#CC79A7",
    "COMPLETED": "#009E73",
    "FAILED": "#D55E00",
    "CANCELLED": "#0072B2",
    "CRASHED": "#000000",
}
_WHITE_TEXT = frozenset({"COMPLETED", "FAILED", "CANCELLED", "CRASHED"})
_COLUMNS = (
    ("before", frozenset({"PENDING", "SCHEDULED"})),
    ("at work", frozenset({"RUNNING", "PAUSED", "CANCELLING"})),
    ("at the end", frozenset({"COMPLETED", "FAILED", "CANCELLED", "CRASHED"})),
)
# Names in the order in which a column stacks them; others follow by type and alphabet.
_NAMES = (
    *("Scheduled", "Late", "Pending", "NotReady", "AwaitingRetry"),
    *("Running", "Retrying"),
    *("Completed", "Cached"),
)
_WIDTH, _ROW = 7.2, 0.85  # inches, as all lengths here
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
        return next((i for i, (_, types) in enumerate(_COLUMNS) if self.type in types), 2)

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """Where it stands among all others: column by column, from top to bottom."""
        types = [*_COLOURS]
        kind = types.index(self.type) if self.type in types else len(types)
        name = _NAMES.index(self.name) if self.name in _NAMES else len(_NAMES)
        return (self.column, name, kind, self.name)


Step = tuple[Node, Node]
Spot = tuple[float, float]
Side = tuple[Node, Literal["left", "right"]]


def transitions(*runs: FlowRun | TaskRun) -> dict[Step, int]:
    """Count how often each state was followed by each other, in a fixed order.

    Raises
    ------
    CourseError
        If a snapshot was read without the histories of its task runs.
    """
    found: Counter[Step] = Counter()
    for history in _histories(*runs):
        found.update(pairwise(Node(state.type, state.name) for state in history))
    return {step: found[step] for step in sorted(found, key=lambda step: _ranks(*step))}


def state_graph(*runs: FlowRun | TaskRun) -> Picture:
    """Draw which state followed which, and how often, as recorded.

    Parameters
    ----------
    runs
        Snapshots. A flow run stands for all of its task runs, also those of the flows that it
        called; read it with ``course.last_run(histories=True)``.

    Returns
    -------
    Picture
        States stand in columns: before the work, at work, at the end. Their colour is their
        type. The text beside the picture lists the same steps.

    Raises
    ------
    CourseError
        If a snapshot was read without the histories of its task runs.
    """
    histories = list(_histories(*runs))
    seen = {Node(state.type, state.name) for history in histories for state in history}
    nodes = sorted(seen, key=lambda node: node.rank)
    steps = transitions(*runs)
    listed = "; ".join(
        f"{_said(a, nodes)} to {_said(b, nodes)}, {n}" for (a, b), n in steps.items()
    )
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


def _ranks(one: Node, other: Node) -> tuple[tuple[int, int, int, str], ...]:
    return (one.rank, other.rank)


def _said(node: Node, nodes: list[Node]) -> str:
    twins = sum(each.name == node.name for each in nodes)
    return node.name if twins == 1 else f"{node.name} ({node.type})"


def _draw(nodes: list[Node], steps: dict[Step, int], alt: str) -> Picture:
    from matplotlib.figure import Figure  # no pyplot: callbacks of widgets draw in threads
    from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
    from matplotlib.path import Path

    columns = [[node for node in nodes if node.column == i] for i in range(len(_COLUMNS))]
    rows = max(1, *map(len, columns))
    height = _TOP + rows * _ROW + _BOTTOM
    figure = Figure(figsize=(_WIDTH, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, _WIDTH), ylim=(0, height))  # data units are inches
    axes.axis("off")
    at = {
        node: (_X[i], _BOTTOM + (rows - (rows - len(column)) / 2 - row - 0.5) * _ROW)
        for i, column in enumerate(columns)
        for row, node in enumerate(column)
    }
    most = max(steps.values(), default=1)
    for step, curve in _curves([*steps], at).items():
        axes.add_patch(
            FancyArrowPatch(
                path=Path(curve, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]),
                arrowstyle="-|>",
                mutation_scale=11,
                linewidth=0.9 + 1.6 * steps[step] / most,
                color="#666666",
            )
        )
        # Where two arrows cross, labels at their middles would lie on each other.
        along = 0.6 + 0.2 * (columns[step[0].column].index(step[0]) % 2)
        axes.text(
            *_point(curve, 0.5 if step[0] == step[1] else along),
            str(steps[step]),
            ha="center",
            va="center",
            fontsize=8.5,
            color="#333333",
            zorder=4,
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"},
        )
    width, tall = _BOX
    for node, (x, y) in at.items():
        axes.add_patch(
            FancyBboxPatch(
                (x - width / 2, y - tall / 2),
                width,
                tall,
                boxstyle="round,pad=0,rounding_size=0.1",
                facecolor=_COLOURS.get(node.type, "#999999"),
                edgecolor="white",
                zorder=5,
            )
        )
        colour = "white" if node.type in _WHITE_TEXT else "black"
        axes.text(
            x,
            y + 0.09,
            node.name,
            ha="center",
            va="center",
            fontsize=10.5,
            weight="bold",
            color=colour,
            zorder=6,
        )
        axes.text(
            x, y - 0.13, node.type, ha="center", va="center", fontsize=7.5, color=colour, zorder=6
        )
    for x, (label, _), column in zip(_X, _COLUMNS, columns, strict=True):
        if column:
            axes.text(x, height - 0.22, label, ha="center", va="center", color="#666666")
    return Picture.of(figure, alt)


def _curves(steps: list[Step], at: dict[Node, Spot]) -> dict[Step, list[Spot]]:
    """Lay out each step as a cubic curve from box to box."""
    width, tall = _BOX
    ports = _ports(steps, at)
    curves: dict[Step, list[Spot]] = {}
    for one, other in steps:
        (x1, y1), (x2, y2) = at[one], at[other]
        if one == other:
            low, half = y1 - tall / 2, width / 5
            deep = low - _REACH
            curves[one, other] = [
                (x1 + half, low),
                (x1 + half, deep),
                (x1 - half, deep),
                (x1 - half, low),
            ]
        elif one.column == other.column:
            down = 1 if y1 > y2 else -1
            start, end = y1 - down * tall / 2, y2 + down * tall / 2
            third = (end - start) / 3
            # Past a box between the two, where there is one.
            bow = 0.0 if abs(y1 - y2) < 1.5 * _ROW else -0.9 * width
            curves[one, other] = [
                (x1, start),
                (x1 + bow, start + third),
                (x2 + bow, end - third),
                (x2, end),
            ]
        else:
            ahead = 1 if one.column < other.column else -1
            start_x, end_x = x1 + ahead * width / 2, x2 - ahead * width / 2
            start_y, end_y = y1 + ports[one, other, one], y2 + ports[one, other, other]
            pull = (end_x - start_x) * 0.5
            # Over the middle column, where a step leaves it out.
            over = 0.75 * _ROW if abs(one.column - other.column) > 1 else 0.0
            curves[one, other] = [
                (start_x, start_y),
                (start_x + pull, start_y + over),
                (end_x - pull, end_y + over),
                (end_x, end_y),
            ]
    return curves


def _ports(steps: list[Step], at: dict[Node, Spot]) -> dict[tuple[Node, Node, Node], float]:
    """Spread the arrows along the sides of boxes: step and box -> distance above its middle."""
    sides: dict[Side, list[Step]] = {}
    for one, other in steps:
        if one.column != other.column:
            ahead = one.column < other.column
            sides.setdefault((one, "right" if ahead else "left"), []).append((one, other))
            sides.setdefault((other, "left" if ahead else "right"), []).append((one, other))
    ports: dict[tuple[Node, Node, Node], float] = {}
    for (node, _), here in sides.items():
        here.sort(key=lambda step: _from_above(step, node, at))
        gap = _SPREAD / len(here)
        for i, step in enumerate(here):
            ports[*step, node] = ((len(here) - 1) / 2 - i) * gap
    return ports


def _from_above(step: Step, node: Node, at: dict[Node, Spot]) -> tuple[bool, float, str]:
    """Sort a box's arrows from top to bottom, those over the middle column first."""
    one, other = step
    far = other if node == one else one
    return (abs(one.column - other.column) < 2, -at[far][1], one.name)


def _point(curve: list[Spot], t: float) -> Spot:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    x, y = (sum(w * spot[i] for w, spot in zip(weights, curve, strict=True)) for i in (0, 1))
    return (x, y)
