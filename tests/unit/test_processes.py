"""Background processes, with small Python programs in the place of the server."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from course_lib.errors import CourseError
from course_lib.server.processes import Record, Service, end, family, is_alive, wait_for_end

# Says that it is ready, then waits until it is ended.
_SERVES = "import sys, threading; print('ready', flush=True); threading.Event().wait()"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service("server", tmp_path)
    yield service
    service.stop(timeout=0)


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that is nobody's business but its owner's."""
    process = subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
    yield process
    process.kill()
    process.wait()


def start(service: Service, code: str = _SERVES, timeout: float = 60) -> None:
    def ready() -> bool:
        return "ready" in service.log_file.read_text()

    service.start([sys.executable, "-c", code], os.environ, 4321, ready, timeout)


def record_of(service: Service) -> Record:
    record = service.record()
    assert record is not None
    return record


def test_a_process_is_started_found_again_and_ended(service: Service) -> None:
    assert service.record() is None
    assert service.process() is None
    assert not service.stop()
    start(service)
    process = service.process()
    assert process is not None
    assert record_of(service).pid == process.pid
    assert record_of(service).port == 4321
    again = Service("server", service.folder)  # as another kernel sees it
    assert again.process() == process
    assert again.stop()
    assert not process.is_running()
    assert service.process() is None
    assert not service.stop()
    assert record_of(service).port == 4321  # remembered for the next start


def test_its_children_end_with_it(service: Service) -> None:
    start(
        service,
        f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {_SERVES!r}]);"
        "p.wait()",
    )
    process = service.process()
    assert process is not None
    members = family(process)
    assert len(members) >= 2
    service.stop()
    assert not any(map(is_alive, members))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that a process could ignore")
def test_what_does_not_end_when_asked_is_made_to(service: Service) -> None:
    ignores = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    start(service, ignores + _SERVES)
    process = service.process()
    assert process is not None
    service.stop(timeout=0.2)
    assert not process.is_running()


def test_a_process_that_died_is_not_there(service: Service) -> None:
    start(service)
    process = service.process()
    assert process is not None
    process.kill()
    assert not wait_for_end([process], timeout=60)
    assert service.process() is None  # nor is it a zombie
    start(service)
    assert service.process() is not None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"pid": 1}', '{"pid":1,"extra":2}'])
def test_a_record_that_makes_no_sense_is_none(service: Service, content: str) -> None:
    service.record_file.write_text(content)
    assert service.record() is None
    assert not service.stop()


def test_a_record_of_an_earlier_version_is_read(service: Service) -> None:
    service.record_file.write_text('{"pid": 1, "started": 2.5, "port": 4200}')
    assert service.record() == Record(pid=1, started=2.5, port=4200)


def test_somebody_elses_process_is_not_touched(
    service: Service, bystander: subprocess.Popen[bytes]
) -> None:
    started = psutil.Process(bystander.pid).create_time()
    stale = {"pid": bystander.pid, "started": started - 3600, "port": 4200}
    service.record_file.write_text(json.dumps(stale))
    assert service.process() is None
    assert not service.stop()
    assert bystander.poll() is None


@pytest.mark.parametrize("step", [-86400.0, -1.5, 0.0, 1.5, 3600.0])
def test_a_process_is_known_though_the_clock_was_set(
    bystander: subprocess.Popen[bytes], step: float
) -> None:
    process = psutil.Process(bystander.pid)
    now = Record(bystander.pid, process.create_time(), 4200, psutil.boot_time())
    before = replace(now, started=now.started + step, booted=now.booted + step)
    assert before.is_of(process)
    assert not replace(now, started=now.started + 60).is_of(process)
    # After the machine was started again, the same number is another process.
    assert not replace(before, booted=before.booted - 600, started=now.started - 60).is_of(process)


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("print('no port is free')", "no port is free"),
        ("raise KeyError('port')\n", "KeyError: 'port'"),
        ("pass", "nothing"),
        # What a server says after its error only tells that this was the end.
        ("print('a.b.DatabaseError: no database\\n(see there)\\n\\nStopped!')", "no database"),
    ],
)
def test_a_process_that_ends_too_early_leaves_its_last_words(
    service: Service, last: str, told: str
) -> None:
    with pytest.raises(CourseError) as caught:
        start(service, last)
    message = str(caught.value)
    assert message.startswith("The Prefect server could not start. Its last words were: ")
    assert told in message
    assert message.endswith(f"(all of them: {service.log_file})")
    assert len(message.splitlines()) == 1
    assert service.process() is None


def test_a_process_that_never_gets_ready_is_ended(service: Service) -> None:
    with pytest.raises(CourseError, match="was not ready after 1 s"):
        start(service, _SERVES.replace("ready", "busy"), timeout=1)
    assert not psutil.pid_exists(record_of(service).pid)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_start_leaves_nothing(
    service: Service, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    def interrupt(*_: object) -> bool:
        started.append(record_of(service).pid)
        raise error

    with pytest.raises(error):
        service.start([sys.executable, "-c", _SERVES], os.environ, 4321, interrupt)
    assert not psutil.pid_exists(started[0])

    # Even before its record is written.
    def note(_self: Service, process: psutil.Process, _port: int) -> None:
        started.append(process.pid)
        raise error

    monkeypatch.setattr(Service, "adopt", note)
    with pytest.raises(error):
        start(service)
    assert not psutil.pid_exists(started[1])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no zombies")
def test_what_ended_unnoticed_by_its_parent_has_ended(
    bystander: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel that started the server doesn't see its end before it looks for it."""
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)  # so that waiting would never end
    process = psutil.Process(bystander.pid)  # nobody polls it
    end(process)
    assert process.status() == psutil.STATUS_ZOMBIE
    assert not is_alive(process)


def test_end_is_content_with_what_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    process = psutil.Process(child.pid)
    child.wait()
    end(process)


def test_a_service_outlives_who_started_it(service: Service) -> None:
    wait_for_log = "lambda: 'ready' in service.log_file.read_text()"
    code = (
        "import os, sys; from pathlib import Path; from course_lib.server.processes import Service;"
        f"service = Service('server', Path({str(service.folder)!r}));"
        f"service.start([sys.executable, '-c', {_SERVES!r}], os.environ, 4321, {wait_for_log})"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    process = service.process()
    assert process is not None
