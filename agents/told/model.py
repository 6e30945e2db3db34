"""The told move model: a softmax over all legal moves of a linear score (conditional logit).

`P(move) = exp(score(move)) / sum over legal moves`, `score` being the sum of the weights of the
move's levels, one for each family (generalised Bradley-Terry with teams, Coulom 2007; McFadden
1974). Weights are natural logarithms: +1 makes a move e times as likely, about 174 Elo.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from agents.base import AgentError
from agents.files import write_atomically
from agents.told.families import FAMILIES, HAND_FAMILIES
from agents.told.family import OWNERS
from agents.told.features import NUM_FAMILIES, NUM_HAND, fill_levels
from agents.told.pattern_tables import PatternTables, look_up, pattern_tables
from agents.told.patterns import NUM_PATTERNS, fill_codes
from agents.told.shared import OWNER, new_scratch
from go_engine import GameState
from go_engine.concepts import position_arrays
from go_engine.kernels import HASH, padded
from go_engine.playout import playout_ownership

__all__ = ["CARD", "FORMAT", "WEIGHTS", "FeatureReader", "MoveModel", "family_offsets"]

FORMAT: Final = "untold-told-1"
WEIGHTS: Final = "model.safetensors"
CARD: Final = "card.json"
_MOST_BYTES: Final = 1 << 26


def families_hash() -> str:
    """Changes when a family or a hand-made level does: weights for other features do not fit."""
    text = json.dumps([(family.name, family.levels) for family in FAMILIES])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def family_offsets(tables: PatternTables) -> NDArray[np.int64]:
    """`int64 [NUM_FAMILIES + 1]`: where each family's weights begin, and how many there are."""
    counts = [len(family.levels) for family in HAND_FAMILIES]
    counts += [int(n) + 1 for n in np.diff(tables.starts)]
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def padded_or_none(size: int, move: int | None) -> int:
    """The padded point of a move, 0 for a pass or no move at all."""
    return 0 if move is None or move == size * size else padded(size, move)


