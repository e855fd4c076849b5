"""Find code for old Prefect in files and folders, and say where it is and what to write instead."""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from course_lib.chapters.ch17.old_commands import in_shell
from course_lib.chapters.ch17.old_python import PythonReader
from course_lib.chapters.ch17.removals import Removal
from course_lib.errors import CourseError
from course_lib.table import Row, Table

MARK = "old code"
"""A line with this comment, a fence under it in Markdown, and a cell with the tag are left out."""

_TAGS = {MARK.replace(" ", "-"), "raises-exception"}  # cells that show old code, or a failure
_PYTHON, _SHELL = (".py", ".pyw"), (".sh", ".bash", ".zsh", ".bat", ".cmd", ".ps1", ".env")
_LINES = (*_SHELL, ".yaml", ".yml", ".toml", ".cfg", ".ini", ".service")
_NAMES = {"Makefile", "Dockerfile", ".env"}
_LEFT_OUT = {"node_modules", "__pycache__", "site-packages", "venv"}
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}) *\{?(\w*)")
_SHELL_WORDS = {"bash", "sh", "shell", "console", "zsh", "powershell", "dockerfile", "yaml", "yml"}
_PYTHON_WORDS = {"python", "py", "python3", "pycon", "ipython"}


@dataclass(frozen=True)
class Finding:
    """One place with old code."""

    place: str
    """Such as ``flows.py:3``, or ``notes.ipynb[load]:2`` for the second line of that cell."""
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
        places = f"{len(self.findings)} place{'s'[: len(self.findings) != 1]} with old code"
        return f"{places} in {self.files} file{'s'[: self.files != 1]}"

    def __repr__(self) -> str:
        unread = [f"{place}: not looked at" for place in self.unread]
        return "\n".join([*map(str, self.findings), *unread, f"{self.summary}."])

    def _repr_html_(self) -> str:
        rows: list[Row] = [
            (f.place, f.removal.what, f.removal.worked_in, f.removal.instead) for f in self.findings
        ]
        rows += [(place, "not looked at", "", "") for place in self.unread]
        headings = ("where", "what", "worked in", "today")
        return Table(headings, tuple(rows), self.summary)._repr_html_()


def scan_old_code(path: Path | str) -> Scan:
    """Look for code that today's Prefect refuses, ignores or takes otherwise than it did.

    It reads Python files, notebooks, code fences in Markdown, shell scripts, and lines with
    Prefect's command in Makefiles, Dockerfiles and YAML. Nothing is run and nothing is changed.
    Imports that a ``try`` with ``except ImportError`` guards are left out, and so are lines with
    the comment ``# old code``, fences under ``<!-- old code -->``, and cells tagged ``old-code``
    or ``raises-exception``: they show it on purpose.

    Parameters
    ----------
    path
        A file, or a folder: then all files in it but for hidden folders, environments and
        the like.

    Raises
    ------
    CourseError
        If there is no such file or folder.
    """
    root = Path(path)
    if not root.exists():
        raise CourseError(f"There is no file or folder {str(path)!r} to look at.")
    files = [root] if root.is_file() else sorted(_files(root))
    findings: list[Finding] = []
    unread: list[str] = []
    for file in files:
        name = file.name if root.is_file() else file.relative_to(root).as_posix()
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (UnicodeDecodeError, OSError) as error:
            unread.append(f"{name} ({type(error).__name__})")
            continue
        reader = PythonReader()  # cells of a notebook share their names, and fences of a page may
        for piece in _pieces(file, text):
            label = f"{name}{piece.cell}"
            try:
                look = in_shell if piece.shell else reader.read
                found = look(piece.text)
            except (SyntaxError, ValueError, RecursionError) as error:
                line = piece.first + (getattr(error, "lineno", None) or 1) - 1
                unread.append(f"{label}:{line} (not Python 3)")
                continue
            lines = piece.text.split("\n")
            findings += [
                Finding(f"{label}:{piece.first + line - 1}", removal)
                for line, removal in found
                if not _marked(lines[line - 1])
            ]
    return Scan(tuple(findings), tuple(unread), len(files))


# --- files, cells, fences -------------------------------------------------------------------


@dataclass(frozen=True)
class _Piece:
    """What is in one language: a file, a cell, a fence."""

    text: str
    shell: bool = False
    first: int = 1
    cell: str = ""


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            environment = (path / "pyvenv.cfg").exists()
            if not (path.name.startswith(".") or path.name in _LEFT_OUT or environment):
                yield from _files(path)
        elif path.is_file() and _kind(path):
            yield path


def _kind(path: Path) -> str:
    suffix = path.suffix.lower()
    kinds = {".ipynb": "notebook", ".md": "markdown", ".markdown": "markdown", ".qmd": "markdown"}
    if suffix in _PYTHON:
        return "python"
    if suffix in _LINES or path.name in _NAMES:
        return "lines"
    return kinds.get(suffix, "")


def _pieces(path: Path, text: str) -> Iterator[_Piece]:
    match _kind(path):
        case "notebook":
            yield from _cells(text)
        case "markdown":
            yield from _fences(text)
        case "lines":
            yield _Piece(text, shell=True)
        case _:
            yield _Piece(text)


def _cells(text: str) -> Iterator[_Piece]:
    try:
        cells = json.loads(text)["cells"]
    except (ValueError, KeyError, TypeError):
        yield _Piece("no JSON with cells")  # which isn't Python either
        return
    for number, cell in enumerate(cells, 1):
        if _TAGS & set(cell.get("metadata", {}).get("tags", [])):
            continue
        source = "".join(cell.get("source", []))
        label = f"[{cell.get('id', number)}]"
        if cell.get("cell_type") == "markdown":
            pieces: Iterable[_Piece] = _fences(source)
        elif cell.get("cell_type") == "code":
            pieces = _code_cell(source)
        else:
            continue
        yield from (_Piece(piece.text, piece.shell, piece.first, label) for piece in pieces)


def _code_cell(source: str) -> Iterator[_Piece]:
    magic = re.match(r"\s*%%(\w+)([^\n]*)", source)
    if magic:
        below = "\n" + source.partition("\n")[2]  # keeps the numbers of the lines
        if magic[1] in ("bash", "sh", "script", "cmd"):
            yield _Piece(below, shell=True)
        elif magic[1] in ("time", "timeit", "capture") or (
            magic[1] == "writefile" and magic[2].strip().endswith(_PYTHON)
        ):
            yield from _code_cell(below)
        elif magic[1] == "writefile":
            yield _Piece(below, shell=True)
        return
    lines = source.split("\n")
    shell = ["" if (found := _SHELL_LINE.match(line)) is None else found[1] for line in lines]
    if any(shell):
        yield _Piece("\n".join(shell), shell=True)
    yield _Piece("\n".join(map(_without_magic, lines)))


_SHELL_LINE = re.compile(r"\s*(?:\w+ *= *)?(?:!|%sx |%system )(.*)")


def _without_magic(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    bare = line.strip()
    if bare.startswith(("!", "%", "?")) or re.match(r"\w+ *= *[!%]", bare):
        return f"{indent}pass"
    return line if not bare.endswith("?") else f"{indent}pass"


def _fences(text: str) -> Iterator[_Piece]:
    open_with, first, language, lines = "", 0, "", list[str]()
    before = ""
    for number, line in enumerate(text.split("\n"), 1):
        fence = _FENCE.match(line)
        if not open_with and fence:
            open_with, first, language, lines = fence[1], number + 1, fence[2].lower(), []
            skip = MARK in before and before.startswith("<!--")
        elif open_with and fence and fence[1].startswith(open_with) and not fence[2]:
            open_with = ""
            if not skip:
                yield from _fence(lines, language, first)
        elif open_with:
            lines.append(line)
        if line.strip():
            before = line.strip()


def _fence(lines: list[str], language: str, first: int) -> Iterator[_Piece]:
    source = "\n".join(lines)
    if language in _PYTHON_WORDS:
        if any(line.startswith(">>>") for line in lines):
            source = "\n".join(
                line[4:] if re.match(r"(>>>|\.\.\.)", line) else "" for line in lines
            )
        yield from (_Piece(p.text, p.shell, first) for p in _code_cell(_flush_left(source)))
    elif language in _SHELL_WORDS:
        yield _Piece(source, True, first)
    elif not language:  # either; what isn't Python isn't worth a word
        source = _flush_left(source)
        try:
            ast.parse(source)
        except (SyntaxError, ValueError):
            yield _Piece(source, True, first)
        else:
            yield _Piece(source, False, first)


def _flush_left(source: str) -> str:
    """Take off what all lines are indented by, as in a fence within a list."""
    filled = [line for line in source.split("\n") if line.strip()]
    indent = min((len(line) - len(line.lstrip()) for line in filled), default=0)
    return "\n".join(line[indent:] for line in source.split("\n"))


def _marked(line: str) -> bool:
    return re.search(rf"# *{MARK}\s*$", line) is not None
