"""Learning: losses and schedules by hand, and what a step changes and does not."""

from __future__ import annotations

import copy
import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from agents.net import NUM_PLANES, NetConfig, NetOutput, PolicyValueNet
from selfplay import Batch, LearnConfig, Learner, Losses, Replay, load_checkpoint, save_checkpoint
from selfplay.learner import learning_rate, losses_of, mean_losses, window_size
from tests.selfplay.tiny import NET, RUN, play_games, self_play

CPU = torch.device("cpu")
PLAIN = LearnConfig(warmup_steps=1, learning_rate=0.01)


def fresh(config: LearnConfig = PLAIN, net: NetConfig = NET, seed: int = 0) -> Learner:
    torch.manual_seed(seed)
    return Learner(PolicyValueNet(net).eval(), config)


@pytest.fixture(scope="module")
def replay() -> Replay:
    replay = Replay(4, 400)
    for record in play_games(self_play(), 15).values():
        replay.add(record)
    return replay


def batch_of(replay: Replay, size: int, seed: int) -> Batch:
    return replay.sample(size, 400, np.random.default_rng(seed))


def tensors_of(learner: Learner) -> dict[str, Tensor]:
    """Parameters, buffers and moments."""
    found = {name: value.clone() for name, value in learner.net.state_dict().items()}
    for name, parameter in learner.net.named_parameters():
        state = learner.optimizer.state.get(parameter, {})
        found |= {f"{name}/{kind}": value.clone() for kind, value in state.items()}
    return found


def differing(a: dict[str, Tensor], b: dict[str, Tensor]) -> list[str]:
    assert a.keys() == b.keys()
    return [name for name in a if not torch.equal(a[name], b[name])]


# ---------------------------------------------------------------- by hand


def hand_made() -> tuple[NetOutput, Batch]:
    """Two positions of 2x2 (five moves) and the answers of a network without opinions."""
    policy = np.array([[0.5, 0.5, 0, 0, 0], [0, 0, 0, 0, 1]], np.float32)
    reply = np.array([[0, 1, 0, 0, 0], [0, 0, 0, 0, 0]], np.float32)
    batch = Batch(
        planes=np.zeros((2, 4, NUM_PLANES), np.float32),
        policy=policy,
        reply=reply,
        result=np.array([2, 0]),
        score=np.array([5.0, -25.0], np.float32),
        ownership=np.array([[1, -1, 0, 1], [0, 0, 0, 0]], np.float32),
    )
    zeros = torch.zeros
    return NetOutput(zeros(2, 5), zeros(2, 5), zeros(2, 3), zeros(2), zeros(2, 4)), batch


def test_losses_by_hand() -> None:
    """Nothing known: KL from uniform over five moves is ln 5 less the target's entropy, ln 2 and 0
    for the policies; ln 5 and (no reply) nothing for the replies; ln 3 for the result; Huber of
    margins 0.5 and -2.5 tens of points, 0.5 * 0.5^2 and 2.5 - 0.5; ln 2 for each point."""
    out, batch = hand_made()
    config = LearnConfig(
        policy_weight=2, reply_weight=3, value_weight=4, score_weight=5, ownership_weight=6
    )
    policy = (math.log(5) - math.log(2) + math.log(5)) / 2
    reply = math.log(5) / 2
    score = (0.125 + 2.0) / 2
    total = 2 * policy + 3 * reply + 4 * math.log(3) + 5 * score + 6 * math.log(2)
    found = losses_of(out, batch, config, CPU).tolist()
    assert found == pytest.approx([total, policy, reply, math.log(3), score, math.log(2)])


