"""The practice shop as an HTTP server in threads of this process: it ends when the process does."""

import threading
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler
from itertools import count
from math import inf

from course_lib.intervals import most_at_once
from course_lib.shop.loopback import LoopbackServer, Response
from course_lib.shop.plan import Outcome, Plan
from course_lib.shop.responses import respond
from course_lib.stoppable import Stoppable

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True)
class Request:
    """One request that reached the shop."""

    path: str  # what was asked for, such as ``orders/north``
    query: str  # such as ``day=2026-03-02``
    status: int  # HTTP status of the answer
    started: float  # seconds since the shop opened, on a clock that never goes back
    ended: float  # infinite while the answer is worked on, even if the client has given up


class Shop(Stoppable):
    """A practice shop that is open as soon as it is made, on a port of this machine alone.

    It closes with `stop`, at the end of a ``with`` block, or with the process that made it.

    Its parameters say how it behaves, by default well: see `Plan`, also for the errors. At its
    `url` it answers to GET: ``/shops``; ``/orders/{shop}``, ``/stock/{shop}`` and
    ``/quality/{shop}``, each with an optional ``?day=YYYY-MM-DD``; and ``/health``, which no plan
    slows down or spoils.

    >>> with Shop(faults={"orders/*": [503]}) as shop:
    ...     [httpx.get(f"{shop.url}/orders/north").status_code for _ in range(2)]
    [503, 200]
    """

    def __init__(
        self,
        *,
        latency: float = Plan.latency,
        faults: Mapping[str, Sequence[Outcome]] | None = None,
        failure_rate: float = Plan.failure_rate,
        seed: int = Plan.seed,
        retry_after: int = Plan.retry_after,
        per_second: int | None = None,
    ) -> None:
        faults = {} if faults is None else faults
        self.plan = Plan(latency, faults, failure_rate, seed, retry_after, per_second)
        self._opened = time.perf_counter()
        self._lock = threading.Lock()
        self._tickets = count()
        self._requests: dict[int, Request] = {}  # by ticket, in order of arrival
        self._numbers: Counter[str] = Counter()  # of requests to each path
        self._taken: deque[float] = deque()  # when the requests of the last second came
        self._server = LoopbackServer("practice-shop", self._respond, *_METHODS)
        self.url = self._server.url
        self._server.open()

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests that reached the shop, in order of arrival."""
        with self._lock:
            return tuple(self._requests.values())

    def most_at_once(self) -> int:
        """Return the greatest number of requests that were being worked on at the same time."""
        return most_at_once((request.started, request.ended) for request in self.requests)

    def forget(self) -> None:
        """Clear `requests` and begin every list of planned faults anew."""
        with self._lock:
            self._requests.clear()
            self._numbers.clear()
            self._taken.clear()

    def stop(self) -> None:
        """Close the shop at once; requests that still wait lose their connection."""
        self._server.stop()
        with self._lock:
            for ticket in self._requests:
                self._end(ticket)

    def __repr__(self) -> str:
        return f"<Shop {self.url}{' (closed)' if self._server.closing.is_set() else ''}>"

    def _respond(self, request: BaseHTTPRequestHandler, body: bytes) -> Response | None:
        method = request.command
        path, _, query = request.path.partition("?")
        path = path.removeprefix("/")
        with self._lock:  # for all of it, so that numbers, times and entries have one order
            started = self._now()
            crowded = method == "GET" and path != "health" and self._is_crowded(started)
            if method == "GET" and not crowded:  # refused, it uses up no planned fault
                self._numbers[path] += 1
            number = self._numbers[path]
            response, wait = respond(self.plan, method, path, query, number, crowded=crowded)
            ticket = next(self._tickets)
            self._requests[ticket] = Request(path, query, response.status, started, inf)
        if self._server.closing.wait(wait):
            return None
        with self._lock:  # before the client has the answer, and may look
            self._end(ticket)
        return response

    def _is_crowded(self, now: float) -> bool:
        if self.plan.per_second is None:
            return False
        while self._taken and self._taken[0] <= now - 1:
            self._taken.popleft()
        if len(self._taken) >= self.plan.per_second:
            return True
        self._taken.append(now)
        return False

    def _end(self, ticket: int) -> None:
        request = self._requests.get(ticket)
        if request and request.ended == inf:  # neither forgotten nor closed meanwhile
            self._requests[ticket] = replace(request, ended=self._now())

    def _now(self) -> float:
        # perf_counter, because on Windows monotonic() ticks only 64 times a second.
        return time.perf_counter() - self._opened
