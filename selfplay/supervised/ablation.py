"""What each family of features is worth: the model trained anew without it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from agents.files import write_atomically
from agents.told.families import FAMILIES
from agents.told.features import NUM_HAND
from agents.told.model import MoveModel, families_hash
from selfplay.supervised.fit import TrainConfig
from selfplay.supervised.labelled import Progress, known_positions, labelled_positions, position_key
from selfplay.supervised.prepared import Prepared
from selfplay.supervised.reading import Candidates
from selfplay.supervised.training import measure, train_model

__all__ = ["GROUPS", "Ablated", "ablate", "ablation_table"]

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "nothing": (),
    **{family.name: (family.name,) for family in FAMILIES},
    "all ladders and tactics": (
        "escape", "atari", "defend", "threat", "liberties", "capture", "snapback", "net",
    ),
    "all eyes and spaces": (
        "own_eye", "their_eye", "make_eye", "spoil_eye", "own_space", "their_space", "region",
    ),
    "all distances to moves": (
        "near_last", "near_previous", "path_last", "path_previous", "reply", "recapture",
    ),
    "all large patterns": ("pattern12", "pattern20", "pattern36", "pattern60"),
    "all responses": ("response", "response12", "tactics12"),
    "all patterns": tuple(family.name for family in FAMILIES[NUM_HAND:]),
    "all but patterns": tuple(family.name for family in FAMILIES[:NUM_HAND]),
}  # fmt: skip
"""What can be left out, by name: each family alone, and some together."""


@dataclass(frozen=True, slots=True)
class Ablated:
    """Held-out agreement of a model trained without something: on all positions, and on those
    that occur in no training game. Top-1 counts ties as misses."""

    without: str
    log_loss: float
    top1: float
    new_log_loss: float
    new_top1: float


def ablate(
    data: Prepared,
    config: TrainConfig,
    names: Sequence[str],
    folder: Path,
    progress: Progress | None = None,
    keep: Callable[[str, MoveModel], None] | None = None,
) -> list[Ablated]:
    """Train without each of the named `GROUPS`, on the same positions in the same order.

    What is done is kept in `folder` and not done again; Ctrl-C comes through between two.

    Args:
        data: games and arrays.
        config: of every fit.
        names: of `GROUPS`.
        folder: for `ablation.json`.
        progress: called now and then.
        keep: gets each model, to save or to play.

    Raises:
        ValueError: for an unknown name.
        OSError: if the folder cannot be written.
    """
    if unknown := [name for name in names if name not in GROUPS]:
        raise ValueError(f"no such family or group of them: {unknown[0]}")
    path = folder / "ablation.json"
    key = json.dumps([asdict(config), data.train.positions, families_hash()])
    found = _load(path, key)
    is_new = _new_positions(data)
    for name in names:
        if name in found:
            continue
        found[name], model = _without(data, config, name, is_new, progress)
        if keep:
            keep(name, model)
        folder.mkdir(parents=True, exist_ok=True)
        kept = {"key": key, "results": [asdict(result) for result in found.values()]}
        write_atomically(path, json.dumps(kept, indent=1).encode())
    return [found[name] for name in names]


def _load(path: Path, key: str) -> dict[str, Ablated]:
    try:
        kept: dict[str, Any] = json.loads(path.read_text())
        if kept["key"] != key:
            return {}
        return {result["without"]: Ablated(**result) for result in kept["results"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _new_positions(data: Prepared) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """`bool [P]`: the held-out positions that occur in no training game."""
    known = known_positions(data.train_games)
    return np.array(
        [
            position_key(state) not in known
            for game in data.held_out_games
            for state, _ in labelled_positions(game)
        ],
        np.bool_,
    )


def _without(
    data: Prepared,
    config: TrainConfig,
    name: str,
    is_new: np.ndarray[Any, np.dtype[np.bool_]],
    progress: Progress | None,
) -> tuple[Ablated, MoveModel]:
    columns = [i for i, family in enumerate(FAMILIES) if family.name in GROUPS[name]]
    train, held_out = (blanked(part, columns) for part in (data.train, data.held_out))

    def say(_: str, done: int, total: int) -> None:
        if progress:
            progress(f"fitting without {name}", done, total)

    rng = np.random.default_rng(config.seed)
    trained = train_model(train, held_out, data.tables, config, rng, say)
    if trained.interrupted:
        raise KeyboardInterrupt
    weights = trained.model.weights.copy()
    for column in columns:
        begin, end = trained.model.offsets[column], trained.model.offsets[column + 1]
        weights[begin:end] = 0.0  # where nothing told them apart they have drifted together
    model = MoveModel(weights, data.tables, config.playouts)
    everything, new = np.arange(is_new.size), np.flatnonzero(is_new)
    both = [measure(model.weights, held_out, model.offsets, part) for part in (everything, new)]
    return Ablated(name, *both[0], *both[1]), model


def blanked(data: Candidates, columns: Iterable[int]) -> Candidates:
    """The same candidates, every one at level 0 of these families."""
    hand, patterns = data.hand, data.patterns
    columns = list(columns)
    if any(column < NUM_HAND for column in columns):
        hand = hand.copy()
    if any(column >= NUM_HAND for column in columns):
        patterns = patterns.copy()
    for column in columns:
        if column < NUM_HAND:
            hand[:, column] = 0
        else:
            patterns[:, column - NUM_HAND] = 0
    return Candidates(hand, patterns, data.starts, data.played)


def ablation_table(results: Sequence[Ablated]) -> str:
    """The results as a Markdown table; differences are to the first one."""
    lines = [
        "| without | top-1 | log-loss | top-1, new positions | log-loss, new | log-loss worse by |",
        "|---|---|---|---|---|---|",
    ]
    for result in results:
        worse = result.new_log_loss - results[0].new_log_loss
        lines.append(
            f"| {result.without} | {result.top1:.2%} | {result.log_loss:.4f} | "
            f"{result.new_top1:.2%} | {result.new_log_loss:.4f} | {worse:+.4f} |"
        )
    return "\n".join(lines)
