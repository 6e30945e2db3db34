"""Learning from labelled games: how the told player's weights are made, and how well any player
agrees with experts. The one part of `selfplay` that knows told things and other people's moves."""

from selfplay.supervised.card import TrainingResult, train_from_files, write_trained
from selfplay.supervised.evaluation import Agreement, evaluate_predictor
from selfplay.supervised.labelled import known_positions, read_games, split_games
from selfplay.supervised.training import (
    EpochReport,
    TrainConfig,
    Trained,
    harvest_patterns,
    read_candidates,
    train_model,
)

__all__ = [
    "TrainConfig",
    "train_from_files",
    "TrainingResult",
    "write_trained",
    "read_games",
    "split_games",
    "known_positions",
    "harvest_patterns",
    "read_candidates",
    "train_model",
    "Trained",
    "EpochReport",
    "Agreement",
    "evaluate_predictor",
]
