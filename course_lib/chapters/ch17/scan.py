"""Find code for old Prefect in files and folders, and say where it is and what to write instead."""

import re
import signal
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from course_lib.chapters.ch17.files import files_in, read
from course_lib.chapters.ch17.pieces import (
    MARK,
    PYTHON_FILES,
    Piece,
    page,
    pieces,
    reader_of,
)
from course_lib.chapters.ch17.python_code import PythonScanner
from course_lib.chapters.ch17.removals import OldForm
from course_lib.chapters.ch17.text_lines import Hit, scan_text
from course_lib.errors import CourseError
from course_lib.language.messages import in_language
from course_lib.table import Table

_NOT_READ = "not looked at, or in part only"
_MANY, _CHUNK = 300, 25  # files for which more than one process pays; those that one gets at a time
_MARKED = re.compile(rf"# *{MARK}\s*$")


@dataclass(frozen=True)
class Finding:
    """One place with old code."""

    place: str  # such as `flows.py:3`, or `notes.ipynb[load]:2` for the second line of that cell
    removal: OldForm

    def __str__(self) -> str:
        what, worked_in, instead = self.advice
        return f"{self.place}  {what} ({worked_in}) -> {instead}"

    @property
    def advice(self) -> tuple[str, str, str]:
        """What is old, where it worked, and what to write today, in the learner's language."""
        old = self.removal
        return in_language(old.what), in_language(old.worked_in), in_language(old.instead)


@dataclass(frozen=True, repr=False)
class Scan:
    """What a scan found. Jupyter shows it as a table, a terminal as lines."""

    findings: tuple[Finding, ...]
    unread: tuple[str, ...]
    """Places that could be looked at in part or not at all, and why."""
    files: int

    @property
    def summary(self) -> str:
        """One sentence."""
        found = len(self.findings)
        places = f"{found} place{'' if found == 1 else 's'}"
        files = f"{self.files} file{'' if self.files == 1 else 's'}"
        return in_language(f"{places} with old code in {files}")

    def __repr__(self) -> str:
        unread = [in_language(f"{place}: {_NOT_READ}") for place in self.unread]
        return "\n".join([*map(str, self.findings), *unread, self.summary + in_language(".")])

    def _repr_html_(self) -> str:
        rows = [(each.place, *each.advice) for each in self.findings]
        rows += [(place, in_language(_NOT_READ), "", "") for place in self.unread]
        headings = ("where", "what", "worked in", "today")
        return Table(headings, tuple(rows), self.summary)._repr_html_()


def scan_old_code(path: Path | str, processes: int = 1) -> Scan:
    """Look for code that today's Prefect refuses, ignores or takes otherwise than it did.

    It reads Python files and their docstrings, notebooks, code on pages of Markdown and
    reStructuredText, shell scripts, Makefiles, Dockerfiles, requirements, and settings such as
    YAML and TOML. Nothing is run and nothing is changed. Imports that a ``try`` with ``except
    ImportError`` guards are left out, and so are lines with the comment ``# old code``, fences
    under ``<!-- old code -->``, and cells tagged ``old-code`` or ``raises-exception``: they show
    it on purpose. In a folder, environments, caches and the like are left out, too. A big folder
    is shared out among that many processes.
    """
    root = Path(path)
    if not root.exists():
        raise CourseError(f"There is no file or folder {str(path)!r} to look at.")
    unread: list[str] = []
    if root.is_file():
        files = [root]
    else:
        files = sorted(file for file in files_in(root, unread) if reader_of(file))
    names = [file.name if root.is_file() else file.relative_to(root).as_posix() for file in files]
    if processes > 1 and len(files) > _MANY:
        context = get_context("spawn")  # the others may not be safe where threads run
        with ProcessPoolExecutor(processes, context, _leave_interrupts) as pool:
            scans = list(pool.map(_scan_file, names, files, chunksize=_CHUNK))
    else:
        scans = list(map(_scan_file, names, files))
    findings = tuple(each for found, _ in scans for each in found)
    unread += (each for _, left_out in scans for each in left_out)
    return Scan(findings, tuple(unread), len(files))


def _leave_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # to the process that started this one


def _scan_file(name: str, file: Path) -> tuple[list[Finding], list[str]]:
    scan = _FileScan(name)
    scan.look_at(file)
    return scan.findings, scan.unread


class _FileScan:
    """What is found in one file, piece by piece."""

    def __init__(self, name: str) -> None:
        self.findings: list[Finding] = []
        self.unread: list[str] = []
        self._name = name
        # Cells of a notebook share their names, and excerpts on a page may.
        self._code, self._excerpts = PythonScanner(), PythonScanner()

    def look_at(self, file: Path) -> None:
        is_python = file.suffix.lower() in PYTHON_FILES or not reader_of(file)
        try:
            text = read(file, is_python=is_python)
        except (UnicodeDecodeError, SyntaxError, OSError) as error:
            self.unread.append(f"{self._name} ({type(error).__name__})")
            return
        for piece in pieces(file, text) if text else ():
            try:
                self._look_at_piece(piece)
            except (RecursionError, MemoryError):
                self._leave_out(piece, 1, "nested too deeply")
                self._code, self._excerpts = PythonScanner(), PythonScanner()
        self.findings = list(dict.fromkeys(self.findings))  # some excerpts are read in two ways

    def _look_at_piece(self, piece: Piece) -> None:
        if not piece.is_python:
            self._add(piece, scan_text(piece.text))
            return
        scanner = self._excerpts if piece.is_excerpt else self._code
        self._add(piece, scanner.scan(piece.text, is_excerpt=piece.is_excerpt))
        if scanner.error and not piece.is_excerpt:
            self._leave_out(piece, getattr(scanner.error, "lineno", None) or 1, "not Python 3")
        for line, text in scanner.texts:
            if "prefect" in text.lower():
                for part in page(text):
                    first = piece.first_line + line + part.first_line - 2
                    self._look_at_piece(replace(part, first_line=first, cell=piece.cell))

    def _add(self, piece: Piece, hits: list[Hit]) -> None:
        lines = piece.text.split("\n")
        for line, old in hits:
            if not _MARKED.search("".join(lines[line - 1 : line])):
                self.findings.append(Finding(self._place(piece, line), old))

    def _leave_out(self, piece: Piece, line: int, reason: str) -> None:
        self.unread.append(f"{self._place(piece, line)} ({reason})")

    def _place(self, piece: Piece, line: int) -> str:
        return f"{self._name}{piece.cell}:{piece.first_line + line - 1}"
