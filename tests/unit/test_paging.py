"""Pages that are counted off are read as a whole while there come more."""

from dataclasses import dataclass

import pytest

from course_lib.records.paging import read_all


@dataclass(frozen=True)
class Noted:
    id: int


@pytest.mark.parametrize("many", [0, 1, 2, 3, 4, 5])
def test_all_pages_are_read(many: int) -> None:
    noted = [Noted(number) for number in range(many)]
    assert read_all(lambda limit, offset: noted[offset : offset + limit], size=2) == noted


def test_what_comes_in_between_doubles_nothing() -> None:
    noted = [Noted(number) for number in range(5)]

    def page(limit: int, offset: int) -> list[Noted]:
        found = noted[offset : offset + limit]
        noted.insert(0, Noted(-len(noted)))
        return found

    assert [each.id for each in read_all(page, size=2)] == [0, 1, 2, 3, 4]
