"""A small table, the same on every machine: no ids, no times."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

Row = tuple[str, ...]
_SHORT = 30  # letters: a name of so many isn't broken at its spaces
_BROKEN = "; overflow-wrap: anywhere; min-width: 7em"


@dataclass(frozen=True, repr=False)
class Table:
    """Rows under headings; Jupyter shows it as HTML, a terminal as text."""

    headings: Row
    rows: tuple[Row, ...]
    caption: str = ""
    breaks_words: bool = False
    """Whether long words are broken in a notebook, so that a wide table fits its page."""

    def __repr__(self) -> str:
        import wcwidth  # late: it takes some 15 ms, and notebooks show HTML

        lines = [self.headings, *self.rows]
        widths = [max(map(wcwidth.width, column)) for column in zip(*lines, strict=True)]
        text = [
            "  ".join(
                wcwidth.ljust(cell, width) for cell, width in zip(line, widths, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join([self.caption, *text] if self.caption else text)

    def _repr_html_(self) -> str:
        def cells(tag: str, row: Row) -> str:
            styles = [_BROKEN if self.breaks_words else ""] * len(row)
            if not self.breaks_words and " " in row[0] and len(row[0]) <= _SHORT:
                styles[0] = "; white-space: nowrap"
            return "<tr>{}</tr>".format(
                "".join(
                    f'<{tag} style="text-align: left{style}">{escape(cell)}</{tag}>'
                    for cell, style in zip(row, styles, strict=True)
                )
            )

        caption = f'<caption style="text-align: left">{escape(self.caption)}</caption>'
        body = "".join(cells("td", row) for row in self.rows)
        return f"<table>{caption}<thead>{cells('th', self.headings)}</thead><tbody>{body}</tbody></table>"


def table_with_notes(headings: Row, rows: Sequence[Row], caption: str = "") -> Table:
    """Return a table whose last column is left out if there is nothing in it."""
    if not any(row[-1] for row in rows):
        headings, rows = headings[:-1], [row[:-1] for row in rows]
    return Table(headings, tuple(rows), caption)
