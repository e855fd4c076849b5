"""Right and wrong answers to the exercises of chapter 08."""

from tests.exercises.answers import Wrong

PRELUDE = """
import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import course_lib as course
from prefect import get_client
from prefect.client.schemas import actions, filters
from prefect.states import Cancelling, Crashed


def under_way(pool):
    states = {"type": {"any_": ["PENDING", "RUNNING"]}}
    with get_client(sync_client=True) as client:
        return client.read_flow_runs(
            flow_run_filter=filters.FlowRunFilter(state=states),
            work_pool_filter=filters.WorkPoolFilter(name={"any_": [pool]}),
        )


def shell(program, *words):
    command = [Path(sys.executable).with_name(program), *words]
    plain = os.environ | {"PREFECT_CLI_COLORS": "false"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=plain)
"""

_CLIENT = "def set_up_queues(pool):\n    with get_client(sync_client=True) as client:\n"
_POOL = "        client.update_work_pool(pool, actions.WorkPoolUpdate(concurrency_limit=2))\n"
_URGENT = "        client.create_work_queue('urgent', work_pool_name=pool, priority=1)\n"
_ROUTINE = (
    "        client.create_work_queue('routine', work_pool_name=pool, priority=2,"
    " concurrency_limit=1)\n"
)
_STOP = "def stop_gently(worker):\n"
_WAIT = "    while under_way(worker.pool):\n        time.sleep(0.2)\n"
_END = "    worker.stop()\n"
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
            ignores="urgent-first",
        ),
        Wrong(
            "limits the queues and forgets the pool",
            "most runs under way",
            _CLIENT
            + _queue("urgent", "priority=1")
            + _queue("routine", "priority=2, concurrency_limit=1"),
            ignores="two-at-once",
        ),
        Wrong(
            "limits only the pool",
            "most routine runs",
            _CLIENT + _POOL + _queue("urgent", "priority=1") + _queue("routine", "priority=2"),
            ignores="one-routine",
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
            ignores="two-queues",
        ),
        Wrong(
            "makes the pool anew",
            "the pool afterwards is",
            _CLIENT + "        client.delete_work_pool(pool)\n"
            "        new = actions.WorkPoolCreate(name=pool, type='process', concurrency_limit=2)\n"
            "        client.create_work_pool(new)\n" + _URGENT + _ROUTINE,
            ignores="existing-pool",
        ),
        Wrong(
            "takes turns, so that a routine run never waits for two urgent ones",
            "runs of the first round",
            _CLIENT
            + _POOL
            + _URGENT.replace("priority=1", "priority=1, concurrency_limit=1")
            + _ROUTINE,
            ignores="however-long",
        ),
        Wrong(
            "leaves no place for routine runs",
            "all of them start",
            _CLIENT + _POOL + _URGENT + _ROUTINE.replace("limit=1", "limit=0"),
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
            "waits for the claimed ones to begin, and not to end",
            "the worker had claimed",
            _STOP
            + _PAUSE
            + "    while any(each.state.is_pending() for each in under_way(worker.pool)):\n"
            "        time.sleep(0.1)\n    worker.stop()",
            ignores="begun-end",
        ),
        Wrong(
            "waits for the run that is Running at first",
            "the worker had claimed",
            _STOP
            + _PAUSE
            + "    for each in under_way(worker.pool):\n        if each.state.is_running():\n"
            "            course.wait_for(each.id, 'Completed')\n    worker.stop()",
        ),
        Wrong(
            "pauses by the command, and stops without waiting",
            "the worker had claimed",
            _STOP + "    shell('prefect', 'work-pool', 'pause', worker.pool)\n    worker.stop()",
        ),
        Wrong(
            "trusts that six seconds will do",
            "the worker had claimed",
            _STOP + _PAUSE + "    time.sleep(6)\n    worker.stop()",
        ),
        Wrong(
            "pauses one queue of the pool",
            "a third run",
            _STOP + "    with get_client(sync_client=True) as client:\n"
            "        queue = client.read_work_queue_by_name('default', worker.pool)\n"
            "        client.update_work_queue(queue.id, is_paused=True)\n" + _WAIT + _END,
        ),
        Wrong(
            "cancels the runs",
            "the worker had claimed",
            _STOP + _PAUSE + "        for each in under_way(worker.pool):\n"
            "            client.set_flow_run_state(each.id, Cancelling())\n" + _WAIT + _END,
        ),
        Wrong(
            "pauses, and stops without waiting",
            "the worker had claimed",
            _STOP + _PAUSE + "    worker.stop()",
        ),
        Wrong(
            "waits, but lets new runs in",
            "a third run",
            _STOP + "    while under_way(worker.pool):\n        time.sleep(0.2)\n    worker.stop()",
            ignores="no-new",
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
            ignores="claimed-end",
        ),
        Wrong(
            "never stops the worker",
            "the worker was stopped",
            _STOP + _PAUSE + "    while under_way(worker.pool):\n        time.sleep(0.2)",
            ignores="then-stop",
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
            "a third run",
            _STOP + _PAUSE + _WAIT + _PAUSE.replace("is_paused=True", "is_paused=False") + _END,
        ),
    ],
}

