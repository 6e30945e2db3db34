"""A tournament of engines that fail in every way, in a process of its own, to be killed:
`python -m tests.agents.arena.engines OUT`."""

from __future__ import annotations

import sys
from pathlib import Path

from agents.arena import TournamentSettings, run_tournament
from agents.gtp import find_gnugo
from agents.spec import make_agent, parse_spec
from go_engine.rules import Rules

FAKE = Path(__file__).resolve().parents[1] / "gtp" / "fake_engine.py"


def fake(mode: str) -> str:
    """The spec of a fake engine (see there)."""
    words = " ".join([sys.executable, "-I", str(FAKE), mode, "/dev/null"])
    return str(parse_spec(f'gtp:"{words}",timeout=5'))


CRASHES, HANGS, CHATTERS, GARBAGE = (fake(m) for m in ("crash", "hang", "chatter", "garbage"))
ILLEGAL = fake("stubborn")
SIZE = Rules(5, 4.0)

QUICK = TournamentSettings(
    ("random", CRASHES, HANGS, CHATTERS, GARBAGE, ILLEGAL),
    num_pairs=1,
    rules=SIZE,
    system="gauntlet",
)


def eight() -> TournamentSettings:
    """Eight agents, four of them faulty; GNU Go's places are taken by others where it is not."""
    rungs = ("gnugo:level=1", "gnugo:level=5", "gnugo:level=10")
    others = ("told:temperature=1", "told:temperature=2", "told:temperature=3")
    found = rungs if find_gnugo() else others
    return TournamentSettings(
        ("random", *found, CRASHES, HANGS, CHATTERS, ILLEGAL), num_pairs=1, rules=SIZE
    )


if __name__ == "__main__":
    run_tournament(eight(), Path(sys.argv[1]), make_agent, workers=2)
