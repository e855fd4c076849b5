"""Shops that do what no plan can say: wait for each other, or give reports of a check's own."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import Any

from course_lib.shop import SHOPS, Shop
from course_lib.shop.data import REPORTS
from course_lib.shop.loopback import Response
from course_lib.waiting import wait_until

_HOLD = 4.0  # seconds; learners' requests have a time-out of 5
Change = Callable[[Response], Response]
"""What becomes of the answer that is planned."""


class HoldingShop(Shop):
    """A shop that keeps back each report until it `may_answer`, for `hold` s in all, then no longer.

    So what is asked for at once, or done in time, doesn't hang on how fast the machine is.
    """

    def __init__(
        self, may_answer: Callable[["HoldingShop", str], bool], hold: float = _HOLD, **plan: Any
    ) -> None:
        self.most = 0  # reports, such as ``orders/north``, that were asked for at the same time
        self.most_at = datetime.now(UTC)
        self._may_answer, self._seconds = may_answer, hold
        self._waiting: list[str] = []
        self._until = 0.0
        super().__init__(**plan)

    def _respond(self, request: BaseHTTPRequestHandler, body: bytes) -> Response | None:
        path = _asked(request)
        if "/" in path:
            self._hold(path)
        return super()._respond(request, body)

    def _hold(self, path: str) -> None:
        with self._lock:
            self._until = self._until or time.monotonic() + self._seconds
            self._waiting.append(path)
            waiting = len(set(self._waiting))
            if waiting > self.most:
                self.most, self.most_at = waiting, datetime.now(UTC)
        left = self._until - time.monotonic()
        wait_until(lambda: self._may_answer(self, path), left, pause=0.01)
        with self._lock:
            self._waiting.remove(path)


class LongerChain(HoldingShop):
    """A holding shop for a chain of five: the fifth has the same reports as the first."""

    FIFTH = "harbour"

    def _respond(self, request: BaseHTTPRequestHandler, body: bytes) -> Response | None:
        response = super()._respond(request, body)
        report, _, name = _asked(request).partition("/")
        if name != self.FIFTH or report not in REPORTS:
            return response
        return _with_records(Response(200), REPORTS[report](SHOPS[0], self.plan.day))


class PreparedShop(Shop):
    """A shop with reports of the check's own, by what is asked for: ``orders/north?day=2026-03-02``."""

    def __init__(self, reports: Mapping[str, Sequence[Mapping[str, Any]]], **plan: Any) -> None:
        self._reports = reports
        super().__init__(**plan)

    def _respond(self, request: BaseHTTPRequestHandler, body: bytes) -> Response | None:
        response = super()._respond(request, body)
        report = self._reports.get(request.path.removeprefix("/"))
        if response is None or response.status != 200 or report is None:
            return response
        return _with_records(response, report)


class OddShop(Shop):
    """A shop with `changes` of its answers by path, such as ``{"orders/north": [asks_for(0)]}``."""

    def __init__(self, changes: Mapping[str, Iterable[Change]], **plan: Any) -> None:
        self._changes = {path: iter(each) for path, each in changes.items()}
        super().__init__(**plan)

    def _respond(self, request: BaseHTTPRequestHandler, body: bytes) -> Response | None:
        path = _asked(request)
        with self._lock:
            change = next(self._changes.get(path, iter(())), as_planned)
        response = super()._respond(request, body)
        return change(response) if response else None


def _asked(request: BaseHTTPRequestHandler) -> str:
    """Return what is asked for, such as ``orders/north``."""
    return request.path.partition("?")[0].removeprefix("/")


def _with_records(response: Response, records: Sequence[Mapping[str, Any]]) -> Response:
    return replace(response, body=json.dumps(records).encode())


def as_planned(response: Response) -> Response:
    """Change nothing."""
    return response


def with_a_zero(response: Response) -> Response:
    """Make the first quantity that is below 0 a 0."""
    records = json.loads(response.body)
    next(each for each in records if each.get("quantity", 0) < 0)["quantity"] = 0
    return _with_records(response, records)


def of_no_pieces(response: Response) -> Response:
    """Let every quantity be 0."""
    return _with_records(response, [{**each, "quantity": 0} for each in json.loads(response.body)])


def of_one(response: Response) -> Response:
    """Keep the first record alone."""
    return _with_records(response, json.loads(response.body)[:1])


def asks_for(seconds: int) -> Change:
    """Let the header ask for so many seconds."""
    return lambda response: replace(response, headers={"Retry-After": str(seconds)})


def asks_for_date(seconds: int) -> Change:
    """Let the header name the date that is so many seconds away."""
    return lambda response: replace(
        response, headers={"Retry-After": formatdate(time.time() + seconds, usegmt=True)}
    )


def asks_for_nothing(response: Response) -> Response:
    """Leave the header out."""
    return replace(response, headers={})
