"""A run's folder from outside: its settings, its networks, and what a kill may have left in it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

import torch

from agents.net import PolicyValueNet, load_net
from agents.search import find_weights
from selfplay.archive import FOLDERS
from selfplay.config import ConfigError, RunConfig
from selfplay.settings import config_from_dict

__all__ = [
    "SESSIONS",
    "STOP_FILE",
    "RunError",
    "check_device",
    "make_folders",
    "newest_net",
    "read_config",
    "start_net",
    "tidy",
]

STOP_FILE: Final = "stop"
SESSIONS: Final = "sessions.jsonl"

_FOLDERS: Final = (*FOLDERS, "checkpoints", "nets", "samples")


class RunError(ValueError):
    """A run cannot start or go on; the message is one line a person can act on."""


def read_config(run: Path) -> RunConfig:
    """The settings a run folder was started with.

    Raises:
        RunError: if the folder holds no run.
        ConfigError: if its settings are damaged.
    """
    try:
        return config_from_dict(json.loads((run / "config.json").read_text()))
    except FileNotFoundError:
        raise RunError(f"{run} holds no training run (no config.json)") from None
    except json.JSONDecodeError as error:
        raise ConfigError(f"{run / 'config.json'} is not valid JSON: {error}") from None


def newest_net(run: Path) -> Path:
    """The last network that a run has kept in `nets/`.

    Raises:
        RunError: if there is none.
    """
    try:
        return max((run / "nets").glob("*.safetensors"))
    except ValueError:
        raise RunError(f"{run} has kept no network yet") from None


def start_net(config: RunConfig) -> PolicyValueNet:
    """The network a run begins with: fresh from the seed, or `initial_weights`.

    Raises:
        RunError: if those weights are for a network of other sizes.
        AgentError: if they cannot be read.
    """
    if config.initial_weights:
        net = load_net(find_weights(config.initial_weights, config.game.board_size))
        if net.config != config.net:
            raise RunError(f"initial_weights {config.initial_weights} is a net of other sizes")
        return net
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return PolicyValueNet(config.net).eval()


def check_device(name: str) -> None:
    """Raise RunError unless torch can compute there."""
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise RunError(f"device {name!r} cannot be used: {reason}") from None


def make_folders(run: Path) -> None:
    """The folders of a run, where they are missing."""
    for folder in _FOLDERS:
        (run / folder).mkdir(parents=True, exist_ok=True)


def tidy(run: Path) -> list[str]:
    """Remove what a kill may have left half written, and an old wish to stop; what was lost."""
    lost = []
    for part in run.rglob("*.part"):
        part.unlink(missing_ok=True)
    (run / STOP_FILE).unlink(missing_ok=True)
    for path in (run / "metrics.jsonl", run / SESSIONS):
        text = path.read_bytes() if path.exists() else b""
        whole = text.rfind(b"\n") + 1
        if whole < len(text):
            lost.append(f"{path} ends within a line; that line is dropped")
            os.truncate(path, whole)
    return lost
