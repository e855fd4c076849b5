"""Waiting ends with the answer, or with the time."""

import time

import pytest

from course_lib.waiting import attempts, wait_until


def test_it_asks_until_the_answer_is_neither_none_nor_false() -> None:
    answers = iter([None, False, 0, 1])
    assert wait_until(lambda: next(answers), 60, pause=0) == 0


def test_it_asks_once_at_least_and_returns_the_last_answer() -> None:
    asked: list[bool] = []
    assert wait_until(lambda: asked.append(True), seconds=-1) is None
    assert asked == [True]


def test_pauses_grow_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    for _, _ in zip(range(5), attempts(60, pause=0.25, longest=0.5), strict=False):
        pass
    assert slept == [0.25, 0.375, 0.5, 0.5]
