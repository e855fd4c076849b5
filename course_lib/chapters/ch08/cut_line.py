"""A line to a server that can be cut or held, to see what others do without that server.

The Prefect server itself can't be stopped for that: every open notebook uses it.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import closing, suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from course_lib.server.ports import LOOPBACK
from course_lib.stoppable import Stoppable

_CHUNK = 65_536


class CuttableLine(Stoppable):
    """Passes bytes between an address of its own and a server of this machine.

    >>> with CuttableLine(shop.url) as line:
    ...     httpx.get(f"{line.url}/orders/north")
    ...     line.cut()

    `heard` is called with all that goes through it, in both directions.
    """

    def __init__(self, url: str, heard: Callable[[bytes], None] = lambda _: None) -> None:
        self._to, self._heard = urlsplit(url), heard
        self._port = 0  # any, and then always the same
        self._open: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="line")
        self._thread.start()
        self._free = asyncio.Event()
        self._do(self._listen())
        self.mend()

    def __repr__(self) -> str:
        held = "open" if self._free.is_set() else "held"
        return f"<CuttableLine: {held if self._listener.is_serving() else 'cut'}>"

    @property
    def url(self) -> str:
        """The address of the server through this line."""
        return urlunsplit(self._to._replace(netloc=f"{LOOPBACK}:{self._port}"))

    def cut(self) -> None:
        """Break all connections and take no new ones: as if the server had stopped."""
        self._do(self._hang_up())

    def hold(self) -> None:
        """Keep back all answers until it is mended: as if the server were very slow."""
        self._loop.call_soon_threadsafe(self._free.clear)

    def mend(self) -> None:
        """Pass everything on again, at the same address as before."""
        if not self._listener.is_serving():
            self._do(self._listen())
        self._loop.call_soon_threadsafe(self._free.set)

    def stop(self) -> None:
        """Cut it for good."""
        if self._thread.is_alive():
            self.cut()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._connect, LOOPBACK, self._port)
        self._port = self._listener.sockets[0].getsockname()[1]

    async def _hang_up(self) -> None:
        self._listener.close()
        for each in self._open:
            each.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with closing(writer):
                there, back = await asyncio.open_connection(self._to.hostname, self._to.port)
                # Where one side hangs up, the other is hung up on, and so its way ends, too.
                await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))
        except (OSError, asyncio.CancelledError):
            pass  # the server is down, or we cut the line: in both cases hang up
        finally:
            self._open.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                self._heard(chunk)
                await self._free.wait()
                writer.write(chunk)
                await writer.drain()
