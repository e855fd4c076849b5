"""What chapter 16 needs beside the others is asked for in one line, and may start slowly."""

import pytest

from course_lib.chapters.ch16.clusters import need, patient_ray
from course_lib.errors import CourseError


def test_what_is_missing_is_named_with_the_command_that_brings_it() -> None:
    need("prefect", "json")
    with pytest.raises(CourseError, match="needs no_such_thing: run `make scale`"):
        need("json", "no_such_thing")


def test_a_node_of_ray_that_starts_slowly_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    services = pytest.importorskip("ray._private.services")
    asked: list[str] = []

    def get_node(address: str) -> str:
        asked.append(address)
        if len(asked) < 3:
            raise RuntimeError("There is no such node yet.")
        return f"the node of {address}"

    monkeypatch.setattr(services, "get_node", get_node)
    with patient_ray():
        assert services.get_node("this machine") == "the node of this machine"
    assert services.get_node is get_node
    assert asked == ["this machine"] * 3
