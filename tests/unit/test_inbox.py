"""The receiver of messages."""

import httpx
import pytest

from course_lib.errors import CourseError
from course_lib.shop.inbox import Inbox, Message


def test_what_is_sent_is_kept_in_order() -> None:
    with Inbox() as inbox:
        for path, text in (("alarm", "north is closed"), ("chat/room", '{"text": "é"}')):
            assert httpx.post(f"{inbox.url}/{path}", content=text).status_code == 200
        first, second = inbox.wait(2)
        assert first == Message("alarm", "north is closed")
        assert (second.path, second.json) == ("chat/room", {"text": "é"})
        assert repr(inbox) == "<Inbox: 2 messages>"
        inbox.forget()
        assert inbox.messages == ()


def test_it_answers_as_planned_and_then_well() -> None:
    with Inbox(answers=[500, 503]) as inbox, httpx.Client() as client:
        answers = [client.put(inbox.url).status_code for _ in range(3)]
        assert answers == [message.status for message in inbox.messages] == [500, 503, 200]
        assert client.get(inbox.url).status_code == 501


def test_a_message_that_does_not_come_is_an_error() -> None:
    with Inbox() as inbox, pytest.raises(CourseError, match="1 messages within 0 s, and 0 came"):
        inbox.wait(1, timeout=0.05)


def test_it_closes_for_good() -> None:
    inbox = Inbox()
    with httpx.Client() as client:
        client.post(inbox.url)
        inbox.stop()
        inbox.stop()
        with pytest.raises(httpx.TransportError):
            client.post(inbox.url)
