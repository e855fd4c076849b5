"""One Prefect server for a class: on PostgreSQL, behind a key, until Ctrl-C.

Key, port and recorded runs stay for the next time, so that learners join once.
"""

import http.client
import threading
from base64 import b64encode
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout

from course_lib import paths
from course_lib.app.signals import say, signals_set
from course_lib.chapters.ch16 import side_servers
from course_lib.errors import CourseError
from course_lib.kernel.learner import Membership, kept_secret
from course_lib.server import lifecycle
from course_lib.server.environment import LOOPBACK, child_environment
from course_lib.server.ports import free_port
from course_lib.server.processes import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

_PORT = 4210  # beside those that learners' own servers take


class ClassServer(side_servers.Beside):
    """The Prefect server of a class.

    Parameters
    ----------
    host
        The address of this machine on which it listens.
    database
        Where its PostgreSQL is.
    """

    def __init__(self, host: str, database: str = "") -> None:
        super().__init__("server", "The class's server", folder())
        self._host, self._database = host, database

    def start(self) -> Self:
        """Start it, and return once it answers to its key.

        Raises
        ------
        CourseError
            If it can't be started; the message has its last words.
        """
        home, port = self._new_folder(), _free_port(self._host)
        address = f"http://{self._host}:{port}"
        settings = {
            "PREFECT_API_URL": f"{address}/api",
            "PREFECT_SERVER_UI_API_URL": f"{address}/api",
            "PREFECT_SERVER_API_AUTH_STRING": key(),
            "PREFECT_API_AUTH_STRING": key(),
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": self._database,
        }
        self._service.start(
            lifecycle.command(port, through="course_lib.server.gc_aside", host=self._host),
            child_environment(home, port) | settings,
            port,
            lambda: _takes(self._host, port, key()),
        )
        return self

    @property
    def membership(self) -> Membership | None:
        """What learners join, while it runs."""
        record = self._service.record()
        if record is None or not self.is_running:
            return None
        return Membership(f"http://{self._host}:{record.port}", key())


def folder() -> Path:
    """Give the folder with all that belongs to a class; it is made if missing."""
    made = paths.home() / "class"
    made.mkdir(mode=0o700, exist_ok=True)
    return made


def key() -> str:
    """Give the key of the class, made the first time. It is typed as it is, also in a browser."""
    return kept_secret(folder() / "key", "class:")


def running() -> Membership | None:
    """Give the class's server that was started in this workspace, if it runs."""
    return ClassServer(_host_file().read_text()).membership if was_served() else None


def was_served() -> bool:
    """Say whether a class was ever served from this workspace."""
    return _host_file().exists()


def serve(host: str = LOOPBACK, *, new_key: bool = False) -> None:
    """Serve a class until Ctrl-C.

    Parameters
    ----------
    host
        The address by which learners reach this machine. By default they can't: only kernels
        on this very machine do.
    new_key
        Make another key: whoever had the old one is let in no longer.

    Raises
    ------
    CourseError
        If something can't be started, or ends on its own.
    """
    asked_to_end = threading.Event()
    with _alone(), signals_set(asked_to_end):
        if new_key:
            (folder() / "key").unlink(missing_ok=True)
        _host_file().write_text(host)
        _free_port(host)  # a wrong address is told at once
        ClassServer(host).stop()  # what a killed command left; it uses the database
        say("Starting PostgreSQL and the class's server ...")
        with side_servers.Postgres(folder()) as postgres, ClassServer(host, postgres.url) as ours:
            joined = ours.membership
            assert joined is not None
            for line in _words(joined):
                say(line)
            while not asked_to_end.wait(0.5):
                for name, each in (("PostgreSQL", postgres), ("The class's server", ours)):
                    if not each.is_running:
                        raise CourseError(f"{name} has ended. Its log: {each.log_file}")
            say("Stopping the class's server ...")
    say("The class's server has stopped. Its runs are kept for the next time.")


def stop_left() -> None:
    """End what a killed ``course class serve`` has left; one that runs is not touched."""
    if not (paths.home() / "class").exists():
        return
    try:
        with _alone():
            ClassServer(LOOPBACK).stop()
            side_servers.Postgres(folder()).stop()
    except CourseError:
        return


def _host_file() -> Path:
    return folder() / "host"


def _words(joined: Membership) -> list[str]:
    return [
        "The class's server is running. Each learner types, in JupyterLab's terminal:",
        f"  course join {joined.address}",
        "and then the key (the dashboard at that address asks for it, too):",
        f"  {joined.key}",
        "`course class show` tells who has solved what. Ctrl-C stops the server.",
    ]


@contextmanager
def _alone() -> "Iterator[None]":
    try:
        with FileLock(folder() / "serving.lock", timeout=0):
            yield
    except Timeout:
        raise CourseError(
            "A class is being served from this workspace already, in another terminal."
        ) from None


def _free_port(host: str) -> int:
    last = Service("server", folder()).record()
    return free_port(host, [*([last.port] if last else []), _PORT, 0])


def _takes(host: str, port: int, key: str) -> bool:
    """Say whether our server answers there: it alone takes this key, and asks for one."""
    sign = f"Basic {b64encode(key.encode()).decode()}"
    with_key, without = {"Authorization": sign}, dict[str, str]()
    return _status(host, port, with_key) == 200 and _status(host, port, without) == 401


def _status(host: str, port: int, headers: dict[str, str]) -> int | None:
    with closing(http.client.HTTPConnection(host, port, timeout=5)) as connection:
        try:
            connection.request("GET", "/api/admin/version", headers=headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
