"""The way of a batch to a GPU and back: fixed memory, one CUDA graph, one wait.

A graph replays a fixed sequence of operations on fixed memory, so batches are filled up to one of
few sizes. Positions do not touch each other in the network; what stands in the filling does not
matter, and nobody sees its answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from agents.net.planes import NUM_PLANES

__all__ = ["Staging", "padded_size"]

_SMALLEST: Final = 16
_WARM_UPS: Final = 3


def padded_size(count: int) -> int:
    """`count` rounded up to one of four to eight sizes in each octave, so by less than a quarter;
    at least 16."""
    step = max(_SMALLEST, (1 << max(0, count - 1).bit_length()) // 8)
    return max(_SMALLEST, -(-count // step) * step)


class Staging:
    """Memory on both sides for batches of one padded size.

    Args:
        forward: `float32 [B, C, N, N]` planes on the device to `float32 [B, K]` there; no
            operation in it may wait for the device.
        rows: B, the padded size.
        size: N.
        device: where `forward` runs.
        graphs: whether to replay a CUDA graph of it.
    """

    def __init__(
        self,
        forward: Callable[[Tensor], Tensor],
        rows: int,
        size: int,
        device: torch.device,
        graphs: bool,
    ) -> None:
        on_gpu = device.type == "cuda"
        self._stream = torch.cuda.Stream(device) if on_gpu else None  # type: ignore[no-untyped-call]
        if self._stream is not None:
            self._stream.wait_stream(torch.cuda.current_stream(device))  # the weights' way there
        shape = (rows, size, size, NUM_PLANES)
        with torch.inference_mode(), torch.cuda.stream(self._stream):
            self._sent = torch.zeros(shape, pin_memory=on_gpu)
            self._there = torch.zeros(shape, device=device)
            planes = self._there.permute(0, 3, 1, 2)
            self._compute: Callable[[], Tensor] = lambda: forward(planes)
            for _ in range(_WARM_UPS):  # libraries choose their algorithms: never inside a graph
                answers = self._compute()
            self._back = torch.zeros(answers.shape, pin_memory=on_gpu)
            self._wait()
            if on_gpu and graphs:
                self._capture(answers)

    def _capture(self, answers: Tensor) -> None:
        graph = torch.cuda.CUDAGraph()
        static = torch.empty_like(answers)
        # Other threads may go on using the device meanwhile.
        with torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
            static.copy_(self._compute())

        def replay() -> Tensor:
            graph.replay()
            return static

        self._compute = replay

    def _wait(self) -> None:
        if self._stream is not None:
            self._stream.synchronize()

    def run(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """The answers `[L, K]` to `planes [L, C, N, N]`, L up to B; they last until the next call.

        Call it in inference mode.
        """
        count = len(planes)
        self._sent.numpy()[:count] = planes.transpose(0, 2, 3, 1)
        with torch.cuda.stream(self._stream):
            self._there[:count].copy_(self._sent[:count], non_blocking=True)
            self._back[:count].copy_(self._compute()[:count], non_blocking=True)
        self._wait()
        answers: NDArray[np.float32] = self._back[:count].numpy()
        return answers
