"""What the told player was told: the table of its features.

A *family* is one question about a move, with a list of answers, its *levels*. A move has exactly
one level in every family; level 0 is the answer "nothing of the kind" (and every family's answer
about a pass, except the first's). The model's score of a move is the sum, over the families, of the
weight of its level there.

`docs/told.md` holds this table as `python -m agents.told.features` prints it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

__all__ = [
    "FAMILIES",
    "HAND_FAMILIES",
    "MAX_DISTANCE",
    "MAX_PATH",
    "PATTERN_FAMILIES",
    "SPACE_LIMIT",
    "Family",
    "features_table",
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


def _sizes(
    text: str,
    sizes: tuple[str, ...] = ("one stone", "two stones", "three or more stones"),
) -> tuple[str, ...]:
    return tuple(text.format(size) for size in sizes)


_PASS_LEVELS = tuple(
    f"passes {first}; the position as it stands {result}; {stage}"
    for first, result, stage in product(
        ("first", "after a pass"),
        ("loses", "draws", "wins"),
        (
            "less than half the board is filled",
            "some points are nobody's",
            "every point is somebody's",
        ),
    )
)

_PLACES = tuple(
    f"{phase}, {far + 1} and {near + 1} lines from the edges"
    for phase in ("opening", "middle game", "late")
    for far in range(5)
    for near in range(far + 1)
)

_SPACES = tuple(
    f"in an eye space of {size}, {degree} of its points next to it"
    for size in range(1, SPACE_LIMIT + 1)
    for degree in range(5)
)

HAND_FAMILIES: Final[tuple[Family, ...]] = (
    Family(
        "pass",
        "Passing: whether the opponent just passed, who is ahead by area as the position stands "
        "(komi counted), and how far the board is settled.",
        COULOM,
        ("", *_PASS_LEVELS),
    ),
    Family(
        "capture",
        "What the move takes off: a ko stone; stones whose capture frees an own chain in atari; "
        "stones that could still run; stones caught in any case. By number of stones.",
        COULOM,
        (
            "",
            "takes a ko",
            *_sizes("captures {} and so frees a chain in atari"),
            *_sizes("captures {} that could run"),
            *_sizes("captures {} that cannot run"),
        ),
    ),
    Family(
        "recapture",
        "Whether the capture takes the chain of the opponent's last stone, by size.",
        COULOM,
        ("", "takes the last stone played", "takes the last stone played and its chain"),
    ),
    Family(
        "escape",
        "What becomes of an own chain in atari that the move extends or frees: still in atari, "
        "caught in a ladder, or out. By stones of the chain.",
        COULOM,
        (
            "",
            *_sizes("extends {} but stays in atari"),
            *_sizes("extends {} into a ladder that fails"),
            *_sizes("brings {} out of atari"),
        ),
    ),
    Family(
        "atari",
        "Putting opponent chains into atari: one or two, and whether the ladder that follows "
        "catches one. By stones of the largest.",
        COULOM,
        (
            "",
            *_sizes("gives atari to {} that can get away"),
            *_sizes("gives atari to {} that the ladder catches"),
            "gives a double atari",
            "gives a double atari that the ladder catches",
            "gives atari from a stone in atari",
        ),
    ),
    Family(
        "defend",
        "An own chain of two liberties that a ladder would catch: whether the move prevents it. "
        "By stones of the chain.",
        PACHI,
        (
            "",
            *_sizes("adds to {} that the ladder still catches"),
            *_sizes("saves {} from a ladder"),
        ),
    ),
    Family(
        "threat",
        "Bringing an opponent chain from three liberties to two so that the next move starts a "
        "ladder that works. By stones of the chain.",
        LORE,
        ("", *_sizes("threatens to catch {} in a ladder")),
    ),
    Family(
        "liberties",
        "Liberties of the chain that the stone becomes part of: self-atari by size, two liberties "
        "but caught in a ladder by size, or more.",
        COULOM,
        (
            "",
            *_sizes(
                "self-atari with {}",
                ("one stone", "two stones", "three stones", "four or more stones"),
            ),
            *_sizes("leaves {} on two liberties, caught in a ladder"),
            "has two liberties",
            "has three liberties",
            "has four liberties",
            "has five or more liberties",
        ),
    ),
    Family(
        "join",
        "Own chains that the stone touches, and the liberties of the weakest of them before.",
        PACHI,
        (
            "",
            *(
                f"{what}, the weakest with {weak}"
                for what in ("extends a chain", "connects two chains", "connects three chains")
                for weak in ("one liberty", "two liberties", "three or more liberties")
            ),
        ),
    ),
    Family(
        "contact",
        "Opponent chains that the stone touches, and the liberties the weakest of them keeps.",
        PACHI,
        (
            "",
            *(
                f"{what}, the weakest left with {weak}"
                for what in ("touches a chain", "divides two chains", "divides three chains")
                for weak in (
                    "one liberty",
                    "two liberties",
                    "three liberties",
                    "four or more liberties",
                )
            ),
        ),
    ),
    Family(
        "own_eye",
        "Filling a point that only own stones surround: a one-point eye or a false one.",
        MOGO,
        ("", "fills its own eye", "fills its own false eye"),
    ),
    Family(
        "their_eye",
        "Playing on a point that only opponent stones surround.",
        MOGO,
        ("", "plays into an opponent's eye", "plays into an opponent's false eye"),
    ),
    Family(
        "make_eye",
        "Neighbouring points that the stone turns into one-point eyes of its own.",
        LORE,
        ("", "makes an eye", "makes two eyes"),
    ),
    Family(
        "spoil_eye",
        "Neighbouring points that an opponent's stone here would have turned into eyes.",
        LORE,
        ("", "takes an eye", "takes two eyes"),
    ),
    Family(
        "own_space",
        f"Own eye space (at most {SPACE_LIMIT} points, enclosed by own stones): its size, and how "
        "many of its points lie next to the move, which tells the vital point.",
        LORE,
        ("", *(f"{text} (own)" for text in _SPACES)),
    ),
    Family(
        "their_space",
        f"The same for the opponent's eye space of at most {SPACE_LIMIT} points.",
        LORE,
        ("", *(f"{text} (the opponent's)" for text in _SPACES)),
    ),
    Family(
        "region",
        "Whose stones border on the empty region the move lies in, and the size of that region.",
        LORE,
        (
            "",
            *(
                f"in an empty region of {size} that borders on {side}"
                for side in ("own stones only", "opponent stones only", "both sides")
                for size in (
                    "one point",
                    "two points",
                    "3 to 5 points",
                    "6 to 10 points",
                    "more than 10 points",
                )
            ),
        ),
    ),
    Family(
        "place",
        "Distance to the two nearest edges (five lines or more counted as five), for each phase: "
        "less than a tenth, less than a third, or more of the board filled.",
        COULOM,
        ("", *_PLACES),
    ),
    Family(
        "near_last",
        "Distance to the last move: dx + dy + max(dx, dy).",
        COULOM,
        ("", *(f"at distance {d} from the last move" for d in range(2, MAX_DISTANCE + 1))),
    ),
    Family(
        "near_previous",
        "Distance to the move before the last, the player's own.",
        COULOM,
        ("", *(f"at distance {d} from its own last move" for d in range(MAX_DISTANCE + 1))),
    ),
    Family(
        "path_last",
        "Steps to the last move along the lines of the board, steps inside a chain being free.",
        GRAEPEL,
        ("", *(f"{d} steps from the last move's chain" for d in range(1, MAX_PATH + 1))),
    ),
    Family(
        "path_previous",
        "The same to the move before the last.",
        GRAEPEL,
        ("", *(f"{d} steps from its own last chain" for d in range(MAX_PATH + 1))),
    ),
    Family(
        "reply",
        "Whether the move takes a liberty of the chain just played, by the liberties it had.",
        PACHI,
        (
            "",
            *(
                f"attacks the chain just played, which had {liberties}"
                for liberties in (
                    "one liberty",
                    "two liberties",
                    "three liberties",
                    "four or more liberties",
                )
            ),
        ),
    ),
)

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
    Family(
        "response",
        "The 20 points around a move and which of them was played last, if one of them was.",
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
