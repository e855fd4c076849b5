"""Addresses of this machine that a class can reach, and ports there that are free."""

import errno
import os
import socket
from collections.abc import Sequence
from contextlib import closing

from course_lib.errors import CourseError

_ANYWHERE = ("0.0.0.0", "::", "")


def free_port(host: str, wanted: Sequence[int]) -> int:
    """Give the first of these ports that is free there; 0 stands for any.

    Raises
    ------
    CourseError
        If none is, or that isn't one address of this machine.
    """
    if host in _ANYWHERE:
        raise CourseError(
            f"{host or 'An empty address'} means any address. Give the one by which learners "
            "reach this machine: it is what they type."
        )
    for port in wanted:
        with closing(socket.socket()) as probe:
            if os.name != "nt":  # connections that a dead server left in TIME_WAIT don't count
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                return int(probe.getsockname()[1])
            except (OSError, OverflowError) as error:
                if getattr(error, "errno", None) == errno.EADDRINUSE:
                    continue
                raise CourseError(
                    f"{host} isn't an address of this machine. Give the one by which learners "
                    "reach it, or none to serve this machine alone."
                ) from None
    raise CourseError(f"Port {wanted[-1]} of {host} is taken: end what uses it, or give another.")
