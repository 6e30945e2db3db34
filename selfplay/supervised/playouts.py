"""Learning what told playouts go by: a conditional logit over few features, from labelled games.

    python -m selfplay.supervised.playouts --games FILE_OR_DIR... --out DIR

Each position of the games in which a point was played is one draw from the legal points that fill
no own eye; the ring around a point and the features that `playout_features` finds are what speaks
for it. The weights maximise the probability of what was played, less a small L2 penalty.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from agents.told.model import padded_or_none
from agents.told.playout_board import LIGHT_META, light_play, light_width, start_light
from agents.told.playout_features import NUM_FEATURES, list_features, new_boosts
from agents.told.playout_weights import PlayoutWeights, ring_classes
from go_engine import GameState
from go_engine import kernels as k
from go_engine.sgf import SgfGame
from selfplay.supervised.labelled import read_games, split_games

__all__ = ["Choices", "evaluate", "main", "read_choices", "train"]

_ROOM: Final = 512
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """Positions as playouts see them, for boards up to N*N points.

    Attributes:
        rings: `int32 [L, N*N]`, the `ring_classes` of each candidate.
        features: `uint32 [L, N*N]`, bit f is feature f.
        allowed: `bool [L, N*N]`, the candidates.
        played: `int64 [L]`, which one was played.
    """

    rings: NDArray[np.int32]
    features: NDArray[np.uint32]
    allowed: NDArray[np.bool_]
    played: NDArray[np.int64]


def read_choices(games: Sequence[SgfGame], every: int = 1) -> Choices:
    """The positions of games of one board size in which a candidate was played; with `every`, one
    in so many of them."""
    size = games[0].rules.board_size
    rows: list[tuple[NDArray[np.int32], NDArray[np.uint32], NDArray[np.bool_], int]] = []
    boosts, found = new_boosts(size), np.zeros((_ROOM, 2), np.int64)
    light = np.zeros(light_width(size), np.int64)
    table = np.zeros(1 << 16, np.int64)
    ply = 0
    for game in games:
        state = game.start()
        start_light(state.kernel_arrays()[0], light, table, 0)
        for move in game.moves:
            ply += 1
            if ply % every == 0 and move != size * size:
                choice = _choice(state, light, boosts, found)
                if choice[2][move]:
                    rows.append((*choice, move))
            row, history = (array.copy() for array in state.kernel_arrays())
            light_play(row, history, light, table, padded_or_none(size, move))
            state.play_unchecked(move)
    rings, features, allowed, played = zip(*rows, strict=True)
    return Choices(np.stack(rings), np.stack(features), np.stack(allowed), np.array(played))


def _choice(
    state: GameState, light: NDArray[np.int64], boosts: NDArray[np.int64], found: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.uint32], NDArray[np.bool_]]:
    size = state.rules.board_size
    row, _ = state.kernel_arrays()
    points = np.array([k.padded(size, move) for move in range(size * size)])
    where = np.zeros(k.padded_points(size), np.int64)
    where[points] = np.arange(size * size)
    codes = light[LIGHT_META + points]
    if state.to_play == -1:
        codes = ((codes & 0x5555) << 1) | ((codes >> 1) & 0x5555)
    allowed = state.legal_mask()[:-1].copy()
    for move in np.flatnonzero(allowed):
        allowed[move] = not k.is_own_eye(row, points[move], state.to_play)
    features = np.zeros(size * size, np.uint32)
    for i in range(list_features(row, light, boosts, found)):
        features[where[found[i, 0]]] |= np.uint32(1 << int(found[i, 1]))
    return ring_classes()[codes].astype(np.int32), features, allowed


def _scores(
    rings: torch.Tensor, features: torch.Tensor, choices: Choices, part: NDArray[np.int64]
) -> torch.Tensor:
    """`float32 [len(part), N*N]`, -inf for what is no candidate."""
    bits = torch.from_numpy(choices.features[part].astype(np.int64))
    held = (bits[..., None] >> torch.arange(NUM_FEATURES)) & 1
    scores = rings[torch.from_numpy(choices.rings[part].astype(np.int64))] + held.float() @ features
    return scores.masked_fill(~torch.from_numpy(choices.allowed[part]), -torch.inf)


def train(
    choices: Choices,
    rng: np.random.Generator,
    *,
    epochs: int = 4,
    batch: int = 1024,
    rate: float = 0.03,
    l2: float = 1e-5,
    least: int = 50,
    progress: Progress = lambda _: None,
) -> PlayoutWeights:
    """Fit the weights. Rings seen as fewer than `least` candidates are left at 0."""
    seen = np.bincount(choices.rings[choices.allowed], minlength=1 << 16)
    known = torch.from_numpy((seen >= least).astype(np.float32))
    rings = torch.zeros(1 << 16, requires_grad=True)
    features = torch.zeros(NUM_FEATURES, requires_grad=True)
    optimizer = torch.optim.Adam([rings, features], lr=rate)
    steps = epochs * (len(choices.played) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps + 1)
    for epoch in range(epochs):
        order = rng.permutation(len(choices.played))
        for begin in range(0, len(order) - batch + 1, batch):
            part = order[begin : begin + batch]
            scores = _scores(rings * known, features, choices, part)
            loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(choices.played[part]))
            penalty = l2 * (rings.square().sum() + features.square().sum())
            optimizer.zero_grad()
            (loss + penalty).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
        progress(f"epoch {epoch + 1} of {epochs}: loss {loss.item():.3f}")
    classes = np.flatnonzero(seen >= least)
    return PlayoutWeights(
        classes.astype(np.int64),
        rings.detach().numpy()[classes].copy(),
        features.detach().numpy().copy(),
    )


def evaluate(weights: PlayoutWeights, choices: Choices) -> dict[str, float]:
    """Mean log-loss and top-1 agreement over the candidates (passes are none)."""
    rings = torch.zeros(1 << 16)
    rings[torch.from_numpy(weights.classes)] = torch.from_numpy(weights.rings)
    features = torch.from_numpy(weights.features)
    loss, hits, count = 0.0, 0, len(choices.played)
    for begin in range(0, count, 1024):
        part = np.arange(begin, min(begin + 1024, count))
        scores = _scores(rings, features, choices, part)
        played = torch.from_numpy(choices.played[part])
        loss += float(torch.nn.functional.cross_entropy(scores, played, reduction="sum"))
        hits += int((scores.argmax(1) == played).sum())
    return {"positions": count, "log_loss": loss / count, "top1": hits / count}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    parser = argparse.ArgumentParser(prog="playouts", description=(__doc__ or "")[:100])
    parser.add_argument("--games", nargs="+", type=Path, required=True, help="SGF collections")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument("--every", type=int, default=4, help="use one position in so many")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    rng = np.random.default_rng(args.seed)

    def say(text: str) -> None:
        sys.stderr.write(text + "\n")

    try:
        known, held_out = split_games(read_games(args.games), 0.1, rng)
        say(f"reading positions of {len(known)} games")
        choices = read_choices(known, args.every)
        weights = train(choices, rng, epochs=args.epochs, progress=say)
        found = evaluate(weights, read_choices(held_out, args.every))
    except (ValueError, OSError) as error:
        say(f"playouts: {error}")
        return 2
    card: dict[str, Any] = {
        "model": "conditional logit over the ring around a point and the playouts' features",
        "train_positions": len(choices.played),
        "held_out": found,
        "settings": {"every": args.every, "epochs": args.epochs, "seed": args.seed},
    }
    weights.save(args.out, card)
    say(f"held-out games: {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
