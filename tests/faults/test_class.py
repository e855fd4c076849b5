"""A class on one server: two learners, the right key and wrong ones, and a server that ends."""

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from course_lib.chapters.ch16 import side_servers
from course_lib.kernel.learner import Membership
from course_lib.server.processes import Service
from course_tools.classroom import table
from tests.faults.place import SECONDS, Place, place, wait_until

needs_postgres = pytest.mark.skipif(
    not side_servers.has_postgres(), reason="PostgreSQL isn't installed"
)
START = "import course_lib as course\ncourse.start()\n"
SMALL = """
import httpx
from prefect import flow, tags, task

@task
def pull_from(url: str, shop: str) -> list[dict]:
    return httpx.get(f"{url}/orders/{shop}", timeout=5).json()

@flow
def busiest(url: str) -> str:
    shops = ["north", "east", "south", "west"]
    return max(shops, key=lambda shop: len(pull_from(url, shop)))
"""
CHECK = """
course.exercise("00.1").check(busiest)
print(course.progress())
"""
EVERY_WAY = """
from concurrent.futures import ThreadPoolExecutor
from prefect.task_runners import ProcessPoolTaskRunner

@task
def double(x):
    return 2 * x

@flow
def many():
    return double.map([1, 2]).result()

@flow
async def waits():
    return double(1)

@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def elsewhere():
    return double.submit(1).result()

with tags("office"):
    many()
await waits()
elsewhere()
with ThreadPoolExecutor(1) as pool:
    pool.submit(many).result()
course.last_run(elsewhere)
"""


class Teacher(Place):
    """An instructor's workspace, in which `course class serve` runs."""

    def serve(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self._log = self.folder / "serve.log"
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                self.command("class", "serve"), env=self.environment, stdout=log, stderr=log
            )
        wait_until(self._serves, "the start of the class's server")

    def _serves(self) -> bool:
        assert self._child.poll() is None, self.said
        return "Ctrl-C" in self.said

    @property
    def said(self) -> str:
        return self._log.read_text()

    @property
    def address(self) -> str:
        found = re.search(r"course join (\S+)", self.said)
        assert found
        return found[1]

    def service_of(self, name: str) -> Service:
        return Service(name, self.folder / ".course" / "class")

    def ended(self) -> int:
        return self._child.wait(timeout=SECONDS)

    @property
    def key_file(self) -> Path:
        return self.folder / ".course" / "class" / "key"

    def table(self) -> str:
        """What `course class show` prints, without the second that the command takes."""
        joined = Membership(self.address, self.key_file.read_text())
        return repr(table.from_server(joined))

    def runs(self, kind: str) -> list[dict[str, Any]]:
        """Read all flow runs, or task runs, from the class's server."""
        name, _, password = self.key_file.read_text().partition(":")
        address = f"{self.address}/api/{kind}_runs/filter"
        answer = httpx.post(address, json={}, auth=(name, password), timeout=SECONDS)
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found

    def close(self) -> None:
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)
            self._child.wait(timeout=SECONDS)
        super().close()
        for note in self.key_file.parent.glob("*.folder"):  # root's are outside of the workspace
            shutil.rmtree(note.read_text(), ignore_errors=True)


@pytest.fixture
def teacher(tmp_path: Path) -> Iterator[Teacher]:
    there = Teacher(tmp_path / "teacher")
    there.serve()
    yield there
    there.close()


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path / "ada") as there:
        yield there


@pytest.fixture
def bob(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path / "bob") as there:
        yield there


def id_of(learner: Place) -> str:
    return str(json.loads((learner.folder / ".course" / "learner.json").read_text())["id"])


@needs_postgres
def test_a_class_on_one_server(teacher: Teacher, ada: Place, bob: Place) -> None:
    # Only those with the key get in.
    key = teacher.key_file.read_text()
    bob_with = Place(bob.folder, COURSE_CLASS_KEY="class:guessed")
    for there, address, says in (
        (bob_with, teacher.address, "doesn't take this key"),
        (bob_with, "http://127.0.0.1:1", "doesn't answer"),
        (bob, teacher.address, "No key was typed"),
    ):
        refused = there.course("join", address)
        assert refused.returncode == 1
        assert says in refused.stderr
        assert "Traceback" not in refused.stderr
    assert httpx.get(f"{teacher.address}/api/admin/version").status_code == 401
    assert "Nobody has joined" in teacher.course("class").stderr
    joined = ada.course("join", teacher.address, "--key-file", str(teacher.key_file))
    assert joined.returncode == 0, joined.stderr
    assert Place(bob.folder, COURSE_CLASS_KEY=key).course("join", teacher.address).returncode == 0
    assert key not in joined.stdout

    # What they run is theirs, whatever runs it; and what they read is as they wrote it.
    kernels = ada.kernel(), bob.kernel()
    for kernel, learner in zip(kernels, (ada, bob), strict=True):
        told = kernel.run(START)
        assert f"learner:{id_of(learner)}" in told, told
        assert teacher.address in told
    said = kernels[0].run(SMALL + EVERY_WAY + "print(course.last_run(many).tags)")
    assert said == "frozenset()\n"
    assert "[x]" in kernels[1].run(SMALL + CHECK)
    wrong = SMALL.replace('"north", ', "")
    assert "[~]" in kernels[0].run(wrong + CHECK)
    mine, yours = (f"learner:{id_of(each)}" for each in (ada, bob))
    for kind, fewest in (("flow", 4), ("task", 6)):
        runs = teacher.runs(kind)
        for tag in (mine, yours):
            assert [run for run in runs if tag in run["tags"]]
        assert len([run for run in runs if mine in run["tags"]]) >= fewest
        assert all((mine in run["tags"]) != (yours in run["tags"]) for run in runs)
    assert ada.servers() == bob.servers() == []

    # The table has both, and a name only while its owner wants it.
    table = teacher.course("class", "show").stdout
    assert re.search(rf"^{id_of(bob)} +x", table, re.MULTILINE), table
    assert re.search(rf"^{id_of(ada)} +~", table, re.MULTILINE), table
    ada.course("name", "Ada")
    assert f"Ada ({id_of(ada)})" in teacher.table()
    ada.course("name", "--forget")
    assert "Ada" not in teacher.table()

    # A server that dies takes nothing of theirs with it, and nobody is left in the dark.
    process = teacher.service_of("server").process()
    assert process is not None
    said = kernels[0].run(f"import os\nos.kill({process.pid}, 9)\nmany()")  # while a cell runs
    assert "a flow can't run now" in said.partition("ConnectError")[2]
    assert teacher.ended() == 1
    assert "The class's server has ended" in teacher.said
    assert "doesn't answer, so a flow can't run now" in kernels[1].run("1")
    assert "[x]" in kernels[1].run("print(course.progress())")
    assert "doesn't run now" in teacher.course("class", "show").stderr
    assert teacher.processes() == []

    # It comes back with its runs, at the same address and with the same key.
    before = teacher.address
    teacher.serve()
    assert teacher.address == before
    assert teacher.key_file.read_text() == key
    assert "answers again" in kernels[1].run("1")
    assert id_of(bob) in teacher.table()
    assert "Completed" in kernels[1].run("print(course.last_run().state.name)")

    # Who leaves has a server of their own, and no line in the table.
    left = ada.course("leave")
    assert left.stdout == "You have left the class.\n"
    assert id_of(ada) not in teacher.table()
    assert "This kernel uses another server now" in kernels[0].run("1")
    assert len(ada.servers()) == 1
    again = kernels[0].run("many()\nprint(course.last_run(many).state.name)")
    assert again.endswith("Completed\n"), again
