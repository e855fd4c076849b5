"""Which runs this process began and finished, noted from Prefect's own run loggers.

Prefect returns a flow's *result*, not its run, and many kernels share one server. This handler
(see logging.yml) tells for certain which runs are ours, and for which task runs a final state
must still reach the server, which records it a little later than the client knows it.
"""

import logging
from collections import defaultdict
from dataclasses import dataclass, field

from course_lib.server.internals import FINISHED


@dataclass
class OwnRuns:
    """Ids (as text) of the runs of this process, in the order in which they began."""

    flow_runs: dict[str, str] = field(default_factory=dict)
    """Flow run id -> flow name."""
    task_runs: dict[str, str] = field(default_factory=dict)
    """Task run id -> task name, of tasks that ran outside any flow."""
    finished: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Flow run id -> ids of its task runs that have reached a final state."""


own_runs = OwnRuns()


class OwnRunsHandler(logging.Handler):
    """Fills `own_runs`; writes nothing anywhere."""

    def emit(self, record: logging.LogRecord) -> None:
        """Note the run that the record belongs to."""
        flow_run = str(getattr(record, "flow_run_id", None) or "")
        task_run = getattr(record, "task_run_id", None)
        if task_run is None:
            own_runs.flow_runs.setdefault(flow_run, getattr(record, "flow_name", ""))
        elif not flow_run:
            own_runs.task_runs.setdefault(str(task_run), getattr(record, "task_name", ""))
        elif str(record.msg).startswith(FINISHED):
            own_runs.finished[flow_run].add(str(task_run))
