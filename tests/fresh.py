"""A fresh copy of the course, and an environment that is set up already: what a new machine has.

Its packages are this environment's, linked instead of fetched, which would cost a minute and the
network. All that comes after them runs for real, in the copy and with a home folder of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from course_lib import paths
from course_lib.server.processes import end_all, is_alive
from tests.faults.place import SECONDS, wait_until

_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "workspace", "__pycache__", ".*_cache", ".hypothesis", ".ipynb_checkpoints"
)
_READY = ".ready"  # the Makefile's: without it, `make` sets up what is there


@dataclass(frozen=True)
class Fresh:
    """The copy in `tree`, for a user whose home is `home`."""

    tree: Path
    home: Path

    @classmethod
    def make(cls, folder: Path, name: str = "course") -> Fresh:
        fresh = cls(folder / name, folder / "home")
        shutil.copytree(paths.ROOT, fresh.tree, ignore=_LEFT_OUT)
        fresh.home.mkdir()
        shutil.copytree(
            sys.prefix,
            fresh.tree / ".venv",
            symlinks=True,
            copy_function=_link,
            ignore=shutil.ignore_patterns(_READY),
        )
        for script in (fresh.tree / ".venv" / "bin").iterdir():
            fresh._move(script)
        return fresh

    def _move(self, script: Path) -> None:
        """Let a program of the environment be one of the copy: their first line names a Python."""
        head, line, rest = script.read_bytes().partition(b"\n")
        old, new = os.fsencode(sys.prefix), os.fsencode(self.tree / ".venv")
        if not script.is_symlink() and head.startswith(b"#!") and old in head:
            head = head.replace(old, new)
            if b" " in head:  # which such a line can't have in a path: this is how installers do it
                head = b"#!/bin/sh\n'''exec' \"%b\" \"$0\" \"$@\"\n' '''" % head[2:].strip()
            mode = script.stat().st_mode
            script.unlink()  # not written to: it is the very file of the environment in use
            script.write_bytes(head + line + rest)
            script.chmod(mode)

    def environment(self, **variables: str) -> dict[str, str]:
        """Return the environment of a user who has not started anything yet."""
        theirs = r"PREFECT_|COURSE_|JUPYTER|VIRTUAL_ENV|IPYTHONDIR|XDG_|BROWSER|DISPLAY|WAYLAND|MAKE|MFLAGS"
        base = {name: text for name, text in os.environ.items() if not re.match(theirs, name)}
        return base | {"HOME": str(self.home)} | variables

    def activated(self, **variables: str) -> dict[str, str]:
        """Return the environment in which the copy's programs come first, as in an image."""
        path = os.pathsep.join([str(self.tree / ".venv" / "bin"), os.environ["PATH"]])
        return self.environment(PATH=path, **variables)

    def run(self, command: list[str], environment: dict[str, str], seconds: float = SECONDS) -> str:
        """Run a command in the copy to its end, and return what it says."""
        done = subprocess.run(
            command,
            cwd=self.tree,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    @contextmanager
    def started(
        self, command: list[str], environment: dict[str, str], end: signal.Signals
    ) -> Iterator[Opened]:
        """Start a command in the copy, and end it; all that it has started must end with it.

        Parameters
        ----------
        end
            SIGINT, which a terminal's Ctrl-C sends to all of a command's processes, or SIGTERM,
            which a hub sends to the first.
        """
        said = self.home / "said"
        with said.open("wb") as log:
            child = subprocess.Popen(
                command,
                cwd=self.tree,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield Opened(child, said)
        finally:
            running = self.processes()
            (os.killpg if end == signal.SIGINT else os.kill)(child.pid, end)
            child.wait(SECONDS)
            wait_until(lambda: not any(map(is_alive, running)), "the end of all of it")

    def processes(self) -> list[psutil.Process]:
        """List all that runs for this user."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("HOME") == str(self.home) and is_alive(process):
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return found

    def close(self) -> None:
        end_all(self.processes())  # nothing, unless a test failed


@dataclass(frozen=True)
class Opened:
    """A command that runs."""

    child: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def wait_for(self, pattern: str) -> str:
        """Wait until it says something, and give the part in parentheses."""
        wait_until(
            lambda: re.search(pattern, self.said()) or self.child.poll() is not None, pattern
        )
        found = re.search(pattern, self.said())
        assert found, self.said()
        return found[1]


def devcontainer() -> dict[str, Any]:
    """Read the file; it has no comments, so that any parser of JSON can."""
    file = paths.ROOT / ".devcontainer" / "devcontainer.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another disk
        shutil.copy2(source, target)
