"""The whole of a practice: from nothing to weights with a model card, and on after any stop."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from agents.base import AgentError
from agents.files import write_atomically
from agents.told.model import CARD, MoveModel
from selfplay.supervised.practice import Practice, PracticeConfig

__all__ = ["practise"]

_UNFINISHED: Final = "unfinished"


def practise(
    config: PracticeConfig,
    folder: Path,
    *,
    command: str = "",
    progress: Callable[[Practice], None] | None = None,
) -> dict[str, Any]:
    """Play and learn until `config.games` are played; write the model with its card to `folder`.

    After every few games the model is kept in `folder/unfinished`; a practice with the same
    settings goes on there (the newest positions are lost with the process, the weights are not).
    Returns the card.

    Raises:
        OSError: if the folder cannot be written.
        ValueError: if the weights grow beyond all bounds.
    """
    practice = _resumed(config, folder / _UNFINISHED)
    while practice.games < config.games:
        practice.step()
        facts = {"settings": asdict(config), "games": practice.games}
        practice.model.save(folder / _UNFINISHED, facts)
        if progress:
            progress(practice)
    card = {
        "name": "practised",
        "model": "the told player's features and model, improved by self-play; told no move",
        "weights": int(practice.model.weights.size),
        "patterns": int(practice.model.tables.codes.size),
        "labels": "none: self-play, its policy improved by random playouts under the rules",
        "games": practice.games,
        "settings": asdict(config),
        "command": command,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "limits": [
            "Knows the told player's features, so it is no part of the untold player's claim.",
            "Its values are those of random playouts, which see no deep tactics.",
        ],
    }
    practice.model.save(folder, card)
    write_atomically(folder / "card.md", _as_text(card).encode())
    shutil.rmtree(folder / _UNFINISHED, ignore_errors=True)
    return card


def _resumed(config: PracticeConfig, folder: Path) -> Practice:
    """A practice where an earlier one with the same settings was cut off, or a new one."""
    try:
        kept = json.loads((folder / CARD).read_text())
        if kept["settings"] == asdict(config):
            return Practice(config, MoveModel.load(folder), int(kept["games"]))
    except (OSError, ValueError, KeyError, TypeError, AgentError):
        pass
    return Practice(config)


def _as_text(card: dict[str, Any]) -> str:
    """The card for people, as Markdown."""
    return "\n".join(
        [
            "# Practised player: model card",
            "",
            f"- **What**: {card['model']}; {card['weights']:,} weights, of them "
            f"{card['patterns']:,} for patterns.",
            f"- **Labels**: {card['labels']}",
            f"- **Learned from**: {card['games']:,} games against itself.",
            f"- **Command**: `{card['command']}`",
            f"- **Date**: {card['date']}",
            "",
            "Limits:",
            "",
            *(f"- {limit}" for limit in card["limits"]),
            "",
        ]
    )
