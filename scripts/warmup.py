"""Compile every kernel ahead of time, so that each later start finds them on disk.

    python -m scripts.warmup

Numba compiles a kernel for the types it is called with, so this does a little of everything for
real: it plays, learns from, searches and judges a few tiny games.
"""

from __future__ import annotations

import itertools

import numpy as np

from agents.base import Limits
from agents.net import NetConfig, PolicyValueNet, TorchEvaluator
from agents.search import KeepingZeroAgent, SearchConfig, ZeroAgent
from agents.spec import make_agent
from go_engine import GameState, Rules
from go_engine.envs.vector_env import GoVectorEnv
from go_engine.warmup import warm_up
from selfplay import GameConfig, Replay, SelfPlay

__all__ = ["main"]


def main() -> None:
    """Compile (or load from disk) all kernels; a second call is quick."""
    warm_up()
    net = PolicyValueNet(NetConfig(blocks=1, channels=4, pool_every=1, head_channels=2))
    evaluator = TorchEvaluator(net)
    game = GameConfig(
        board_size=3, opening_moves=1, opening_share=1.0, max_moves=12, parallel_games=2
    )
    players = SelfPlay(game, SearchConfig(num_simulations=2), 0, itertools.count(), evaluator)
    replay = Replay(3, 100)
    for record in players.play(30):
        replay.add(record)
    games = GoVectorEnv(2, board_size=3)
    games.reset(seed=0)
    games.step(games.random_actions())
    rng = np.random.default_rng(0)
    replay.sample(4, 100, rng)
    state = GameState(Rules(5))
    state.play(12)
    for agent in (
        ZeroAgent(evaluator=evaluator, simulations=4),
        make_agent("told"),
        make_agent("random"),
    ):
        agent.select_move(state, Limits(), rng)
        agent.close()
    keeping = KeepingZeroAgent(ZeroAgent(evaluator=evaluator, simulations=4))
    for move in (7, 11):  # the second search goes on from the first one's tree
        keeping.select_move(state, Limits(), rng)
        state.play(move)


if __name__ == "__main__":
    main()
