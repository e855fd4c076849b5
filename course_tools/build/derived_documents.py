"""The documents outside of notebooks that say something about the chapters: all kept up to date."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.files import replace_file
from course_lib.front_matter import chapters
from course_lib.language.choice import ENGLISH, LANGUAGES, Language
from course_lib.language.notebooks import front_matter
from course_tools.build import cheatsheet, documents, guide
from course_tools.build.markdown import fill, render


def readme(path: Path, solutions: Path, language: Language = ENGLISH) -> str:
    """Return the English README in `path`, in the language, with its table of chapters."""
    found = [front_matter(each, language) for each in chapters(solutions)]
    table = render("chapters.md.j2", language, chapters=found)
    return fill(documents.read(path, language), "chapters", table)


# Each gets the English document's file, the folder of the masters, and the language.
_MAKERS: Mapping[str, Callable[[Path, Path, Language], str]] = {
    "README.md": readme,
    "instructor/guide.md": guide.updated,
    "instructor/cheatsheet.html": cheatsheet.page,
}


def name_in(language: Language, name: str) -> str:
    """Return what a document is called in the language: ``README.md`` or ``README.zh.md``."""
    return name if language == ENGLISH else f".{language}.".join(name.rsplit(".", 1))


DOCUMENTS = {
    name_in(language, name): (name, language) for language in LANGUAGES for name in _MAKERS
}
"""The English document and the language of each document."""


def wanted(course: Path, documents: Iterable[str] = DOCUMENTS) -> dict[Path, str]:
    """Return what each of these documents, in the folder of the course, should hold."""
    texts = {}
    for name in documents:
        path = course / name
        try:
            english, language = DOCUMENTS[name]
            texts[path] = _MAKERS[english](course / english, course / "solutions", language)
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
