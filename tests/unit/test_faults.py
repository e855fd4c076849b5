"""Faults are planted where they are asked for, met by all who use the code, and gone afterwards."""

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from course_lib.chapters.ch15.faults import Fault, fault_picture, planted, try_faults
from course_lib.errors import CourseError

CODE = """
def double(number):
    return 2 * number

def price(number):
    return double(number) + 1
"""
USER = """
from faulty_shop.code import double

def twice(number):
    return double(number)
"""
TESTS = """
from faulty_shop.code import double, price

def test_double():
    assert double(3) == 6

def test_price():
    assert price(0) == 1

def test_lazy():
    double(3)

def test_red():
    assert price(0) == 2
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a package of two modules, and a module of tests that imports from it."""
    folder = tmp_path / "faulty_shop"
    folder.mkdir()
    for name, source in {"__init__": "", "code": CODE, "user": USER}.items():
        (folder / f"{name}.py").write_text(source)
    (tmp_path / "faulty_tests.py").write_text(TESTS)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("faulty_shop.user")
    yield importlib.import_module("faulty_tests")
    for name in [name for name in sys.modules if name.startswith("faulty_")]:
        del sys.modules[name]


def test_everybody_meets_it_and_it_goes(shop: Any) -> None:
    code, user = sys.modules["faulty_shop.code"], sys.modules["faulty_shop.user"]
    with planted(Fault("adds", shop.double, "2 *", "2 +"), [shop.test_double]):
        assert [code.double(5), code.price(5), user.twice(5), shop.double(5)] == [7, 8, 7, 7]
    assert [code.double(5), code.price(5), user.twice(5), shop.double(5)] == [10, 11, 10, 10]


def test_one_that_does_not_fit_is_refused(shop: Any) -> None:
    wrong = Fault("nowhere", shop.double, "3 *", "")
    with pytest.raises(CourseError, match=r"'nowhere' can't be planted: double has no '3 \*'"):
        planted(wrong).__enter__()


def test_who_notices_what(shop: Any) -> None:
    faults = [
        Fault("adds", shop.double, "2 *", "2 +"),
        Fault("is free", shop.price, " + 1", ""),
        Fault("another price", shop.price, " + 1", " + 1 + 0 * number"),
    ]
    found = try_faults(faults, [shop.test_double, shop.test_price, shop.test_lazy, shop.test_red])
    assert found.noticed_by("adds") == ("test_double", "test_price")
    assert found.noticed_by("is free") == ("test_price",)
    assert found.unnoticed == ("another price",)
    assert [test for test in found.tests if found.is_red(test)] == ["test_red"]
    assert found.seconds("test_double") > 0
    drawn = fault_picture(found)
    assert drawn.alt == (
        "Planted faults and the tests that notice them. adds: test_double, test_price; "
        "is free: test_price; another price: no test."
    )
    assert drawn.png.startswith(b"\x89PNG")
