"""A flow run that goes on in a thread while other cells run: to wait for it, or to answer it."""

from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any
from uuid import UUID

from course_lib.kernel.threads import call_in_thread

if TYPE_CHECKING:  # at run time imported late: a kernel that only starts needn't wait for it
    from prefect import Flow


class BackgroundRun:
    """A flow run that `run_in_background` has started; `id` is the flow run's."""

    def __init__(self, id: UUID, flow: str, outcome: "Future[Any]") -> None:
        self.id = id
        self._flow = flow
        self._outcome = outcome

    def __repr__(self) -> str:
        return f"<Flow run of {self._flow!r}: its thread has {'ended' if self.ended else 'work'}>"

    @property
    def ended(self) -> bool:
        """Whether the flow has come to its end, and its thread with it."""
        return self._outcome.done()

    def result(self, timeout: float | None = 60) -> Any:
        """Wait for the end, and return what the flow returned, or raise what it raised."""
        return self._outcome.result(timeout)


def run_in_background(flow: "Flow[Any, Any]", /, *args: Any, **parameters: Any) -> BackgroundRun:
    """Call a flow with these arguments in a thread of its own, and return as soon as it runs.

    What the call raises before there is a run, for wrong arguments and the like, this raises, too.
    """
    started: SimpleQueue[UUID | None] = SimpleQueue()  # holds None if it ends without a run

    def note_id(flow: object, flow_run: Any, state: object) -> None:
        started.put(flow_run.id)

    noted = flow.with_options(on_running=[note_id, *flow.on_running_hooks])
    outcome = call_in_thread(noted, args, parameters)
    outcome.add_done_callback(lambda _: started.put(None))
    run_id = started.get()
    if run_id is None:
        outcome.result()  # raises: without a run it has failed
        raise RuntimeError(f"{flow.name} ended without a run")
    return BackgroundRun(run_id, flow.name, outcome)
