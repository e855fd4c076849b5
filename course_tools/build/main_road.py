"""A chapter without its sections marked *Deeper*: a shorter way that needs nothing of them."""

import copy
from collections.abc import Iterator

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from course_lib.cell_names import defined, used

DEEPER = "## Deeper: "


def main_road(nb: NotebookNode) -> NotebookNode:
    """Return a copy of a chapter without the cells of its sections marked Deeper."""
    road = copy.deepcopy(nb)
    deeper = {cell.id for cell in deeper_cells(nb)}
    road.cells = [cell for cell in road.cells if cell.id not in deeper]
    return road


def deeper_cells(nb: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the cells of each section whose heading begins with *Deeper:*, up to the next one's."""
    inside = False
    for cell in nb.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            inside = cell.source.startswith(DEEPER)
        if inside:
            yield cell


def needed_from_deeper(nb: NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield each cell of the main road with a name in it that only a Deeper section before gives."""
    deeper = {cell.id for cell in deeper_cells(nb)}
    given: set[str] = set()
    lacking: set[str] = set()
    for cell in nb.cells:
        if cell.cell_type != "code" or cell.source.startswith("%%"):
            continue
        plain = TransformerManager().transform_cell(cell.source)  # type: ignore[no-untyped-call]
        written = defined(plain)
        if cell.id in deeper:
            lacking |= written - given
        else:
            yield from ((cell.id, name) for name in sorted((used(plain) - written) & lacking))
            given |= written
            lacking -= written
