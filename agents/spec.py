r"""The one grammar that names agents, on every command line, in every table and file.

    spec    = kind [ ":" part { "," part } ]
    part    = option "=" value  |  value    (a value alone only where the kind takes one, first)
    value   = text without commas  |  "quoted text"    (where \" means " and \\ means \)

    random                                  told:temperature=0.5
    told:playouts=3000                      told:seconds=0.16
    zero                                    zero:simulations=64,weights=runs/mine/net.safetensors
    gnugo:level=10                          gtp:"some-engine --gtp",timeout=30

A shell eats the quotes of `--agent gtp:"some-engine --gtp"`, so after `gtp:` text that starts with
neither a quote nor `option=` is the command as a whole, commas included.

`parse_spec(str(spec)) == spec`, and `str(parse_spec(text))` is the same for all ways to write one
agent: numbers in their shortest form, options in the order of their table (`agents.kinds`). Nothing
heavy is imported before an agent that needs it is made.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agents.base import Agent, AgentError
from agents.kinds import KINDS, Kind, Option, Value
from agents.making import SHIPPED, SpecError

__all__ = [
    "SHIPPED",
    "AgentSpec",
    "SpecError",
    "default_spec",
    "make_agent",
    "nearest",
    "parse_spec",
    "spec_help",
]


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """What to make: a kind and its options, those not named left to the kind's defaults.

    Attributes:
        kind: a name in the table of kinds, such as `"told"` or `"gtp"`.
        options: (name, value) pairs in the order of the kind's table; hashable.
    """

    kind: str
    options: tuple[tuple[str, Value], ...] = ()

    def __str__(self) -> str:
        """The text that `parse_spec` reads back."""
        bare = KINDS[self.kind].bare if self.kind in KINDS else None
        parts = [
            _quote(str(value)) if name == bare else f"{name}={_write(value)}"
            for name, value in self.options
        ]
        return f"{self.kind}:{','.join(parts)}" if parts else self.kind


def make_agent(spec: str | AgentSpec) -> Agent:
    """The agent that `spec` names; its `name` is the spec's canonical text.

    Raises:
        SpecError: if the text does not follow the grammar.
        AgentError: if the agent cannot be made (weights missing or broken, program not found).
    """
    if isinstance(spec, str):
        spec = parse_spec(spec)
    try:
        agent = KINDS[spec.kind].make(dict(spec.options))
    except (ValueError, OSError) as error:
        raise AgentError(f"cannot make {spec}: {error}") from error
    agent.name = str(spec)
    return agent


def default_spec(board_size: int = 9) -> str:
    """The best agent that this copy of the program brings weights for."""
    names = ["9x9"] if board_size > 6 else ["5x5", "9x9"]  # as agents.search chooses them
    if any((SHIPPED / "zero" / f"{name}.safetensors").is_file() for name in names):
        return "zero"
    return "told" if any(SHIPPED.glob("told*")) else "random"


def spec_help() -> str:
    """One line for each kind of agent: an example and what it is."""
    width = max(len(kind.example) for kind in KINDS.values())
    return "\n".join(f"{kind.example:{width}}  {kind.meaning}" for kind in KINDS.values())


# ---------------------------------------------------------------- reading

_OPTION_NAME: Final = re.compile(r"([A-Za-z_]+)\s*=\s*")
_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_DECIMAL: Final = re.compile(r"[0-9]*\.?[0-9]+([eE][+-]?[0-9]{1,2})?|[0-9]+\.")


def parse_spec(text: str) -> AgentSpec:
    """Read a spec. Checks form, names and numbers, not whether files or programs exist.

    Raises:
        SpecError: in one line, saying what was expected.
    """
    text = text.strip()
    name, colon, rest = text.partition(":")
    name, rest = name.rstrip(), rest.strip()
    if not text.isprintable():
        raise SpecError(f"an agent's name must be printable text in one line, not {text!r}")
    kind = KINDS.get(name)
    if kind is None:
        known = ", ".join(KINDS)
        raise SpecError(f"unknown agent {name!r}{nearest(name, KINDS)}; expected one of {known}")
    if colon and not rest:
        raise SpecError(f"nothing after the colon in {text!r}; expected for example {kind.example}")
    found = _read_parts(name, kind, rest)
    if kind.bare is not None and kind.bare not in found:
        raise SpecError(f"{name} needs a {kind.bare}, for example {kind.example}")
    return AgentSpec(name, tuple((key, found[key]) for key in kind.options if key in found))


def _read_parts(name: str, kind: Kind, rest: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    while rest:
        match = _OPTION_NAME.match(rest)
        if match:
            key = match[1]
            raw, rest = _read_value(rest[match.end() :])
        elif kind.bare is not None and not found:
            key = kind.bare
            raw, rest = _read_value(rest) if rest[0] in "\"'" else (rest, "")
        else:
            raise SpecError(f"expected option=value at {rest!r}; {_options_of(name, kind)}")
        if key not in kind.options:
            raise SpecError(
                f"{name} has no option {key!r}{nearest(key, kind.options)}; "
                f"{_options_of(name, kind)}"
            )
        if key in found:
            raise SpecError(f"option {key} is given twice")
        found[key] = _convert(name, key, kind.options[key], raw)
    return found


def _options_of(name: str, kind: Kind) -> str:
    if not kind.options:
        return f"{name} takes no options"
    return f"options of {name}: {', '.join(kind.options)}"


def _read_value(rest: str) -> tuple[str, str]:
    """The value that `rest` starts with, and what follows the comma behind it."""
    if not rest.startswith(('"', "'")):
        value, comma, after = rest.partition(",")
        value = value.rstrip()
    else:
        value, tail = _read_quoted(rest)
        before, comma, after = tail.partition(",")
        if before.strip():
            raise SpecError(f"expected a comma or the end after the closing quote, not {before!r}")
    after = after.strip()
    if comma and not after:
        raise SpecError("expected another option=value after the last comma")
    return value, after


def _read_quoted(text: str) -> tuple[str, str]:
    """The text between the quotes that `text` starts with, and what stands behind them."""
    quote, i = text[0], 1
    out: list[str] = []
    while i < len(text):
        if text[i] == quote:
            return "".join(out), text[i + 1 :]
        if text[i] == "\\" and text[i + 1 : i + 2] in (quote, "\\"):
            i += 1
        out.append(text[i])
        i += 1
    raise SpecError(f"the quote that opens at {text!r} is never closed")


def _convert(name: str, key: str, option: Option, raw: str) -> Value:
    wrong = SpecError(f"{name}: {key} must be {option.expected()}, not {raw!r}")
    if option.type is str:
        if not raw.strip() or (option.choices and raw not in option.choices):
            raise wrong
        return raw
    if not (_WHOLE if option.type is int else _DECIMAL).fullmatch(raw):
        raise wrong
    value = int(raw) if option.type is int else float(raw)
    too_low = value < option.low or (option.positive and value == option.low)
    if too_low or value > option.high or not math.isfinite(value):
        raise wrong
    return value


# ---------------------------------------------------------------- writing


def _write(value: Value) -> str:
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and value < 1e9 else repr(value)
    if isinstance(value, int) or (value == value.strip() and not set(value) & set(",\"'\\")):
        return str(value)
    return _quote(value)


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def nearest(word: str, known: Mapping[str, object] | list[str]) -> str:
    """` (did you mean X?)` if `word` looks like one of the `known` words, else nothing."""
    match = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f" (did you mean {match[0]}?)" if match else ""
