"""What may be in the way when the server is to start."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from course_lib.server import PREFERRED_PORT
from tests.faults.place import Place, bystander, place, wait_until


@dataclass
class Obstructed:
    """A server that was started though its port was taken and its record was another's."""

    place: Place
    taken: socket.socket
    bystander: psutil.Process
    started: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def obstructed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Obstructed]:
    with (
        place(tmp_path_factory.mktemp("obstructed")) as here,
        bystander() as other,
        closing(socket.socket()) as taken,
    ):
        with suppress(OSError):  # taken already, by somebody else: as good
            taken.bind(("127.0.0.1", PREFERRED_PORT))
            taken.listen()
        _write_stale_record(here, other)
        yield Obstructed(here, taken, other, here.course("start"))


def _write_stale_record(here: Place, other: psutil.Process) -> None:
    """Write what a server left that ran as the very number that `other` has now."""
    here.service.folder.mkdir(exist_ok=True)
    stale = {"pid": other.pid, "started": other.create_time() - 3600, "port": PREFERRED_PORT}
    here.service.record_file.write_text(json.dumps(stale))


def test_a_taken_port(obstructed: Obstructed) -> None:
    """Another port is used, and the server works."""
    port = obstructed.place.record().port
    assert port != PREFERRED_PORT
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
    server = obstructed.place.service.process()
    assert server is not None
    assert server != obstructed.bystander
    assert obstructed.place.servers() == [server]


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
