"""What eight-bit arithmetic needs to know of a network: how large its activations get.

Static quantisation: every convolution of the trunk takes its input in 256 steps between 0 and a
bound. The bounds are measured on positions from the network's own games, anew for each version of
its weights, and cut off the rarest extremes (percentile calibration: Wu et al. 2020, "Integer
quantization for deep learning inference", section 3.2).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from agents.net.network import NetConfig, PolicyValueNet

__all__ = ["CALIBRATION_POSITIONS", "Bounds", "activation_bounds", "bound_names"]

Bounds = Mapping[str, float]
"""The bound of each quantised activation, by name: `block0`, `inner0`, ..., `trunk`."""

CALIBRATION_POSITIONS: Final = 256
"""Positions that bounds are measured on; more change them little."""

_PERCENTILE: Final = 99.99


def bound_names(config: NetConfig) -> list[str]:
    """The names of what `activation_bounds` measures in such a network."""
    return [f"{part}{i}" for i in range(config.blocks) for part in ("block", "inner")] + ["trunk"]


def activation_bounds(net: PolicyValueNet, planes: NDArray[np.float32]) -> dict[str, float]:
    """The bounds of `net`'s activations on `planes [L, C, N, N]`.

    `block<i>` and `inner<i>` go into the first and second convolution of residual block i, `trunk`
    into the heads. All of them come out of a ReLU, so they begin at 0.

    Raises:
        ValueError: if `planes` are none, or the network is not finite on them.
    """
    if len(planes) == 0:
        raise ValueError("no positions to measure activations on")
    folded = copy.deepcopy(net).cpu().float()
    folded.fold()
    bounds: dict[str, float] = {}

    def watch(module: nn.Module, name: str) -> None:
        def note(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            bounds[name] = float(np.percentile(inputs[0].numpy(), _PERCENTILE))

        module.register_forward_pre_hook(note)

    for i, block in enumerate(folded.blocks):
        watch(block.first, f"block{i}")  # type: ignore[arg-type]
        watch(block.second, f"inner{i}")  # type: ignore[arg-type]
    watch(folded.policy_map, "trunk")
    with torch.inference_mode():
        folded(torch.from_numpy(np.ascontiguousarray(planes)))
    if not all(np.isfinite(bound) for bound in bounds.values()):
        raise ValueError("the network's activations are not finite")
    return bounds
