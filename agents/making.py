"""How each kind of agent that `agents.spec` names is made from its options.

Nothing heavy is imported before an agent that needs it is made. All raise AgentError, or ValueError
and OSError where a value or a file is wrong; `agents.spec` turns these into one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from agents.base import Agent, AgentError

__all__ = [
    "SHIPPED",
    "SpecError",
    "make_boosted",
    "make_gnugo",
    "make_gtp",
    "make_practised",
    "make_random",
    "make_taught",
    "make_told",
    "make_zero",
]

SHIPPED: Final = Path(__file__).resolve().parent / "weights"


class SpecError(AgentError):
    """A text that names no agent; the message says what was expected."""


def make_random(options: Mapping[str, Any]) -> Agent:
    """A RandomAgent."""
    from agents.random import RandomAgent

    return RandomAgent(**options)


def make_told(options: Mapping[str, Any]) -> Agent:
    """The told player: without search, with its own, or in the PUCT search."""
    searches = not {"playouts", "seconds", "simulations"}.isdisjoint(options)
    idle = {"temperature"} if searches else {"resign"}
    idle |= {"seconds", "resign"} if "simulations" in options else set()
    for name in sorted(idle & options.keys()):
        advice = "means nothing in this search" if searches else "needs playouts or seconds, too"
        raise SpecError(f"told: {name} {advice}")
    if "simulations" in options:
        # The PUCT search and told knowledge are kept apart by the layers, so they meet here.
        from agents.search.agent import ZeroAgent
        from agents.told.evaluator import make_told_evaluator

        evaluator = make_told_evaluator(options.get("weights"), options.get("playouts"))
        return ZeroAgent(evaluator=evaluator, simulations=options["simulations"], root="puct")
    if searches:
        from agents.told.searching import SearchingToldAgent

        return SearchingToldAgent(**options)
    from agents.told import ToldAgent

    return ToldAgent(**options)


def _shipped(name: str, command: str) -> Path:
    """The folder of weights that come with the program.

    Raises:
        AgentError: if this copy has none, naming the command that makes them.
    """
    folder = SHIPPED / name
    if not folder.is_dir():
        raise AgentError(f"{name} needs weights=…, for none come with it yet; {command} makes them")
    return folder


def make_practised(options: Mapping[str, Any]) -> Agent:
    """The told model with weights it learned by itself."""
    from agents.told import ToldAgent

    if "weights" not in options:
        options = {"weights": _shipped("practised", "untold told practise"), **options}
    return ToldAgent(**options)


def make_boosted(options: Mapping[str, Any]) -> Agent:
    """The told features under boosted trees."""
    from agents.told.boosted import BoostedAgent

    if "weights" not in options:
        raise AgentError("boosted needs weights=FOLDER; untold told boost makes it")
    return BoostedAgent(**options)


def make_taught(options: Mapping[str, Any]) -> Agent:
    """The untold network with weights taught by experts' moves."""
    from agents.search.agent import ZeroAgent

    if "weights" not in options:
        folder = _shipped("taught", "untold told teach")
        options = {"weights": folder / "net.safetensors", **options}
    return ZeroAgent(**options)


def make_zero(options: Mapping[str, Any]) -> Agent:
    """The untold player."""
    from agents.search.agent import KeepingZeroAgent, ZeroAgent

    rest = {name: value for name, value in options.items() if name not in ("reuse", "eight_bit")}
    agent = ZeroAgent(**rest, eight_bit=options.get("eight_bit") != "no")
    return KeepingZeroAgent(agent) if options.get("reuse") == "yes" else agent


def make_gtp(options: Mapping[str, Any]) -> Agent:
    """Another program behind GTP."""
    from agents.gtp.client import GtpAgent

    return GtpAgent(**options)


def make_gnugo(options: Mapping[str, Any]) -> Agent:
    """GNU Go behind GTP."""
    from agents.gtp.gnugo import gnugo_agent

    return gnugo_agent(**options)
