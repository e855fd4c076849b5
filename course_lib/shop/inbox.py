"""A receiver of messages: a real HTTP server that keeps what is sent to it."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from course_lib.errors import CourseError
from course_lib.shop.loopback import LoopbackServer, Response
from course_lib.stoppable import Stoppable

_SECONDS = 30.0


@dataclass(frozen=True)
class Message:
    """One message: where it was sent, such as ``alarm``, its text, and the status it was answered."""

    path: str
    text: str
    status: int = 200

    @property
    def json(self) -> Any:
        """The text, read as JSON."""
        return json.loads(self.text)


class Inbox(Stoppable):
    """Stands for the manager's phone, a chat or a ticket system, and opens and ends like a shop.

    It takes whatever is sent to any path by POST or PUT. It answers with the statuses in `answers`,
    one message after the other, and after the last with 200.

    >>> with Inbox() as phone:
    ...     httpx.post(f"{phone.url}/alarm", content="north is closed")
    ...     phone.messages
    (Message(path='alarm', text='north is closed', status=200),)
    """

    def __init__(self, answers: Sequence[int] = ()) -> None:
        self._answers = list(answers)
        self._messages: list[Message] = []
        self._news = threading.Condition()
        self._server = LoopbackServer("inbox", self._receive, "POST", "PUT").open()
        self.url = self._server.url

    def __repr__(self) -> str:
        return f"<Inbox: {len(self.messages)} messages>"

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages, in the order in which they came."""
        with self._news:
            return tuple(self._messages)

    def wait(self, count: int, timeout: float = _SECONDS) -> tuple[Message, ...]:
        """Wait until there are that many messages, and return all; raise if they don't come."""
        with self._news:
            if not self._news.wait_for(lambda: len(self._messages) >= count, timeout):
                raise CourseError(
                    f"Expected {count} messages within {timeout:.0f} s, and "
                    f"{len(self._messages)} came."
                )
            return tuple(self._messages)

    def forget(self) -> None:
        """Throw all messages away."""
        with self._news:
            self._messages.clear()

    def stop(self) -> None:
        """Close it at once."""
        self._server.stop()

    def _receive(self, request: BaseHTTPRequestHandler, body: bytes) -> Response:
        with self._news:
            status = self._answers.pop(0) if self._answers else 200
            path = request.path.removeprefix("/")
            self._messages.append(Message(path, body.decode(errors="replace"), status))
            self._news.notify_all()
        return Response(status)
