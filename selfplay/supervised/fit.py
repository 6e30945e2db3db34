"""How a linear model is fitted, and the state of a fit: weights, Adam's moments, epochs done."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from agents.files import write_atomically

__all__ = ["EpochReport", "Fit", "TrainConfig"]

_FILE: Final = "fit.safetensors"


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How a move model is trained.

    Attributes:
        epochs: passes over the training positions.
        batch_size: positions in one step.
        learning_rate: Adam's, falling to nothing along a half cosine.
        l2: strength of `l2 * |weights|^2`, added to the mean log-loss of the whole training set.
        min_seen: a pattern becomes a level if it was around a legal move of the training positions
            so many times, or
        min_played: if it was around the move played so many times.
        held_out: share of the games kept back for validation.
        playouts: random playouts of each position for the family `owner`; 0 does without it, as
            the shipped weights do.
        seed: of the split and of the order of positions.
    """

    epochs: int = 8
    batch_size: int = 1024
    learning_rate: float = 0.02
    l2: float = 1e-6
    min_seen: int = 150
    min_played: int = 8
    held_out: float = 0.1
    playouts: int = 0
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "min_seen", "min_played"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, not {getattr(self, name)}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be above 0, not {self.learning_rate}")
        if not 0 <= self.playouts <= 10_000:
            raise ValueError(f"playouts must be 0 to 10000, not {self.playouts}")
        if not self.l2 >= 0:
            raise ValueError(f"l2 must be 0 or more, not {self.l2}")


@dataclass(frozen=True, slots=True)
class EpochReport:
    """Mean log-loss after an epoch, on the training set (while it went) and on the held-out one,
    and the share of held-out moves that were the likeliest (ties are misses)."""

    epoch: int
    train_loss: float
    held_out_loss: float
    held_out_top1: float


class Fit:
    """A fit under way.

    Attributes:
        config: its settings.
        steps: in one epoch.
        values: the weights, `float32 [F]`, changed in place by `step`.
        reports: of the epochs done.
    """

    def __init__(self, size: int, config: TrainConfig, steps: int) -> None:
        self.config = config
        self.steps = steps
        self.reports: list[EpochReport] = []
        self._weights = torch.zeros(size)
        self.values: NDArray[np.float32] = self._weights.numpy()  # the same memory
        self._optimizer = torch.optim.Adam([self._weights], lr=config.learning_rate)
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
            self._optimizer, steps * config.epochs
        )

    def step(self, loss: float, gradient: NDArray[np.float32]) -> None:
        """One step of Adam.

        Raises:
            ValueError: if the loss or the gradient is no finite number; no step is made then.
        """
        if not np.isfinite(loss) or not np.isfinite(gradient).all():
            raise ValueError("the loss is no longer a finite number; lower learning_rate")
        self._weights.grad = torch.from_numpy(gradient)
        self._optimizer.step()
        self._schedule.step()

    # ------------------------------------------------------------ files

    def _key(self) -> str:
        return json.dumps({"settings": asdict(self.config), "steps": self.steps})

    def save(self, folder: Path) -> None:
        """Keep the state after a whole epoch in `folder`.

        Raises:
            OSError: if it cannot be written.
        """
        moments = self._optimizer.state[self._weights]
        tensors = {"weights": self.values}
        tensors |= {name: moments[name].numpy() for name in ("exp_avg", "exp_avg_sq")}
        reports = json.dumps([asdict(report) for report in self.reports])
        data = save_tensors(tensors, {"key": self._key(), "reports": reports})
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / _FILE, data)

    def load(self, folder: Path) -> None:
        """Go on where `save` left a fit of the same settings; without one nothing changes."""
        try:
            data = (folder / _FILE).read_bytes()
            tensors = load_tensors(data)
            length = int.from_bytes(data[:8], "little")
            facts = json.loads(data[8 : 8 + length])["__metadata__"]
            reports = [EpochReport(**report) for report in json.loads(facts["reports"])]
        except (OSError, SafetensorError, ValueError, KeyError, TypeError):
            return
        sizes = {array.shape for array in tensors.values()}
        if facts.get("key") != self._key() or sizes != {self.values.shape}:
            return
        self.reports = reports
        self.values[:] = tensors["weights"]
        done = len(reports) * self.steps
        self._optimizer.state[self._weights] = {
            "step": torch.tensor(float(done)),
            "exp_avg": torch.from_numpy(tensors["exp_avg"].copy()),
            "exp_avg_sq": torch.from_numpy(tensors["exp_avg_sq"].copy()),
        }
        self._set_rate(done)

    def _set_rate(self, done: int) -> None:
        """Bring the schedule to where it is after so many steps."""
        total = self.steps * self.config.epochs
        rate = 0.5 * self.config.learning_rate * (1.0 + float(np.cos(np.pi * done / total)))
        self._schedule.last_epoch = done
        self._optimizer.param_groups[0]["lr"] = rate
