"""Decks for the class: each chapter as slides that need a browser and nothing else.

nbconvert writes them, after the template in ``deck/``. reveal.js comes from a package that carries
all of it, and its part that is needed lies beside the decks.
"""

import shutil
from collections.abc import Iterable
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

from nbconvert.exporters import SlidesExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_lib.files import replace_file
from course_lib.front_matter import Chapter, chapters
from course_lib.language.choice import ENGLISH, Language
from course_lib.language.notebooks import front_matter, translate
from course_tools.build.derived_documents import name_in
from course_tools.build.markdown import translated_word
from course_tools.build.stable_outputs import load
from course_tools.slides.planner import part, plan

_PACKAGE = "sphinx_revealjs"  # Sphinx itself isn't needed for what is taken from it


def write(
    solutions: Path, folder: Path, only: Iterable[str] = (), language: Language = ENGLISH
) -> list[Path]:
    """Write the decks of chapters, and reveal.js, into a folder; return the decks' files.

    Those in another language are called ``04_parallel.zh.html``.
    """
    chosen = [front_matter(chapter, language) for chapter in chapters(solutions, only)]
    _copy_reveal(folder / "reveal.js")
    decks = {
        folder / name_in(language, f"{chapter.name}.html"): _deck(chapter, language)
        for chapter in chosen
    }
    for path, page in decks.items():
        replace_file(path, page)
    return list(decks)


def _copy_reveal(folder: Path) -> None:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise CourseError("Slides need reveal.js, which isn't installed: `make slides` adds it.")
    reveal = Path(spec.origin).parent / "_static" / "revealjs"
    for name in ("dist", "plugin/notes"):
        shutil.copytree(reveal / name, folder / name, dirs_exist_ok=True)
    shutil.copy(reveal / "LICENSE", folder)


def _deck(chapter: Chapter, language: Language) -> str:
    """Return the page that presents a chapter; it expects reveal.js in a folder beside it."""
    master = NotebookNode(translate(load(chapter.path), chapter.name, language))
    slides = plan(master, chapter, language)
    taken = {slide.name for slide in slides}
    cells: list[NotebookNode] = []
    for slide in slides:
        links = [cell for cell in slide.cells if cell not in taken]
        taken.update(links)  # a cell's id leads to the first slide that it is on
        heading = f"{'#' if slide.kind == 'title' else '##'} {slide.title}"
        slide_type = "slide" if slide.opens else "subslide"
        cells += [part("markdown", heading, slide_type, slide=slide, links=links), *slide.parts]
    master.metadata.title = f"{chapter.number} · {chapter.title}"
    nb = NotebookNode(nbformat=4, nbformat_minor=4, metadata=master.metadata, cells=cells)
    # Not the one of HTMLExporter, which parses the page once more to look for missing alt texts:
    # half of the time that all takes, and a test looks for them.
    resources = {"language": language, "word": partial(translated_word, language)}
    page: str = TemplateExporter.from_notebook_node(_exporter(), nb, resources)[0]
    return page


@cache
def _exporter() -> SlidesExporter:
    exporter = SlidesExporter(
        template_name="deck",
        extra_template_basedirs=[str(Path(__file__).parent)],
        exclude_anchor_links=True,
    )
    exporter.register_filter("highlight_code", Highlight2HTML())
    return exporter
