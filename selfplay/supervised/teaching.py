"""From SGF files to a taught network with its model card: the whole of its training."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from agents.files import write_atomically
from agents.net import save_net
from agents.search import ZeroAgent
from go_engine.sgf import SgfError
from selfplay.supervised.evaluation import evaluate_both
from selfplay.supervised.labelled import Progress, known_positions, read_games, split_for_training
from selfplay.supervised.taught import TeachConfig, Teacher

__all__ = ["CARD", "NET", "teach_from_files"]

NET: Final = "net.safetensors"
CARD: Final = "card.json"


def teach_from_files(
    paths: Sequence[Path],
    config: TeachConfig,
    folder: Path,
    *,
    source: str = "",
    command: str = "",
    progress: Progress | None = None,
    on_error: Callable[[SgfError], None] | None = None,
) -> dict[str, Any]:
    """Read, split, teach, validate; write `net.safetensors`, `card.json` and `card.md`.

    The split is the told player's with the same share and seed, so that both are held to the same
    games. What was cut off goes on from `folder`. Returns the card.

    Raises:
        ValueError: for too few games or a setting out of range.
        SgfError, OSError: for files that cannot be read or written.
    """
    games = read_games(paths, on_error, progress)
    train, held_out = split_for_training(games, config.held_out, config.seed)
    teacher = Teacher(train, config)
    unfinished = folder / "unfinished"
    teacher.load(unfinished)
    teacher.run(unfinished, progress=progress)
    net = teacher.learner.playing_net()
    save_net(net, folder / NET, half=True, name="taught", steps=teacher.steps)
    agent = ZeroAgent(weights=folder / NET, simulations=1)
    agreement, agreement_new = evaluate_both(agent, held_out, known_positions(train), progress)
    card = {
        "name": "taught",
        "sha256": hashlib.sha256((folder / NET).read_bytes()).hexdigest(),
        "model": f"the untold network ({config.net}), its policy taught by experts' moves and its "
        "value by who won",
        "parameters": sum(p.numel() for p in net.parameters()),
        "labels": source or "not said",
        "train_games": teacher.games,
        "train_positions": teacher.positions,
        "steps": teacher.steps,
        "held_out_games": len(held_out),
        "held_out": agreement,
        "held_out_new_positions": agreement_new,
        "settings": asdict(config),
        "command": command,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "limits": [
            "Sees what the untold network sees; was told moves, so it is no part of the claim.",
            "Score and ownership heads were not taught: only the policy and the result are used.",
        ],
    }
    write_atomically(folder / CARD, (json.dumps(card, indent=2) + "\n").encode())
    write_atomically(folder / "card.md", _as_text(card).encode())
    return card


def _as_text(card: dict[str, Any]) -> str:
    """The card for people, as Markdown."""
    lines = [
        "# Taught player: model card",
        "",
        f"- **What**: {card['model']}; {card['parameters']:,} parameters.",
        f"- **Labels**: {card['labels']}",
        f"- **Learned from**: {card['train_games']:,} games, {card['train_positions']:,} positions,"
        f" {card['steps']:,} steps of {card['settings']['batch_size']}.",
        f"- **Validated on**: {card['held_out_games']:,} games held back as a whole.",
        f"- **Command**: `{card['command']}`",
        f"- **Date**: {card['date']}",
        "",
        "| held-out positions | number | top-1 | top-3 | mean log-loss |",
        "|---|---|---|---|---|",
    ]
    for name, key in (("all", "held_out"), ("in no training game", "held_out_new_positions")):
        if found := card[key]:
            lines.append(
                f"| {name} | {found['positions']:,} | {found['top1']:.2%} | {found['top3']:.2%} | "
                f"{found['log_loss']:.4f} |"
            )
    lines += ["", "Limits:", "", *(f"- {limit}" for limit in card["limits"])]
    return "\n".join(lines) + "\n"
