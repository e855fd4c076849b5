"""Right and wrong answers to the exercises of chapter 07."""

from tests.exercises.answers import Wrong

PRELUDE = """
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from prefect import Flow, flow
from prefect.deployments import arun_deployment, run_deployment
from prefect.schedules import Cron, Interval, RRule
"""

_ASK = """
async def catch_up(deployment, days):
    for number, day in enumerate(days):
        await arun_deployment(deployment, parameters={"day": day}, {options})
"""


def _ask(options: str) -> str:
    return _ASK.replace("{options}", options)


_FRIDAYS = """
async def deploy_fridays(report, pool):
    deployment = await report.ato_deployment("fridays", {options})
    await deployment.aapply()
"""


def _fridays(
    schedule: str, rest: str = "tags=['weekly'], version='1.1', work_pool_name=pool"
) -> str:
    return _FRIDAYS.replace("{options}", f"schedule={schedule}, {rest}")


_WATCH = """
async def deploy_stock_watch(report, pool):
    deployment = await report.ato_deployment({name}, schedule={schedule}, work_pool_name=pool)
    await deployment.aapply()
"""


def _watch(schedule: str, name: str = "'stock-watch'") -> str:
    return _WATCH.replace("{schedule}", schedule).replace("{name}", name)


RIGHT: dict[str, list[str]] = {
    "07.2": [
        # seven days on the clock of the zone, from a Friday in winter
        _fridays(
            "Interval(timedelta(days=7), timezone='Europe/Berlin', "
            "anchor_date=datetime(2026, 1, 2, 18, 30, tzinfo=ZoneInfo('Europe/Berlin')))"
        ),
    ],
}

WRONG = {
    "07.1": [
        Wrong(
            "only the first day",
            "days asked for",
            """
async def catch_up(deployment, days):
    await arun_deployment(
        deployment, parameters={"day": days[0]}, tags=["catch-up"],
        idempotency_key=days[0], timeout=0,
    )
""",
        ),
        Wrong(
            "one key for all days",
            "days asked for",
            _ask("tags=['catch-up'], idempotency_key='catch-up', timeout=0"),
        ),
        Wrong("no tag", "tag catch-up", _ask("idempotency_key=day, timeout=0")),
        Wrong("no key", "after a second call", _ask("tags=['catch-up'], timeout=0")),
        Wrong(
            "a new key each time",
            "after a second call",
            _ask("tags=['catch-up'], idempotency_key=str(uuid4()), timeout=0"),
        ),
        Wrong(
            "the place in the list as the key",
            "one more day",
            _ask("tags=['catch-up'], idempotency_key=str(number), timeout=0"),
        ),
        Wrong(
            "the parameter is misspelt",
            "days asked for",
            _ask("timeout=0").replace('"day"', '"date"'),
        ),
        Wrong(
            "the day alone as the key",
            "another deployment",
            _ask("tags=['catch-up'], idempotency_key=f'catch-up {day}', timeout=0"),
        ),
        Wrong(
            "a flow instead of a function",
            "what was given",
            "@flow\nasync def catch_up(deployment, days): pass",
        ),
        Wrong(
            "the wrong arguments",
            "without an error",
            "async def catch_up(days):\n    pass",
        ),
    ],
    "07.2": [
        Wrong("no zone", "runs from 20 March", _fridays("Cron('30 18 * * 5')")),
        Wrong("the winter's time in UTC", "runs from 20 March", _fridays("Cron('30 17 * * 5')")),
        Wrong(
            "a zone without summer time",
            "runs from 20 March",
            _fridays("Cron('30 18 * * 5', timezone='Etc/GMT-1')"),
        ),
        Wrong(
            "days counted from Monday as 0",
            "runs from 20 March",
            _fridays("Cron('30 18 * * 4', timezone='Europe/Berlin')"),
        ),
        Wrong(
            "a week from a Friday in winter, without a zone",
            "runs from 20 March",
            _fridays(
                "Interval(timedelta(days=7), "
                "anchor_date=datetime(2026, 1, 2, 18, 30, tzinfo=ZoneInfo('Europe/Berlin')))"
            ),
        ),
        Wrong(
            "hour and minute exchanged",
            "without an error",
            _fridays("Cron('18 30 * * 5', timezone='Europe/Berlin')"),
        ),
        Wrong(
            "a misspelt zone",
            "without an error",
            _fridays("Cron('30 18 * * 5', timezone='Europe/Berln')"),
        ),
        Wrong(
            "no tag",
            "tags",
            _fridays(
                "Cron('30 18 * * 5', timezone='Europe/Berlin')",
                "version='1.1', work_pool_name=pool",
            ),
        ),
        Wrong(
            "no version",
            "version",
            _fridays(
                "Cron('30 18 * * 5', timezone='Europe/Berlin')",
                "tags=['weekly'], work_pool_name=pool",
            ),
        ),
        Wrong(
            "paused",
            "paused",
            _fridays(
                "Cron('30 18 * * 5', timezone='Europe/Berlin')",
                "tags=['weekly'], version='1.1', work_pool_name=pool, paused=True",
            ),
        ),
        Wrong(
            "without the pool",
            "where its runs wait",
            _fridays(
                "Cron('30 18 * * 5', timezone='Europe/Berlin')", "tags=['weekly'], version='1.1'"
            ),
        ),
        Wrong(
            "made and not sent",
            "deployments that were made",
            "async def deploy_fridays(report, pool):\n"
            "    await report.ato_deployment('fridays', work_pool_name=pool)",
        ),
    ],
    "07.3": [
        Wrong(
            "anchored at now",
            "what a second call changed",
            _watch(
                "Interval(timedelta(hours=3), anchor_date=datetime.now(UTC), "
                "timezone='Asia/Shanghai')"
            ),
        ),
        Wrong(
            "a new version each time",
            "what a second call changed",
            _watch("Cron('0 1-23/3 * * *', timezone='Asia/Shanghai'), version=str(uuid4())"),
        ),
        Wrong(
            "a new name each time",
            "deployments that were made",
            _watch(
                "Cron('0 1-23/3 * * *', timezone='Asia/Shanghai')",
                "f'stock-watch-{uuid4().hex[:6]}'",
            ),
        ),
        Wrong(
            "an anchor without a zone",
            "runs on 2 March",
            _watch(
                "Interval(timedelta(hours=3), anchor_date=datetime(2026, 1, 1, 7), "
                "timezone='Asia/Shanghai')"
            ),
        ),
        Wrong("a cron rule without a zone", "runs on 2 March", _watch("Cron('0 1-23/3 * * *')")),
        Wrong(
            "hours that divide by three",
            "runs on 2 March",
            _watch("Cron('0 */3 * * *', timezone='Asia/Shanghai')"),
        ),
        Wrong(
            "paused",
            "paused",
            _watch("Cron('0 1-23/3 * * *', timezone='Asia/Shanghai'), paused=True"),
        ),
    ],
}
