"""The folder of a tournament: whose it is, and what is written to it besides the results.

tournament.json   the settings; other settings are refused in the same folder
results.jsonl     one line a game (see `results`), the only file that counts
games/*.sgf       every game as SGF
standings.*       the table, written at the end: .json, .md to read, .html with everything
lock              one process at a time
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from agents.arena.game_sgf import game_sgf
from agents.arena.page import standings_html
from agents.arena.records import GameRecord
from agents.arena.results import TournamentError, read_json
from agents.arena.settings import TournamentSettings
from agents.arena.standings import Standings, standings_json
from agents.arena.tables import standings_markdown
from agents.files import write_atomically

__all__ = ["claim", "games_folder", "save_game", "write_standings"]

_FORMAT: Final = 1
_OURS: Final = frozenset({"lock", "tournament.json.tmp"})  # what may lie there before the settings


def claim(out: Path, settings: TournamentSettings) -> None:
    """Make `out` this tournament's folder, or see that it is.

    More pairs than before are welcome (the first ones stay the same) but in a swiss, fewer are not.
    What a ladder is to reach, and what it knows of its rungs, may change.
    As long as no game has been played any settings are.

    Raises:
        TournamentError: if it holds something else.
        OSError: if it cannot be written.
    """
    path = out / "tournament.json"
    wanted = json.loads(json.dumps({"format": _FORMAT, **dataclasses.asdict(settings)}))
    if not path.exists():
        if any(entry.name not in _OURS for entry in out.iterdir()):
            raise TournamentError(f"{out} is not empty and holds no tournament; choose another")
    elif _has_games(out):
        held = {**_defaults(), **read_json(path)}
        pairs = held.get("num_pairs")
        may_grow = isinstance(pairs, int) and settings.system != "swiss"
        if may_grow and settings.num_pairs >= int(pairs or 0):
            held["num_pairs"] = settings.num_pairs
        if settings.ladder is not None and held["ladder"] is not None:
            held["ladder"] = wanted["ladder"]
        if change := _first_difference(held, wanted):
            raise TournamentError(
                f"{out} holds another tournament ({change}); give its settings or another folder"
            )
        if pairs == settings.num_pairs:
            return
    write_atomically(path, (json.dumps(wanted, indent=2) + "\n").encode())


def _defaults() -> dict[str, Any]:
    """What settings that are newer than a file were when it was written."""
    plain = TournamentSettings(("a", "b"))
    newer = (
        "judge",
        "system",
        "rounds",
        "openings",
        "clock",
        "budgets",
        "resign",
        "sprt",
        "ladder",
    )
    values = json.loads(json.dumps(dataclasses.asdict(plain)))
    return {name: values[name] for name in newer}


def _has_games(out: Path) -> bool:
    results = out / "results.jsonl"
    return results.exists() and results.stat().st_size > 0


def _first_difference(held: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """In words, the first setting that differs; empty if none does."""
    for name in [*wanted, *(key for key in held if key not in wanted)]:
        before, now = held.get(name), wanted.get(name)
        if isinstance(before, dict) and isinstance(now, dict):
            if inner := _first_difference(before, now):
                return inner
        elif before != now:
            return f"{name} was {_plain(before)}, now {_plain(now)}"
    return ""


def _plain(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 200 else text[:197] + "..."


def games_folder(out: Path, records: Sequence[GameRecord]) -> Path:
    """The folder of SGFs, made if missing, with those that a kill kept from being written."""
    games = out / "games"
    games.mkdir(exist_ok=True)
    for record in records:
        if not (games / f"{record.game_id}.sgf").exists():
            save_game(games, record)
    return games


def save_game(games: Path, record: GameRecord) -> None:
    """Write a game's SGF."""
    path = games / f"{record.game_id}.sgf"
    write_atomically(path, game_sgf(record).encode(), durable=False)


def write_standings(out: Path, standings: Standings, records: Sequence[GameRecord]) -> None:
    """Write the table as JSON, Markdown and a page."""
    texts = {
        "standings.json": json.dumps(standings_json(standings), indent=2) + "\n",
        "standings.md": standings_markdown(standings),
        "standings.html": standings_html(standings, records),
    }
    for name, text in texts.items():
        write_atomically(out / name, text.encode(), durable=False)
