"""What a run says about itself after every iteration."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from agents.net import PolicyValueNet, TorchEvaluator
from agents.search import average_evaluation
from go_engine import GameState, Rules
from selfplay.config import GameConfig
from selfplay.records import GameRecord

__all__ = ["Event", "empty_board", "summary_of_games"]

Event = dict[str, Any]


def summary_of_games(finished: list[GameRecord]) -> Event:
    """How games of one board size ended."""
    if not finished:
        return {}
    margins = [r.black_score - r.komi for r in finished]
    return {
        "game_length": float(np.mean([len(r.moves) for r in finished])),
        "black_wins": float(np.mean([(m > 0) + 0.5 * (m == 0) for m in margins])),
        "black_score": float(np.mean([r.black_score for r in finished])),
    }


def empty_board(net: PolicyValueNet, game: GameConfig, device: str = "cpu") -> Event:
    """What the raw network thinks of the empty board, at the game's middle komi.

    Keys: `centre_prior`, `top_move`, `top_prior`, `empty_value` (Black's, 0 to 1), `empty_score`
    (Black's margin before komi).
    """
    size = game.board_size
    evaluator = TorchEvaluator(net, device, torch.float32)
    policy, value, score, _ = average_evaluation(evaluator, GameState(Rules(size, komi=game.komi)))
    return {
        "centre_prior": float(policy[(size // 2) * size + size // 2]),
        "top_move": int(policy.argmax()),
        "top_prior": float(policy.max()),
        "empty_value": value,
        "empty_score": score,
    }
