"""Old code, written for the test: the shops' morning with Prefect 1."""

from datetime import timedelta

import prefect
from prefect import Flow, Parameter, case, task, unmapped  # -> case, parameter
from prefect import flatten as flat  # -> mapping
from prefect.engine import signals  # -> signals
from prefect.engine.results import LocalResult  # -> engine-modules
from prefect.engine.signals import SKIP as SKIPPED  # -> signals
from prefect.executors import LocalDaskExecutor  # -> executor
from prefect.run_configs import LocalRun  # -> run-config
from prefect.schedules import IntervalSchedule  # -> schedule
from prefect.schedules.clocks import CronClock  # -> schedule
from prefect.storage import Local  # -> storage
from prefect.tasks.control_flow import merge  # -> case
from prefect.tasks.secrets import PrefectSecret  # -> secrets
from prefect.tasks.shell import ShellTask  # -> task-library
from prefect.triggers import all_finished  # -> triggers
from prefect.utilities.logging import get_logger  # -> old-logging

signals_seen = 0


@task(max_retries=3, retry_delay=timedelta(minutes=1), log_stdout=True)  # -> task-arguments
def pull(shop, url):
    logger = prefect.context.get("logger")  # -> reference-context
    logger.info("pulling %s on %s", shop, prefect.context["today"])
    if shop == "west":
        raise SKIPPED("west is closed")
    if not url:
        raise signals.FAIL("no address")
    return [shop]


@prefect.task(trigger=all_finished)  # -> task-arguments
def report(pulled):
    return len(pulled)


class Load(prefect.Task):  # -> task-class
    def run(self, rows):
        return rows


count = task(lambda rows: len(rows), name="count")
every_morning = IntervalSchedule(interval=timedelta(days=1))

with Flow("morning", schedule=every_morning, result=LocalResult()) as flow:  # -> flow-context
    url = Parameter("url")
    password = PrefectSecret("shop")
    pulled = pull.map(["north", "east"], url=unmapped(url))
    reported = report(flat(pulled), upstream_tasks=[password])  # -> upstream-tasks
    with case(reported, 0):
        loaded = Load()(pulled)
    reported.set_upstream(loaded)  # -> task-methods

flow.storage = Local(directory="/flows")  # -> flow-attributes
flow.run_config = LocalRun(labels=["shop"])  # -> flow-attributes
flow.executor = LocalDaskExecutor()  # -> flow-attributes

if __name__ == "__main__":
    flow.register(project_name="shops")  # -> flow-methods
    state = flow.run(url="loopback")  # -> flow-methods
    pull.run("north", None)  # -> task-methods
    prefect.Client().create_project("shops")  # -> old-client
    print(prefect.config.cloud, merge, ShellTask, CronClock, get_logger)  # -> old-config
