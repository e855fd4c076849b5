"""What the site is made of: the learners' notebooks, with their exercises unsolved, and the rest.

The folder for Sphinx is laid out as the course's own, so that links between the files stay true.
"""

import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from course_lib.front_matter import Chapter, cell_texts, chapters, exercise_ids
from course_lib.language.catalogues import FOLDER, messages
from course_lib.language.choice import ENGLISH, Language
from course_lib.language.notebooks import front_matter, translate
from course_tools.build.derived_documents import name_in
from course_tools.build.markdown import (
    BINDER,
    DOWNLOAD,
    HINT,
    SHEET,
    TO_PRINT,
    render,
    translated_word,
)
from course_tools.build.stable_outputs import HTML, PNG, WIDGET, dumps, load

_BINDER = "https://mybinder.org/v2/gh/{repository}/HEAD?urlpath=lab/tree/{notebook}"
_SHEET, _PICTURE = "instructor/cheatsheet.html", ".github/chapter.png"
_GUIDE = "instructor/guide.md"
_OLD_GUIDE = "from_old_guide.md"
"""For readers of a guide that the course takes the place of; in Chinese, as that was."""
_TO_MASTER = re.compile(
    r"\[(?P<text>[^\]]+)\]\(\.\./solutions/(?P<file>\w+)\.ipynb(?:#cell-id=(?P<cell>[^)]+))?\)"
)
_CHECK = re.compile(r"ex-(\d\d)-(\d)-check")
_HEADING = re.compile(r"\s*<h2>(?P<text>.*?)</h2>\s*")


def anchor(title: str) -> str:
    """Return the anchor that JupyterLab gives to a heading."""
    return title.replace(" ", "-")


def write(course: Path, folder: Path, repository: str = "", language: Language = ENGLISH) -> None:
    """Write into a folder what Sphinx makes pages of, from the course's folder."""
    found = [front_matter(chapter, language) for chapter in chapters(course / "notebooks")]
    guide = (course / name_in(language, _GUIDE)).read_text(encoding="utf-8")
    sheet = (course / name_in(language, _SHEET)).read_text(encoding="utf-8")
    labels = _labels(guide, found)
    more = {} if language == ENGLISH else {_OLD_GUIDE: FOLDER / language / _OLD_GUIDE}
    files = {name: path.read_text(encoding="utf-8") for name, path in more.items()} | {
        "index.md": render(
            "site_index.md.j2",
            language,
            chapters=found,
            repository=repository,
            more=[Path(name).stem for name in more],
        ),
        "cheatsheet.md": _cheatsheet(sheet, language),
        "instructor/guide.md": _guide(guide, labels),
    }
    for chapter in found:
        texts = course / "course_lib" / "chapters" / f"ch{chapter.number}" / "exercises.toml"
        hints = _hints(texts) if exercise_ids(chapter.path) else {}
        page = chapter_page(chapter, hints, labels, repository, language)
        files[f"notebooks/{chapter.path.name}"] = dumps(page)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shutil.copy(course / _PICTURE, folder)


def copy_downloads(course: Path, html: Path, language: Language = ENGLISH) -> None:
    """Write to the finished pages the files that they link to: notebooks, the sheet to print."""
    for chapter in chapters(course / "notebooks"):
        notebook = translate(load(chapter.path), chapter.name, language)
        (html / "notebooks" / chapter.path.name).write_text(
            dumps(NotebookNode(notebook)), encoding="utf-8"
        )
    shutil.copy(course / name_in(language, _SHEET), html / _SHEET)


def chapter_page(
    chapter: Chapter,
    hints: Mapping[str, Sequence[str]],
    labels: Mapping[str, str],
    repository: str = "",
    language: Language = ENGLISH,
) -> NotebookNode:
    """Return the notebook of a chapter as its page shows it, in the language.

    Each exercise gets its `hints`, folded. The cells whose places `labels` has get the label.
    """
    nb = NotebookNode(translate(load(chapter.path), chapter.name, language))
    cells: list[NotebookNode] = []
    for cell in nb.cells:
        if label := labels.get(_place(chapter.name, cell.id)):
            cells.append(_text(f"label-{cell.id}", f"({label})="))
        cells.append(cell)
        if cell.id == "title":
            cells.append(_text("ways-to-run", _ways_to_run(chapter, repository, language)))
        if match := _CHECK.fullmatch(cell.id):
            folded = _folded(hints[".".join(match.groups())], language)
            cells.append(_text(f"{cell.id}-hints", folded))
        if cell.cell_type == "markdown":
            cell.source = _with_sheet(cell.source)
        if "outputs" in cell:
            cell.outputs = list(filter(_shown, cell.outputs))
    nb.cells = cells
    return nb


