"""Tables in Markdown: drawn, read back, and put in their place in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from course_lib.errors import CourseError

_BETWEEN_CELLS = re.compile(r"(?<!\\)\|")


def draw_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Draw a Markdown table; a ``|`` in a cell is escaped."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += (f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows)
    return "\n".join(lines)


def read_tables(text: str) -> Iterator[list[list[str]]]:
    """Give the rows of each table in `text`, the head first."""
    for block in re.findall(r"(?:^\|.*\n?)+", text, flags=re.MULTILINE):
        head, _, *rows = block.splitlines()
        yield [
            [cell.strip().replace("\\|", "|") for cell in _BETWEEN_CELLS.split(row.strip()[1:-1])]
            for row in [head, *rows]
        ]


def fill(text: str, name: str, content: str) -> str:
    """Return `text` with `content` between ``<!-- name -->`` and ``<!-- /name -->``.

    Raises
    ------
    CourseError
        If these two markers aren't there, once each.
    """
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if text.count(start) != 1 or text.count(end) != 1:
        raise CourseError(f"It needs one {start} and one {end} on lines alone.")
    head, rest = text.split(start)
    _, tail = rest.split(end)
    return f"{head}{start}\n{content}\n{end}{tail}"
