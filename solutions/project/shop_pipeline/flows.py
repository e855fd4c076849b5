"""The morning job."""

from datetime import date, timedelta
from itertools import product
from pathlib import Path

from prefect import flow, get_run_logger, runtime
from prefect.futures import wait
from prefect.task_runners import ThreadPoolTaskRunner

from shop_pipeline.config import Settings
from shop_pipeline.records import REPORTS
from shop_pipeline.tasks import pull, store, write_report


class IncompleteError(Exception):
    """The report is written, but not all shops are in it."""


def yesterday(settings: Settings) -> date:
    """Give the day before the one for which the run was scheduled, by the chain's clocks.

    Not before today: a run may be late, and would then report on the wrong day.
    """
    planned = runtime.flow_run.scheduled_start_time
    return planned.astimezone(settings.timezone).date() - timedelta(days=1)


@flow(
    name="daily-report",
    description="Pulls, checks and stores what the shops report, and writes the day's report.",
    task_runner=ThreadPoolTaskRunner(max_workers=4),
    timeout_seconds=600,
)
def daily_report(day: date | None = None) -> Path:
    """Report on a day, by default on yesterday. A second run of the same day changes nothing.

    What could not be pulled is named in the report, and the run fails after writing it.
    """
    settings = Settings()
    day = day or yesterday(settings)
    pulls = {
        f"{report} of {shop}": pull.submit(report, shop, day, settings)
        for report, shop in product(REPORTS, settings.stores)
    }
    wait(list(pulls.values()))
    missing = [what for what, future in pulls.items() if not future.state.is_completed()]
    batches = [future.result() for what, future in pulls.items() if what not in missing]
    rejected = [reason for batch in batches for reason in batch.rejected]
    records = store(batches, settings)
    file = write_report(day, missing, rejected, settings)
    get_run_logger().info("%d records of %s, %d rejected", records, day, len(rejected))
    if missing:
        raise IncompleteError(f"missing on {day}: {', '.join(missing)}")
    return file
