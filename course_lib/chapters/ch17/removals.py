"""What Prefect no longer has: a table, each row with an example of then and one of now.

The tests run every row: `old` must still get `answer`, and `today` must still work. Where Prefect
changed a second time, they turn red.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Effect = Literal["refuses", "warns", "is silent"]


@dataclass(frozen=True, eq=False)  # each row is itself alone
class Removal:
    """One thing that old code does and today's Prefect doesn't.

    The last fields are what a scan looks for. Names are written in full, such as
    ``prefect.deployments.Deployment``, whatever the code calls them; parentheses stand for what a
    call or a decorator gives: ``prefect.Flow().run`` is the method `run` of any flow.
    """

    id: str
    what: str
    worked_in: str
    old: str
    """A small example, in the words of the shop; for commands a line for the shell."""
    answer: str
    """What today's Prefect says to it: the error, the warning, or what it prints."""
    instead: str
    """The form of today in a few words."""
    today: str
    """The example in the form of today."""
    effect: Effect = "refuses"
    names: tuple[str, ...] = ()
    """Found where they are imported, or reached as an attribute."""
    modules: tuple[str, ...] = ()
    """The same for all that is in a module; with a dot at the end for modules below it alone."""
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Arguments that a function doesn't take any more."""
    arguments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Arguments for which something else is wanted now, with what was given then."""
    without_function: tuple[str, ...] = ()
    """Calls that were given a name, and want a function now."""
    bases: tuple[str, ...] = ()
    """Classes from which another with a method `run` was derived."""
    inner: Mapping[str, str] = field(default_factory=dict)
    """Classes from which another with an inner class of this name was derived."""
    values: tuple[str, ...] = ()
    """Calls whose value was used, and which give nothing now."""
    stores: tuple[str, ...] = ()
    """Attributes that were set, and of which nobody takes notice now."""
    commands: tuple[str, ...] = ()
    """What stood behind ``prefect`` in a shell."""
    variables: tuple[str, ...] = ()
    """How the names of environment variables began."""


_PULL = """@task
def pull(shop: str) -> list[str]:
    return [f"{shop}-1", f"{shop}-2"]
