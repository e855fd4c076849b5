"""What may happen while notebooks are open."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.faults.place import Kernel, Place, place, wait_until

START = "import course_lib as course; course.start()"
FLOW = """
from prefect import flow
@flow
def greet(name): return f"Hello {name}"
print(greet("you"), course.last_run().state.name)
"""


@dataclass
class Open:
    """Two notebooks of one learner, whose first cells ran at the same moment."""

    place: Place
    kernels: list[Kernel]
    said: list[str]


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with place(tmp_path_factory.mktemp("running")) as here:
        kernels = [here.kernel(), here.kernel()]
        with ThreadPoolExecutor(2) as pool:
            said = list(pool.map(lambda kernel: kernel.run(START), kernels))
        yield Open(here, kernels, said)


def test_two_kernels_that_start_at_once(notebooks: Open) -> None:
    """One server is started, and both are connected to it."""
    port = notebooks.place.record().port
    assert len(notebooks.place.servers()) == 1
    assert notebooks.said[0] == notebooks.said[1]
    assert notebooks.said[0].endswith(f" is ready. Dashboard: http://127.0.0.1:{port}\n")


def test_a_restarted_kernel(notebooks: Open) -> None:
    """It finds the same server again."""
    before = notebooks.place.record()
    notebooks.kernels[1].restart()
    assert notebooks.kernels[1].run(START) == notebooks.said[1]
    assert notebooks.place.record() == before
    assert len(notebooks.place.servers()) == 1


def test_a_killed_server(notebooks: Open) -> None:
    """The next cell of each notebook goes on with a new one, and no run is lost."""
    first, second = notebooks.kernels
    assert first.run(FLOW) == "Hello you Completed\n"
    second.run("import course_lib as course")
    first.run("mine = course.last_run().id")
    before = notebooks.place.record()
    killed = notebooks.place.service.process()
    assert killed is not None
    killed.kill()
    wait_until(lambda: notebooks.place.service.process() is None, "its end")

    healed = "The Prefect server had stopped, so it was started again. Your runs are kept.\n"
    assert first.run("print('next')") == f"{healed}next\n"
    assert first.run("print('next')") == "next\n"
    after = notebooks.place.record()
    assert (after.port, after.pid != before.pid) == (before.port, True)
    assert first.run("print(course.read_run(mine).state.name)") == "Completed\n"
    assert first.run(FLOW) == "Hello you Completed\n"
    assert second.run(f"{START}\n{FLOW}").endswith("Hello you Completed\n")
    assert len(notebooks.place.servers()) == 1
