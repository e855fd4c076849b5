"""A shop that answers as no plan can say: with a cut connection, or when it is closed on a Monday."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from time import time
from typing import Any

from course_lib.shop import Shop
from course_lib.shop.loopback import Response

Change = Callable[[Response], Response | None]
"""What becomes of the answer that is planned; None cuts the connection."""


class OddShop(Shop):
    """A shop with `changes` of its answers by path, such as ``{"orders/north": repeat(closed)}``."""

    def __init__(self, changes: Mapping[str, Iterable[Change]], **plan: Any) -> None:
        self._changes = {path: iter(each) for path, each in changes.items()}
        super().__init__(**plan)

    def _respond(self, request: BaseHTTPRequestHandler, body: bytes) -> Response | None:
        path = request.path.partition("?")[0].removeprefix("/")
        with self._lock:
            change = next(self._changes.get(path, iter(())), as_planned)
        response = super()._respond(request, body)
        return change(response) if response else None


def as_planned(response: Response) -> Response:
    """Change nothing."""
    return response


def cut(response: Response) -> None:
    """Cut the connection: the line is broken."""


def closed(response: Response) -> Response:
    """Let the shop be closed on that day."""
    return replace(response, body=b"[]")


def with_a_zero(response: Response) -> Response:
    """Make the first quantity that is below 0 a 0."""
    records = json.loads(response.body)
    next(each for each in records if each.get("quantity", 0) < 0)["quantity"] = 0
    return replace(response, body=json.dumps(records).encode())


def asks_for(seconds: int) -> Change:
    """Let the header ask for so many seconds."""
    return lambda response: replace(response, headers={"Retry-After": str(seconds)})


def asks_for_date(seconds: int) -> Change:
    """Let the header name the date that is so many seconds away."""
    return lambda response: replace(
        response, headers={"Retry-After": formatdate(time() + seconds, usegmt=True)}
    )


def asks_for_nothing(response: Response) -> Response:
    """Leave the header out."""
    return replace(response, headers={})
