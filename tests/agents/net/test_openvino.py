"""Networks on OpenVINO: the same answers as torch, and nearly the same in eight bits."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from agents.base import AgentError, Evaluation, Evaluator
from agents.net import (
    NetConfig,
    PolicyValueNet,
    TorchEvaluator,
    activation_bounds,
    choose,
    has_openvino,
    load_net,
    make_evaluator,
    shipped_weights,
)
from tests.agents.net.positions import planes_of_random_games

needs_openvino = pytest.mark.skipif(not has_openvino(), reason="OpenVINO is not installed")

TINY = NetConfig(blocks=3, channels=8, pool_every=2, head_channels=4, value_hidden=8)
NO_POOL = NetConfig(blocks=1, channels=4, pool_every=0, head_channels=3, value_hidden=5)


def net_of(config: NetConfig, seed: int = 0) -> PolicyValueNet:
    """A network whose batch norms have seen something, so that folding them matters."""
    torch.manual_seed(seed)
    net = PolicyValueNet(config)
    with torch.no_grad():
        for _ in range(3):
            net(torch.rand(8, 13, 5, 5))
    return net.eval()


def openvino(net: PolicyValueNet, bounds: dict[str, float] | None = None) -> Evaluator:
    return make_evaluator(net, backend="openvino", bounds=bounds)


def shares(logits: NDArray[np.float32], planes: NDArray[np.float32]) -> NDArray[np.float64]:
    """The policy over legal moves."""
    legal = planes[:, 1].reshape(len(planes), -1) > 0
    masked = np.where(np.append(legal, np.ones((len(planes), 1), bool), 1), logits, -np.inf)
    weights = np.exp((masked - masked.max(1, keepdims=True)).astype(np.float64))
    return np.asarray(weights / weights.sum(1, keepdims=True))


def assert_equal(a: Evaluation, b: Evaluation, tolerance: float) -> None:
    for name, left, right in zip(a._fields, a, b, strict=True):
        np.testing.assert_allclose(left, right, atol=tolerance, rtol=tolerance, err_msg=name)


@needs_openvino
@pytest.mark.parametrize("size", [2, 5, 9, 19])
@pytest.mark.parametrize("config", [TINY, NO_POOL])
def test_the_same_answers_as_torch(config: NetConfig, size: int) -> None:
    net = net_of(config)
    planes = planes_of_random_games(size, 40, seed=size)
    expected = TorchEvaluator(net, dtype=torch.float32).evaluate(planes)
    found = openvino(net).evaluate(planes)
    if getattr(openvino(net), "precision", "") == "bf16":
        pytest.skip("this processor computes in bfloat16 here")
    assert_equal(found, expected, 1e-4)
    for part, other in zip(found, expected, strict=True):
        assert part.shape == other.shape
        assert part.dtype == np.float32


@needs_openvino
@pytest.mark.parametrize("name", sorted(shipped_weights()))
def test_shipped_networks_in_floating_point_and_in_eight_bits(name: str) -> None:
    net = load_net(shipped_weights()[name])
    size = int(name.split("x")[0])
    planes = planes_of_random_games(size, 300, seed=1)
    expected = TorchEvaluator(net, dtype=torch.float32).evaluate(planes)
    exact = openvino(net).evaluate(planes)
    rounded = openvino(net, activation_bounds(net, planes_of_random_games(size, 256, 2)))
    near = rounded.evaluate(planes)
    for answer, policy, value, score in ((exact, 0.01, 0.01, 0.1), (near, 0.05, 0.02, 0.5)):
        difference = shares(answer.prior_logits, planes) - shares(expected.prior_logits, planes)
        assert np.abs(difference).sum(1).mean() / 2 < policy
        assert np.abs(answer.value - expected.value).mean() < value
        assert np.abs(answer.score - expected.score).mean() < score
    assert not np.array_equal(near.prior_logits, exact.prior_logits), "eight bits were not used"


@needs_openvino
@pytest.mark.parametrize("eight_bit", [False, True])
def test_answers_do_not_depend_on_the_batch(eight_bit: bool) -> None:
    net = net_of(TINY)
    planes = planes_of_random_games(5, 70, seed=3)
    evaluator = openvino(net, activation_bounds(net, planes) if eight_bit else None)
    whole = evaluator.evaluate(planes)
    for count in (1, 2, 3, 7, 11, 16, 17, 69):
        part = evaluator.evaluate(planes[:count])
        assert_equal(part, Evaluation(*(x[:count] for x in whole)), 1e-6)


@needs_openvino
def test_answers_are_copies_and_the_network_is_frozen() -> None:
    net = net_of(TINY)
    planes = planes_of_random_games(5, 20, seed=4)
    evaluator = openvino(net)
    first = evaluator.evaluate(planes)
    kept = copy.deepcopy(first)
    with torch.no_grad():
        net.stem.conv.weight.zero_()
    evaluator.evaluate(planes[::-1].copy())
    assert_equal(first, kept, 0.0)
    assert_equal(evaluator.evaluate(planes), kept, 0.0)


@needs_openvino
def test_numbers_that_are_not_finite_are_never_handed_on() -> None:
    net = net_of(TINY)
    with torch.no_grad():
        net.score_out.bias.fill_(float("nan"))
    with pytest.raises(AgentError, match="not finite"):
        openvino(net).evaluate(planes_of_random_games(5, 3, seed=0))


# ---------------------------------------------------------------- bounds


def test_bounds_are_what_goes_into_the_convolutions() -> None:
    net = net_of(TINY)
    planes = planes_of_random_games(5, 64, seed=5)
    bounds = activation_bounds(net, planes)
    assert set(bounds) == {"block0", "inner0", "block1", "inner1", "block2", "inner2", "trunk"}
    seen: list[torch.Tensor] = []
    net.policy_map.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.inference_mode():
        net(torch.from_numpy(planes))
    largest = float(seen[0].max())
    assert 0.3 * largest < bounds["trunk"] <= largest * 1.0001
    assert net.training is False, "the network itself is not touched"
    assert net.stem.norm.__class__.__name__ == "BatchNorm2d"


def test_bounds_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="no positions"):
        activation_bounds(net_of(TINY), np.zeros((0, 13, 5, 5), np.float32))
    broken = net_of(TINY)
    with torch.no_grad():
        broken.stem.conv.weight.fill_(float("inf"))
    with pytest.raises(ValueError, match="not finite"):
        activation_bounds(broken, planes_of_random_games(5, 4, seed=0))


# ---------------------------------------------------------------- choosing


def test_what_cannot_be_had_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    net = net_of(NO_POOL)
    with pytest.raises(AgentError, match="must be one of auto, torch, openvino, not 'onnx'"):
        make_evaluator(net, backend="onnx")
    with pytest.raises(AgentError, match="on the CPU, not on cuda"):
        make_evaluator(net, "cuda", "openvino")
    monkeypatch.setattr(choose, "has_openvino", lambda: False)
    with pytest.raises(AgentError, match="OpenVINO is not installed"):
        make_evaluator(net, backend="openvino")
    assert isinstance(make_evaluator(net), TorchEvaluator)
    assert isinstance(make_evaluator(net, backend="torch"), TorchEvaluator)


@needs_openvino
def test_the_cpu_takes_openvino_by_itself(tmp_path: Path) -> None:
    evaluator = make_evaluator(net_of(NO_POOL))
    assert type(evaluator).__name__ == "OpenVinoEvaluator"
