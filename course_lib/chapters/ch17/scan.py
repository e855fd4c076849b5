"""Find code for old Prefect in files and folders, and say where it is and what to write instead."""

import re
from dataclasses import dataclass
from pathlib import Path

from course_lib.chapters.ch17.pieces import MARK, files_in, pieces
from course_lib.chapters.ch17.python_code import PythonScanner
from course_lib.chapters.ch17.removals import Removal
from course_lib.chapters.ch17.shell_lines import scan_shell
from course_lib.errors import CourseError
from course_lib.table import Table

_MARKED = re.compile(rf"# *{MARK}\s*$")


@dataclass(frozen=True)
class Finding:
    """One place with old code."""

    place: str  # such as `flows.py:3`, or `notes.ipynb[load]:2` for the second line of that cell
    removal: Removal

    def __str__(self) -> str:
        removal = self.removal
        return f"{self.place}  {removal.what} ({removal.worked_in}) -> {removal.instead}"


@dataclass(frozen=True, repr=False)
class Scan:
    """What a scan found. Jupyter shows it as a table, a terminal as lines."""

    findings: tuple[Finding, ...]
    unread: tuple[str, ...]
    """Places whose Python isn't Python 3, or is no text, and why they were not looked at."""
    files: int

    @property
    def summary(self) -> str:
        """One sentence."""
        places, files = _counted(len(self.findings), "place"), _counted(self.files, "file")
        return f"{places} with old code in {files}"

    def __repr__(self) -> str:
        unread = [f"{place}: not looked at" for place in self.unread]
        return "\n".join([*map(str, self.findings), *unread, f"{self.summary}."])

    def _repr_html_(self) -> str:
        rows = []
        for each in self.findings:
            old = each.removal
            rows.append((each.place, old.what, old.worked_in, old.instead))
        rows += [(place, "not looked at", "", "") for place in self.unread]
        headings = ("where", "what", "worked in", "today")
        return Table(headings, tuple(rows), self.summary)._repr_html_()


def scan_old_code(path: Path | str) -> Scan:
    """Look for code that today's Prefect refuses, ignores or takes otherwise than it did.

    It reads Python files, notebooks, code fences in Markdown, shell scripts, and lines with
    Prefect's command in Makefiles, Dockerfiles and YAML. Nothing is run and nothing is changed.
    Imports that a ``try`` with ``except ImportError`` guards are left out, and so are lines with
    the comment ``# old code``, fences under ``<!-- old code -->``, and cells tagged ``old-code``
    or ``raises-exception``: they show it on purpose. In a folder, hidden folders, environments
    and the like are left out, too.
    """
    root = Path(path)
    if not root.exists():
        raise CourseError(f"There is no file or folder {str(path)!r} to look at.")
    files = [root] if root.is_file() else sorted(files_in(root))
    findings: list[Finding] = []
    unread: list[str] = []
    for file in files:
        name = file.name if root.is_file() else file.relative_to(root).as_posix()
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (UnicodeDecodeError, OSError) as error:
            unread.append(f"{name} ({type(error).__name__})")
            continue
        python = PythonScanner()  # cells of a notebook share their names, and fences of a page may
        for piece in pieces(file, text):
            look = scan_shell if piece.is_shell else python.scan
            label = f"{name}{piece.cell}"
            try:
                hits = look(piece.text)
            except (SyntaxError, ValueError, RecursionError) as error:
                line = piece.first_line + (getattr(error, "lineno", None) or 1) - 1
                unread.append(f"{label}:{line} (not Python 3)")
                continue
            lines = piece.text.split("\n")
            findings += [
                Finding(f"{label}:{piece.first_line + line - 1}", removal)
                for line, removal in hits
                if not _MARKED.search(lines[line - 1])
            ]
    return Scan(tuple(findings), tuple(unread), len(files))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