def test_perfect_answers_lose_nothing() -> None:
    _, batch = hand_made()
    far = 40.0
    out = NetOutput(
        policy=torch.tensor([[0, 0, -far, -far, -far], [-far] * 4 + [0.0]]),
        reply=torch.tensor([[-far, 0, -far, -far, -far], [3.0, 1, 4, 1, 5]]),
        result=torch.tensor([[0, 0, far], [far, 0, 0]]),
        score=torch.tensor([0.5, -2.5]),
        ownership=torch.tensor([[far, -far, 0, far], [0, 0, 0, 0]]),
    )
    found = losses_of(out, batch, PLAIN, CPU).tolist()
    assert found[1:5] == pytest.approx([0, 0, 0, 0], abs=1e-6)
    # Five of the eight points are neutral: half and half costs ln 2 even if it is foreseen.
    assert found[5] == pytest.approx(5 / 8 * math.log(2))


def test_ownership_is_reported_as_tanh() -> None:
    """A point owned with tanh(x) = 0.6, that is probability 0.8, costs -ln 0.8."""
    _, batch = hand_made()
    batch = batch._replace(ownership=np.ones((2, 4), np.float32))
    out = hand_made()[0]._replace(ownership=torch.full((2, 4), math.atanh(0.6)))
    assert losses_of(out, batch, PLAIN, CPU)[5].item() == pytest.approx(-math.log(0.8))


def test_learning_rate_by_hand() -> None:
    config = LearnConfig(learning_rate=0.01, warmup_steps=10, drop_from=0.6, drop_to=0.1)
    for step, progress, expected in (
        (0, 0.0, 0.001),  # one tenth of the warm-up
        (4, 0.0, 0.005),
        (9, 0.0, 0.01),
        (5000, 0.6, 0.01),
        (5000, 0.7, 0.01 * (0.1 + 0.9 * 0.853553)),  # (1 + cos 45 degrees) / 2
        (5000, 0.8, 0.01 * 0.55),  # half the fall
        (5000, 1.0, 0.001),
        (0, 1.0, 0.0001),
    ):
        assert learning_rate(config, step, progress) == pytest.approx(expected, rel=1e-5)
    never = dataclasses.replace(config, drop_from=1.0)
    assert learning_rate(never, 5000, 1.0) == 0.01


def test_window_by_hand() -> None:
    config = LearnConfig(window=1000, window_start=200)
    for positions, expected in ((0, 200), (200, 200), (300, 250), (1200, 700), (9999, 1000)):
        assert window_size(config, positions) == expected


def test_mean_losses() -> None:
    assert mean_losses([]) is None
    losses = [Losses(1, 2, 3, 4, 5, 6), Losses(3, 2, 1, 0, 1, 2)]
    assert mean_losses(losses) == Losses(2, 2, 2, 2, 3, 4)


# ---------------------------------------------------------------- steps


def test_eight_positions_are_learned_by_heart(replay: Replay) -> None:
    batch = batch_of(replay, 8, 1)
    learner = fresh(PLAIN, NetConfig(1, 24, 1, 8, 16))
    first = learner.step(batch, 0.0)
    for _ in range(250):
        last = learner.step(batch, 0.0)
    assert first is not None
    assert last is not None
    assert first.policy > 1
    assert last.policy < 0.05
    assert last.reply < 0.1
    assert last.result < 0.02
    assert last.score < 0.02
    # Neutral points alone cannot be learned to nothing.
    neutral = float((batch.ownership == 0).mean()) * math.log(2)
    assert last.ownership < neutral + 0.05
    assert learner.steps == learner.warm_steps == 251
    # The network as it is used says so too, with what its norms have learned.
    with torch.no_grad():
        planes = torch.from_numpy(batch.planes.reshape(8, 4, 4, -1)).permute(0, 3, 1, 2)
        assert losses_of(learner.net(planes), batch, PLAIN, CPU)[1] < 0.3


