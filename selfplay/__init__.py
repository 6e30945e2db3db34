"""Learning from games: one's own, or an expert's. What was learned."""

from selfplay.archive import Archive
from selfplay.checkpoint import CheckpointError, load_checkpoint, newest_checkpoint, save_checkpoint
from selfplay.config import Board, ConfigError, GameConfig, LearnConfig, Lesson, RunConfig
from selfplay.grow import grow_run
from selfplay.learner import Learner, Losses
from selfplay.loop import Trainer
from selfplay.metrics import empty_board
from selfplay.play import PlayStats, SelfPlay
from selfplay.records import GameRecord, RecordError, read_records, write_records
from selfplay.replay import Batch, Replay
from selfplay.run import RunError, newest_net, read_config, start_net
from selfplay.settings import (
    config_from_dict,
    config_to_dict,
    load_preset,
    preset_names,
    with_overrides,
)
from selfplay.status import run_status, stop_run
from selfplay.transfer import export_run, import_run, resume_milestone, save_milestone
from selfplay.workers import PlayerGroup, Players, WorkerError

__all__ = [
    "RunConfig",
    "GameConfig",
    "LearnConfig",
    "Lesson",
    "Board",
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
    "PlayerGroup",
    "Players",
    "WorkerError",
    "Batch",
    "Replay",
    "Archive",
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
    "run_status",
    "stop_run",
    "export_run",
    "import_run",
    "save_milestone",
    "resume_milestone",
    "grow_run",
]
