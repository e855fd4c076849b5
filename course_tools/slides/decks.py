"""Decks for the class: each chapter as slides that need a browser and nothing else.

nbconvert writes them, after the template in ``deck/``. reveal.js comes from a package that carries
all of it, and its part that is needed lies beside the decks.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nbconvert.exporters import SlidesExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_lib.front_matter import Chapter, chapters
from course_tools.build.stable_outputs import load, replace_file
from course_tools.slides.fitting import node
from course_tools.slides.planner import part, plan

REVEAL = "reveal.js"
_PACKAGE = "sphinx_revealjs"  # Sphinx itself isn't needed for what is taken from it
_HERE = Path(__file__).parent


def write(solutions: Path, folder: Path, only: Sequence[str] = ()) -> list[Path]:
    """Write the decks of chapters, and reveal.js, into a folder; return the decks' files.

    A deck that is younger than its master, and than what makes it, stays.

    Raises
    ------
    CourseError
        If there is no such chapter, a master can't be read, or reveal.js isn't installed.
    """
    chosen = chapters(solutions, only)
    _copy_reveal(folder / REVEAL)
    makers = [*_HERE.glob("*.py"), *(_HERE / "deck").iterdir()]
    files = []
    for chapter in chosen:
        path = folder / f"{chapter.name}.html"
        sources = (chapter.path, *makers)
        if not path.exists() or path.stat().st_mtime <= max(s.stat().st_mtime for s in sources):
            path.unlink(missing_ok=True)  # or an unchanged one would stay old
            replace_file(path, _deck(load(chapter.path), chapter))
        files.append(path)
    return files


def _copy_reveal(folder: Path) -> None:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise CourseError("Slides need reveal.js, which isn't installed: `make slides` adds it.")
    reveal = Path(spec.origin).parent / "_static" / "revealjs"
    for name in ("dist", "plugin/notes"):
        shutil.copytree(reveal / name, folder / name, dirs_exist_ok=True)
    shutil.copy(reveal / "LICENSE", folder)


def _deck(master: NotebookNode, chapter: Chapter) -> str:
    """Return the page that presents a chapter; it expects reveal.js in a folder beside it."""
    slides = plan(master, chapter)
    taken = {slide.name for slide in slides}
    cells: list[NotebookNode] = []
    for slide in slides:
        links = [cell for cell in slide.cells if cell not in taken]
        taken.update(links)  # a cell's id leads to the first slide that it is on
        facts = node(
            name=slide.name, kind=slide.kind, links=links, live=slide.live, minutes=slide.minutes
        )
        heading = f"{'#' if slide.kind == 'title' else '##'} {slide.title}"
        cells += [
            part("markdown", heading, "slide" if slide.opens else "subslide", deck=facts),
            part("markdown", slide.notes, "notes"),
            *slide.parts,
        ]
    for number, cell in enumerate(cells):
        cell.id = f"{number}"
    nb = node(
        nbformat=4,
        nbformat_minor=5,
        metadata=node(master.metadata, deck={"title": f"{chapter.number} · {chapter.title}"}),
        cells=cells,
    )
    # Not the one of HTMLExporter, which parses the page once more to look for missing alt texts:
    # half of the time that all takes, and a test looks for them.
    page: str = TemplateExporter.from_notebook_node(_exporter(), nb)[0]
    return page


@cache
def _exporter() -> Any:
    # nbconvert isn't typed.
    slides: Callable[..., Any] = SlidesExporter
    highlight: Callable[..., Any] = Highlight2HTML
    exporter = slides(
        template_name="deck",
        extra_template_basedirs=[str(_HERE)],
        reveal_url_prefix=REVEAL,
        reveal_theme="white",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    exporter.register_filter("highlight_code", highlight())
    return exporter
