"""`untold analyze-json`: analyse positions for programs that speak KataGo's JSON protocol."""

from __future__ import annotations

import sys
from dataclasses import dataclass

__all__ = ["HELP", "Config", "run"]

HELP = """\
Reads queries from standard input, one JSON object a line, and writes answers as they are ready, as
KataGo's `analysis` command does. KaTrain can use it as its engine; docs/gtp.md says how, and which
parts of the protocol there are. It ends when the input does and everything is answered.

Examples:
  untold analyze-json
  untold analyze-json --visits 800 --agent zero:weights=9x9
"""


@dataclass(frozen=True)
class Config:
    """Options of `untold analyze-json`."""

    agent: str | None = None
    """Who analyses: zero or told, with options (zero:weights=FILE). The best one that has weights
    here, if not given."""

    visits: int = 400
    """Visits of a position whose query does not say how many."""


def run(config: Config) -> int:
    """Serve standard input and output."""
    from agents.analyst import AgentAnalyst
    from agents.gtp.json_analysis import JsonAnalysis, serve_json
    from agents.spec import default_spec, make_agent, parse_spec
    from scripts.cli.common import program_version

    if config.visits < 1:
        raise ValueError(f"--visits must be 1 or more, not {config.visits}")
    spec = parse_spec(config.agent or default_spec())
    # Named weights may be wrong, which is said at once; others wait until they are needed.
    agent = make_agent(spec) if "weights" in dict(spec.options) else None
    engine = JsonAnalysis(
        lambda: AgentAnalyst(agent or make_agent(spec)),
        visits=config.visits,
        version=program_version(),
        name=str(spec),
    )
    serve_json(engine, sys.stdin.buffer, sys.stdout.buffer)
    return 0
