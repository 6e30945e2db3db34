"""`untold gtp`: be an engine for other Go programs."""

from __future__ import annotations

import sys
from dataclasses import dataclass

__all__ = ["HELP", "Config", "run"]

HELP = """\
Answers GTP 2 commands on standard input until `quit` or the end of input.
Name it as the engine in a program such as Sabaki, GoGui, Lizzie or q5Go; docs/gtp.md has the
commands and how to set those programs up.

Examples:
  untold gtp
  untold gtp --agent zero:simulations=64
  untold gtp --agent told
  printf 'boardsize 9\\ngenmove b\\nshowboard\\nquit\\n' | untold gtp --agent random
"""


@dataclass(frozen=True)
class Config:
    """Options of `untold gtp`."""

    agent: str | None = None
    """Who plays: random, told, zero, gnugo or gtp, with options (zero:simulations=64). The best
    one that has weights here, if not given."""

    simulations: int | None = None
    """Search simulations per move; the agent's own number if not given."""

    seconds: float | None = None
    """Seconds per move at most; the clock that the controller sets counts too."""

    komi: float = 7.0
    """Komi until a `komi` command says otherwise."""

    name: str = "Untold"
    """What the engine calls itself. Lizzie and LizzieYzy ask only engines whose name begins with
    KataGo for scores and territory."""

    seed: int | None = None
    """Seed of all chance; the same seed and commands give the same moves. Random if not given."""


def run(config: Config) -> int:
    """Serve standard input and output."""
    import numpy as np

    from agents.analyst import AgentAnalyst
    from agents.gtp import GtpEngine, serve
    from agents.spec import default_spec, make_agent, parse_spec
    from go_engine import Rules
    from scripts.cli.common import make_limits, make_rng, program_version

    spec = parse_spec(config.agent or default_spec())
    rng: np.random.Generator = make_rng(config.seed)
    engine = GtpEngine(
        lambda: make_agent(spec),
        rng,
        rules=Rules(komi=config.komi),
        limits=make_limits(config.simulations, config.seconds),
        name=" ".join(config.name.split()) or "Untold",
        version=program_version(),
        analyst=AgentAnalyst,
    )
    # Torch takes a second to import, which a GUI should not have to wait for. Anything that can
    # be wrong with the command line is still said at once.
    if spec.kind in ("gnugo", "gtp") or "weights" in dict(spec.options):
        engine.load()
    serve(engine, sys.stdin.buffer, sys.stdout.buffer)
    return 0
