"""Texts of the documents: written by Jinja's templates, put in their place, and read back."""

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from course_lib.errors import CourseError

_MARKDOWN = MarkdownIt().enable("table")
# In code: between names, never in one.
_MAY_BREAK = re.compile(r"(?<= )|(?:(?<=[(,=])|(?<=[\w)]\.))(?=\w{3})")


def parse(text: str) -> list[SyntaxTreeNode]:
    """Return the blocks of a Markdown text: headings, paragraphs, tables and so on."""
    return SyntaxTreeNode(_MARKDOWN.parse(text)).children


def read_tables(text: str) -> list[list[list[str]]]:
    """Return the rows of each Markdown table in `text`, the head first."""
    tables = [block for block in parse(text) if block.type == "table"]
    return [[_cells(row) for row in table.walk() if row.type == "tr"] for table in tables]


def _cells(row: SyntaxTreeNode) -> list[str]:
    return [cell.children[0].content for cell in row.children]


def fill(text: str, name: str, content: str) -> str:
    """Return `text` with `content` between ``<!-- name -->`` and ``<!-- /name -->``."""
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    if text.count(start) != 1 or text.count(end) != 1:
        raise CourseError(f"It needs one {start.strip()} and one {end} on lines alone.")
    head, rest = text.split(start)
    _, tail = rest.split(end)
    return f"{head}{start}{content}{end}{tail}"


def render(template: str, **values: object) -> str:
    """Return what a template in ``templates/`` makes of these values."""
    return _TEMPLATES.get_template(template).render(values)


def _hours(minutes: int) -> str:
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"


class _CellRenderer(RendererHTML):
    """Writes the Markdown of a table's cell as HTML; links become their text."""

    def text(self, tokens: Sequence[Token], at: int, *_: object) -> str:
        return escape(tokens[at].content, quote=False)

    def code_inline(self, tokens: Sequence[Token], at: int, *_: object) -> str:
        return f"<code>{_MAY_BREAK.sub('<wbr>', self.text(tokens, at))}</code>"

    def link_open(self, *_: object) -> str:
        return ""

    link_close = link_open


_INLINE = MarkdownIt("commonmark", {"html": False}, renderer_cls=_CellRenderer)
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html.j2"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters |= {
    "cell": lambda text: text.replace("|", "\\|"),
    "hours": _hours,
    "html": _INLINE.renderInline,
}
