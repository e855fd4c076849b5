"""A picture of settings: what each layer says, and which of them wins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course_lib.display import style
from course_lib.display.pictures import Picture

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

_KNOWN = {
    "DefaultSettingsSource": "default",
    "DotEnvSettingsSource": ".env",
    "EnvSettingsSource": "environment",
    "InitSettingsSource": "argument",
}
_LABELS, _ROW = 1.0, 0.36  # inches
_LONGEST = 24  # letters of a value


@dataclass(frozen=True)
class Layer:
    """One place that values come from, and what it says, by field; secrets are masked."""

    name: str
    values: dict[str, str]


def settings_layers(settings: "type[BaseSettings]", /, **arguments: Any) -> tuple[Layer, ...]:
    """Return what each source of a settings class says, from the weakest to the strongest.

    The class is called with `arguments`, and the sources are those that it used in that call. It
    refuses values that don't make valid settings.
    """
    from pydantic import Secret, SecretBytes, SecretStr

    used: list[PydanticBaseSettingsSource] = []

    def note(_: type, *args: Any, **sources: Any) -> Any:
        chosen = settings.settings_customise_sources(*args, **sources)
        used.extend(chosen)
        return chosen

    # Of the same name, which is what a validation error begins with.
    body = {"settings_customise_sources": classmethod(note), "__module__": settings.__module__}
    metaclass: Any = type(settings)
    made = metaclass(settings.__name__, (settings,), body)(**arguments)

    def layer(name: str, found: dict[str, Any]) -> Layer:
        values = {}
        for field, info in settings.model_fields.items():
            names = _names(field, info.validation_alias)
            key = next((name for name in names if name in found), None)
            if key is not None:
                secret = isinstance(getattr(made, field), Secret | SecretBytes | SecretStr)
                values[field] = "**********" if secret else _text(found[key])
        return Layer(name, values)

    defaults = {
        name: info.get_default(call_default_factory=True, validated_data={})
        for name, info in settings.model_fields.items()
        if not info.is_required()
    }
    layers = [layer("default", defaults)]
    for source in reversed(used):
        kind = type(source).__name__
        found = layer(_KNOWN.get(kind, kind), source())
        if kind in _KNOWN or found.values:
            layers.append(found)
    return tuple(layers)


def describe_layers(name: str, fields: Sequence[str], layers: Sequence[Layer]) -> str:
    """Return in words what the picture shows, for those who can't see it; no values."""
    parts = []
    for field in fields:
        names = [each.name for each in reversed(layers) if field in each.values]
        winner, *losers = names or ["elsewhere"]
        over = f", over {' and '.join(losers)}" if losers else ""
        parts.append(f"{field} from {winner}{over}")
    return f"Settings {name}, by layer: {'; '.join(parts) or 'none'}."


def settings_picture(settings: "type[BaseSettings]", /, **arguments: Any) -> Picture:
    """Draw where each value of a settings class comes from: what every layer says, and who wins.

    The class, of pydantic-settings, is called with `arguments` and must find valid values.
    """
    from matplotlib.patches import FancyBboxPatch

    layers, fields = settings_layers(settings, **arguments), list(settings.model_fields)
    height = _ROW * (len(fields) + 1) + 0.1
    figure, axes = style.page(height)
    axes.set(xlim=(0, style.WIDTH), ylim=(height, 0))
    column = (style.WIDTH - _LABELS) / len(layers)
    centred: dict[str, Any] = {"ha": "center", "va": "center"}
    for number, layer in enumerate(layers):
        arrow = "" if number == 0 else "<  "
        x = _LABELS + column * (number + 0.5)
        axes.text(x, _ROW / 2, f"{arrow}{style.words(layer.name)}", fontsize=9, **centred)
    for row, field in enumerate(fields, 1):
        y = _ROW * (row + 0.5)
        axes.plot([0, style.WIDTH], [_ROW * row] * 2, color=style.GRID, linewidth=0.6)
        axes.text(0.08, y, field, ha="left", va="center", fontsize=9, gid=style.DATA)
        said = [number for number, layer in enumerate(layers) if field in layer.values]
        for number in said:
            left = _LABELS + column * number
            look: dict[str, Any] = {"color": style.INK}
            if number == said[-1]:  # it wins
                box = (left + 0.06, y - _ROW / 2 + 0.06), column - 0.12, _ROW - 0.12
                rounded = "round,pad=0,rounding_size=0.05"
                axes.add_patch(FancyBboxPatch(*box, boxstyle=rounded, color=style.GREEN))
                look = {"color": style.ON_DEEP, "fontweight": "bold"}
            text = _short(layers[number].values[field])
            axes.text(left + column / 2, y, text, fontsize=7.5, gid=style.DATA, **centred, **look)
    return Picture.of(figure, describe_layers(settings.__name__, fields, layers))


def _names(field: str, alias: Any) -> list[str]:
    """Return the keys under which a source may hold a field."""
    return [field, *(each for each in getattr(alias, "choices", [alias]) if isinstance(each, str))]


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
