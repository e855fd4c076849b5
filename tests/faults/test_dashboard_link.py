"""What keeps the link to the dashboard from opening behind a hub, and the sentence that says so."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from course_lib import proxied, server
from course_lib.processes import end_all
from tests.faults.place import IDLE, wait_until

ADA = "/user/ada/"
PORT = 4200


@pytest.fixture
def started() -> Iterator[Callable[..., psutil.Process]]:
    """Start processes, and end them."""
    processes = []

    def start(command: list[str], **variables: str) -> psutil.Process:
        child = subprocess.Popen(
            command,
            env=os.environ | variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        processes.append(psutil.Process(child.pid))
        return processes[-1]

    yield start
    end_all(processes)


@pytest.fixture(autouse=True)
def behind_a_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", ADA)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))


def jupyter(start: Callable[..., psutil.Process], folder: Path, extension: bool) -> None:
    """Start a Jupyter server at Ada's path, with jupyter-server-proxy or without."""
    # Under root_dir nothing is looked for; the token is in nobody's hands.
    options = {
        "base_url": ADA,
        "port": server.spare_port(),
        "open_browser": False,
        "allow_root": True,
        "root_dir": folder,
        "jpserver_extensions": {"jupyter_server_proxy": extension},
    }
    command = [sys.executable, "-m", "jupyter_server"]
    start(command + [f"--ServerApp.{name}={value}" for name, value in options.items()])
    wait_until(lambda: list(folder.glob("jpserver-*.json")), "the start of Jupyter")
    (about,) = folder.glob("jpserver-*.json")
    wait_until(lambda: f'"port": {options["port"]}' in about.read_text(), "Jupyter's address")


def prefect(start: Callable[..., psutil.Process], base: str) -> int:
    """Start what stands for a Prefect server: only its environment is looked at."""
    return start(IDLE, PREFECT_SERVER_UI_SERVE_BASE=base).pid


def test_a_server_for_another_address(started: Callable[..., psutil.Process]) -> None:
    bob = prefect(started, f"/user/bob/proxy/absolute/{PORT}")
    said = proxied.trouble(PORT, bob)
    assert said
    assert "another address: run `course restart`" in said


def test_a_server_for_a_hub_without_one(
    started: Callable[..., psutil.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = prefect(started, f"{ADA}proxy/absolute/{PORT}")
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX")
    assert "another address" in (proxied.trouble(PORT, ours) or "")
    assert proxied.trouble(PORT, started(IDLE).pid) is None


def test_a_stale_prefix(started: Callable[..., psutil.Process]) -> None:
    said = proxied.trouble(PORT, prefect(started, f"{ADA}proxy/absolute/{PORT}"))
    assert said
    assert re.match(r"JUPYTERHUB_SERVICE_PREFIX is /user/ada/, but no JupyterLab runs", said)


@pytest.mark.parametrize("extension", [True, False])
def test_jupyter_server_proxy_switched_off(
    started: Callable[..., psutil.Process], tmp_path: Path, extension: bool
) -> None:
    ours = prefect(started, f"{ADA}proxy/absolute/{PORT}")
    jupyter(started, tmp_path, extension)
    wait_until(
        lambda: "no JupyterLab" not in (proxied.trouble(PORT, ours) or ""), "an answer of Jupyter"
    )
    said = proxied.trouble(PORT, ours)
    assert (said is None) == extension, said
    assert extension or "jupyter-server-proxy is missing or switched off" in str(said)
