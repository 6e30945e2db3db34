"""The told features under a model that is not linear: gradient-boosted trees (LightGBM, an extra).

The trees see what each family adds to the linear model's score, and the score, so they can only
learn what depends on several families at once. Kept in LightGBM's text format beside the linear
model, with a card that holds the sha256 of the text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agents.base import AgentError
from agents.files import write_atomically
from agents.told.agent import ToldAgent
from agents.told.model import CARD, MoveModel

__all__ = ["TREES", "BoostedAgent", "inputs_of", "load_lightgbm", "save_boosted"]

TREES: Final = "trees.txt"
_MOST_BYTES: Final = 1 << 28


def load_lightgbm() -> Any:
    """The library, or one line that says how to get it.

    Raises:
        AgentError: if it is not installed.
    """
    try:
        import lightgbm
    except ImportError:
        raise AgentError("boosted needs LightGBM: pip install lightgbm") from None
    return lightgbm


def inputs_of(added: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """What the trees see of candidates of one position: `float32 [M, F + 2]`, from what the F
    families add: these, their sum, and how far it is from the best move's."""
    score = added.sum(axis=1, keepdims=True)
    return np.concatenate([added, score, score - score.max()], axis=1).astype(np.float32)


class BoostedAgent(ToldAgent):
    """Plays as `ToldAgent` does, by the probabilities of boosted trees; explains by the linear
    model."""

    def __init__(self, weights: str | Path, temperature: float = 0.0) -> None:
        """
        Args:
            weights: folder that `untold told boost` wrote.
            temperature: as for `ToldAgent`.

        Raises:
            AgentError: if the weights cannot be used, or LightGBM is not there.
        """
        folder = Path(weights)
        super().__init__(temperature, model=MoveModel.load(folder / "linear"))
        self.name = "boosted"
        self._trees, self._scale = _load(folder)

    def scores_of(self, added: NDArray[np.float64]) -> NDArray[np.float64]:
        """See `ToldAgent.scores_of`; here what the trees say."""
        found: NDArray[np.float64] = self._trees.predict(inputs_of(added), num_threads=1)
        return self._scale * found


def save_boosted(
    folder: Path, linear: MoveModel, trees: str, scale: float, card: Mapping[str, Any]
) -> None:
    """Write the linear model, `trees.txt`, and `card.json`, which comes last.

    Raises:
        OSError: if the folder cannot be written.
    """
    linear.save(folder / "linear", {"name": "told, beneath boosted"})
    data = trees.encode()
    write_atomically(folder / TREES, data)
    facts = {"sha256": hashlib.sha256(data).hexdigest(), "scale": scale, **card}
    write_atomically(folder / CARD, (json.dumps(facts, indent=2) + "\n").encode())


def _load(folder: Path) -> tuple[Any, float]:
    """The trees and the scale of their scores."""
    path = folder / TREES
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        expected, scale = str(card["sha256"]), float(card["scale"])
        if path.stat().st_size > _MOST_BYTES:
            raise AgentError(f"{path} is too large for boosted trees")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise AgentError(f"no boosted model here: {error.filename} is missing") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise AgentError(f"{folder / CARD} is no card of a boosted model") from None
    if hashlib.sha256(data).hexdigest() != expected:
        raise AgentError(f"{path} is damaged: its sha256 is not the card's")
    if not np.isfinite(scale) or scale <= 0:
        raise AgentError(f"{folder / CARD} holds no usable scale: {scale}")
    library = load_lightgbm()
    try:
        return library.Booster(model_str=data.decode()), scale
    except (library.basic.LightGBMError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise AgentError(f"{path} is no usable LightGBM model: {reason}") from None
