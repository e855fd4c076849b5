"""The class's roll on its shared server: each learner's kernel reports there what is solved.

A line is a Prefect variable whose name has the learner's id. It holds no name unless the learner
has given one. Whatever goes wrong here is said in a sentence, and never stands in a check's way.
"""

import http.client
import json
import re
from collections.abc import Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from course_lib.errors import CourseError
from course_lib.exercises import store
from course_lib.kernel import learner
from course_lib.kernel.learner import Learner, Membership
from course_lib.records.paging import read_all
from course_lib.server.environment import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

_NAME = "class_roll_"
_SECONDS = 10.0  # a full class keeps a server busy
_PAGE = 200


@dataclass(frozen=True)
class Line:
    """What the class's table knows of one learner."""

    learner: Learner
    marks: Mapping[str, bool] | None
    """Exercise -> solved, of those that were tried; None where it can't be read."""


def ask(joined: Membership) -> None:
    """Make sure that the class's server answers, takes the key and has this Prefect.

    Raises
    ------
    CourseError
        If it doesn't; the message says which of them, and what to do.
    """
    with _client(joined) as client:
        answer = client.get("/admin/version")
        try:
            release = answer.json()
        except ValueError:
            release = None
    if not isinstance(release, str):
        raise CourseError(f"What answers at {joined.address} isn't a class's server.")
    if release != version("prefect"):
        raise CourseError(
            f"The class's server has Prefect {release}, and you have {version('prefect')}: "
            "get the same version of the course as your instructor."
        )


def answers(joined: Membership, timeout: float = 2) -> bool:
    """Say whether the class's server is there, in a few milliseconds where it is."""
    place = urlsplit(joined.address).netloc
    with closing(http.client.HTTPConnection(place, timeout=timeout)) as connection:
        try:
            connection.request("GET", "/api/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def report(joined: Membership, who: Learner) -> None:
    """Write the learner's line, with all that is solved so far.

    Raises
    ------
    CourseError
        If the server doesn't take it.
    """
    marks = {exercise: int(mark.solved) for exercise, mark in store.read().items()}
    line = {"name": _NAME + who.id, "value": {"name": who.name, "marks": marks}}
    with _client(joined) as client:
        if client.patch(f"/variables/name/{line['name']}", json=line).status_code == 404:
            client.post("/variables/", json=line).raise_for_status()


def withdraw(joined: Membership, who: Learner) -> None:
    """Remove the learner's line.

    Raises
    ------
    CourseError
        If the server doesn't answer.
    """
    with _client(joined) as client:
        client.delete(f"/variables/name/{_NAME}{who.id}")


def report_if_joined() -> None:
    """Report where a class's server is joined; say so where it can't be done now."""
    try:
        if joined := learner.membership():
            report(joined, learner.me())
    except CourseError as error:
        print(f"Kept here, and not yet in the class's table: {error}")


def read(joined: Membership) -> list[Line]:
    """Read all lines.

    Raises
    ------
    CourseError
        If the server doesn't answer, or the key is wrong.
    """
    named = {"variables": {"name": {"like_": f"{_NAME}%"}}}
    with _client(joined) as client:

        def page(offset: int) -> list[dict[str, Any]]:
            wanted = named | {"limit": _PAGE, "offset": offset}
            rows: list[dict[str, Any]] = (
                client.post("/variables/filter", json=wanted).raise_for_status().json()
            )
            return rows

        found = read_all(page, _PAGE, itemgetter("id"))
    return [_line(row["name"].removeprefix(_NAME), row["value"]) for row in found]


def _line(id: str, value: object) -> Line:
    try:
        who = learner.parse(json.dumps({"id": id, "name": value["name"]}).encode())  # type: ignore[index]
        marks = {
            str(key): bool(solved)
            for key, solved in value["marks"].items()  # type: ignore[index]
            if re.fullmatch(r"\d\d\.\d+", key)
        }
    except (ValueError, TypeError, LookupError, AttributeError):  # anybody with the key may write
        return Line(Learner(id), None)
    return Line(who, marks)


@contextmanager
def _client(joined: Membership) -> "Iterator[httpx.Client]":
    import httpx  # late: it takes longer to import than all the rest

    name, _, password = joined.key.partition(":")

    def judge(response: "httpx.Response") -> None:
        if response.status_code in (401, 403):
            raise CourseError(
                f"The class's server at {joined.address} doesn't take this key: "
                "ask for it again, and type it whole."
            )

    try:
        with httpx.Client(
            base_url=f"{joined.address}/api",
            auth=(name, password),
            trust_env=False,  # a company's proxy doesn't know this server
            verify=False,  # it is plain HTTP, and building what checks certificates takes 20 ms
            timeout=_SECONDS,
            event_hooks={"response": [judge]},
        ) as client:
            yield client
    except httpx.HTTPStatusError as error:
        raise CourseError(
            f"The class's server at {joined.address} refused: {error.response.status_code} "
            f"{error.response.reason_phrase}."
        ) from None
    except httpx.HTTPError:
        here = " and is it on this machine" if f"//{LOOPBACK}:" in joined.address else ""
        raise CourseError(
            f"The class's server at {joined.address} doesn't answer. Does it run{here}? Ask your "
            "instructor; `course leave` takes you to a server of your own."
        ) from None
