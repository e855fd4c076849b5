"""Old code, written for the test: the shops' morning with Prefect 2."""

import os
import subprocess
import sys

import prefect.orion.schemas.states as states  # -> orion
from prefect import flow, get_run_logger
from prefect import flow as job
from prefect import task as step
from prefect.agent import PrefectAgent  # -> agent
from prefect.blocks.system import JSON, Secret  # -> value-blocks
from prefect.client import get_client  # -> moved
from prefect.deployments import Deployment as D  # -> deployment-class
from prefect.engine import pause_flow_run  # -> moved
from prefect.exceptions import FAIL, SKIP  # -> skip-fail
from prefect.filesystems import S3, LocalFileSystem  # -> storage-blocks
from prefect.flow_runners import SubprocessFlowRunner  # -> flow-runners
from prefect.infrastructure import DockerContainer  # -> infrastructure
from prefect.infrastructure.process import Process  # -> infrastructure
from prefect.packaging import OrionPackager  # -> deployment-files
from prefect.results import PersistedResult  # -> result-classes
from prefect.server.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_API_URL
from prefect.task_runners import ConcurrentTaskRunner, SequentialTaskRunner  # -> task-runner
from pydantic import BaseModel, BaseSettings  # -> base-settings


class Settings(BaseSettings):
    url: str = "loopback"

    class Config:  # -> class-config
        env_file = ".env"


class Row(BaseModel):
    class Config:  # -> class-config
        frozen = True


@step(retries=3, tags=["orders"])
def pull(shop: str) -> list[str]:
    if shop == "west":
        raise SKIP("closed")
    return [shop]


@job(name="morning", tags=["daily"])  # -> flow-tags
def morning(shops: list[str]) -> str:
    futures = [pull.submit(shop) for shop in shops]
    first = pull.submit("north")
    first.wait()
    state = first.wait()  # -> wait-value
    get_run_logger().info(first.get_state().name)  # -> get-state
    return f"{state} {len(futures)}"


@flow(  # -> flow-tags
    name="evening",
    retries=1,
    tags=["daily"],
)
def evening() -> None: ...


@flow
async def late() -> list[str]:
    pulled = await pull.submit("north")  # -> awaited-future
    return pulled.result(fetch=True)  # -> fetch


def deploy() -> None:
    deployment = D.build_from_flow(
        flow=morning,
        name="every morning",
        schedule=CronSchedule(cron="0 8 * * *"),  # -> schedule-objects
        infrastructure=Process(env={"PREFECT_API_URL": str(PREFECT_API_URL)}),
    )
    deployment.apply()
    morning.serve("by hand", is_schedule_active=False)  # -> serve-arguments
    morning.with_options(name="late").serve(infrastructure=None)  # -> serve-arguments


def start() -> None:
    os.environ["PREFECT_ORION_API_HOST"] = "loopback"  # -> old-variables
    os.getenv("PREFECT__LOGGING__LEVEL", "INFO")  # -> old-variables
    subprocess.Popen([sys.executable, "-m", "prefect", "orion", "start"])  # -> cli-orion
    os.system("prefect agent start -q default")  # -> cli-agent
