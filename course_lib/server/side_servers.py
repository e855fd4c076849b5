"""What runs beside the course's own server for a while: a PostgreSQL, a second Prefect server.

Both are started anew each time, with nothing in them, and leave nothing behind. They go on when
a kernel is killed; the next start, ``course stop`` or the end of ``course lab`` ends them then.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Self

from course_lib import paths
from course_lib.errors import CourseError
from course_lib.server import lifecycle
from course_lib.server.environment import child_environment
from course_lib.server.ports import LOOPBACK, spare_port
from course_lib.server.processes import Service
from course_lib.stoppable import Stoppable

_DEBIAN = Path("/usr/lib/postgresql")
_ACCOUNT = "postgres"  # of the operating system: as root PostgreSQL refuses to run
_POSTGRES, _NOTE = "postgres", ".folder"
_USER, _DATABASE = "course", "postgres"
_SETTINGS = (
    f"listen_addresses={LOOPBACK}",
    "unix_socket_directories=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
)


class SideServer(Stoppable):
    """A server that lasts until `stop`, with a folder of its own in the temporary files."""

    def __init__(self, name: str, title: str) -> None:
        folder = paths.home() / "side-servers"
        folder.mkdir(exist_ok=True)
        self._service = Service(name, folder, title)
        self._note = folder / f"{name}{_NOTE}"  # says which folder is its own
        self._port = 0

    def __repr__(self) -> str:
        running = self._service.process() is not None
        return f"<{type(self).__name__}: {'running' if running else 'stopped'}>"

    def __enter__(self) -> Self:
        return self.start()

    def start(self) -> Self:
        """Start it, and return once it answers."""
        raise NotImplementedError

    def stop(self) -> bool:
        """End it and remove what it has written; return whether it ran."""
        ran = self._service.stop()
        if self._note.exists():
            shutil.rmtree(self._note.read_text(encoding="utf-8"), ignore_errors=True)
            self._note.unlink()
        return ran

    def _new_folder(self) -> Path:
        self.stop()  # one that a killed kernel left
        # Not in the learner's folder, which the account that PostgreSQL runs as may not enter.
        folder = Path(tempfile.mkdtemp(prefix="course-"))
        self._note.write_text(str(folder), encoding="utf-8")
        return folder


class Postgres(SideServer):
    """A PostgreSQL of the system's package, with an empty database, on a free port of 127.0.0.1.

    It runs as the person who starts it, or as ``postgres`` where that is root. It keeps its data
    in a temporary folder and doesn't wait for the disk, so it is for trying things out alone.
    """

    def __init__(self) -> None:
        super().__init__(_POSTGRES, "PostgreSQL")
        self._password = secrets.token_hex(8)

    @property
    def url(self) -> str:
        """What Prefect is to be told: driver, user, password, place and name of the database."""
        return f"postgresql+asyncpg://{_USER}:{self._password}@{LOOPBACK}:{self._port}/{_DATABASE}"

    def start(self) -> Self:
        """Start it, and return once it takes connections; raise where it isn't installed."""
        programs = _programs()
        if programs is None:
            raise CourseError(
                "There is no PostgreSQL on this machine. On Debian and Ubuntu `apt install "
                "postgresql` brings it, on macOS `brew install postgresql`. Or read this section "
                "without running it."
            )
        folder = self._new_folder()
        account = _account(folder)
        self._make_database(programs, folder, account)
        port = self._port = spare_port()
        command = [f"{programs}/postgres", "-D", f"{folder}/data", "-p", str(port)]
        for setting in _SETTINGS:
            command += ["-c", setting]
        asked = [f"{programs}/pg_isready", "--quiet", "--host", LOOPBACK, "-p", str(port)]

        def ready() -> bool:
            return subprocess.run(asked, check=False).returncode == 0

        environment = {**os.environ, "LC_ALL": "C"}
        self._service.start(command, environment, port, ready, cwd=folder, **account)
        return self

    def _make_database(self, programs: Path, folder: Path, account: dict[str, Any]) -> None:
        secret = folder / "password"
        secret.write_text(self._password, encoding="utf-8")
        os.chmod(secret, 0o644)  # the folder is closed to others
        initdb = [f"{programs}/initdb", "--pgdata", f"{folder}/data", "--username", _USER]
        initdb += ["--pwfile", str(secret), "--auth", "scram-sha-256"]
        initdb += ["--no-sync", "--encoding", "UTF8", "--no-locale"]
        made = subprocess.run(
            initdb, cwd=folder, capture_output=True, text=True, check=False, **account
        )
        if made.returncode:
            words = made.stderr.strip().splitlines() or ["nothing"]
            raise CourseError(f"PostgreSQL could not make a database. It said: {words[-1]}")


class SecondServer(SideServer):
    """Another Prefect server, with settings of your choice, on a free port of 127.0.0.1.

    The settings are ``PREFECT_...`` variables for its process, beside those of the course's own
    server.
    """

    def __init__(self, name: str, **settings: str) -> None:
        super().__init__(f"server-{name}", f"The Prefect server {name!r}")
        self._settings = settings

    @property
    def api(self) -> str:
        """The address of its API."""
        return f"http://{LOOPBACK}:{self._port}/api"

    def start(self) -> Self:
        """Start it, and return once it answers."""
        home = self._new_folder()
        lifecycle.lay_template(home)  # for SQLite; another database is made by the server itself
        self._port = spare_port()
        self._run(home)
        return self

    def restart(self) -> Self:
        """End its process and start it again, with what it has stored, at the same address."""
        if not self._note.exists():
            raise CourseError(
                "This server was stopped, and with it went what it had stored. "
                "Run the cell again that starts it."
            )
        self._service.stop()
        self._run(Path(self._note.read_text(encoding="utf-8")))
        return self

    def _run(self, home: Path) -> None:
        environment = child_environment(home, self._port) | self._settings
        ready = partial(lifecycle.answers_from, self._port, home)
        self._service.start(lifecycle.command(self._port), environment, self._port, ready)


def stop_all() -> None:
    """End whatever of it runs: Prefect servers first, which use the database."""
    notes = paths.home().glob(f"side-servers/*{_NOTE}")
    names = [note.name.removesuffix(_NOTE) for note in notes]
    for name in sorted(names, key=lambda name: name == _POSTGRES):
        SideServer(name, name).stop()


def has_postgres() -> bool:
    """Return whether PostgreSQL's programs are on this machine."""
    return _programs() is not None


def _programs() -> Path | None:
    """Find the folder of PostgreSQL's programs, of the newest release where there are several."""
    debian = sorted(_DEBIAN.glob("*/bin"), key=lambda folder: int(folder.parent.name))
    on_path = shutil.which("initdb")
    folders = [*reversed(debian), *([Path(on_path).resolve().parent] if on_path else [])]
    wanted = ("initdb", "postgres", "pg_isready")
    return next((each for each in folders if all(shutil.which(each / p) for p in wanted)), None)


def _account(folder: Path) -> dict[str, Any]:
    """Return what tells `subprocess` to run as PostgreSQL's account, if we are root."""
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    shutil.chown(folder, _ACCOUNT, _ACCOUNT)
    return {"user": _ACCOUNT, "group": _ACCOUNT, "extra_groups": []}
