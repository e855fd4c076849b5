"""A line to a server: whole, held, cut and mended."""

from collections.abc import Iterator

import httpx
import pytest

from course_lib import Shop
from course_lib.chapters.ch08.cut_line import CuttableLine


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop(latency=0) as shop:
        yield shop


def ask(line: CuttableLine, timeout: float = 5) -> int:
    return httpx.get(f"{line.url}/stock/north", timeout=timeout).status_code


def test_it_passes_on_what_is_asked_and_answered(shop: Shop) -> None:
    with CuttableLine(shop.url) as line:
        assert (
            httpx.get(f"{line.url}/stock/north").json()
            == httpx.get(f"{shop.url}/stock/north").json()
        )
        assert repr(line) == "<CuttableLine: open>"


def test_it_keeps_the_path_of_the_address(shop: Shop) -> None:
    with CuttableLine(f"{shop.url}/api") as line:
        assert line.url.endswith("/api")
        assert line.url != f"{shop.url}/api"


def test_while_held_no_answer_comes_and_then_all_do(shop: Shop) -> None:
    with CuttableLine(shop.url) as line:
        line.hold()
        with pytest.raises(httpx.ReadTimeout):
            ask(line, timeout=0.2)
        assert repr(line) == "<CuttableLine: held>"
        line.mend()
        assert ask(line) == 200


def test_while_cut_nobody_answers_also_those_who_were_connected(shop: Shop) -> None:
    with CuttableLine(shop.url) as line, httpx.Client() as client:
        address = line.url
        assert client.get(f"{address}/shops").status_code == 200
        line.cut()
        assert repr(line) == "<CuttableLine: cut>"
        with pytest.raises(httpx.TransportError):
            client.get(f"{address}/shops")
        line.mend()
        assert line.url == address
        assert client.get(f"{address}/shops").status_code == 200


def test_a_server_that_is_gone_looks_like_one_that_hangs_up() -> None:
    with Shop() as gone:
        line = CuttableLine(gone.url)
    with line, pytest.raises(httpx.TransportError):
        ask(line)


def test_closing_twice_does_no_harm(shop: Shop) -> None:
    line = CuttableLine(shop.url)
    line.stop()
    line.stop()
