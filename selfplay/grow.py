"""Another network takes a run over: it first learns from the games that are there, then plays.

So what a small network has learned cheaply teaches a larger one, which self-play from nothing would
cost several times as much.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.files import write_atomically
from selfplay.archive import FOLDERS
from selfplay.checkpoint import load_checkpoint, newest_checkpoint, save_checkpoint
from selfplay.config import RunConfig
from selfplay.learner import Learner, window_size
from selfplay.run import RunError, make_folders, read_config, start_net
from selfplay.settings import config_to_dict, with_overrides

__all__ = ["grow_run"]


def grow_run(run: Path, out: Path, changes: Sequence[str], passes: float = 2.0) -> int:
    """Make `out` a run with the games, the running games and the counters of `run`, but with a new
    network and an optimizer at rest; how many steps of learning it owes before anybody plays.

    Args:
        run: the run to take over; it stays as it is, and may be going on.
        out: the new run's folder, which must not exist.
        changes: settings that differ, as NAME=VALUE; usually of `net` and `learn`. The network
            starts from random weights unless `initial_weights` is among them.
        passes: how often the positions in each board size's replay window are learned from.

    Raises:
        RunError: if there is no run or checkpoint, `out` exists, or other boards are asked for.
        ConfigError: for a change that is none.
        OSError: if a file cannot be read or written.
    """
    if not passes > 0:
        raise RunError(f"passes must be above 0, not {passes:g}")
    before = read_config(run)
    config = with_overrides(dataclasses.replace(before, initial_weights=""), changes)
    if [game.board_size for game in config.games] != [game.board_size for game in before.games]:
        raise RunError(f"the boards of {run} cannot be changed: its games are on them")
    if out.exists():
        raise RunError(f"{out} exists already; name another folder")
    checkpoint, _ = newest_checkpoint(run / "checkpoints")
    if checkpoint is None:
        raise RunError(f"{run} has no checkpoint yet")
    _, counters, running = load_checkpoint(checkpoint, before)
    owed = _owe(config, counters, passes)
    learner = Learner(start_net(config), config.learn, config.device)
    learner.steps = int(counters["steps"])
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        make_folders(part)
        settings = json.dumps(config_to_dict(config), indent=1)
        write_atomically(part / "config.json", settings.encode())
        for folder in FOLDERS:
            for path in (run / folder).glob("*.npz"):
                shutil.copyfile(path, part / folder / path.name)
        save_checkpoint(part / "checkpoints", learner, counters, running, config.keep_checkpoints)
        part.replace(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return owed


def _owe(config: RunConfig, counters: dict[str, Any], passes: float) -> int:
    """Set back the steps taken on each board size, so that the trainer owes `passes` through its
    window; the sum of what it owes."""
    learn, owed = config.learn, 0
    for board in counters["boards"].values():
        called_for = int(board["targets"] * learn.samples_per_position / learn.batch_size)
        known = min(window_size(learn, board["positions"]), board["targets"])
        study = min(called_for, int(passes * known / learn.batch_size))
        board["steps"] = called_for - study
        owed += study
    return owed
