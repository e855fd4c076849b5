"""What a worker that ends needs of its work pool: a pause, and the runs under way."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import get_client
from prefect.client.schemas import FlowRun
from prefect.client.schemas.actions import WorkPoolUpdate
from prefect.client.schemas.filters import FlowRunFilter, WorkPoolFilter


@contextmanager
def paused(pool: str) -> Iterator[None]:
    """Let a pool hand out no runs for the length of the block; then it is as it was before."""
    with get_client(sync_client=True) as client:
        before = client.read_work_pool(pool).is_paused
        client.update_work_pool(pool, WorkPoolUpdate(is_paused=True))
        try:
            yield
        finally:
            client.update_work_pool(pool, WorkPoolUpdate(is_paused=before))


def under_way(pool: str) -> list[FlowRun]:
    """Return the runs of a pool that a worker has claimed or begun."""
    states = {"type": {"any_": ["PENDING", "RUNNING"]}}
    with get_client(sync_client=True) as client:
        return client.read_flow_runs(
            flow_run_filter=FlowRunFilter(state=states),
            work_pool_filter=WorkPoolFilter(name={"any_": [pool]}),
        )
