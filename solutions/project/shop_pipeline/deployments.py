"""The deployments of the morning job. Creating them again changes nothing."""

from prefect import Flow
from prefect.schedules import Cron

from shop_pipeline import __version__
from shop_pipeline.config import PROJECT, Settings

ENTRYPOINT = "shop_pipeline/flows.py:daily_report"


async def deploy(pool: str = "morning") -> list[str]:
    """Create the deployments in a work pool, or bring them up to date; give their names."""
    report = await Flow.afrom_source(PROJECT, ENTRYPOINT)
    common = {"version": __version__, "work_pool_name": pool}
    every_morning = await report.ato_deployment(
        "every-morning",
        description="Yesterday's report, each day at 08:00.",
        schedule=Cron("0 8 * * *", timezone=Settings().timezone.key),
        tags=["production"],
        **common,
    )
    by_hand = await report.ato_deployment(
        "by-hand", description="The report of a day of your choice.", tags=["manual"], **common
    )
    for deployment in (every_morning, by_hand):
        await deployment.aapply()
    return [every_morning.full_name, by_hand.full_name]
