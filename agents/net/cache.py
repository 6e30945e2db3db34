"""Remembering what the network said about a position."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.base import Evaluation, Evaluator

__all__ = ["CACHE_POSITIONS", "CachedEvaluator"]

CACHE_POSITIONS: Final = 16_384
"""About 20 MB on 9x9."""

_KEY_BYTES: Final = 16


class CachedEvaluator:
    """An Evaluator that asks another one only about positions that it does not remember.

    The key is a 128-bit hash (BLAKE2b) of the planes, which are all that a network sees: stones
    now and before, legal points (superko included), a pass just made, komi, side, and the symmetry
    they lie under. As the search draws the symmetry from the position's own hash, a position comes
    back under the same one, and a remembered answer is the one that would have been given again
    (but for the last bits of networks whose answers depend on the size of the batch).

    Not for several threads at once: give each its own.

    Args:
        inner: what runs the network.
        positions: how many are remembered; the ones not asked about for longest are forgotten.

    Attributes:
        inner: as given; `replace` takes another.
        hits: positions answered from memory, or by another one of the same call.
        misses: positions that `inner` was asked about.

    Raises:
        ValueError: if `positions` is not positive.
    """

    def __init__(self, inner: Evaluator, positions: int = CACHE_POSITIONS) -> None:
        if positions < 1:
            raise ValueError(f"positions must be 1 or more, not {positions}")
        self.inner = inner
        self.hits = 0
        self.misses = 0
        self._positions = positions
        self._known: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()

    @property
    def remembered(self) -> int:
        """How many positions are remembered."""
        return len(self._known)

    def replace(self, inner: Evaluator) -> None:
        """Run another network from now on; all is forgotten."""
        self.inner = inner
        self.clear()

    def clear(self) -> None:
        """Forget all positions and counts."""
        self._known.clear()
        self.hits = self.misses = 0

    def evaluate(self, planes: NDArray[np.float32]) -> Evaluation:
        """Evaluate `planes [L, C, N, N]`; what is new goes to the network in one call."""
        keys = _keys(planes)
        places: dict[bytes, int] = {}
        for i, key in enumerate(keys):
            if key not in self._known:
                places.setdefault(key, i)
        self.misses += len(places)
        self.hits += len(keys) - len(places)
        if len(places) == len(keys):
            answer = self.inner.evaluate(planes)
            self._remember(keys, answer)
            return answer
        found = {key: self._known[key] for key in keys if key not in places}
        for key in found:
            self._known.move_to_end(key)
        if places:
            answer = self.inner.evaluate(planes[list(places.values())])
            found |= zip(places, self._remember(list(places), answer), strict=True)
        return _unpacked(np.stack([found[key] for key in keys]), planes.shape[2] ** 2)

    def _remember(self, keys: Sequence[bytes], answer: Evaluation) -> list[NDArray[np.float32]]:
        """Keep the answers about distinct new positions; a packed row for each."""
        rows = [row.copy() for row in _packed(answer)]
        self._known.update(zip(keys, rows, strict=True))
        while len(self._known) > self._positions:
            self._known.popitem(last=False)
        return rows


def _keys(planes: NDArray[np.float32]) -> list[bytes]:
    rows = np.ascontiguousarray(planes.transpose(0, 2, 3, 1))  # no copy of channels-last memory
    return [hashlib.blake2b(row, digest_size=_KEY_BYTES).digest() for row in rows]


def _packed(answer: Evaluation) -> NDArray[np.float32]:
    """`float32 [L, 2 N*N + 3]`: value, score, ownership, logits."""
    parts = (answer.value[:, None], answer.score[:, None], answer.ownership, answer.prior_logits)
    return np.concatenate(parts, axis=1, dtype=np.float32)


def _unpacked(rows: NDArray[np.float32], points: int) -> Evaluation:
    # Copies, as kernels are compiled for contiguous arrays.
    return Evaluation(
        prior_logits=rows[:, points + 2 :].copy(),
        value=rows[:, 0].copy(),
        score=rows[:, 1].copy(),
        ownership=rows[:, 2 : points + 2].copy(),
    )
