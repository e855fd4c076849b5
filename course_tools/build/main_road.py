"""A chapter without its sections marked *Deeper*: a shorter way that needs nothing of them."""

import ast
import copy
from collections.abc import Iterator

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

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
        written, read = _names(cell.source)
        if cell.id in deeper:
            lacking |= written - given
        else:
            yield from ((cell.id, name) for name in sorted((read - written) & lacking))
            given |= written
            lacking -= written


def _names(source: str) -> tuple[set[str], set[str]]:
    """Return the names that a cell defines, and those that it uses."""
    written: set[str] = set()
    read: set[str] = set()
    plain = TransformerManager().transform_cell(source)  # type: ignore[no-untyped-call]
    for node in ast.walk(ast.parse(plain)):
        match node:
            case ast.Name(id, ast.Load()):
                read.add(id)
            case ast.Name(id) | ast.arg(arg=id):
                written.add(id)
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                written.add(name)
            case ast.Import(names) | ast.ImportFrom(names=names):
                written |= {alias.asname or alias.name.partition(".")[0] for alias in names}
    return written, read
