"""A tournament described in a TOML file: the options of the command, and more about each agent."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from agents.arena import Budget

__all__ = ["EXAMPLE", "TournamentFile", "read_file"]

EXAMPLE: Final = """\
  pairs = 20
  system = "gauntlet"
  openings = "openings.txt"         # beside this file
  resign-below = 0.03
  [[agents]]
  spec = "zero"
  simulations = 400
  [[agents]]
  spec = 'gtp:"some-engine --gtp"'
  clock = 300                       # seconds for all its moves of a game
"""

_BUDGET: Final = ("simulations", "playouts", "seconds", "clock")
_PATHS: Final = ("out", "openings")
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "whole number": (int,),
    "number": (int, float),
    "text": (str,),
}


@dataclasses.dataclass(frozen=True)
class TournamentFile:
    """What a file says.

    Attributes:
        options: of the command, by their names in its Config.
        budgets: what single agents may spend, by their names in the file.
    """

    options: dict[str, Any]
    budgets: dict[str, Budget]


def read_file(path: Path, config: type[Any]) -> TournamentFile:
    """Read a file; `config` is the dataclass of the command's options.

    Raises:
        ValueError: in one line, for text that is no TOML, an option that does not exist or one of
            the wrong kind.
        OSError: if the file cannot be read.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no TOML: {error}") from None
    kinds = {field.name: str(field.type) for field in dataclasses.fields(config)}
    options: dict[str, Any] = {}
    budgets: dict[str, Budget] = {}
    for key, value in data.items():
        name = key.replace("-", "_")
        if name == "agents":
            options["agents"], budgets = _agents(path, value)
            continue
        if name not in kinds or name in ("file", "merge"):
            known = ", ".join(sorted(set(kinds) - {"file", "merge"})).replace("_", "-")
            raise ValueError(f"{path}: no option {key!r}; there are {known}")
        options[name] = _converted(path, key, value, kinds[name])
    return TournamentFile(options, budgets)


def _converted(path: Path, key: str, value: object, kind: str) -> object:
    """The value as the option wants it."""
    name = key.replace("-", "_")
    if name in _PATHS:
        # Beside the file, wherever the command is run.
        return path.parent / _checked(path, key, value, "text")
    if "tuple[float, float]" in kind:
        if not isinstance(value, list) or len(value) != 2:
            raise ValueError(f"{path}: {key} must be two numbers, not {value!r}")
        return tuple(float(_checked(path, key, part, "number")) for part in value)
    if kind == "bool":
        if not isinstance(value, bool):
            raise ValueError(f"{path}: {key} must be true or false, not {value!r}")
        return value
    if "float" in kind:
        return float(_checked(path, key, value, "number"))
    return _checked(path, key, value, "whole number" if "int" in kind else "text")


def _checked(path: Path, key: str, value: object, kind: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, _KINDS[kind]):
        raise ValueError(f"{path}: {key} must be a {kind}, not {value!r}")
    return value


def _agents(path: Path, value: object) -> tuple[tuple[str, ...], dict[str, Budget]]:
    """The agents: texts, or tables with a `spec` and what it may spend."""
    from agents.arena import Budget
    from agents.base import Limits

    specs: list[str] = []
    budgets: dict[str, Budget] = {}
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, str):
            specs.append(entry)
            continue
        if not isinstance(entry, dict) or "spec" not in entry:
            raise ValueError(f"{path}: an agent is a text or a table with a spec, not {entry!r}")
        unknown = sorted(set(entry) - {"spec", *_BUDGET})
        if unknown:
            raise ValueError(f"{path}: an agent has no {unknown[0]!r}, only {', '.join(_BUDGET)}")
        spec = _checked(path, "spec", entry["spec"], "text")
        specs.append(spec)
        spent = {name: entry[name] for name in _BUDGET if name in entry}
        for name, amount in spent.items():
            whole = name in ("simulations", "playouts")
            _checked(path, name, amount, "whole number" if whole else "number")
            if not amount > 0:
                raise ValueError(f"{path}: {name} of {spec} must be above 0, not {amount}")
        if spent:
            clock = spent.pop("clock", None)
            budgets[spec] = Budget(Limits(**spent), None if clock is None else float(clock))
    return tuple(specs), budgets
