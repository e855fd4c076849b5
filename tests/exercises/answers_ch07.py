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


_CRON = "Cron('30 18 * * 5', timezone='Europe/Berlin')"
_HOURS = "Cron('0 1-23/3 * * *', timezone='Asia/Shanghai')"
_KEY = "idempotency_key=f'{deployment} {day}'"


def _not_awaited(answer: str) -> str:
    """Turn an answer into what a script would say; in a cell its calls are never awaited."""
    for before, after in (("async ", ""), ("await ", ""), ("arun_", "run_"), ("ato_", "to_")):
        answer = answer.replace(before, after)
    return answer.replace("aapply", "apply")


RIGHT: dict[str, list[str]] = {
    "07.1": [
        """
import asyncio


async def catch_up(deployment, days):
    await asyncio.gather(
        *(
            run_deployment(
                deployment,
                parameters={"day": date.fromisoformat(day)},
                tags=["catch-up", "power"],
                idempotency_key=f"{day} of {deployment}",
                timeout=0,
            )
            for day in days
        )
    )
""",
        # through the client, with the deployment's id
        """
from prefect import get_client


async def catch_up(deployment, days):
    async with get_client() as client:
        found = await client.read_deployment_by_name(deployment)
        for day in days:
            await client.create_flow_run_from_deployment(
                found.id, parameters={"day": day}, tags=["catch-up"],
                idempotency_key=f"{found.id} {day}",
            )
""",
        # asks the server what there is
        """
from prefect import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId


async def catch_up(deployment, days):
    async with get_client() as client:
        found = await client.read_deployment_by_name(deployment)
        of_it = DeploymentFilter(id=DeploymentFilterId(any_=[found.id]))
        runs = await client.read_flow_runs(deployment_filter=of_it)
        asked = {run.parameters["day"] for run in runs if "catch-up" in run.tags}
        for day in sorted(set(days) - asked):
            await arun_deployment(
                deployment, parameters={"day": day}, tags=["catch-up"], timeout=0
            )
""",
        # plain functions, in a thread where they need no await
        """
import asyncio
from functools import partial


def request(deployment, day):
    return run_deployment(
        deployment, parameters={"day": day}, tags=["catch-up"], as_subflow=False,
        idempotency_key="/".join([deployment, day]), timeout=0,
    ).id


async def catch_up(deployment, days):
    return [await asyncio.to_thread(partial(request, deployment), day) for day in days]
""",
    ],
    "07.2": [
        # seven days on the clock of the zone, from a Friday in winter
        _fridays(
            "Interval(timedelta(days=7), timezone='Europe/Berlin', "
            "anchor_date=datetime(2026, 1, 2, 18, 30, tzinfo=ZoneInfo('Europe/Berlin')))"
        ),
        # the zone is the anchor's
        _fridays(
            "Interval(timedelta(weeks=1), "
            "anchor_date=datetime(2026, 7, 3, 18, 30, tzinfo=ZoneInfo('Europe/Berlin')))"
        ),
        f"""
async def deploy_fridays(report, pool):
    await report.adeploy(
        "fridays", work_pool_name=pool, schedule={_CRON}, tags=["weekly"], version="1.1"
    )
""",
        f"""
async def deploy_fridays(report, pool):
    await report.deploy(
        name="fridays", work_pool_name=pool, schedules=[{_CRON}], tags=["weekly", "report"],
        version="1.1", print_next_steps=False,
    )
""",
        """
RULE = "FREQ=WEEKLY;BYDAY=FR;BYHOUR=18;BYMINUTE=30;BYSECOND=0"


async def deploy_fridays(report, pool):
    made = await report.to_deployment(
        "fridays", schedule=RRule(RULE, timezone="Europe/Berlin"), tags=["weekly"], version="1.1"
    )
    made.work_pool_name = pool
    await made.apply()
""",
        f"""
import asyncio


def send(report, pool):
    made = report.to_deployment(
        "fridays", schedule={_CRON}, tags=["weekly"], version="1.1", work_pool_name=pool
    )
    return made.apply()


async def deploy_fridays(report, pool):
    return await asyncio.to_thread(send, report, pool)
""",
    ],
    "07.3": [
        _watch(_HOURS),
        _watch("Cron('0 1,4,7,10,13,16,19,22 * * *', timezone='Asia/Shanghai')"),
        _watch(
            "RRule('FREQ=DAILY;BYHOUR=1,4,7,10,13,16,19,22;BYMINUTE=0;BYSECOND=0', "
            "timezone='Asia/Shanghai')"
        ),
        # two o'clock in UTC is ten in Shanghai
        _watch(
            "Interval(timedelta(hours=3), anchor_date=datetime(2026, 1, 1, 2, tzinfo=UTC), "
            "timezone='Asia/Shanghai')"
        ),
        """
import datetime as dt


async def deploy_stock_watch(report, pool):
    zone = ZoneInfo("Asia/Shanghai")
    print(f"asked on {dt.date.today()} at {dt.datetime.now(zone):%H:%M}")
    anchor = dt.datetime.combine(dt.date(2025, 1, 1), dt.time(22), zone)
    await report.adeploy(
        "stock-watch", work_pool_name=pool,
        schedule=Interval(10800, anchor_date=anchor, timezone="Asia/Shanghai"),
    )
""",
        """
async def deploy_stock_watch(report, pool):
    hours = [
        Cron(f"0 {hour} * * *", timezone="Asia/Shanghai") for hour in range(1, 24, 3)
    ]
    made = await report.ato_deployment("stock-watch", schedules=hours, work_pool_name=pool)
    await made.aapply()
""",
    ],
}

