"""Settings as text: JSON files, the presets that ship, and changes from a command line."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from agents.net import NetConfig
from agents.search import SearchConfig
from selfplay.config import ConfigError, GameConfig, LearnConfig, Lesson, RunConfig, require

__all__ = ["config_from_dict", "config_to_dict", "load_preset", "preset_names", "with_overrides"]

_PRESETS: Final = Path(__file__).resolve().parent / "presets"

_PARTS: Final[dict[str, type[Any]]] = {
    "game": GameConfig,
    "search": SearchConfig,
    "net": NetConfig,
    "learn": LearnConfig,
}

_TYPES: Final[dict[str, tuple[type[Any], ...]]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "str": (str,),
}


def config_to_dict(config: RunConfig) -> dict[str, Any]:
    """The settings as plain JSON values."""
    return dataclasses.asdict(config)


def config_from_dict(settings: dict[str, Any]) -> RunConfig:
    """The inverse of `config_to_dict`; settings left out have their defaults.

    Raises:
        ConfigError: naming a setting that does not exist or cannot have its value.
    """
    require(isinstance(settings, dict), "settings must be a table (a JSON object)")
    parts: dict[str, Any] = {}
    for name, value in settings.items():
        if name in _PARTS:
            parts[name] = _build(_PARTS[name], _table(value, name), f"{name}.")
        elif name == "lessons":
            require(isinstance(value, list | tuple), "lessons must be a list of tables")
            parts[name] = tuple(_lesson(entry, i) for i, entry in enumerate(value))
        elif name == "raise_simulations":
            parts[name] = _pairs(value, name)
        else:
            parts[name] = value
    config: RunConfig = _build(RunConfig, parts, "")
    return config


def _table(value: Any, name: str) -> dict[str, Any]:
    require(isinstance(value, dict), f"{name} must be a table of settings")
    table: dict[str, Any] = value
    return table


def _lesson(value: Any, number: int) -> Lesson:
    prefix = f"lessons.{number}"
    settings = dict(_table(value, prefix))
    require("until" in settings, f"{prefix}.until must be given")
    game = _table(settings.get("game", {}), f"{prefix}.game")
    settings["game"] = _build(GameConfig, game, f"{prefix}.game.")
    lesson: Lesson = _build(Lesson, settings, f"{prefix}.")
    return lesson


def _pairs(value: Any, name: str) -> tuple[tuple[int, int], ...]:
    whole = isinstance(value, list | tuple) and all(
        isinstance(pair, list | tuple) and len(pair) == 2 and all(type(n) is int for n in pair)
        for pair in value
    )
    require(whole, f"{name} must be a list of pairs of whole numbers")
    return tuple((first, second) for first, second in value)


def _build(kind: type[Any], settings: dict[str, Any], prefix: str) -> Any:
    known = {f.name: f for f in dataclasses.fields(kind)}
    for name, value in settings.items():
        require(name in known, f"no setting called {prefix}{name}")
        expected = _TYPES.get(str(known[name].type))
        wrong = expected is not None and (
            not isinstance(value, expected) or (isinstance(value, bool) and expected != (bool,))
        )
        require(not wrong, f"{prefix}{name} must be of type {known[name].type}, not {value!r}")
    try:
        return kind(**settings)
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(f"{prefix.rstrip('.')}: {error}") from None


def with_overrides(config: RunConfig, overrides: Sequence[str]) -> RunConfig:
    """`config` with entries `NAME=VALUE` or `part.NAME=VALUE` replaced; values are JSON or text.

    Raises:
        ConfigError: for an entry of another form, an unknown name or a value that cannot be.
    """
    settings = config_to_dict(config)
    for entry in overrides:
        name, equals, text = entry.partition("=")
        require(bool(equals), f"a setting is changed by NAME=VALUE, not {entry!r}")
        try:
            value: Any = json.loads(text)
        except ValueError:
            value = text
        *parts, last = name.split(".")
        table = settings
        for part in parts:
            require(isinstance(table.get(part), dict), f"no setting called {name}")
            table = table[part]
        table[last] = value
    return config_from_dict(settings)


def preset_names() -> list[str]:
    """The presets that come with the package."""
    return sorted(path.stem for path in _PRESETS.glob("*.json"))


def load_preset(name: str) -> RunConfig:
    """A preset by name, or settings from a JSON file by path.

    Raises:
        ConfigError: if there is none, it is no JSON, or a setting is wrong.
    """
    path = _PRESETS / f"{name}.json" if name in preset_names() else Path(name)
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        known = ", ".join(preset_names())
        raise ConfigError(f"no preset or settings file {name!r}; presets: {known}") from None
    except ValueError as error:
        raise ConfigError(f"{path} is not valid JSON: {error}") from None
    require(isinstance(settings, dict), f"{path} must hold a JSON object")
    return config_from_dict(settings)
