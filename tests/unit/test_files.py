"""A file is there as a whole or not at all."""

from contextlib import suppress
from pathlib import Path

from course_lib.files import replace_file, replacing


def test_a_file_is_written_only_where_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "a"
    assert replace_file(file, "first ✓")
    assert file.read_text(encoding="utf-8") == "first ✓"
    assert not replace_file(file, "first ✓")
    assert replace_file(file, b"second")
    assert file.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [file]


def test_where_writing_breaks_off_the_old_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "a"
    replace_file(file, "old")
    with suppress(RuntimeError), replacing(file) as part:
        part.write_text("half")
        raise RuntimeError
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]
