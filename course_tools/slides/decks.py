"""Decks for the class: each chapter as slides that need a browser and nothing else.

nbconvert writes them, after the template in ``deck/``. reveal.js comes from a package that carries
all of it, and its part that is needed lies beside the decks.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
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
from course_tools.slides.deriving import slides
from course_tools.slides.fit import node
from course_tools.slides.slide import Slide, notes

REVEAL = "reveal.js"
_PACKAGE = "sphinx_revealjs"  # Sphinx itself isn't needed for what is taken from it
_HERE = Path(__file__).parent
_NEEDED = (
    "LICENSE",
    "dist/reset.css",
    "dist/reveal.css",
    "dist/reveal.js",
    "dist/theme/white.css",
    "dist/theme/fonts/source-sans-pro",
    "plugin/notes/notes.js",
)


def write(solutions: Path, folder: Path, only: Sequence[str] = ()) -> list[Path]:
    """Write the decks of chapters, and reveal.js, into a folder; give the decks' files.

    A deck that is younger than its master, and than what makes it, stays.

    Parameters
    ----------
    solutions
        Where the masters are.
    folder
        For example ``slides``. It is made if missing.
    only
        Numbers of chapters, by default all.

    Raises
    ------
    CourseError
        If there is no such chapter, a master can't be read, or reveal.js isn't installed.
    """
    found = {chapter.number: chapter for chapter in chapters(solutions)}
    if unknown := [number for number in only if number not in found]:
        raise CourseError(
            f"There is no chapter {unknown[0]}: the chapters are {', '.join(found) or 'missing'}."
        )
    reveal = _reveal()
    for name in _NEEDED:
        _copy(reveal / name, folder / REVEAL / name)
    files = []
    for number in sorted(set(only) or found):
        chapter = found[number]
        path = folder / f"{chapter.name}.html"
        if not _is_current(path, chapter.path):
            path.unlink(missing_ok=True)  # or an unchanged one would stay old
            replace_file(path, deck(load(chapter.path), chapter))
        files.append(path)
    return files


def _is_current(path: Path, master: Path) -> bool:
    makers = [*_HERE.glob("*.py"), *(_HERE / "deck").iterdir()]
    return path.exists() and path.stat().st_mtime > max(
        each.stat().st_mtime for each in (master, *makers)
    )


def _reveal() -> Path:
    spec = find_spec(_PACKAGE)
    for place in (spec and spec.submodule_search_locations) or ():
        if (path := Path(place, "_static", "revealjs")).is_dir():
            return path
    raise CourseError("Slides need reveal.js, which isn't installed: `make slides` adds it.")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


@cache
def _writer() -> Any:
    # nbconvert isn't typed.
    exporter: Callable[..., Any] = SlidesExporter
    writer = exporter(
        template_name="deck",
        extra_template_basedirs=[str(_HERE)],
        reveal_url_prefix=REVEAL,
        reveal_theme="white",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    highlight: Callable[..., Any] = Highlight2HTML
    writer.register_filter("highlight_code", highlight())
    return writer


def deck(master: NotebookNode, chapter: Chapter) -> str:
    """Give the page that presents a chapter; it expects reveal.js in a folder beside it."""
    found = slides(master, chapter)
    taken = {slide.name for slide in found}
    # A cell's id leads to the first slide that it is on.
    links = {}
    for slide in found:
        links[slide.name] = [cell for cell in slide.cells if cell not in taken]
        taken.update(links[slide.name])
    nb = node(
        nbformat=4,
        nbformat_minor=5,
        metadata=node(master.metadata, deck={"title": f"{chapter.number} · {chapter.title}"}),
        cells=[cell for slide in found for cell in _cells(slide, links[slide.name])],
    )
    for number, cell in enumerate(nb.cells):
        cell.id = f"{number}"
    # Not the one of HTMLExporter, which parses the page once more to look for missing alt texts:
    # half of the time that all takes, and a test looks for them.
    page: str = TemplateExporter.from_notebook_node(_writer(), nb)[0]
    return page


def _cells(slide: Slide, links: Sequence[str]) -> Iterator[NotebookNode]:
    """Give a slide as cells with the metadata that nbconvert goes by.

    Parameters
    ----------
    slide
        The slide.
    links
        Names that lead to it, besides its own.
    """
    facts = {
        "name": slide.name,
        "kind": slide.kind,
        "links": links,
        "live": slide.live,
        "minutes": slide.minutes if slide.live else 0,
    }
    marks = "#" if slide.kind == "title" else "##"
    cell = _cell("markdown", f"{marks} {slide.title}", "slide" if slide.opens else "subslide")
    cell.metadata.deck = node(facts)
    yield cell
    yield _cell("markdown", notes(slide), "notes")
    for part in slide.parts:
        kind = "code" if part.is_code or part.outputs else "markdown"
        cell = _cell(kind, part.text, "fragment" if part.later else "-")
        cell.metadata.mark = part.mark
        if part.language:
            cell.metadata.magics_language = part.language
        if part.outputs:
            cell.outputs = list(part.outputs)
            cell.metadata.transient = node(remove_source=True)
        yield cell


def _cell(kind: str, source: str, slide_type: str) -> NotebookNode:
    slideshow = node(slide_type=slide_type)
    # nbformat's own functions would validate each of them: as long as all the rest takes.
    cell = node(cell_type=kind, source=source, metadata=node(slideshow=slideshow))
    return cell if kind == "markdown" else node(cell, outputs=[], execution_count=None)
