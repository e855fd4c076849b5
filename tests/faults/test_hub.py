"""JupyterHub for a class: two learners log in, each has a server, and all of it ends."""

import asyncio
import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
import pytest
from websockets.asyncio.client import connect

from course_lib.errors import CourseError
from course_lib.server.ports import spare_port
from course_lib.server.processes import end_all, family, is_alive
from course_tools.classroom import hub
from course_tools.classroom.table import Learner, from_folders
from tests.faults.place import SECONDS, Place, wait_until

needs_hub = pytest.mark.skipif(
    find_spec("jupyterhub") is None, reason="JupyterHub isn't installed: make class"
)


class Hub:
    """A running `course class hub`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, spare_port()
        self.address = f"http://127.0.0.1:{self.port}"
        arguments = ("class", "hub", "--folder", str(folder), "--port", str(self.port))
        place = Place(folder / "teacher")
        self.log = folder / "hub.log"
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                place.command(*arguments), env=place.environment, stdout=log, stderr=log
            )
        wait_until(self._answers, "the start of JupyterHub")

    def _answers(self) -> bool:
        assert self._child.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"{self.address}/hub/api/").status_code == 200
        except httpx.HTTPError:
            return False

    @property
    def password(self) -> str:
        found = re.search(r"the password (\S+)", self.log.read_text())
        assert found
        return found[1]

    def members(self) -> list[psutil.Process]:
        return family(psutil.Process(self._child.pid))

    def close(self) -> list[psutil.Process]:
        """End it by Ctrl-C, and give what it has left behind."""
        members = self.members() if self._child.poll() is None else []
        self._child.send_signal(signal.SIGINT)
        self._child.wait(timeout=SECONDS)
        left = [each for each in members if is_alive(each)]
        end_all(left)
        return left


class Visitor:
    """A learner's browser."""

    def __init__(self, hub: Hub, name: str, password: str) -> None:
        self.name, self.address = name, hub.address
        self.browser = httpx.Client(base_url=hub.address, follow_redirects=True, timeout=SECONDS)
        self.browser.get("/hub/login")
        form = {"username": name, "password": password, "_xsrf": self._xsrf()}
        self.page = self.browser.post("/hub/login", data=form)

    def _xsrf(self) -> str:
        return next(each.value or "" for each in self.browser.cookies.jar if each.name == "_xsrf")

    def use_token(self) -> None:
        """Get a token, as learners can on a page of JupyterHub: it needs no cookies."""
        self.browser.get("/hub/token")
        answer = self.browser.post(
            f"/hub/api/users/{self.name}/tokens",
            json={},
            headers={"X-XSRFToken": self._xsrf(), "Referer": f"{self.address}/hub/token"},
        )
        self._sign = {"Authorization": f"token {answer.raise_for_status().json()['token']}"}

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return httpx.request(
            method, f"{self.address}{path}", headers=self._sign, timeout=SECONDS, **options
        )

    def is_served(self) -> bool:
        user = self.ask("GET", f"/hub/api/users/{self.name}").json()
        return bool(user["servers"].get("", {}).get("ready"))

    def run(self, code: str) -> str:
        """Run a cell in a kernel of chapter 01, as JupyterLab does."""
        wanted = {"path": "01_tasks.ipynb", "name": "01_tasks.ipynb", "type": "notebook"}
        answer = self.ask(
            "POST", f"/user/{self.name}/api/sessions", json=wanted | {"kernel": {"name": "python3"}}
        )
        return asyncio.run(self._run(answer.raise_for_status().json()["kernel"]["id"], code))

    async def _run(self, kernel: str, code: str) -> str:
        address = self.address.replace("http", "ws", 1)
        channels = f"{address}/user/{self.name}/api/kernels/{kernel}/channels"
        id, said = uuid4().hex, ""
        header = {"msg_id": id, "msg_type": "execute_request", "version": "5.3", "session": id}
        message = {"channel": "shell", "header": header | {"username": ""}, "metadata": {}}
        async with connect(channels, additional_headers=self._sign, max_size=None) as line:
            content = {"code": code, "silent": False}
            await line.send(json.dumps(message | {"parent_header": {}, "content": content}))
            while True:
                heard = json.loads(await asyncio.wait_for(line.recv(), SECONDS))
                if heard["parent_header"].get("msg_id") != id:
                    continue
                if heard["msg_type"] == "stream":
                    said += heard["content"]["text"]
                elif heard["msg_type"] == "display_data":
                    said += heard["content"]["data"]["text/plain"] + "\n"
                elif heard["msg_type"] == "error":
                    said += f"{heard['content']['ename']}: {heard['content']['evalue']}"
                elif heard["content"].get("execution_state") == "idle":
                    return said


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
        each.run(
            "import course_lib as course\ncourse.start()\n"
            "from prefect import flow\n\n\n@flow\ndef hello():\n    return 1\n\n\nhello()\n"
            "import os\nprint(os.environ['PREFECT_API_URL'])\nprint(course.last_run().state.name)"
        )
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
