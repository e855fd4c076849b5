"""The files for Binder and for a devcontainer, by what the documentation of each allows.

No package holds the published schema of devcontainer.json; below stands the part of its reference
that the file uses. Whatever is not in there is refused, as a misspelt name would be.
"""

import os
import re
import shlex
from pathlib import Path

import jsonschema
import pytest

from course_lib import paths
from tests.fresh import devcontainer

BINDER = paths.ROOT / ".binder"
PORT = {
    "type": "object",
    "properties": {
        "label": {"type": "string"},
        "onAutoForward": {
            "enum": ["notify", "openBrowser", "openBrowserOnce", "openPreview", "silent", "ignore"]
        },
    },
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "image": {"type": "string", "pattern": r"^[^\s:]+:[\w.-]+$"},
        "postCreateCommand": {"type": "string"},
        "postAttachCommand": {"type": "string"},
        "forwardPorts": {
            "type": "array",
            "items": {"type": "integer", "minimum": 1, "maximum": 65535},
        },
        "portsAttributes": {
            "type": "object",
            "patternProperties": {r"^\d+$": PORT},
            "additionalProperties": False,
        },
        "hostRequirements": {
            "type": "object",
            "properties": {"memory": {"type": "string", "pattern": r"^\d+([tgmk]b)?$"}},
            "additionalProperties": False,
        },
    },
    "required": ["image", "postCreateCommand", "postAttachCommand"],
    "additionalProperties": False,
}


def test_the_devcontainer_is_one() -> None:
    jsonschema.validate(devcontainer(), SCHEMA)


def test_a_misspelt_name_would_be_found() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(devcontainer() | {"postCreatCommand": "make lab"}, SCHEMA)


def test_the_devcontainer_forwards_and_names_the_ports_that_the_course_prefers() -> None:
    from course_lib.server.lifecycle import PREFERRED_PORT

    config = devcontainer()
    assert config["forwardPorts"] == [8888, PREFERRED_PORT]
    assert set(config["portsAttributes"]) == set(map(str, config["forwardPorts"]))


def test_both_take_a_python_that_the_course_works_with() -> None:
    image = devcontainer()["image"].partition(":")[2]
    binder = (BINDER / "runtime.txt").read_text(encoding="utf-8").strip()
    environment = (paths.ROOT / "environment.yml").read_text(encoding="utf-8")
    assert binder == f"python-{image}"
    assert f"  - python={image}\n" in environment


def test_binder_installs_the_lock_and_has_no_pins_of_its_own() -> None:
    lines = (BINDER / "requirements.txt").read_text(encoding="utf-8").split("\n")
    (option, file), rest = lines[0].split(), lines[1:]
    assert (option, rest) == ("-r", [""])
    assert (BINDER / file).resolve() == paths.ROOT / "locks" / "course.txt"


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_its_scripts_can_be_run(name: str) -> None:
    script = BINDER / name
    assert script.read_bytes().startswith(b"#!/bin/bash\n")
    assert os.name == "nt" or os.access(script, os.X_OK)


def test_start_hands_over_to_the_hubs_command() -> None:
    # Otherwise the hub's signals would end the shell, and leave the rest running.
    last = (BINDER / "start").read_text(encoding="utf-8").strip().splitlines()[-1]
    assert shlex.split(last)[0] == "exec"
    assert last.endswith('"$@"')


def test_the_readme_opens_what_there_is() -> None:
    text = Path(paths.ROOT / "README.md").read_text(encoding="utf-8")
    (path,) = set(re.findall(r"urlpath=lab/tree/(\S+\.ipynb)", text))
    assert (paths.NOTEBOOKS / path).exists()
