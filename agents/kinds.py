"""The kinds of agents that the grammar of `agents.spec` knows, and what each may be told.

One table says how an option is read, what it means and what it is when it is not given: error
messages, `untold agents` and docs/agents.md are made from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agents import making
from agents.base import Agent

__all__ = ["KINDS", "Kind", "Option", "Value", "kind_lines", "kinds_table"]

Value = int | float | str


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a kind of agent.

    Attributes:
        type: of its value.
        meaning: in words.
        usual: what it is when it is not given, in words.
        low, high: of a number, both included.
        positive: whether a number must be above `low`.
        choices: of a text; () is any.
    """

    type: type[int] | type[float] | type[str]
    meaning: str
    usual: str
    low: float = 0.0
    high: float = math.inf
    positive: bool = False
    choices: tuple[str, ...] = ()

    def expected(self) -> str:
        """Which values there are, in words."""
        if self.type is str:
            return " or ".join(self.choices) or "a text"
        what = "a whole number" if self.type is int else "a number"
        if self.high < math.inf:
            return f"{what} from {self.low:g} to {self.high:g}"
        return f"{what} above {self.low:g}" if self.positive else f"{what}, {self.low:g} or more"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of agent.

    Attributes:
        make: turns given options into an agent.
        options: by name, in the order in which they are written.
        example: an agent of this kind.
        meaning: who that is, in a few words.
        bare: the option that is written without its name, first; it is required.
    """

    make: Callable[[Mapping[str, Any]], Agent]
    options: Mapping[str, Option]
    example: str
    meaning: str
    bare: str | None = None


_YES_NO: Final = ("yes", "no")
_TEMPERATURE: Final = Option(
    float, "0 plays the likeliest move; 1 draws by probability, more draws more freely", "0"
)
_TIMEOUT: Final = Option(
    float, "seconds without an answer after which the program counts as hung", "60", positive=True
)

KINDS: Final[Mapping[str, Kind]] = {
    "random": Kind(
        making.make_random, {}, "random", "plays anywhere but into its own one-point eyes"
    ),
    "told": Kind(
        making.make_told,
        {
            "temperature": _TEMPERATURE,
            "playouts": Option(
                int,
                "of its search (UCT with RAVE) a move; with `simulations` of a leaf, usually 8",
                "none",
                low=1,
            ),
            "seconds": Option(float, "of its search a move", "none", positive=True),
            "simulations": Option(
                int, "of the PUCT search that `zero` has, a move, instead of its own", "none", low=1
            ),
            "resign": Option(
                float, "gives up where a search sees smaller chances than this", "0", high=0.4
            ),
            "weights": Option(str, "folder of another move model", "the shipped one"),
        },
        "told:playouts=3000",
        "told features and moves; playouts= searches",
    ),
    "boosted": Kind(
        making.make_boosted,
        {
            "temperature": _TEMPERATURE,
            "weights": Option(str, "folder that `untold told boost` made", "must be given"),
        },
        "boosted:weights=DIR",
        "told's features under boosted trees (LightGBM)",
    ),
    "practised": Kind(
        making.make_practised,
        {
            "temperature": _TEMPERATURE,
            "weights": Option(str, "folder that `untold told practise` made", "the shipped one"),
        },
        "practised",
        "told people's features, but taught by itself",
    ),
    "taught": Kind(
        making.make_taught,
        {
            "simulations": Option(
                int, "of its search a move; 1 plays the likeliest move", "400", 1
            ),
            "weights": Option(str, "network that `untold told teach` made", "the shipped one"),
        },
        "taught:simulations=1",
        "zero's network, taught experts' moves",
    ),
    "zero": Kind(
        making.make_zero,
        {
            "simulations": Option(
                int, "of its search a move; 1 plays the likeliest move", "400", 1
            ),
            "weights": Option(
                str,
                "network: a file, or the name of a shipped one",
                "the shipped one for the board",
            ),
            "aim": Option(
                str,
                "`margin` plays for points, be the game won or lost",
                "win",
                choices=("win", "margin"),
            ),
            "root": Option(
                str, "how moves are chosen in the tree", "gumbel", choices=("gumbel", "puct")
            ),
            "leaf_batch": Option(
                int,
                "leaves evaluated at once though they may influence each other: faster, weaker",
                "1",
                low=1,
                high=256,
            ),
            "reuse": Option(
                str, "whether the tree is kept from move to move of a game", "no", choices=_YES_NO
            ),
            "eight_bit": Option(
                str,
                "whether the network may run in eight bits, where its weights allow it",
                "yes",
                choices=_YES_NO,
            ),
            "temperature": Option(
                float, "0 plays the best move; else moves are drawn by `visits ** (1 / T)`", "0"
            ),
        },
        "zero:simulations=400",
        "never told a move; weights=FILE, aim=margin (points)",
    ),
    "gnugo": Kind(
        making.make_gnugo,
        {
            "level": Option(int, "its strength", "10", low=1, high=10),
            "program": Option(str, "where it is", "`gnugo` on the search path"),
            "timeout": _TIMEOUT,
        },
        "gnugo:level=10",
        "GNU Go, where it is installed; levels 1 to 10",
    ),
    "gtp": Kind(
        making.make_gtp,
        {
            "command": Option(
                str, "the program and its options; the name may be left out", "must be given"
            ),
            "timeout": _TIMEOUT,
            "cwd": Option(str, "folder that it is started in", "the present one"),
            "log": Option(str, "file for what it writes on standard error", "none"),
        },
        'gtp:"some-engine --gtp"',
        "any GTP program; timeout=SECONDS, cwd=DIR, log=FILE",
        bare="command",
    ),
}


def kind_lines() -> list[str]:
    """All kinds and their options in plain text."""
    lines: list[str] = []
    for name, kind in KINDS.items():
        lines += [f"{name}: {kind.meaning}", f"    {kind.example}"]
        wide = max(map(len, kind.options), default=0)
        for key, option in kind.options.items():
            lines.append(f"    {key:{wide}}  {option.meaning.replace('`', '')}")
            value = f"{option.expected()}; when not given: {option.usual.replace('`', '')}"
            lines.append(f"    {'':{wide}}  ({value})")
        lines.append("")
    return lines[:-1]


def kinds_table() -> str:
    """All kinds and their options in Markdown, as docs/agents.md has them."""
    lines: list[str] = []
    for name, kind in KINDS.items():
        lines += [
            f"### `{name}`",
            f"{kind.meaning[0].upper()}{kind.meaning[1:]}. `{kind.example}`",
            "",
        ]
        if kind.options:
            lines += ["| option | what | value | when not given |", "|---|---|---|---|"]
        lines += [
            f"| `{key}` | {option.meaning} | {option.expected()} | {option.usual} |"
            for key, option in kind.options.items()
        ]
        lines += [""] if kind.options else []
    return "\n".join(lines).rstrip() + "\n"
