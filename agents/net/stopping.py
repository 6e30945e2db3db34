"""Calling a search off: its network refuses to answer any more."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from agents.base import Evaluation, Evaluator, Stopped

__all__ = ["StoppableEvaluator"]


class StoppableEvaluator:
    """An Evaluator that raises `Stopped` while it is told to stop.

    Attributes:
        inner: what runs the network.
        stop: set, by whichever thread, to call off what is being searched.
    """

    def __init__(self, inner: Evaluator, stop: threading.Event) -> None:
        self.inner = inner
        self.stop = stop

    def evaluate(self, planes: NDArray[np.float32]) -> Evaluation:
        """See `Evaluator.evaluate`.

        Raises:
            Stopped: if `stop` is set.
        """
        if self.stop.is_set():
            raise Stopped
        return self.inner.evaluate(planes)
