"""The steps of the morning job, each retried, timed and recorded by Prefect."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import httpx
from prefect import State, Task, get_run_logger, task
from prefect.client.schemas import TaskRun
from prefect.tasks import exponential_backoff

from shop_pipeline import report, storage
from shop_pipeline.config import Settings
from shop_pipeline.records import Batch, check

TEMPORARY_STATUS = {429, 500, 502, 503, 504}


def is_temporary(error: object) -> bool:
    """Say whether the same request may succeed in a moment."""
    match error:
        case httpx.HTTPStatusError():
            return error.response.status_code in TEMPORARY_STATUS
        case httpx.TransportError() | TimeoutError() | json.JSONDecodeError():
            return True
        case _:
            return False


def only_temporary(task: Task, task_run: TaskRun, state: State) -> bool:
    """Let Prefect retry what can get better and nothing else."""
    return is_temporary(state.data)


@task(
    task_run_name="pull {report_name} of {shop}",
    retries=3,
    retry_delay_seconds=exponential_backoff(backoff_factor=0.2),
    retry_jitter_factor=0.5,
    retry_condition_fn=only_temporary,
)
def pull(report_name: str, shop: str, day: date, settings: Settings) -> Batch:
    """Fetch one report of one shop and check its records."""
    token = settings.token.get_secret_value()
    response = httpx.get(
        f"{settings.url}/{report_name}/{shop}",
        params={"day": day.isoformat()},
        headers={"Authorization": f"Bearer {token}"} if token else None,
        timeout=settings.timeout,
    )
    response.raise_for_status()
    batch = check(report_name, shop, day, response.json())
    for reason in batch.rejected:
        get_run_logger().warning("Rejected: %s", reason)
    return batch


@task
def store(batches: Sequence[Batch], settings: Settings) -> int:
    """Put what was pulled into the database; give the number of records."""
    return storage.save(storage.connect(settings.database), batches)


@task
def write_report(
    day: date, missing: Sequence[str], rejected: Sequence[str], settings: Settings
) -> Path:
    """Write the day's report from what the database holds; give its path."""
    totals = storage.totals(storage.connect(settings.database), day)
    return report.write(totals, settings.stores, missing, rejected, settings.reports)