def _text(id: str, source: str) -> NotebookNode:
    cell: NotebookNode = new_markdown_cell(source, id=id)
    return cell


def _ways_to_run(chapter: Chapter, repository: str, language: Language) -> str:
    notebook = chapter.path.name
    links = {DOWNLOAD: f'{notebook}" download="{notebook}'}
    if repository:
        address = _BINDER.format(repository=repository, notebook=notebook)
        links = {BINDER: address, **links}
    texts = {translated_word(language, text): to for text, to in links.items()}
    anchors = " ".join(f'<a href="{to}">{text}</a>' for text, to in texts.items())
    return f'<p class="ways-to-run">{anchors}</p>'


def _hints(file: Path) -> dict[str, list[str]]:
    """Return the hints of each exercise in a file."""
    texts = tomllib.loads(file.read_text(encoding="utf-8"))
    return {exercise: text["hints"] for exercise, text in texts.items() if "hints" in text}


def _folded(hints: Sequence[str], language: Language) -> str:
    known = messages(language)
    summary = translated_word(language, HINT)
    return "\n".join(
        f'<details class="hint"><summary>{summary % (number, len(hints))}</summary>'
        f"<p>{escape(known.get(hint, hint))}</p></details>"
        for number, hint in enumerate(hints, start=1)
    )


def _shown(output: NotebookNode) -> bool:
    """Make an output one that a page can show, and say whether there is anything to show.

    Pictures get their alt text. Of a widget the text is left, and the picture that was saved of it.
    """
    if "data" not in output:
        return True
    data, text = output.data, output.data.get("text/plain", "")
    png, facts = data.pop(PNG, None), output.metadata.get(PNG, {})
    if png and HTML not in data:  # which would have an alt text of its own
        alt = escape(facts.get("alt", text))
        width = f' width="{facts["width"]}"' if "width" in facts else ""
        source = f"data:image/png;base64,{png}".replace("\n", "")
        data[HTML] = f'<img alt="{alt}"{width} src="{source}">'
    if data.pop(WIDGET, None) and text:  # it says that the widget is live in JupyterLab
        data[HTML] = f'<p class="live">{escape(text)}</p>' + data.get(HTML, "")
    return any(data.values())


def _cheatsheet(page: str, language: Language) -> str:
    """Return the rows of the sheet that prints on two pages, as Markdown with HTML."""
    _, _, rows = page.partition("<main>")
    rows, _, _ = rows.partition("</main>")
    rows = _HEADING.sub(r"\n\n## \g<text>\n\n", rows)
    name = Path(_SHEET).name
    title, to_print = (translated_word(language, text) for text in (SHEET, TO_PRINT))
    print_it = f'<p>{to_print} <a href="{_SHEET}">{name}</a></p>'
    return f"# {title}\n\n{print_it}\n\n{rows}"


def _labels(guide: str, found: Sequence[Chapter]) -> dict[str, str]:
    """Return a label for each place in the learners' notebooks to which the guide leads."""
    wanted = {_place(link["file"], link["cell"]) for link in _TO_MASTER.finditer(guide)}
    cells = ((chapter.name, cell) for chapter in found for cell in cell_texts(chapter.path))
    return {_place(*each): "-".join(each) for each in cells if _place(*each) in wanted}


def _place(file: str, cell: str) -> str:
    return f"{file}/{cell}"


def _guide(text: str, labels: Mapping[str, str]) -> str:
    """Return the guide with links to the pages; what stands in the masters alone has none."""

    def link(match: re.Match[str]) -> str:
        shown, file, cell = match["text"], match["file"], match["cell"]
        if not cell:
            return f"[{shown}](../notebooks/{file}.ipynb)"
        label = labels.get(_place(file, cell))
        return f"[{shown}](#{label})" if label else shown

    return _with_sheet(_TO_MASTER.sub(link, text))


def _with_sheet(text: str) -> str:
    """Let a link to the sheet that prints lead to its page."""
    return text.replace(f"({Path(_SHEET).name})", "(../cheatsheet.md)")
