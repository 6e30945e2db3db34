"""Boosted trees over the told features: LightGBM's lambdarank, measured on the same positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.told.boosted import BoostedAgent, inputs_of, load_lightgbm, save_boosted
from agents.told.model import FeatureReader, MoveModel
from go_engine.sgf import SgfGame
from selfplay.supervised.evaluation import evaluate_both
from selfplay.supervised.labelled import (
    Progress,
    known_positions,
    labelled_positions,
    split_for_training,
)

__all__ = ["BoostConfig", "boost"]


@dataclass(frozen=True, slots=True)
class BoostConfig:
    """How trees are boosted.

    Attributes:
        rounds: trees.
        leaves: of each tree.
        learning_rate: shrinkage of each tree.
        max_games: training games at most, drawn at random (memory: 150 bytes a legal move).
        held_out, seed: the split, as for the linear model, so that both are held to the same games.
        threads: of LightGBM.
    """

    rounds: int = 150
    leaves: int = 31
    learning_rate: float = 0.1
    max_games: int = 2000
    held_out: float = 0.1
    seed: int = 1
    threads: int = 1

    def __post_init__(self) -> None:
        if self.rounds < 1 or self.leaves < 2 or self.max_games < 2 or self.threads < 1:
            raise ValueError("rounds and threads must be 1 or more, leaves and max_games 2 or more")
        if not 0 < self.learning_rate <= 1:
            raise ValueError(f"learning_rate must be above 0, at most 1, not {self.learning_rate}")


def boost(
    games: Sequence[SgfGame],
    linear: MoveModel,
    config: BoostConfig,
    folder: Path,
    command: str = "",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Boost trees upon a linear model trained with the same split; write them, return the card.

    Raises:
        AgentError: if LightGBM is not installed.
        ValueError: for too few games.
        OSError: if the folder cannot be written.
    """
    library = load_lightgbm()
    _, draw = np.random.default_rng(config.seed).spawn(2)  # the first one splits
    train, held_out = split_for_training(games, config.held_out, config.seed)
    some = [train[i] for i in sorted(draw.permutation(len(train))[: config.max_games])]
    cut = max(1, len(some) // 10)  # these set the scale of the scores
    rows, played, counts = _table(some[cut:], linear, progress)
    labels = np.zeros(len(rows), np.int8)
    labels[np.cumsum(counts) - counts + played] = 1
    settings = {
        "objective": "lambdarank",
        "num_leaves": config.leaves,
        "learning_rate": config.learning_rate,
        "lambdarank_truncation_level": 5,
        "min_data_in_leaf": 200,
        "num_threads": config.threads,
        "seed": config.seed,
        "deterministic": True,
        "verbosity": -1,
    }

    def say(environment: Any) -> None:
        if progress:
            progress("boosting", environment.iteration + 1, config.rounds)

    data = library.Dataset(rows, label=labels, group=counts)
    trees = library.train(settings, data, config.rounds, callbacks=[say])
    scale = _best_scale(trees, *_table(some[:cut], linear, progress))
    card: dict[str, Any] = {
        "name": "boosted",
        "model": "gradient-boosted trees (LightGBM lambdarank) on the told features",
        "train_games": len(some),
        "train_positions": int(counts.size),
        "settings": asdict(config),
        "command": command,
    }
    save_boosted(folder, linear, trees.model_to_string(), scale, card)
    agent = BoostedAgent(folder)
    card["held_out"], card["held_out_new_positions"] = evaluate_both(
        agent, held_out, known_positions(train), progress
    )
    save_boosted(folder, linear, trees.model_to_string(), scale, card)
    return card


def _table(
    games: Sequence[SgfGame], linear: MoveModel, progress: Progress | None
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Inputs of all candidates, the index of the move played in each position, and how many
    candidates each has."""
    readers: dict[int, FeatureReader] = {}
    rows, played = [], []
    for done, game in enumerate(games):
        size = game.rules.board_size
        if size not in readers:
            readers[size] = FeatureReader(size, linear.playouts)
        for state, move in labelled_positions(game):
            moves, _, added = linear.contributions(state, readers[size])
            rows.append(inputs_of(added))
            played.append(int(np.searchsorted(moves, move)))
        if progress:
            progress("reading features", done + 1, len(games))
    return np.concatenate(rows), np.array(played), np.array([len(row) for row in rows])


def _best_scale(
    trees: Any, rows: NDArray[np.float32], played: NDArray[np.int64], counts: NDArray[np.int64]
) -> float:
    """The factor that makes the scores the best logits: the least log-loss of 40 tried."""
    scores = trees.predict(rows)
    begins = np.cumsum(counts) - counts
    scales = np.geomspace(0.1, 10.0, 40)
    losses = []
    for scale in scales:
        powers = np.exp(scale * (scores - np.repeat(np.maximum.reduceat(scores, begins), counts)))
        share = powers[begins + played] / np.add.reduceat(powers, begins)
        losses.append(-np.log(np.maximum(share, 1e-12)).mean())
    return float(scales[int(np.argmin(losses))])
