"""A class on one machine, a JupyterLab and a Prefect server for each learner: JupyterHub.

What JupyterHub is told stands in ``instructor/jupyterhub_config.py``. This module starts it, and
is what JupyterHub runs for each learner (``python -m course_tools.classroom.hub``).
"""

import errno
import os
import secrets
import socket
import sys
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from course_lib import paths
from course_lib.app import lab
from course_lib.app.jupyterlab import lab_options
from course_lib.app.signals import say
from course_lib.errors import CourseError
from course_lib.server import lifecycle
from course_lib.server.environment import LOOPBACK

_PORT = 8000
_VARIABLE = "COURSE_HUB_"  # begins what the configuration reads
_ANYWHERE = ("0.0.0.0", "::", "")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another


def serve(
    address: str = LOOPBACK,
    port: int = _PORT,
    folder: Path | None = None,
    *,
    accounts: bool = False,
) -> None:
    """Become JupyterHub, until Ctrl-C.

    Parameters
    ----------
    address, port
        By which learners reach it: an address of this machine.
    folder
        Where JupyterHub keeps what it has to, and learners' homes unless they have accounts.
    accounts
        Learners log in with their accounts of this machine, and everything of theirs runs as
        them. Otherwise with a name of their choice and the class's password, and everything
        runs as whoever started JupyterHub.

    Raises
    ------
    CourseError
        If it isn't installed, or can't run in this way.
    """
    if os.name == "nt":
        raise CourseError("JupyterHub runs on Linux and macOS alone: use WSL, or another machine.")
    if find_spec("jupyterhub") is None or find_spec("configurable_http_proxy") is None:
        raise CourseError("JupyterHub isn't installed: `make class` adds it and starts it.")
    if accounts and os.geteuid() != 0:
        raise CourseError(
            "To start servers as the learners' accounts, JupyterHub must run as root."
        )
    _refuse_unusable(address, port)
    learners = (folder or paths.LEARNERS).resolve()
    own = learners / ".hub"
    own.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = {
        "ADDRESS": address,
        "PORT": str(port),
        "LEARNERS": str(learners),
        "INNER_PORT": str(lifecycle.spare_port()),
        "PROXY_PORT": str(lifecycle.spare_port()),
    } | ({"ACCOUNTS": "1"} if accounts else {"PASSWORD": _kept_password(own / "password")})
    say(f"JupyterHub starts at http://{address}:{port}. Ctrl-C stops it and all that it started.")
    if accounts:
        say("Learners log in with their accounts of this machine.")
    else:
        say(f"Learners log in with a name of their choice and the password {told['PASSWORD']}")
        if os.geteuid() == 0:
            say("You are root, and so is their code: better use an account without rights.")
    program = Path(sys.executable).with_name("jupyterhub")
    config = paths.ROOT / "instructor" / "jupyterhub_config.py"
    os.chdir(own)
    command = [sys.executable, "-P", str(program), "--config", str(config)]
    variables = {f"{_VARIABLE}{name}": value for name, value in told.items()}
    os.execve(sys.executable, command, os.environ | variables)


def serve_learner() -> int:
    """Run one learner's JupyterLab for JupyterHub, and end with it all that it started."""
    os.environ["COURSE_WORKSPACE"] = str(Path.home() / paths.IN_HOME)
    os.environ["JUPYTERHUB_ROOT_DIR"] = str(paths.workspace())
    command = [sys.executable, "-P", "-m", "jupyterhub.singleuser", *lab_options({})]
    return lab.around(command, lazily=True)


def _refuse_unusable(address: str, port: int) -> None:
    """Raise a `CourseError` unless that is one address of this machine, and the port free there."""
    if address in _ANYWHERE:
        raise CourseError(
            f"{address or 'An empty address'} means any address. Give the one by which learners "
            "reach this machine: it is what they type."
        )
    with closing(socket.socket()) as probe:
        # Connections that a dead server left in TIME_WAIT don't count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except (OSError, OverflowError) as error:
            if getattr(error, "errno", None) == errno.EADDRINUSE:
                raise CourseError(
                    f"Port {port} of {address} is taken: end what uses it, or give another."
                ) from None
            raise CourseError(
                f"{address} isn't an address of this machine. Give the one by which learners "
                "reach it, or none to serve this machine alone."
            ) from None


def _kept_password(file: Path) -> str:
    """Return what the file, its owner's alone, holds: words to be typed, made up the first time."""
    if not file.exists():
        words = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
        with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as stream:
            stream.write("-".join(words))
    return file.read_text()


if __name__ == "__main__":
    sys.exit(serve_learner())
