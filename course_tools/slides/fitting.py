"""How much fits on a slide: heights of its parts, and what to do with code and outputs too long.

Heights are in CSS pixels on a slide of 1280 x 720 at the smallest type that the last row can read,
which ``deck/deck.css`` and ``deck/fit.js`` set; the browser then takes the largest type that fits.
They are estimates on the safe side: the tests measure every slide in a browser.
"""

import re
from collections.abc import Iterable, Iterator
from math import ceil

import wcwidth
from nbformat import NotebookNode

from course_tools.build.stable_outputs import HTML, WIDGET, picture_of

HEIGHT = 560  # below the title, above the mark and the slide's number
CODE_LINES = 20  # on one slide
CODE_LETTERS = 100  # in one line
OUTPUT_LINES = 18
FEW_LINES = 4  # of code: they have no slide to themselves if anything can be beside them

_GAP, _CODE_GAP = 16, 32
_BOX = 24  # around a marked text
_LINE, _CODE_LINE = 36, 26  # a table's row is as high as a line of prose
_LETTERS, _ROW_LETTERS, _HTML_LETTERS = 86, 105, 100  # in one line, of one column each
_SHORT_OUTPUT = 140
_SMALLEST, _LARGEST = 0.75, 1.6  # times a picture's natural size


def part_height(part: NotebookNode) -> int:
    """Estimate the height of a cell with Markdown, code or outputs."""
    if part.cell_type == "markdown":
        return _text_height(part.source) + (_BOX if part.metadata.get("mark") else 0)
    return _code_height(part.source) if part.source else outputs_height(part.outputs)


def _text_height(markdown: str) -> int:
    lines, letters = markdown.splitlines(), _LETTERS
    if markdown.startswith("|"):
        lines = [line for line in lines if not set(line) <= set("|-: ")]
        letters = _ROW_LETTERS
    return _GAP + sum(_LINE * ceil(wcwidth.width(line) / letters) for line in lines)


def _code_height(code: str) -> int:
    return _CODE_GAP + _CODE_LINE * _count_lines(code)


def least_height(outputs: Iterable[NotebookNode]) -> int:
    """Estimate the height of outputs with pictures as small as they can still be read."""
    pictures = sum(int(found["height"]) for found in map(picture_of, outputs) if found)
    return outputs_height(outputs) - int(pictures * (1 - _SMALLEST))


def is_short(part: NotebookNode) -> bool:
    """Say whether a cell has a few lines of code at most."""
    return bool(part.source) and _count_lines(part.source) <= FEW_LINES


def outputs_height(outputs: Iterable[NotebookNode]) -> int:
    """Estimate the height of outputs, with pictures at the size that they have."""
    return sum(map(_output_height, outputs))


def _output_height(output: NotebookNode) -> int:
    data = output.get("data", {})
    if picture := picture_of(output):
        return _GAP + int(picture["height"])
    if data.get(HTML, "").startswith("<pre"):  # what a program printed in colours
        return _code_height(re.sub(r"<[^>]*>", "", data[HTML]))
    if HTML in data:
        _, *rows = re.split(r"<tr|<li|<caption", data[HTML])
        texts = (re.sub(r"<[^>]*>|^[^<]*>", "", row) for row in rows)
        return _GAP + sum(_LINE * max(1, ceil(len(text) / _HTML_LETTERS)) for text in texts)
    return _code_height(output.text)


