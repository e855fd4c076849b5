"""Resolve the versions anew: ``make lock`` writes the locks and environment.yml.

``locks/course.txt`` is what every learner gets. ``locks/scale.txt`` is what the extra
`scale` adds to it for chapter 16, ``locks/class.txt`` what `class` does for whoever serves
one; each in versions that agree with all of the locks before it. ``locks/slides.txt`` is the
one package of the extra `slides`, without what it depends on.
"""

import re
import subprocess
import sys
from pathlib import Path

from course_lib import paths

REQUIREMENTS = "locks/course.txt"
EXTRAS = {"scale": "locks/scale.txt", "class": "locks/class.txt"}
SLIDES = "locks/slides.txt"
ENVIRONMENT = "environment.yml"
_HEAD = """\
# The versions of locks/course.txt for conda; `make lock` writes both.
name: prefect-course
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.12
  - pip
  - pip:
"""


def main() -> None:
    """Lock with the resolution named on the command line, by default the newest versions."""
    resolution = sys.argv[1] if len(sys.argv) > 1 else "highest"
    lock = paths.ROOT / REQUIREMENTS
    _compile(lock, resolution, "--extra", "test", "--extra", "build")
    before = [lock]
    for extra, name in EXTRAS.items():
        more = paths.ROOT / name
        within = [part for each in before for part in ("--constraint", str(each))]
        _compile(more, resolution, "--extra", extra, *within)
        more.write_text(additions(more, lock), encoding="utf-8")
        before.append(more)
    slides = paths.ROOT / SLIDES
    _compile(slides, resolution, "--extra", "slides", "--no-deps")
    slides.write_text(additions(slides, lock), encoding="utf-8")
    write_environment(lock, paths.ROOT / ENVIRONMENT)


def _compile(lock: Path, resolution: str, *extras: str) -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *extras]
    command += ["--universal", "--python-version", "3.11", "--upgrade", "--generate-hashes"]
    # No header, no annotations: nothing in the lock tells where it was made.
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--quiet"]
    command += ["--resolution", resolution, "--output-file", str(lock)]
    subprocess.run(command, cwd=paths.ROOT, check=True)


def additions(lock: Path, base: Path) -> str:
    """Give the blocks (pin and hashes) of a lock whose packages the other lock doesn't have."""
    known = {_package(pin) for pin in pins(base)}
    blocks = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
    return "".join(f"{block}\n" for block in blocks if _package(block) not in known)


def _package(pin: str) -> str:
    return pin.partition("==")[0]


def pins(lock: Path) -> list[str]:
    """Read the pinned requirements, each with its marker, without hashes."""
    lines = re.findall(r"^(\S+==[^\\\n]+?)\s*\\?$", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return [line.strip() for line in lines]


def write_environment(lock: Path, file: Path) -> None:
    """Write the conda file with the pins of the lock, and the course itself."""
    lines = [f"      - {pin}\n" for pin in [*pins(lock), "--editable ."]]
    file.write_text(_HEAD + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
