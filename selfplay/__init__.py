"""Learning from games: one's own, or an expert's. What was learned."""

from selfplay.checkpoint import CheckpointError, load_checkpoint, newest_checkpoint, save_checkpoint
from selfplay.config import (
    ConfigError,
    GameConfig,
    LearnConfig,
    RunConfig,
    config_from_dict,
    config_to_dict,
    load_preset,
    preset_names,
    with_overrides,
)
from selfplay.learner import Learner, Losses
from selfplay.loop import RunError, Trainer, empty_board, newest_net, read_config, start_net
from selfplay.play import PlayStats, SelfPlay
from selfplay.records import GameRecord, RecordError, read_records, write_records
from selfplay.replay import Batch, Replay
from selfplay.workers import Players, WorkerError

__all__ = [
    "RunConfig",
    "GameConfig",
    "LearnConfig",
    "ConfigError",
    "config_to_dict",
    "config_from_dict",
    "load_preset",
    "preset_names",
    "with_overrides",
    "GameRecord",
    "RecordError",
    "read_records",
    "write_records",
    "PlayStats",
    "SelfPlay",
    "Players",
    "WorkerError",
    "Batch",
    "Replay",
    "Losses",
    "Learner",
    "CheckpointError",
    "save_checkpoint",
    "load_checkpoint",
    "newest_checkpoint",
    "Trainer",
    "RunError",
    "read_config",
    "start_net",
    "empty_board",
    "newest_net",
]
