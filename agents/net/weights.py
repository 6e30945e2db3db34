"""Weights on disk: one safetensors file whose header says what network it is for.

Never unpickled: a file from somebody else can be wrong, but it cannot run code.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from agents.base import AgentError
from agents.files import write_atomically
from agents.net.network import NetConfig, PolicyValueNet
from agents.net.planes import NUM_PLANES
from agents.net.quantize import Bounds, bound_names

__all__ = ["FORMAT", "load_bounds", "load_net", "read_weights", "save_net", "shipped_weights"]

FORMAT: Final = "untold-net-1"
_SHIPPED: Final = Path(__file__).resolve().parent.parent / "weights" / "zero"


def shipped_weights() -> dict[str, Path]:
    """Name to file of the networks that come with the package."""
    return {path.stem: path for path in sorted(_SHIPPED.glob("*.safetensors"))}


def save_net(
    net: PolicyValueNet,
    path: Path,
    *,
    half: bool = False,
    bounds: Bounds | None = None,
    **facts: Any,
) -> None:
    """Write a network; `half` stores floating-point weights as fp16. `facts` go to the header, and
    so do the `bounds` of its activations, where it may be run in eight bits.

    The file appears whole or not at all.
    """
    tensors = {
        name: (value.half() if half and value.is_floating_point() else value).contiguous()
        for name, value in net.state_dict().items()
    }
    header = {
        "format": FORMAT,
        "planes": str(NUM_PLANES),
        "net": json.dumps(dataclasses.asdict(net.config)),
        "facts": json.dumps(facts),
    }
    if bounds is not None:
        header["bounds"] = json.dumps(dict(bounds))
    write_atomically(path, save(tensors, header))


def read_weights(path: Path) -> tuple[NetConfig, dict[str, Tensor], dict[str, Any]]:
    """Sizes, tensors (as stored) and facts of a file that `save_net` wrote.

    Raises:
        AgentError: if it is missing, truncated, of another format, or does not fit together.
    """
    try:
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            if header.get("format") != FORMAT:
                raise AgentError(f"{path} is not a network of this program (no {FORMAT} header)")
            if header.get("planes") != str(NUM_PLANES):
                raise AgentError(f"{path} is for other input planes ({header.get('planes')})")
            config = NetConfig(**json.loads(header["net"]))
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            found = {n: (s.get_dtype(), tuple(s.get_shape())) for n, s in slices.items()}
            _check_tensors(path, config, found)
            tensors = {name: file.get_tensor(name) for name in found}
            facts = dict(json.loads(header.get("facts", "{}")))
    except FileNotFoundError:
        raise AgentError(f"no such weights file: {path}") from None
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise AgentError(f"{path} is no usable weights file: {reason}") from None
    if not all(torch.isfinite(t).all() for t in tensors.values() if t.is_floating_point()):
        raise AgentError(f"{path} holds numbers that are not finite")
    return config, tensors, facts


def _check_tensors(
    path: Path, config: NetConfig, found: dict[str, tuple[str, tuple[int, ...]]]
) -> None:
    """Compare the names, kinds and shapes in a file with those of a network of `config`."""
    with torch.device("meta"):
        expected = PolicyValueNet(config).state_dict()
    if strange := sorted(found.keys() - expected.keys()):
        raise AgentError(f"{path} does not fit its own header: it has no place for {strange[0]}")
    for name, tensor in expected.items():
        kind, shape = found.get(name, ("missing", ()))
        kinds = ("F32", "F16", "BF16") if tensor.is_floating_point() else ("I64",)
        if kind not in kinds or shape != tuple(tensor.shape):
            raise AgentError(
                f"{path} does not fit its own header: {name} is {kind} {list(shape)}, "
                f"not {kinds[0]} {list(tensor.shape)}"
            )


def load_net(path: Path) -> PolicyValueNet:
    """The network in a weights file, in float32 and in evaluation mode.

    Raises:
        AgentError: as `read_weights`.
    """
    config, tensors, _ = read_weights(path)
    net = PolicyValueNet(config)
    net.load_state_dict({n: t.float() if t.is_floating_point() else t for n, t in tensors.items()})
    return net.eval()


def load_bounds(path: Path) -> Bounds | None:
    """The bounds of the activations in a weights file that `load_net` can read; None if it has
    none: the network has not been shown to play as well in eight bits.

    Raises:
        AgentError: if they do not belong to its network.
    """
    with safe_open(str(path), framework="pt") as file:
        header = file.metadata()
    if "bounds" not in header:
        return None
    wanted = bound_names(NetConfig(**json.loads(header["net"])))
    try:
        bounds = {str(name): float(bound) for name, bound in json.loads(header["bounds"]).items()}
    except (AttributeError, TypeError, ValueError):
        bounds = {}
    if bounds.keys() != set(wanted) or not all(0.0 <= b < float("inf") for b in bounds.values()):
        raise AgentError(f"{path} holds no usable bounds of its network's activations")
    return bounds
