"""The form in which notebooks are stored: a re-run of an unchanged course changes no byte."""

import base64
import copy
import re
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from course_lib.errors import CourseError

Rules = Sequence[tuple[str, str]]

# Fixed, not taken from the kernel that ran: they would vary with Python's patch version.
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
# Everything else in a cell's metadata is a trace of somebody's session: timings, folded cells.
_CELL_METADATA = {"course", "deletable", "editable", "slideshow", "tags"}
_UNCOMPARED = {"nbval-ignore-output", "nbval-skip"}
HTML, PNG, WIDGET = "text/html", "image/png", "application/vnd.jupyter.widget-view+json"
# What course_lib/display/pictures.py shows: an element with the text, the size, and the drawing.
PICTURE = re.compile(
    r'<img alt="(?P<alt>[^"]*)" width="(?P<width>\d+)" height="(?P<height>\d+)" style="[^"]*"'
    r' src="data:image/png;base64,(?P<png>[^"]+)">'
)

_DRAWING = re.compile(r'(?<=src="data:image/png;base64,)([^"]+)')
_ADDRESS = re.compile(r"(?:\b|(?<=\dm))0x[0-9a-fA-F]{6,16}\b")  # perhaps after a colour code
_CELL_FILE = re.compile(r"[^\s\"'<>]*ipykernel_\d+[\\/]+\d+\.py")


def read_rules(path: Path) -> Rules:
    """Read nbval's sanitising rules: pairs of a regular expression and its replacement."""
    text = path.read_text(encoding="utf-8")
    # The very expression by which nbval reads the file.
    rules: list[tuple[str, str]] = re.findall("^regex: (.*)$\n^replace: (.*)$", text, re.MULTILINE)
    if 2 * len(rules) != len(re.findall("^ *(?:regex|replace) *:", text, re.MULTILINE)):
        raise CourseError(
            f"{path.name} holds a rule that nbval skips silently: each is one line 'regex: ...' "
            "and right below it one line 'replace: ...'."
        )
    return rules


def sanitise(text: str, rules: Rules) -> str:
    """Apply the rules to `text` as nbval does."""
    for expression, replacement in rules:
        text = re.sub(expression, replacement, text)
    return text


def normalise(
    nb: NotebookNode,
    previous: NotebookNode | None = None,
    *,
    rules: Rules = (),
    course: Iterable[Path] = (),
) -> NotebookNode:
    """Return `nb` in the form in which it is stored, with the folders `course` as ``<course>``.

    A cell keeps its outputs from the `previous` version if its source is the same and the new
    outputs say the same once `rules` are applied. While no code cell up to there has changed,
    pictures that differ only in their drawing count as the same, and so does whatever nbval is told
    not to compare.
    """
    nb = copy.deepcopy(nb)
    front = {"course": nb.metadata.course} if "course" in nb.metadata else {}
    nb.metadata = nbformat.from_dict(_METADATA | front)
    scrub = _scrubber(course)
    for cell in nb.cells:
        kept = {k: v for k, v in cell.metadata.items() if k in _CELL_METADATA and v not in ([], {})}
        cell.metadata = nbformat.from_dict(kept)
    for cell in code_cells(nb):
        cell.outputs = _merged(_clean(output, scrub) for output in cell.outputs)
    if previous is not None:
        _keep_outputs(nb, normalise(previous, rules=rules, course=course), rules)
    _number(nb)
    return nb


def code_cells(nb: NotebookNode) -> list[NotebookNode]:
    """Return the cells that hold code."""
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def load(path: Path) -> NotebookNode:
    """Read a valid notebook whose cells all have an id of their own (nbformat 4.5 or later)."""
    try:
        nb: NotebookNode = nbformat.reader.reads(path.read_text(encoding="utf-8"))
        ids = [cell.get("id") for cell in nb.cells]
        # nbformat would put random ids in place of these, and every build would differ.
        if None in ids or len(set(ids)) < len(ids):
            raise CourseError(f"{path.name}: each cell needs an id of its own (nbformat 4.5).")
        nbformat.validate(nb)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise CourseError(f"{path.name} isn't a valid notebook: {reason}") from error
    return nb


def dumps(nb: NotebookNode) -> str:
    """Return the text of the file for `nb`."""
    # Indent 1, sorted keys, plain Unicode: nbformat's own writer does it so.
    return f"{nbformat.writes(nb, nbformat.NO_CONVERT)}\n"


def picture_of(output: NotebookNode) -> re.Match[str] | None:
    """Return the picture that an output shows as a match of `PICTURE`, or None."""
    return PICTURE.search(output.get("data", {}).get(HTML, ""))


def without_drawings(text: str) -> str:
    """Return HTML without the base64 of its pictures, in which any search would find chance."""
    return _DRAWING.sub("", text)


