"""The learned weights of told playouts: what a ring of stones is worth, and each feature."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from agents.base import AgentError
from agents.files import write_atomically
from agents.told.playout_board import SCALE, Table
from agents.told.playout_features import (
    ATARI,
    CAPTURE_LAST,
    ESCAPE,
    FEATURES,
    NEAR,
    NUM_FEATURES,
)

__all__ = [
    "SHARPNESS",
    "SHIPPED_PLAYOUTS",
    "PlayoutWeights",
    "Sharpness",
    "is_eye_code",
    "ring_classes",
]

SHIPPED_PLAYOUTS: Final = Path(__file__).resolve().parent.parent / "weights" / "told_playouts"

WEIGHTS: Final = "playouts.safetensors"
CARD: Final = "card.json"
_FORMAT: Final = "untold-playouts-1"
_MOST_BYTES: Final = 1 << 22
_MOST_WEIGHT: Final = float(1 << 16)

# Where the eight points of a ring code stand: its bits 2i and 2i + 1 are those of (row, column).
_RING: Final = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
_SIDES: Final = (1, 3, 4, 6)
_CORNERS: Final = (0, 2, 5, 7)


def _ring_states() -> NDArray[np.int64]:
    """`int64 [65536, 8]`: 0 empty, 1 the mover's, 2 the opponent's, 3 wall."""
    codes = np.arange(1 << 16)
    return np.stack([(codes >> (2 * i)) & 3 for i in range(8)], axis=1)


@cache
def ring_classes() -> NDArray[np.int64]:
    """`int64 [65536]`: the smallest of each ring code's eight images."""
    states = _ring_states()
    where = {offset: i for i, offset in enumerate(_RING)}
    best = np.full(1 << 16, 1 << 16, np.int64)
    for s in range(8):
        code = np.zeros(1 << 16, np.int64)
        for i, (r, c) in enumerate(_RING):
            image = (-r if s & 1 else r, -c if s & 2 else c)
            code |= states[:, i] << (2 * where[image[::-1] if s & 4 else image])
        best = np.minimum(best, code)
    best.setflags(write=False)
    return best


@cache
def is_eye_code() -> NDArray[np.bool_]:
    """`bool [65536]`: whether the ring makes a one-point eye of the mover's (`is_own_eye`)."""
    states = _ring_states()
    walled = np.isin(states[:, _SIDES], (1, 3)).all(axis=1)
    edge = (states[:, _CORNERS] == 3).any(axis=1)
    hostile = (states[:, _CORNERS] == 2).sum(axis=1) + edge
    eyes: NDArray[np.bool_] = walled & (hostile < 2)
    return eyes


@dataclass(frozen=True, slots=True)
class Sharpness:
    """What playouts multiply the learned logarithms by: measured, see the log, 2026-11-23. Experts
    see further than playouts do, so what playouts do see must weigh more.

    Attributes:
        rings: of the stones around a point.
        near: of moves next to the last one.
        captures, escapes: of moves that capture, and that extend a chain just put in atari.
        others: of the other features.
    """

    rings: float = 1.5
    near: float = 2.0
    captures: float = 1.9
    escapes: float = 2.3
    others: float = 1.5

    @property
    def features(self) -> NDArray[np.float64]:
        """`float64 [NUM_FEATURES]`."""
        each = np.full(NUM_FEATURES, self.others)
        each[NEAR:CAPTURE_LAST] = self.near
        each[CAPTURE_LAST:ESCAPE] = self.captures
        each[ESCAPE:ATARI] = self.escapes
        return each


SHARPNESS: Final = Sharpness()


