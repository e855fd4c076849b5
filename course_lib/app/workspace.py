"""The learner's folder: copies of the chapters, theirs to run, change and break.

Tracked files are never edited, so a new version of the course never conflicts with anything.
What was copied (laid) is remembered; so what a learner has changed is known, and never overwritten.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

from course_lib import paths
from course_lib.errors import CourseError
from course_lib.exercises.store import forget
from course_lib.files import replace_file
from course_lib.front_matter import chapter_files
from course_lib.language import notebooks
from course_lib.language.choice import ENGLISH, Language, current


@dataclass(frozen=True)
class _Laid:
    """Digests of a file as it was laid."""

    whole: str
    work: str
    """Of what a learner changes in it, see `_work`."""
    language: Language = ENGLISH

    @classmethod
    def of(cls, name: str, content: bytes, language: Language) -> "_Laid":
        return cls(_digest(content), _work(name, content), language)


_Action = Literal["new", "renewed", "none", "kept"]


def lay() -> list[str]:
    """Copy into the learner's folder what is missing there or out of date.

    A file that the learner has changed is never overwritten; where the language is another one now,
    the course's own text in it is. Return a sentence for each thing that happened.
    """
    folder, language = paths.workspace(), current()
    done: dict[_Action, list[str]] = {"new": [], "renewed": [], "none": [], "kept": []}
    with _lock():
        laid = _read_laid()
        for name, source in _course_files():
            course = _as_laid(source, language)
            now = _Laid.of(name, course, language)
            mine, before = _read(folder / name), laid.get(name)
            action = _action(name, mine, before, now)
            if action == "kept" and mine and before and before.language != language:
                if switched := _switched(name, mine, before.language, language):
                    _write(folder / name, switched)
                if before == _Laid.of(name, _as_laid(source, before.language), before.language):
                    action = "none"
            done[action].append(name)
            if action in ("new", "renewed"):
                _write(folder / name, course)
            if action != "kept":
                laid[name] = now
        _write_laid(laid)
    happened = [f"{_list(done['new'])} copied to {folder}."] if done["new"] else []
    happened += [f"{_list(done['renewed'])} brought up to date."] if done["renewed"] else []
    return happened + [_newer(name) for name in done["kept"]]


def chapter(number: str) -> Path:
    """Return the path of the learner's copy of a chapter, such as ``"04"``; it need not exist yet."""
    names = {file.name[:2]: file.name for file in chapter_files(paths.NOTEBOOKS)}
    if number.zfill(2) not in names:
        raise CourseError(
            f"There is no chapter {number}; the chapters are {', '.join(names) or 'missing'}."
        )
    return paths.workspace() / names[number.zfill(2)]


def reset(number: str) -> Path | None:
    """Put a chapter back to how the course gives it, and forget its exercises' progress.

    Return where the learner's copy is kept now; None where there was none, or it was unchanged.
    """
    mine = chapter(number)
    with _lock():
        language = current()
        course = _as_laid(paths.NOTEBOOKS / mine.name, language)
        kept = None if _read(mine) == course else _back_up(mine)
        _write(mine, course)
        _write_laid(_read_laid() | {mine.name: _Laid.of(mine.name, course, language)})
    forget(mine.name[:2])
    return kept


def _action(name: str, mine: bytes | None, before: _Laid | None, now: _Laid) -> _Action:
    if mine is None:
        return "new"  # deleting a file is a way to ask for it again
    if before and before.whole == now.whole:
        return "none"
    work = _work(name, mine)
    if before is None:  # the record was lost, or the file came here in another way
        return "none" if work == now.work else "kept"
    return "renewed" if work in (before.work, now.work) else "kept"


def _course_files() -> Iterator[tuple[str, Path]]:
    """Yield each file of the course: its name in the learner's folder, and where it is."""
    for path in sorted(paths.NOTEBOOKS.rglob("*")):
        name = path.relative_to(paths.NOTEBOOKS)
        if path.is_file() and not any(map(_is_of_tools, name.parts[:-1])):
            yield name.as_posix(), path
    if paths.CHEAT_SHEET.exists():  # as JupyterLab opens it from chapter 00
        yield paths.CHEAT_SHEET.name, paths.CHEAT_SHEET


def _is_of_tools(folder: str) -> bool:
    """Say whether a folder of this name is what Jupyter, Python or tests keep beside the course."""
    return folder.startswith(".") or folder == "__pycache__"


def _as_laid(path: Path, language: Language) -> bytes:
    """Return a file's content in the language.

    Of a notebook that is without outputs, which would spoil predictions.
    """
    if path == paths.CHEAT_SHEET:
        path = paths.cheat_sheet(language)
    content = path.read_bytes()
    if path.suffix != ".ipynb":
        return content
    notebook = notebooks.translate(json.loads(content), path.stem, language)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return _dump(notebook)


def _switched(name: str, mine: bytes, before: Language, now: Language) -> bytes | None:
    """Return a learner's notebook with the course's text in another language; None if it can't be."""
    if name.endswith(".ipynb"):
        with suppress(ValueError, LookupError, TypeError):
            return _dump(notebooks.switch(json.loads(mine), name[: -len(".ipynb")], before, now))
    return None


def _dump(notebook: dict[str, Any]) -> bytes:
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode() + b"\n"


def _work(name: str, content: bytes) -> str:
    """Return the digest of what a learner changes on purpose.

    In a notebook that is the cells' text: running it changes the rest, and JupyterLab adds an
    empty cell when the last one has run.
    """
    if name.endswith(".ipynb"):
        with suppress(ValueError, LookupError, TypeError):
            cells = [
                (cell["cell_type"], "".join(cell["source"]))
                for cell in json.loads(content)["cells"]
            ]
            content = json.dumps([cell for cell in cells if cell[1].strip()]).encode()
    return _digest(content)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _back_up(mine: Path) -> Path | None:
    content = _read(mine)
    if content is None:
        return None
    folder = paths.home() / "backup"
    names = (folder / f"{mine.stem}-{number}{mine.suffix}" for number in count(1))
    backup = next(name for name in names if not name.exists())
    _write(backup, content)
    return backup


def _newer(name: str) -> str:
    if "/" not in name and name.endswith(".ipynb"):
        number = name[:2]
        return (
            f"{number} has a newer version; `course reset {number}` gives it to you, "
            "your copy is kept."
        )
    return f"{name} has a newer version; rename yours, and `course lab` lays the new one."


def _list(names: list[str]) -> str:
    return f"{names[0]} was" if len(names) == 1 else f"{len(names)} files were"


def _lock() -> FileLock:
    return FileLock(paths.home() / "laid.lock")  # two terminals may open the course at once


def _laid_file() -> Path:
    return paths.home() / "laid.json"


def _read_laid() -> dict[str, _Laid]:
    try:
        found = json.loads(_laid_file().read_bytes())
        return {name: _Laid(**digests) for name, digests in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # then only files that are as the course has them count as untouched


def _write_laid(laid: dict[str, _Laid]) -> None:
    text = json.dumps({name: asdict(laid[name]) for name in sorted(laid)}, indent=1)
    _write(_laid_file(), text.encode())


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CourseError(f"{path} can't be read ({error.strerror}): move it away.") from None


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as error:
        raise CourseError(
            f"{path} can't be written ({error.strerror}): make room for it, or set "
            "COURSE_WORKSPACE to another folder."
        ) from None