RIGHT: dict[str, list[str]] = {
    "08.1": [
        # The commands.
        "def set_up_queues(pool):\n"
        "    shell('prefect', 'work-pool', 'set-concurrency-limit', pool, '2')\n"
        "    shell('prefect', 'work-queue', 'create', 'urgent', '--pool', pool, '--priority', '1')\n"
        "    shell('prefect', 'work-queue', 'create', 'routine', '--pool', pool,\n"
        "        '--priority', '2', '--limit', '1')\n",
        # Asynchronous.
        "async def set_up_queues(name):\n    async with get_client() as client:\n"
        "        await client.update_work_pool(name, actions.WorkPoolUpdate(concurrency_limit=2))\n"
        "        for number, queue, limit in ((10, 'urgent', 2), (20, 'routine', 1)):\n"
        "            await client.create_work_queue(queue, work_pool_name=name,\n"
        "                priority=number, concurrency_limit=limit)\n",
        # Made first, and set afterwards.
        _CLIENT + "        made = {name: client.create_work_queue(name, work_pool_name=pool)\n"
        "            for name in ('routine', 'urgent')}\n"
        "        client.update_work_queue(made['routine'].id, concurrency_limit=1, priority=7)\n"
        "        client.update_work_queue(made['urgent'].id, priority=3)\n" + _POOL,
        # One client for each, by a function of its own, and a command for the pool.
        "def queue(pool, name, **options):\n    with get_client(sync_client=True) as client:\n"
        "        client.create_work_queue(name, work_pool_name=pool, description='mine', **options)\n"
        "\n\ndef set_up_queues(pool):\n    queue(pool, 'routine', concurrency_limit=1, priority=9)\n"
        "    queue(pool, 'urgent', priority=1, is_paused=False)\n"
        "    shell('prefect', 'work-pool', 'update', pool, '--concurrency-limit', '2')\n",
    ],
    "08.2": [
        # The pool is opened again after the stop.
        _STOP + _PAUSE + _WAIT + _END + _PAUSE.replace("is_paused=True", "is_paused=False"),
        # The commands.
        _STOP + "    shell('prefect', 'work-pool', 'pause', worker.pool)\n" + _WAIT + _END,
        # Asynchronous.
        "async def stop_gently(worker):\n    async with get_client() as client:\n"
        "        await client.update_work_pool(\n"
        "            worker.pool, actions.WorkPoolUpdate(is_paused=True))\n"
        "    while left := under_way(worker.pool):\n        print(len(left), 'left')\n"
        "        await asyncio.sleep(0.5)\n"
        "    await asyncio.to_thread(worker.stop)\n",
        # Each run is waited for by its number, after a look at what there is.
        _STOP + "    print(under_way(worker.pool))\n" + _PAUSE + "    while left := "
        "under_way(worker.pool):\n        for each in left:\n"
        "            course.wait_for(each.id, 'Completed')\n"
        "    worker.stop()\n    while worker.process:\n        time.sleep(0.1)\n",
        # A pool without a place hands out nothing, either.
        _STOP + _PAUSE.replace("is_paused=True", "concurrency_limit=0") + _WAIT + _END,
    ],
}
