"""pyproject.toml, the locks and the conda file name the same versions."""

import re
import tomllib
from importlib.metadata import version
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course_lib import paths
from course_tools.build import lock

LOCK = paths.ROOT / lock.REQUIREMENTS
EXTRAS = {extra: paths.ROOT / name for extra, name in lock.EXTRAS.items()}
SLIDES = paths.ROOT / lock.SLIDES
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


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_extra_meets_its_ranges_and_repeats_nothing_of_the_lock(extra: str) -> None:
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert outside(project["optional-dependencies"][extra], lock.pins(EXTRAS[extra])) == []
    main, added = (
        {Requirement(pin).name for pin in lock.pins(file)} for file in (LOCK, EXTRAS[extra])
    )
    assert not main & added


@pytest.mark.parametrize(("one", "other"), [*combinations(EXTRAS, 2)])
def test_the_extras_agree_with_each_other(one: str, other: str) -> None:
    first, second = (map(Requirement, lock.pins(EXTRAS[extra])) for extra in (one, other))
    # Without their markers: one extra may need a package on older Pythons alone.
    ours, theirs = ({(pin.name, str(pin.specifier)) for pin in pins} for pins in (first, second))
    both = {name for name, _ in ours} & {name for name, _ in theirs}
    assert {pin for pin in ours if pin[0] in both} == {pin for pin in theirs if pin[0] in both}


def test_the_lock_for_slides_holds_one_package() -> None:
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (wanted,) = project["optional-dependencies"]["slides"]
    (pin,) = lock.pins(SLIDES)
    assert outside([wanted], [pin]) == []


def test_additions_are_the_blocks_that_the_other_lock_does_not_have(tmp_path: Path) -> None:
    whole, base = tmp_path / "whole.txt", tmp_path / "base.txt"
    whole.write_text(
        "a==1 \\\n    --hash=sha256:0\nb==2 ; python_version < '3.12' \\\n    --hash=sha256:1\n"
    )
    base.write_text("a==1 \\\n    --hash=sha256:0\n")
    assert lock.additions(whole, base) == "b==2 ; python_version < '3.12' \\\n    --hash=sha256:1\n"


def test_conda_has_the_versions_of_the_lock() -> None:
    assert conda_pip_section(CONDA) == [*lock.pins(LOCK), "--editable ."]


@pytest.mark.parametrize("file", [LOCK, *EXTRAS.values(), SLIDES], ids=lambda file: file.name)
def test_the_locks_have_hashes_and_no_addresses(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "://" not in text + CONDA.read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) == len(lock.pins(file))
    assert all("--hash=sha256:" in block for block in blocks)


def test_prefect_is_the_one_that_the_course_pins() -> None:
    assert f"prefect=={version('prefect')}" in lock.pins(LOCK)


def test_the_learners_project_pins_what_the_course_teaches() -> None:
    file = paths.ROOT / lock.PROJECT
    project = tomllib.loads((file.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"prefect=={version('prefect')}" in project["dependencies"]
    pins = file.read_text(encoding="utf-8").splitlines()
    ranges = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    assert outside(ranges, pins) == []
    assert {pin.partition(" ;")[0] for pin in pins} <= {
        pin.partition(" ;")[0] for pin in lock.pins(LOCK)
    }
