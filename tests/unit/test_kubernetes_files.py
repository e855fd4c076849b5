"""The files for a class on Kubernetes: an image, and values for the Helm chart of JupyterHub.

No package holds the chart's schema; below stands, from its reference, what these values use of it.
Whatever is not in there is refused, as the chart itself refuses a misspelt name.
"""

import json
import os
import shlex
from typing import Any

import jsonschema
import pytest

from course_lib import paths
from course_lib.front_matter import chapter_files
from course_tools.build.lock import IMAGE, pins
from tests.fresh import devcontainer
from tests.kubernetes import FOLDER, instructions, values


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def only(*types: str) -> dict[str, Any]:
    return {"type": list(types)}


SIZE = {"type": ["number", "string", "null"], "pattern": r"^\d+(\.\d+)?[KMGT]$"}
RULES = ["cloudMetadataServer", "nonPrivateIPs", "privateIPs"]
SCHEMA = closed(
    hub=closed(config={"type": "object"}),
    singleuser=closed(
        image=closed(name=only("string"), tag=only("string")) | {"required": ["name", "tag"]},
        cmd=only("array", "string", "null"),
        defaultUrl=only("string", "null"),
        startTimeout=only("integer", "null"),
        memory=closed(limit=SIZE, guarantee=SIZE),
        cpu=closed(limit=only("number", "null"), guarantee=only("number", "null")),
        storage=closed(
            type={"enum": ["dynamic", "static", "none"]},
            capacity=only("string", "null"),
            homeMountPath=only("string"),
        ),
        networkPolicy=closed(
            enabled=only("boolean"),
            egressAllowRules=closed(**{rule: only("boolean") for rule in RULES}),
        ),
    ),
    cull=closed(enabled=only("boolean"), timeout=only("integer", "null")),
)


def arguments(instruction: str) -> list[str]:
    return [rest for name, rest in instructions() if name == instruction]


def test_the_values_are_of_the_chart() -> None:
    jsonschema.validate(values(), SCHEMA)


@pytest.mark.parametrize("path", ["singleuser.memory.guarantees", "singleuser.defaultURL", "culls"])
def test_a_misspelt_value_would_be_found(path: str) -> None:
    wrong = values()
    *parents, name = path.split(".")
    place = wrong
    for parent in parents:
        place = place[parent]
    place[name] = None
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)


def test_the_values_agree_with_the_image() -> None:
    learner = values()["singleuser"]
    assert arguments("CMD") == [json.dumps(learner["cmd"])]
    (variables,) = arguments("ENV")
    home = learner["storage"]["homeMountPath"]
    assert dict(item.split("=") for item in shlex.split(variables)) == {
        "HOME": home,
        "SHELL": "/bin/bash",
        "COURSE_WORKSPACE": f"{home}/{paths.IN_HOME}",
    }
    assert arguments("USER") == ["1000"]  # as which the chart starts it, and not as root
    first = next(iter(chapter_files(paths.NOTEBOOKS))).name
    assert learner["defaultUrl"] == f"/lab/tree/{first}"
    for kind in ("memory", "cpu"):
        limit, guarantee = (
            float(str(learner[kind][of]).rstrip("M")) for of in ("limit", "guarantee")
        )
        assert limit > guarantee


def test_no_password_stands_in_the_values() -> None:
    assert "password" not in json.dumps(values()).replace("shared-password", "")


def test_the_image_takes_a_python_that_the_course_works_with() -> None:
    (image,) = arguments("FROM")
    assert image == f"{devcontainer()['image']}-slim"


def test_its_jupyterhub_is_of_the_charts_generation() -> None:
    (hub,) = (pin for pin in pins(paths.ROOT / IMAGE) if pin.startswith("jupyterhub=="))
    assert hub.startswith("jupyterhub==5.")


def test_what_it_copies_is_there_and_not_ignored() -> None:
    text = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    sent = [line.removeprefix("!") for line in lines if line.startswith("!")]
    for copied in arguments("COPY"):
        for source in copied.split()[:-1]:
            assert (paths.ROOT / source).exists(), source
            assert any(source == each or source.startswith(f"{each}/") for each in sent), source
    for name in sent:
        assert (paths.ROOT / name).exists(), name


def test_its_script_can_be_run() -> None:
    script = FOLDER / "install"
    assert script.read_bytes().startswith(b"#!/bin/bash\n")
    assert os.name == "nt" or os.access(script, os.X_OK)
    for command in arguments("RUN")[1:]:
        assert paths.ROOT / command.split()[0] == script
