"""How many results are still in memory."""

import gc
from weakref import WeakSet


def still_there(objects: "WeakSet[object]") -> int:
    """Count the objects that something still needs.

    What Prefect has yet to send about a task run holds its result, too. So this waits until all of
    it is sent: a slow server would look like a flow that keeps its results.
    """
    from prefect.events.worker import EventsWorker

    EventsWorker.instance().wait_until_empty()
    gc.collect()
    return len(objects)
