"""JupyterHub for a class: two learners log in, each has a server, and all of it ends."""

import re
import socket
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from course_lib.errors import CourseError
from course_lib.server.processes import is_alive
from course_tools.classroom import hub
from course_tools.classroom.table import Learner, from_folders
from tests.faults.hub import Hub, Visitor
from tests.faults.place import Place, wait_until

needs_hub = pytest.mark.skipif(
    find_spec("jupyterhub") is None, reason="JupyterHub isn't installed: make class"
)


@pytest.fixture
def a_hub(tmp_path: Path) -> Iterator[Hub]:
    running = Hub(tmp_path)
    yield running
    running.close()


@needs_hub
def test_two_learners_have_servers_of_their_own_and_all_ends_with_the_hub(a_hub: Hub) -> None:
    stranger = Visitor(a_hub, "ada", "guessed-it-all")
    assert stranger.page.status_code == 403
    for name in ("../ada", "ada/../bob"):  # it becomes a folder's
        assert Visitor(a_hub, name, a_hub.password).page.status_code == 403
    ada, bob = (Visitor(a_hub, name, a_hub.password) for name in ("ada", "bob"))
    for each in (ada, bob):
        each.use_token()
        each.ask("POST", f"/hub/api/users/{each.name}/server")
    for each in (ada, bob):
        wait_until(each.is_served, f"the start of {each.name}'s JupyterLab")
    said = [
        each.open("01_tasks.ipynb").run(
            "import course_lib as course\ncourse.start()\n"
            "from prefect import flow\n\n\n@flow\ndef hello():\n    return 1\n\n\nhello()\n"
            "import os\nprint(os.environ['PREFECT_API_URL'])\nprint(course.last_run().state.name)"
        )[0]
        for each in (ada, bob)
    ]
    for each, text in zip((ada, bob), said, strict=True):
        assert "Prefect 3" in text, text
        assert f"Dashboard: /user/{each.name}/prefect\n" in text, text
        dashboard = each.ask("GET", f"/user/{each.name}/prefect", follow_redirects=True)
        assert dashboard.url.path.startswith(f"/user/{each.name}/proxy/absolute/"), dashboard.url
        assert "<title>Prefect" in dashboard.text
        assert text.endswith("Completed\n"), text
        home = a_hub.folder / each.name / "prefect-course"
        assert (home / "00_start_here.ipynb").exists()
    ports = {re.search(r"127\.0\.0\.1:(\d+)", text)[1] for text in said}  # type: ignore[index]
    assert len(ports) == 2
    assert from_folders([a_hub.folder]).learners == (Learner("ada", {}), Learner("bob", {}))
    # Nobody reaches another's.
    for path in ("api/contents", "prefect"):
        assert ada.ask("GET", f"/user/bob/{path}").status_code in (403, 404)

    ended = Place(a_hub.folder / "bob" / "prefect-course").servers()
    assert len(ended) == 1
    bob.ask("DELETE", "/hub/api/users/bob/server")
    wait_until(lambda: not any(map(is_alive, ended)), "the end of Bob's Prefect server")
    assert Place(a_hub.folder / "ada" / "prefect-course").servers()

    assert a_hub.close() == []
    assert Place(a_hub.folder / "ada" / "prefect-course").processes() == []


@needs_hub
def test_what_it_cannot_do_it_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="means any address"):
        hub.serve("0.0.0.0", folder=tmp_path)
    with pytest.raises(CourseError, match=r"192\.0\.2\.1 isn't an address of this machine"):
        hub.serve("192.0.2.1", folder=tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(CourseError, match=r"Port \d+ of 127\.0\.0\.1 is taken"):
            hub.serve(port=other.getsockname()[1], folder=tmp_path)
    monkeypatch.setattr(hub, "find_spec", lambda _name: None)
    with pytest.raises(CourseError, match="make class"):
        hub.serve(folder=tmp_path)
