"""Settings of the pipeline, from the environment and from the project's ``.env`` file."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PROJECT = Path(__file__).resolve().parents[1]


class Settings(BaseSettings):
    """What differs from machine to machine; each field is a variable ``SHOP_…``."""

    # The file's full path: a worker starts runs in another working directory than you do.
    model_config = SettingsConfigDict(
        env_prefix="SHOP_",
        env_file=PROJECT / ".env",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # the input may be the token
    )

    url: str = "http://127.0.0.1:8801"
    token: SecretStr = SecretStr("")
    stores: Annotated[tuple[str, ...], NoDecode, Field(min_length=1)] = (
        "north",
        "east",
        "south",
        "west",
    )
    timezone: ZoneInfo = ZoneInfo("Asia/Shanghai")
    database: Path = PROJECT / "out" / "shop.db"
    reports: Path = PROJECT / "out" / "reports"
    timeout: float = Field(default=5.0, gt=0)

    @field_validator("stores", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Let the variable be written as ``north,east``."""
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("database", "reports")
    @classmethod
    def _in_project(cls, value: Path) -> Path:
        """Take relative paths from the project's folder, wherever the run happens to start."""
        return PROJECT / value
