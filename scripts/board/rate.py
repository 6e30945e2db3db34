"""Fills in the levels' ratings from a tournament: `python -m scripts.board.rate FOLDER`.

    untold tournament --agents $(python -m scripts.board.rate --agents) gnugo:level=10 --out FOLDER
    python -m scripts.board.rate FOLDER
    python -m scripts.board.rate --page          # after a change of the levels: the table alone

FOLDER is a tournament's; its `standings.json` is read. Ratings of agents that are no level are
left out, those measured before and not now are kept. The table in docs/board.md follows.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from scripts.board.keep import write_whole
from scripts.board.levels import (
    LEVELS,
    RATINGS_FILE,
    available_levels,
    level_rows,
    read_ratings,
)

__all__ = ["BEGIN", "END", "ZERO", "levels_table", "main", "ratings_from"]

ZERO: Final = "gnugo:level=10"
"""Whose rating is 0."""
BEGIN: Final = "<!-- levels: written by scripts/board/rate.py -->"
END: Final = "<!-- end of levels -->"
_PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "board.md"


def ratings_from(standings: Mapping[str, Any]) -> dict[str, float]:
    """Elo by agent, `ZERO` at 0, of a tournament's standings; unbounded ones are left out.

    Raises:
        ValueError: if `ZERO` took no part or has no rating.
    """
    elo = {row["name"]: row["elo"] for row in standings["rows"] if row["elo"] is not None}
    if ZERO not in elo:
        raise ValueError(f"{ZERO} took no part in that tournament, so its ratings have no zero")
    return {
        name: round(value - elo[ZERO], 1)
        for name, value in elo.items()
        if math.isfinite(value) and not _is_open(standings, name)
    }


def _is_open(standings: Mapping[str, Any], name: str) -> bool:
    [interval] = [row["elo_interval"] for row in standings["rows"] if row["name"] == name]
    return interval is not None and (interval["open_above"] or interval["open_below"])


def levels_table() -> str:
    """The levels as a table in Markdown, between its marks."""
    ratings = read_ratings()
    lines = [BEGIN, f"| level | rating ({ratings['scale']}) | |", "|---|---|---|"]
    lines += [f"| `{name}` | {elo} | {words} |" for name, elo, words in level_rows(LEVELS)]
    return "\n".join([*lines, "", f"Ratings: {ratings['source']}.", END])


def _write_page() -> None:
    head, _, rest = _PAGE.read_text("utf-8").partition(BEGIN)
    write_whole(_PAGE, head + levels_table() + rest.partition(END)[2])


def main(argv: Sequence[str] | None = None) -> int:
    """Write `ratings.json` and the table in the documentation; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="of a tournament")
    parser.add_argument("--agents", action="store_true", help="print the levels' agents instead")
    parser.add_argument("--page", action="store_true", help="write the table in the docs instead")
    options = parser.parse_args(argv)
    if options.agents:
        print(" ".join(level.spec for level in available_levels()))
        return 0
    if options.page:
        _write_page()
        return 0
    if options.folder is None:
        parser.error("name the folder of a tournament")
    try:
        found = ratings_from(json.loads((options.folder / "standings.json").read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"rate: no ratings in {options.folder}: {error}", file=sys.stderr)
        return 2
    before, wanted = read_ratings(), {level.spec for level in LEVELS}
    elo = {**before["elo"], **found}
    data = {
        "scale": "Elo, GNU Go level 10 = 0",
        "source": f"tournament `{options.folder.resolve().name}`",
        "elo": {name: elo[name] for name in elo if name in wanted},
    }
    write_whole(RATINGS_FILE, json.dumps(data, indent=2) + "\n")
    read_ratings.cache_clear()
    _write_page()
    for name, rating, _ in level_rows(LEVELS):
        print(f"{name:14} {rating}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
