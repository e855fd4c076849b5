"""The client of Prefect's API."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient


def open_client() -> "SyncPrefectClient":
    """Return a new client of the Prefect server, to be used in a ``with`` block."""
    from prefect import get_client  # late: a kernel that only starts needn't wait for it

    return get_client(sync_client=True)
