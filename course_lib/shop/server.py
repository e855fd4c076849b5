"""The practice shop as an HTTP server in threads of this process: it ends when the process does."""

from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler

from course_lib.intervals import most_at_once
from course_lib.shop import ledger
from course_lib.shop.loopback import LoopbackServer, Response
from course_lib.shop.plan import Outcome, Plan
from course_lib.stoppable import EndsWithBlock

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Shop(EndsWithBlock):
    """A practice shop that is open as soon as it is made, on a port of this machine alone.

    It closes with `stop`, at the end of a ``with`` block, or with the process that made it.

    Parameters
    ----------
    latency, faults, failure_rate, seed, retry_after, per_second
        How it behaves, by default well: see `Plan`.

    Attributes
    ----------
    plan : Plan
        How it behaves.
    url : str
        Its address, such as ``http://127.0.0.1:49152``. It answers to GET:
        ``/shops``; ``/orders/{shop}``, ``/stock/{shop}`` and ``/quality/{shop}``, each with an
        optional ``?day=YYYY-MM-DD``; and ``/health``, which no plan slows down or spoils.

    Raises
    ------
    ValueError
        If the plan is not as described in `Plan`.

    Examples
    --------
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
        self._ledger = ledger.Ledger(self.plan)
        self._server = LoopbackServer("practice-shop", self._respond, *_METHODS)
        self.url = self._server.url
        self._server.open()

    @property
    def requests(self) -> tuple[ledger.Request, ...]:
        """All requests that reached the shop, in order of arrival."""
        return self._ledger.requests()

    def most_at_once(self) -> int:
        """Return the greatest number of requests that were being worked on at the same time."""
        return most_at_once((request.started, request.ended) for request in self.requests)

    def forget(self) -> None:
        """Clear `requests` and begin every list of planned faults anew."""
        self._ledger.forget()

    def stop(self) -> None:
        """Close the shop at once; requests that still wait lose their connection."""
        self._server.stop()
        self._ledger.close()

    def __repr__(self) -> str:
        return f"<Shop {self.url}{' (closed)' if self._server.closing.is_set() else ''}>"

    def _respond(self, request: BaseHTTPRequestHandler, body: bytes) -> Response | None:
        path, _, query = request.path.partition("?")
        ticket, response, wait = self._ledger.arrive(request.command, path.removeprefix("/"), query)
        if self._server.closing.wait(wait):
            return None
        self._ledger.leave(ticket)
        return response
