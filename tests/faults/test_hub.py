"""JupyterHub for a class: two learners log in, each has a server, and all of it ends."""

import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from course_lib import paths
from course_lib.errors import CourseError
from course_lib.server import lifecycle
from course_lib.server.processes import is_alive
from course_tools.classroom import hub
from course_tools.classroom.table import Learner, from_folders
from tests.faults.hub import Hub, Visitor
from tests.faults.place import Place, wait_until

needs_hub = pytest.mark.skipif(
    find_spec("jupyterhub") is None, reason="JupyterHub isn't installed: make class"
)


@pytest.fixture
def a_hub(tmp_path: Path) -> Iterator[Hub]:
    running = Hub.of_class(tmp_path)
    yield running
    running.close()


@needs_hub
def test_two_learners_have_servers_of_their_own_and_all_ends_with_the_hub(a_hub: Hub) -> None:
    stranger = Visitor(a_hub, "ada", "guessed-it-all")
    assert stranger.page.status_code == 403
    for name in ("../ada", "ada/../bob"):  # it becomes a folder's
        assert Visitor(a_hub, name, a_hub.password).page.status_code == 403
    ada, bob = (Visitor(a_hub, name, a_hub.password) for name in ("ada", "bob"))
    for each in (ada, bob):
        each.use_token()
        each.ask("POST", f"/hub/api/users/{each.name}/server")
    for each in (ada, bob):
        wait_until(each.is_served, f"the start of {each.name}'s JupyterLab")
    said = [
        each.open("01_tasks.ipynb").run(
            "import course_lib as course\ncourse.start()\n"
            "from prefect import flow\n\n\n@flow\ndef hello():\n    return 1\n\n\nhello()\n"
            "import os\nprint(os.environ['PREFECT_API_URL'])\nprint(course.last_run().state.name)"
        )[0]
        for each in (ada, bob)
    ]
    for each, text in zip((ada, bob), said, strict=True):
        assert "Prefect 3" in text, text
        assert f"Dashboard: /user/{each.name}/prefect\n" in text, text
        dashboard = each.ask("GET", f"/user/{each.name}/prefect", follow_redirects=True)
        assert dashboard.url.path.startswith(f"/user/{each.name}/proxy/absolute/"), dashboard.url
        assert "<title>Prefect" in dashboard.text
        assert text.endswith("Completed\n"), text
        home = a_hub.folder / each.name / "prefect-course"
        assert (home / "00_start_here.ipynb").exists()
    ports = {re.search(r"127\.0\.0\.1:(\d+)", text)[1] for text in said}  # type: ignore[index]
    assert len(ports) == 2
    assert from_folders([a_hub.folder]).learners == (Learner("ada", {}), Learner("bob", {}))
    # Nobody reaches another's.
    for path in ("api/contents", "prefect"):
        assert ada.ask("GET", f"/user/bob/{path}").status_code in (403, 404)

    ended = Place(a_hub.folder / "bob" / "prefect-course").servers()
    assert len(ended) == 1
    bob.ask("DELETE", "/hub/api/users/bob/server")
    wait_until(lambda: not any(map(is_alive, ended)), "the end of Bob's Prefect server")
    assert Place(a_hub.folder / "ada" / "prefect-course").servers()

    assert a_hub.close() == []
    assert Place(a_hub.folder / "ada" / "prefect-course").processes() == []


# What `useradd` and `chpasswd` write, and homes, are copies that this process alone has: PAM reads
# them as it reads the machine's, and nothing is left of two accounts.
WITH_ACCOUNTS = """
set -e
mkdir "$0/home"
cp -a /etc "$0/etc"
mount --bind "$0/etc" /etc
mount --bind "$0/home" /home
closed=$1
shift
if [ "$closed" ]; then # open it, as far as the course needs
    while read -r path; do
        mkdir -p "$0/open/${path#"$closed"/}"
        mount --bind "$path" "$0/open/${path#"$closed"/}"
    done < "$0/needed"
    mount --rbind "$0/open" "$closed"
fi
for name in ada bob; do
    useradd --create-home --shell /bin/bash "$name"
    echo "$name:secret-of-$name" | chpasswd
done
exec "$@"
"""


