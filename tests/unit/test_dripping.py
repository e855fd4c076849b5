"""The server of chapter 06 whose answer comes byte by byte."""

import httpx
import pytest

from course_lib.chapters.ch06 import dripping_server


def test_the_whole_answer_may_take_longer_than_the_limit_of_each_wait() -> None:
    answer = httpx.get(dripping_server(count=6, seconds=0.2), timeout=1)
    assert answer.text == "......"
    assert answer.elapsed.total_seconds() > 1


def test_a_client_that_hung_up_is_forgotten() -> None:
    url = dripping_server(count=2, seconds=0.3)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(url, timeout=0.05)
    assert httpx.get(url, timeout=5).text == ".."
