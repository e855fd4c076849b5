"""A server in threads of this process, on a port of this machine alone."""

import os
import socket
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

from course_lib.server.ports import LOOPBACK

_POLL_SECONDS = 0.05  # closing takes up to one poll interval; an idle server wakes up this often


class LoopbackServer(ThreadingTCPServer):
    """Not `http.server.HTTPServer`, which looks up the host's name: seconds on some machines."""

    daemon_threads = True
    request_queue_size = 128  # a mapped task may open a hundred connections at once
    # On Windows this option would let two programs listen on one port.
    allow_reuse_address = os.name == "posix"

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler], name: str) -> None:
        """Listen on `port`, 0 for any free one, and answer from a thread called `name`."""
        self.closing = threading.Event()
        self._connections: set[Any] = set()
        super().__init__((LOOPBACK, port), handler)
        self.url = f"http://{LOOPBACK}:{self.server_address[1]}"
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_POLL_SECONDS,), name=name, daemon=True
        )

    def open(self) -> None:
        """Begin to answer, once everything is ready that an answer needs."""
        self._thread.start()

    def close(self) -> None:
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
        """Say nothing of a client that hung up: that is no news."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class LoopbackHandler(BaseHTTPRequestHandler):
    """Reads whole requests and writes whole answers; a subclass names the methods."""

    protocol_version = "HTTP/1.1"  # keeps connections open
    disable_nagle_algorithm = (
        True  # or a body would wait 40 ms for the client to confirm its headers
    )
    error_content_type = "application/json"
    error_message_format = '{"error": "%(message)s"}'

    def read_body(self) -> bytes:
        """Read what was sent along, or it becomes the next request."""
        length = self.headers.get("Content-Length", "0")
        body = self.rfile.read(int(length) if length.isdecimal() else 0)
        if "Transfer-Encoding" in self.headers:  # not read here, so nothing may follow it
            self.close_connection = True
        return body

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the shop and the inbox keep their own records."""
