"""JupyterHub as `course class hub` starts it, and learners who visit it as their browsers do."""

import json
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
import psutil
from websockets.sync.client import connect

from course_lib.server.ports import spare_port
from course_lib.server.processes import end_all, family, is_alive
from tests.faults.place import SECONDS, Place, wait_until


class Hub:
    """A running JupyterHub."""

    def __init__(
        self, folder: Path, port: int, command: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self.folder, self.port = folder, port
        self.address = f"http://127.0.0.1:{port}"
        self.log = folder / "hub.log"
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                command, env=dict(environment), stdout=log, stderr=log, cwd=folder
            )
        wait_until(self._answers, "the start of JupyterHub")

    @classmethod
    def of_class(cls, folder: Path, *options: str, within: Sequence[str] = ()) -> Self:
        """Start `course class hub` with options and, if need be, within another command."""
        place, port = Place(folder / "teacher"), spare_port()
        command = place.command(
            "class", "hub", "--folder", str(folder), "--port", str(port), *options
        )
        return cls(folder, port, [*within, *command], place.environment)

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
        self.sign = {"Authorization": f"token {answer.raise_for_status().json()['token']}"}

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return httpx.request(
            method, f"{self.address}{path}", headers=self.sign, timeout=SECONDS, **options
        )

    def start_server(self) -> None:
        """Have JupyterLab started, and wait until it is."""
        self.ask("POST", f"/hub/api/users/{self.name}/server")  # unless logging in did it
        wait_until(self.is_served, f"the start of {self.name}'s JupyterLab")

    def is_served(self) -> bool:
        user = self.ask("GET", f"/hub/api/users/{self.name}").json()
        return bool(user["servers"].get("", {}).get("ready"))

    def open(self, notebook: str) -> "OpenNotebook":
        return OpenNotebook(self, notebook)


class OpenNotebook:
    """A notebook with its kernel, as JupyterLab opens it: by a session and a websocket."""

    def __init__(self, visitor: Visitor, name: str) -> None:
        self._visitor, self._sessions = visitor, f"/user/{visitor.name}/api/sessions"
        wanted = {"path": name, "name": name, "type": "notebook", "kernel": {"name": "python3"}}
        session = visitor.ask("POST", self._sessions, json=wanted).raise_for_status().json()
        self._session = session["id"]
        address = visitor.address.replace("http", "ws", 1)
        self._line = connect(
            f"{address}/user/{visitor.name}/api/kernels/{session['kernel']['id']}/channels",
            additional_headers=visitor.sign,
            open_timeout=SECONDS,
            ping_timeout=SECONDS,
            max_size=None,
            max_queue=None,  # what comes between two cells is read with the next one
        )

    def run(self, code: str, seconds: float = SECONDS) -> tuple[str, str]:
        """Run a cell, and give what it printed and showed as text, and the error it ended with."""
        id, said, error = uuid4().hex, "", ""
        header = {"msg_id": id, "msg_type": "execute_request", "version": "5.3", "session": id}
        message = {"channel": "shell", "header": header | {"username": ""}, "metadata": {}}
        content = {"code": code, "silent": False, "stop_on_error": False}
        self._line.send(json.dumps(message | {"parent_header": {}, "content": content}))
        while True:
            heard = json.loads(self._line.recv(seconds))
            if heard["parent_header"].get("msg_id") != id:
                continue
            content = heard["content"]
            if heard["msg_type"] == "stream":
                said += content["text"]
            elif heard["msg_type"] == "display_data":
                said += content["data"].get("text/plain", "") + "\n"
            elif heard["msg_type"] == "error":
                error = f"{content['ename']}: {content['evalue']}"
            elif content.get("execution_state") == "idle":
                return said, error

    def leave(self) -> None:
        """Close its tab: the kernel stays."""
        self._line.close()

    def shut_down(self) -> None:
        """End its kernel."""
        self.leave()
        self._visitor.ask("DELETE", f"{self._sessions}/{self._session}")
