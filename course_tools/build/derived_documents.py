"""The documents outside of notebooks that say something about the chapters: all kept up to date."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.files import replace_file
from course_lib.front_matter import chapters
from course_tools.build import cheatsheet, guide
from course_tools.build.markdown import fill, render


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
    """Return what each of these documents, in the folder of the course, should hold."""
    texts = {}
    for name in documents:
        path = course / name
        try:
            texts[path] = DOCUMENTS[name](path, course / "solutions")
        except (CourseError, OSError) as error:
            raise CourseError(f"{path.name}: {error}") from error
    return texts


def outdated(files: Mapping[Path, str | None]) -> list[Path]:
    """Return the files that don't hold what they should; None where one should not be."""
    return [
        path
        for path, text in files.items()
        if text != (path.read_text(encoding="utf-8") if path.exists() else None)
    ]


def renew(files: Mapping[Path, str | None]) -> list[Path]:
    """Write, or remove, the files that don't hold what they should; return these."""
    changed = outdated(files)
    for path in changed:
        text = files[path]
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, text)
    return changed
