"""The JupyterLab process: with which options and environment it starts, and how it ends.

Jupyter and IPython get configuration folders of the course's own, as Prefect does: a learner's
``~/.jupyter`` may hold a password, another port, settings that win over the course's or
extensions that aren't installed here. It is neither read nor changed.
"""

import json
import os
import secrets
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from shutil import which
from typing import Any

import psutil

from course_lib import paths
from course_lib.files import replace_file
from course_lib.language import choice
from course_lib.server import dashboard_link, lifecycle
from course_lib.server.ports import LOOPBACK, ask
from course_lib.server.processes import DETACHED, end_all, family, wait_for_end
from course_lib.waiting import wait_until

_SETTINGS = Path(__file__).with_name("lab_settings") / "overrides.json"
_START_SECONDS = 120.0
_STOP_SECONDS = 15.0


class JupyterLab:
    """A JupyterLab process; making one starts it.

    It opens at `page`, such as ``/lab/tree/00_start_here.ipynb``, in a browser if wanted. By the
    environment `prefect` all kernels and terminals reach the Prefect server.
    """

    def __init__(self, page: str, prefect: Mapping[str, str], browser: bool) -> None:
        self.link: str | None = None
        """What to open in a browser, once it is ready."""
        self._page = page
        self._token = secrets.token_hex(24)
        self._port = 0
        # Not an option: every user sees the options of a process.
        environment = lab_environment(prefect) | {"JUPYTER_TOKEN": self._token}
        self._runtime = Path(environment["JUPYTER_RUNTIME_DIR"])
        options = {
            "ServerApp.ip": LOOPBACK,
            "ServerApp.root_dir": paths.workspace(),
            "ServerApp.open_browser": browser,
            "LabApp.default_url": page,
        } | _transport(self._runtime)
        with self.log_file().open("wb") as log:
            self._child = subprocess.Popen(
                # -P: a learner's file such as queue.py must not be taken for the module.
                [sys.executable, "-P", "-m", "jupyterlab", *lab_options(options)],
                env=environment,
                cwd=paths.workspace(),
                stdin=subprocess.DEVNULL,  # from a terminal it would ask back on Ctrl-C
                stdout=log,
                stderr=subprocess.STDOUT,
                **DETACHED,  # type: ignore[call-overload]
            )

    @staticmethod
    def log_file() -> Path:
        """Return the file that it logs to."""
        return paths.home() / "jupyterlab.log"

    def is_running(self) -> bool:
        """Say whether it has not ended yet."""
        return self._child.poll() is None

    def is_ready(self, asked_to_end: threading.Event) -> bool:
        """Wait until it answers; return False if it ended, or is to end."""
        wait_until(
            lambda: self._find() or not self.is_running() or asked_to_end.is_set(), _START_SECONDS
        )
        return self.link is not None

    def _find(self) -> bool:
        """Look up its port, which it writes down before it has it, and see whether it answers."""
        for about in _written_down(self._runtime):
            if about["token"] == self._token:
                self._port = int(about["port"])
                if _ask(about):
                    self.link = _link(about, self._page)
                    return True
        return False

    def close(self) -> None:
        """End it with all of its kernels and terminals."""
        try:
            jupyter = psutil.Process(self._child.pid)
        except psutil.NoSuchProcess:
            return
        members = with_kernels(jupyter)  # now: orphans of it couldn't be found any more
        # So that kernels can say goodbye; Windows has no signal for that.
        running = {"port": self._port, "token": self._token}
        if self.link and _ask(running, "POST", "shutdown"):
            wait_for_end([jupyter], timeout=_STOP_SECONDS)
        end_all(members, timeout=_STOP_SECONDS)
        self._child.poll()


def link_to_running(page: str) -> str | None:
    """Return a link to `page` in a JupyterLab that runs in the learner's folder; None without one."""
    runtime = Path(_places(paths.home() / "jupyter")["JUPYTER_RUNTIME_DIR"])
    for about in _written_down(runtime):
        if Path(about["root_dir"]) == paths.workspace() and _ask(about):
            return _link(about, page)
    return None


def _written_down(runtime: Path) -> Iterator[dict[str, Any]]:
    """Yield what each JupyterLab has written down about itself; some have ended since."""
    for file in runtime.glob("jpserver-*.json"):
        with suppress(OSError, ValueError):  # it is gone, or half written
            about = json.loads(file.read_text(encoding="utf-8"))
            if {"port", "root_dir", "token", "url"} <= about.keys():
                yield about


def _ask(about: Mapping[str, Any], method: str = "GET", what: str = "status") -> bool:
    headers = {"Authorization": f"token {about['token']}"}
    return ask(int(about["port"]), f"/api/{what}", method, headers)[0] == 200


def _link(about: Mapping[str, Any], page: str) -> str:
    return f"{str(about['url']).rstrip('/')}{page}?token={about['token']}"


def with_kernels(jupyter: psutil.Process) -> list[psutil.Process]:
    """List a JupyterLab process and all that it has started, but for the Prefect server.

    Perhaps a kernel has started that; its end isn't decided here.
    """
    members = family(jupyter)
    if record := lifecycle.alive():
        with suppress(psutil.Error):
            spared = family(psutil.Process(record.pid))
            members = [member for member in members if member not in spared]
    return members


def lab_options(own: Mapping[str, object]) -> list[str]:
    """Return the options of a JupyterLab that the course starts: `own`, and what all of them have."""
    options = _options() | {
        "ServerApp.allow_root": True,  # as in containers; it is reached with a token alone
        "Application.log_level": "WARN",
    }
    return [f"--{name}={value}" for name, value in (options | dict(own)).items()]


