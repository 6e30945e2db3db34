"""All evaluators say what float32 on torch says, each within bounds that are stated here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
    evaluator,
    fastest_backend,
    has_openvino,
    load_net,
    make_evaluator,
    shipped_weights,
    staging,
)
from tests.agents.net.positions import planes_of_random_games

needs_openvino = pytest.mark.skipif(not has_openvino(), reason="OpenVINO is not installed")
NET_NAME = sorted(shipped_weights())[0]
NET_SIZE = int(NET_NAME.split("x")[0])
TINY = NetConfig(blocks=2, channels=8, pool_every=2, head_channels=4, value_hidden=8)

Planes = NDArray[np.float32]
Make = Callable[[PolicyValueNet], Evaluator]


@dataclass
class Bound:
    """Means over positions: divergence of the policies over legal moves in nats, value, score in
    points, ownership."""

    policy: float
    value: float
    score: float
    ownership: float


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Several get in each other's way where other programs run."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


SAME = Bound(1e-6, 1e-5, 1e-3, 1e-4)
HALF = Bound(3e-3, 0.01, 0.15, 0.03)
EIGHT_BIT = Bound(0.02, 0.02, 0.5, 0.06)


class Staged(TorchEvaluator):
    """A GPU's way of handling batches, on the CPU."""

    def evaluate(self, planes: Planes) -> Evaluation:
        with torch.inference_mode():
            return evaluator._split(self._staged(planes), planes.shape[2] ** 2)


def openvino(net: PolicyValueNet) -> Evaluator:
    return make_evaluator(net, backend="openvino")


def eight_bit(net: PolicyValueNet) -> Evaluator:
    bounds = activation_bounds(net, planes_of_random_games(NET_SIZE, 256, 2))
    return make_evaluator(net, bounds=bounds)


def policy(logits: NDArray[np.float32], planes: Planes) -> NDArray[np.float64]:
    legal = planes[:, 1].reshape(len(planes), -1) > 0
    masked = np.where(np.append(legal, np.ones((len(planes), 1), bool), 1), logits, -np.inf)
    weights = np.exp((masked - masked.max(1, keepdims=True)).astype(np.float64))
    return np.asarray(weights / weights.sum(1, keepdims=True))


def assert_within(found: Evaluation, expected: Evaluation, planes: Planes, bound: Bound) -> None:
    p, q = policy(expected.prior_logits, planes), policy(found.prior_logits, planes)
    ratio = np.where(p > 0, p, 1) / np.where(p > 0, np.maximum(q, 1e-30), 1)
    assert (p * np.log(ratio)).sum(1).mean() < bound.policy
    for name in ("value", "score", "ownership"):
        difference = getattr(found, name) - getattr(expected, name)
        assert np.abs(difference).mean() < getattr(bound, name), name
    for part, other in zip(found, expected, strict=True):
        assert part.shape == other.shape
        assert part.dtype == np.float32
        assert part.flags.c_contiguous, "kernels are compiled for contiguous memory"


def assert_close(a: Evaluation, b: Evaluation, tolerance: float) -> None:
    for left, right in zip(a, b, strict=True):
        np.testing.assert_allclose(left, right, atol=tolerance, rtol=tolerance)


EVALUATORS = [
    pytest.param(lambda net: Staged(net, dtype=torch.float32), SAME, id="staged"),
    pytest.param(lambda net: TorchEvaluator(net, dtype=torch.bfloat16), HALF, id="torch-bf16"),
    pytest.param(openvino, HALF, id="openvino", marks=needs_openvino),
    pytest.param(eight_bit, EIGHT_BIT, id="int8", marks=needs_openvino),
    pytest.param(
        lambda net: TorchEvaluator(net, "cuda", torch.float32),
        # Convolutions may round their inputs to 10 bits there (TF32).
        HALF,
        id="cuda-f32",
        marks=pytest.mark.gpu,
    ),
    pytest.param(lambda net: TorchEvaluator(net, "cuda"), HALF, id="cuda", marks=pytest.mark.gpu),
    pytest.param(
        lambda net: TorchEvaluator(net, "cuda", torch.float16, graphs=False),
        HALF,
        id="cuda-f16-no-graphs",
        marks=pytest.mark.gpu,
    ),
]


