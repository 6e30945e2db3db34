"""Which evaluator runs a network: the fastest that this machine has."""

from __future__ import annotations

import importlib.util
from typing import Final

from agents.base import AgentError, Evaluator
from agents.net.evaluator import TorchEvaluator
from agents.net.network import PolicyValueNet
from agents.net.quantize import Bounds

__all__ = ["BACKENDS", "has_openvino", "make_evaluator"]

BACKENDS: Final = ("auto", "torch", "openvino")


def has_openvino() -> bool:
    """Whether the optional package is installed."""
    return importlib.util.find_spec("openvino") is not None


def make_evaluator(
    net: PolicyValueNet,
    device: str = "cpu",
    backend: str = "auto",
    bounds: Bounds | None = None,
) -> Evaluator:
    """What runs `net` on `device`.

    Args:
        net: the network; later changes to it are not seen.
        device: torch device name; OpenVINO is for `"cpu"` alone.
        backend: one of BACKENDS; `"auto"` takes OpenVINO on a CPU where it is installed (where it
            was measured it was as fast as torch or faster; see the log, 2026-11-23), else torch.
        bounds: allows eight-bit arithmetic, which OpenVINO alone has; others do without.

    Raises:
        AgentError: if OpenVINO is asked for and not there, or for another device than the CPU.
    """
    if backend not in BACKENDS:
        raise AgentError(f"evaluator must be one of {', '.join(BACKENDS)}, not {backend!r}")
    if backend == "torch" or (backend == "auto" and (device != "cpu" or not has_openvino())):
        return TorchEvaluator(net, device)
    if device != "cpu":
        raise AgentError(f"OpenVINO runs networks on the CPU, not on {device}; choose torch")
    if not has_openvino():
        raise AgentError("OpenVINO is not installed: pip install openvino, or choose torch")
    from agents.net.openvino import OpenVinoEvaluator

    return OpenVinoEvaluator(net, bounds)
