"""`untold agents`: who can play, and how to name them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from agents.gtp.gnugo import find_gnugo
from agents.kinds import kind_lines, kinds_table
from agents.making import SHIPPED

__all__ = ["HELP", "Config", "run"]

HELP = """\
Lists the kinds of agents that every command knows, their options, and what comes with this copy.

Examples:
  untold agents                     # the list
  untold play --agent zero:simulations=64,temperature=1
  untold tournament --agents told:playouts=2000 zero:weights=9x9-after-1h gnugo:level=5
"""

_GRAMMAR = """\
An agent is a kind, or a kind with options: kind:option=value,option=value
Values with commas or spaces go into quotes. The same names work in every command and file.
"""


@dataclass(frozen=True)
class Config:
    """Options of `untold agents`."""

    markdown: bool = False
    """Write the kinds as docs/agents.md has them."""


def run(config: Config) -> int:
    """Print the lists."""
    if config.markdown:
        print(kinds_table(), end="")
        return 0
    print(_GRAMMAR)
    print("\n".join(kind_lines()))
    print("\nWeights that come with it:")
    for path in sorted(SHIPPED.glob("zero/*.safetensors")):
        print(f"  zero:weights={path.stem:<14} {_history(path)}")
    for name in ("told", "practised", "taught"):
        state = "yes" if (SHIPPED / name).is_dir() else "no; train them (untold told --help)"
        print(f"  {name:<27} {state}")
    found = find_gnugo()
    print(f"  {'gnugo':<27} {'found' if found else 'not installed here'}")
    return 0


def _history(weights: Path) -> str:
    """What a network's header says of its training, read without loading the network."""
    from safetensors import safe_open

    with safe_open(str(weights), framework="np") as file:
        facts = json.loads(file.metadata()["facts"])
    size = facts["board_size"]
    return f"{size}x{size}, {facts['positions']:,} positions of its own games"
