"""Which runs this process began and finished, noted from Prefect's own run loggers.

Prefect returns a flow's *result*, not its run, and many kernels share one server. This handler
(see logging.yml) tells for certain which runs are ours, and for which task runs a final state
must still reach the server, which records it a little later than the client knows it.
"""

import logging
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Notes:
    """Ids (as text) of the runs of this process, in the order in which they began."""

    flow_runs: dict[str, str] = field(default_factory=dict)
    """Flow run id -> flow name."""
    task_runs: dict[str, str] = field(default_factory=dict)
    """Task run id -> task name, of tasks that ran outside any flow."""
    finished: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Flow run id -> ids of its task runs that have reached a final state."""


notes = Notes()


class RunNotes(logging.Handler):
    """Fills `notes`; writes nothing anywhere."""

    def emit(self, record: logging.LogRecord) -> None:
        """Note the run that the record belongs to."""
        flow_run = str(getattr(record, "flow_run_id", None) or "")
        task_run = getattr(record, "task_run_id", None)
        if task_run is None:
            notes.flow_runs.setdefault(flow_run, getattr(record, "flow_name", ""))
        elif flow_run:
            if str(record.msg).startswith("Finished in state"):
                notes.finished[flow_run].add(str(task_run))
        else:
            notes.task_runs.setdefault(str(task_run), getattr(record, "task_name", ""))