"""

_ONE = "Prefect 1"
_TWO = "Prefect 2"
_BETA = "Betas of Prefect 2"
_NEVER = "no release known"

REMOVALS: tuple[Removal, ...] = (
    # --- Prefect 1: flows ---------------------------------------------------------------------
    Removal(
        id="flow-context",
        what='with Flow("name") as flow:',
        worked_in=_ONE,
        old=f'from prefect import Flow, task\n\n\n{_PULL}\n\nwith Flow("morning") as flow:\n    pull("north")\n',
        answer="TypeError: 'fn' must be callable",
        instead="@flow on a function",
        today=f'from prefect import flow, task\n\n\n{_PULL}\n\n@flow\ndef morning() -> list[str]:\n    return pull("north")\n\n\nprint(morning())\n',
        without_function=("prefect.Flow",),
    ),
    Removal(
        id="flow-methods",
        what="flow.run(), flow.register()",
        worked_in=_ONE,
        old='from prefect import flow\n\n\n@flow\ndef morning() -> str:\n    return "done"\n\n\nmorning.run()\n',
        answer="AttributeError: 'Flow' object has no attribute 'run'",
        instead="call the flow: morning(); to deploy it: morning.serve(...)",
        today='from prefect import flow\n\n\n@flow\ndef morning() -> str:\n    return "done"\n\n\nprint(morning())\n',
        names=tuple(
            f"prefect.Flow().{name}"
            for name in (
                *("run", "register", "run_agent", "set_reference_tasks", "set_dependencies"),
                *("add_task", "add_edge", "chain", "diagnostics", "get_tasks"),
            )
        ),
    ),
    Removal(
        id="flow-attributes",
        what="flow.storage = ..., flow.schedule = ...",
        worked_in=_ONE,
        old='from prefect import flow\n\n\n@flow\ndef morning() -> None: ...\n\n\nmorning.schedule = "every morning"\nprint("not a word")\n',
        answer="not a word",
        instead="morning.serve(cron=...) or .deploy(...); nothing reads the attribute",
        today='from prefect import flow\nfrom prefect.schedules import Cron\n\n\n@flow\ndef morning() -> None: ...\n\n\nprint(Cron("0 8 * * *", timezone="Asia/Shanghai").cron)\n',
        effect="is silent",
        stores=tuple(
            f"prefect.Flow().{name}" for name in ("storage", "schedule", "run_config", "executor")
        ),
    ),
    Removal(
        id="parameter",
        what="Parameter",
        worked_in=_ONE,
        old='from prefect import Parameter\n\nshop = Parameter("shop", default="north")\n',
        answer="ImportError: cannot import name 'Parameter' from 'prefect'",
        instead="an argument of the flow's function",
        today='from prefect import flow\n\n\n@flow\ndef morning(shop: str = "north") -> str:\n    return shop\n\n\nprint(morning())\n',
        names=("prefect.Parameter",),
    ),
    Removal(
        id="case",
        what="case, switch, merge",
        worked_in=_ONE,
        old="from prefect import case\n",
        answer="ImportError: cannot import name 'case' from 'prefect'",
        instead="if and else in the flow",
        today='from prefect import flow, task\n\n\n@task\ndef is_open(shop: str) -> bool:\n    return shop != "west"\n\n\n@flow\ndef morning(shop: str) -> str:\n    return "pull" if is_open(shop) else "rest"\n\n\nprint(morning("west"))\n',
        names=("prefect.case",),
        modules=("prefect.tasks.control_flow",),
    ),
    Removal(
        id="mapping",
        what="mapped, flatten, apply_map",
        worked_in=_ONE,
        old="from prefect import flatten, mapped\n",
        answer="ImportError: cannot import name 'flatten' from 'prefect'",
        instead="task.map(...), unmapped, and plain Python on results",
        today=f'from prefect import flow, task\n\n\n{_PULL}\n\n@flow\ndef morning() -> int:\n    pulled = pull.map(["north", "east"]).result()\n    return sum(map(len, pulled))\n\n\nprint(morning())\n',
        names=("prefect.mapped", "prefect.flatten", "prefect.apply_map"),
        modules=("prefect.utilities.edges",),
    ),
    Removal(
        id="reference-context",
        what='prefect.context.get("...")',
        worked_in=_ONE,
        old='import prefect\n\nprint(prefect.context.get("flow_run_id"))\n',
        answer="AttributeError: module 'prefect.context' has no attribute 'get'",
        instead="prefect.runtime, and get_run_logger()",
        today="from prefect import flow, runtime\n\n\n@flow\ndef morning() -> bool:\n    return runtime.flow_run.id is not None\n\n\nprint(morning())\n",
        names=tuple(
            f"prefect.context.{name}"
            for name in (
                *("get", "date", "today", "yesterday", "tomorrow", "parameters", "config"),
                *("scheduled_start_time", "flow_run_id", "flow_run_name", "flow_name", "flow_id"),
                *("task_run_id", "task_run_name", "task_name", "task_run_count", "task_loop_count"),
                *("task_loop_result", "map_index", "logger", "secrets", "caches"),
            )
        ),
    ),
    Removal(
        id="storage",
        what="prefect.storage",
        worked_in=_ONE,
        old="from prefect.storage import Local\n",
        answer="ModuleNotFoundError: No module named 'prefect.storage'",
        instead="Flow.from_source(...), or the pull step of prefect.yaml",
        today="from prefect import Flow\n\nprint(Flow.from_source.__name__)\n",
        modules=("prefect.storage", "prefect.environments"),
    ),
    Removal(
        id="run-config",
        what="prefect.run_configs",
        worked_in=_ONE,
        old="from prefect.run_configs import LocalRun\n",
        answer="ModuleNotFoundError: No module named 'prefect.run_configs'",
        instead="a work pool, and job_variables of .deploy(...)",
        today='from inspect import signature\n\nfrom prefect import Flow\n\nprint("job_variables" in signature(Flow.deploy).parameters)\n',
        modules=("prefect.run_configs",),
    ),
    Removal(
        id="executor",
        what="prefect.executors",
        worked_in=_ONE,
        old="from prefect.executors import LocalDaskExecutor\n",
        answer="ModuleNotFoundError: No module named 'prefect.executors'",
        instead="@flow(task_runner=ThreadPoolTaskRunner(...))",
        today='from prefect import flow, task\nfrom prefect.task_runners import ThreadPoolTaskRunner\n\n\n@task\ndef pull(shop: str) -> str:\n    return shop\n\n\n@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))\ndef morning() -> list[str]:\n    return pull.map(["north", "east"]).result()\n\n\nprint(morning())\n',
        modules=("prefect.executors", "prefect.engine.executors"),
    ),
    Removal(
        id="schedule",
        what="IntervalSchedule, CronSchedule, clocks",
        worked_in=_ONE,
        old='from prefect.schedules import CronSchedule\n\nevery_morning = CronSchedule("0 8 * * *")\n',
        answer="ImportError: cannot import name 'CronSchedule' from 'prefect.schedules'",
        instead="Cron, Interval or RRule of prefect.schedules, on the deployment",
        today='from prefect.schedules import Cron\n\nprint(Cron("0 8 * * *", timezone="Asia/Shanghai").timezone)\n',
        names=tuple(
            f"prefect.schedules.{name}"
            for name in ("CronSchedule", "IntervalSchedule", "RRuleSchedule")
        ),
        modules=("prefect.schedules.",),
    ),
    # --- Prefect 1: tasks ---------------------------------------------------------------------
    Removal(
        id="task-arguments",
        what="@task(max_retries=..., trigger=..., ...)",
        worked_in=_ONE,
        old="from prefect import task\n\n\n@task(max_retries=3)\ndef pull(shop: str) -> None: ...\n",
        answer="TypeError: task() got an unexpected keyword argument 'max_retries'",
        instead="retries=, retry_delay_seconds=, timeout_seconds=, log_prints=, cache_policy=",
        today="from prefect import task\n\n\n@task(retries=3, retry_delay_seconds=60)\ndef pull(shop: str) -> None: ...\n\n\nprint(pull.retries)\n",
        keywords={
            "prefect.task": (
                *("max_retries", "retry_delay", "retry_on", "timeout", "trigger", "slug", "nout"),
                *("skip_on_upstream_skip", "cache_for", "cache_validator", "cache_key", "result"),
                *("checkpoint", "state_handlers", "log_stdout", "target"),
            )
        },
    ),
    Removal(
        id="task-class",
        what="class Pull(Task): def run(self)",
        worked_in=_ONE,
        old='from prefect import Task\n\n\nclass Pull(Task):\n    def run(self) -> str:\n        return "orders"\n\n\npull = Pull()\n',
        answer="TypeError: Task.__init__() missing 1 required positional argument: 'fn'",
        instead="@task on a function",
        today='from prefect import task\n\n\n@task\ndef pull() -> str:\n    return "orders"\n\n\nprint(pull())\n',
        bases=("prefect.Task",),
    ),
    Removal(
        id="task-methods",
        what="task.run(), task.set_upstream()",
        worked_in=_ONE,
        old='from prefect import task\n\n\n@task\ndef pull(shop: str) -> str:\n    return shop\n\n\npull.run("north")\n',
        answer="AttributeError: 'Task' object has no attribute 'run'",
        instead="task.fn(...) runs the plain function; wait_for=[...] sets an order",
        today='from prefect import task\n\n\n@task\ndef pull(shop: str) -> str:\n    return shop\n\n\nprint(pull.fn("north"))\n',
        names=tuple(
            f"{task}.{name}"
            for task in ("prefect.Task()", "prefect.Task()()")
            for name in ("run", "set_upstream", "set_downstream", "set_dependencies", "bind")
        ),
    ),
    Removal(
        id="upstream-tasks",
        what="pull(shop, upstream_tasks=[...])",
        worked_in=_ONE,
        old='from prefect import flow, task\n\n\n@task\ndef pull(shop: str) -> str:\n    return shop\n\n\n@flow\ndef morning() -> str:\n    return pull("east", upstream_tasks=[pull("north")])\n\n\nmorning()\n',
        answer="ParameterBindError: Error binding parameters for function 'pull': got an unexpected keyword argument 'upstream_tasks'.",
        instead="wait_for=[...], with futures from .submit(...)",
        today='from prefect import flow, task\n\n\n@task\ndef pull(shop: str) -> str:\n    return shop\n\n\n@flow\ndef morning() -> str:\n    north = pull.submit("north")\n    return pull.submit("east", wait_for=[north]).result()\n\n\nprint(morning())\n',
        keywords={
            "prefect.Task()": ("upstream_tasks", "task_args", "mapped"),
            "prefect.Task().map": ("upstream_tasks", "task_args"),
        },
    ),
    Removal(
        id="signals",
        what="signals.SKIP, signals.FAIL, ...",
        worked_in=_ONE,
        old='from prefect.engine import signals\n\nraise signals.SKIP("closed on Sundays")\n',
        answer="ImportError: cannot import name 'signals' from 'prefect.engine'",
        instead='return Completed(name="Skipped"); raise to fail; retries= to retry',
        today='from prefect import State, task\nfrom prefect.states import Completed\n\n\n@task\ndef pull(day: str) -> State:\n    return Completed(name="Skipped", message=f"closed on {day}")\n\n\nprint(pull("Sunday", return_state=True).name)\n',
        names=("prefect.engine.signals",),
        modules=("prefect.engine.signals",),
    ),
    Removal(
        id="triggers",
        what="prefect.triggers",
        worked_in=_ONE,
        old="from prefect.triggers import all_finished\n",
        answer="ModuleNotFoundError: No module named 'prefect.triggers'",
        instead="allow_failure(...) around what may fail, or return_state=True",
        today='from prefect import allow_failure, flow, task\n\n\n@task\ndef pull() -> str:\n    raise ConnectionError("no answer")\n\n\n@task\ndef report(pulled: object) -> str:\n    return type(pulled).__name__\n\n\n@flow\ndef morning() -> str:\n    return report(allow_failure(pull.submit()))\n\n\nprint(morning())\n',
        modules=("prefect.triggers",),
    ),
    Removal(
        id="engine-modules",
        what="prefect.engine.state, .results, ...",
        worked_in=_ONE,
        old="from prefect.engine.state import Success\n",
        answer="ModuleNotFoundError: No module named 'prefect.engine.state'; 'prefect.engine' is not a package",
        instead="prefect.states, prefect.cache_policies, result_storage=",
        today="from prefect.states import Completed\n\nprint(Completed().name)\n",
        modules=("prefect.engine.",),
    ),
    Removal(
        id="task-library",
        what="prefect.tasks.shell, prefect.tasks.aws, ...",
        worked_in=_ONE,
        old='from prefect.tasks.shell import ShellTask\n\nlist_files = ShellTask(command="ls")\n',
        answer="ModuleNotFoundError: No module named 'prefect.tasks.shell'; 'prefect.tasks' is not a package",
        instead="packages of their own: prefect-shell, prefect-aws, ...; or the library itself",
        today='from prefect_shell import ShellOperation\n\nprint(ShellOperation(commands=["ls"]).commands)\n',
        modules=("prefect.tasks.",),
    ),
    Removal(
        id="secrets",
        what="prefect.tasks.secrets, prefect.client.Secret",
        worked_in=_ONE,
        old='from prefect.client import Secret\n\npassword = Secret("shop").get()\n',
        answer="ImportError: cannot import name 'Secret' from 'prefect.client'",
        instead='Secret.load("shop").get() of prefect.blocks.system',
        today='from prefect.blocks.system import Secret\n\nprint(Secret(value="for the shop alone"))\n',
        names=("prefect.client.Secret",),
        modules=("prefect.tasks.secrets", "prefect.client.secrets"),
    ),
    Removal(
        id="resource-manager",
        what="@resource_manager",
        worked_in=_ONE,
        old="from prefect import resource_manager\n",
        answer="ImportError: cannot import name 'resource_manager' from 'prefect'",
        instead="a with block of Python's in the flow",
        today='from contextlib import closing\nfrom sqlite3 import connect\n\nfrom prefect import flow\n\n\n@flow\ndef morning() -> int:\n    with closing(connect(":memory:")) as database:\n        return database.execute("select 1").fetchone()[0]\n\n\nprint(morning())\n',
        names=("prefect.resource_manager",),
    ),
    Removal(
        id="old-client",
        what="Client, prefect.backend",
        worked_in=_ONE,
        old="from prefect import Client\n",
        answer="ImportError: cannot import name 'Client' from 'prefect'",
        instead="get_client(), run_deployment(...)",
        today="from prefect import get_client\n\nprint(get_client(sync_client=True).server_type.value)\n",
        names=("prefect.Client", "prefect.client.Client"),
        modules=("prefect.backend", "prefect.client.client", "prefect.utilities.graphql"),
    ),
    Removal(
        id="old-logging",
        what="prefect.utilities.logging",
        worked_in=_ONE,
        old="from prefect.utilities.logging import get_logger\n",
        answer="ModuleNotFoundError: No module named 'prefect.utilities.logging'",
        instead="get_run_logger(), inside a flow or task",
        today='from prefect import flow, get_run_logger\n\n\n@flow\ndef morning() -> None:\n    logger = get_run_logger()\n    logger.info("pulled")\n    print(logger.name)\n\n\nmorning()\n',
        modules=("prefect.utilities.logging",),
    ),
    Removal(
        id="old-config",
        what="prefect.config",
        worked_in=_ONE,
        old="import prefect\n\nprint(prefect.config.cloud)\n",
        answer="AttributeError: module prefect has no attribute config",
        instead="prefect.settings.get_current_settings()",
        today="from prefect.settings import get_current_settings\n\nprint(get_current_settings().flows.default_retries)\n",
        names=("prefect.config",),
        modules=("prefect.configuration", "prefect.utilities.configuration"),
    ),
    Removal(
        id="notifiers",
        what="prefect.utilities.notifications",
        worked_in=_ONE,
        old="from prefect.utilities.notifications import slack_notifier\n",
        answer="ModuleNotFoundError: No module named 'prefect.utilities.notifications'",
        instead="@flow(on_failure=[hook]), or an automation",
        today='from prefect import flow\n\n\ndef tell(flow, run, state) -> None:\n    print(flow.name, state.name)\n\n\n@flow(on_failure=[tell])\ndef morning() -> None:\n    raise ConnectionError("no answer")\n\n\nmorning(return_state=True)\n',
        modules=("prefect.utilities.notifications",),
    ),
    Removal(
        id="rest-of-one",
        what="prefect.core and other modules of Prefect 1",
        worked_in=_ONE,
        old="from prefect.core import Flow\n",
        answer="ModuleNotFoundError: No module named 'prefect.core'",
        instead="from prefect import flow, task",
        today="from prefect import flow, task\n\nprint(flow.__module__, task.__module__)\n",
        modules=(
            *("prefect.core", "prefect.utilities.tasks", "prefect.utilities.debug"),
            *("prefect.utilities.executors", "prefect.serialization", "prefect.contrib"),
        ),
    ),
    # --- betas of Prefect 2 -------------------------------------------------------------------
    Removal(
        id="flow-runners",
        what="prefect.flow_runners, DeploymentSpec",
        worked_in=_BETA,
        old="from prefect.flow_runners import SubprocessFlowRunner\n",
        answer="ModuleNotFoundError: No module named 'prefect.flow_runners'",
        instead="a work pool, and a worker for it",
        today="from prefect.workers import ProcessWorker\n\nprint(ProcessWorker.type)\n",
        names=("prefect.deployments.DeploymentSpec",),
        modules=("prefect.flow_runners", "prefect.blocks.storage"),
    ),
    # --- Prefect 2 ----------------------------------------------------------------------------
    Removal(
        id="deployment-class",
        what="Deployment.build_from_flow(...).apply()",
        worked_in=_TWO,
        old='from prefect.deployments import Deployment\n\nDeployment.build_from_flow(flow=None, name="every morning").apply()\n',
        answer="PrefectImportError: `prefect.deployments:Deployment` has been removed. Use `flow.serve()`, `flow.deploy()`, or `prefect deploy` instead.",
        instead="flow.serve(...), flow.deploy(...) or prefect deploy",
        today='from prefect import flow\nfrom prefect.schedules import Cron\n\n\n@flow\ndef morning() -> None: ...\n\n\nevery_morning = Cron("0 8 * * *", timezone="Asia/Shanghai")\nplanned = morning.to_deployment("every morning", schedule=every_morning, tags=["daily"])\nprint(planned.flow_name, planned.schedules[0].schedule.cron, planned.tags)\n',
        names=("prefect.deployments.Deployment", "prefect.deployments.deployments.Deployment"),
    ),
    Removal(
        id="deployment-files",
        what="load_deployments_from_yaml, prefect.packaging, ...",
        worked_in=_TWO,
        old="from prefect.packaging import OrionPackager\n",
        answer="ModuleNotFoundError: No module named 'prefect.packaging'",
        instead="prefect.yaml and prefect deploy",
        today="from prefect.deployments.base import initialize_project\n\nprint(initialize_project.__name__)\n",
        names=(
            "prefect.deployments.load_deployments_from_yaml",
            "prefect.Manifest",
        ),
        modules=("prefect.packaging", "prefect.manifests", "prefect.software", "prefect.projects"),
    ),
    Removal(
        id="infrastructure",
        what="Process, DockerContainer, KubernetesJob",
        worked_in=_TWO,
        old="from prefect.infrastructure import Process\n",
        answer="ImportError: cannot import name 'Process' from 'prefect.infrastructure'",
        instead="a work pool of that type: process, docker, kubernetes",
        today="from prefect.workers import ProcessWorker\n\nprint(ProcessWorker.type)\n",
        names=(
            *("prefect.infrastructure.Process", "prefect.infrastructure.DockerContainer"),
            *("prefect.infrastructure.DockerRegistry", "prefect.infrastructure.KubernetesJob"),
            *("prefect.infrastructure.KubernetesClusterConfig",),
            *("prefect.infrastructure.base.Infrastructure",),
        ),
        modules=(
            *("prefect.infrastructure.process", "prefect.infrastructure.container"),
            *("prefect.infrastructure.docker", "prefect.infrastructure.kubernetes"),
            *("prefect.blocks.kubernetes",),
        ),
    ),
    Removal(
        id="storage-blocks",
        what="S3, GCS, Azure, GitHub of prefect.filesystems",
        worked_in=_TWO,
        old="from prefect.filesystems import S3\n",
        answer="PrefectImportError: `prefect.filesystems:S3` has been removed. Use `prefect_aws.S3Bucket` instead.",
        instead="S3Bucket of prefect-aws, and so on; RemoteFileSystem is still there",
        today='from prefect.filesystems import RemoteFileSystem\n\nprint(RemoteFileSystem(basepath="s3://reports/north").basepath)\n',
        names=tuple(f"prefect.filesystems.{name}" for name in ("S3", "GCS", "Azure", "GitHub")),
    ),
    Removal(
        id="agent",
        what="PrefectAgent, prefect.agent",
        worked_in="Prefect 1 and 2",
        old="from prefect.agent import PrefectAgent\n",
        answer="PrefectImportError: `prefect.agent:PrefectAgent` has been removed. Use workers instead. Refer to the upgrade guide for more information: https://docs.prefect.io/v3/how-to-guides/migrate/upgrade-agents-to-workers.",
        instead="a worker: prefect worker start --pool ...",
        today="from prefect.workers import ProcessWorker\n\nprint(ProcessWorker.type)\n",
        names=("prefect.agent.PrefectAgent", "prefect.agent.OrionAgent"),
        modules=("prefect.agent.",),
    ),
    Removal(
        id="orion",
        what="prefect.orion",
        worked_in="Prefect 2, up to 2.8",
        old="from prefect.orion.schemas.states import Completed\n",
        answer="ModuleNotFoundError: No module named 'prefect.orion'",
        instead="prefect.states, prefect.client, prefect.server",
        today="from prefect.states import Completed\n\nprint(Completed().name)\n",
        names=("prefect.client.OrionClient",),
        modules=("prefect.orion", "prefect.client.orion"),
    ),
    Removal(
        id="schedule-objects",
        what="CronSchedule of prefect.server.schemas.schedules",
        worked_in=_TWO,
        old='from prefect.client.schemas.actions import DeploymentScheduleCreate\nfrom prefect.server.schemas.schedules import CronSchedule\n\nDeploymentScheduleCreate(schedule=CronSchedule(cron="0 8 * * *"))\n',
        answer="ValidationError: 4 validation errors for DeploymentScheduleCreate",
        instead="Cron, Interval or RRule of prefect.schedules",
        today='from prefect.schedules import Cron\n\nprint(Cron("0 8 * * *", timezone="Asia/Shanghai").timezone)\n',
        arguments={
            keyword: tuple(
                f"prefect.server.schemas.schedules.{name}()"
                for name in ("CronSchedule", "IntervalSchedule", "RRuleSchedule")
            )
            for keyword in ("schedule", "schedules")
        },
    ),
    Removal(
        id="serve-arguments",
        what="serve(is_schedule_active=...), deploy(infrastructure=...)",
        worked_in=_TWO,
        old="from prefect import flow\n\n\n@flow\ndef morning() -> None: ...\n\n\nmorning.serve(is_schedule_active=False)\n",
        answer="TypeError: Flow.serve() got an unexpected keyword argument 'is_schedule_active'",
        instead="paused=True; job_variables=",
        today='from inspect import signature\n\nfrom prefect import Flow\n\nprint("paused" in signature(Flow.serve).parameters)\n',
        keywords={
            f"prefect.Flow().{name}": ("is_schedule_active", "infrastructure", "infra_overrides")
            for name in ("serve", "deploy", "to_deployment")
        },
    ),
    Removal(
        id="docker-image",
        what="DeploymentImage",
        worked_in=_TWO,
        old="from prefect.deployments import DeploymentImage\n",
        answer="ImportError: cannot import name 'DeploymentImage' from 'prefect.deployments'",
        instead="DockerImage of prefect.docker",
        today='from prefect.docker import DockerImage\n\nprint(DockerImage("morning", tag="1").reference)\n',
        names=(
            "prefect.deployments.DeploymentImage",
            "prefect.deployments.runner.DeploymentImage",
        ),
    ),
    Removal(
        id="task-runner",
        what="SequentialTaskRunner",
        worked_in=_TWO,
        old="from prefect.task_runners import SequentialTaskRunner\n",
        answer="ImportError: cannot import name 'SequentialTaskRunner' from 'prefect.task_runners'",
        instead="call tasks directly, or ThreadPoolTaskRunner(max_workers=1)",
        today='from prefect import flow\nfrom prefect.task_runners import ThreadPoolTaskRunner\n\n\n@flow(task_runner=ThreadPoolTaskRunner(max_workers=1))\ndef morning() -> str:\n    return "done"\n\n\nprint(morning())\n',
        names=(
            "prefect.task_runners.SequentialTaskRunner",
            "prefect.task_runners.DaskTaskRunner",
            "prefect.task_runners.RayTaskRunner",
        ),
    ),
    Removal(
        id="value-blocks",
        what="JSON, String, DateTime of prefect.blocks.system",
        worked_in=_TWO,
        old="from prefect.blocks.system import JSON\n",
        answer="ImportError: cannot import name 'JSON' from 'prefect.blocks.system'",
        instead="Variable of prefect.variables, which holds any JSON",
        today='from prefect.variables import Variable\n\nVariable.set("old_code_shops", ["north", "east"], overwrite=True)\nprint(Variable.get("old_code_shops"))\n',
        names=tuple(f"prefect.blocks.system.{name}" for name in ("JSON", "String", "DateTime")),
    ),
    Removal(
        id="result-classes",
        what="PersistedResult, LiteralResult, ...",
        worked_in=_TWO,
        old="from prefect.results import PersistedResult\n",
        answer="ImportError: cannot import name 'PersistedResult' from 'prefect.results'",
        instead="state.result(), persist_result=True",
        today="from prefect import task\n\n\n@task(persist_result=True)\ndef pull() -> int:\n    return 479\n\n\nprint(pull(return_state=True).result())\n",
        names=tuple(
            f"prefect.results.{name}"
            for name in ("PersistedResult", "LiteralResult", "UnpersistedResult", "UnknownResult")
        ),
    ),
    Removal(
        id="get-state",
        what="future.get_state()",
        worked_in=_TWO,
        old=f'from prefect import flow, task\n\n\n{_PULL}\n\n@flow\ndef morning() -> str:\n    pulled = pull.submit("north")\n    return pulled.get_state().name\n\n\nmorning()\n',
        answer="AttributeError: 'PrefectConcurrentFuture' object has no attribute 'get_state'",
        instead="future.state",
        today=f'from prefect import flow, task\n\n\n{_PULL}\n\n@flow\ndef morning() -> str:\n    pulled = pull.submit("north")\n    pulled.wait()\n    return pulled.state.name\n\n\nprint(morning())\n',
        names=("prefect.Task().submit().get_state",),
    ),
    Removal(
        id="wait-value",
        what="state = future.wait()",
        worked_in=_TWO,
        old=f'from prefect import flow, task\n\n\n{_PULL}\n\n@flow\ndef morning() -> None:\n    state = pull.submit("north").wait()\n    print(state)\n\n\nmorning()\n',
        answer="None",
        instead="future.wait() waits and gives nothing; then future.state",
        today=f'from prefect import flow, task\n\n\n{_PULL}\n\n@flow\ndef morning() -> None:\n    pulled = pull.submit("north")\n    pulled.wait()\n    print(pulled.state.name)\n\n\nmorning()\n',
        effect="is silent",
        values=("prefect.Task().submit().wait",),
    ),
    Removal(
        id="moved",
        what="pause_flow_run of prefect.engine, and others that moved",
        worked_in=_TWO,
        old="from prefect.engine import pause_flow_run\n",
        answer="DeprecationWarning: 'prefect.engine:pause_flow_run' has been moved to 'prefect.flow_runs:pause_flow_run'. Importing from 'prefect.flow_runs:pause_flow_run' instead. This warning will raise an error in a future release.",
        instead="from prefect.flow_runs import pause_flow_run, ...; from prefect import get_client",
        today="from prefect.flow_runs import pause_flow_run\n\nprint(pause_flow_run.__module__)\n",
        effect="warns",
        names=(
            *("prefect.engine.pause_flow_run", "prefect.engine.resume_flow_run"),
            *("prefect.engine.suspend_flow_run", "prefect.client.get_client"),
            *("prefect.deployments.load_flow_from_flow_run", "prefect.variables.get"),
        ),
    ),
    # --- never there, and yet in guides -------------------------------------------------------
    Removal(
        id="skip-fail",
        what="SKIP, FAIL of prefect.exceptions",
        worked_in=_NEVER,
        old='from prefect.exceptions import SKIP\n\nraise SKIP("no orders on Sundays")\n',
        answer="ImportError: cannot import name 'SKIP' from 'prefect.exceptions'",
        instead='return Completed(name="Skipped") or Failed(...), or raise',
        today='from prefect import State, task\nfrom prefect.states import Completed\n\n\n@task\ndef pull(day: str) -> State:\n    return Completed(name="Skipped", message=f"closed on {day}")\n\n\nprint(pull("Sunday", return_state=True).name)\n',
        names=("prefect.exceptions.SKIP", "prefect.exceptions.FAIL", "prefect.states.Skipped"),
    ),
    Removal(
        id="flow-tags",
        what="@flow(tags=[...])",
        worked_in=_NEVER,
        old='from prefect import flow\n\n\n@flow(tags=["daily"])\ndef morning() -> None: ...\n',
        answer="TypeError: FlowDecorator.__call__() got an unexpected keyword argument 'tags'",
        instead='with tags("daily"): around the call, or tags= on the deployment',
        today='from prefect import flow, runtime, tags\n\n\n@flow\ndef morning() -> list[str]:\n    return runtime.flow_run.tags\n\n\nwith tags("daily"):\n    print(morning())\n',
        keywords={
            "prefect.flow": ("tags", "schedule", "max_retries"),
            "prefect.Flow().with_options": ("tags",),
        },
    ),
    # --- pydantic -----------------------------------------------------------------------------
    Removal(
        id="base-settings",
        what="BaseSettings of pydantic",
        worked_in="pydantic 1",
        old="from pydantic import BaseSettings\n",
        answer="PydanticImportError: `BaseSettings` has been moved to the `pydantic-settings` package. See https://pydantic.dev/docs/validation/2.14/migration/#basesettings-has-moved-to-pydantic-settings for more details.",
        instead="BaseSettings of pydantic_settings, a package of its own",
        today='from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    timezone: str = "Asia/Shanghai"\n\n\nprint(Settings().timezone)\n',
        names=("pydantic.BaseSettings",),
    ),
    Removal(
        id="class-config",
        what="class Config in a pydantic class",
        worked_in="pydantic 1",
        old='from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    timezone: str = "Asia/Shanghai"\n\n    class Config:\n        env_prefix = "SHOP_"\n',
        answer="PydanticDeprecatedSince20: Support for class-based `config` is deprecated, use ConfigDict instead. Deprecated in Pydantic V2.0 to be removed in V3.0. See Pydantic V2 Migration Guide at https://errors.pydantic.dev/2.14/migration/",
        instead="model_config = SettingsConfigDict(...)",
        today='from pydantic_settings import BaseSettings, SettingsConfigDict\n\n\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="SHOP_")\n\n    timezone: str = "Asia/Shanghai"\n\n\nprint(Settings().timezone)\n',
        effect="warns",
        inner={
            "pydantic.BaseModel": "Config",
            "pydantic.BaseSettings": "Config",
            "pydantic_settings.BaseSettings": "Config",
        },
    ),
    # --- the command line ---------------------------------------------------------------------
    Removal(
        id="cli-orion",
        what="prefect orion start",
        worked_in="Prefect 2, up to 2.8",
        old="prefect orion start",
        answer='Unknown command "orion".',
        instead="prefect server start",
        today="prefect server start",
        commands=("orion",),
    ),
    Removal(
        id="cli-agent",
        what="prefect agent start",
        worked_in="Prefect 1 and 2",
        old="prefect agent start --work-queue morning",
        answer='Unknown command "agent".',
        instead="prefect worker start --pool ...",
        today="prefect worker start --pool morning",
        commands=("agent",),
    ),
    Removal(
        id="cli-deployment-build",
        what="prefect deployment build, apply",
        worked_in=_TWO,
        old="prefect deployment build flows.py:morning --name daily --apply",
        answer='Unknown command "build".',
        instead="prefect deploy",
        today="prefect deploy flows.py:morning --name daily --pool morning",
        commands=("deployment build", "deployment apply", "deployment create"),
    ),
    Removal(
        id="cli-deployment-schedule",
        what="prefect deployment set-schedule, pause-schedule",
        worked_in="Prefect 2, mostly",
        old="prefect deployment pause-schedule morning/daily",
        answer='Unknown command "pause-schedule".',
        instead="prefect deployment schedule create, pause, resume",
        today="prefect deployment schedule pause morning/daily",
        commands=(
            "deployment set-schedule",
            "deployment pause-schedule",
            "deployment resume-schedule",
        ),
    ),
    Removal(
        id="cli-register",
        what="prefect register, run, backend, create, ...",
        worked_in=_ONE,
        old="prefect register --project shops --path flows.py",
        answer='Unknown command "register".',
        instead="prefect deploy; prefect deployment run; prefect flow-run ls",
        today="prefect deployment run morning/daily",
        commands=(
            *("register", "build", "run", "backend", "create", "auth", "get", "describe"),
            *("execute", "delete", "heartbeat", "kv", "diagnostics", "server create-tenant"),
        ),
    ),
    Removal(
        id="cli-project",
        what="prefect project init, storage, kubernetes",
        worked_in=_TWO,
        old="prefect project init",
        answer='Unknown command "project".',
        instead="prefect init; prefect work-pool create",
        today="prefect work-pool create morning --type process",
        commands=("project", "storage", "kubernetes"),
    ),
    Removal(
        id="old-variables",
        what="PREFECT_ORION_..., PREFECT__...",
        worked_in="Prefect 1 and 2",
        old='import os\n\nfrom prefect.settings import Settings\n\nos.environ["PREFECT_ORION_API_HOST"] = "0.0.0.0"\nprint(Settings().server.api.host)\n',
        answer="127.0.0.1",
        instead="PREFECT_SERVER_...; one underscore between words",
        today='import os\n\nfrom prefect.settings import Settings\n\nos.environ["PREFECT_SERVER_API_HOST"] = "0.0.0.0"\nprint(Settings().server.api.host)\n',
        effect="is silent",
        variables=("PREFECT_ORION_", "PREFECT__"),
    ),
)
"""In the order in which a scan looks: the first that fits names the finding."""
