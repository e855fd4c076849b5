"""Wrong answers to the exercises of chapter 10."""

from tests.exercises.answers import Wrong

PRELUDE = """
import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import psutil
from prefect import flow, task

from course_lib import paths

sys.path.insert(0, str(paths.SOLUTIONS / "project"))
from shop_pipeline.endings import ScriptError, ending
from shop_pipeline.families import MARK, end_family
from shop_pipeline.scripts import run_python_script

SHOPS = ["north", "east", "south", "west"]


def only_temporary(task, task_run, state):
    return isinstance(state.data, ScriptError) and state.data.code == 75


patient = run_python_script.with_options(
    retries=2, retry_delay_seconds=0.2, retry_condition_fn=only_temporary
)
"""

_RUN = "capture_output=True, text=True"
_RAISE = (
    "    if done.returncode != 0:\n"
    "        raise ScriptError(script.name, done.returncode, done.stderr.splitlines())\n"
    "    return done.stdout"
)

WRONG: dict[str, list[Wrong]] = {
    "10.1": [
        Wrong(
            "takes whatever python stands first on the PATH",
            "how the task run ended",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = ['python', script, *arguments]\n"
            f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n" + _RAISE,
        ),
        Wrong(
            "applies the folder twice",
            "how the task run ended",
            "@task\ndef run_report(script, arguments):\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n" + _RAISE,
        ),
        Wrong(
            "runs it in another folder",
            "how the task run ended",
            "@task\ndef run_report(script, arguments):\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    done = subprocess.run(command, {_RUN})\n" + _RAISE,
        ),
        Wrong(
            "asks a shell",
            "files that a shell made",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = ' '.join([sys.executable, str(script), *arguments])\n"
            f"    done = subprocess.run(command, cwd=script.parent, shell=True, {_RUN})\n" + _RAISE,
        ),
        Wrong(
            "doesn't look at the exit code",
            "exit code 3: type of the task run's state",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    return subprocess.run(command, cwd=script.parent, {_RUN}).stdout",
        ),
        Wrong(
            "leaves the reason to check=True",
            "exit code 3: its message",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    return subprocess.run(command, cwd=script.parent, check=True, {_RUN}).stdout",
        ),
        Wrong(
            "tells the code and no reason",
            "the line of stderr that says why",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n"
            "    if done.returncode:\n        raise RuntimeError(ending(done.returncode))\n"
            "    return done.stdout",
        ),
        Wrong(
            "tells the number of a signal",
            "killed: its message",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n"
            "    if done.returncode:\n"
            "        raise RuntimeError(f'exit code {done.returncode}: {done.stderr}')\n"
            "    return done.stdout",
        ),
        Wrong(
            "takes a negative code for success",
            "killed: type of the task run's state",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n"
            "    if done.returncode > 0:\n"
            "        raise ScriptError(script.name, done.returncode, done.stderr.splitlines())\n"
            "    return done.stdout",
        ),
        Wrong(
            "returns the last line only",
            "what the task returned",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n"
            + _RAISE.replace("return done.stdout", "return done.stdout.splitlines()[-1]"),
        ),
    ],
    "10.2": [
        Wrong(
            "ends the script alone",
            "processes that still ran",
            "@task\ndef run_in_time(script, limit):\n"
            "    command = [sys.executable, script.resolve()]\n"
            "    return subprocess.run(command, timeout=limit).returncode",
        ),
        Wrong(
            "ends those that psutil lists as children",
            "processes that still ran",
            "@task\ndef run_in_time(script, limit):\n"
            "    program = psutil.Popen([sys.executable, script.resolve()])\n    try:\n"
            "        return program.wait(timeout=limit)\n"
            "    except psutil.TimeoutExpired:\n"
            "        for each in [*program.children(recursive=True), program]:\n"
            "            each.kill()\n        program.wait()\n        raise",
        ),
        Wrong(
            "forgets to hand on the mark",
            "processes that still ran",
            "@task\ndef run_in_time(script, limit):\n    mark = uuid4().hex\n"
            "    program = psutil.Popen([sys.executable, script.resolve()])\n    try:\n"
            "        return program.wait(timeout=limit)\n"
            "    finally:\n        end_family(program, mark)",
        ),
        Wrong(
            "ends the family only after a good end",
            "processes that still ran",
            "@task\ndef run_in_time(script, limit):\n    mark = uuid4().hex\n"
            "    program = psutil.Popen(\n"
            "        [sys.executable, script.resolve()], env=os.environ | {MARK: mark}\n    )\n"
            "    try:\n        code = program.wait(timeout=limit)\n"
            "    except psutil.TimeoutExpired:\n        program.kill()\n        program.wait()\n"
            "        raise\n    end_family(program, mark)\n    return code",
        ),
        Wrong(
            "swallows the end of the time",
            "that hangs",
            "@task\ndef run_in_time(script, limit):\n    mark = uuid4().hex\n"
            "    program = psutil.Popen(\n"
            "        [sys.executable, script.resolve()], env=os.environ | {MARK: mark}\n    )\n"
            "    try:\n        return program.wait(timeout=limit)\n"
            "    except psutil.TimeoutExpired:\n        return -1\n"
            "    finally:\n        end_family(program, mark)",
        ),
        Wrong(
            "returns nothing",
            "what the task returned",
            "@task\ndef run_in_time(script, limit):\n    mark = uuid4().hex\n"
            "    program = psutil.Popen(\n"
            "        [sys.executable, script.resolve()], env=os.environ | {MARK: mark}\n    )\n"
            "    try:\n        program.wait(timeout=limit)\n"
            "    finally:\n        end_family(program, mark)",
        ),
    ],
    "10.3": [
        Wrong(
            "lets the first failed script end the flow",
            "how the flow run ended",
            "@flow\ndef all_quality(script, url):\n    for shop in SHOPS:\n"
            "        patient(script, [shop, url])\n    return SHOPS",
        ),
        Wrong(
            "has no retries",
            "requests of the script",
            "@flow\ndef all_quality(script, url):\n"
            "    states = {s: run_python_script(script, [s, url], return_state=True) for s in SHOPS}\n"
            "    return [s for s, state in states.items() if state.is_completed()]",
        ),
        Wrong(
            "retries whatever happens",
            "requests of the script",
            "again = run_python_script.with_options(retries=2)\n\n"
            "@flow\ndef all_quality(script, url):\n"
            "    states = {s: again(script, [s, url], return_state=True) for s in SHOPS}\n"
            "    return [s for s, state in states.items() if state.is_completed()]",
        ),
        Wrong(
            "retries in a loop of its own",
            "attempts of the task run",
            "@flow\ndef all_quality(script, url):\n    well = []\n    for shop in SHOPS:\n"
            "        for number in range(3):\n"
            "            state = run_python_script(script, [shop, url], return_state=True)\n"
            "            error = state.result(raise_on_failure=False)\n"
            "            if getattr(error, 'code', 0) != 75:\n                break\n"
            "        if state.is_completed():\n            well.append(shop)\n    return well",
        ),
        Wrong(
            "returns all shops whatever happened",
            "what the flow returned",
            "@flow\ndef all_quality(script, url):\n    for shop in SHOPS:\n"
            "        patient(script, [shop, url], return_state=True)\n    return SHOPS",
        ),
        Wrong(
            "returns the states",
            "what the flow returned",
            "@flow\ndef all_quality(script, url):\n    return {\n"
            "        shop: patient(script, [shop, url], return_state=True).name for shop in SHOPS\n"
            "    }",
        ),
    ],
}

