"""Right and wrong answers to the exercises of chapter 19."""

from tests.exercises.answers import Wrong

PRELUDE = """
import asyncio
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
from prefect.schedules import Cron, RRule

plain = {name: text for name, text in os.environ.items() if not name.startswith("PREFECT_")}
project = Path.cwd()


def shell(program, *words, **variables):
    command = [Path(sys.executable).with_name(program), *words]
    return subprocess.run(command, env=plain | variables, capture_output=True, text=True)


def write(home, text, mode="w"):
    with open(home / "profiles.toml", mode) as file:
        file.write(text)


def lab(home):
    text = (home / "profiles.toml").read_text()
    return "[profiles.lab]" + text.partition("[profiles.lab]")[2].partition("[profiles")[0]
"""

_SIGN = "def sign_in(home, api, key):\n"
_OFFICE = '[profiles.office]\\nPREFECT_API_URL = "{api}"\\nPREFECT_API_AUTH_STRING = "{key}"\\n'
_LAB = "{lab(home)}\\n"


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
    "19.1": [
        _written(f'active = "office"\\n{_LAB}{_OFFICE}'),
        # The functions below the commands.
        f"{_SIGN}    from prefect.settings import PREFECT_PROFILES_PATH, load_profiles\n"
        "    from prefect.settings import save_profiles, temporary_settings\n"
        "    with temporary_settings({PREFECT_PROFILES_PATH: home / 'profiles.toml'}):\n"
        "        profiles = load_profiles(include_defaults=False)\n"
        "        values = {'PREFECT_API_URL': api, 'PREFECT_API_AUTH_STRING': key}\n"
        "        profiles.update_profile('office', values)\n"
        "        profiles.set_active('office')\n        save_profiles(profiles)\n",
        # The commands in another order, started by Python's module.
        f"{_SIGN}    def prefect(*words):\n"
        "        subprocess.run([sys.executable, '-m', 'prefect', *words], capture_output=True,\n"
        "            env=plain | {'PREFECT_HOME': str(home)})\n"
        "    prefect('profile', 'create', 'office')\n"
        "    prefect('profile', 'use', 'office')\n"
        "    prefect('config', 'set', f'PREFECT_API_URL={api}', f'PREFECT_API_AUTH_STRING={key}')\n",
        # Asynchronous, with a file that is put together from what it holds.
        f"async {_SIGN}    import tomllib\n"
        "    data = tomllib.loads((home / 'profiles.toml').read_text())\n"
        "    data['profiles']['office'] = {\n"
        "        'PREFECT_API_URL': api, 'PREFECT_API_AUTH_STRING': key}\n"
        "    lines = ['active = \\'office\\'']\n"
        "    for name, values in data['profiles'].items():\n"
        "        lines += [f'[profiles.{name}]']\n"
        "        lines += [f'{each} = {text!r}' for each, text in values.items()]\n"
        "    await asyncio.to_thread(write, home, '\\n'.join(lines))\n",
    ],
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
        # another kind of rule
        _DEPLOY
        + _POOL
        + _PAUSED
        + _deployed().replace(
            "Cron('30 2 * * *',", "RRule('FREQ=DAILY;BYHOUR=2;BYMINUTE=30;BYSECOND=0',"
        ),
        # the deployment is made first, and then applied
        _DEPLOY
        + _POOL
        + _PAUSED
        + _deployed()
        .replace("count.deploy(", "count.to_deployment(")
        .replace(" ignore_warnings=True,", "")
        .rstrip()
        + ".apply()\n",
        # paused again where it was, and by a function that deploys several
        _DEPLOY
        + "    from prefect import deploy as deploy_all\n"
        + _POOL
        + _PAUSED.replace("        paused", "        was_paused", 1).replace(
            "    paused = client", "    was_paused = client"
        )
        + "    count = flow.from_source(folder, 'night_count.py:night_count')\n"
        "    rule = Cron('30 2 * * *', timezone='Asia/Shanghai')\n"
        "    (made,) = deploy_all(count.to_deployment('nightly', schedules=[rule]),\n"
        "        work_pool_name=pool)\n"
        "    with get_client(sync_client=True) as client:\n"
        "        if was_paused:\n            client.pause_deployment(made)\n",
    ],
    "19.3": [
        # SQLite's other way, and a number instead of the time
        f"{_BACK}    copies = sorted(folder.glob('prefect-*.db'))\n"
        "    number = int(copies[-1].stem[-6:]) + 1 if copies else 0\n"
        "    target = folder / f'prefect-{number:06}.db'\n"
        "    with closing(sqlite3.connect(database)) as source:\n"
        "        source.execute('VACUUM INTO ?', [str(target)])\n"
        f"{_TIDY}{_RETURN}",
        # the time in nanoseconds, sorted by age, and the path as a text
        _BACK
        + "    import time\n    target = folder / f'{time.time_ns()}.backup'\n"
        + _COPY
        + "    mine = sorted(folder.glob('*.backup'), key=lambda each: each.stat().st_mtime_ns)\n"
        "    while len(mine) > 3:\n        mine.pop(0).unlink()\n    return str(target)\n",
        # oldest first out of what there was before; a name is looked for that is free
        f"{_BACK}    old = sorted(folder.glob('prefect_*.db'), reverse=True)\n"
        "    for each in old[2:]:\n        os.remove(each)\n"
        "    now = f'{datetime.now():%Y-%m-%dT%H%M%S}'\n    number = 0\n"
        "    while (target := folder / f'prefect_{now}_{number:04}.db').exists() or (\n"
        "            old and target < old[0]):\n        number += 1\n"
        f"{_COPY}{_RETURN}",
        # asynchronous
        f"async {_BACK}{_TARGET}    def copy_it():\n"
        "        with closing(sqlite3.connect(f'file:{database}?mode=ro', uri=True)) as source:\n"
        "            with closing(sqlite3.connect(target)) as copy:\n"
        "                source.backup(copy, pages=100)\n"
        f"    await asyncio.to_thread(copy_it)\n{_TIDY}{_RETURN}",
    ],
}

