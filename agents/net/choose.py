"""Which evaluator runs a network: the fastest that this machine has."""

from __future__ import annotations

import importlib.util
import time
from functools import cache
from typing import Final

import numpy as np
import torch

from agents.base import AgentError, Evaluator
from agents.net.evaluator import TorchEvaluator, as_batch, empty_planes
from agents.net.network import NetConfig, PolicyValueNet
from agents.net.quantize import Bounds

__all__ = ["BACKENDS", "fastest_backend", "has_openvino", "make_evaluator"]

BACKENDS: Final = ("auto", "torch", "openvino")

_PROBE: Final = NetConfig(blocks=2, channels=64, pool_every=2)
_ROUNDS: Final = 4
_CLEARLY: Final = 0.8


def has_openvino() -> bool:
    """Whether the optional package is installed."""
    return importlib.util.find_spec("openvino") is not None


def fastest_backend(device: str = "cpu") -> str:
    """`"torch"` or `"openvino"`, whichever `"auto"` means here; measured once in a process.

    OpenVINO is for the CPU alone, and there it is taken wherever it is installed and torch is not
    clearly faster: a close race would be decided by what else the machine does, and workers that
    choose differently would play different games under one seed.
    """
    if device != "cpu" or not has_openvino():
        return "torch"
    return _measured(torch.get_num_threads())


@cache
def _measured(threads: int) -> str:
    """The winner on a small network that has every kind of layer; a quarter of a second."""
    with torch.random.fork_rng(devices=[]):  # the caller's random numbers are not ours to draw
        net = PolicyValueNet(_PROBE).eval()
    evaluators = {"torch": TorchEvaluator(net), "openvino": _openvino(net, None, threads)}
    planes = as_batch(empty_planes(16, 9) + np.float32(0.5))
    best = dict.fromkeys(evaluators, np.inf)
    for _ in range(_ROUNDS):  # in turn, so that another program slows both; the first prepares
        for name, evaluator in evaluators.items():
            start = time.perf_counter()
            evaluator.evaluate(planes)
            best[name] = min(best[name], time.perf_counter() - start)
    return "torch" if best["torch"] < _CLEARLY * best["openvino"] else "openvino"


def _openvino(net: PolicyValueNet, bounds: Bounds | None, threads: int | None = None) -> Evaluator:
    from agents.net.openvino import OpenVinoEvaluator

    return OpenVinoEvaluator(net, bounds, threads)


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
        backend: one of BACKENDS; `"auto"` takes the `fastest_backend`, and OpenVINO wherever it can
            use `bounds`: eight bits win by far.
        bounds: allows eight-bit arithmetic, which OpenVINO alone has; others do without. They come
            from `activation_bounds`, and whoever passes them has measured that the player is no
            weaker for it.

    Raises:
        AgentError: if OpenVINO is asked for and not there, or for another device than the CPU.
    """
    if backend not in BACKENDS:
        raise AgentError(f"evaluator must be one of {', '.join(BACKENDS)}, not {backend!r}")
    if backend == "auto":
        eight_bit = bounds is not None and device == "cpu" and has_openvino()
        backend = "openvino" if eight_bit else fastest_backend(device)
    if backend == "torch":
        return TorchEvaluator(net, device)
    if device != "cpu":
        raise AgentError(f"OpenVINO runs networks on the CPU, not on {device}; choose torch")
    if not has_openvino():
        raise AgentError("OpenVINO is not installed: pip install openvino, or choose torch")
    return _openvino(net, bounds)
