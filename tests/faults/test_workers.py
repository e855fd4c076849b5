"""Workers: real processes, found again and ended, whoever started them."""

import re
from collections.abc import Iterator

import psutil
import pytest

from course_lib.server.processes import is_alive, wait_for_end
from tests.faults.place import SECONDS, Place, place

STARTED = "import course_lib as course; worker = course.Worker('night shift'); worker.start();"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("workers")) as here:
        yield here


def test_a_worker_outlives_its_kernel_and_is_found_again(here: Place) -> None:
    kernel = here.kernel()
    said = kernel.run(f"{STARTED} print(worker, worker.start().process.pid)")
    assert said.startswith("<Worker of 'night shift': running>"), said
    worker = psutil.Process(int(said.split()[-1]))
    kernel.close()
    assert is_alive(worker)
    assert "A worker serves the work pool 'night shift'." in here.course("status").stdout
    assert here.course("start", "night shift").returncode == 0  # it is there already
    assert is_alive(worker)


def test_a_killed_worker_is_gone_and_can_be_started_anew(here: Place) -> None:
    kernel = here.kernel()
    kernel.run(STARTED)
    said = kernel.run("print(worker.process.pid); worker.process.kill()")
    old = psutil.Process(int(said)) if psutil.pid_exists(int(said)) else None
    assert old is None or not wait_for_end([old], SECONDS)
    assert kernel.run("print(worker)") == "<Worker of 'night shift': stopped>\n"
    told = kernel.run("print(worker.start()); print(worker.stop()); print(worker.stop())")
    assert told == "<Worker of 'night shift': running>\nTrue\nFalse\n"


def test_a_worker_is_found_again_with_its_limit(here: Place) -> None:
    found = (
        "from course_lib.server import workers; print([each.limit for each in workers.running()])"
    )
    kernel = here.kernel()
    kernel.run(
        "import course_lib as course; worker = course.Worker('slow', limit=2); worker.start()"
    )
    assert kernel.run(found) == "[2]\n"
    assert kernel.run("print(worker.stop())") == "True\n"


def test_an_unknown_work_pool_is_refused(here: Place) -> None:
    refused = here.course("start", "night shift", "nightshift")
    assert refused.returncode == 1
    pools = "night shift, slow"
    assert refused.stderr == f"There is no work pool 'nightshift': the server's are {pools}.\n"
    assert "A worker serves" not in here.course("status").stdout


def test_all_end_with_the_server(here: Place) -> None:
    assert here.course("start", "night shift", "slow").returncode == 0
    assert len(here.processes()) >= 3
    stopped = here.course("stop").stdout.splitlines()
    assert stopped == ["Stopped 2 workers.", "The Prefect server is stopped."]
    assert not [each for each in here.processes() if "prefect" in each.cmdline()]


def test_a_task_worker_is_found_again_and_ends_with_the_others(here: Place) -> None:
    kernel = here.kernel()
    said = kernel.run(
        "from pathlib import Path; import course_lib as course; course.start()\n"
        "from course_lib.chapters.ch14 import TaskWorker\n"
        "_ = Path('office.py').write_text('from prefect import task\\n\\n@task\\n"
        "def add(a, b):\\n    return a + b\\n')\n"
        "from office import add\n"
        "later = add.delay(1, 2)\n"
        "clerk = TaskWorker('office.py:add').start()\n"
        "print(later.result(timeout=60), clerk, clerk.start().process.pid)"
    )
    assert "3 <TaskWorker of 'add': running>" in said, said
    clerk = psutil.Process(int(said.split()[-1]))
    kernel.close()
    assert is_alive(clerk)
    assert "A task worker serves the task 'add'." in here.course("status").stdout
    assert here.course("stop").stdout.splitlines()[0] == "Stopped 1 worker."
    assert not is_alive(clerk)


def test_a_task_worker_without_a_file_says_so(here: Place) -> None:
    said = here.kernel().run(
        "import course_lib as course\n"
        "from course_lib.chapters.ch14 import TaskWorker\n"
        "try:\n    TaskWorker('nowhere.py:add').start()\n"
        "except course.CourseError as error:\n    print(error)"
    )
    assert re.search(r"There is no file .*nowhere\.py to take the task 'add' from\.", said), said
