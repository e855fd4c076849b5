"""Who uses the Prefect server, so that nobody ends it under another.

Each kernel that is connected and each session, such as ``course lab``, is written down with the
number of its process and counts as long as that runs. A session that began without a server, or
beside such a session, is an owner: the last user to leave ends the server if it is an owner.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock

from course_lib import paths
from course_lib.server import lifecycle
from course_lib.server.processes import Service

_OWNER, _GUEST = "owner-", "guest-"


def enter(*, as_session: bool = False) -> None:
    """Write down that this process uses the server. Again does no harm."""
    with _lock():
        owner = as_session and (lifecycle.alive() is None or _others(_OWNER))
        _service(_OWNER if owner else _GUEST).adopt(psutil.Process())


@contextmanager
def leaving() -> Iterator[bool]:
    """Yield whether this session is to end the server; nobody enters before the block has ended."""
    with _lock():
        owner = _service(_OWNER)
        try:
            yield owner.process() is not None and not others()
        finally:
            for mine in (owner, _service(_GUEST)):
                mine.record_file.unlink(missing_ok=True)


def others() -> int:
    """Return how many other processes use the server."""
    return _others(_OWNER) + _others(_GUEST)


def _others(kind: str) -> int:
    files = [file for file in _folder().glob(f"{kind}*.json") if file != _service(kind).record_file]
    return sum(map(_counts, files))


def _counts(file: Path) -> bool:
    """Say whether its process runs; what is written of one that has ended is removed."""
    if Service(file.stem, file.parent).process():
        return True
    file.unlink(missing_ok=True)
    return False


def _service(kind: str) -> Service:
    return Service(f"{kind}{os.getpid()}", _folder())


def _lock() -> FileLock:
    return FileLock(_folder() / "users.lock")


def _folder() -> Path:
    folder = paths.home() / "users"
    folder.mkdir(exist_ok=True)
    return folder
