"""What checks make on the server for themselves, and delete in the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:  # at run time imported late: a kernel that only starts needn't wait for it
    from prefect.client.orchestration import SyncPrefectClient


def new_name() -> str:
    """Return a name that nothing on the server has so far."""
    return f"check-{uuid4().hex[:8]}"


@contextmanager
def work_pool(client: "SyncPrefectClient") -> Iterator[str]:
    """Make a work pool that has no worker, and delete it afterwards."""
    from prefect.client.schemas.actions import WorkPoolCreate

    pool = new_name()
    client.create_work_pool(WorkPoolCreate(name=pool, type="process"))
    try:
        yield pool
    finally:
        client.delete_work_pool(pool)
