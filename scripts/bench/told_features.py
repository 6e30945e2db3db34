"""How fast the told player's features are read: untold told's own speed figures.

    python -m scripts.bench.told_features --games games.sgf
    python -m scripts.bench.told_features          # on games that the told player plays itself

Times are the thread's own CPU time, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from agents.base import Limits
from agents.told import ToldAgent
from agents.told.features import NUM_HAND
from agents.told.model import FeatureReader
from agents.told.pattern_tables import look_up
from go_engine import GameState, Rules

__all__ = ["main", "microseconds"]


def microseconds(work: Callable[[GameState], object], states: list[GameState]) -> list[float]:
    """CPU time of this thread that `work` takes on each state."""
    work(states[0])
    times = []
    for state in states:
        begin = time.thread_time_ns()
        work(state)
        times.append((time.thread_time_ns() - begin) / 1e3)
    return times


def _played(count: int) -> Iterator[GameState]:
    """Positions of games that the told player plays against itself, drawing moves."""
    agent, rng = ToldAgent(temperature=1.0), np.random.default_rng(0)
    while True:
        state = GameState(Rules(9))
        while not state.is_over and state.move_count < 100:
            yield state.copy()
            count -= 1
            if count == 0:
                return
            state.play(agent.select_move(state, Limits(), rng).move)


def _recorded(paths: list[Path], count: int) -> Iterator[GameState]:
    """Every third 9x9 position of games in files."""
    from selfplay.supervised.labelled import labelled_positions, read_games

    seen = 0
    for game in read_games(paths):
        if game.rules.board_size != 9:
            continue
        for state, _ in labelled_positions(game):
            seen += 1
            if seen % 3 == 0:
                yield state.copy()
                count -= 1
            if count == 0:
                return


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--games", nargs="*", type=Path, default=[])
    parser.add_argument("--positions", type=int, default=3000)
    options = parser.parse_args()
    source = _recorded(options.games, options.positions) if options.games else None
    states = list(source if source is not None else _played(options.positions))
    agent, reader, rng = ToldAgent(), FeatureReader(9), np.random.default_rng(0)
    tables = agent.model.tables

    def all_features(state: GameState) -> None:
        _, levels, codes = reader.read(state)
        look_up(codes, tables, levels, NUM_HAND)

    print(f"{len(states):,} positions; microseconds a position, one core")
    for name, work in (
        ("features of all legal moves", all_features),
        ("a move of told without search", lambda s: agent.select_move(s, Limits(), rng)),
    ):
        times = np.array(microseconds(work, states))
        print(
            f"{name:32} median {np.median(times):6.1f}  mean {times.mean():6.1f}  "
            f"90 % under {np.percentile(times, 90):6.1f}  = {1e6 / times.mean():,.0f} a second"
        )


if __name__ == "__main__":
    main()
