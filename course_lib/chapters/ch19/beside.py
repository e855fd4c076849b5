"""The second server of chapter 19: any command that serves, beside the course's own server.

It is started as a service manager would: in the background, with an environment of its own. What
a killed kernel leaves of it is ended by the next `new_home`, ``course stop`` or ``course lab``.
"""

import atexit
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from course_lib.server import lifecycle
from course_lib.server.ports import LOOPBACK, ask, spare_port
from course_lib.server.side_servers import SideServer

_NAME = "at-work"
_KEY = "PREFECT_SERVER_API_AUTH_STRING"
_latest: "list[Beside]" = []


class Beside(SideServer):
    """A Prefect server that is started by a command of yours, in an environment of yours.

    `start` returns once it answers. `stop` leaves its folder, the ``PREFECT_HOME`` of that
    environment, so that it can start again; `remove` deletes the folder, too.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        super().__init__(_NAME, "The second Prefect server")
        program = Path(sys.executable).with_name(command[0])  # of this very environment
        self._command = [str(program), *command[1:]]
        self._environment = dict(environment)
        self._port = int(command[command.index("--port") + 1])

    @property
    def api(self) -> str:
        """The address of its API."""
        return f"http://{LOOPBACK}:{self._port}/api"

    @property
    def key(self) -> str:
        """What it wants its clients to say, as ``user:password``; empty if nothing."""
        return self._environment.get(_KEY, "")

    @property
    def home(self) -> Path:
        """Its folder."""
        return Path(self._environment["PREFECT_HOME"])

    @property
    def is_running(self) -> bool:
        """Whether its process exists."""
        return self._service.process() is not None

    def start(self) -> Self:
        """Start it, and return once it is ready; a running one is ended first."""
        self.stop()
        self._note.write_text(str(self.home), encoding="utf-8")
        self._service.start(
            self._command,
            self._environment,
            self._port,
            lambda: ask(self._port, "/api/ready")[0] == 200,
            cwd=self.home,
        )
        _latest[:] = [self]
        atexit.register(self.remove)
        return self

    def stop(self) -> bool:
        """End it and say whether it ran. What it has written stays."""
        return self._service.stop()

    def remove(self) -> bool:
        """End it and delete its folder; say whether it ran."""
        atexit.unregister(self.remove)
        return super().stop()

    def __exit__(self, *error: object) -> None:
        self.remove()


def new_home() -> Path:
    """Return a new folder to be a ``PREFECT_HOME``, and end what an earlier one was used by.

    It has a database without runs, which a first start would make in some ten seconds, and
    nothing else. The folder is deleted with the server that uses it.
    """
    home = SideServer(_NAME, "")._new_folder()
    lifecycle.lay_template(home)
    return home


def plain_environment(home: Path) -> dict[str, str]:
    """Return this process's environment with no setting of Prefect's but its home.

    And one more: the server tells nobody that it runs.
    """
    plain = {name: text for name, text in os.environ.items() if not name.startswith("PREFECT_")}
    return plain | {"PREFECT_HOME": str(home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


def second_server() -> Beside:
    """Return the chapter's second server; where it doesn't run, start one that wants a key."""
    server = planned_second_server()
    return server if server.is_running else server.start()


def planned_second_server() -> Beside:
    """Return the chapter's second server; where it doesn't run, one that is to be started."""
    if _latest and _latest[0].is_running and _latest[0].key:
        return _latest[0]
    command = ["prefect", "server", "start", "--host", LOOPBACK, "--port", str(spare_port())]
    key = {_KEY: f"shop:{secrets.token_urlsafe(12)}"}
    return Beside(command, plain_environment(new_home()) | key)
