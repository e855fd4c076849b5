"""JupyterLab in the learner's folder, connected to the course's Prefect server.

Jupyter and IPython get configuration folders of the course's own, as Prefect does: a learner's
``~/.jupyter`` may hold a password, another port, settings that win over the course's or
extensions that aren't installed here. It is neither read nor changed.
"""

import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from shutil import which
from types import FrameType
from urllib.parse import urlsplit

import psutil

from course_lib import paths, server, workspace
from course_lib.chapters import chapter_files
from course_lib.environment import LOOPBACK, child_environment
from course_lib.errors import CourseError
from course_lib.processes import DETACHED, Record, end_all, family

_SETTINGS = Path(__file__).with_name("lab_settings")
_START_SECONDS = 120.0
_STOP_SECONDS = 15.0


def lab(browser: bool | None = None, chapter: str | None = None) -> None:
    """Open the course in JupyterLab and return when it has ended, by Ctrl-C or in the browser.

    Whatever was started on the way has ended then, too: kernels, terminals, and the Prefect
    server unless it ran before.

    Parameters
    ----------
    browser
        Open a browser; by default where there is a screen to show it.
    chapter
        Number of the chapter to open, by default the first.

    Raises
    ------
    CourseError
        If there is no such chapter, or JupyterLab or the server can't be started.
    """
    page = _page(chapter)
    for line in workspace.lay():
        _say(line)
    ran_before = server.alive() is not None
    asked_to_end = threading.Event()
    with _signals_set(asked_to_end), ThreadPoolExecutor(1) as pool:
        starting = pool.submit(server.ensure)  # takes longer than JupyterLab, so meanwhile:
        try:
            if port := _port(starting, asked_to_end):
                shown = _has_screen(os.environ) if browser is None else browser
                _run_jupyterlab(page, port, shown, starting, asked_to_end)
        finally:
            if not ran_before:
                _stop_server(starting)
    _say("The course has stopped.")


def _page(chapter: str | None) -> str:
    if chapter is not None:
        return f"/lab/tree/{workspace.chapter(chapter).name}"
    first = next(iter(chapter_files(paths.NOTEBOOKS)), None)
    return f"/lab/tree/{first.name}" if first else "/lab"


def _port(starting: Future[Record], asked_to_end: threading.Event) -> int | None:
    """Give the server's port, which is known long before the server is ready."""
    while not starting.done():
        if record := server.alive():
            return record.port
        if asked_to_end.wait(0.05):
            return None
    return starting.result().port


def _run_jupyterlab(
    page: str,
    port: int,
    browser: bool,
    starting: Future[Record],
    asked_to_end: threading.Event,
) -> None:
    token = secrets.token_hex(24)
    environment = _environment(port, token)
    log = paths.home() / "jupyterlab.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            _command(page, browser),
            env=environment,
            cwd=paths.workspace(),
            stdin=subprocess.DEVNULL,  # from a terminal it would ask back on Ctrl-C
            stdout=output,
            stderr=subprocess.STDOUT,
            **DETACHED,  # type: ignore[call-overload]
        )
    address = None
    try:
        address = _address(child, Path(environment["JUPYTER_RUNTIME_DIR"]), token, asked_to_end)
        if address:
            how = "JupyterLab opens in your browser" if browser else "Open in your browser"
            _say(f"{how}: {address}{page}?token={token}")
            _say(f"Prefect's dashboard:  http://{LOOPBACK}:{port}")
            _say("Ctrl-C stops the course.")
        elif not asked_to_end.is_set():
            raise CourseError(f"JupyterLab could not start. What it said is in {log}.")
        told = False
        while child.poll() is None and not asked_to_end.wait(0.2):
            if starting.done() and not told:
                told = True
                if error := starting.exception():
                    _say(str(error))
        _say("Stopping the course ...")
    finally:
        _end(child, address, token)


def _command(page: str, browser: bool) -> list[str]:
    options = {
        "ServerApp.ip": LOOPBACK,
        "ServerApp.root_dir": paths.workspace(),
        "ServerApp.open_browser": browser,
        "ServerApp.allow_root": True,  # as in containers; only this machine can reach it
        "LabApp.default_url": page,
        "LabApp.app_settings_dir": _SETTINGS,
        "LabApp.extension_manager": "readonly",  # the other one asks the package registry
        "KernelSpecManager.allowed_kernelspecs": "python3",  # a wrong one can't be picked
        "Application.log_level": "WARN",
    }
    if os.name != "nt":
        # Not a login shell, whose profile may set PATH anew, without the course's commands.
        shell = [os.environ.get("SHELL") or which("sh") or "/bin/sh"]
        options["ServerApp.terminado_settings"] = {"shell_command": shell}
    # -P: a learner's file such as queue.py must not be taken for the module.
    command = [sys.executable, "-P", "-m", "jupyterlab"]
    return command + [f"--{name}={value}" for name, value in options.items()]


