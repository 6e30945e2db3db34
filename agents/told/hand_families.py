"""The families that people worked out by hand, in the order of the columns in `shared`."""

from __future__ import annotations

from itertools import product
from typing import Final

from agents.told.family import (
    COULOM,
    GRAEPEL,
    LORE,
    MAX_DISTANCE,
    MAX_PATH,
    MOGO,
    OWNERS,
    PACHI,
    SPACE_LIMIT,
    Family,
)

__all__ = ["HAND_FAMILIES"]


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
    Family(
        "cut",
        "Keeping apart opponent chains that touch the point and have no other liberty in common. "
        "By stones of the smaller of them.",
        PACHI,
        ("", *_sizes("cuts off {}")),
    ),
    Family(
        "bind",
        "The same for own chains that an opponent's stone here would cut apart.",
        PACHI,
        ("", *_sizes("ties in {} that could have been cut off")),
    ),
    Family(
        "snapback",
        "Putting stones into atari so that the chain which takes them is taken at once, with more "
        "stones than were lost. By stones taken back.",
        COULOM,
        ("", *_sizes("throws in to take back {}", ("two stones", "three or more stones"))),
    ),
    Family(
        "net",
        "Keeping in an opponent chain of two liberties, which no ladder would catch, from a point "
        "beside one of them: whichever the chain extends to, the ladder then works, and it has "
        "nothing to capture. By stones of the chain.",
        LORE,
        ("", *_sizes("catches {} in a net")),
    ),
    Family(
        "ko",
        "Connecting where the opponent could take a ko; or, when he just took one, making a "
        "threat: an atari (by stones), a capture, a ladder to come.",
        COULOM,
        (
            "",
            "connects a ko",
            *_sizes("in a ko fight, gives atari to {}"),
            "in a ko fight, gives a double atari or one from a stone in atari",
            "in a ko fight, captures something else",
            "in a ko fight, threatens a ladder",
        ),
    ),
    Family(
        "owner",
        "Monte-Carlo ownership, an option (else all moves are at level 0): in how many random "
        "playouts of the position the point ends as the mover's.",
        COULOM,
        ("", *(f"on a point that is its own in {10 * i} % of playouts" for i in range(OWNERS))),
    ),
)
