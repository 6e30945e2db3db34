"""The untold network: what it sees, how it is built, how it is run and kept."""

from agents.net.cache import CACHE_POSITIONS, CachedEvaluator
from agents.net.choose import BACKENDS, fastest_backend, has_openvino, make_evaluator
from agents.net.evaluator import TorchEvaluator, as_batch, empty_planes, fastest_dtype
from agents.net.network import NET_PRESETS, SCORE_SCALE, NetConfig, NetOutput, PolicyValueNet
from agents.net.planes import KOMI_SCALE, NUM_PLANES, POSITIONS, fill_planes, push_position
from agents.net.quantize import CALIBRATION_POSITIONS, Bounds, activation_bounds, bound_names
from agents.net.stopping import StoppableEvaluator
from agents.net.weights import load_bounds, load_net, read_weights, save_net, shipped_weights

__all__ = [
    "NUM_PLANES",
    "POSITIONS",
    "KOMI_SCALE",
    "fill_planes",
    "push_position",
    "NetConfig",
    "NET_PRESETS",
    "SCORE_SCALE",
    "NetOutput",
    "PolicyValueNet",
    "TorchEvaluator",
    "fastest_dtype",
    "Bounds",
    "CALIBRATION_POSITIONS",
    "activation_bounds",
    "bound_names",
    "BACKENDS",
    "fastest_backend",
    "has_openvino",
    "make_evaluator",
    "CACHE_POSITIONS",
    "CachedEvaluator",
    "StoppableEvaluator",
    "empty_planes",
    "as_batch",
    "load_net",
    "load_bounds",
    "read_weights",
    "save_net",
    "shipped_weights",
]