WRONG = {
    "07.1": [
        Wrong(
            "only the first day",
            "days asked for",
            _ask(f"tags=['catch-up'], {_KEY}, timeout=0").replace("(days)", "(days[:1])"),
            ignores="each-day",
        ),
        Wrong(
            "one key for all days",
            "days asked for",
            _ask("tags=['catch-up'], idempotency_key='catch-up', timeout=0"),
        ),
        Wrong("no tag", "tag catch-up", _ask(f"{_KEY}, timeout=0"), ignores="tag"),
        Wrong(
            "waits for each run",
            "comes to an end",
            _ask(f"tags=['catch-up'], {_KEY}"),
            ignores="no-waiting",
        ),
        Wrong("no key", "a second call", _ask("tags=['catch-up'], timeout=0"), ignores="once"),
        Wrong(
            "a set instead of a key",
            "from another process",
            "asked = set()\n"
            + _ask("tags=['catch-up'], timeout=0").replace(
                "        await",
                "        if (deployment, day) in asked:\n            continue\n"
                "        asked.add((deployment, day))\n        await",
            ),
            ignores="another-process",
        ),
        Wrong(
            "a set as a default",
            "from another process",
            _ask("tags=['catch-up'], timeout=0")
            .replace("(deployment, days)", "(deployment, days, asked=set())")
            .replace(
                "        await",
                "        if f'{deployment} {day}' in asked:\n            continue\n"
                "        asked |= {f'{deployment} {day}'}\n        await",
            ),
            ignores="another-process",
        ),
        Wrong(
            "a key with today's date",
            "from another process",
            _ask(
                "tags=['catch-up'], timeout=0, idempotency_key=f'{date.today()} {deployment} {day}'"
            ),
            ignores="another-process",
        ),
        Wrong(
            "a hash as the key, which is another in each process",
            "from another process",
            _ask("tags=['catch-up'], timeout=0, idempotency_key=str(hash((deployment, day)))"),
        ),
        Wrong(
            "a sync function, whose call isn't awaited in a cell",
            "days asked for",
            _not_awaited(_ask(f"tags=['catch-up'], {_KEY}, timeout=0")),
            ignores="each-day",
        ),
        Wrong(
            "the day of the month as the key",
            "days asked for",
            _ask("tags=['catch-up'], idempotency_key=f'{deployment} {day[-2:]}', timeout=0"),
        ),
        Wrong(
            "a new key each time",
            "a second call",
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
            _ask(f"tags=['catch-up'], {_KEY}, timeout=0").replace('"day"', '"date"'),
            ignores="parameter",
        ),
        Wrong(
            "the day alone as the key",
            "another deployment",
            _ask("tags=['catch-up'], idempotency_key=f'catch-up {day}', timeout=0"),
            ignores="own-runs",
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
        Wrong("no zone", "runs from 20 March", _fridays("Cron('30 18 * * 5')"), ignores="berlin"),
        Wrong(
            "six o'clock",
            "runs from 20 March",
            _fridays("Cron('0 18 * * 5', timezone='Europe/Berlin')"),
            ignores="time",
        ),
        Wrong(
            "another name",
            "deployments that were made",
            _fridays(_CRON).replace('"fridays"', '"friday"'),
            ignores="deployed",
        ),
        Wrong(
            "a rule for one year",
            "a time that the check draws",
            _fridays(
                "RRule('DTSTART:20260102T183000\\nRRULE:FREQ=WEEKLY;COUNT=52', "
                "timezone='Europe/Berlin')"
            ),
            ignores="fridays",
        ),
        Wrong(
            "each second Friday",
            "runs from 20 March",
            _fridays(
                "Interval(timedelta(days=14), timezone='Europe/Berlin', "
                "anchor_date=datetime(2026, 1, 2, 18, 30, tzinfo=ZoneInfo('Europe/Berlin')))"
            ),
            ignores="fridays",
        ),
        Wrong(
            "sync, and nothing is awaited in a cell",
            "without an error",
            _not_awaited(_fridays(_CRON)),
        ),
        Wrong(
            "sync deploy, which isn't awaited in a cell",
            "deployments that were made",
            f"def deploy_fridays(report, pool):\n    report.deploy('fridays', schedule={_CRON}, "
            "tags=['weekly'], version='1.1', work_pool_name=pool)",
            ignores="deployed",
        ),
        Wrong(
            "the winter's time in UTC",
            "runs from 20 March",
            _fridays("Cron('30 17 * * 5')"),
            ignores="summer-and-winter",
        ),
        Wrong(
            "a zone without summer time",
            "runs from 20 March",
            _fridays("Cron('30 18 * * 5', timezone='Etc/GMT-1')"),
            ignores="summer-and-winter",
        ),
        Wrong(
            "days counted from Monday as 0",
            "runs from 20 March",
            _fridays("Cron('30 18 * * 4', timezone='Europe/Berlin')"),
            ignores="fridays",
        ),
        Wrong(
            "a week from a Friday in winter, by an offset",
            "runs from 20 March",
            _fridays(
                "Interval(timedelta(days=7), "
                "anchor_date=datetime.fromisoformat('2026-01-02T18:30+01:00'))"
            ),
            ignores="summer-and-winter",
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
            ignores="tag",
        ),
        Wrong(
            "no version",
            "version",
            _fridays(
                "Cron('30 18 * * 5', timezone='Europe/Berlin')",
                "tags=['weekly'], work_pool_name=pool",
            ),
            ignores="version",
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
            ignores="pool",
        ),
        Wrong(
            "made and not sent",
            "deployments that were made",
            "async def deploy_fridays(report, pool):\n"
            "    await report.ato_deployment('fridays', work_pool_name=pool)",
            ignores="deployed",
        ),
    ],
    "07.3": [
        Wrong(
            "anchored at one o'clock of the day",
            "what a call tomorrow changed",
            _watch(
                "Interval(timedelta(hours=3), timezone='Asia/Shanghai', "
                "anchor_date=datetime.now(ZoneInfo('Asia/Shanghai'))"
                ".replace(hour=1, minute=0, second=0, microsecond=0))"
            ),
            ignores="not-by-the-call",
        ),
        Wrong(
            "anchored at the day of today",
            "what a call tomorrow changed",
            _watch(
                "Interval(timedelta(hours=3), timezone='Asia/Shanghai', "
                "anchor_date=datetime.combine(date.today(), "
                "datetime.min.time().replace(hour=7), ZoneInfo('Asia/Shanghai')))"
            ),
            ignores="not-by-the-call",
        ),
        Wrong(
            "by day only",
            "runs on 2 March",
            _watch("Cron('0 7-19/3 * * *', timezone='Asia/Shanghai')"),
            ignores="every-three-hours",
        ),
        Wrong(
            "on working days only",
            "a time that the check draws",
            _watch("Cron('0 1-23/3 * * 1-5', timezone='Asia/Shanghai')"),
            ignores="every-three-hours",
        ),
        Wrong(
            "sync, and nothing is awaited in a cell",
            "without an error",
            _not_awaited(_watch(_HOURS)),
        ),
        Wrong(
            "anchored at now",
            "what a second call changed",
            _watch(
                "Interval(timedelta(hours=3), anchor_date=datetime.now(UTC), "
                "timezone='Asia/Shanghai')"
            ),
            ignores="nothing-changes",
        ),
        Wrong(
            "a new version each time",
            "what a second call changed",
            _watch("Cron('0 1-23/3 * * *', timezone='Asia/Shanghai'), version=str(uuid4())"),
            ignores="nothing-changes",
        ),
        Wrong(
            "a new name each time",
            "deployments that were made",
            _watch(
                "Cron('0 1-23/3 * * *', timezone='Asia/Shanghai')",
                "f'stock-watch-{uuid4().hex[:6]}'",
            ),
            ignores="one-deployment",
        ),
        Wrong(
            "an anchor without a zone",
            "runs on 2 March",
            _watch(
                "Interval(timedelta(hours=3), anchor_date=datetime(2026, 1, 1, 7), "
                "timezone='Asia/Shanghai')"
            ),
        ),
        Wrong(
            "a cron rule without a zone",
            "runs on 2 March",
            _watch("Cron('0 1-23/3 * * *')"),
            ignores="shanghai",
        ),
        Wrong(
            "hours that divide by three",
            "runs on 2 March",
            _watch("Cron('0 */3 * * *', timezone='Asia/Shanghai')"),
            ignores="right-hours",
        ),
        Wrong(
            "paused",
            "paused",
            _watch("Cron('0 1-23/3 * * *', timezone='Asia/Shanghai'), paused=True"),
            ignores="every-three-hours",
        ),
    ],
}
