"""The cheat sheet: one printed page, made from the summaries of the chapters.

All of them would fill two pages. Which rows are on the sheet stands in a file beside it,
``cheatsheet.toml``; a chapter that isn't named there gives the first rows of its first table.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from html import escape
from importlib.metadata import version
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.front_matter import Chapter, cell_texts, chapters
from course_tools.build.markdown_tables import read_tables

FIRST_ROWS = 4
_SUMMARY = re.compile(r"^## Summary\n(?P<body>(?:(?!^## ).*\n?)*)", flags=re.MULTILINE)
_INLINE = re.compile(r"`(?P<code>[^`]+)`|\*(?P<em>[^*]+)\*|\[(?P<text>[^\]]+)\]\([^)]+\)")
_MAY_BREAK = re.compile(r"(?<=[(,._=/])(?=\w{3})")

# Columns of the page's full height would hide what doesn't fit; these make a second page of it.
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Prefect {release}: cheat sheet</title>
<style>
@page {{ size: A4; margin: 7mm }}
* {{ box-sizing: border-box; margin: 0 }}
body {{ width: 196mm; margin: 7mm auto; font: 8pt/1.14 Arial, Helvetica, "Liberation Sans", sans-serif }}
@media print {{ body {{ margin: 0 }} }}
header {{ display: flex; justify-content: space-between; align-items: baseline; margin-bottom: 1.5mm }}
h1 {{ font-size: 12pt }}
main {{ columns: 3; column-gap: 3.5mm; column-rule: 0.2mm solid #bbb }}
h2 {{ font-size: 8.5pt; margin: 1.2mm 0 0.6mm; padding: 0.2mm 1mm; background: #e6e6e6; break-after: avoid;
  print-color-adjust: exact; -webkit-print-color-adjust: exact }}
h2:first-child {{ margin-top: 0 }}
p {{ padding-left: 2mm; text-indent: -2mm; margin-bottom: 0.45mm; break-inside: avoid; overflow-wrap: anywhere }}
code {{ font: 7.5pt "DejaVu Sans Mono", Menlo, Consolas, monospace }}
</style>
</head>
<body>
<header><h1>Prefect, hands on: cheat sheet</h1><span>Prefect {release} · the number is the chapter's</span></header>
<main>
{chapters}
</main>
</body>
</html>
"""


def write(path: Path, solutions: Path) -> str:
    """Give the page as the masters in `solutions` and the choice beside `path` have it."""
    file = path.with_suffix(".toml")
    chosen: dict[str, list[str]] = tomllib.loads(file.read_text(encoding="utf-8"))
    return _PAGE.format(
        release=version("prefect"),
        chapters="\n".join(_section(each, chosen.get(each.number)) for each in chapters(solutions)),
    )


def _tables(path: Path) -> list[list[list[str]]]:
    """Give the tables of a chapter's summary, each with its head."""
    for text in cell_texts(path).values():
        if (match := _SUMMARY.search(text)) and (found := list(read_tables(match["body"]))):
            return found
    raise CourseError(f"{path.name} has no table under '## Summary'.")


def _section(chapter: Chapter, chosen: Sequence[str] | None) -> str:
    tables = _tables(chapter.path)
    if chosen is None:
        chosen = [row[0] for row in tables[0][1 : 1 + FIRST_ROWS]]
    rows = {row[0]: _row(head, row) for head, *body in tables for row in body}
    if missing := [name for name in chosen if name not in rows]:
        raise CourseError(
            f"the summary of {chapter.name} has no row {missing[0]!r}; it has: {'; '.join(rows)}. "
            "Which of them are on the sheet stands in cheatsheet.toml."
        )
    title = f"<h2>{chapter.number} {escape(chapter.title)}</h2>"
    return "\n".join([title, *(rows[name] for name in chosen)])


def _row(head: Sequence[str], cells: Sequence[str]) -> str:
    name, text, *more = map(_html, cells)
    rest = (f" <i>{_html(what)}:</i> {each}" for what, each in zip(head[2:], more, strict=True))
    return f"<p><b>{name}</b> {text}{''.join(rest)}</p>"


def _html(text: str) -> str:
    """Turn the Markdown of a table's cell into HTML; links become their text."""
    parts, at = [], 0
    for match in _INLINE.finditer(text):
        parts.append(escape(text[at : match.start()], quote=False))
        if match["code"]:
            parts.append(
                f"<code>{_MAY_BREAK.sub('<wbr>', escape(match['code'], quote=False))}</code>"
            )
        elif match["em"]:
            parts.append(f"<em>{escape(match['em'], quote=False)}</em>")
        else:
            parts.append(escape(match["text"], quote=False))
        at = match.end()
    return "".join(parts) + escape(text[at:], quote=False)
