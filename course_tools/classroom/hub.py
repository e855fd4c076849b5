"""A class on one machine, a JupyterLab and a Prefect server for each learner: JupyterHub.

What JupyterHub is told stands in ``instructor/jupyterhub_config.py``. This module starts it, and
is what JupyterHub runs for each learner (``python -m course_tools.classroom.hub``).
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from course_lib import paths
from course_lib.app import lab
from course_lib.app.jupyterlab import lab_options
from course_lib.app.signals import say
from course_lib.errors import CourseError
from course_lib.kernel import learner
from course_lib.server import lifecycle
from course_lib.server.environment import LOOPBACK
from course_lib.server.ports import free_port

_FOLDER = "prefect-course"  # in the learner's home
_PORT = 8000
_VARIABLE = "COURSE_HUB_"  # begins what the configuration reads


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
    free_port(address, [port])
    learners = (folder or paths.LEARNERS).resolve()
    own = learners / ".hub"
    own.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = {
        "ADDRESS": address,
        "PORT": str(port),
        "LEARNERS": str(learners),
        "INNER_PORT": str(lifecycle.spare_port()),
        "PROXY_PORT": str(lifecycle.spare_port()),
    } | ({"ACCOUNTS": "1"} if accounts else {"PASSWORD": learner.kept_secret(own / "password")})
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
    os.environ["COURSE_WORKSPACE"] = str(Path.home() / _FOLDER)
    os.environ["JUPYTERHUB_ROOT_DIR"] = str(paths.workspace())
    learner.me()
    command = [sys.executable, "-P", "-m", "jupyterhub.singleuser", *lab_options({})]
    return lab.around(command, lazily=True)


if __name__ == "__main__":
    sys.exit(serve_learner())
