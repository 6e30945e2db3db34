"""What the told player was told: the table of its features.

A *family* is one question about a move, with a list of answers, its *levels*. A move has exactly
one level in every family; level 0 is the answer "nothing of the kind" (and every family's answer
about a pass, except the first's). The model's score of a move is the sum, over the families, of the
weight of its level there.

`docs/told.md` holds this table as `python -m agents.told.features` prints it.
"""

from __future__ import annotations

from typing import Final

from agents.told.family import ALPHAGO, MOGO, STERN, Family
from agents.told.hand_families import HAND_FAMILIES

__all__ = ["FAMILIES", "HAND_FAMILIES", "PATTERN_FAMILIES", "Family", "features_table"]

PATTERN_FAMILIES: Final[tuple[Family, ...]] = (
    Family(
        "pattern3",
        "The eight points around the move, with the liberties (1, 2, more) of the chains on the "
        "four next to it.",
        MOGO,
        (),
    ),
    Family("pattern12", "The 12 points at distance up to 4 around the move.", STERN, ()),
    Family("pattern20", "The 20 points at distance up to 5.", STERN, ()),
    Family("pattern36", "The 36 points at distance up to 7.", STERN, ()),
    Family("pattern60", "The 60 points at distance up to 9.", STERN, ()),
    Family(
        "response",
        "The 20 points around a move and which of them was played last, if one of them was.",
        ALPHAGO,
        (),
    ),
    Family(
        "response12",
        "The same with the 12 nearest points, if the last move is one of them.",
        ALPHAGO,
        (),
    ),
    Family(
        "tactics12",
        "The 12 nearest points, each stone with the liberties (1, 2, more) of its chain, and which "
        "of them was played last, if one of them was.",
        ALPHAGO,
        (),
    ),
)

FAMILIES: Final = HAND_FAMILIES + PATTERN_FAMILIES


def features_table() -> str:
    """The families as a Markdown table."""
    lines = ["| family | levels | what is asked about a move | source |", "|---|---|---|---|"]
    for family in FAMILIES:
        count = str(len(family.levels)) if family.levels else "learned"
        lines.append(f"| `{family.name}` | {count} | {family.sentence} | {family.source} |")
    return "\n".join(lines)
