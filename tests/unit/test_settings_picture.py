"""The picture of settings: what each layer really says, and which one wins."""

import io
from pathlib import Path

import pytest
from matplotlib.image import imread
from pydantic import AliasChoices, Field, PositiveFloat, Secret, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from course_lib.chapters.ch09.settings_picture import (
    Layer,
    describe_layers,
    settings_layers,
    settings_picture,
)

TOKEN = "violet-kettle"


class ShopSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_", env_file=".env")

    url: str
    stores: list[str] = ["north", "east"]
    timeout: PositiveFloat = 5
    token: SecretStr


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("URL", "STORES", "TIMEOUT", "TOKEN"):
        monkeypatch.delenv(f"SHOP_{name}", raising=False)
    monkeypatch.setenv("SHOP_URL", "http://127.0.0.1:8801")
    monkeypatch.setenv("SHOP_TIMEOUT", "3")
    Path(".env").write_text(f"SHOP_TIMEOUT=9\nSHOP_TOKEN={TOKEN}\n")


def test_each_layer_tells_what_it_says_and_no_secret() -> None:
    layers = settings_layers(ShopSettings, timeout=1, stores=["west"])
    assert layers == (
        Layer("default", {"stores": "north, east", "timeout": "5"}),
        Layer(".env", {"timeout": "9", "token": "**********"}),
        Layer("environment", {"url": "http://127.0.0.1:8801", "timeout": "3"}),
        Layer("argument", {"stores": "west", "timeout": "1"}),
    )


def test_the_winner_is_the_one_that_the_class_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, winner in ((None, ".env"), ("3", "environment")):
        if value is None:
            monkeypatch.delenv("SHOP_TIMEOUT")
        else:
            monkeypatch.setenv("SHOP_TIMEOUT", value)
        layers = settings_layers(ShopSettings)
        last = [layer for layer in layers if "timeout" in layer.values][-1]
        assert last.name == winner
        assert float(last.values["timeout"]) == ShopSettings().timeout  # type: ignore[call-arg]


def test_the_order_is_that_of_the_class() -> None:
    class FileFirst(ShopSettings):
        @classmethod
        def settings_customise_sources(  # type: ignore[no-untyped-def, override]
            cls, settings_cls, *, init_settings, env_settings, dotenv_settings, **_
        ):
            return dotenv_settings, init_settings, env_settings

    names = [layer.name for layer in settings_layers(FileFirst)]
    assert names == ["default", "environment", "argument", ".env"]


def test_other_secrets_and_names_are_known_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Named(BaseSettings):
        key: Secret[str] = Field(Secret("k"), alias="API_KEY")
        level: int = Field(1, validation_alias=AliasChoices("LEVEL", "LOUDNESS"))

    monkeypatch.setenv("LOUDNESS", "7")
    layers = settings_layers(Named, API_KEY=TOKEN)
    assert [layer.values.get("key") for layer in layers] == ["**********", None, None, "**********"]
    assert [layer.values.get("level") for layer in layers] == ["1", None, "7", None]
    assert TOKEN not in str(layers)


def test_it_says_in_words_what_is_shown_but_no_values() -> None:
    picture = settings_picture(ShopSettings)
    assert picture.alt == (
        "Settings ShopSettings, by layer: url from environment; stores from default; "
        "timeout from environment, over .env and default; token from .env."
    )
    assert imread(io.BytesIO(picture.png)).shape[1] == 1440
    assert "url from elsewhere" in describe_layers("Odd", ("url",), ())
    assert describe_layers("Empty", (), ()) == "Settings Empty, by layer: none."


def test_wrong_settings_are_refused_in_the_name_of_the_class() -> None:
    with pytest.raises(ValidationError, match="1 validation error for ShopSettings"):
        settings_picture(ShopSettings, timeout=-1)
