"""Resolve the versions anew: ``make lock`` writes the locks and environment.yml.

``locks/course.txt`` is what every learner gets. ``locks/scale.txt`` is what the extra
`scale` adds to it for chapter 16, ``locks/class.txt`` what `class` does for whoever serves
one, ``locks/site.txt`` what `site` does for the web pages; each in versions that agree with all of
the locks before it. ``locks/slides.txt`` is the one package of the extra `slides`, without what it
depends on. ``locks/kubernetes.txt`` is for images, which have the course's lock alone beside it. The
learners' project has a lock of its own, in the versions of the course's.
"""

import re
import subprocess
import sys
from pathlib import Path

from course_lib import paths
from course_tools.build.markdown import render

REQUIREMENTS = "locks/course.txt"
EXTRAS = {"scale": "locks/scale.txt", "class": "locks/class.txt", "site": "locks/site.txt"}
SLIDES = "locks/slides.txt"
IMAGE = "locks/kubernetes.txt"
PROJECT = "solutions/project/requirements.txt"
ENVIRONMENT = "environment.yml"


def main() -> None:
    """Lock with the resolution named on the command line, by default the newest versions."""
    resolution = sys.argv[1] if len(sys.argv) > 1 else "highest"
    course = paths.ROOT / REQUIREMENTS
    _compile(course, resolution, "--extra", "test", "--extra", "build")
    constraints = ["--constraint", str(course)]
    for extra, name in (*EXTRAS.items(), ("slides", SLIDES)):
        lock = paths.ROOT / name
        options = ["--no-deps"] if name == SLIDES else constraints
        _compile(lock, resolution, "--extra", extra, *options)
        lock.write_text(additions(lock, course), encoding="utf-8")
        constraints += ["--constraint", str(lock)]
    image = paths.ROOT / IMAGE
    _compile(image, resolution, "--extra", "kubernetes", *constraints[:2])
    image.write_text(additions(image, course), encoding="utf-8")
    _lock_project(course)
    conda = render("environment.yml.j2", pins=pins(course))
    (paths.ROOT / ENVIRONMENT).write_text(conda, encoding="utf-8")


def _compile(lock: Path, resolution: str, *options: str) -> None:
    wanted = ["--upgrade", "--generate-hashes", "--resolution", resolution]
    _uv_compile(paths.ROOT, lock, *wanted, *options)


def _lock_project(course: Path) -> None:
    """Write the lock of the learners' project: versions alone, for people to read."""
    lock = paths.ROOT / PROJECT
    _uv_compile(lock.parent, lock, "--upgrade", "--extra", "test", "--constraint", str(course))


def _uv_compile(folder: Path, lock: Path, *options: str) -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *options]
    command += ["--universal", "--python-version", "3.11"]
    # No header, no annotations: nothing in the lock tells where it was made.
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--quiet"]
    subprocess.run([*command, "--output-file", str(lock)], cwd=folder, check=True)


def additions(lock: Path, base: Path) -> str:
    """Return the blocks (pin and hashes) of a lock whose packages the other lock doesn't have."""
    known = {pin.partition("==")[0] for pin in pins(base)}
    blocks = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
    return "".join(f"{block}\n" for block in blocks if block.partition("==")[0] not in known)


def pins(lock: Path) -> list[str]:
    """Read the pinned requirements, each with its marker, without hashes."""
    return re.findall(r"^(\S+==[^\\\n]+?)\s*\\?$", lock.read_text(encoding="utf-8"), re.MULTILINE)


if __name__ == "__main__":
    main()
