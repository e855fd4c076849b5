"""Take files apart into what is Python and what is for a shell: whole files, cells, fences."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent

MARK = "old code"
"""A line with this comment, a fence under it in Markdown, and a cell with the tag are left out."""

_TAGS = {MARK.replace(" ", "-"), "raises-exception"}  # cells that show old code, or a failure
_PYTHON_FILES = (".py", ".pyw")
_PYTHON_FENCES = {"python", "py", "python3", "pycon", "ipython"}
_SHELL_FENCES = {"bash", "sh", "shell", "console", "zsh", "powershell", "dockerfile", "yaml", "yml"}
_SHELL_LINE = re.compile(r"\s*(?:\w+ *= *)?(?:!|%sx |%system )(.*)")
_OTHER_FOLDERS = {"node_modules", "__pycache__", "site-packages", "venv"}


@dataclass(frozen=True)
class Piece:
    """What is in one language: a file, a cell, a fence."""

    text: str
    is_shell: bool = False
    first_line: int = 1
    cell: str = ""


def files_in(folder: Path) -> Iterator[Path]:
    """Find the files that can be read, but for hidden folders, environments and the like."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            is_environment = (path / "pyvenv.cfg").exists()
            if not (path.name.startswith(".") or path.name in _OTHER_FOLDERS or is_environment):
                yield from files_in(path)
        elif path.is_file() and _reader(path):
            yield path


def pieces(path: Path, text: str) -> Iterator[Piece]:
    """Take the text of a file apart; of a kind that is not known, it is taken for Python."""
    reader = _reader(path) or _python
    return reader(text)


def _reader(path: Path) -> Callable[[str], Iterator[Piece]] | None:
    return _READERS.get(path.suffix.lower() or path.name)


def _python(text: str) -> Iterator[Piece]:
    yield Piece(text)


def _shell(text: str) -> Iterator[Piece]:
    yield Piece(text, is_shell=True)


def _notebook(text: str) -> Iterator[Piece]:
    try:
        cells = json.loads(text)["cells"]
    except (ValueError, KeyError, TypeError):
        yield Piece("no JSON with cells")  # which isn't Python either
        return
    readers = {"markdown": _markdown, "code": _code_cell}
    for number, cell in enumerate(cells, 1):
        reader = readers.get(cell.get("cell_type"))
        if reader is None or _TAGS.intersection(cell.get("metadata", {}).get("tags", [])):
            continue
        label = f"[{cell.get('id', number)}]"
        for piece in reader("".join(cell.get("source", []))):
            yield replace(piece, cell=label)


def _code_cell(source: str) -> Iterator[Piece]:
    magic = re.match(r"\s*%%(\w+)([^\n]*)", source)
    if magic is None:
        lines = source.split("\n")
        commands = [found[1] if (found := _SHELL_LINE.match(line)) else "" for line in lines]
        if any(commands):
            yield Piece("\n".join(commands), is_shell=True)
        yield Piece("\n".join(map(_without_magic, lines)))
        return
    below = "\n" + source.partition("\n")[2]  # keeps the numbers of the lines
    match magic[1]:
        case "bash" | "sh" | "script" | "cmd":
            yield Piece(below, is_shell=True)
        case "writefile" if not magic[2].strip().endswith(_PYTHON_FILES):
            yield Piece(below, is_shell=True)
        case "writefile" | "time" | "timeit" | "capture":
            yield from _code_cell(below)


def _without_magic(line: str) -> str:
    bare = line.strip()
    is_magic = bare.startswith(("!", "%", "?")) or re.match(r"\w+ *= *[!%]", bare)
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}pass" if is_magic or bare.endswith("?") else line


def _markdown(text: str) -> Iterator[Piece]:
    from markdown_it import MarkdownIt  # only here: it takes as long as the rest of the scan

    # Fences within HTML count, too: under <details> they are meant to be read.
    parser = MarkdownIt("commonmark").disable(["html_block", "inline"])
    lines = text.split("\n")
    for token in parser.parse(text):
        if token.type == "fence" and token.map is not None:
            start = token.map[0]
            above = next((line for line in reversed(lines[:start]) if line.strip("> \t")), "")
            if not re.match(rf"[> \t]*<!--.*{MARK}", above):
                language = re.match(r"\{?(\w*)", token.info.strip())
                for piece in _fence(token.content, language[1].lower() if language else ""):
                    yield replace(piece, first_line=start + 2)


def _fence(content: str, language: str) -> Iterator[Piece]:
    source = dedent(content.expandtabs())
    if language in _PYTHON_FENCES:
        yield from _code_cell(_without_prompts(source))
    elif language in _SHELL_FENCES:
        yield Piece(source, is_shell=True)
    elif not language:  # either; what isn't Python isn't worth a word
        yield Piece(source, is_shell=not _is_python(source))


def _without_prompts(source: str) -> str:
    lines = source.split("\n")
    if not any(line.startswith(">>>") for line in lines):
        return source
    return "\n".join(line[4:] if line.startswith((">>>", "...")) else "" for line in lines)


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True


_READERS: dict[str, Callable[[str], Iterator[Piece]]] = {
    ".ipynb": _notebook,
    **dict.fromkeys((".md", ".markdown", ".qmd"), _markdown),
    **dict.fromkeys(_PYTHON_FILES, _python),
    **dict.fromkeys((".sh", ".bash", ".zsh", ".bat", ".cmd", ".ps1", ".env"), _shell),
    **dict.fromkeys((".yaml", ".yml", ".toml", ".cfg", ".ini", ".service"), _shell),
    **dict.fromkeys(("Makefile", "Dockerfile"), _shell),
}
