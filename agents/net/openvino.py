"""The network on OpenVINO: faster on CPUs than torch, in floating point or in eight bits.

`build_graph` says the layers of `network.py` once more in OpenVINO's words. Where bounds of the
activations are given, the convolutions of the trunk and of the heads take 8-bit inputs and weights
(OpenVINO makes integer arithmetic of the marks that we set); the stem stays in floating point,
because komi would lose a third of a point, and so do the small layers behind the pooling.
"""

from __future__ import annotations

import copy
from typing import Any, Final

import numpy as np
import openvino as ov
import openvino.opset13 as ops
import torch
from numpy.typing import NDArray
from torch import nn

from agents.base import Evaluation
from agents.net.evaluator import checked
from agents.net.network import SCORE_SCALE, PolicyValueNet
from agents.net.planes import NUM_PLANES
from agents.net.quantize import Bounds

__all__ = ["OpenVinoEvaluator", "build_graph"]

_STEPS: Final = 256  # of an 8-bit activation
_WEIGHT_STEPS: Final = 255  # of an 8-bit weight, symmetric about 0
_PAD: Final = 16  # batches are filled up to a multiple of it, or to a power of 2 below it, because
# each new size costs OpenVINO a preparation
_SMALLEST: Final = 1e-6


class OpenVinoEvaluator:
    """An Evaluator on the CPU: a frozen copy of a network, any board size.

    Args:
        net: the network; later changes to it are not seen (make a new evaluator).
        bounds: of the activations (`activation_bounds`): eight-bit arithmetic; None is floating
            point, bfloat16 where the processor has it.
        threads: of one call; None takes torch's number.
    """

    def __init__(
        self, net: PolicyValueNet, bounds: Bounds | None = None, threads: int | None = None
    ) -> None:
        self._net = copy.deepcopy(net).cpu().float()
        self._net.fold()
        self._bounds = bounds
        self._core = ov.Core()
        able = self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self.precision = "int8" if bounds is not None else "bf16" if "BF16" in able else "f32"
        self._settings = {
            "INFERENCE_NUM_THREADS": threads or torch.get_num_threads(),
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if self.precision == "bf16" else "f32",
        }
        self._requests: dict[int, Any] = {}
        self._memory: dict[tuple[int, int], NDArray[np.float32]] = {}

    @property
    def name(self) -> str:
        """What computes, and in which arithmetic: `openvino-bf16`, `openvino-int8`, ..."""
        return f"openvino-{self.precision}"

    def evaluate(self, planes: NDArray[np.float32]) -> Evaluation:
        """Evaluate `planes [L, C, N, N]` (any strides; a view of channels-last memory is best).

        Raises:
            AgentError: if the network answers with anything that is not finite.
        """
        count, size = planes.shape[0], planes.shape[2]
        request = self.request(size)
        request.infer({0: self._filled(planes)}, share_inputs=True)
        policy, result, score, ownership = (
            request.get_output_tensor(i).data[:count] for i in range(4)
        )
        # The request's memory is written again by the next call.
        return checked(
            Evaluation(
                prior_logits=policy.copy(),
                value=result[:, 2] + 0.5 * result[:, 1],
                score=score[:, 0] * np.float32(SCORE_SCALE),
                ownership=ownership.copy(),
            )
        )

    def _filled(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """`planes [L, C, N, N]` as channels-last memory of a padded size; the same memory if it is
        so already. In the filling stand earlier positions or zeros: nobody sees their answers."""
        count, _, size, _ = planes.shape
        rows = -(-count // _PAD) * _PAD if count > _PAD // 2 else 1 << (count - 1).bit_length()
        batch = planes.transpose(0, 2, 3, 1)
        if rows == count:
            return np.ascontiguousarray(batch)
        if (rows, size) not in self._memory:
            self._memory[rows, size] = np.zeros((rows, *batch.shape[1:]), np.float32)
        filled = self._memory[rows, size]
        filled[:count] = batch
        return filled

    def request(self, size: int) -> Any:
        """The network compiled for a board size, as an OpenVINO inference request."""
        if size not in self._requests:
            graph = build_graph(self._net, size, self._bounds)
            compiled = self._core.compile_model(graph, "CPU", self._settings)
            self._requests[size] = compiled.create_infer_request()
        return self._requests[size]


def build_graph(net: PolicyValueNet, size: int, bounds: Bounds | None = None) -> ov.Model:
    """The graph of a folded network for boards of `size`.

    Its input is `float32 [L, N, N, C]`, channels last; its outputs are the policy's logits
    `[L, N*N + 1]`, the chances of loss, draw and win `[L, 3]`, the score `[L, 1]` in units of
    SCORE_SCALE points and the ownership `[L, N*N]` in [-1, 1].
    """
    layers = _Layers(size, bounds)
    planes = ops.parameter([-1, size, size, NUM_PLANES], np.float32, name="planes")
    x = ops.transpose(planes, np.array([0, 3, 1, 2]))
    x = ops.relu(layers.convolution(x, net.stem.conv, eight_bit=False))
    for i, block in enumerate(net.blocks):
        x = layers.block(x, block, i)
    x = layers.rounded(x, "trunk")
    watched = layers.pooled(ops.relu(layers.convolution(x, net.policy_watch.conv)))
    bias = layers.everywhere(layers.linear(watched, net.policy_bias))
    moves = ops.relu(ops.add(layers.convolution(x, net.policy_map.conv), bias))
    moves = layers.flat(layers.first(layers.convolution(moves, net.policy_out, eight_bit=False)))
    passing = ops.slice(layers.linear(watched, net.pass_out), [0], [1], [1], [1])
    seen = ops.relu(layers.convolution(x, net.value_map.conv))
    hidden = ops.relu(layers.linear(layers.pooled(seen), net.value_hidden))
    outputs = [
        ops.concat([moves, passing], 1),
        ops.softmax(layers.linear(hidden, net.result_out), 1),
        layers.linear(hidden, net.score_out),
        ops.tanh(layers.flat(layers.convolution(seen, net.ownership_out, eight_bit=False))),
    ]
    return ov.Model(outputs, [planes], "untold")


class _Layers:
    """The layers of `network.py` as nodes of a graph."""

    def __init__(self, size: int, bounds: Bounds | None) -> None:
        self._size = size
        self._bounds = bounds

    def block(self, x: Any, block: Any, number: int) -> Any:
        """A residual block."""
        x = self.rounded(x, f"block{number}")
        y = self.convolution(x, block.first.conv)
        if block.watch is not None:
            seen = self.pooled(ops.relu(self.convolution(x, block.watch.conv)))
            y = ops.add(y, self.everywhere(self.linear(seen, block.bias)))
        y = self.rounded(ops.relu(y), f"inner{number}")
        return ops.relu(ops.add(x, self.convolution(y, block.second.conv)))

    def rounded(self, x: Any, name: str) -> Any:
        """`x` in 8-bit steps from 0 to its bound, if bounds are given."""
        if self._bounds is None:
            return x
        low, high = _constant(0.0), _constant(max(self._bounds[name], _SMALLEST))
        return ops.fake_quantize(x, low, high, low, high, _STEPS)

    def convolution(self, x: Any, module: nn.Conv2d, eight_bit: bool = True) -> Any:
        """A convolution that keeps the board's size, and its bias."""
        weights = module.weight.detach().numpy()
        node = _constant(weights)
        if eight_bit and self._bounds is not None:
            largest = np.abs(weights).max(axis=(1, 2, 3), keepdims=True)
            high = _constant(np.maximum(largest, _SMALLEST))
            low = _constant(-np.maximum(largest, _SMALLEST))
            node = ops.fake_quantize(node, low, high, low, high, _WEIGHT_STEPS)
        edge = [weights.shape[2] // 2] * 2
        y = ops.convolution(x, node, [1, 1], edge, edge, [1, 1])
        assert module.bias is not None  # of a folded network
        return ops.add(y, _constant(module.bias.detach().numpy().reshape(1, -1, 1, 1)))

    def linear(self, x: Any, module: nn.Linear) -> Any:
        y = ops.matmul(x, _constant(module.weight.detach().numpy()), False, True)
        return ops.add(y, _constant(module.bias.detach().numpy()[None]))

    def pooled(self, x: Any) -> Any:
        """See `network._pool`."""
        axes = np.array([2, 3])
        mean, most = ops.reduce_mean(x, axes, False), ops.reduce_max(x, axes, False)
        return ops.concat([mean, ops.multiply(mean, _constant((self._size - 9) / 5)), most], 1)

    def everywhere(self, x: Any) -> Any:
        """`[L, C]` as `[L, C, 1, 1]`."""
        return ops.unsqueeze(x, np.array([2, 3]))

    def first(self, x: Any) -> Any:
        """The first channel of `[L, C, N, N]`."""
        return ops.slice(x, [0], [1], [1], [1])

    def flat(self, x: Any) -> Any:
        """`[L, 1, N, N]` as `[L, N*N]`."""
        return ops.reshape(x, np.array([0, self._size**2]), True)


def _constant(values: Any) -> Any:
    return ops.constant(np.ascontiguousarray(values, np.float32))
