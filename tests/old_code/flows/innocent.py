"""Nothing in this file is old, and much of it looks so."""

import os
import subprocess

import shop_tools as prefect_tools
from prefect import Flow, Task, context, flow, runtime, states, tags, task
from prefect.cache_policies import INPUTS
from prefect.filesystems import LocalFileSystem, RemoteFileSystem
from prefect.schedules import Cron, Interval, Schedule
from prefect.server.schemas.schedules import CronSchedule
from prefect.task_runners import ConcurrentTaskRunner, ThreadPoolTaskRunner
from prefect.utilities.annotations import unmapped
from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from shop_tools import Deployment, Parameter, case
from shop_tools.prefect import orion

from . import signals

try:
    from prefect.deployments import Deployment as OldDeployment
except ImportError:
    OldDeployment = None

Deployment("a van").build_from_flow("parcels")
SKIP, FAIL = "skip", "fail"
agent = Parameter(case(orion))
words = "prefect agent start; with Flow('morning')"
times = CronSchedule(cron="0 8 * * *").get_dates  # the server's own way to compute
from prefect.exceptions import SKIP as SHOWN  # old code


class Config:
    tags = "daily"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")


class Row(BaseModel):
    tags: list[str] = Field(default_factory=list)


class Runner:
    def run(self, tags: list[str]) -> None: ...


@task(tags={"orders"}, retries=2, cache_policy=INPUTS)
def pull(shop: str, target: str = "") -> str:
    return shop + target


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def morning(Flow: object, signals: object = None) -> str:
    """Call a parameter that is named like the class."""
    Flow("morning")
    future = pull.submit("north", wait_for=[])
    future.wait()
    pulled = future.result()
    return f"{pulled} {runtime.flow_run.id} {context.FlowRunContext.get()}"


def typed(one: Flow, other: Task) -> Schedule:
    one.schedule_of = Cron("0 8 * * *")
    return Interval(60)


def shadowed() -> None:
    flow = Runner()
    flow.run(tags=["daily"])
    task = prefect_tools.task
    task(max_retries=3)
    prefect_tools.context.get("logger")


def started() -> None:
    with tags("daily"):
        morning.serve("daily", schedule=Cron("0 8 * * *"), tags=["daily"], paused=True)
    os.environ["PREFECT_SERVER_API_HOST"] = "loopback"
    subprocess.run(["pip", "install", "prefect", "agent"])
    subprocess.run(["prefect", "worker", "start", "--pool", "agent"])


print(LocalFileSystem, RemoteFileSystem, ConcurrentTaskRunner, unmapped, states, Config, signals)
print([flow.run for flow in [Runner()]], [lambda task: task(max_retries=1)])
