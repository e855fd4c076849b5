"""A class on one machine, a JupyterLab and a Prefect server for each learner: JupyterHub.

Its settings stand in ``instructor/jupyterhub_config.py``. This module starts it, and is what
JupyterHub runs for each learner (``python -m course_tools.classroom.hub``).
"""

import errno
import os
import secrets
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from course_lib import paths
from course_lib.app import lab
from course_lib.app.jupyterlab import lab_options
from course_lib.app.signals import say
from course_lib.errors import CourseError
from course_lib.server import lifecycle
from course_lib.server.ports import LOOPBACK, bind_briefly, spare_port

_ANYWHERE = ("0.0.0.0", "::", "")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another


def serve(
    address: str = LOOPBACK,  # by which learners reach it: of this machine
    port: int = 8000,
    folder: Path | None = None,  # for JupyterHub's own files, and homes unless they have accounts
    *,
    accounts: bool = False,
) -> None:
    """Become JupyterHub, until Ctrl-C. Learners reach it by that address of this machine.

    With `accounts` learners log in with theirs of this machine, and everything of theirs runs as
    them. Otherwise they log in with a name of their choice and the class's password, everything
    runs as the account that started JupyterHub, and their homes are in `folder`, too.
    """
    _refuse_impossible(accounts)
    _refuse_unusable(address, port)
    _prepare_database()
    learners = (folder or paths.LEARNERS).resolve()
    own = learners / ".hub"
    own.mkdir(parents=True, exist_ok=True, mode=0o700)
    variables = {  # for the configuration
        "COURSE_HUB_ADDRESS": address,
        "COURSE_HUB_PORT": str(port),
        "COURSE_HUB_LEARNERS": str(learners),
        "COURSE_HUB_INNER_PORT": str(spare_port()),
        "COURSE_HUB_PROXY_PORT": str(spare_port()),
    }
    say(f"JupyterHub starts at http://{address}:{port}. Ctrl-C stops it and all that it started.")
    if accounts:
        variables["COURSE_HUB_ACCOUNTS"] = "1"
        say("Learners log in with their accounts of this machine.")
    else:
        password = variables["COURSE_HUB_PASSWORD"] = _password(own / "password")
        say(f"Learners log in with a name of their choice and the password {password}")
        if os.geteuid() == 0:
            say("You are root, and so is their code: better use an account without rights.")
    program = Path(sys.executable).with_name("jupyterhub")
    config = paths.ROOT / "instructor" / "jupyterhub_config.py"
    os.chdir(own)
    command = [sys.executable, "-P", str(program), "--config", str(config)]
    os.execve(sys.executable, command, os.environ | variables)


def serve_learner() -> int:
    """Run one learner's JupyterLab for JupyterHub, and end with it all that it started."""
    os.environ["COURSE_WORKSPACE"] = str(Path.home() / paths.IN_HOME)
    os.environ["JUPYTERHUB_ROOT_DIR"] = str(paths.workspace())
    command = [sys.executable, "-P", "-m", "jupyterhub.singleuser", *lab_options({})]
    return lab.around(command, lazily=True)


def _refuse_impossible(accounts: bool) -> None:
    if os.name == "nt":
        raise CourseError("JupyterHub runs on Linux and macOS alone: use WSL, or another machine.")
    if find_spec("jupyterhub") is None or find_spec("configurable_http_proxy") is None:
        raise CourseError("JupyterHub isn't installed: `make class` adds it and starts it.")
    if accounts and os.geteuid() != 0:
        raise CourseError(
            "To start servers as the learners' accounts, JupyterHub must run as root."
        )
    if accounts and (closed := _closed_to_others()):
        raise CourseError(
            f"Learners' accounts can't enter {closed}, and what runs as them is in there: put the "
            "course and its Python where all accounts can read them, such as /opt."
        )


def _closed_to_others() -> Path | None:
    """Return the highest folder that hides the course or its Python from other accounts."""
    for path in (paths.ROOT, Path(sys.prefix), Path(sys.base_prefix)):
        place = path.resolve()
        for folder in (*reversed(place.parents), place):
            if not folder.stat().st_mode & stat.S_IXOTH:
                return folder
    return None


def _refuse_unusable(address: str, port: int) -> None:
    """Raise a `CourseError` unless that is one address of this machine, and the port free there."""
    if address in _ANYWHERE:
        raise CourseError(
            f"{address or 'An empty address'} means any address. Give the one by which learners "
            "reach this machine: it is what they type."
        )
    try:
        bind_briefly(address, port)
    except (OSError, OverflowError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise CourseError(
                f"Port {port} of {address} is taken: end what uses it, or give another."
            ) from None
        raise CourseError(
            f"{address} isn't an address of this machine. Give the one by which learners "
            "reach it, or none to serve this machine alone."
        ) from None


def _prepare_database() -> None:
    """Have what each learner's Prefect server starts from.

    Otherwise all of them would make it at the same moment, in the first minute of the class, and
    learners with accounts, who can't leave it for others, each time anew.
    """
    if lifecycle.has_template():
        return
    say("Making a database for the learners' Prefect servers, once. It takes half a minute ...")
    with TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        course = str(Path(sys.executable).with_name("course"))
        environment = os.environ | {"COURSE_WORKSPACE": folder}
        try:
            subprocess.run([course, "start"], env=environment, stdout=subprocess.DEVNULL)
        finally:
            subprocess.run([course, "stop"], env=environment, stdout=subprocess.DEVNULL)


def _password(file: Path) -> str:
    """Return the class's password: made up the first time, and kept where others can't read it."""
    if not file.exists():
        words = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
        with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as stream:
            stream.write("-".join(words))
    return file.read_text()


if __name__ == "__main__":
    sys.exit(serve_learner())