def test_modes_of_the_net(replay: Replay) -> None:
    """Norms learn in a step (so it is taken in training mode) and are left in evaluation mode."""
    learner = fresh()
    before = tensors_of(learner)
    learner.step(batch_of(replay, 16, 0), 0.0)
    assert not any(module.training for module in learner.net.modules())
    changed = differing(
        before, {name: value for name, value in tensors_of(learner).items() if name in before}
    )
    assert "stem.norm.running_mean" in changed
    assert set(dict(learner.net.named_parameters())) <= set(changed)


@pytest.mark.parametrize(
    "poison",
    [
        {"planes": math.nan},
        {"planes": math.inf},
        {"policy": math.nan},
        {"score": math.inf},
        {"ownership": math.nan},
    ],
)
def test_a_batch_that_is_not_finite_changes_nothing(
    replay: Replay, poison: dict[str, float]
) -> None:
    learner = fresh()
    for seed in range(3):
        learner.step(batch_of(replay, 8, seed), 0.0)
    before = tensors_of(learner)
    (name, value), batch = next(iter(poison.items())), batch_of(replay, 8, 9)
    getattr(batch, name).flat[0] = value
    assert learner.step(batch, 0.0) is None
    assert differing(before, tensors_of(learner)) == []
    assert (learner.steps, learner.warm_steps, learner.skipped) == (3, 3, 1)
    assert not learner.net.training
    # And it goes on as if nothing had been.
    twin = fresh()
    for seed in range(4):
        twin.step(batch_of(replay, 8, seed), 0.0)
        if seed == 3:
            learner.step(batch_of(replay, 8, seed), 0.0)
    assert differing(tensors_of(twin), tensors_of(learner)) == []


def test_gradients_are_clipped(replay: Replay) -> None:
    """An enormous loss moves the weights no further than AdamW's step."""
    learner = fresh(dataclasses.replace(PLAIN, score_weight=1e6, weight_decay=0.0))
    before = copy.deepcopy(dict(learner.net.named_parameters()))
    learner.step(batch_of(replay, 8, 0), 0.0)
    for name, parameter in learner.net.named_parameters():
        assert (parameter - before[name]).abs().max() < 0.0101
    norm = math.sqrt(
        sum(float(p.grad.square().sum()) for p in learner.net.parameters() if p.grad is not None)
    )
    assert norm < 5.001


def test_weight_decay_is_for_matrices_only(replay: Replay) -> None:
    learner = fresh(dataclasses.replace(PLAIN, weight_decay=0.5))
    names = {id(p): name for name, p in learner.net.named_parameters()}
    decayed, plain = (
        {names[id(p)] for p in group["params"]} for group in learner.optimizer.param_groups
    )
    assert [group["weight_decay"] for group in learner.optimizer.param_groups] == [0.5, 0.0]
    assert decayed | plain == set(names.values())
    assert not any("norm" in name or name.endswith("bias") for name in decayed)
    assert all("norm" in name or name.endswith("bias") for name in plain)


def test_a_resumed_learner_goes_on_just_as_if_never_stopped(replay: Replay, tmp_path: Path) -> None:
    """Two steps, save, load and two steps against four steps: the same weights, moments, norms."""
    config = dataclasses.replace(RUN, learn=PLAIN, net=NetConfig(2, 8, 2, 4, 4))
    straight = fresh(PLAIN, config.net)
    for seed in range(4):
        straight.step(batch_of(replay, 8, seed), 0.2 * seed)
    first = fresh(PLAIN, config.net)
    for seed in range(2):
        first.step(batch_of(replay, 8, seed), 0.2 * seed)
    counters = {"iteration": 1, "steps": first.steps}
    path = save_checkpoint(tmp_path, first, counters, [], 3)
    second, _, _ = load_checkpoint(path, config)
    assert differing(tensors_of(first), tensors_of(second)) == []
    for seed in range(2, 4):
        second.step(batch_of(replay, 8, seed), 0.2 * seed)
    assert (second.steps, second.warm_steps) == (4, 4)
    expected, found = tensors_of(straight), tensors_of(second)
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-5, atol=1e-6)
