"""What a family of features is, where the ideas come from, and the bounds of what is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = [
    "ALPHAGO",
    "COULOM",
    "GRAEPEL",
    "LORE",
    "MAX_DISTANCE",
    "MAX_PATH",
    "MOGO",
    "OWNERS",
    "PACHI",
    "SPACE_LIMIT",
    "STERN",
    "Family",
]

COULOM: Final = "Coulom 2007"
MOGO: Final = "Gelly et al. 2006"
PACHI: Final = "Baudiš & Gailly 2012"
STERN: Final = "Stern et al. 2006"
GRAEPEL: Final = "Graepel et al. 2001"
ALPHAGO: Final = "Silver et al. 2016"
LORE: Final = "players' lore"

MAX_DISTANCE: Final = 17
MAX_PATH: Final = 9
SPACE_LIMIT: Final = 7
"""Enclosed regions of more points are no eye space yet."""

OWNERS: Final = 11
"""Steps in which the share of playouts that end with a point as the mover's is told."""


@dataclass(frozen=True, slots=True)
class Family:
    """One question about a move.

    Attributes:
        name: one lower-case word.
        sentence: what is asked, for people.
        source: where the idea comes from.
        levels: the answers in words, "" for level 0. Empty for a pattern family, whose levels
            are the patterns that the training games showed often enough.
    """

    name: str
    sentence: str
    source: str
    levels: tuple[str, ...]
