"""One step of learning after another: losses, optimizer, schedule."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from agents.net import SCORE_SCALE, NetOutput, PolicyValueNet, as_batch
from selfplay.config import LearnConfig
from selfplay.replay import Batch

__all__ = ["Learner", "Losses", "learning_rate", "losses_of", "mean_losses", "window_size"]


@dataclass(frozen=True, slots=True)
class Losses:
    """Mean losses over some steps; policy in nats above the target's own entropy.

    Attributes:
        total: what is minimised.
        policy, reply: Kullback-Leibler divergence from the search's policy.
        result: cross-entropy of loss / draw / win.
        score: Huber loss of the margin, in units of SCORE_SCALE points.
        ownership: binary cross-entropy a point (neutral points count half to each side).
    """

    total: float
    policy: float
    reply: float
    result: float
    score: float
    ownership: float


def losses_of(out: NetOutput, batch: Batch, config: LearnConfig, device: torch.device) -> Tensor:
    """The six numbers of Losses as one tensor `[6]`, differentiable."""
    policy_target = torch.from_numpy(batch.policy).to(device)
    reply_target = torch.from_numpy(batch.reply).to(device)
    policy = _divergence(policy_target, out.policy)
    reply = _divergence(reply_target, out.reply)
    result = F.cross_entropy(out.result, torch.from_numpy(batch.result).to(device))
    score_target = torch.from_numpy(batch.score).to(device) / SCORE_SCALE
    score = F.huber_loss(out.score, score_target)
    owned = (torch.from_numpy(batch.ownership).to(device) + 1) / 2
    # 2x inside: tanh(x) = 2 sigmoid(2x) - 1, and tanh is what evaluators report.
    ownership = F.binary_cross_entropy_with_logits(2 * out.ownership, owned)
    total = (
        config.policy_weight * policy
        + config.reply_weight * reply
        + config.value_weight * result
        + config.score_weight * score
        + config.ownership_weight * ownership
    )
    return torch.stack([total, policy, reply, result, score, ownership])


def _divergence(target: Tensor, logits: Tensor) -> Tensor:
    """Mean KL(target || softmax(logits)); rows of zeros (no target) count 0."""
    log_prior = F.log_softmax(logits, dim=1)
    log_target = torch.where(target > 0, target, 1.0).log()
    return (target * (log_target - log_prior)).sum() / len(target)


def learning_rate(config: LearnConfig, step: int, progress: float) -> float:
    """The rate at a step since the last (re)start and a fraction of the run, 0 to 1."""
    rate = config.learning_rate * min(1.0, (step + 1) / config.warmup_steps)
    if progress > config.drop_from and config.drop_from < 1:
        done = min(1.0, (progress - config.drop_from) / (1 - config.drop_from))
        rate *= config.drop_to + (1 - config.drop_to) * 0.5 * (1 + math.cos(math.pi * done))
    return rate


def window_size(config: LearnConfig, total_positions: int) -> int:
    """How many of the newest positions are drawn from after `total_positions` in all.

    The power law is KataGo's (Wu 2019, appendix on training details).
    """
    start, power = config.window_start, config.window_power
    grown = ((max(total_positions, start) / start) ** power - 1) / power
    return min(config.window, int(start * (1 + config.window_growth * grown)))


class Learner:
    """A network, its optimizer, and the counters of what it has seen.

    Attributes:
        net: in training mode only inside `step`.
        average: the exponential average of all of `net`'s numbers, by name; empty if it is off.
        steps: taken in the whole run; warm_steps: since the optimizer was made.
        skipped: steps not taken because a loss or gradient was not finite.
    """

    def __init__(self, net: PolicyValueNet, config: LearnConfig, device: str = "cpu") -> None:
        self.config = config
        self.device = torch.device(device)
        self.net: PolicyValueNet = net.to(
            self.device,
            memory_format=torch.channels_last,  # type: ignore[call-overload]
        )
        self.average: dict[str, Tensor] = {}
        self.restart_average()
        self.steps = 0
        self.warm_steps = 0
        self.skipped = 0
        decayed = [p for p in self.net.parameters() if p.ndim > 1]
        plain = [p for p in self.net.parameters() if p.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": config.weight_decay},
                {"params": plain, "weight_decay": 0.0},
            ],
            lr=config.learning_rate,
            fused=True,
        )

    def restart_average(self) -> None:
        """Have the average begin with the present weights."""
        if self.config.average_decay > 0:
            self.average = {n: v.detach().clone() for n, v in self.net.state_dict().items()}

    def step(self, batch: Batch, progress: float) -> Losses | None:
        """Learn from a batch; None if anything was not finite, in which case nothing changed."""
        rate = learning_rate(self.config, self.warm_steps, progress)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.net.train()
        buffers = [b.clone() for b in self.net.buffers()]
        planes = torch.from_numpy(as_batch(batch.planes)).to(self.device)
        out = self.net(planes.contiguous(memory_format=torch.channels_last))
        losses = losses_of(out, batch, self.config, self.device)
        self.optimizer.zero_grad(set_to_none=True)
        losses[0].backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.config.gradient_clip)
        self.net.eval()
        if not (torch.isfinite(losses).all() and torch.isfinite(norm)):
            with torch.no_grad():
                for buffer, before in zip(self.net.buffers(), buffers, strict=True):
                    buffer.copy_(before)
            self.skipped += 1
            return None
        self.optimizer.step()
        self.steps += 1
        self.warm_steps += 1
        self._average()
        return Losses(*losses.detach().tolist())

    def _average(self) -> None:
        # A young average forgets its beginning sooner than an old one.
        keep = min(self.config.average_decay, (1 + self.warm_steps) / (10 + self.warm_steps))
        with torch.no_grad():
            for name, value in self.net.state_dict().items() if self.average else ():
                if value.is_floating_point():
                    self.average[name].lerp_(value, 1 - keep)
                else:
                    self.average[name].copy_(value)

    def playing_net(self) -> PolicyValueNet:
        """The network for players and opponents: the average where there is one; not for learning.

        Without an average it is `net` itself, which later steps change.
        """
        if not self.average:
            return self.net
        net = PolicyValueNet(self.net.config)
        net.load_state_dict({name: value.cpu() for name, value in self.average.items()})
        return net.eval()

    def measure(self, batch: Batch) -> Losses:
        """The losses of `playing_net` on a batch that is not learned from."""
        net = self.playing_net().to(self.device)
        with torch.inference_mode():
            out = net(torch.from_numpy(as_batch(batch.planes)).to(self.device))
            losses = losses_of(out, batch, self.config, self.device)
        return Losses(*losses.tolist())


def mean_losses(losses: list[Losses]) -> Losses | None:
    """Their mean, field by field; None of none."""
    if not losses:
        return None
    table = np.array([dataclasses.astuple(loss) for loss in losses])
    return Losses(*table.mean(axis=0).tolist())
