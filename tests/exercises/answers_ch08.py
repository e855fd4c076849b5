"""Wrong answers to the exercises of chapter 08."""

from tests.exercises.answers import Wrong

PRELUDE = """
import time

import course_lib as course
from prefect import get_client
from prefect.client.schemas import actions, filters
from prefect.states import Crashed


def under_way(pool):
    states = {"type": {"any_": ["PENDING", "RUNNING"]}}
    with get_client(sync_client=True) as client:
        return client.read_flow_runs(
            flow_run_filter=filters.FlowRunFilter(state=states),
            work_pool_filter=filters.WorkPoolFilter(name={"any_": [pool]}),
        )
"""

_CLIENT = "def set_up_queues(pool):\n    with get_client(sync_client=True) as client:\n"
_POOL = "        client.update_work_pool(pool, actions.WorkPoolUpdate(concurrency_limit=2))\n"
_STOP = "def stop_gently(worker):\n"
_PAUSE = (
    "    with get_client(sync_client=True) as client:\n"
    "        client.update_work_pool(worker.pool, actions.WorkPoolUpdate(is_paused=True))\n"
)


def _queue(name: str, options: str) -> str:
    return f"        client.create_work_queue({name!r}, work_pool_name=pool, {options})\n"


WRONG = {
    "08.1": [
        Wrong(
            "takes a high number for a high priority",
            "runs of the first round",
            _CLIENT
            + _POOL
            + _queue("urgent", "priority=10")
            + _queue("routine", "priority=1, concurrency_limit=1"),
        ),
        Wrong(
            "limits the queues and forgets the pool",
            "most runs under way",
            _CLIENT
            + _queue("urgent", "priority=1")
            + _queue("routine", "priority=2, concurrency_limit=1"),
        ),
        Wrong(
            "limits only the pool",
            "most routine runs",
            _CLIENT + _POOL + _queue("urgent", "priority=1") + _queue("routine", "priority=2"),
        ),
        Wrong(
            "limits the urgent queue instead of the routine one",
            "runs of the first round",
            _CLIENT
            + _POOL
            + _queue("urgent", "priority=1, concurrency_limit=1")
            + _queue("routine", "priority=2"),
        ),
        Wrong(
            "lets one run at a time",
            "most runs under way",
            _CLIENT
            + _POOL.replace("2", "1")
            + _queue("urgent", "priority=1")
            + _queue("routine", "priority=2, concurrency_limit=1"),
        ),
        Wrong(
            "takes the pool's name for a pool",
            "it comes to its end",
            _CLIENT + "        client.create_work_queue('urgent', work_pool_name=pool.name)\n",
        ),
        Wrong(
            "misspells a queue",
            "queues that it made",
            _CLIENT + _POOL + _queue("urgent", "priority=1") + _queue("Routine", "priority=2"),
        ),
        Wrong(
            "pauses the routine queue instead of limiting it",
            "all of them start",
            _CLIENT
            + _POOL
            + _queue("urgent", "priority=1")
            + _queue("routine", "priority=2, is_paused=True"),
        ),
    ],
    "08.2": [
        Wrong(
            "pauses, and stops without waiting",
            "the worker had claimed",
            _STOP + _PAUSE + "    worker.stop()",
        ),
        Wrong(
            "waits, but lets new runs in",
            "a third run",
            _STOP + "    while under_way(worker.pool):\n        time.sleep(0.2)\n    worker.stop()",
        ),
        Wrong(
            "waits first and pauses afterwards",
            "a third run",
            _STOP
            + "    while under_way(worker.pool):\n        time.sleep(0.2)\n"
            + _PAUSE
            + "    worker.stop()",
        ),
        Wrong(
            "waits for runs that are Running, and forgets the claimed ones",
            "the worker had claimed",
            _STOP
            + _PAUSE
            + "    while any(each.state.is_running() for each in under_way(worker.pool)):\n"
            "        time.sleep(0.1)\n    worker.stop()",
        ),
        Wrong(
            "never stops the worker",
            "the worker was stopped",
            _STOP + _PAUSE + "    while under_way(worker.pool):\n        time.sleep(0.2)",
        ),
        Wrong(
            "ends the runs instead of waiting for them",
            "the worker had claimed",
            _STOP + _PAUSE + "        for each in under_way(worker.pool):\n"
            "            client.set_flow_run_state(each.id, Crashed(), force=True)\n"
            "    worker.stop()",
        ),
        Wrong(
            "trusts that two tenths of a second will do",
            "the worker had claimed",
            _STOP + _PAUSE + "    time.sleep(0.2)\n    worker.stop()",
        ),
        Wrong(
            "opens the pool again before the worker has stopped",
            "the pool afterwards",
            _STOP
            + _PAUSE
            + "    while under_way(worker.pool):\n        time.sleep(0.2)\n    worker.stop()\n"
            + _PAUSE.replace("is_paused=True", "is_paused=False"),
        ),
    ],
}
