"""Take files apart into what is Python and what is other text: whole files, cells, excerpts."""

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from course_lib.chapters.ch17.files import with_plain_ends

MARK = "old code"
"""A line with this comment, a fence under it in Markdown, and a cell with the tag are left out."""

_TAGS = (MARK.replace(" ", "-"), "raises-exception")  # cells that show old code, or a failure
PYTHON_FILES = (".py", ".pyw")
_PYTHON_FENCES = {"python", "py", "python3", "pycon", "ipython"}
_OTHER_FENCES = {
    *("bash", "sh", "shell", "console", "zsh", "powershell", "dockerfile", "docker"),
    *("yaml", "yml", "toml", "ini", "hcl", "terraform", "text", "txt"),
}
_SHELL_LINE = re.compile(r"\s*(?:\w+ *= *)?(?:!|%sx |%system )(.*)")
_INLINE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_DOCTEST = re.compile(r"^[ \t]*>>> .*(?:\n[ \t]*(?:>>>|\.\.\.)(?: .*|$))*", re.MULTILINE)
# reStructuredText: a directive or a paragraph that ends with two colons, options, indented lines.
_RST = re.compile(
    r"^(?P<indent>[ \t]*)(?:\.\. (?:code|code-block|sourcecode|prompt)::[ \t]*(?P<language>\w*)"
    r"|(?!\.\. ).*::)[ \t]*\n(?:[ \t]+:[\w-]+:.*\n)*(?:[ \t]*\n)+"
    r"(?P<content>(?:(?P=indent)[ \t]+\S.*(?:\n|\Z)|[ \t]*\n)+)",
    re.MULTILINE,
)

# A fence so far to the right that it is none in Markdown, but in a docstring or under a tab it is.
_DEEP_FENCE = re.compile(
    r"^(?P<indent>[ \t]{4,})(?P<mark>```+|~~~+)[ \t]*\{?\.?(?P<language>\w*)[^`\n]*\n"
    r"(?P<content>(?:.*\n)*?)[ \t]*(?P=mark)[ \t]*$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Piece:
    """What is in one language: a file, a cell, a fence."""

    text: str
    is_python: bool = True
    first_line: int = 1
    cell: str = ""
    is_excerpt: bool = False  # on a page: it may leave out imports, and needn't be a whole program


def pieces(path: Path, text: str) -> Iterator[Piece]:
    """Take the text of a file apart; of a kind that is not known, it is taken for Python."""
    return (reader_of(path) or _python)(text)


def reader_of(path: Path) -> Callable[[str], Iterator[Piece]] | None:
    """Return what takes such a file apart, if its kind is known."""
    name = path.name
    if name.startswith((".env", "Dockerfile")) or name.endswith(".Dockerfile"):
        return _other
    return _READERS.get(name) or _READERS.get(path.suffix.lower())


def _python(text: str) -> Iterator[Piece]:
    yield Piece(text)


def _other(text: str) -> Iterator[Piece]:
    yield Piece(text, is_python=False)


def _processes(text: str) -> Iterator[Piece]:
    yield Piece(re.sub(r"(?m)^[\w-]+:", "", text), is_python=False)


# --- notebooks ------------------------------------------------------------------------------


def _notebook(text: str) -> Iterator[Piece]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    cells = _get(content, "cells", list)
    if cells is None:
        yield Piece("no JSON with cells")  # which isn't Python either
        return
    readers = {"markdown": page, "code": _code_cell}
    for number, cell in enumerate(cells, 1):
        reader = readers.get(_get(cell, "cell_type", str) or "")
        tags = _get(_get(cell, "metadata", dict), "tags", list) or []
        if reader is None or any(tag in tags for tag in _TAGS):
            continue
        lines = _get(cell, "source", str) or _get(cell, "source", list) or []
        source = "".join(line for line in lines if isinstance(line, str))
        label = f"[{_get(cell, 'id', str) or number}]"
        for piece in reader(with_plain_ends(source)):
            yield replace(piece, cell=label)


def _get(owner: object, key: str, kind: type) -> Any:
    """Return what a dictionary has under a key, if it is a dictionary and that of this type."""
    value = owner.get(key) if isinstance(owner, dict) else None
    return value if isinstance(value, kind) else None


def _code_cell(source: str) -> Iterator[Piece]:
    magic = re.match(r"\s*%%(\w+)([^\n]*)", source)
    if magic is None:
        lines = source.split("\n")
        commands = [found[1] if (found := _SHELL_LINE.match(line)) else "" for line in lines]
        if any(commands):
            yield Piece("\n".join(commands), is_python=False)
        yield Piece("\n".join(map(_without_magic, lines)))
        return
    above, _, rest = source[magic.start(1) :].partition("\n")
    blank = "\n" * (source.count("\n") - rest.count("\n"))  # keeps the numbers of the lines
    match magic[1]:
        case "bash" | "sh" | "script" | "cmd":
            yield Piece(blank + rest, is_python=False)
        case "writefile" if not above.strip().endswith(PYTHON_FILES):
            yield Piece(blank + rest, is_python=False)
        case "writefile" | "time" | "timeit" | "capture":
            for piece in _code_cell(rest):
                yield replace(piece, text=blank + piece.text)


def _without_magic(line: str) -> str:
    bare = line.strip()
    is_magic = bare.startswith(("!", "%", "?")) or re.match(r"\w+ *= *[!%]", bare)
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}pass" if is_magic or bare.endswith("?") else line