class FeatureReader:
    """Reads the features of positions of one board size. Not for several threads at once.

    Attributes:
        size: of the board.
        playouts: random playouts of each position for the family `owner`; 0 leaves it untold.
    """

    def __init__(self, size: int, playouts: int = 0) -> None:
        self.size = size
        self.playouts = playouts
        self._scratch = new_scratch(size)

    def read(
        self, state: GameState
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
        """Legal moves `int64 [M]`, hand-made levels `int32 [M, NUM_FAMILIES]` and pattern codes
        `int64 [M, NUM_PATTERNS]`; the levels of the pattern families are still 0.

        The state is not over (then there would be no legal move).
        """
        moves = state.legal_moves()
        row, _ = position_arrays(state)
        history = state.history
        last = padded_or_none(self.size, history[-1] if history else None)
        previous = padded_or_none(self.size, history[-2] if len(history) > 1 else None)
        levels = np.zeros((moves.size, NUM_FAMILIES), np.int32)
        codes = np.empty((moves.size, NUM_PATTERNS), np.int64)
        fill_levels(row, last, previous, state.rules.komi, moves, levels, self._scratch)
        fill_codes(row, last, moves, self._scratch.liberties, codes)
        if self.playouts > 0:
            levels[:-1, OWNER] = self._owner_levels(state, moves[:-1])
        return moves, levels, codes

    def _owner_levels(self, state: GameState, points: NDArray[np.int64]) -> NDArray[np.int64]:
        """Levels of `owner`; what is random about them is fixed by the position."""
        row, _ = position_arrays(state)
        rng = np.random.default_rng(int(row[HASH]) & (2**64 - 1))
        share = (playout_ownership(state, self.playouts, rng) * state.to_play + 1.0) / 2.0
        levels: NDArray[np.int64] = 1 + np.rint(share[points] * (OWNERS - 1)).astype(np.int64)
        return levels


@dataclass(frozen=True, slots=True, eq=False)
class MoveModel:
    """Weights and the patterns they belong to.

    Attributes:
        weights: `float32 [F]`, families one after the other, level 0 first in each.
        tables: the patterns known.
        playouts: what a `FeatureReader` of this model must be given.
        offsets: `family_offsets(tables)`.
    """

    weights: NDArray[np.float32]
    tables: PatternTables
    playouts: int = 0
    offsets: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "offsets", family_offsets(self.tables))

    def contributions(
        self, state: GameState, reader: FeatureReader
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
        """Legal moves `[M]`, their levels `[M, NUM_FAMILIES]` and what each level adds to the
        score, `float64 [M, NUM_FAMILIES]`."""
        moves, levels, codes = reader.read(state)
        look_up(codes, self.tables, levels, NUM_HAND)
        added = self.weights[levels + self.offsets[:-1]]
        return moves, levels, added.astype(np.float64)

    # ------------------------------------------------------------ files

    def save(self, folder: Path, card: dict[str, Any]) -> None:
        """Write `model.safetensors` and `card.json`, which holds `card` and the former's sha256.

        The card appears last and whole: a folder without it is unfinished.
        """
        folder.mkdir(parents=True, exist_ok=True)
        tensors: dict[str, NDArray[Any]] = {
            "weights": self.weights,
            "pattern_codes": self.tables.codes,
            "pattern_starts": self.tables.starts,
        }
        facts = {"format": FORMAT, "families": families_hash(), "playouts": str(self.playouts)}
        data = save_tensors(tensors, facts)
        whole = {"format": FORMAT, "sha256": hashlib.sha256(data).hexdigest(), **card}
        text = json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
        write_atomically(folder / WEIGHTS, data)
        write_atomically(folder / CARD, text.encode())

    @staticmethod
    def load(folder: Path) -> MoveModel:
        """The model that `save` wrote to `folder`.

        Raises:
            AgentError: in one line, if it is missing, damaged, or made for other features.
        """
        data = _read(folder / WEIGHTS)
        try:
            card = json.loads(_read(folder / CARD))
            expected = card["sha256"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise AgentError(f"{folder / CARD} is no model card with a sha256") from None
        if hashlib.sha256(data).hexdigest() != expected:
            raise AgentError(f"{folder / WEIGHTS} is damaged: its sha256 is not the card's")
        return _model_from(data, folder / WEIGHTS)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise AgentError(f"{path} is too large for a told model")
        return path.read_bytes()
    except FileNotFoundError:
        raise AgentError(f"no told model here: {path} is missing") from None
    except OSError as error:
        raise AgentError(f"cannot read {path}: {error.strerror or error}") from None


def _model_from(data: bytes, path: Path) -> MoveModel:
    try:
        header_length = int.from_bytes(data[:8], "little")
        facts = json.loads(data[8 : 8 + header_length]).get("__metadata__", {})
        tensors = load_tensors(data)
    except (SafetensorError, ValueError, AttributeError, TypeError, KeyError) as error:
        reason = str(error).splitlines()[0] if str(error) else "unreadable"
        raise AgentError(f"{path} is no usable told model: {reason}") from None
    if facts.get("format") != FORMAT:
        raise AgentError(f"{path} is not a told model of this program (no {FORMAT} header)")
    if facts.get("families") != families_hash():
        raise AgentError(f"{path} was trained for other features than this program's; train anew")
    expected = {"weights": np.float32, "pattern_codes": np.int64, "pattern_starts": np.int64}
    for name, dtype in expected.items():
        if name not in tensors or tensors[name].dtype != dtype or tensors[name].ndim != 1:
            raise AgentError(f"{path} does not hold {name} as one row of {np.dtype(dtype)}")
    playouts = facts.get("playouts", "0")
    if not re.fullmatch(r"\d{1,5}", playouts):
        raise AgentError(f"{path} names no number of playouts: {playouts[:20]!r}")
    return _checked(tensors, int(playouts), path)


def _checked(tensors: dict[str, NDArray[Any]], playouts: int, path: Path) -> MoveModel:
    """A model whose arrays fit together, so that no kernel reads beyond one."""
    codes, starts = tensors["pattern_codes"], tensors["pattern_starts"]
    in_order = (
        starts.size == NUM_PATTERNS + 1
        and starts[0] == 0
        and starts[-1] == codes.size
        and bool((np.diff(starts) >= 0).all())
    )
    if not in_order:
        raise AgentError(f"{path} does not fit together: its patterns' families are mixed up")
    try:
        tables = pattern_tables(codes, starts)
    except ValueError as error:
        raise AgentError(f"{path} does not fit together: {error}") from None
    weights = tensors["weights"]
    if weights.size != family_offsets(tables)[-1]:
        raise AgentError(f"{path} does not fit together: {weights.size} weights for other patterns")
    if not np.isfinite(weights).all():
        raise AgentError(f"{path} holds weights that are not finite")
    return MoveModel(weights, tables, playouts)
