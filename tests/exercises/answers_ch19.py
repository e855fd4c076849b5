"""Right and wrong answers to the exercises of chapter 19."""

from tests.exercises.answers import Wrong

PRELUDE = """
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from prefect import Flow, flow, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.exceptions import ObjectNotFound
from prefect.schedules import Cron

plain = {name: text for name, text in os.environ.items() if not name.startswith("PREFECT_")}
project = Path.cwd()


def shell(program, *words, **variables):
    command = [Path(sys.executable).with_name(program), *words]
    return subprocess.run(command, env=plain | variables, capture_output=True, text=True)


def write(home, text, mode="w"):
    with open(home / "profiles.toml", mode) as file:
        file.write(text)
"""

_SIGN = "def sign_in(home, api, key):\n"
_OFFICE = '[profiles.office]\\nPREFECT_API_URL = "{api}"\\nPREFECT_API_AUTH_STRING = "{key}"\\n'
_LAB = '[profiles.lab]\\nPREFECT_API_URL = "http://127.0.0.1:4999/api"\\n'


def _written(text: str) -> str:
    """Write the file at once, without the command: quicker."""
    return f"{_SIGN}    write(home, f'{text}')\n"


_DEPLOY = "def deploy(pool, folder):\n"
_CLIENT = "    with get_client(sync_client=True) as client:\n"
_POOL = (
    _CLIENT + "        if pool not in [each.name for each in client.read_work_pools()]:\n"
    "            client.create_work_pool(WorkPoolCreate(name=pool, type='process'))\n"
)
_PAUSED = (
    "        paused = False\n"
    "        with suppress(ObjectNotFound):\n"
    "            paused = client.read_deployment_by_name('night-count/nightly').paused\n"
)


def _deployed(
    name: str = "'nightly'", more: str = ", paused=paused", zone: str = "Shanghai"
) -> str:
    return (
        "    count = flow.from_source(folder, 'night_count.py:night_count')\n"
        f"    count.deploy({name}, work_pool_name=pool, ignore_warnings=True,\n"
        f"        schedule=Cron('30 2 * * *', timezone='Asia/{zone}'){more})\n"
    )


_BACK = "def back_up(database, folder):\n"
_TARGET = "    target = folder / f'prefect-{datetime.now():%Y%m%d-%H%M%S-%f}.db'\n"
_COPY = (
    "    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target)) as copy:\n"
    "        source.backup(copy)\n"
)
_TIDY = "    for old in sorted(folder.glob('prefect-*.db'))[:-3]:\n        old.unlink()\n"
_RETURN = "    return target\n"

RIGHT: dict[str, list[str]] = {
    "19.1": [_written(f'active = "office"\\n{_LAB}{_OFFICE}')],
    "19.2": [
        # async, and the pool is made by a try
        "async def deploy(pool, folder):\n"
        "    from prefect.exceptions import ObjectAlreadyExists\n"
        "    paused = False\n"
        "    async with get_client() as client:\n"
        "        with suppress(ObjectAlreadyExists):\n"
        "            await client.create_work_pool(WorkPoolCreate(name=pool, type='process'))\n"
        "        with suppress(ObjectNotFound):\n"
        "            found = await client.read_deployment_by_name('night-count/nightly')\n"
        "            paused = found.paused\n"
        "    count = await Flow.afrom_source(folder, 'night_count.py:night_count')\n"
        "    await count.adeploy('nightly', work_pool_name=pool, paused=paused,\n"
        "        schedule=Cron('30 2 * * *', timezone='Asia/Shanghai'))\n",
    ],
    "19.3": [
        # SQLite's other way, and a number instead of the time
        f"{_BACK}    copies = sorted(folder.glob('prefect-*.db'))\n"
        "    number = int(copies[-1].stem[-6:]) + 1 if copies else 0\n"
        "    target = folder / f'prefect-{number:06}.db'\n"
        "    with closing(sqlite3.connect(database)) as source:\n"
        "        source.execute('VACUUM INTO ?', [str(target)])\n"
        f"{_TIDY}{_RETURN}"
    ],
}

