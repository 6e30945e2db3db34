"""Learning from labelled games: how the told player's weights are made, and how well any player
agrees with experts. The one part of `selfplay` that knows told things and other people's moves."""

from selfplay.supervised.ablation import GROUPS, Ablated, ablate, ablation_table
from selfplay.supervised.card import TrainingResult, train_from_files, write_trained
from selfplay.supervised.evaluation import Agreement, evaluate_both, evaluate_predictor
from selfplay.supervised.fit import EpochReport, TrainConfig
from selfplay.supervised.labelled import known_positions, read_games, split_for_training
from selfplay.supervised.making import MakeConfig, make_games
from selfplay.supervised.practice import Practice, PracticeConfig
from selfplay.supervised.practising import practise
from selfplay.supervised.prepared import Prepared, prepare
from selfplay.supervised.reading import Candidates, Codes, harvest_patterns, read_codes, with_levels
from selfplay.supervised.taught import TeachConfig, Teacher
from selfplay.supervised.teaching import teach_from_files
from selfplay.supervised.training import Trained, train_model

__all__ = [
    "MakeConfig",
    "make_games",
    "TrainConfig",
    "train_from_files",
    "TrainingResult",
    "write_trained",
    "read_games",
    "split_for_training",
    "known_positions",
    "read_codes",
    "Codes",
    "harvest_patterns",
    "with_levels",
    "Candidates",
    "Prepared",
    "prepare",
    "train_model",
    "Trained",
    "EpochReport",
    "Agreement",
    "evaluate_predictor",
    "evaluate_both",
    "GROUPS",
    "Ablated",
    "ablate",
    "ablation_table",
    "TeachConfig",
    "Teacher",
    "teach_from_files",
    "PracticeConfig",
    "Practice",
    "practise",
]
