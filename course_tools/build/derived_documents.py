"""The documents outside of notebooks that say something about the chapters: all kept up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.front_matter import Chapter, chapters
from course_tools.build import cheatsheet, guide
from course_tools.build.markdown_tables import draw_table, fill
from course_tools.build.stable_outputs import replace_file


@dataclass(frozen=True)
class Document:
    """A file that is written from the chapters, wholly or in part.

    Parameters
    ----------
    path
        The file.
    write
        Gets the file and the folder of the masters; gives the text that the file should hold.
    """

    path: Path
    write: Callable[[Path, Path], str]

    def wanted(self, solutions: Path) -> str:
        """Give the text that the file should hold.

        Raises
        ------
        CourseError
            If the file has no place for what belongs there, or a chapter can't be read.
        """
        try:
            return self.write(self.path, solutions)
        except (CourseError, OSError) as error:
            raise CourseError(f"{self.path.name}: {error}") from error

    def is_current(self, solutions: Path) -> bool:
        """Say whether the file holds what it should."""
        wanted = self.wanted(solutions)
        return self.path.exists() and self.path.read_text(encoding="utf-8") == wanted

    def renew(self, solutions: Path) -> bool:
        """Write what the file should hold; say whether that is something else than before."""
        return replace_file(self.path, self.wanted(solutions))


def documents(course: Path) -> tuple[Document, ...]:
    """List the documents of the course in this folder."""
    instructor = course / "instructor"
    return (
        Document(course / "README.md", readme),
        Document(instructor / "guide.md", guide.write),
        Document(instructor / "cheatsheet.html", cheatsheet.write),
    )


def readme(path: Path, solutions: Path) -> str:
    """Give the README with its table of chapters as the masters have it."""
    return fill(path.read_text(encoding="utf-8"), "chapters", chapter_table(chapters(solutions)))


def chapter_table(chapters: Iterable[Chapter]) -> str:
    """Draw the Markdown table of the README: chapter, minutes, needs, what you can do after."""
    return draw_table(
        ("chapter", "minutes", "needs", "after it you can"),
        (
            (
                f"[{chapter.number} · {chapter.title}](notebooks/{chapter.name}.ipynb)",
                f"{chapter.minutes}"
                + (f" + {chapter.exercise_minutes}" if chapter.exercise_minutes else ""),
                ", ".join(chapter.needs) or "nothing",
                chapter.can,
            )
            for chapter in chapters
        ),
    )
