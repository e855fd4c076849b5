"""The shop's record of requests, which threads may share."""

import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, replace
from itertools import count
from math import inf

from course_lib.shop.loopback import Response
from course_lib.shop.plan import Plan
from course_lib.shop.responses import respond


@dataclass(frozen=True)
class Request:
    """One request that reached the shop.

    Parameters
    ----------
    path, query
        What was asked for, such as ``orders/north`` and ``day=2026-03-02``.
    status
        HTTP status of the answer.
    started, ended
        Seconds since the shop opened, on a clock that never goes back. `ended` is infinite
        while the answer is being worked on, even if the client has given up waiting for it.
    """

    path: str
    query: str
    status: int
    started: float
    ended: float


class Ledger:
    """Numbers the requests to each path, so that each gets the answer that `plan` has for it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._opened = time.perf_counter()
        self._lock = threading.Lock()
        self._tickets = count()
        self._numbers: Counter[str] = Counter()
        self._requests: dict[int, Request] = {}  # by ticket; dicts keep the order of arrival
        self._taken: deque[float] = deque()  # when the requests of the last second came

    def arrive(self, method: str, path: str, query: str) -> tuple[int, Response, float]:
        """Enter a request; return a ticket for `leave`, the response, and the seconds to wait."""
        with self._lock:  # all of it, so that numbers, times and entries have one order
            started = self._now()
            crowded = method == "GET" and path != "health" and self._is_crowded(started)
            if method == "GET" and not crowded:  # refused, it uses up no planned fault
                self._numbers[path] += 1
            number = self._numbers[path]
            response, wait = respond(self._plan, method, path, query, number, crowded=crowded)
            ticket = next(self._tickets)
            self._requests[ticket] = Request(path, query, response.status, started, inf)
        return ticket, response, wait

    def leave(self, ticket: int) -> None:
        """Note that the answer is ready. Call it before sending, or the client may look too early."""
        with self._lock:
            self._end(ticket)

    def close(self) -> None:
        """Note the end of all requests that are still being worked on."""
        with self._lock:
            for ticket in self._requests:
                self._end(ticket)

    def forget(self) -> None:
        """Clear the entries, and number the requests from 1 again."""
        with self._lock:
            self._requests.clear()
            self._numbers.clear()
            self._taken.clear()

    def requests(self) -> tuple[Request, ...]:
        """Return the entries in order of arrival."""
        with self._lock:
            return tuple(self._requests.values())

    def _is_crowded(self, now: float) -> bool:
        if self._plan.per_second is None:
            return False
        while self._taken and self._taken[0] <= now - 1:
            self._taken.popleft()
        if len(self._taken) >= self._plan.per_second:
            return True
        self._taken.append(now)
        return False

    def _now(self) -> float:
        # perf_counter, because on Windows monotonic() ticks only 64 times a second.
        return time.perf_counter() - self._opened

    def _end(self, ticket: int) -> None:
        request = self._requests.get(ticket)
        if request and request.ended == inf:  # neither forgotten nor closed meanwhile
            self._requests[ticket] = replace(request, ended=self._now())