@pytest.mark.parametrize(("make", "bound"), EVALUATORS)
def test_agreement_with_float32(make: Make, bound: Bound) -> None:
    net = load_net(shipped_weights()[NET_NAME])
    planes = planes_of_random_games(NET_SIZE, 200, seed=1)
    expected = TorchEvaluator(net, dtype=torch.float32).evaluate(planes)
    assert_within(make(net).evaluate(planes), expected, planes, bound)


def test_these_bounds_tell_networks_apart() -> None:
    """A slightly damaged network is outside the widest of them."""
    net = load_net(shipped_weights()[NET_NAME])
    planes = planes_of_random_games(NET_SIZE, 200, seed=1)
    expected = TorchEvaluator(net, dtype=torch.float32).evaluate(planes)
    with torch.no_grad():
        dict(net.named_parameters())["blocks.0.second.conv.weight"][:8] = 0.0
    damaged = TorchEvaluator(net, dtype=torch.float32).evaluate(planes)
    with pytest.raises(AssertionError):
        assert_within(damaged, expected, planes, EIGHT_BIT)


# ---------------------------------------------------------------- batches


def net_of(config: NetConfig) -> PolicyValueNet:
    torch.manual_seed(0)
    return PolicyValueNet(config).eval()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda net: Staged(net, dtype=torch.float32), id="staged"),
        pytest.param(openvino, id="openvino", marks=needs_openvino),
        pytest.param(
            lambda net: TorchEvaluator(net, "cuda", torch.float32), marks=pytest.mark.gpu, id="cuda"
        ),
    ],
)
def test_neither_the_filling_nor_the_batch_before_shows(make: Make) -> None:
    """Memory is kept between calls: every answer is about its own position, and stays as it is."""
    net = net_of(TINY)
    planes = planes_of_random_games(5, 70, seed=3)
    exact = TorchEvaluator(net, dtype=torch.float32)
    other = make(net)
    answers, wanted = [], []
    for chosen in (planes, planes[30:], planes[:1], planes[5:22], planes[40:45], planes[::-1]):
        answers.append(other.evaluate(chosen))
        wanted.append(exact.evaluate(np.ascontiguousarray(chosen)))
    tolerance = 0.05 if getattr(other, "name", "").endswith("bf16") else 1e-3
    for answer, expected in zip(answers, wanted, strict=True):
        assert_close(answer, expected, tolerance)


def test_padded_sizes() -> None:
    sizes = {0: 16, 1: 16, 16: 16, 17: 32, 100: 112, 128: 128, 129: 160, 250: 256, 1000: 1024}
    assert {count: staging.padded_size(count) for count in sizes} == sizes
    every = [staging.padded_size(count) for count in range(1, 5000)]
    assert all(count <= padded for count, padded in enumerate(every, 1))
    assert all(padded < 1.25 * count for count, padded in enumerate(every, 1) if count > 64)
    assert len(set(every)) < 50, "each size costs a graph"
    assert {size % 16 for size in every} == {0}


def test_other_sizes_and_strides_are_taken() -> None:
    net = net_of(TINY)
    staged, exact = Staged(net, dtype=torch.float32), TorchEvaluator(net, dtype=torch.float32)
    for size in (2, 9, 5):
        planes = planes_of_random_games(size, 20, seed=size)
        for form in (planes, np.ascontiguousarray(planes), planes[::2]):
            expected = exact.evaluate(np.ascontiguousarray(form))
            assert_close(staged.evaluate(form), expected, 1e-4)


