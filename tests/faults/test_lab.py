"""`course lab` with a real JupyterLab: it starts whatever the learner's home holds, and ends."""

import json
import os
import re
import signal
import subprocess
import sysconfig
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient

from course_lib.server.processes import is_alive
from tests.faults.place import IDLE, SECONDS, Place, place, wait_until

START = "import course_lib as course; course.start()"
posix = pytest.mark.skipif(os.name == "nt", reason="a POSIX signal")


class Lab:
    """A running `course lab`."""

    def __init__(self, here: Place) -> None:
        self.process = subprocess.Popen(
            here.command("lab", "--no-browser"),
            env=here.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def address(self) -> tuple[str, str]:
        """Return JupyterLab's address and token once the terminal shows them."""
        wait_until(
            lambda: "Ctrl-C stops the course." in self.lines or self.process.poll() is not None,
            "the start of JupyterLab",
        )
        for line in self.lines:
            if found := re.fullmatch(r"Open in your browser: (http://\S+?)/lab\S*=(\w+)", line):
                return found[1], found[2]
        raise AssertionError(self.lines)

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask JupyterLab's API as the browser does."""
        address, token = self.address()
        request = urllib.request.Request(
            address + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {token}"},
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=SECONDS) as answer:
            return json.loads(answer.read() or b"null")

    def wait(self) -> int:
        code = self.process.wait(SECONDS)
        self.close()
        return code

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        if self.process.stdout:
            self.process.stdout.close()


@contextmanager
def lab(here: Place) -> Iterator[Lab]:
    running = Lab(here)
    try:
        yield running
    finally:
        running.close()


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Make a home whose Jupyter and shell are set up in ways that would break the course."""
    home = tmp_path / "home"
    write(home / ".jupyter" / "jupyter_server_config.py", "raise RuntimeError('not for you')")
    settings = home / ".jupyter" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    write(settings / "kernels-settings.jupyterlab-settings", '{"commsOverSubshells": "perComm"}')
    spec = {"argv": ["no-such-python"], "display_name": "theirs", "language": "python"}
    for data in (".local/share/jupyter", "Library/Jupyter"):
        write(home / data / "kernels" / "python3" / "kernel.json", json.dumps(spec))
    write(home / ".ipython" / "profile_default" / "startup" / "00.py", "raise RuntimeError")
    write(home / ".profile", "export PATH=/nowhere")
    return home


def run_in(connection: Path, code: str) -> str:
    """Run code in a kernel of JupyterLab's and give what it prints."""
    client = BlockingKernelClient(connection_file=str(connection))
    client.load_connection_file()
    client.start_channels()

    def ready() -> bool:
        try:
            client.wait_for_ready(timeout=SECONDS)
        except RuntimeError:  # no heartbeat while the kernel starts
            return False
        return True

    wait_until(ready, "the start of a kernel")
    said: list[str] = []
    client.execute_interactive(
        code,
        timeout=SECONDS,
        output_hook=lambda message: said.append(message["content"].get("text", "")),
    )
    client.stop_channels()
    return "".join(said)


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@posix
def test_all_that_it_started_ends_with_ctrl_c(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, home: Path
) -> None:
    before = files(home)
    runtime = tmp_path_factory.mktemp("run")  # short, as in most homes: see the kernel's transport
    variables = {"HOME": str(home), "JUPYTER_RUNTIME_DIR": str(runtime), "SHELL": "/bin/sh"}
    with place(tmp_path / "workspace", **variables) as here, lab(here) as running:
        address, token = running.address()
        assert address.startswith("http://127.0.0.1:")

        # The course's settings hold, not the learner's.
        name = "@jupyterlab/apputils-extension:kernels-settings"
        setting = running.ask(f"/lab/api/settings/{name}")
        assert json.loads(setting["raw"] or "{}") == {}
        assert setting["schema"]["properties"]["commsOverSubshells"]["default"] == "disabled"
        assert list(running.ask("/api/kernelspecs")["kernelspecs"]) == ["python3"]

        # A kernel is connected to the server, which may still be starting.
        kernel = running.ask("/api/kernels", {"name": "python3"})["id"]
        connection = runtime / f"kernel-{kernel}.json"
        assert json.loads(connection.read_text())["transport"] == "ipc"
        said = run_in(connection, START)
        dashboard = f"http://127.0.0.1:{here.record().port}"
        assert said.endswith(f" is ready. Dashboard: {dashboard}\n")
        assert f"Prefect's dashboard:  {dashboard}" in running.lines

        # A terminal finds the course's commands first, and asks its server.
        running.ask("/api/terminals", {})
        shells = [each for each in here.processes() if each.name() in ("sh", "dash", "bash")]
        assert shells
        for shell in shells:
            variables = shell.environ()
            assert variables["PATH"].split(os.pathsep)[0] == sysconfig.get_path("scripts")
            assert variables["PREFECT_API_URL"] == f"{dashboard}/api"
            assert "-l" not in shell.cmdline()

        log = here.folder / ".course" / "jupyterlab.log"
        assert "encryption" not in log.read_text()  # of which kernels warn that listen on ports

        started = here.processes()
        assert len(started) >= 5  # course, JupyterLab, server, kernel, shell
        assert not any(token in " ".join(each.cmdline()) for each in started if is_alive(each))
        running.process.send_signal(signal.SIGINT)
        assert running.wait() == 0
        assert running.lines[-2:] == ["Stopping the course ...", "The course has stopped."]
        assert not any(is_alive(each) for each in started)
        assert here.processes() == []
    assert files(home) == before


@posix
def test_it_is_ended_while_the_server_starts(tmp_path: Path) -> None:
    with place(tmp_path) as here, lab(here) as running:
        wait_until(here.service.process, "the start of a server")
        running.process.send_signal(signal.SIGTERM)
        assert running.wait() == 0
        assert running.lines[-1] == "The course has stopped."
        assert here.processes() == []


def test_a_server_that_ran_before_stays(tmp_path: Path) -> None:
    """JupyterLab is ended from the browser, in a home that can't be written."""
    write(tmp_path / "file", "")
    with place(tmp_path / "workspace", HOME=str(tmp_path / "file" / "home")) as here:
        assert here.course("start").returncode == 0
        server = here.record()
        with lab(here) as running:
            kernel = running.ask("/api/kernels", {"name": "python3"})["id"]
            runtime = here.folder / ".course" / "jupyter" / "runtime"
            connection = json.loads((runtime / f"kernel-{kernel}.json").read_text())
            is_long = len(str(runtime)) > 57  # then sockets can't be files in there
            assert connection["transport"] == ("tcp" if is_long else "ipc")
            running.ask("/api/shutdown", {})
            assert running.wait() == 0
        assert running.lines[-1] == (
            "JupyterLab has stopped. The Prefect server goes on, since it ran before; "
            "`course stop` ends it."
        )
        assert here.record() == server
        assert [process.pid for process in here.processes()] == [server.pid]


@posix
def test_a_second_start_opens_the_jupyterlab_that_runs(tmp_path: Path) -> None:
    """Also while that is still starting, which takes seconds."""
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    write(browser, f'#!/bin/sh\necho "$1" >>{opened}\n')
    browser.chmod(0o755)
    with place(tmp_path / "workspace", BROWSER=f"{browser} %s") as here, lab(here) as first:
        wait_until(lambda: any("Starting" in line for line in first.lines), "the first start")
        second = here.course("lab", "04")
        assert second.returncode == 0, second.stderr
        address, token = first.address()
        link = f"{address}/lab/tree/04_parallel.ipynb?token={token}"
        assert second.stdout.splitlines() == [
            "Another terminal is just starting JupyterLab; waiting for it ...",
            f"JupyterLab is already running at {link}",
            "To stop the course, press Ctrl-C in the terminal that it was started from.",
        ]
        wait_until(opened.exists, "the browser")
        assert opened.read_text() == f"{link}\n"
        third = here.course("lab", "--no-browser").stdout.splitlines()
        assert third[0] == f"JupyterLab is already running at {address}/lab?token={token}"
        assert opened.read_text() == f"{link}\n"
        first.process.send_signal(signal.SIGINT)
        assert first.wait() == 0
        assert first.lines[-1] == "The course has stopped."
        assert here.processes() == []


@contextmanager
def session(here: Place) -> Iterator[subprocess.Popen[bytes]]:
    """Run a session around a program that does nothing, as a hub would; SIGTERM ends it."""
    child = subprocess.Popen(here.command("around", *IDLE), env=here.environment)
    try:
        known = here.service.folder / "users"
        wait_until(lambda: list(known.glob(f"*-{child.pid}.json")), "the start of a session")
        yield child
    finally:
        child.terminate()
        child.wait(SECONDS)


@posix
def test_the_last_session_ends_the_server(tmp_path: Path) -> None:
    with place(tmp_path) as here:
        with session(here):
            wait_until(lambda: here.course("status").returncode == 0, "the start of a server")
            with session(here) as first:
                server = here.service.process()
                first.terminate()
                first.wait(SECONDS)
                assert here.service.process() == server
        assert here.processes() == []
        assert not list((here.service.folder / "users").glob("*.json"))


@posix
def test_a_server_that_a_notebook_uses_goes_on(tmp_path: Path) -> None:
    with place(tmp_path) as here:
        with session(here):
            wait_until(lambda: here.course("status").returncode == 0, "the start of a server")
            kernel = here.kernel()
            kernel.run(START)
            server = here.service.process()
        assert here.service.process() == server
        assert kernel.run("print('next')") == "next\n"
        kernel.close()
        with session(here):
            pass
        assert here.service.process() == server  # it ran before: nobody's to end but by a command
        assert here.course("stop").stdout == "The Prefect server is stopped.\n"