def _options() -> dict[str, object]:
    """Return the options of every JupyterLab with the course in it, whoever starts it."""
    options: dict[str, object] = {
        "LabApp.app_settings_dir": str(_settings()),
        "LabApp.extension_manager": "readonly",  # the other one asks the package registry
        "LanguageServerManager.autodetect": False,  # the course has none, and it would run npm
        "KernelSpecManager.allowed_kernelspecs": "python3",  # a wrong one can't be picked
    }
    if os.name != "nt":
        # Not a login shell, whose profile may set PATH anew, without the course's commands.
        shell = [os.environ.get("SHELL") or which("sh") or "/bin/sh"]
        options["ServerApp.terminado_settings"] = {"shell_command": shell}
    return options


def _settings() -> Path:
    """Return a folder with JupyterLab's settings, in the learner's language."""
    settings = json.loads(_SETTINGS.read_text(encoding="utf-8"))
    settings["@jupyterlab/translation-extension:plugin"] = {
        "locale": choice.LOCALES[choice.current()]
    }
    folder = paths.home() / "jupyter" / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / _SETTINGS.name, json.dumps(settings, indent=1))
    return folder


def _transport(runtime: Path) -> dict[str, object]:
    """Return the option by which kernels are reached through files of this folder, if they can be.

    Other users of the machine can't open these, as they can TCP ports, of which ipykernel warns in
    the log. Windows has no such files, and elsewhere their paths must be short.
    """
    import zmq

    longest = runtime / "kernel-00000000-0000-0000-0000-000000000000-ipc-5"
    can_be = zmq.has("ipc") and len(os.fsencode(longest)) <= zmq.IPC_PATH_MAX_LEN
    return {"KernelManager.transport": "ipc"} if can_be else {}


def hub_environment(page: str, prefect: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which a hub's own command starts a JupyterLab with the course.

    The hub chooses address, authentication and options; what the course needs is added as a
    folder of configuration, since the command may be anything.
    """
    from jupyter_core.paths import jupyter_runtime_dir

    folder = paths.home() / "jupyter" / "hub"
    extensions = folder / "jupyter_server_config.d"
    extensions.mkdir(parents=True, exist_ok=True)
    page_on = {"ServerApp": {"jpserver_extensions": {"course_lib.app.hub_page": True}}}
    (extensions / "course.json").write_text(json.dumps(page_on), encoding="utf-8")
    options = _options() | {"LabApp.default_url": page, "ServerApp.open_browser": False}
    options["KernelSpecManager.allowed_kernelspecs"] = ["python3"]  # a set, in a file
    options |= _transport(Path(jupyter_runtime_dir()))
    config: dict[str, dict[str, object]] = {}
    for option, value in options.items():
        section, name = option.split(".")
        config.setdefault(section, {})[name] = value
    for file in ("jupyter_lab_config.json", "jupyter_server_config.json"):
        (folder / file).write_text(json.dumps(config, indent=1), encoding="utf-8")
    others = prefect.get("JUPYTER_CONFIG_PATH")
    return dict(prefect) | {
        "COURSE_WORKSPACE": str(paths.workspace()),
        choice.VARIABLE: choice.current(),
        "IPYTHONDIR": _ipython_folder(),
        dashboard_link.HAS_PAGE: "1",
        "JUPYTER_CONFIG_PATH": f"{folder}{os.pathsep}{others}" if others else str(folder),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PATH": _path(prefect),
    }


def lab_environment(prefect: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a JupyterLab, and thus of all of its kernels and terminals."""
    theirs = ("JUPYTERLAB_", "JUPYTER_CONFIG", "JUPYTER_NO_CONFIG", "JUPYTER_TOKEN")
    own = {name: value for name, value in prefect.items() if not name.startswith(theirs)}
    folder = paths.home() / "jupyter"
    folder.mkdir(exist_ok=True)
    own |= {
        "COURSE_WORKSPACE": str(paths.workspace()),
        choice.VARIABLE: choice.current(),
        "IPYTHONDIR": _ipython_folder(),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_PREFER_ENV_PATH": "1",  # the learner's own 'python3' kernel must not win
        "PATH": _path(own),
    }
    if sys.prefix != sys.base_prefix:
        own["VIRTUAL_ENV"] = sys.prefix
    return own | _places(folder)


def _ipython_folder() -> str:
    """Return the folder of IPython's configuration: kernels shorten tracebacks from their start."""
    folder = paths.home() / "jupyter" / "ipython"
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    config = {"InteractiveShellApp": {"extensions": ["course_lib.kernel.tracebacks"]}}
    (profile / "ipython_config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    return str(folder)


def _path(base: Mapping[str, str]) -> str:
    return os.pathsep.join([sysconfig.get_path("scripts"), base.get("PATH", os.defpath)])


def _places(folder: Path) -> dict[str, str]:
    """Return where Jupyter keeps what is of the moment: as always, or here if it can't there."""
    from jupyter_core.paths import jupyter_runtime_dir

    usual = jupyter_runtime_dir()
    try:
        Path(usual).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=usual).close()
    except OSError:  # the home folder is read-only
        here = {"JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime", "MPLCONFIGDIR": "mpl"}
        return {variable: str(folder / name) for variable, name in here.items()}
    return {"JUPYTER_RUNTIME_DIR": usual}
