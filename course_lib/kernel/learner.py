"""Who the learner is to a class: a random id, a name only if they say so, the server they joined."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock

from course_lib import paths
from course_lib.errors import CourseError

LEARNER = "learner.json"
"""The file's name, in the ``.course`` folder."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Learner:
    """Who somebody is in the class's table."""

    id: str
    """Random, made once, and no part of anything else."""
    name: str | None = None
    """What they asked to be called; None where they didn't."""


@dataclass(frozen=True)
class Membership:
    """The class's server that a learner has joined."""

    address: str
    """Such as ``http://127.0.0.1:4210``."""
    key: str


def random_letters(count: int) -> str:
    """Give letters and digits to be read out and typed."""
    return "".join(secrets.choice(_LETTERS) for _ in range(count))


def kept_secret(file: Path, prefix: str = "") -> str:
    """Give what a file of its owner alone holds; the first time, words to be typed are made up."""
    if not file.exists():
        words = "-".join(random_letters(4) for _ in range(3))
        with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as stream:
            stream.write(prefix + words)
    return file.read_text()


def me() -> Learner:
    """Give the learner of this workspace, who gets an id the first time.

    Raises
    ------
    CourseError
        If the workspace can't be written.
    """
    with FileLock(_file().with_suffix(".lock")):
        try:
            return parse(_file().read_bytes())
        except (OSError, ValueError):
            fresh = Learner(random_letters(5))
            _write(_file(), asdict(fresh))
            return fresh


def parse(content: bytes) -> Learner:
    """Read a learner from a file's content.

    Raises
    ------
    ValueError
        If it isn't such a file's.
    """
    try:
        found = json.loads(content)
        name = found["name"]
        return Learner(str(found["id"]), None if name is None else _short(str(name)))
    except (TypeError, LookupError) as error:
        raise ValueError(str(error)) from error


def call_me(name: str | None) -> Learner:
    """Let the class's table show a name, or with None the id alone.

    Raises
    ------
    CourseError
        If the name is empty or too long.
    """
    if name is not None:
        name = _short(name)
        if not name:
            raise CourseError('A name has letters, for example: course name "Ada".')
    now = replace(me(), name=name)
    _write(_file(), asdict(now))
    return now


def membership() -> Membership | None:
    """Give the class's server that the learner has joined, if any.

    Raises
    ------
    CourseError
        If that is written down unreadably.
    """
    try:
        found = json.loads(_class_file().read_bytes())
        return Membership(str(found["address"]), str(found["key"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, LookupError):
        raise CourseError(
            f"{_class_file()} can't be read: run `course leave`, then join the class again."
        ) from None


def remember(joined: Membership) -> None:
    """Write down the class's server for all kernels of this workspace."""
    _write(_class_file(), asdict(joined))


def forget_class() -> bool:
    """Go back to a server of one's own; say whether there was another."""
    there = _class_file().exists()
    _class_file().unlink(missing_ok=True)
    return there


def plain_address(address: str) -> str:
    """Give a class's address in the one form in which it is used.

    Raises
    ------
    CourseError
        If it isn't one.
    """
    text = address.strip() if "://" in address else f"http://{address.strip()}"
    try:
        parts = urlsplit(text)
        usable = parts.scheme == "http" and parts.hostname and parts.port
    except ValueError:
        usable = None
    if not usable or parts.path not in ("", "/", "/api") or parts.username:
        raise CourseError(
            f"{address!r} isn't the address of a class. It looks like http://192.168.1.5:4210; "
            "ask your instructor."
        )
    return f"http://{parts.netloc}"


def _short(name: str) -> str:
    """Give a name on one line, so that it can't draw over the rest of the table."""
    return "".join(c for c in " ".join(name.split()) if c.isprintable())[:_LONGEST_NAME]


def _file() -> Path:
    return paths.home() / LEARNER


def _class_file() -> Path:
    return paths.home() / "class.json"


def _write(file: Path, content: dict[str, object]) -> None:
    part = file.with_suffix(".part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        json.dump(content, stream)  # the key is in one of them, so nobody else may read it
    os.replace(part, file)
