"""Which files a scan reads, and how: Python's own way for Python, any letters elsewhere."""

import codecs
import io
import os
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

_OTHER_FOLDERS = {
    ".eggs",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".nox",
    ".svn",
    ".tox",
    ".venv",
    "node_modules",
    "__pycache__",
    "site-packages",
    "venv",
}
# The first is in the folder of an environment, the second in that of a cache.
_SIGNS = {"pyvenv.cfg", "CACHEDIR.TAG"}
_WORDS = re.compile(rb"prefect|pydantic", re.IGNORECASE)  # without them there is nothing to find
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def files_in(root: Path, unread: list[str]) -> Iterator[Path]:
    """Find all files below a folder, but for environments, caches and the like.

    What can't be listed is added to `unread`.
    """

    def note(error: OSError) -> None:
        folder = Path(error.filename).relative_to(root).as_posix()
        unread.append(f"{folder} ({type(error).__name__})")

    for folder, folders, names in os.walk(root, onerror=note):
        if Path(folder) != root and not _SIGNS.isdisjoint(names):
            folders.clear()
            continue
        folders[:] = [each for each in folders if each not in _OTHER_FOLDERS]
        yield from (path for name in names if (path := Path(folder, name)).is_file())


def read(path: Path, *, is_python: bool) -> str:
    """Return the text of a file, or nothing if it can't hold old code.

    Raise a SyntaxError or a UnicodeDecodeError where Python doesn't read it either.
    """
    data = path.read_bytes()
    if not _WORDS.search(data.replace(b"\0", b"")):  # of UTF-16 every second byte
        return ""
    if data.startswith(_UTF_16):
        text = data.decode("utf-16")
    elif is_python:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("latin-1")  # takes any byte, and the words we look for are ASCII
    return with_plain_ends(text)


def with_plain_ends(text: str) -> str:
    r"""Return a text whose lines all end with ``\n``, as Python counts them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
