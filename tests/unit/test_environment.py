"""Which environment the course gives to its processes."""

import json
import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.server.environment import (
    DIFFERENCES,
    Difference,
    child_environment,
    prefect_settings,
)

HOME = Path("home").absolute()


def test_nothing_of_the_learners_prefect_is_left() -> None:
    theirs = {
        "PREFECT_API_URL": "https://api.prefect.cloud/api/accounts/1/workspaces/2",
        "PREFECT_API_KEY": "pnu_secret",
        "PREFECT_PROFILE": "work",
        "PREFECT_LOGGING_LEVEL": "DEBUG",
        "PATH": "/bin",
        "COLOUR": "red",
    }
    given = child_environment(HOME, 4201, theirs)
    assert not {"PREFECT_API_KEY", "PREFECT_PROFILE", "PREFECT_LOGGING_LEVEL"} & given.keys()
    assert given["PREFECT_API_URL"] == "http://127.0.0.1:4201/api"
    assert given["PREFECT_HOME"] == str(HOME)
    assert (given["PATH"], given["COLOUR"]) == ("/bin", "red")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"NO_PROXY": "corp.example"}, "corp.example,127.0.0.1,localhost"),
        ({"no_proxy": "corp.example,localhost"}, "corp.example,localhost,127.0.0.1"),
        ({"NO_PROXY": "", "no_proxy": "*"}, "*,127.0.0.1,localhost"),
    ],
)
def test_loopback_never_goes_through_a_proxy(before: dict[str, str], after: str) -> None:
    given = child_environment(HOME, 4201, before)
    assert given["NO_PROXY"] == given["no_proxy"] == after


def test_the_clients_of_prefect_get_a_certificate_that_can_be_read() -> None:
    named = prefect_settings(HOME, 4201)["PREFECT_API_SSL_CERT_FILE"]
    assert len(ssl.create_default_context(cafile=named).get_ca_certs()) == 1


@pytest.mark.parametrize(
    ("hashed", "before", "quick"),
    [
        (True, {}, True),
        (True, {"SSL_CERT_FILE": "{folder}/ca-certificates.crt"}, True),
        (True, {"SSL_CERT_FILE": "{folder}/ours.pem"}, False),
        (True, {"SSL_CERT_FILE": "/elsewhere/ca-certificates.crt"}, False),
        (True, {"SSL_CERT_DIR": "/elsewhere"}, False),
        (True, {"SSL_CERT_DIR": "{folder}"}, True),
        (False, {}, False),
    ],
)
def test_certificates_are_looked_up_one_by_one_where_a_folder_holds_them(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    hashed: bool,
    before: dict[str, str],
    quick: bool,
) -> None:
    if hashed:
        (tmp_path / "0a1b2c3d.0").touch()
    found = ssl.get_default_verify_paths()._replace(openssl_capath=str(tmp_path))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: found)
    before = {name: text.format(folder=tmp_path) for name, text in before.items()}
    given = child_environment(HOME, 4201, before)
    after = {name: given[name] for name in given if name.startswith("SSL_")}
    assert after == ({"SSL_CERT_DIR": str(tmp_path), "SSL_CERT_FILE": ""} if quick else before)