def _environment(port: int, token: str) -> dict[str, str]:
    """Give the environment of JupyterLab and thus of all kernels and terminals."""
    theirs = ("JUPYTERLAB_", "JUPYTER_CONFIG", "JUPYTER_NO_CONFIG", "JUPYTER_TOKEN")
    base = child_environment(server.prefect_home(), port)
    own = {name: value for name, value in base.items() if not name.startswith(theirs)}
    folder = paths.home() / "jupyter"
    folder.mkdir(exist_ok=True)
    own |= {
        "COURSE_WORKSPACE": str(paths.workspace()),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_PREFER_ENV_PATH": "1",  # the learner's own 'python3' kernel must not win
        "JUPYTER_TOKEN": token,  # not an option: every user sees the options of a process
        "PATH": os.pathsep.join([sysconfig.get_path("scripts"), own.get("PATH", os.defpath)]),
    }
    if sys.prefix != sys.base_prefix:
        own["VIRTUAL_ENV"] = sys.prefix
    return own | _places(folder)


def _places(folder: Path) -> dict[str, str]:
    """Say where Jupyter keeps what is of the moment: as always, or here if it can't there."""
    from jupyter_core.paths import jupyter_runtime_dir

    usual = jupyter_runtime_dir()
    try:
        Path(usual).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=usual).close()
    except OSError:  # the home folder is read-only
        here = {"JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime", "MPLCONFIGDIR": "mpl"}
        return {variable: str(folder / name) for variable, name in here.items()}
    return {"JUPYTER_RUNTIME_DIR": usual}


def _address(
    child: subprocess.Popen[bytes], runtime: Path, token: str, asked_to_end: threading.Event
) -> str | None:
    """Give the address at which JupyterLab answers; None if it ended, or was to end."""
    latest = time.monotonic() + _START_SECONDS
    while child.poll() is None and time.monotonic() < latest and not asked_to_end.wait(0.1):
        for file in runtime.glob("jpserver-*.json"):
            with suppress(OSError, ValueError):  # somebody else's, or half written
                about = json.loads(file.read_text(encoding="utf-8"))
                if about.get("token") == token:
                    return str(about["url"]).rstrip("/")
    return None


def _end(child: subprocess.Popen[bytes], address: str | None, token: str) -> None:
    try:
        jupyter = psutil.Process(child.pid)
    except psutil.NoSuchProcess:
        return
    members = family(jupyter)  # now: orphans of JupyterLab couldn't be found any more
    record = server.alive()
    if record:  # perhaps started by a kernel; who ends it isn't decided here
        with suppress(psutil.Error):
            spared = family(psutil.Process(record.pid))
            members = [member for member in members if member not in spared]
    if address:  # so that kernels can say goodbye; Windows has no signal for that
        with (
            suppress(OSError, http.client.HTTPException),
            closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=5)) as line,
        ):
            line.request("POST", "/api/shutdown", headers={"Authorization": f"token {token}"})
            line.getresponse()
        psutil.wait_procs([jupyter], timeout=_STOP_SECONDS)
    end_all(members, timeout=_STOP_SECONDS)
    child.poll()


def _stop_server(starting: Future[Record]) -> None:
    while not starting.done():  # whatever it has started, or will in a moment
        server.stop()
        time.sleep(0.1)
    server.stop()


def _has_screen(variables: Mapping[str, str]) -> bool:
    if variables.get("BROWSER"):
        return True  # chosen on purpose; editors set it where they forward it to another machine
    if "SSH_CONNECTION" in variables or "SSH_TTY" in variables:
        return False
    if os.name == "nt" or sys.platform == "darwin":
        return True
    return bool(variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY"))


@contextmanager
def _signals_set(event: threading.Event) -> Iterator[None]:
    """Let signals set `event` instead of breaking into whatever is going on."""

    def note(_number: int, _frame: FrameType | None) -> None:
        event.set()

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # Ctrl-C; kill; a closed terminal, twice
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, note) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(line: str) -> None:
    with suppress(OSError):  # the terminal may be closed, and what was started must end
        print(line, flush=True)