WRONG: dict[str, list[Wrong]] = {
    "19.1": [
        Wrong(
            "writes into the home that it has itself",
            "profiles in this home",
            f"{_SIGN}    shell('prefect', 'version')\n",
        ),
        Wrong(
            "writes the file anew",
            "profiles in this home",
            _written(f'active = "office"\\n{_OFFICE}'),
        ),
        Wrong(
            "appends to the file, the second time as well",
            "profiles in this home",
            f"{_SIGN}    write(home, f'{_OFFICE}', mode='a')\n",
        ),
        Wrong(
            "changes the active profile",
            "what the profile 'lab' says",
            _written(
                f'active = "office"\\n{_OFFICE}[profiles.lab]\\nPREFECT_API_URL = "{{api}}"\\n'
            ),
        ),
        Wrong(
            "forgets to use the profile",
            "profile of a process",
            _written(f'active = "lab"\\n{_LAB}{_OFFICE}'),
        ),
        Wrong(
            "takes the server's variable for the client's",
            "what such a process writes",
            _written(
                f'active = "office"\\n{_LAB}{_OFFICE}'.replace(
                    "PREFECT_API_AUTH", "PREFECT_SERVER_API_AUTH"
                )
            ),
        ),
        Wrong(
            "leaves out /api",
            "what such a process writes",
            _written(f'active = "office"\\n{_LAB}{_OFFICE}').replace(
                "{api}", '{api.removesuffix("/api")}'
            ),
        ),
        Wrong(
            "never replaces the first key",
            "what such a process writes",
            f"{_SIGN}    if 'office' not in (home / 'profiles.toml').read_text():\n"
            f"        write(home, f'active = \"office\"\\n{_LAB}{_OFFICE}')\n",
        ),
    ],
    "19.2": [
        Wrong(
            "makes the pool without looking",
            "comes to its end",
            f"{_DEPLOY}{_CLIENT}"
            "        client.create_work_pool(WorkPoolCreate(name=pool, type='process'))\n"
            + _deployed(more=""),
        ),
        Wrong(
            "expects somebody to make the pool",
            "comes to its end",
            _DEPLOY + _deployed(more=""),
        ),
        Wrong(
            "makes a deployment for each call",
            "deployments of the flow",
            _DEPLOY + _POOL + _deployed(name="f'nightly-{datetime.now():%f}'", more=""),
        ),
        Wrong(
            "takes another zone",
            "its schedules",
            _DEPLOY + _POOL + _deployed(more="", zone="Tokyo"),
        ),
        Wrong(
            "deletes the deployment first",
            "the deployment after the second call",
            _DEPLOY + _POOL + _PAUSED + "            client.delete_deployment("
            "client.read_deployment_by_name('night-count/nightly').id)\n" + _deployed(),
        ),
        Wrong(
            "leaves an existing deployment alone",
            "the flow's description has changed",
            _DEPLOY
            + _POOL
            + "        with suppress(ObjectNotFound):\n"
            + "            client.read_deployment_by_name('night-count/nightly')\n"
            + "            return\n"
            + _deployed(more=""),
        ),
        Wrong(
            "gives a schedule to a new deployment alone",
            "schedules after the second call",
            _DEPLOY + _POOL + "        rule = Cron('30 2 * * *', timezone='Asia/Shanghai')\n"
            "        paused = False\n"
            "        with suppress(ObjectNotFound):\n"
            "            paused = client.read_deployment_by_name('night-count/nightly').paused\n"
            "            rule = None\n"
            "    count = flow.from_source(folder, 'night_count.py:night_count')\n"
            "    count.deploy('nightly', work_pool_name=pool, paused=paused, schedule=rule)\n",
        ),
        Wrong(
            "makes the pool anew",
            "limit of the pool",
            f"{_DEPLOY}{_CLIENT}"
            "        new = WorkPoolCreate(name=pool, type='process')\n"
            "        client.create_work_pool(new, overwrite=True)\n" + _PAUSED + _deployed(),
        ),
        Wrong(
            "wakes a paused deployment",
            "which somebody has paused",
            _DEPLOY + _POOL + _deployed(more=""),
        ),
    ],
    "19.3": [
        Wrong(
            "copies the file",
            "what was written just before",
            f"{_BACK}{_TARGET}    shutil.copyfile(database, target)\n{_TIDY}{_RETURN}",
        ),
        Wrong(
            "copies the three files, each under a name of its own",
            "what was written just before",
            f"{_BACK}{_TARGET}    for end in ('', '-wal', '-shm'):\n"
            "        shutil.copyfile(f'{database}{end}', f'{target}{end}')\n"
            f"{_RETURN}",
        ),
        Wrong("returns nothing", "what it returns", _BACK + _TARGET + _COPY),
        Wrong(
            "has one name for all",
            "copies of the last three",
            f"{_BACK}    target = folder / 'prefect-backup.db'\n{_COPY}{_RETURN}",
        ),
        Wrong(
            "deletes the newest",
            "copies of the last three",
            _BACK + _TARGET + _COPY + _TIDY.replace("[:-3]", "[3:]") + _RETURN,
        ),
        Wrong("keeps all", "copies in the folder", _BACK + _TARGET + _COPY + _RETURN),
        Wrong(
            "deletes what isn't its own",
            "a file of somebody else",
            _BACK
            + _TARGET
            + _COPY
            + _TIDY
            + "    (folder / 'notes.txt').unlink(missing_ok=True)\n"
            + _RETURN,
        ),
    ],
}
