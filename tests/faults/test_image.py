"""The image for Kubernetes: its Dockerfile's own steps, done in a folder, and a hub that starts it.

What comes from the base image and from Debian is left out, and a learner is a process in place of
a container: the hub, of the Helm chart's generation, is the one that the image's lock brings.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import venv
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest

from course_lib import paths
from course_lib.server.ports import spare_port
from tests.faults.hub import Hub, Visitor
from tests.faults.place import Place
from tests.kubernetes import instructions, values

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="images are Linux"),
    pytest.mark.skipif(
        find_spec("configurable_http_proxy") is None,
        reason="JupyterHub isn't installed: make class",
    ),
    pytest.mark.thorough,  # it installs the course anew
]
PASSWORD = "a-word-for-the-class"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Follow the Dockerfile, and give the folder of the programs that are installed then."""
    tree, python = tmp_path / "srv" / "course", tmp_path / "python"
    tree.mkdir(parents=True)
    venv.create(python, with_pip=True)
    for name, rest in instructions():
        if name == "COPY":
            *sources, target = rest.split()
            for source in sources:
                copy(paths.ROOT / source, tree / target)
        elif name == "RUN" and rest.startswith("instructor/"):
            environment = cleared(python / "bin", tmp_path / "root")
            subprocess.run(shlex.split(rest), cwd=tree, env=environment, check=True)
    return python / "bin"


def copy(source: Path, target: Path) -> None:
    """Copy as a Dockerfile does: a folder's content, or a file into a folder."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def cleared(programs: Path, home: Path) -> dict[str, str]:
    """Return the environment of a container, with the image's programs first."""
    home.mkdir(exist_ok=True)
    theirs = r"PREFECT_|COURSE_|JUPYTER|VIRTUAL_ENV|IPYTHONDIR|XDG_"
    base = {name: text for name, text in os.environ.items() if not re.match(theirs, name)}
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    return base | {"PATH": path, "HOME": str(home)}


def test_a_learner_finds_the_course_in_it(programs: Path, tmp_path: Path) -> None:
    port, learner = spare_port(), values()["singleuser"]
    given = values()["hub"]["config"]
    home = tmp_path / "ada"
    config = given | {
        "JupyterHub": given["JupyterHub"]
        | {
            "bind_url": f"http://127.0.0.1:{port}",
            "hub_port": spare_port(),
            "spawner_class": "simple",
        },
        "SharedPasswordAuthenticator": {"user_password": PASSWORD},
        "ConfigurableHTTPProxy": {
            "command": [str(Path(sys.executable).with_name("configurable-http-proxy"))],
            "api_url": f"http://127.0.0.1:{spare_port()}",
        },
        "SimpleLocalProcessSpawner": {"home_dir_template": str(home)},
        "Spawner": {
            "cmd": learner["cmd"],
            "args": ["--allow-root"] if os.geteuid() == 0 else [],  # the image has a user
            "default_url": learner["defaultUrl"],
            "start_timeout": learner["startTimeout"],
            "http_timeout": learner["startTimeout"],
            "environment": {"COURSE_WORKSPACE": str(home / paths.IN_HOME)},
        },
    }
    (tmp_path / "hub.json").write_text(json.dumps(config))
    command = [str(programs / "jupyterhub"), "--config", str(tmp_path / "hub.json")]
    environment = cleared(programs, tmp_path / "root")
    with closing(Hub(tmp_path, port, command, environment)) as hub:
        assert Visitor(hub, "ada", "guessed-it-all").page.status_code == 403
        ada = Visitor(hub, "ada", PASSWORD)
        ada.use_token()
        ada.start_server()
        first = learner["defaultUrl"].rpartition("/")[2]
        said, error = ada.open(first).run(
            "import course_lib as course\ncourse.start()\nprint(course.__file__)"
        )
        assert not error
        assert "Dashboard: /user/ada/prefect\n" in said
        assert said.endswith(f"{tmp_path}/srv/course/course_lib/__init__.py\n"), said
        assert (home / paths.IN_HOME / first).exists()
        assert hub.close() == []
        assert "not recognized" not in hub.log.read_text()  # a misspelt setting
    assert Place(home / paths.IN_HOME).processes() == []
