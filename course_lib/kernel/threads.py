"""Flows that run in a thread of their own, while the notebook goes on."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # at run time imported late: a kernel that only starts needn't wait for it
    from prefect import Flow


def call_in_thread(
    flow: "Flow[Any, Any]", args: Sequence[Any], parameters: Mapping[str, Any]
) -> "Future[Any]":
    """Call a flow with these arguments, and return at once what will hold its outcome.

    An async flow gets an event loop of its own.
    """
    outcome: Future[Any] = Future()

    def work() -> None:
        try:
            result = flow(*args, **parameters)
            outcome.set_result(asyncio.run(result) if flow.isasync else result)
        except BaseException as error:
            outcome.set_exception(error)

    # A daemon: a run that waits for somebody must not keep the kernel from ending.
    threading.Thread(target=work, daemon=True, name=f"run of {flow.name}").start()
    return outcome
