"""The tables of an empty database are made once, and copied by all later servers."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from course_lib.server import lifecycle


def test_a_server_that_begins_meanwhile_waits_for_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template, homes = tmp_path / "template", [tmp_path / "one", tmp_path / "two"]
    monkeypatch.setattr(lifecycle, "_template", lambda: template)
    for home in homes:
        home.mkdir()
    found_none, lay = Event(), lifecycle.lay_template

    def lay_and_tell(home: Path) -> bool:
        is_empty = lay(home)
        found_none.set()
        return is_empty

    def begin(home: Path) -> bool:
        with lifecycle._database(home) as is_empty:
            return is_empty

    with ThreadPoolExecutor() as others, lifecycle._database(homes[0]) as is_empty:
        assert is_empty
        monkeypatch.setattr(lifecycle, "lay_template", lay_and_tell)
        second = others.submit(begin, homes[1])
        assert found_none.wait(60)
        for name in (lifecycle.MEMO_STORE, lifecycle._DATABASE):
            (template / name).write_text("made by the first")
    assert not second.result(60)
    assert (homes[1] / lifecycle._DATABASE).read_text() == "made by the first"


def test_where_no_copy_can_be_kept_each_makes_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("")
    monkeypatch.setattr(lifecycle, "_template", lambda: in_the_way / "template")
    with lifecycle._database(tmp_path) as first, lifecycle._database(tmp_path) as second:
        assert (first, second) == (True, True)
