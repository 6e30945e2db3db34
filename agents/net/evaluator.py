"""Running the network: planes in, evaluations out, many positions in one call."""

from __future__ import annotations

import copy
import time
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from agents.base import AgentError, Evaluation
from agents.net.network import SCORE_SCALE, PolicyValueNet
from agents.net.planes import NUM_PLANES

__all__ = ["TorchEvaluator", "as_batch", "empty_planes", "fastest_dtype"]


class TorchEvaluator:
    """An Evaluator on a torch device: a folded, frozen copy of a network, channels last.

    Args:
        net: the network; later changes to it are not seen (make a new evaluator).
        device: torch device name.
        dtype: arithmetic of the network; None takes what `fastest_dtype` measures. Answers come
            back as float32 whatever it is.
    """

    def __init__(
        self, net: PolicyValueNet, device: str = "cpu", dtype: torch.dtype | None = None
    ) -> None:
        self.device = torch.device(device)
        self.dtype = dtype or fastest_dtype(device)
        folded = copy.deepcopy(net).cpu().float()
        folded.fold()
        self.net = folded.to(self.device, self.dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.net.requires_grad_(False)

    def evaluate(self, planes: NDArray[np.float32]) -> Evaluation:
        """Evaluate `planes [L, C, N, N]` (any strides; a view of channels-last memory is best).

        Raises:
            AgentError: if the network answers with anything that is not finite.
        """
        with torch.inference_mode():
            batch = torch.from_numpy(planes).to(self.device, self.dtype)
            out = self.net(batch.contiguous(memory_format=torch.channels_last))
            loss_draw_win = torch.softmax(out.result.float(), dim=1)
            value = loss_draw_win[:, 2] + 0.5 * loss_draw_win[:, 1]
            answer = Evaluation(
                prior_logits=out.policy.float().cpu().numpy(),
                value=value.cpu().numpy(),
                score=(out.score.float() * SCORE_SCALE).cpu().numpy(),
                ownership=torch.tanh(out.ownership.float()).cpu().numpy(),
            )
        if not all(np.isfinite(part).all() for part in answer):
            raise AgentError("the network answered with numbers that are not finite")
        return answer


@cache
def fastest_dtype(device: str) -> torch.dtype:
    """bfloat16 where it measures faster than float32 on this machine, else float32."""
    if device.startswith("cuda"):
        return torch.bfloat16
    weight = torch.randn(64, 64, 3, 3)
    x = torch.randn(32, 64, 9, 9).contiguous(memory_format=torch.channels_last)
    seconds = {}
    with torch.inference_mode():
        for dtype in (torch.float32, torch.bfloat16):
            a = x.to(dtype)
            w = weight.to(dtype, memory_format=torch.channels_last)
            torch.conv2d(a, w, padding=1)
            rounds = []
            for _ in range(5):
                start = time.perf_counter()
                torch.conv2d(a, w, padding=1)
                rounds.append(time.perf_counter() - start)
            seconds[dtype] = min(rounds)
    faster = seconds[torch.bfloat16] < 0.8 * seconds[torch.float32]
    return torch.bfloat16 if faster else torch.float32


def empty_planes(count: int, size: int) -> NDArray[np.float32]:
    """Memory for `count` positions' planes: `float32 [count, N*N, C]`, channels last."""
    return np.zeros((count, size * size, NUM_PLANES), np.float32)


def as_batch(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """`[L, N*N, C]` memory seen as the `[L, C, N, N]` batch that evaluators take; no copy."""
    count, points, channels = planes.shape
    size = round(points**0.5)
    return planes.reshape(count, size, size, channels).transpose(0, 3, 1, 2)
