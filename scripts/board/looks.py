"""Colours of the board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["LOOKS", "Color", "Look", "blend"]

Color = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of a board; the stones in two shades, so that neighbours can be told apart."""

    wood: Color
    line: Color
    label: Color
    black: tuple[Color, Color]
    white: tuple[Color, Color]
    mark: Color
    cursor: Color


LOOKS: Final = {
    "kaya": Look(
        wood=(220, 178, 113),
        line=(128, 94, 50),
        label=(150, 120, 80),
        black=((28, 28, 32), (40, 40, 46)),
        white=((250, 247, 238), (234, 229, 216)),
        mark=(214, 64, 43),
        cursor=(176, 24, 24),
    ),
    "slate": Look(
        wood=(71, 85, 99),
        line=(38, 48, 58),
        label=(130, 146, 160),
        black=((14, 15, 18), (24, 26, 30)),
        white=((238, 240, 242), (220, 224, 228)),
        mark=(255, 138, 76),
        cursor=(255, 214, 102),
    ),
    "paper": Look(
        wood=(240, 234, 220),
        line=(160, 150, 130),
        label=(150, 140, 120),
        black=((34, 34, 38), (48, 48, 54)),
        white=((255, 255, 255), (246, 244, 240)),
        mark=(200, 50, 40),
        cursor=(20, 110, 180),
    ),
}


def blend(ground: Color, color: Color, share: float) -> Color:
    """`share` of `color`, the rest of `ground`."""
    a, b, c = (round(g + (v - g) * share) for g, v in zip(ground, color, strict=True))
    return a, b, c
