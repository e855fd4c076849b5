"""The course's Prefect server lets its writers wait for their turn."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
from prefect import flow, get_client

import course_lib as course

WRITERS, EACH = 6, 5


@flow
def nothing() -> None: ...


def test_no_writer_is_turned_away_because_another_one_writes() -> None:
    """As Prefect 3.8.8 begins transactions, about half of these requests were answered 503."""
    course.start()
    with get_client(sync_client=True) as client:
        deployment_id = client.create_deployment(client.create_flow(nothing), "six writers")

    def write(_: int) -> list[int]:
        with httpx.Client(base_url=os.environ["PREFECT_API_URL"], timeout=100) as raw:
            path = f"/deployments/{deployment_id}/create_flow_run"
            return [raw.post(path, json={}).status_code for _ in range(EACH)]

    try:
        with ThreadPoolExecutor(WRITERS) as pool:
            found = Counter(code for codes in pool.map(write, range(WRITERS)) for code in codes)
    finally:
        with get_client(sync_client=True) as client:
            client.delete_deployment(deployment_id)
    assert found == {httpx.codes.CREATED: WRITERS * EACH}