def code_pieces(code: str, below: int = 0) -> list[str]:
    """Divide code that is too long for a slide into pieces about equal.

    It is divided at empty lines before new definitions, or else anywhere. An output below it, of so
    many pixels, isn't left alone if it is a short one.
    """
    beside = below if below <= _SHORT_OUTPUT else 0
    most = min(CODE_LINES, (HEIGHT - beside - _CODE_GAP) // _CODE_LINE)
    code = re.sub(r"\n{3,}", "\n\n", code.strip("\n"))
    if _count_lines(code) <= most:
        return [code]
    wanted = _count_lines(code) / ceil(_count_lines(code) / most)
    pieces: list[str] = []
    for definition in re.split(r"\n\n(?=\S)", code):
        for part in _parts(definition, most):
            joined = f"{pieces[-1]}\n\n{part}" if pieces else part
            if pieces and _count_lines(joined) <= most and _count_lines(pieces[-1]) < wanted * 0.8:
                pieces[-1] = joined
            else:
                pieces.append(part)
    for at in (len(pieces) - 1, 0):
        if len(pieces) > 1 and _count_lines(pieces[at]) <= FEW_LINES:  # left over
            pair = slice(max(at - 1, 0), max(at, 1) + 1)
            pieces[pair] = _halves("\n\n".join(pieces[pair]))
    return pieces


def _parts(code: str, most: int) -> Iterator[str]:
    """Yield parts of code that have so many lines at most, counted as they are folded."""
    taken: list[str] = []
    for line in code.split("\n"):
        if taken and _count_lines("\n".join([*taken, line])) > most:
            yield "\n".join(taken)
            taken = []
        taken.append(line)
    yield "\n".join(taken)


def _halves(code: str) -> list[str]:
    """Divide code in the middle: at an empty line near it if there is one."""
    lines = code.split("\n")
    half = len(lines) // 2
    near = [at for at in range(half - 3, half + 4) if 0 < at < len(lines) and not lines[at]]
    at = min(near, key=lambda each: abs(each - half), default=half)
    return ["\n".join(part).strip("\n") for part in (lines[:at], lines[at:])]


def shown_outputs(cell: NotebookNode) -> list[NotebookNode]:
    """Return the outputs that a slide can show, each in one form and cut to what fits on one."""
    shown = (_shown(output, cell.id) for output in cell.outputs)
    return [output for output in shown if output]


def _shown(output: NotebookNode, cell: str) -> NotebookNode | None:
    if output.output_type == "error":
        return _stream(f"{output.ename}: {output.evalue}", cell, "stderr")
    if output.output_type == "stream":
        is_file = output.text.startswith(("Writing ", "Overwriting "))  # of %%writefile
        return None if is_file else _stream(output.text, cell, output.name)
    if WIDGET in output.data:  # without its kernel there is only the picture in the output before
        return None
    if picture := picture_of(output):
        data = NotebookNode({HTML: picture.group()})
    elif HTML in output.data:
        # Its links lead to other notebooks. What is too long fit.js cuts.
        data = NotebookNode({HTML: re.sub(r"</?a\b[^>]*>", "", output.data[HTML])})
    else:
        text = output.data.get("text/plain")
        return _stream(text, cell) if text else None
    return NotebookNode(output, output_type="display_data", data=data)


def _stream(text: str, cell: str, name: str = "stdout") -> NotebookNode:
    lines = text.rstrip("\n").split("\n")
    kept: list[str] = []
    while lines and _count_lines("\n".join([*kept, lines[0]])) <= OUTPUT_LINES:
        kept.append(lines.pop(0))
    if lines:
        kept.append(f"… {len(lines)} more lines in the notebook, cell {cell}")
    return NotebookNode(output_type="stream", name=name, text="\n".join(kept))


def fit_pictures(outputs: Iterable[NotebookNode], room: int) -> None:
    """Give the pictures among these outputs the width at which all fit into the `room` left."""
    found = [(each, picture) for each in outputs if (picture := picture_of(each))]
    heights = sum(int(picture["height"]) for _, picture in found)
    room -= outputs_height(outputs) - heights
    for output, picture in found:
        part = min(room / heights, _LARGEST)
        width, height = (int(int(picture[side]) * part) for side in ("width", "height"))
        sizes = f'width="{picture["width"]}" height="{picture["height"]}"'
        html = picture.group().replace(sizes, f'width="{width}" height="{height}"', 1)
        output.data = NotebookNode({HTML: html})


def _count_lines(text: str) -> int:
    """Count lines, those that are too long by how often they are folded."""
    return sum(max(1, ceil(len(line) / CODE_LETTERS)) for line in text.split("\n"))