def test_infinite_answers_are_refused_after_staging_too() -> None:
    with pytest.raises(AgentError, match="not finite"):
        evaluator.checked(Evaluation(*(np.full((1, 2), x, np.float32) for x in (0, 0, np.inf, 0))))


@pytest.mark.gpu
def test_evaluators_in_two_threads_do_not_disturb_each_other() -> None:
    planes = planes_of_random_games(5, 90, seed=0)
    nets = [net_of(TINY), net_of(NetConfig(blocks=1, channels=16, pool_every=0))]
    wanted = [TorchEvaluator(net, dtype=torch.float32).evaluate(planes) for net in nets]
    found: dict[int, list[Evaluation]] = {0: [], 1: []}

    def work(i: int) -> None:
        own = TorchEvaluator(nets[i], "cuda", torch.float32)
        for count in (90, 33, 64, 90):
            found[i].append(own.evaluate(planes[:count]))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(2):
        assert len(found[i]) == 4
        for answer in found[i]:
            count = len(answer.value)
            assert_close(answer, Evaluation(*(part[:count] for part in wanted[i])), 0.02)


# ---------------------------------------------------------------- choosing


class Timed:
    """An evaluator whose calls take a time that is told."""

    def __init__(self, seconds: float, clock: list[float]) -> None:
        self.seconds, self.clock = seconds, clock

    def evaluate(self, _: Planes) -> None:
        self.clock[0] += self.seconds


@pytest.mark.parametrize(
    ("torch_s", "openvino_s", "winner"),
    [(1.0, 0.7, "openvino"), (0.9, 1.0, "openvino"), (0.7, 1.0, "torch")],
)
def test_the_race(
    torch_s: float, openvino_s: float, winner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(choose, "has_openvino", lambda: True)
    monkeypatch.setattr(choose, "TorchEvaluator", lambda net: Timed(torch_s, clock))
    monkeypatch.setattr(choose, "_openvino", lambda net, bounds, n: Timed(openvino_s, clock))
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    choose._measured.cache_clear()
    try:
        state = torch.random.get_rng_state()
        assert fastest_backend() == winner
        assert torch.equal(torch.random.get_rng_state(), state)
        raced = clock[0]
        assert fastest_backend() == winner
        assert clock[0] == raced, "it is run once"
        assert fastest_backend("cuda") == "torch"
    finally:
        choose._measured.cache_clear()


def test_the_choice_follows_the_race(monkeypatch: pytest.MonkeyPatch) -> None:
    net = net_of(TINY)
    monkeypatch.setattr(choose, "has_openvino", lambda: True)
    monkeypatch.setattr(choose, "_measured", lambda threads: "torch")
    assert isinstance(make_evaluator(net), TorchEvaluator)
    made: list[object] = []
    monkeypatch.setattr(choose, "_openvino", lambda net, bounds: made.append(bounds))
    make_evaluator(net, bounds={"trunk": 1.0})
    assert made == [{"trunk": 1.0}], "with bounds there is no race: eight bits win by far"
    monkeypatch.setattr(choose, "_measured", lambda threads: "openvino")
    make_evaluator(net)
    assert made[1:] == [None]
    monkeypatch.setattr(choose, "has_openvino", lambda: False)
    assert isinstance(make_evaluator(net, bounds={"trunk": 1.0}), TorchEvaluator)


def test_names_say_what_computes() -> None:
    net = net_of(TINY)
    assert TorchEvaluator(net, dtype=torch.float32).name == "torch-float32"
    assert TorchEvaluator(net, dtype=torch.bfloat16).name == "torch-bfloat16"
    if has_openvino():
        places = ("block0", "inner0", "block1", "inner1", "trunk")
        eight = make_evaluator(net, bounds=dict.fromkeys(places, 1.0))
        assert getattr(eight, "name", "") == "openvino-int8"
        assert getattr(openvino(net), "name", "") in ("openvino-f32", "openvino-bf16")
