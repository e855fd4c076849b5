"""The ports of this machine: which of them are free, and what answers there."""

import http.client
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

LOOPBACK = "127.0.0.1"


def ask(
    port: int,
    path: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
    timeout: float = 5,
) -> tuple[int, bytes]:
    """Send an HTTP request; return status and content, and 0 as the status if nobody answers."""
    # http.client knows no proxies, which is what we want on loopback.
    with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)) as connection:
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            return 0, b""


def spare_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens."""
    with closing(socket.socket()) as any_port:
        any_port.bind((LOOPBACK, 0))
        return int(any_port.getsockname()[1])


def is_free(port: int) -> bool:
    """Say whether a server could listen on `port` of 127.0.0.1."""
    try:
        bind_briefly(LOOPBACK, port)
    except OSError:
        return False
    return True


def bind_briefly(address: str, port: int) -> None:
    """Raise an `OSError` that says why, if no server could listen there."""
    with closing(socket.socket()) as probe:
        if sys.platform == "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # connections that a dead server left in TIME_WAIT don't count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, port))


@contextmanager
def claimed(port: int) -> Iterator[bool]:
    """Claim a port until its server listens there, which takes seconds; say whether it is ours.

    A class on one machine starts many at once. The claim is the datagram port of that number,
    which no server needs: all see it, and it is gone when the process that claimed it is.
    """
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as claim:
        try:
            claim.bind((LOOPBACK, port))
        except OSError:
            yield False
        else:
            yield is_free(port)
