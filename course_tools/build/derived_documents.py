"""The documents outside of notebooks that say something about the chapters: all kept up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.front_matter import chapters
from course_tools.build import cheatsheet, guide
from course_tools.build.markdown import fill, render
from course_tools.build.stable_outputs import replace_file


def readme(path: Path, solutions: Path) -> str:
    """Return the README with its table of chapters as the masters have it."""
    table = render("chapters.md.j2", chapters=chapters(solutions))
    return fill(path.read_text(encoding="utf-8"), "chapters", table)


# Each gets the document's file and the folder of the masters.
DOCUMENTS: Mapping[str, Callable[[Path, Path], str]] = {
    "README.md": readme,
    "instructor/guide.md": guide.updated,
    "instructor/cheatsheet.html": cheatsheet.page,
}


def wanted(course: Path, documents: Iterable[str] = DOCUMENTS) -> dict[Path, str]:
    """Return what each document of the course in this folder should hold.

    Raises
    ------
    CourseError
        If one has no place for what belongs there, or a chapter can't be read.
    """
    texts = {}
    for name in documents:
        path = course / name
        try:
            texts[path] = DOCUMENTS[name](path, course / "solutions")
        except (CourseError, OSError) as error:
            raise CourseError(f"{path.name}: {error}") from error
    return texts


def renew(course: Path, documents: Iterable[str] = DOCUMENTS) -> list[str]:
    """Bring the documents up to date; return the names of those that changed."""
    texts = wanted(course, documents)
    return [path.name for path, text in texts.items() if replace_file(path, text)]


def outdated(course: Path, documents: Iterable[str] = DOCUMENTS) -> list[str]:
    """Return the names of the documents that don't hold what they should."""
    texts = wanted(course, documents)
    return [
        path.name
        for path, text in texts.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