WRONG: dict[str, list[Wrong]] = {
    "19.1": [
        Wrong(
            "writes into the home that it has itself",
            "profiles in this home",
            f"{_SIGN}    shell('prefect', 'version')\n",
            ignores="given-home",
        ),
        Wrong(
            "has another name for it",
            "profiles in this home",
            _written(f'active = "work"\\n{_LAB}{_OFFICE}'.replace("office", "work")),
            ignores="adds-office",
        ),
        Wrong(
            "knows what 'lab' said yesterday",
            "what the profile 'lab' says",
            _written(
                'active = "office"\\n[profiles.lab]\\n'
                f'PREFECT_API_URL = "http://127.0.0.1:4200/api"\\n{_OFFICE}'
            ),
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
                f'active = "office"\\n{_OFFICE}[profiles.lab]\\nPREFECT_API_URL = "{{api}}"\\n',
            ),
            ignores="lab-stays",
        ),
        Wrong(
            "forgets to use the profile",
            "profile of a process",
            _written(f'active = "lab"\\n{_LAB}{_OFFICE}'),
            ignores="makes-active",
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
            ignores="reaches-server",
        ),
        Wrong(
            "never replaces the first key",
            "what such a process writes",
            f"{_SIGN}    if 'office' not in (home / 'profiles.toml').read_text():\n"
            f"        write(home, f'active = \"office\"\\n{_LAB}{_OFFICE}')\n",
            ignores="replaces-key",
        ),
    ],
    "19.2": [
        Wrong(
            "makes the pool without looking",
            "comes to its end",
            f"{_DEPLOY}{_CLIENT}"
            "        client.create_work_pool(WorkPoolCreate(name=pool, type='process'))\n"
            + _deployed(more=""),
            ignores="where-none",
        ),
        Wrong(
            "expects somebody to make the pool",
            "comes to its end",
            _DEPLOY + _deployed(more=""),
            ignores="makes-pool",
        ),
        Wrong(
            "makes a deployment for each call",
            "deployments of the flow",
            _DEPLOY + _POOL + _deployed(name="f'nightly-{datetime.now():%f}'", more=""),
            ignores="named-nightly",
        ),
        Wrong(
            "deploys what is in the folder of the notebook",
            "comes to its end",
            _DEPLOY
            + _POOL
            + _PAUSED
            + _deployed().replace("from_source(folder", "from_source('.'"),
            ignores="flow-of-folder",
        ),
        Wrong(
            "makes a pool of the usual type",
            "type of the pool",
            _DEPLOY + _POOL.replace(", type='process'", "") + _PAUSED + _deployed(),
            ignores="process-type",
        ),
        Wrong(
            "takes the afternoon for the night",
            "a week of its schedules",
            _DEPLOY + _POOL + _PAUSED + _deployed().replace("30 2 *", "30 14 *"),
            ignores="each-night",
        ),
        Wrong(
            "leaves out the weekend",
            "a week of its schedules",
            _DEPLOY + _POOL + _PAUSED + _deployed().replace("30 2 * * *", "30 2 * * 1-5"),
        ),
        Wrong(
            "pauses each that exists",
            "which somebody has resumed",
            _DEPLOY + _POOL + _PAUSED.replace("').paused", "') is not None") + _deployed(),
        ),
        Wrong(
            "takes another zone",
            "a week of its schedules",
            _DEPLOY + _POOL + _deployed(more="", zone="Tokyo"),
            ignores="shanghai",
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
            ignores="up-to-date",
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
            ignores="limit-stays",
        ),
        Wrong(
            "wakes a paused deployment",
            "which somebody has paused",
            _DEPLOY + _POOL + _deployed(more=""),
            ignores="paused-stays",
        ),
    ],
    "19.3": [
        Wrong(
            "copies the file",
            "what was written just before",
            f"{_BACK}{_TARGET}    shutil.copyfile(database, target)\n{_TIDY}{_RETURN}",
            ignores="complete",
        ),
        Wrong(
            "copies the three files, each under a name of its own",
            "what was written just before",
            f"{_BACK}{_TARGET}    for end in ('', '-wal', '-shm'):\n"
            "        shutil.copyfile(f'{database}{end}', f'{target}{end}')\n"
            f"{_RETURN}",
        ),
        Wrong(
            "returns nothing", "what it returns", _BACK + _TARGET + _COPY + _TIDY, "returns-path"
        ),
        Wrong(
            "has one name for all",
            "copies of two calls",
            f"{_BACK}    target = folder / 'prefect-backup.db'\n{_COPY}{_RETURN}",
        ),
        Wrong(
            "names them by the second",
            "copies of two calls",
            _BACK + _TARGET.replace("-%f", "") + _COPY + _TIDY + _RETURN,
            ignores="twice-in-a-second",
        ),
        Wrong(
            "puts them beside the database",
            "what it returns",
            _BACK
            + _TARGET.replace("folder /", "database.parent /")
            + _COPY
            + _TIDY.replace("folder", "database.parent")
            + _RETURN,
            ignores="copy-in-folder",
        ),
        Wrong(
            "keeps two",
            "copies of the last three",
            _BACK + _TARGET + _COPY + _TIDY.replace("-3", "-2") + _RETURN,
            ignores="keeps-three",
        ),
        Wrong(
            "takes each database for a copy",
            "files of somebody else",
            _BACK + _TARGET + _COPY + _TIDY.replace("prefect-*", "*") + _RETURN,
        ),
        Wrong(
            "takes whatever begins like a copy for one",
            "files of somebody else",
            _BACK
            + _TARGET
            + _COPY
            + "    mine = sorted(folder.glob('prefect-*'), key=lambda each: each.stat().st_mtime_ns)\n"
            "    for each in mine[:-3]:\n        each.unlink()\n" + _RETURN,
        ),
        Wrong(
            "sorts numbers as texts",
            "copies of the last three",
            f"{_BACK}    numbers = [int(each.stem[8:]) for each in folder.glob('prefect-*.db')]\n"
            "    target = folder / f'prefect-{max(numbers, default=0) + 1}.db'\n"
            f"{_COPY}{_TIDY}{_RETURN}",
        ),
        Wrong(
            "deletes the newest",
            "copies of the last three",
            _BACK + _TARGET + _COPY + _TIDY.replace("[:-3]", "[3:]") + _RETURN,
        ),
        Wrong(
            "keeps all", "copies in the folder", _BACK + _TARGET + _COPY + _RETURN, "deletes-older"
        ),
        Wrong(
            "deletes what isn't its own",
            "files of somebody else",
            _BACK
            + _TARGET
            + _COPY
            + _TIDY
            + "    (folder / 'notes.txt').unlink(missing_ok=True)\n"
            + _RETURN,
            ignores="others-alone",
        ),
    ],
}
