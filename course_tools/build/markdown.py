"""Texts of the documents: written by Jinja's templates, put in their place, and read back."""

import re
from collections.abc import Sequence
from functools import partial
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from course_lib.errors import CourseError
from course_lib.language.catalogues import messages
from course_lib.language.choice import ENGLISH, Language

DOCUMENTS = "documents"
"""The catalogue of the documents and of their templates' words."""
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


def render(template: str, language: Language = ENGLISH, **values: object) -> str:
    """Return what a template in ``templates/`` makes of these values, its words in the language."""
    environment = _TEMPLATES.overlay()
    environment.filters = _TEMPLATES.filters | {"hours": partial(_hours, language)}
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        partial(translated_word, language),
        lambda one, many, n: translated_word(language, one if n == 1 else many),
    )
    return environment.get_template(template).render(values, language=language)


def words() -> list[str]:
    """Return the words of the templates that are to be translated."""
    sources = [file.read_text(encoding="utf-8") for file in sorted(_FOLDER.iterdir())]
    found = [
        text
        for source in sources
        for _, _, text in _TEMPLATES.extract_translations(source)  # type: ignore[attr-defined]
    ]
    return [*dict.fromkeys(found), *_OTHERS]


_UNITS = ("h", "min")
# Of the site's pages.
DOWNLOAD, BINDER, HINT = "Download the notebook", "Open in Binder", "Hint %d of %d"
SHEET, TO_PRINT = "Cheat sheet", "To print on two pages:"
_SITE = (DOWNLOAD, BINDER, HINT, SHEET, TO_PRINT, "Prefect, hands on", "Search the course")
_DECK = ("slides", "Note.", "Live in JupyterLab:", "At the end of this section.", "Cells:")
_OTHERS = (*_UNITS, "part", "block", "session", "week", *_DECK, *_SITE)  # routes have such parts


def translated_word(language: Language, english: str) -> str:
    """Return a word of the templates in the language."""
    return messages(language, DOCUMENTS).get(english, english)


def _hours(language: Language, minutes: int) -> str:
    hour, minute = (translated_word(language, unit) for unit in _UNITS)
    below = f"{minutes % 60:02} {minute}"
    return f"{minutes // 60} {hour} {below}" if minutes >= 60 else f"{minutes} {minute}"


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
_FOLDER = Path(__file__).parent / "templates"
_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=select_autoescape(["html.j2"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
    extensions=["jinja2.ext.i18n"],
)
_TEMPLATES.filters |= {
    "cell": lambda text: text.replace("|", "\\|"),
    "html": _INLINE.renderInline,
}
