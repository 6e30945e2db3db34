"""The policy-value network: residual blocks with global pooling, for every board size.

Convolutions follow AlphaGo Zero (Silver et al. 2017); pooling over the whole board, and the
ownership, score and reply heads follow KataGo (Wu 2019). Nothing depends on the board's size, so
weights learned on 5x5 play 9x9.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from agents.net.planes import NUM_PLANES

__all__ = ["NET_PRESETS", "SCORE_SCALE", "NetConfig", "NetOutput", "PolicyValueNet"]

SCORE_SCALE: Final = 10.0
"""Points per unit of the score head's output."""


@dataclass(frozen=True, slots=True)
class NetConfig:
    """Sizes of a network.

    Attributes:
        blocks: residual blocks (AlphaGo Zero: 19 or 39).
        channels: channels of the trunk (AlphaGo Zero: 256).
        pool_every: every how many blocks one pools over the board (KataGo: about 3); 0 for none.
        head_channels: channels of the policy and value heads.
        value_hidden: width of the hidden layer of the value head.

    Raises:
        ValueError: for sizes that make no network.
    """

    blocks: int = 6
    channels: int = 64
    pool_every: int = 3
    head_channels: int = 32
    value_hidden: int = 64

    def __post_init__(self) -> None:
        for name, low, high in (
            ("blocks", 1, 100),
            ("channels", 4, 1024),
            ("pool_every", 0, 100),
            ("head_channels", 1, 1024),
            ("value_hidden", 1, 4096),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise ValueError(f"{name} must be a whole number {low} to {high}, not {value!r}")


NET_PRESETS: Final[dict[str, NetConfig]] = {
    "tiny": NetConfig(blocks=4, channels=32, pool_every=2, head_channels=16, value_hidden=32),
    "small": NetConfig(blocks=6, channels=64),
    "medium": NetConfig(blocks=6, channels=96),
    "large": NetConfig(blocks=10, channels=128),
}


class NetOutput(NamedTuple):
    """Raw answers for B positions of size N, from the side of the player to move.

    Attributes:
        policy: logits `[B, N*N + 1]`, pass last; illegal moves are not masked.
        reply: logits `[B, N*N + 1]` of the opponent's next move.
        result: logits `[B, 3]` of loss, draw, win.
        score: `[B]`, expected area margin before komi, in units of SCORE_SCALE points.
        ownership: `[B, N*N]`, before tanh; positive the mover's.
    """

    policy: Tensor
    reply: Tensor
    result: Tensor
    score: Tensor
    ownership: Tensor


def _pool(x: Tensor) -> Tensor:
    """`[B, C, N, N]` to `[B, 3C]`: mean, mean scaled by board size, maximum."""
    mean = x.mean(dim=(2, 3))
    return torch.cat([mean, mean * ((x.shape[2] - 9) / 5), x.amax(dim=(2, 3))], dim=1)


class _ConvNorm(nn.Module):
    """Convolution and batch norm; at inference the two are folded into one."""

    def __init__(self, inputs: int, outputs: int, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel_size, padding=kernel_size // 2, bias=False)
        self.norm: nn.BatchNorm2d | nn.Identity = nn.BatchNorm2d(outputs)
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.norm(self.conv(x))
        return normed

    def fold(self) -> None:
        """Merge the batch norm into the convolution, for good; a second time does nothing."""
        if isinstance(self.norm, nn.BatchNorm2d):
            self.conv = nn.utils.fusion.fuse_conv_bn_eval(self.conv, self.norm)
            self.norm = nn.Identity()


class _Block(nn.Module):
    """Residual block; a pooling block adds a bias computed from the whole board."""

    def __init__(self, channels: int, pools: bool) -> None:
        super().__init__()
        self.first = _ConvNorm(channels, channels, 3)
        self.second = _ConvNorm(channels, channels, 3)
        nn.init.constant_(self.second.norm.weight, 0.5)  # type: ignore[arg-type]
        self.watch = _ConvNorm(channels, channels // 2, 1) if pools else None
        self.bias = nn.Linear(3 * (channels // 2), channels) if pools else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.first(x)
        if self.watch is not None and self.bias is not None:
            y = y + self.bias(_pool(F.relu(self.watch(x))))[:, :, None, None]
        out: Tensor = F.relu(x + self.second(F.relu(y, inplace=True)), inplace=True)
        return out


class PolicyValueNet(nn.Module):
    """`float32 [B, NUM_PLANES, N, N]` planes to a NetOutput, any N."""

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        self.config = config
        channels, head = config.channels, config.head_channels
        self.stem = _ConvNorm(NUM_PLANES, channels, 3)
        every = config.pool_every
        self.blocks = nn.ModuleList(
            _Block(channels, every > 0 and i % every == every - 1) for i in range(config.blocks)
        )
        self.policy_map = _ConvNorm(channels, head, 1)
        self.policy_watch = _ConvNorm(channels, head, 1)
        self.policy_bias = nn.Linear(3 * head, head)
        self.policy_out = nn.Conv2d(head, 2, 1)
        self.pass_out = nn.Linear(3 * head, 2)
        self.value_map = _ConvNorm(channels, head, 1)
        self.value_hidden = nn.Linear(3 * head, config.value_hidden)
        self.result_out = nn.Linear(config.value_hidden, 3)
        self.score_out = nn.Linear(config.value_hidden, 1)
        self.ownership_out = nn.Conv2d(head, 1, 1)

    def forward(self, planes: Tensor) -> NetOutput:
        x = F.relu(self.stem(planes), inplace=True)
        for block in self.blocks:
            x = block(x)
        watched = _pool(F.relu(self.policy_watch(x)))
        bias = self.policy_bias(watched)[:, :, None, None]
        moves = self.policy_out(F.relu(self.policy_map(x) + bias)).flatten(2)
        logits = torch.cat([moves, self.pass_out(watched)[:, :, None]], dim=2)
        seen = F.relu(self.value_map(x))
        hidden = F.relu(self.value_hidden(_pool(seen)))
        return NetOutput(
            policy=logits[:, 0],
            reply=logits[:, 1],
            result=self.result_out(hidden),
            score=self.score_out(hidden)[:, 0],
            ownership=self.ownership_out(seen).flatten(1),
        )

    def fold(self) -> None:
        """Merge all batch norms into their convolutions; the net can then no longer be trained."""
        self.eval()
        for module in self.modules():
            if isinstance(module, _ConvNorm):
                module.fold()