# --- pages ----------------------------------------------------------------------------------


def page(text: str) -> Iterator[Piece]:
    """Yield the code on a page of Markdown or reStructuredText, or in a docstring."""
    from markdown_it import MarkdownIt  # only here: it takes as long as the rest of the scan

    # Fences within HTML count, too: under <details> they are meant to be read.
    parser = MarkdownIt("commonmark").disable(["html_block", "inline"])
    lines = text.split("\n")
    for token in parser.parse(text):
        start = token.map[0] if token.map else 0
        if token.type in ("fence", "code_block"):
            if not _is_marked(lines[:start]):
                language = re.match(r"\{?(\w*)", token.info.strip())
                content = token.content
                if token.type == "code_block":  # fences in it are read below
                    content = _DEEP_FENCE.sub(_blank_lines, indent(content, " " * 4))
                first = start + (2 if token.type == "fence" else 1)
                yield from _excerpt(content, language[1] if language else "", first)
        elif token.type == "inline":
            for code in _INLINE.finditer(token.content):
                first = start + 1 + token.content.count("\n", 0, code.start())
                yield from _inline(" ".join(code[2].split()), first)
    for block in _DEEP_FENCE.finditer(text):
        first = text.count("\n", 0, block.start("content")) + 1
        if not _is_marked(lines[: first - 2]):
            yield from _excerpt(block["content"], block["language"], first)
    for block in _RST.finditer(text):
        first = text.count("\n", 0, block.start("content")) + 1
        yield from _excerpt(block["content"], block["language"] or "", first)
    for block in _DOCTEST.finditer(text):
        yield from _excerpt(block[0], "pycon", text.count("\n", 0, block.start()) + 1)


def _blank_lines(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def _is_marked(lines_above: list[str]) -> bool:
    above = next((line for line in reversed(lines_above) if line.strip("> \t")), "")
    return bool(re.match(rf"[> \t]*<!--.*{MARK}", above))


def _excerpt(content: str, language: str, first_line: int) -> Iterator[Piece]:
    source = dedent(content.expandtabs())
    language = language.lower()
    if language in _PYTHON_FENCES or (not language and _is_python(_without_prompts(source))):
        found: Iterable[Piece] = _code_cell(_without_prompts(source))
    elif language in _OTHER_FENCES or not language:
        found = _other(source)
    else:
        return
    for piece in found:
        yield replace(piece, first_line=first_line, is_excerpt=True)


def _inline(code: str, line: int) -> Iterator[Piece]:
    """Take code within a sentence for what it begins like; most is neither.

    A command has three words at least: `prefect agent` names what there was.
    """
    is_import = bool(re.match(r"(?:from|import) prefect\b", code))
    if is_import or re.match(r"(?:\$ )?prefect \S+ \S", code):
        yield Piece(code, is_python=is_import, first_line=line, is_excerpt=True)


def _without_prompts(source: str) -> str:
    lines = source.split("\n")
    if not any(line.startswith(">>>") for line in lines):
        return source
    return "\n".join(line[4:] if line.startswith((">>>", "...")) else "" for line in lines)


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


_READERS: dict[str, Callable[[str], Iterator[Piece]]] = {
    ".ipynb": _notebook,
    **dict.fromkeys((".md", ".markdown", ".mdx", ".qmd", ".rst"), page),
    **dict.fromkeys(PYTHON_FILES, _python),
    **dict.fromkeys((".sh", ".bash", ".zsh", ".fish", ".bat", ".cmd", ".ps1"), _other),
    **dict.fromkeys((".yaml", ".yml", ".toml", ".cfg", ".ini", ".conf", ".service"), _other),
    **dict.fromkeys((".tf", ".tpl", ".j2", ".txt", ".in", ".mk", ".dockerfile"), _other),
    **dict.fromkeys(("Makefile", "GNUmakefile", "Justfile", "justfile", "Pipfile"), _other),
    "Procfile": _processes,
}
