"""A tournament in a process of its own, to be killed: `python -m tests.agents.arena.runner OUT`."""

from __future__ import annotations

import sys
from pathlib import Path

from agents.arena import TournamentSettings, run_tournament
from go_engine.rules import Rules
from tests.agents.arena.scripted import make

SETTINGS = TournamentSettings(
    agents=("random", "slow", "lowest"), num_pairs=12, rules=Rules(4, 2.0), seed=3, opening_plies=3
)

if __name__ == "__main__":
    run_tournament(SETTINGS, Path(sys.argv[1]), make, workers=2)