@dataclass(frozen=True, slots=True, eq=False)
class PlayoutWeights:
    """Natural logarithms, learned from moves that experts played.

    Attributes:
        classes: `int64 [T]`, the `ring_classes` known, ascending.
        rings: `float32 [T]`, what each adds; others add 0.
        features: `float32 [NUM_FEATURES]`.
    """

    classes: NDArray[np.int64]
    rings: NDArray[np.float32]
    features: NDArray[np.float32]

    def table(self, sharpness: float = 1.0) -> Table:
        """The packed weights of ring codes; own eyes weigh 0. `sharpness` multiplies logarithms:
        0 makes all moves alike."""
        logs = np.zeros(1 << 16)
        logs[self.classes] = self.rings
        own = np.clip(np.exp(sharpness * logs[ring_classes()]) * SCALE, 1.0, _MOST_WEIGHT)
        weights = np.where(is_eye_code(), 0, own.astype(np.int64))
        codes = np.arange(1 << 16)
        swapped = ((codes & 0x5555) << 1) | ((codes >> 1) & 0x5555)
        packed: Table = weights | (weights[swapped] << 32)
        return packed

    def factors(self, sharpness: float | NDArray[np.float64] = 1.0) -> NDArray[np.float64]:
        """`float64 [NUM_FEATURES]`, what the features multiply weights by."""
        return np.exp(sharpness * self.features.astype(np.float64))

    def save(self, folder: Path, card: dict[str, Any]) -> None:
        """Write `playouts.safetensors` and, last, `card.json`, which adds its sha256 to `card`."""
        folder.mkdir(parents=True, exist_ok=True)
        tensors: dict[str, NDArray[Any]] = {
            "classes": self.classes,
            "rings": self.rings,
            "features": self.features,
        }
        data = save_tensors(tensors, {"format": _FORMAT, "features": _features_hash()})
        facts = {"format": _FORMAT, "sha256": hashlib.sha256(data).hexdigest(), **card}
        text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
        write_atomically(folder / WEIGHTS, data)
        write_atomically(folder / CARD, text.encode())

    @staticmethod
    def load(folder: Path) -> PlayoutWeights:
        """What `save` wrote to `folder`.

        Raises:
            AgentError: in one line, if it is missing, damaged, or made for other features.
        """
        path = folder / WEIGHTS
        try:
            card, size = (folder / CARD).read_bytes(), path.stat().st_size
            data = path.read_bytes() if size <= _MOST_BYTES else b""
        except OSError as error:
            reason = error.strerror or error
            raise AgentError(
                f"no playout weights in {folder}: {error.filename}: {reason}"
            ) from None
        try:
            expected = json.loads(card)["sha256"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise AgentError(f"{folder / CARD} is no card with a sha256") from None
        if hashlib.sha256(data).hexdigest() != expected:
            raise AgentError(f"{path} is damaged: its sha256 is not the card's")
        return _weights_from(data, path)


def _features_hash() -> str:
    return hashlib.sha256(json.dumps(FEATURES).encode()).hexdigest()[:16]


def _weights_from(data: bytes, path: Path) -> PlayoutWeights:
    try:
        header_length = int.from_bytes(data[:8], "little")
        facts = json.loads(data[8 : 8 + header_length]).get("__metadata__", {})
        tensors = load_tensors(data)
        classes, rings, features = (tensors[name] for name in ("classes", "rings", "features"))
    except (SafetensorError, ValueError, AttributeError, TypeError, KeyError) as error:
        raise AgentError(f"{path} holds no playout weights: {str(error)[:80]}") from None
    if facts.get("format") != _FORMAT or facts.get("features") != _features_hash():
        raise AgentError(f"{path} was made for other features than this program's; train anew")
    fits = (
        classes.dtype == np.int64
        and rings.dtype == features.dtype == np.float32
        and classes.ndim == 1
        and classes.shape == rings.shape
        and features.shape == (NUM_FEATURES,)
        and bool(((classes >= 0) & (classes < 1 << 16)).all())
        and bool(np.isfinite(rings).all() and np.isfinite(features).all())
    )
    if not fits:
        raise AgentError(f"{path} does not fit together")
    return PlayoutWeights(classes, rings, features)
