"""The practice shop as an HTTP server in threads of this process: it ends when the process does."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from course_lib.intervals import most_at_once
from course_lib.shop import ledger
from course_lib.shop.loopback import LoopbackHandler, LoopbackServer
from course_lib.shop.plan import Outcome, Plan
from course_lib.stoppable import EndsWithBlock


class Shop(EndsWithBlock):
    """A practice shop that is open as soon as it is made, on a port of this machine alone.

    It closes with `stop`, at the end of a ``with`` block, or with the process that made it.

    Parameters
    ----------
    plan
        How it behaves; by default it behaves well.
    port
        Where it listens; 0 takes any free port.
    latency, faults, failure_rate, seed, retry_after, per_second
        The fields of a `Plan`; each that is given replaces that of `plan`.

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
    OSError
        If it can't listen on `port`, most likely because another program does.

    Examples
    --------
    >>> with Shop(faults={"orders/*": [503]}) as shop:
    ...     [httpx.get(f"{shop.url}/orders/north").status_code for _ in range(2)]
    [503, 200]
    """

    def __init__(
        self,
        plan: Plan | None = None,
        *,
        port: int = 0,
        latency: float | None = None,
        faults: Mapping[str, Sequence[Outcome]] | None = None,
        failure_rate: float | None = None,
        seed: int | None = None,
        retry_after: int | None = None,
        per_second: int | None = None,
    ) -> None:
        """Open the shop."""
        fields: dict[str, Any] = {
            "latency": latency,
            "faults": faults,
            "failure_rate": failure_rate,
            "seed": seed,
            "retry_after": retry_after,
            "per_second": per_second,
        }
        given = {name: value for name, value in fields.items() if value is not None}
        self.plan = replace(plan or Plan(), **given)
        self._ledger = ledger.Ledger(self.plan)
        self._server = _Server(port, self._ledger)
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
        self._server.close()

    def __repr__(self) -> str:
        """Give the address, and say if the shop is closed."""
        return f"<Shop {self.url}{' (closed)' if self._server.closing.is_set() else ''}>"


class _Server(LoopbackServer):
    def __init__(self, port: int, book: ledger.Ledger) -> None:
        self.ledger = book
        super().__init__(port, _Handler, "practice-shop")

    def close(self) -> None:
        super().close()
        self.ledger.close()


class _Handler(LoopbackHandler):
    server: _Server

    def _serve(self) -> None:
        self.read_body()
        path, _, query = self.path.partition("?")
        ticket, due = self.server.ledger.arrive(self.command, path.removeprefix("/"), query)
        if self.server.closing.wait(due.wait):
            self.close_connection = True
            return
        self.server.ledger.leave(ticket)
        self.send_response(due.status)
        for name, value in due.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(due.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(due.body)

    # The names that http.server looks for.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815