def png_size(encoded: str) -> tuple[int, int]:
    """Read width and height of a PNG from its base64 text."""
    # The first 24 bytes hold the signature and the header's two sizes: 32 characters.
    width, height = struct.unpack(">II", base64.b64decode(encoded.replace("\n", "")[:32])[16:24])
    return width, height


def _clean(output: NotebookNode, scrub: Callable[[str], str]) -> NotebookNode:
    def scrubbed(text: str, key: str) -> str:
        if key in (PNG, "image/jpeg"):  # base64: a match in there would be chance
            return text
        pieces = _DRAWING.split(text)
        return "".join(piece if at % 2 else scrub(piece) for at, piece in enumerate(pieces))

    cleaned: NotebookNode = nbformat.from_dict(_with_texts(output, scrubbed))
    if WIDGET in cleaned.get("data", {}):
        # No state is stored, so no model can be found. JupyterLab hides a view without an id,
        # where it would show 'Error displaying widget: model not found' for any other.
        cleaned.data[WIDGET].model_id = ""
    return cleaned


def _with_texts(value: Any, change: Callable[[str, str], object], key: str = "") -> Any:
    """Return `value` with each text in it changed by a function of the text and its key."""
    if isinstance(value, dict):
        return {key: _with_texts(item, change, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_texts(item, change, key) for item in value]
    return change(value, key) if isinstance(value, str) else value


def _merged(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    merged: list[NotebookNode] = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and last.output_type == output.output_type == "stream" and last.name == output.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def _number(nb: NotebookNode) -> None:
    """Count the cells that ran from 1, as a run from top to bottom does."""
    ran = [cell for cell in code_cells(nb) if cell.execution_count is not None]
    for count, cell in enumerate(ran, 1):
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count


def _keep_outputs(nb: NotebookNode, previous: NotebookNode, rules: Rules) -> None:
    old = {cell.id: cell for cell in code_cells(previous)}
    ids = list(old)
    unchanged = True  # this cell and all above it
    for at, cell in enumerate(code_cells(nb)):
        before = old.get(cell.id)
        if before is None or before.source != cell.source:
            unchanged = False
            continue
        unchanged = unchanged and ids[at : at + 1] == [cell.id]
        uncompared = unchanged and _UNCOMPARED & set(cell.metadata.get("tags", []))
        if uncompared or _said(cell, rules, unchanged) == _said(before, rules, unchanged):
            cell.outputs = before.outputs
        else:
            unchanged = False


def _said(cell: NotebookNode, rules: Rules, sizes_only: bool) -> tuple[dict[str, str], list[Any]]:
    """Return what outputs say: the streams by name, as nbval joins them, then the others."""

    def said(text: str, key: str) -> object:
        if key == PNG:  # base64: no rule has anything to find there, and would take minutes
            return png_size(text) if sizes_only else text
        drawings = [found["png"] for found in PICTURE.finditer(text)]
        shown = map(png_size, drawings) if sizes_only else drawings
        return [sanitise(without_drawings(text), rules), *shown]

    streams: dict[str, str] = {}
    others: list[Any] = []
    for output in cell.outputs:
        if output.output_type == "stream":
            streams[output.name] = streams.get(output.name, "") + output.text
        else:
            others.append(_with_texts({**output, "execution_count": None}, said))
    return {name: sanitise(text, rules) for name, text in streams.items()}, others


def _scrubber(course: Iterable[Path]) -> Callable[[str], str]:
    """Make the function that takes this machine's paths and memory addresses out of a text."""
    shown = {text: "<course>" for folder in course for text in _spellings(folder)}
    python = {sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib", "platstdlib")}
    for place in map(Path, python | {sys.prefix, sys.base_prefix}):
        # /usr may be Python's prefix, but it is everybody's.
        if len(place.parts) > 3:
            shown |= dict.fromkeys(_spellings(place), "<python>")
    places = "|".join(map(re.escape, sorted(shown, key=len, reverse=True)))
    # At the start of a path, though a colour code ('…32m') may stand right before it.
    path = re.compile(rf"(?:(?<![\w.~/-])|(?<=\dm))(?:{places})(?![\w-])")

    def scrub(text: str) -> str:
        text = _CELL_FILE.sub("<cell>", text)
        text = path.sub(lambda match: shown[match.group()], text)
        # Three ASCII dots: nbval reads its rules in the machine's own encoding.
        return _ADDRESS.sub("0x...", text)

    return scrub


def _spellings(folder: Path) -> set[str]:
    """Return all ways in which a folder turns up in outputs; IPython shortens home to ``~``."""
    paths = {folder.absolute(), folder.resolve()}
    home = Path.home()
    paths |= {Path("~") / path.relative_to(home) for path in paths if home in path.parents}
    spelt = {str(path) for path in paths} | {path.as_posix() for path in paths}
    return spelt | {text.replace("\\", "\\\\") for text in spelt}
