"""A PostgreSQL and a second server beside the course's: started, used, and gone without a trace."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from prefect.client.orchestration import SyncPrefectClient

from course_lib.errors import CourseError
from course_lib.server import side_servers

needs_postgres = pytest.mark.skipif(
    not side_servers.has_postgres(), reason="PostgreSQL isn't installed"
)


@pytest.fixture(autouse=True)
def _own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))


async def ask(url: str, query: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@needs_postgres
def test_it_answers_to_its_password_alone_and_leaves_nothing_behind() -> None:
    with side_servers.Postgres() as postgres:
        folder = Path(postgres._note.read_text(encoding="utf-8"))
        assert asyncio.run(ask(postgres.url, "select current_user")) == "course"
        assert asyncio.run(ask(postgres.url, "show listen_addresses")) == "127.0.0.1"
        wrong = postgres.url.replace(postgres._password, "guessed")
        with pytest.raises(asyncpg.InvalidPasswordError):
            asyncio.run(ask(wrong, "select 1"))
        assert repr(postgres) == "<Postgres: running>"
    assert repr(postgres) == "<Postgres: stopped>"
    assert not folder.exists()
    assert postgres.stop() is False


@needs_postgres
def test_what_a_killed_kernel_left_is_ended_by_the_next_start_and_by_stop_all() -> None:
    left = side_servers.Postgres().start()
    process = left._service.process()
    again = side_servers.Postgres().start()
    assert process is not None
    assert not process.is_running()
    assert again._service.process() is not None
    side_servers.stop_all()
    assert again._service.process() is None


def test_without_the_programs_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_servers, "_programs", lambda: None)
    with pytest.raises(CourseError, match="apt install postgresql"):
        side_servers.Postgres().start()


def test_a_second_server_restarts_at_its_address_with_what_it_has_stored() -> None:
    with side_servers.SecondServer("again") as server:
        client, before = SyncPrefectClient(server.api), server._service.process()
        client.create_flow_from_name("kept")
        api = server.api
        assert server.restart().api == api
        assert server._service.process() != before
        assert client.read_flow_by_name("kept").name == "kept"


def test_a_second_server_that_was_stopped_says_what_to_run() -> None:
    with pytest.raises(CourseError, match="Run the cell again that starts it"):
        side_servers.SecondServer("gone").restart()
