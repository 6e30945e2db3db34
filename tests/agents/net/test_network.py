"""The network and its evaluator: sizes, folding, agreement."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from agents.base import AgentError
from agents.net import (
    NET_PRESETS,
    NUM_PLANES,
    SCORE_SCALE,
    NetConfig,
    PolicyValueNet,
    TorchEvaluator,
    fastest_dtype,
)
from go_engine import Rules
from tests.agents.net.reference_planes import planes_of
from tests.agents.search.test_tree import random_game

SIZES = (2, 5, 9, 19)
SMALLEST = NetConfig(blocks=1, channels=4, pool_every=0, head_channels=1, value_hidden=1)
CONFIGS = (
    NetConfig(blocks=1, channels=4, pool_every=0, head_channels=3, value_hidden=6),
    NetConfig(blocks=3, channels=12, pool_every=2, head_channels=6, value_hidden=8),
)


def lived_in(config: NetConfig, seed: int = 0) -> PolicyValueNet:
    """A network whose norms have seen something, as if it had been trained."""
    torch.manual_seed(seed)
    net = PolicyValueNet(config)
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                assert module.running_mean is not None
                assert module.running_var is not None
                module.running_mean.uniform_(-1, 1)
                module.running_var.uniform_(0.3, 3)
                module.weight.uniform_(0.5, 2)
                module.bias.uniform_(-1, 1)
    return net.eval()


def positions(size: int, count: int = 5) -> NDArray[np.float32]:
    """`float32 [count, C, N, N]`."""
    return np.stack([planes_of(random_game(Rules(size, 6.5), 3 * i, i)) for i in range(count)])


@pytest.mark.parametrize("config", [SMALLEST, *CONFIGS])
@pytest.mark.parametrize("size", SIZES)
def test_shapes(size: int, config: NetConfig) -> None:
    net = PolicyValueNet(config).eval()
    for count in (1, 5):
        out = net(torch.from_numpy(positions(size, count)))
        assert out.policy.shape == out.reply.shape == (count, size * size + 1)
        assert out.result.shape == (count, 3)
        assert out.score.shape == (count,)
        assert out.ownership.shape == (count, size * size)
        assert all(part.isfinite().all() for part in out)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("size", SIZES)
def test_folding_changes_nothing(size: int, config: NetConfig) -> None:
    net = lived_in(config)
    folded = copy.deepcopy(net)
    folded.fold()
    folded.fold()  # a second time does nothing
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in folded.modules())
    planes = torch.from_numpy(positions(size))
    with torch.no_grad():
        for before, after in zip(net(planes), folded(planes), strict=True):
            torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-3)
            assert before.std() > 0.01  # it does say different things


def test_every_weight_matters() -> None:
    """No part of the network is cut off: each parameter gets a gradient from some output."""
    net = lived_in(CONFIGS[1]).train()
    out = net(torch.from_numpy(positions(5)))
    sum(part.square().sum() for part in out).backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_each_point_s_answer_stands_in_its_place() -> None:
    """A stone moved by one column moves what the (convolutional) map says about it."""
    net = lived_in(CONFIGS[0])
    planes = torch.zeros(2, NUM_PLANES, 19, 19)
    planes[:, 0] = 1
    planes[0, 2, 9, 7] = planes[1, 2, 9, 8] = 1
    with torch.no_grad():
        out = net(planes)
    maps = out.ownership.reshape(2, 19, 19)
    torch.testing.assert_close(maps[0, 4:15, 3:12], maps[1, 4:15, 4:13])
    moves = out.policy[:, :-1].reshape(2, 19, 19)
    torch.testing.assert_close(moves[0, 4:15, 3:12], moves[1, 4:15, 4:13])


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"blocks": 0}, "blocks"),
        ({"channels": 3}, "channels"),
        ({"channels": 8.0}, "channels"),
        ({"blocks": True}, "blocks"),
        ({"pool_every": -1}, "pool_every"),
        ({"head_channels": 0}, "head_channels"),
        ({"value_hidden": 10**9}, "value_hidden"),
    ],
)
def test_sizes_that_make_no_network(wrong: dict[str, int], name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a whole number"):
        NetConfig(**wrong)


def test_presets_make_networks() -> None:
    for config in NET_PRESETS.values():
        with torch.device("meta"):
            PolicyValueNet(config)


# ---------------------------------------------------------------- the evaluator


def test_an_evaluator_says_what_the_network_says() -> None:
    net = lived_in(CONFIGS[1])
    planes = positions(5, 6)
    answer = TorchEvaluator(net, dtype=torch.float32).evaluate(planes)
    with torch.no_grad():
        out = net(torch.from_numpy(planes))
    np.testing.assert_allclose(answer.prior_logits, out.policy.numpy(), atol=1e-3)
    np.testing.assert_allclose(answer.score, 10 * out.score.numpy(), atol=1e-2)
    np.testing.assert_allclose(answer.ownership, np.tanh(out.ownership.numpy()), atol=1e-3)
    odds = np.exp(out.result.numpy().astype(np.float64))
    loss, draw, win = (odds / odds.sum(axis=1, keepdims=True)).T
    np.testing.assert_allclose(answer.value, win + draw / 2, atol=1e-4)
    np.testing.assert_allclose(answer.value, 1 - loss - draw / 2, atol=1e-4)
    assert SCORE_SCALE == 10
    assert {part.dtype for part in answer} == {np.dtype(np.float32)}


def test_one_by_one_or_together() -> None:
    evaluator = TorchEvaluator(lived_in(CONFIGS[1]), dtype=torch.float32)
    planes = positions(9, 7)
    together = evaluator.evaluate(planes)
    for i in range(7):
        alone = evaluator.evaluate(planes[i : i + 1])
        for single, batched in zip(alone, together, strict=True):
            np.testing.assert_allclose(single[0], batched[i], rtol=1e-3, atol=1e-4)


def test_half_precision_says_nearly_the_same() -> None:
    net = lived_in(CONFIGS[1])
    planes = positions(5, 6)
    full = TorchEvaluator(net, dtype=torch.float32).evaluate(planes)
    half = TorchEvaluator(net, dtype=torch.bfloat16).evaluate(planes)
    np.testing.assert_allclose(half.value, full.value, atol=0.1)
    np.testing.assert_allclose(half.prior_logits, full.prior_logits, atol=0.5)
    assert half.value.dtype == np.float32
    assert fastest_dtype("cpu") in (torch.float32, torch.bfloat16)


def test_an_evaluator_keeps_its_own_copy() -> None:
    net = lived_in(CONFIGS[0])
    before = copy.deepcopy(net.state_dict())
    evaluator = TorchEvaluator(net, dtype=torch.float32)
    planes = positions(5)
    first = evaluator.evaluate(planes)
    assert net.state_dict().keys() == before.keys()  # the network itself is not folded
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
    again = evaluator.evaluate(planes)
    assert (first.prior_logits == again.prior_logits).all()


def test_the_networks_mode_does_not_matter() -> None:
    """Norms use what they learned, not the batch, whatever mode the network was left in."""
    net = lived_in(CONFIGS[1])
    planes = positions(5)
    expected = TorchEvaluator(net, dtype=torch.float32).evaluate(planes)
    found = TorchEvaluator(net.train(), dtype=torch.float32).evaluate(planes)
    np.testing.assert_allclose(found.prior_logits, expected.prior_logits)
    assert net.training  # left as it was


@pytest.mark.parametrize("part", ["policy_out", "result_out", "score_out", "ownership_out"])
def test_answers_that_are_no_numbers_are_refused(part: str) -> None:
    net = lived_in(CONFIGS[0])
    with torch.no_grad():
        getattr(net, part).bias.fill_(float("nan"))
    with pytest.raises(AgentError, match="not finite"):
        TorchEvaluator(net, dtype=torch.float32).evaluate(positions(5))