if hasattr(os, "geteuid") and os.geteuid() == 0:  # nothing that can be installed makes one root

    @needs_hub
    @pytest.mark.thorough
    def test_learners_log_in_with_their_accounts_and_all_of_theirs_runs_as_them(
        tmp_path: Path,
    ) -> None:
        closed = str(hub._closed_to_others() or "")
        needed = (str(paths.ROOT), sys.prefix, sys.base_prefix)
        below = [f"{path}\n" for path in needed if path.startswith(f"{closed}/")]
        (tmp_path / "needed").write_text("".join(below))
        within = ["unshare", "--mount", "--propagation", "private"]
        within += ["sh", "-c", WITH_ACCOUNTS, str(tmp_path), closed]
        with closing(Hub.of_class(tmp_path, "--accounts", within=within)) as a_hub:
            for name, password in (("ada", "secret-of-bob"), ("root", ""), ("daemon", "")):
                assert Visitor(a_hub, name, password).page.status_code == 403
            learners = [Visitor(a_hub, name, f"secret-of-{name}") for name in ("ada", "bob")]
            for each in learners:
                each.use_token()
                each.start_server()
                said, error = each.open("01_tasks.ipynb").run(
                    "import course_lib as course\ncourse.start()\n"
                    "import getpass, os\nprint(getpass.getuser(), os.getcwd())"
                )
                assert not error
                assert f"{each.name} /home/{each.name}/prefect-course\n" in said
                home = tmp_path / "home" / each.name / "prefect-course"
                seen = Place(Path(f"/home/{each.name}/prefect-course"))
                runs_as = {process.uids().effective for process in seen.processes()}
                assert runs_as == {home.parent.stat().st_uid}
                assert all(path.stat().st_uid in runs_as for path in home.rglob("*"))
            names = [learner.name for learner in from_folders([tmp_path / "home"]).learners]
            assert names == ["ada", "bob"]
            assert a_hub.close() == []


@needs_hub
@pytest.mark.thorough
def test_what_servers_start_from_is_made_before_anybody_comes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    template = lifecycle._template()
    kept = template.rename(template.with_suffix(".kept")) if template.exists() else None
    try:
        assert not lifecycle.has_template()
        hub._prepare_database()
        assert lifecycle.has_template()
    finally:
        if kept:
            shutil.rmtree(kept)
    assert list(tmp_path.iterdir()) == []
    assert not [each for each in psutil.process_iter() if str(tmp_path) in _workspace(each)]


def _workspace(process: psutil.Process) -> str:
    with suppress(psutil.Error, OSError):
        return process.environ().get("COURSE_WORKSPACE", "")
    return ""


@needs_hub
def test_what_it_cannot_do_it_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="means any address"):
        hub.serve("0.0.0.0", folder=tmp_path)
    with pytest.raises(CourseError, match=r"192\.0\.2\.1 isn't an address of this machine"):
        hub.serve("192.0.2.1", folder=tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(CourseError, match=r"Port \d+ of 127\.0\.0\.1 is taken"):
            hub.serve(port=other.getsockname()[1], folder=tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CourseError, match="must run as root"):
        hub.serve(folder=tmp_path, accounts=True)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(paths, "ROOT", tmp_path / "course")  # pytest's folders are closed
    (tmp_path / "course").mkdir(0o700)
    with pytest.raises(CourseError, match="Learners' accounts can't enter /"):
        hub.serve(folder=tmp_path, accounts=True)
    monkeypatch.setattr(hub, "find_spec", lambda _name: None)
    with pytest.raises(CourseError, match="make class"):
        hub.serve(folder=tmp_path)
