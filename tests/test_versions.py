"""pyproject.toml, the lock and the conda file name the same versions."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course_lib import lock, paths

LOCK = paths.ROOT / lock.REQUIREMENTS
CONDA = paths.ROOT / lock.ENVIRONMENT


def conda_pip_section(file: Path) -> list[str]:
    dependencies = yaml.safe_load(file.read_text(encoding="utf-8"))["dependencies"]
    return next(entry["pip"] for entry in dependencies if isinstance(entry, dict))


def outside(ranges: list[str], pins: list[str]) -> list[str]:
    """Name the requirements that no pin meets."""
    pinned: dict[str, list[Requirement]] = {}
    for pin in map(Requirement, pins):
        pinned.setdefault(canonicalize_name(pin.name), []).append(pin)
    return [
        text
        for text, wanted in ((text, Requirement(text)) for text in ranges)
        if not any(
            all(part.version in wanted.specifier for part in pin.specifier)
            for pin in pinned.get(canonicalize_name(wanted.name), [])
        )
    ]


def test_the_lock_meets_the_ranges() -> None:
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    ranges = [*project["dependencies"], *extras["test"], *extras["build"]]
    assert len(ranges) > 20
    assert outside(ranges, lock.pins(LOCK)) == []
    assert outside(["prefect<3", "absent"], lock.pins(LOCK)) == ["prefect<3", "absent"]


def test_conda_has_the_versions_of_the_lock() -> None:
    assert conda_pip_section(CONDA) == [*lock.pins(LOCK), "--editable ."]


def test_the_lock_has_hashes_and_no_addresses() -> None:
    text = LOCK.read_text(encoding="utf-8")
    assert "://" not in text + CONDA.read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) == len(lock.pins(LOCK))
    assert all("--hash=sha256:" in block for block in blocks)


def test_prefect_is_the_one_that_the_course_pins() -> None:
    assert f"prefect=={version('prefect')}" in lock.pins(LOCK)
