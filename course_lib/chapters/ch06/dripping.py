"""A server whose answer comes byte by byte."""

import socket
import threading
import time
from contextlib import suppress

from course_lib.server.ports import LOOPBACK


def dripping_server(count: int = 8, seconds: float = 0.25) -> str:
    """Return the address of a server that answers with `count` bytes and waits before each.

    It ends with the process, and answers one request after the other.
    """
    listener = socket.create_server((LOOPBACK, 0))
    work = threading.Thread(
        target=_serve, args=(listener, count, seconds), name="dripping server", daemon=True
    )
    work.start()
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}"


def _serve(listener: socket.socket, count: int, seconds: float) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {count}\r\nConnection: close\r\n\r\n"
    while True:
        connection, _ = listener.accept()
        with connection, suppress(OSError):  # a client may hang up
            connection.recv(65536)
            connection.sendall(head.encode())
            for _ in range(count):
                time.sleep(seconds)
                connection.sendall(b".")
