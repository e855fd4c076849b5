"""What a run left behind for people: frozen snapshots of its artifacts.

This is the only module that reads artifacts from the API of the Prefect server.
"""

import json
from dataclasses import dataclass
from typing import Any

from course_lib.records.paging import PAGE
from course_lib.records.runs import FlowRun
from course_lib.server.client import open_client


@dataclass(frozen=True)
class Artifact:
    """One artifact, as recorded."""

    key: str  # empty where it was made without one
    type: str  # ``table``, ``markdown`` (links, too), ``progress``, ``image``
    data: Any  # the rows of a table, the text in Markdown, a number, or an address
    description: str


def read_artifacts(run: FlowRun) -> tuple[Artifact, ...]:
    """Read what a flow run and its task runs left behind, in the order of keys."""
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

    of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
    with open_client() as client:
        found = client.read_artifacts(artifact_filter=of_run, limit=PAGE)
    return tuple(
        Artifact(
            each.key or "",
            each.type or "",
            json.loads(str(each.data)) if each.type == "table" else each.data,
            each.description or "",
        )
        for each in sorted(found, key=lambda each: (each.key or "", each.created))
    )
