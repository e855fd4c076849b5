"""No network but a proxy's variables, and a learner's own Prefect set up for elsewhere."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.place import Kernel, Place, place

# Every Python process that is started runs this first. It notes and refuses whatever would leave
# this machine, a request through the proxy included.
GUARD = """
import ipaddress, os, sys

def _stays(address):
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host, port = address[:2]
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False  # a name: a server of names would have to be asked
    return loopback and port != int(os.environ["GUARD_PROXY"])

def _guard(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
    elif event == "socket.getaddrinfo":
        address = (arguments[0] or "127.0.0.1", 0)
    else:
        return
    if not _stays(address):
        with open(os.environ["GUARD_NOTES"], "a") as notes:
            print(os.getpid(), event, address, file=notes)
        raise OSError(f"the guard refuses {address}")

sys.addaudithook(_guard)
with open(os.environ["GUARD_NOTES"] + ".on", "a") as notes:
    print(os.getpid(), file=notes)
"""
PROFILES = """\
active = "work"

[profiles.work]
PREFECT_API_URL = "http://192.0.2.1:4200/api"
PREFECT_API_KEY = "pnu_secret"
PREFECT_LOGGING_LEVEL = "DEBUG"
"""
FLOW = """
import course_lib as course
course.start()
from prefect import flow, get_client, task
@task
def greet(name): return f"Hello {name}"
@flow
def morning(): return greet("you")
print(morning(), course.last_run().state.name, len(course.last_run().task_runs))
"""


@dataclass
class Guarded:
    """A notebook that ran in such surroundings."""

    place: Place
    kernel: Kernel
    said: str
    notes: Path
    learners: dict[str, bytes]
    home: Path


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("isolated")
    for name in ("guard", "home/.prefect", "workspace"):
        (folder / name).mkdir(parents=True)
    (folder / "guard" / "sitecustomize.py").write_text(GUARD)
    home = folder / "home"
    (home / ".prefect" / "profiles.toml").write_text(PROFILES)
    (home / ".prefect" / "prefect.db").write_bytes(b"the learner's own runs")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    proxy = f"http://127.0.0.1:{closed}"
    variables = {
        "GUARD_NOTES": str(folder / "notes"),
        "GUARD_PROXY": str(closed),
        "PYTHONPATH": str(folder / "guard"),
        "HOME": str(home),
        "USERPROFILE": str(home),
        "PREFECT_API_URL": "http://192.0.2.1:4200/api",
        "PREFECT_API_KEY": "pnu_secret",
        "PREFECT_PROFILE": "work",
    } | dict.fromkeys(
        [f"{kind}_proxy" for kind in ("http", "https", "all")]
        + [f"{kind}_PROXY" for kind in ("HTTP", "HTTPS", "ALL")],
        proxy,
    )
    learners = _content(home / ".prefect")
    with place(folder / "workspace", **variables) as here:
        kernel = here.kernel()
        yield Guarded(here, kernel, kernel.run(FLOW), folder / "notes", learners, home)


def _content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_flow_runs(guarded: Guarded) -> None:
    port = guarded.place.record().port
    ready, ran = guarded.said.splitlines()
    assert ready.endswith(f" is ready. Dashboard: http://127.0.0.1:{port}")
    assert ran == "Hello you Completed 1"


def test_nothing_tries_to_leave_this_machine(guarded: Guarded) -> None:
    watched = set(guarded.notes.with_name("notes.on").read_text().split())
    server = guarded.place.record()
    assert str(server.pid) in watched
    assert str(os.getpid()) not in watched
    assert len(watched) >= 2  # the kernel, too
    assert not guarded.notes.exists() or guarded.notes.read_text() == ""


def test_the_learners_own_prefect_is_not_touched(guarded: Guarded) -> None:
    assert _content(guarded.home / ".prefect") == guarded.learners


def test_the_commands_heed_neither(guarded: Guarded) -> None:
    """A profile or proxy of the learner's doesn't keep the doctor from finding all well."""
    checked = guarded.place.course("doctor")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert all(line.startswith("[OK] ") for line in checked.stdout.splitlines())
    assert not guarded.notes.exists() or guarded.notes.read_text() == ""


def test_the_guard_guards(guarded: Guarded) -> None:
    """It would have noticed: the last test of this module, since it leaves a note."""
    proxy = guarded.place.environment["GUARD_PROXY"]
    for code in (
        "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "import socket; socket.getaddrinfo('prefect.io', 443)",
        f"import socket; socket.create_connection(('127.0.0.1', {proxy}), timeout=1)",
    ):
        assert "the guard refuses" in guarded.kernel.run(code)
    assert len(guarded.notes.read_text().splitlines()) == 3
    guarded.notes.unlink()
