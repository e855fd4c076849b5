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
            "a good script, by a relative path",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = ['python', script, *arguments]\n"
            f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n" + _RAISE,
            ignores="own-python",
        ),
        Wrong(
            "applies the folder twice",
            "a good script, by a relative path",
            "@task\ndef run_report(script, arguments):\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n" + _RAISE,
            ignores="relative-path",
        ),
        Wrong(
            "runs it in another folder",
            "a good script, by a relative path",
            "@task\ndef run_report(script, arguments):\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    done = subprocess.run(command, {_RUN})\n" + _RAISE,
            ignores="own-folder",
        ),
        Wrong(
            "asks a shell",
            "what the task returned",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = ' '.join([sys.executable, str(script), *arguments])\n"
            f"    done = subprocess.run(command, cwd=script.parent, shell=True, {_RUN})\n" + _RAISE,
            ignores="arguments",
        ),
        Wrong(
            "doesn't look at the exit code",
            "ends badly: how the task ends",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    return subprocess.run(command, cwd=script.parent, {_RUN}).stdout",
            ignores="task-fails",
        ),
        Wrong(
            "takes any word on stderr for a bad end",
            "a good script",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n"
            + _RAISE.replace("if done.returncode != 0", "if done.returncode or done.stderr"),
        ),
        Wrong(
            "leaves the reason to check=True",
            "ends badly: its message",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    return subprocess.run(command, cwd=script.parent, check=True, {_RUN}).stdout",
        ),
        Wrong(
            "tells the reason and no code",
            "ends badly: its message",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n"
            "    if done.returncode > 0:\n        raise RuntimeError(done.stderr)\n"
            "    if done.returncode < 0:\n        raise RuntimeError(ending(done.returncode))\n"
            "    return done.stdout",
            ignores="exit-code",
        ),
        Wrong(
            "writes the code of the example",
            "ends badly: its message",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n"
            "    if done.returncode:\n"
            "        raise RuntimeError(f'exit code 3, killed by SIGKILL: {done.stderr}')\n"
            "    return done.stdout",
        ),
        Wrong(
            "takes every signal for SIGKILL",
            "killed: its message",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n"
            "    if done.returncode < 0:\n        raise RuntimeError('killed by SIGKILL')\n"
            "    if done.returncode:\n"
            "        raise RuntimeError(f'exit code {done.returncode}: {done.stderr}')\n"
            "    return done.stdout",
            ignores="signal",
        ),
        Wrong(
            "tells the first line of stderr",
            "whether the line of stderr",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n"
            "    if done.returncode:\n"
            "        raise RuntimeError(f'{ending(done.returncode)}: {done.stderr[:15]}')\n"
            "    return done.stdout",
            ignores="why",
        ),
        Wrong(
            "keeps the last lines only",
            "what the task returned",
            "from shop_pipeline.output import Output\n\n"
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n    out = Output(len)\n"
            "    err = Output(len)\n"
            "    pipes = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, 'text': True}\n"
            "    with subprocess.Popen(command, cwd=script.parent, **pipes) as program:\n"
            "        readers = [out.follow(program.stdout), err.follow(program.stderr)]\n"
            "        [reader.join() for reader in readers]\n"
            "    if program.returncode:\n"
            "        raise ScriptError(script.name, program.returncode, err.tail)\n"
            "    return '\\n'.join(out.tail)",
        ),
        Wrong(
            "tells the code and no reason",
            "whether the line of stderr",
            "@task\ndef run_report(script, arguments):\n    script = script.resolve()\n"
            "    command = [sys.executable, script, *arguments]\n"
            f"    done = subprocess.run(command, cwd=script.parent, {_RUN})\n"
            "    if done.returncode:\n        raise RuntimeError(ending(done.returncode))\n"
            "    return done.stdout",
            ignores="why",
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
            ignores="signal",
        ),
        Wrong(
            "takes a negative code for success",
            "killed: how the task ends",
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
            ignores="all",
        ),
    ],
    "10.2": [
        Wrong(
            "ends the script alone",
            "processes that still ran afterwards",
            "@task\ndef run_in_time(script, limit):\n"
            "    command = [sys.executable, script.resolve()]\n"
            "    return subprocess.run(command, timeout=limit).returncode",
        ),
        Wrong(
            "ends those that psutil lists as children",
            "processes that ran on afterwards",
            "@task\ndef run_in_time(script, limit):\n    mark = uuid4().hex\n"
            "    program = psutil.Popen(\n"
            "        [sys.executable, script.resolve()], env=os.environ | {MARK: mark}\n    )\n"
            "    try:\n        code = program.wait(timeout=limit)\n"
            "    except psutil.TimeoutExpired:\n"
            "        for each in [*program.children(recursive=True), program]:\n"
            "            each.kill()\n        program.wait()\n        raise\n"
            "    end_family(program, mark)\n    return code",
            ignores="orphans",
        ),
        Wrong(
            "ends the family only when time is up",
            "processes that still ran afterwards",
            "@task\ndef run_in_time(script, limit):\n    mark = uuid4().hex\n"
            "    program = psutil.Popen(\n"
            "        [sys.executable, script.resolve()], env=os.environ | {MARK: mark}\n    )\n"
            "    try:\n        return program.wait(timeout=limit)\n"
            "    except psutil.TimeoutExpired:\n        end_family(program, mark)\n        raise",
            ignores="however",
        ),
        Wrong(
            "waits as long as it takes",
            "that hangs",
            "@task\ndef run_in_time(script, limit):\n    mark = uuid4().hex\n"
            "    program = psutil.Popen(\n"
            "        [sys.executable, script.resolve()], env=os.environ | {MARK: mark}\n    )\n"
            "    try:\n        return program.wait()\n"
            "    finally:\n        end_family(program, mark)",
            ignores="limit",
        ),
        Wrong(
            "gives every script a second",
            "a script that ends after 1.2 s",
            "@task\ndef run_in_time(script, limit):\n    mark = uuid4().hex\n"
            "    program = psutil.Popen(\n"
            "        [sys.executable, script.resolve()], env=os.environ | {MARK: mark}\n    )\n"
            "    try:\n        return program.wait(timeout=1)\n"
            "    finally:\n        end_family(program, mark)",
            ignores="limit",
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
            "processes that ran on afterwards",
            "@task\ndef run_in_time(script, limit):\n    mark = uuid4().hex\n"
            "    program = psutil.Popen(\n"
            "        [sys.executable, script.resolve()], env=os.environ | {MARK: mark}\n    )\n"
            "    try:\n        code = program.wait(timeout=limit)\n"
            "    except psutil.TimeoutExpired:\n        program.kill()\n        program.wait()\n"
            "        raise\n    end_family(program, mark)\n    return code",
            ignores="nothing-left",
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
            ignores="fails",
        ),
        Wrong(
            "returns nothing",
            "what the task returned",
            "@task\ndef run_in_time(script, limit):\n    mark = uuid4().hex\n"
            "    program = psutil.Popen(\n"
            "        [sys.executable, script.resolve()], env=os.environ | {MARK: mark}\n    )\n"
            "    try:\n        program.wait(timeout=limit)\n"
            "    finally:\n        end_family(program, mark)",
            ignores="exit-code",
        ),
    ],
    "10.3": [
        Wrong(
            "lets the first failed script end the flow",
            "how the flow run ended",
            "@flow\ndef all_quality(script, url):\n    for shop in SHOPS:\n"
            "        patient(script, [shop, url])\n    return SHOPS",
            ignores="go-on",
        ),
        Wrong(
            "has no retries",
            "runs of the script",
            "@flow\ndef all_quality(script, url):\n"
            "    states = {s: run_python_script(script, [s, url], return_state=True) for s in SHOPS}\n"
            "    return [s for s, state in states.items() if state.is_completed()]",
            ignores="two-retries",
        ),
        Wrong(
            "retries whatever happens",
            "runs of the script",
            "again = run_python_script.with_options(retries=2)\n\n"
            "@flow\ndef all_quality(script, url):\n"
            "    states = {s: again(script, [s, url], return_state=True) for s in SHOPS}\n"
            "    return [s for s, state in states.items() if state.is_completed()]",
            ignores="others-none",
        ),
        Wrong(
            "retries three times",
            "runs of the script",
            "again = patient.with_options(retries=3)\n\n"
            "@flow\ndef all_quality(script, url):\n"
            "    states = {s: again(script, [s, url], return_state=True) for s in SHOPS}\n"
            "    return [s for s, state in states.items() if state.is_completed()]",
            ignores="two-retries",
        ),
        Wrong(
            "takes the codes around 75 for temporary",
            "runs of the script",
            "again = patient.with_options(retry_condition_fn=lambda task, run, state:\n"
            "    getattr(state.data, 'code', 0) in (1, 74, 75, 76))\n\n"
            "@flow\ndef all_quality(script, url):\n"
            "    states = {s: again(script, [s, url], return_state=True) for s in SHOPS}\n"
            "    return [s for s, state in states.items() if state.is_completed()]",
        ),
        Wrong(
            "takes all codes from 75 on for temporary",
            "runs of the script",
            "again = patient.with_options(retry_condition_fn=lambda task, run, state:\n"
            "    getattr(state.data, 'code', 0) >= 75)\n\n"
            "@flow\ndef all_quality(script, url):\n"
            "    states = {s: again(script, [s, url], return_state=True) for s in SHOPS}\n"
            "    return [s for s, state in states.items() if state.is_completed()]",
        ),
        Wrong(
            "looks for 75 in the message",
            "runs of the script",
            "again = patient.with_options(retry_condition_fn=lambda task, run, state:\n"
            "    '75' in state.message)\n\n"
            "@flow\ndef all_quality(script, url):\n"
            "    states = {s: again(script, [s, url], return_state=True) for s in SHOPS}\n"
            "    return [s for s, state in states.items() if state.is_completed()]",
        ),
        Wrong(
            "stops at the first failed shop",
            "runs of the script",
            "@flow\ndef all_quality(script, url):\n    well = []\n    for shop in SHOPS:\n"
            "        if patient(script, [shop, url], return_state=True).is_failed():\n"
            "            break\n        well.append(shop)\n    return well",
            ignores="go-on",
        ),
        Wrong(
            "forgets a shop",
            "runs of the script",
            "@flow\ndef all_quality(script, url):\n"
            "    states = {s: patient(script, [s, url], return_state=True) for s in SHOPS[1:]}\n"
            "    return [s for s, state in states.items() if state.is_completed()]",
            ignores="each-shop",
        ),
        Wrong(
            "hands on the shop alone",
            "runs of the script",
            "@flow\ndef all_quality(script, url):\n"
            "    states = {s: patient(script, [s], return_state=True) for s in SHOPS}\n"
            "    return [s for s, state in states.items() if state.is_completed()]",
            ignores="arguments",
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
            ignores="by-prefect",
        ),
        Wrong(
            "returns all shops whatever happened",
            "whether the shops that ended well",
            "@flow\ndef all_quality(script, url):\n    for shop in SHOPS:\n"
            "        patient(script, [shop, url], return_state=True)\n    return SHOPS",
            ignores="returns",
        ),
        Wrong(
            "returns the states",
            "whether the shops that ended well",
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
        # with a helper task, and a returned Failed
        "from prefect.states import Failed\n\n@task\ndef start(command, folder):\n"
        f"    return subprocess.run(command, cwd=folder, {_RUN})\n\n"
        "@task\ndef run_report(script, arguments):\n"
        "    command = [sys.executable, str(script.absolute()), *arguments]\n"
        "    done = start(command, str(script.parent))\n    if done.returncode:\n"
        "        reason = done.stderr.splitlines()[-1:]\n"
        "        return Failed(message=f'{script}: {ending(done.returncode)}: {reason}')\n"
        "    return done.stdout",
        # with check=True, and a note of its own
        "@task\ndef run_report(script, arguments):\n    where, name = os.path.split(script)\n"
        "    try:\n"
        "        output = subprocess.check_output([sys.executable, name, *arguments], cwd=where,\n"
        "                                         stderr=subprocess.PIPE)\n"
        "    except subprocess.CalledProcessError as error:\n"
        "        said = error.stderr.decode().strip().splitlines()\n"
        "        raise ScriptError(name, error.returncode, said) from error\n"
        "    return output.decode()",
    ],
    "10.2": [
        # the project's own, which is finished later in the chapter
        "from shop_pipeline.output import Output\nfrom shop_pipeline.programs import run\n\n"
        "@task\ndef run_in_time(script, limit):\n"
        "    command = [sys.executable, str(script.resolve())]\n"
        "    code = run(command, script.parent, limit, Output(print), Output(print))\n"
        "    if code is None:\n        raise TimeoutError('too late')\n    return code",
        # with subprocess's own, and a returned Failed
        "from prefect.states import Failed\n\n@task\ndef run_in_time(script, limit):\n"
        "    mark = str(uuid4())\n    variables = dict(os.environ)\n    variables[MARK] = mark\n"
        "    program = psutil.Popen(['env', sys.executable, str(script.absolute())], env=variables)\n"
        "    try:\n        code = program.wait(limit)\n"
        "    except psutil.TimeoutExpired:\n        code = None\n"
        "    end_family(program, mark, grace=0.5)\n"
        "    if code is None:\n        return Failed(message='out of time')\n    return code",
        # a helper task that cleans up, and a retry
        "@task\ndef clean_up(program, mark):\n    end_family(program, mark)\n\n"
        "@task\ndef run_in_time(script, limit):\n    os.environ[MARK] = mark = uuid4().hex\n"
        "    program = psutil.Popen([sys.executable, script.resolve()])\n    try:\n"
        "        return program.wait(timeout=limit)\n"
        "    finally:\n        del os.environ[MARK]\n        clean_up(program, mark)",
        # asynchronous, with a context manager
        "import asyncio\nfrom contextlib import contextmanager\n\n"
        "@contextmanager\ndef started(command):\n    mark = uuid4().hex\n"
        "    program = psutil.Popen(command, env={**os.environ, MARK: mark})\n"
        "    try:\n        yield program\n    finally:\n        end_family(program, mark)\n\n"
        "@task\nasync def run_in_time(script, limit):\n"
        "    with started([sys.executable, script.resolve()]) as program:\n"
        "        async with asyncio.timeout(limit):\n"
        "            while program.poll() is None:\n                await asyncio.sleep(0.05)\n"
        "    return program.poll()",
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
        # by map, under other names
        "quality = patient.with_options(name='quality', retry_delay_seconds=0)\n\n"
        "@flow\ndef all_quality(script, url):\n"
        "    from prefect import unmapped\n    from prefect.futures import wait\n"
        "    done = quality.map(unmapped(script), [[shop, url] for shop in SHOPS])\n"
        "    wait(done)\n"
        "    return [s for s, future in zip(SHOPS, done) if future.state.is_completed()]",
        # asynchronous, with a task around it that notes the good ones
        "@task\ndef note(shop):\n    return shop\n\n"
        "@flow\nasync def all_quality(script, url):\n    well = []\n"
        "    for shop in reversed(SHOPS):\n"
        "        if not patient(script, [shop, url], return_state=True).is_failed():\n"
        "            well.append(note(shop))\n    return well",
    ],
}