RIGHT: dict[str, list[str]] = {
    "10.1": [
        # asynchronous
        "import asyncio\n\n@task\nasync def run_report(script, arguments):\n"
        "    program = await asyncio.create_subprocess_exec(\n"
        "        sys.executable, str(script.resolve()), *arguments, cwd=script.parent,\n"
        "        stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n"
        "    out, err = await program.communicate()\n    if program.returncode:\n"
        "        lines = err.decode().splitlines()\n"
        "        raise ScriptError(script.name, program.returncode, lines)\n"
        "    return out.decode()",
        # by the script's name alone, with an error of one's own
        "@task(retries=1)\ndef run_report(script, arguments):\n"
        "    command = [sys.executable, script.name, *arguments]\n"
        f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n"
        "    if done.returncode:\n"
        "        raise RuntimeError(f'{ending(done.returncode)}\\n{done.stderr}')\n"
        "    return done.stdout",
    ],
    "10.2": [
        # the project's own, which is finished later in the chapter
        "from shop_pipeline.output import Output\nfrom shop_pipeline.programs import run\n\n"
        "@task\ndef run_in_time(script, limit):\n"
        "    command = [sys.executable, str(script.resolve())]\n"
        "    code = run(command, script.parent, limit, Output(print), Output(print))\n"
        "    if code is None:\n        raise TimeoutError('too late')\n    return code",
    ],
    "10.3": [
        # all at once
        "@flow\ndef all_quality(script, url):\n"
        "    futures = {shop: patient.submit(script, [shop, url]) for shop in SHOPS}\n"
        "    for future in futures.values():\n        future.wait()\n"
        "    return [shop for shop, future in futures.items() if future.state.is_completed()]",
        # with exceptions
        "@flow\ndef all_quality(script, url):\n    well = []\n    for shop in SHOPS:\n"
        "        try:\n            patient(script, [shop, url])\n"
        "        except ScriptError:\n            continue\n"
        "        well.append(shop)\n    return well",
    ],
}
