"""Where settings come from, and that the token stays hidden."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from shop_pipeline.config import PROJECT, Settings


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(f"SHOP_{field.upper()}", raising=False)


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("SHOP_STORES=north, east\nSHOP_TIMEOUT=2\nOTHER=ignored\n")
    monkeypatch.setenv("SHOP_TIMEOUT", "3")
    settings = Settings(_env_file=file)
    assert settings.stores == ("north", "east")
    assert settings.timeout == 3
    assert settings.timezone.key == "Asia/Shanghai"


def test_the_example_is_valid() -> None:
    assert Settings(_env_file=PROJECT / ".env.example") == Settings(_env_file=None)


def test_relative_paths_are_the_projects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DATABASE", "elsewhere/a.db")
    assert Settings(_env_file=None).database == PROJECT / "elsewhere" / "a.db"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("STORES", " , "), ("TIMEOUT", "0"), ("TIMEZONE", "Asia/Shanghia")],
)
def test_nonsense_is_refused(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"SHOP_{variable}", value)
    with pytest.raises(ValidationError, match=variable.lower()):
        Settings(_env_file=None)


def test_the_token_is_not_shown() -> None:
    settings = Settings(_env_file=None, token="very-secret")
    assert "very-secret" not in f"{settings!r} {settings} {settings.model_dump_json()}"
