"""From SGF files to weights with a model card: the whole of the told player's training."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agents.files import write_atomically
from agents.told import ToldAgent
from go_engine.sgf import SgfError
from selfplay.supervised.evaluation import Agreement, evaluate_both
from selfplay.supervised.fit import TrainConfig
from selfplay.supervised.labelled import Progress, known_positions
from selfplay.supervised.prepared import prepare
from selfplay.supervised.training import Trained, train_model

__all__ = ["TrainingResult", "train_from_files", "write_trained"]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingResult:
    """A trained model and what it was trained and validated on.

    `agreement` is over all held-out positions, `agreement_new` over those of them that occur in no
    training game, not even rotated or reflected (None if there is none).
    """

    trained: Trained
    config: TrainConfig
    sizes: tuple[int, ...]
    train_games: int
    train_positions: int
    held_out_games: int
    agreement: Agreement
    agreement_new: Agreement | None


def train_from_files(
    paths: Sequence[Path],
    config: TrainConfig,
    progress: Progress | None = None,
    on_error: Callable[[SgfError], None] | None = None,
    folder: Path | None = None,
) -> TrainingResult:
    """Read, split, harvest patterns, fit, validate.

    Ctrl-C during the fitting goes on to the validation with what was learned so far; at any other
    time it comes through as KeyboardInterrupt. With a `folder`, a training that was cut off is
    taken up there by the next call with the same games and settings.

    Raises:
        ValueError: for too few games or a setting out of range.
        SgfError, OSError: for files that cannot be read.
    """
    data = prepare(paths, config, folder, progress, on_error)
    trained = train_model(
        data.train, data.held_out, data.tables, config, data.order_rng, progress, folder
    )
    agent = ToldAgent(model=trained.model)
    agreement, agreement_new = evaluate_both(
        agent, data.held_out_games, known_positions(data.train_games), progress
    )
    return TrainingResult(
        trained=trained,
        config=config,
        sizes=data.sizes,
        train_games=len(data.train_games),
        train_positions=data.train.positions,
        held_out_games=len(data.held_out_games),
        agreement=agreement,
        agreement_new=agreement_new,
    )


def write_trained(result: TrainingResult, folder: Path, *, source: str, command: str) -> None:
    """Write weights, `card.json` and `card.md`. `source` says in words where the games come from.

    Raises:
        OSError: if the folder cannot be written.
    """
    card = make_card(result, source=source or "not said", command=command)
    result.trained.model.save(folder, card)
    write_atomically(folder / "card.md", card_text(card).encode())


def make_card(result: TrainingResult, *, source: str, command: str) -> dict[str, Any]:
    """What there is to know about the weights, as JSON."""
    model = result.trained.model
    return {
        "name": "told",
        "model": "conditional logit over all legal moves, linear in one-hot features",
        "weights": int(model.weights.size),
        "patterns": int(model.tables.codes.size),
        "labels": source,
        "board_sizes": list(result.sizes),
        "train_games": result.train_games,
        "train_positions": result.train_positions,
        "held_out_games": result.held_out_games,
        "held_out": result.agreement,
        "held_out_new_positions": result.agreement_new,
        "epochs_done": len(result.trained.epochs),
        "settings": asdict(result.config),
        "command": command,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "limits": [
            "Imitates; it does not search and does not know who is winning, except to pass.",
            f"Learned on boards of {' and '.join(map(str, result.sizes))} points a side; features "
            "are relative to edges, so it plays on others, but was not fitted there.",
            "Agreement is with these players' moves and says little about strength by itself.",
        ],
    }


def card_text(card: dict[str, Any]) -> str:
    """The card for people, as Markdown."""
    lines = [
        "# Told player: model card",
        "",
        f"- **What**: {card['model']}; {card['weights']:,} weights, "
        f"of them {card['patterns']:,} for patterns.",
        f"- **Labels**: {card['labels']}",
        f"- **Learned from**: {card['train_games']:,} games, {card['train_positions']:,} positions "
        f"(board size {', '.join(map(str, card['board_sizes']))}), {card['epochs_done']} epochs.",
        f"- **Validated on**: {card['held_out_games']:,} games held back as a whole.",
        f"- **Command**: `{card['command']}`",
        f"- **Date**: {card['date']}",
        "",
        "| held-out positions | number | top-1 | top-3 | mean log-loss |",
        "|---|---|---|---|---|",
        _row("all", card["held_out"]),
    ]
    if card["held_out_new_positions"] is not None:
        lines.append(_row("in no training game", card["held_out_new_positions"]))
    lines += ["", "Limits:", "", *(f"- {limit}" for limit in card["limits"])]
    return "\n".join(lines) + "\n"


def _row(name: str, agreement: Agreement) -> str:
    return (
        f"| {name} | {agreement['positions']:,} | {agreement['top1']:.2%} | "
        f"{agreement['top3']:.2%} | {agreement['log_loss']:.4f} |"
    )
