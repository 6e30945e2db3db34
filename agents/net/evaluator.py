"""Running the network on torch: planes in, evaluations out, many positions in one call."""

from __future__ import annotations

import copy
import time
from functools import cache
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from agents.base import AgentError, Evaluation
from agents.net.network import SCORE_SCALE, PolicyValueNet
from agents.net.planes import NUM_PLANES
from agents.net.staging import Staging, padded_size

__all__ = ["TorchEvaluator", "as_batch", "checked", "empty_planes", "fastest_dtype"]

_CLEARLY: Final = 0.8
"""The other arithmetic must take less than this share of the time, or noise would decide."""


class TorchEvaluator:
    """An Evaluator on a torch device: a folded, frozen copy of a network, channels last.

    On a GPU a call is one copy there, one CUDA graph (made once for each padded batch size), one
    copy back and one wait. Different evaluators may be called from different threads.

    Args:
        net: the network; later changes to it are not seen (make a new evaluator).
        device: torch device name.
        dtype: arithmetic of the network; None takes what `fastest_dtype` measures. Answers come
            back as float32 whatever it is.
        graphs: whether a GPU replays CUDA graphs instead of starting every operation by itself.
    """

    def __init__(
        self,
        net: PolicyValueNet,
        device: str = "cpu",
        dtype: torch.dtype | None = None,
        graphs: bool = True,
    ) -> None:
        self.device = torch.device(device)
        self.dtype = dtype or fastest_dtype(device)
        folded = copy.deepcopy(net).cpu().float()
        folded.fold()
        self.net = folded.to(self.device, self.dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.net.requires_grad_(False)
        self._graphs = graphs
        self._staging: dict[tuple[int, int], Staging] = {}

    @property
    def name(self) -> str:
        """What computes, and in which arithmetic: `torch-float32`, `torch-cuda-bfloat16`, ..."""
        place = "" if self.device.type == "cpu" else f"{self.device.type}-"
        return f"torch-{place}{str(self.dtype).removeprefix('torch.')}"

    def evaluate(self, planes: NDArray[np.float32]) -> Evaluation:
        """Evaluate `planes [L, C, N, N]` (any strides; a view of channels-last memory is best).

        Raises:
            AgentError: if the network answers with anything that is not finite.
        """
        with torch.inference_mode():
            if self.device.type == "cpu":
                answers = self.forward(torch.from_numpy(planes)).numpy()
            else:
                answers = self._staged(planes)
        return checked(_split(answers, planes.shape[2] ** 2))

    def forward(self, planes: Tensor) -> Tensor:
        """`planes [L, C, N, N]` on any device to all answers on this one, side by side:
        `float32 [L, 2*N*N + 3]` of prior logits, value, score and ownership."""
        batch = planes.to(self.device, self.dtype)
        out = self.net(batch.contiguous(memory_format=torch.channels_last))
        loss_draw_win = torch.softmax(out.result.float(), dim=1)
        value = loss_draw_win[:, 2] + 0.5 * loss_draw_win[:, 1]
        score = out.score.float() * SCORE_SCALE
        ownership = torch.tanh(out.ownership.float())
        return torch.cat([out.policy.float(), value[:, None], score[:, None], ownership], dim=1)

    def _staged(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        count, size = len(planes), planes.shape[2]
        key = padded_size(count), size
        if key not in self._staging:
            self._staging[key] = Staging(self.forward, *key, self.device, self._graphs)
        return self._staging[key].run(planes)


def _split(answers: NDArray[np.float32], points: int) -> Evaluation:
    """The columns of `forward`, copied: the memory below may be written again by the next call."""
    return Evaluation(
        prior_logits=answers[:, : points + 1].copy(),
        value=answers[:, points + 1].copy(),
        score=answers[:, points + 2].copy(),
        ownership=answers[:, points + 3 :].copy(),
    )


def checked(answer: Evaluation) -> Evaluation:
    """`answer` itself.

    Raises:
        AgentError: if anything in it is not finite.
    """
    if not all(np.isfinite(part).all() for part in answer):
        raise AgentError("the network answered with numbers that are not finite")
    return answer


@cache
def fastest_dtype(device: str) -> torch.dtype:
    """bfloat16 where it measures clearly faster than float32 on this machine, else float32."""
    if device.startswith("cuda"):
        return torch.bfloat16
    weight = torch.ones(64, 64, 3, 3)
    x = torch.ones(32, 64, 9, 9).contiguous(memory_format=torch.channels_last)
    seconds: dict[torch.dtype, list[float]] = {torch.float32: [], torch.bfloat16: []}
    with torch.inference_mode():
        for _ in range(6):  # in turn, so that another program slows both; the first warms up
            for dtype, taken in seconds.items():
                a, w = x.to(dtype), weight.to(dtype, memory_format=torch.channels_last)
                start = time.perf_counter()
                torch.conv2d(a, w, padding=1)
                taken.append(time.perf_counter() - start)
    faster = min(seconds[torch.bfloat16]) < _CLEARLY * min(seconds[torch.float32])
    return torch.bfloat16 if faster else torch.float32


def empty_planes(count: int, size: int) -> NDArray[np.float32]:
    """Memory for `count` positions' planes: `float32 [count, N*N, C]`, channels last."""
    return np.zeros((count, size * size, NUM_PLANES), np.float32)


def as_batch(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """`[L, N*N, C]` memory seen as the `[L, C, N, N]` batch that evaluators take; no copy."""
    count, points, channels = planes.shape
    size = round(points**0.5)
    return planes.reshape(count, size, size, channels).transpose(0, 3, 1, 2)
