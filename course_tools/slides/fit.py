"""How much fits on a slide: heights of its parts, and what to do with code and outputs too long.

Heights are in CSS pixels on a slide of 1280 x 720 at the smallest type that the last row can read,
which ``deck/deck.css`` and ``deck/fit.js`` set; the browser then takes the largest type that fits.
They are estimates on the safe side: the tests measure every slide in a browser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from html import unescape
from math import ceil

from nbformat import NotebookNode

from course_tools.build.stable_outputs import png_size

HEIGHT = 560  # below the title, above the mark and the slide's number
WIDTH = 1208
CODE_LINES = 20  # on one slide
CODE_LETTERS = 100  # in one line
OUTPUT_LINES = 18

_PNG = "image/png"
node: Callable[..., NotebookNode] = NotebookNode  # nbformat is not typed here
_GAP = 16
_LINE, _LETTERS = 36, 86  # of prose
_CODE_LINE = 26
_ROW = 36
_LARGEST = 1.6  # times its natural size


def text_height(markdown: str) -> int:
    """Estimate the height of a paragraph, list, quote or table."""
    if markdown.startswith("|"):
        rows = [line for line in markdown.splitlines() if not set(line) <= set("|-: ")]
        return _GAP + sum(_ROW * ceil(len(row) / 105) for row in rows)
    lines = sum(ceil(len(line) / _LETTERS) for line in markdown.splitlines())
    return _GAP + lines * _LINE


def code_height(code: str) -> int:
    """Estimate the height of some lines of code."""
    return _GAP + 16 + _CODE_LINE * _lines(code)


def lines_in(height: int) -> int:
    """Give how many lines of code have room in this height."""
    return min(CODE_LINES, (height - code_height("") + _CODE_LINE) // _CODE_LINE)


def output_height(output: NotebookNode) -> int:
    """Estimate the height of an output, a picture at the size that it has."""
    if _PNG in output.get("data", {}):
        return _GAP + _picture_size(output)[1]
    if html := _html(output):
        rows = re.split(r"<tr|<li|<caption", html)
        return _GAP + sum(_ROW * max(1, ceil(len(_bare(row)) / 100)) for row in rows[1:])
    return _GAP + 16 + _CODE_LINE * _lines(_text(output))


def code_pieces(code: str, most: int = CODE_LINES) -> list[str]:
    """Divide code that is too long for a slide, at its emptiest lines, into pieces about equal."""
    if _lines(code) <= most:
        return [code]
    wanted = _lines(code) / ceil(_lines(code) / most)
    pieces: list[str] = []
    for part in _parts(code.strip("\n"), most):
        joined = f"{pieces[-1]}\n\n{part}" if pieces else part
        if pieces and _lines(joined) <= most and _lines(pieces[-1]) < wanted * 0.8:
            pieces[-1] = joined
        else:
            pieces.append(part)
    return pieces


def _parts(code: str, most: int) -> Iterator[str]:
    """Divide code at empty lines, those before new definitions first, or else anywhere."""
    for part in re.split(r"\n\n(?=\S)", code):
        for smaller in [part] if _lines(part) <= most else part.split("\n\n"):
            lines = smaller.split("\n")
            for at in range(0, len(lines), most):
                yield "\n".join(lines[at : at + most])


def shown_outputs(cell: NotebookNode) -> list[NotebookNode]:
    """Give copies of the outputs that a slide can show, each cut to what fits on one.

    Of an output in several forms one is kept: its picture, its HTML or its text. What a live
    widget looks like without its kernel is its picture.
    """
    found = []
    for output in cell.get("outputs", []):
        copy = node(output)
        if output.output_type == "error":
            copy = _stream(f"{output.ename}: {_bare(output.evalue)}", cell.id)
            copy.name = "stderr"
        elif output.output_type == "stream":
            if output.text.startswith(("Writing ", "Overwriting ")):  # of %%writefile
                continue
            copy = _stream(output.text, cell.id)
            copy.name = output.name
        elif _PNG in output.data:
            data = node({_PNG: output.data[_PNG]})
            copy = node(output, output_type="display_data", data=data)
        elif "text/html" in output.data:
            # Its links lead to other notebooks. What is too long fit.js cuts.
            html = re.sub(r"</?a\b[^>]*>", "", output.data["text/html"])
            data = node({"text/html": html})
            copy = node(output, output_type="display_data", data=data)
        elif text := output.data.get("text/plain"):
            copy = _stream(text, cell.id)
            copy.name = "stdout"
        else:
            continue
        found.append(copy)
    return found


def fit_pictures(outputs: Sequence[NotebookNode], room: int) -> None:
    """Give the pictures among these outputs the width at which all fit into the `room` left.

    Parameters
    ----------
    outputs
        All that is shown there; their metadata are changed.
    room
        Pixels from top to bottom.
    """
    pictures = [each for each in outputs if _PNG in each.get("data", {})]
    if not pictures:
        return
    rest = sum(output_height(each) for each in outputs if each not in pictures)
    heights = sum(_picture_size(each)[1] for each in pictures)
    widest = max(_picture_size(each)[0] for each in pictures)
    scale = min((room - rest - _GAP * len(pictures)) / heights, WIDTH / widest, _LARGEST)
    for each in pictures:
        alt = each.metadata.get(_PNG, {}).get("alt", "")
        width = int(_picture_size(each)[0] * scale)
        each.metadata = node({_PNG: node({"width": width, "alt": alt})})


def _picture_size(output: NotebookNode) -> tuple[int, int]:
    width, height = png_size(output.data[_PNG])
    shown = int(output.metadata.get(_PNG, {}).get("width", width))
    return shown, round(height * shown / width)


def _stream(text: str, id: str) -> NotebookNode:
    lines = text.rstrip("\n").split("\n")
    kept: list[str] = []
    while lines and _lines("\n".join([*kept, lines[0]])) <= OUTPUT_LINES:
        kept.append(lines.pop(0))
    if lines:
        kept.append(f"… {len(lines)} more lines in the notebook, cell {id}")
    return node(output_type="stream", text="\n".join(kept))


def _html(output: NotebookNode) -> str:
    return str(output.get("data", {}).get("text/html", ""))


def _text(output: NotebookNode) -> str:
    return str(output.get("text", ""))


def _bare(text: str) -> str:
    """Take the marks of HTML and the colours of a terminal out of a text."""
    return unescape(re.sub(r"<[^>]*>|^[^<]*>|\x1b\[[\d;]*m", "", text))


def _lines(text: str) -> int:
    """Count lines, those that are too long by how often they are folded."""
    return sum(max(1, ceil(len(line) / CODE_LETTERS)) for line in text.split("\n"))
