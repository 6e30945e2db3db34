"""The rules of the game, as frozen constants."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

__all__ = ["BLACK", "EMPTY", "MAX_SIZE", "MIN_SIZE", "WHITE", "KoRule", "Rules", "Scoring"]

BLACK: Final = 1
WHITE: Final = -1
EMPTY: Final = 0

MIN_SIZE: Final = 2
MAX_SIZE: Final = 19

KoRule = Literal["positional", "situational", "simple"]
Scoring = Literal["area", "territory"]
SCORINGS: Final[tuple[str, ...]] = get_args(Scoring)
KO_CODES: Final[dict[str, int]] = {"simple": 0, "positional": 1, "situational": 2}


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be played, when the game ends and how it is counted.

    Two passes end the game. By default it is counted by area in the manner of Tromp and Taylor.

    Attributes:
        board_size: points along an edge, 2 to 19.
        komi: points added to White's area score; any finite number. Whole numbers allow draws.
        ko: `"positional"` superko forbids a move that recreates any earlier whole-board position;
            `"situational"` only if the same player would be to move again; `"simple"` forbids
            only the immediate retaking of a single stone (games may then cycle for ever).
            A pass is always legal. Under situational superko a pass creates a situation of its
            own (same stones, other player to move), which counts as an earlier one from then on.
        allow_suicide: whether a move may capture its own chain of two or more stones. A lone stone
            never may: it would be a pass in disguise.
        scoring: `"area"` counts stones and what they alone border on; `"territory"` counts empty
            points that one colour alone borders on, and prisoners. Both take the position as it
            stands: dead stones are to be taken off first (see `go_engine.settling`).
        max_moves: the game is over after so many moves, passes counted, and is scored as it stands;
            None for no limit.

    Raises:
        ValueError: for values outside the above.
    """

    board_size: int = 9
    komi: float = 7.0
    ko: KoRule = "positional"
    allow_suicide: bool = False
    scoring: Scoring = "area"
    max_moves: int | None = None

    def __post_init__(self) -> None:
        size, komi = self.board_size, self.komi
        whole = isinstance(size, int | np.integer) and not isinstance(size, bool)
        if not whole or not MIN_SIZE <= size <= MAX_SIZE:
            raise ValueError(
                f"board_size must be a whole number from {MIN_SIZE} to {MAX_SIZE}, not {size!r}"
            )
        real = isinstance(komi, int | float | np.integer | np.floating)
        if not real or isinstance(komi, bool) or not math.isfinite(komi):
            raise ValueError(f"komi must be a finite number, not {komi!r}")
        # NumPy's numbers are welcome, but plain ones are kept: theirs behave otherwise in sums.
        object.__setattr__(self, "board_size", int(size))
        object.__setattr__(self, "komi", float(komi))
        if self.ko not in KO_CODES:
            raise ValueError(f"ko must be one of {', '.join(sorted(KO_CODES))}, not {self.ko!r}")
        if not isinstance(self.allow_suicide, bool):
            raise ValueError(f"allow_suicide must be True or False, not {self.allow_suicide!r}")
        if self.scoring not in SCORINGS:
            raise ValueError(f"scoring must be {' or '.join(SCORINGS)}, not {self.scoring!r}")
        if self.max_moves is not None:
            limit = self.max_moves
            whole = isinstance(limit, int | np.integer) and not isinstance(limit, bool)
            if not whole or limit < 1:
                raise ValueError(
                    f"max_moves must be None or a whole number, 1 or more, not {limit!r}"
                )
            object.__setattr__(self, "max_moves", int(limit))

    @property
    def num_points(self) -> int:
        """Points on the board, `N * N`."""
        return self.board_size * self.board_size

    @property
    def pass_move(self) -> int:
        """The move number of a pass, `N * N`."""
        return self.num_points
