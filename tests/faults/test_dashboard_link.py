"""What keeps the link to the dashboard from opening behind a hub, and the sentence that says so."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from course_lib.server import dashboard_link
from course_lib.server.ports import spare_port
from course_lib.server.processes import end_all
from tests.faults.place import IDLE, place, wait_until

ADA = "/user/ada/"
PORT = 4200


@pytest.fixture
def started() -> Iterator[Callable[..., psutil.Process]]:
    """Start processes, and end them."""
    children = []

    def start(command: list[str], **variables: str) -> psutil.Process:
        child = subprocess.Popen(
            command,
            env=os.environ | variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        children.append(child)
        return psutil.Process(child.pid)

    yield start
    end_all([psutil.Process(child.pid) for child in children])
    for child in children:
        child.wait()


@pytest.fixture(autouse=True)
def behind_a_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", ADA)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))


def jupyter(start: Callable[..., psutil.Process], folder: Path, extension: bool) -> None:
    """Start a Jupyter server at Ada's path, with jupyter-server-proxy or without."""
    options = {
        "base_url": ADA,
        "port": spare_port(),
        "open_browser": False,
        "allow_root": True,
        "root_dir": folder,
        "jpserver_extensions": {"jupyter_server_proxy": extension},
    }
    command = [sys.executable, "-m", "jupyter_server"]
    start(command + [f"--ServerApp.{name}={value}" for name, value in options.items()])
    wait_until(lambda: listens(options["port"]), "the start of Jupyter")


def listens(port: object) -> bool:
    with closing(socket.socket()) as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def prefect(start: Callable[..., psutil.Process], base: str) -> int:
    """Start what stands for a Prefect server: only its environment is looked at."""
    process = start(IDLE, PREFECT_SERVER_UI_SERVE_BASE=base)
    wait_until(process.environ, "its environment")  # Linux shows none for a moment
    return process.pid


def test_a_server_for_another_address(started: Callable[..., psutil.Process]) -> None:
    bob = prefect(started, f"/user/bob/proxy/absolute/{PORT}")
    said = dashboard_link.trouble(PORT, bob)
    assert said
    assert "another address: run `course restart`" in said


def test_a_server_for_a_hub_without_one(
    started: Callable[..., psutil.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = prefect(started, f"{ADA}proxy/absolute/{PORT}")
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX")
    assert "another address" in (dashboard_link.trouble(PORT, ours) or "")
    assert dashboard_link.trouble(PORT, started(IDLE).pid) is None


def test_a_stale_prefix(started: Callable[..., psutil.Process]) -> None:
    said = dashboard_link.trouble(PORT, prefect(started, f"{ADA}proxy/absolute/{PORT}"))
    assert said
    assert re.match(r"JUPYTERHUB_SERVICE_PREFIX is /user/ada/, but no JupyterLab runs", said)


@pytest.mark.parametrize("extension", [True, False])
def test_jupyter_server_proxy_switched_off(
    started: Callable[..., psutil.Process], tmp_path: Path, extension: bool
) -> None:
    ours = prefect(started, f"{ADA}proxy/absolute/{PORT}")
    jupyter(started, tmp_path, extension)
    said = dashboard_link.trouble(PORT, ours)
    assert (said is None) == extension, said
    assert extension or "jupyter-server-proxy is missing or switched off" in str(said)


def test_a_second_jupyterlab_that_nobody_could_reach(tmp_path: Path) -> None:
    with place(tmp_path, JUPYTERHUB_SERVICE_PREFIX=ADA) as here:
        done = here.course("lab")
        assert done.returncode == 1
        assert f"open {tmp_path / '00_start_here.ipynb'} in this one" in done.stderr
        assert (tmp_path / "00_start_here.ipynb").exists()
        assert not here.processes()


def test_a_command_that_there_is_not(tmp_path: Path) -> None:
    with place(tmp_path) as here:
        done = here.course("around", "jupiter-lab")
        assert done.returncode == 1
        assert done.stderr == "jupiter-lab can't be run: No such file or directory.\n"
        assert not here.processes()