def test_prefect_knows_every_setting() -> None:
    """A setting that a new release renames would go unheeded, without a word."""
    from prefect.settings.base import PrefectBaseSettings
    from prefect.settings.models.root import Settings

    def variables(model: type[PrefectBaseSettings]) -> set[str]:
        known: set[str] = set()
        prefix = model.model_config.get("env_prefix") or ""
        for name, field in model.model_fields.items():
            alias = field.validation_alias
            choices = getattr(alias, "choices", [alias] if alias else [])
            known |= {f"{prefix}{name}".upper(), *(str(each).upper() for each in choices)}
            inner = field.annotation
            if isinstance(inner, type) and issubclass(inner, PrefectBaseSettings):
                known |= variables(inner)
        return known

    wanted = {name for name in prefect_settings(HOME, 4201) if name.startswith("PREFECT_")}
    # Not a setting: it overrides handlers.console.level in logging.yml.
    assert wanted - variables(Settings) == {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"}


_APPLY = """
import os, sys, json
from pathlib import Path
import prefect                                  # imported already, with the learner's settings
from prefect.settings import get_current_settings
from course_lib.server import environment
before = get_current_settings().api.url
environment.apply(Path(sys.argv[1]), 4321)
now = get_current_settings()
print(json.dumps([before, now.api.url, str(now.home), "PREFECT_API_KEY" in os.environ,
                  now.flows.heartbeat_frequency]))
"""


def test_apply_reaches_a_prefect_that_is_imported_already(tmp_path: Path) -> None:
    theirs = {"PREFECT_API_URL": "http://127.0.0.1:9/api", "PREFECT_API_KEY": "pnu_secret"}
    base = {name: text for name, text in os.environ.items() if not name.startswith("PREFECT_")}
    answer = subprocess.run(
        [sys.executable, "-c", _APPLY, str(tmp_path)],
        env=base | theirs | {"PREFECT_HOME": str(tmp_path / "theirs")},
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert json.loads(answer.stdout) == [
        "http://127.0.0.1:9/api",
        "http://127.0.0.1:4321/api",
        str(tmp_path),
        False,
        None,
    ]


_NO_ADDRESS = "from prefect.client.orchestration import get_client; get_client(sync_client=True)"


def test_without_an_address_no_temporary_server_is_started() -> None:
    environment = child_environment(HOME, 4201, os.environ)
    del environment["PREFECT_API_URL"]
    command = [sys.executable, "-c", _NO_ADDRESS]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "No Prefect API URL provided" in done.stderr


# --- the table of differences is the environment ------------------------------------------------

BASE = {"PATH": "/bin", "HTTP_PROXY": "http://127.0.0.1:9"}
HUB = {"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/"}


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be a folder that holds certificates one by one."""
    (tmp_path / "0a1b2c3d.0").touch()
    found = ssl.get_default_verify_paths()._replace(openssl_capath=str(tmp_path))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: found)


@pytest.mark.usefixtures("certificates")
@pytest.mark.parametrize("where", ["everywhere", "hub"])
def test_the_table_of_differences_is_what_is_set(where: str) -> None:
    base = BASE | (HUB if where == "hub" else {})
    given = child_environment(HOME, 4201, base)
    changed = {name: text for name, text in given.items() if base.get(name) != text}
    rows = {each.name: each for each in DIFFERENCES if each.only != "hub" or where == "hub"}
    assert rows.keys() == changed.keys()
    fixed = {name: each.value for name, each in rows.items() if each.value is not None}
    assert fixed == {name: changed[name] for name in fixed}


def test_without_such_a_folder_their_rows_are_not_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ssl.get_default_verify_paths()._replace(openssl_capath=str(tmp_path))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: found)
    given = child_environment(HOME, 4201, BASE)
    rows = {each.name for each in DIFFERENCES if not each.only}
    assert rows == given.keys() - BASE.keys()


@pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: row.name)
def test_each_row_says_all(row: Difference) -> None:
    assert (row.value is None) == bool(row.here)
    assert row.only in ("", "hub", "certificates")
    assert row.why.endswith(".")
    assert row.at_work.endswith(".")
    assert row.value != row.stock


def test_no_row_stands_twice() -> None:
    assert len({each.name for each in DIFFERENCES}) == len(DIFFERENCES)


_STOCK = """
import os, json
from pathlib import Path
from prefect import logging
from prefect.settings.models.root import Settings
import yaml
from course_lib.server.environment import DIFFERENCES
rows = {each.name: each for each in DIFFERENCES if each.name.startswith("PREFECT_")}
home = rows.pop("PREFECT_HOME")
assert Settings().home == Path(home.stock).expanduser()
os.environ["PREFECT_HOME"] = os.getcwd()
stock, wrong = Settings(), []
for name, row in rows.items():
    if row.stock:
        os.environ[name] = os.path.expandvars(row.stock)
        wrong += [name] if Settings().model_dump() != stock.model_dump() else []
        del os.environ[name]
own = yaml.safe_load((Path(logging.__file__).parent / "logging.yml").read_text("utf-8"))
level = own["handlers"]["console"]["level"]  # no setting: a line of Prefect's own file
wrong += [] if str(level) == rows["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"].stock else ["level"]
ui = stock.server.ui
none = {"PREFECT_API_URL": stock.api.url, "PREFECT_UI_URL": stock.ui_url,
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": ui.static_directory}
assert none.keys() == {name for name, row in rows.items() if not row.stock}
print(json.dumps(wrong + [name for name, text in none.items() if text is not None]))
"""


def test_each_stock_value_is_what_prefect_takes_without_it(tmp_path: Path) -> None:
    """Prefect's settings must be the same with the stock value and without the variable."""
    ours = {each.name for each in DIFFERENCES} | {"COURSE_WORKSPACE"}
    base = {name: text for name, text in os.environ.items() if name not in ours}
    done = subprocess.run(
        [sys.executable, "-c", _STOCK],
        env=base | {"HOME": str(tmp_path), "SSL_CERT_FILE": str(tmp_path / "ours.pem")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
