"""Checkpoints: everything a run needs to go on, complete or absent.

A checkpoint is a folder. Its files are written and synced first; then `manifest.json` with the
sha256 of each. A folder without a manifest that fits is not a checkpoint, and the one before it is
used. Nothing in it is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from agents.base import AgentError
from agents.files import sync_folder, write_atomically
from agents.net import load_net, save_net
from selfplay.config import RunConfig
from selfplay.learner import Learner
from selfplay.records import GameRecord, read_records, write_records

__all__ = ["CheckpointError", "load_checkpoint", "newest_checkpoint", "save_checkpoint"]

MANIFEST: Final = "manifest.json"
NET: Final = "net.safetensors"
OPTIMIZER: Final = "optimizer.safetensors"
STATE: Final = "state.json"
RUNNING: Final = "running.npz"
AVERAGE: Final = "average.safetensors"


class CheckpointError(ValueError):
    """No checkpoint can be used; the message says why in one line."""


def save_checkpoint(
    folder: Path,
    learner: Learner,
    counters: Mapping[str, Any],
    running: list[GameRecord],
    keep: int,
) -> Path:
    """Write checkpoint number `counters["iteration"]` under `folder` and drop all but `keep`."""
    path = folder / f"{counters['iteration']:08d}"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    save_net(learner.net, path / NET, **dict(counters))
    tensors, optimizer_numbers = _optimizer_state(learner)
    write_atomically(path / OPTIMIZER, save(tensors))
    if learner.average:
        save_net(learner.playing_net(), path / AVERAGE, **dict(counters))
    state = {
        "counters": dict(counters),
        "optimizer": optimizer_numbers,
        "warm_steps": learner.warm_steps,
        "skipped": learner.skipped,
    }
    write_atomically(path / STATE, json.dumps(state, indent=1).encode())
    write_records(path / RUNNING, running)
    sums = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(path.iterdir())
    }
    write_atomically(path / MANIFEST, json.dumps({"sha256": sums}, indent=1).encode())
    sync_folder(folder)
    # Higher numbers than this one's can only be bad checkpoints that were passed over.
    for old in [p for p in _numbered(folder) if p.name <= path.name][:-keep]:
        shutil.rmtree(old, ignore_errors=True)
    return path


def _numbered(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob("[0-9]*") if p.is_dir() and p.name.isdigit())


def _optimizer_state(learner: Learner) -> tuple[dict[str, Tensor], dict[str, float]]:
    """Moments by parameter name, and how many steps each parameter has seen."""
    names = {id(p): name for name, p in learner.net.named_parameters()}
    tensors: dict[str, Tensor] = {}
    steps: dict[str, float] = {}
    for parameter, state in learner.optimizer.state.items():
        name = names[id(parameter)]
        steps[name] = float(state["step"])
        for moment in ("exp_avg", "exp_avg_sq"):
            tensors[f"{name}/{moment}"] = state[moment].detach().cpu().contiguous()
    return tensors, steps


def newest_checkpoint(folder: Path) -> tuple[Path | None, list[str]]:
    """The newest complete checkpoint under `folder`, and a line about each bad one passed over."""
    warnings: list[str] = []
    for path in reversed(_numbered(folder)):
        wrong = _damage(path)
        if wrong is None:
            return path, warnings
        warnings.append(f"checkpoint {path} is not used: {wrong}")
    return None, warnings


def _damage(path: Path) -> str | None:
    """What is wrong with a checkpoint; None if its manifest and all its files fit."""
    try:
        sums = json.loads((path / MANIFEST).read_text())["sha256"]
        for name in {NET, OPTIMIZER, STATE, RUNNING, *sums}:
            if hashlib.sha256((path / name).read_bytes()).hexdigest() != sums[name]:
                return f"{name} does not have its checksum"
    except FileNotFoundError as error:
        return f"{Path(str(error.filename)).name} is missing"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"its manifest is damaged ({error})"
    return None


def load_checkpoint(
    path: Path, config: RunConfig
) -> tuple[Learner, dict[str, Any], list[GameRecord]]:
    """Learner, counters and running games of a complete checkpoint.

    Raises:
        CheckpointError: if it does not fit the run's settings, or together.
    """
    try:
        net = load_net(path / NET)
        if net.config != config.net:
            raise ValueError("it holds a network of other sizes than the run's settings")
        state = json.loads((path / STATE).read_text())
        learner = Learner(net, config.learn, config.device)
        if learner.average and (path / AVERAGE).exists():
            averaged = load_net(path / AVERAGE).state_dict()
            for name, value in learner.average.items():
                value.copy_(averaged[name])
        learner.steps = int(state["counters"]["steps"])
        learner.warm_steps = int(state["warm_steps"])
        learner.skipped = int(state["skipped"])
        _restore_optimizer(learner, load((path / OPTIMIZER).read_bytes()), state["optimizer"])
        running = read_records(path / RUNNING)
        for record in running:
            _check_running(record, config)
    except KeyError as error:
        raise CheckpointError(f"{path}: {error} is missing") from None
    except (AgentError, SafetensorError, OSError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: {error}") from None
    return learner, state["counters"], running


def _restore_optimizer(
    learner: Learner, tensors: Mapping[str, Tensor], steps: Mapping[str, float]
) -> None:
    """The inverse of `_optimizer_state`."""
    for name, parameter in learner.net.named_parameters():
        if name in steps:
            learner.optimizer.state[parameter] = {
                "step": torch.tensor(float(steps[name]), device=learner.device),
                "exp_avg": _laid_out(tensors[f"{name}/exp_avg"], parameter),
                "exp_avg_sq": _laid_out(tensors[f"{name}/exp_avg_sq"], parameter),
            }


def _laid_out(moment: Tensor, parameter: Tensor) -> Tensor:
    """`moment` in the memory layout of its parameter: the fused optimizer walks through both side
    by side and does not look at their strides."""
    if moment.shape != parameter.shape:
        raise ValueError("the optimizer's tensors do not have the shapes of the network's")
    return torch.empty_like(parameter, requires_grad=False).copy_(moment)


def _check_running(record: GameRecord, config: RunConfig) -> None:
    """Games that are gone on with are played on without looking, so look here."""
    limits = {game.board_size: game.max_moves for game in config.games}
    if record.finished or record.board_size not in limits:
        raise ValueError(f"game {record.game_id} is no running game of this run")
    if len(record.moves) >= limits[record.board_size] or record.replayed().is_over:
        raise ValueError(f"game {record.game_id} is over")
