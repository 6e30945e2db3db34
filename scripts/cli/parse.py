"""Options from a command line into a frozen dataclass: tyro reads and explains them, and what it
would draw as a box about a mistake becomes one line."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import io
import re
import sys
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

__all__ = ["parse"]

ConfigT = TypeVar("ConfigT")

_EXPECTED: Final[dict[Any, str]] = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
    bool: "True or False",
}
_BOX: Final = str.maketrans("", "", "│┃|╭╮╰╯┌┐└┘")
_STYLES: Final = re.compile(r"\x1b\[[0-9;]*m")  # a terminal's: tyro colours for one
_RULE: Final = re.compile(r"[\s─━═-]*")
_NOT_SET: Final = re.compile(r"\(default:([\s│|]+)None\)")
_OR_NONE: Final = re.compile(r"\{None\}\|([A-Z]+)")


def parse(config: type[ConfigT], args: Sequence[str], *, prog: str, description: str) -> ConfigT:
    """The options in `args`; `--help` prints and exits.

    Raises:
        ValueError: in one line, for options or values that do not fit.
        SystemExit: with code 0 after `--help`.
    """
    import tyro

    complaint, said = io.StringIO(), _Capture()
    try:
        with contextlib.redirect_stderr(complaint), contextlib.redirect_stdout(said):
            found, unknown = tyro.cli(
                config,
                prog=prog,
                description=description.strip(),
                args=list(args),
                return_unknown_args=True,
            )
    except SystemExit as stop:
        if not stop.code:
            print(_tidy(said.getvalue()), end="")
            raise
        raise ValueError(_in_one_line(complaint.getvalue(), config, args)) from None
    if unknown:
        raise ValueError(f"{_about_unknown(unknown[0], config)}; see {prog} --help")
    return found


class _Capture(io.StringIO):
    """Collects what is printed, and answers as standard output does when asked what it is."""

    def isatty(self) -> bool:
        return sys.__stdout__ is not None and sys.__stdout__.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(sys.__stdout__, "encoding", "utf-8")


def _tidy(text: str) -> str:
    """Help without what it says about options that are not set: `{None}|INT` becomes `INT`,
    `(default: None)` and `(default: )` nothing. Widths stay, so that boxes stay boxes."""
    text = text.replace("(default: )", " " * 11)
    text = _OR_NONE.sub(lambda match: match[1].ljust(len(match[0])), text)
    return _NOT_SET.sub(lambda match: " " * 9 + match[1] + " " * 5, text)


def _about_unknown(word: str, config: type[Any]) -> str:
    if not word.startswith("-"):
        return f"unexpected {word!r}; options look like --name value"
    name = word.partition("=")[0].lstrip("-").replace("_", "-")
    known = [field.replace("_", "-") for field in _options(config)]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"; did you mean --{close[0]}?" if close else ""
    return f"unknown option {word.partition('=')[0]}{hint}"


def _in_one_line(box: str, config: type[Any], args: Sequence[str]) -> str:
    """What tyro's box says, in our words where we know the case."""
    said = _text_of(box)
    if match := re.search(r"Error parsing (--[\w.-]+)", said):
        flag = match[1]
        return f"{flag} must be {_expected(config, flag)}, not {_given(args, flag)!r}"
    if match := re.search(r"for argument '(--[\w.-]+)'. Expected one of \((.*)\)", said):
        return f"{match[1]} must be {_either(match[2])}, not {_given(args, match[1])!r}"
    if match := re.search(r"Missing value for argument '(--[\w.-]+)'", said):
        return f"{match[1]} needs a value: {_expected(config, match[1])}"
    if match := re.match(r"Error parsing \w+: (.*)", said):
        return match[1]
    return said or "wrong options; --help lists them"


def _text_of(box: str) -> str:
    """The text of a box up to its first rule, joined."""
    plain = _STYLES.sub("", box)
    rows = [row.translate(_BOX).strip() for row in plain.splitlines()[1:]]
    kept: list[str] = []
    for row in rows:
        if _RULE.fullmatch(row):
            break
        kept.append(row)
    return " ".join(kept)


def _expected(config: type[Any], flag: str) -> str:
    hint = _options(config).get(flag.lstrip("-").replace("-", "_").rpartition(".")[2])
    hint = next((part for part in _alternatives(hint) if part is not type(None)), None)
    if typing.get_origin(hint) is typing.Literal:
        return _either(", ".join(map(repr, typing.get_args(hint))))
    return _EXPECTED.get(hint, "something else (see --help)")


def _options(config: type[Any]) -> dict[str, Any]:
    """Option names and types, those of subcommands (a union of dataclasses) included."""
    found: dict[str, Any] = {}
    for name, hint in typing.get_type_hints(config).items():
        inner = [part for part in _alternatives(hint) if dataclasses.is_dataclass(part)]
        for part in inner:
            found |= _options(typing.cast("type[Any]", part))
        if not inner:
            found[name] = hint
    return found


def _alternatives(hint: Any) -> tuple[Any, ...]:
    is_union = isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
    return typing.get_args(hint) if is_union else (hint,)


def _either(choices: str) -> str:
    """`black, white or random` from `'black', 'white', 'random'`."""
    words = [choice.strip(" '\"") for choice in choices.split(",") if choice.strip(" '\"")]
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _given(args: Sequence[str], flag: str) -> str:
    """The value that the command line gives to `flag` (the last one counts)."""
    value = ""
    for i, word in enumerate(args):
        name, equals, behind = word.partition("=")
        if name.replace("_", "-") == flag.replace("_", "-"):
            value = behind if equals else (args[i + 1] if i + 1 < len(args) else "")
    return value
