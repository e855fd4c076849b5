"""A server in threads of this process, on a port of this machine alone."""

import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any, Self

from course_lib.server.ports import LOOPBACK
from course_lib.stoppable import Stoppable

_POLL_SECONDS = 0.05  # closing takes up to one poll interval; an idle server wakes up this often


@dataclass(frozen=True)
class Response:
    """What goes back to the client."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class LoopbackServer(Stoppable, ThreadingTCPServer):
    """Not `http.server.HTTPServer`, which looks up the host's name: seconds on some machines.

    `respond` gets the request (its `command`, `path` and `headers`) and its body, and returns what
    to answer, or None to cut the connection. To methods other than `methods` the answer is 501.
    """

    daemon_threads = True
    request_queue_size = 128  # a mapped task may open a hundred connections at once
    # On Windows this option would let two programs listen on one port.
    allow_reuse_address = os.name == "posix"

    def __init__(
        self,
        name: str,
        respond: Callable[[BaseHTTPRequestHandler, bytes], Response | None],
        *methods: str,
    ) -> None:
        self.respond = respond
        self.closing = threading.Event()
        self._connections: set[Any] = set()
        # http.server looks for a function of each method's name.
        known = {f"do_{method}": _Handler.serve for method in methods}
        super().__init__((LOOPBACK, 0), type("Handler", (_Handler,), known))
        self.url = f"http://{LOOPBACK}:{self.server_address[1]}"
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_POLL_SECONDS,), name=name, daemon=True
        )

    def open(self) -> Self:
        """Begin to answer, once everything is ready that an answer needs."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and cut all connections. Does no harm when called again."""
        self.closing.set()
        self.shutdown()
        # An idle connection that a client keeps would go on being served by its thread.
        for connection in tuple(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection while it is open."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackServer
    protocol_version = "HTTP/1.1"  # keeps connections open
    disable_nagle_algorithm = True  # or a body waits 40 ms for the client to confirm its headers
    error_content_type = "application/json"
    error_message_format = '{"error": "%(message)s"}'

    def serve(self) -> None:
        response = self.server.respond(self, self._body())
        if response is None:
            self.close_connection = True
            return
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.body:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def _body(self) -> bytes:
        """Read what was sent along, or it becomes the next request."""
        length = self.headers.get("Content-Length", "0")
        body = self.rfile.read(int(length) if length.isdecimal() else 0)
        if "Transfer-Encoding" in self.headers:  # not read here, so nothing may follow it
            self.close_connection = True
        return body

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the shop and the inbox keep their own records."""
