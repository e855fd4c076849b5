"""What may be in the way when the server is to start."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from filelock import FileLock, Timeout

from course_lib.server import lifecycle, ports
from course_lib.server.lifecycle import PREFERRED_PORT
from tests.faults.place import SECONDS, Place, bystander, place, wait_until


@dataclass
class Obstructed:
    """A server that was started though its ports were taken and its record was another's."""

    place: Place
    taken: set[int]
    bystander: psutil.Process
    started: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def obstructed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Obstructed]:
    with (
        place(tmp_path_factory.mktemp("obstructed")) as here,
        bystander() as other,
        # The two that the server would like: that of its last start, and Prefect's own.
        closing(socket.create_server(("127.0.0.1", 0))) as last,
        ExitStack() as stack,
    ):
        taken = {int(last.getsockname()[1])}
        with suppress(OSError):  # taken already, by somebody else: as good
            stack.enter_context(closing(socket.create_server(("127.0.0.1", PREFERRED_PORT))))
            taken.add(PREFERRED_PORT)
        _write_stale_record(here, other, last.getsockname()[1])
        yield Obstructed(here, taken, other, here.course("start"))


def _write_stale_record(here: Place, other: psutil.Process, port: int = PREFERRED_PORT) -> None:
    """Write what a server left that ran as the very number that `other` has now."""
    here.service.folder.mkdir(exist_ok=True)
    stale = {"pid": other.pid, "started": other.create_time() - 3600, "port": port}
    here.service.record_file.write_text(json.dumps(stale))


def test_a_taken_port(obstructed: Obstructed) -> None:
    """Another port is used, and the server works."""
    port = obstructed.place.record().port
    assert port not in obstructed.taken
    assert obstructed.started.returncode == 0
    address = f"http://127.0.0.1:{port}"
    assert obstructed.started.stdout.splitlines() == [
        "Starting the Prefect server ...",
        f"The Prefect server is running. Dashboard: {address}",
    ]
    status = obstructed.place.course("status")
    assert status.returncode == 0
    assert address in status.stdout


def test_a_record_whose_number_belongs_to_somebody_else(obstructed: Obstructed) -> None:
    """That process is left alone, and a server is started."""
    assert obstructed.bystander.is_running()
    process = obstructed.place.service.process()
    assert process is not None
    assert process != obstructed.bystander
    assert obstructed.place.servers() == [process]


def test_another_learners_server_that_was_quicker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answers on the port that was free a moment ago are not taken for ours."""
    others = lifecycle.ensure().port  # that of this test run
    really_free = ports.is_free
    with place(tmp_path) as here, bystander() as other:

        def is_free(port: int) -> bool:
            before = not here.service.log_file.exists()
            return (before and port == others) or really_free(port)

        _write_stale_record(here, other, others)
        monkeypatch.setattr(ports, "is_free", is_free)
        monkeypatch.setenv("COURSE_WORKSPACE", str(here.folder))
        ours = lifecycle.ensure()
        assert ours.port != others
        assert [process.pid for process in here.servers()] == [ours.pid]


@pytest.mark.skipif(os.name == "nt", reason="Windows can't halt a process")
def test_a_server_that_is_slow_to_answer(obstructed: Obstructed) -> None:
    """On a busy machine it is waited for, not replaced under the notebooks that use it."""
    here = obstructed.place
    before, process = here.record(), here.service.process()
    assert process is not None
    process.suspend()
    try:
        asking = subprocess.Popen(
            here.command("start"), env=here.environment, stdout=subprocess.DEVNULL
        )
        lock = FileLock(here.service.folder / "server.lock", timeout=0)
        wait_until(lambda: _is_held(lock), "the question whether a new one is needed")
    finally:
        process.resume()
    assert asking.wait(SECONDS) == 0
    assert here.record() == before


def _is_held(lock: FileLock) -> bool:
    try:
        with lock:
            return False
    except Timeout:
        return True


def test_stop_leaves_somebody_elses_process_alone(tmp_path: Path) -> None:
    with place(tmp_path) as here, bystander() as other:
        _write_stale_record(here, other)
        stopped = here.course("stop")
        assert (stopped.returncode, stopped.stdout) == (0, "The Prefect server was not running.\n")
        assert other.is_running()


def test_a_server_that_cannot_start(tmp_path: Path) -> None:
    """One sentence with its last words and the log's place, and no process."""
    with place(tmp_path) as here:
        database = here.service.folder / "prefect" / "prefect.db"
        database.parent.mkdir(parents=True)
        database.write_bytes(b"This is no database. " * 5000)
        failed = here.course("start")
        assert failed.returncode == 1
        assert len(failed.stderr.splitlines()) == 1
        assert failed.stderr.startswith("The Prefect server could not start. Its last words were: ")
        assert "file is not a database" in failed.stderr
        assert str(here.service.log_file) in failed.stderr
        assert here.processes() == []
        assert database.read_bytes().startswith(b"This is no database.")  # the learner's to judge


def test_an_interrupted_start(tmp_path: Path) -> None:
    """The learner's interrupt ends the server too, and leaves the kernel usable."""
    with place(tmp_path) as here:
        kernel = here.kernel()
        kernel.run("import course_lib as course")
        kernel.client.execute("course.start()", stop_on_error=False)
        wait_until(here.service.process, "the start of a server")
        kernel.manager.interrupt_kernel()
        assert kernel.run("print('next')") == "next\n"
        assert here.servers() == []
        assert len(here.processes()) == 1  # the kernel


def test_a_port_is_claimed_by_one_start_at_a_time() -> None:
    port = ports.spare_port()
    with ports.claimed(port) as first, ports.claimed(port) as second:
        assert (first, second) == (True, False)
    with ports.claimed(port) as later:
        assert later
