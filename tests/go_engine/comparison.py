"""Games for comparing an engine with the slow reference, and the comparison itself.

Plain random games hardly ever reach a position where the ko rules differ, so there is a second
kind: games that start from several independent kos and are played by players who love to take them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from go_engine import GameState, IllegalMoveError, KoRule, Rules
from tests.reference import Position, ReferenceGame, is_position

Engine = type[GameState]

KO_RULES: Final[tuple[KoRule, ...]] = ("positional", "situational", "simple")

# One ko: White's stone in the middle stands in atari, the empty point beside it takes it.
_KO: Final = (".XO.", "XO.O", ".XO.")
_COLORS: Final = {"X": 1, "O": -1, ".": 0}


@dataclass(frozen=True)
class Setting:
    """Where a game starts, and under which rules.

    Attributes:
        ko_points: both points of every ko that was put on the board.
    """

    rules: Rules
    position: Position
    to_play: int
    ko_points: frozenset[int] = frozenset()

    def engine_game(self, engine: Engine) -> GameState:
        size = self.rules.board_size
        if self.to_play == 1 and not any(self.position):
            return engine(self.rules)
        stones = np.array(self.position, np.int8).reshape(size, size)
        return engine.from_stones(self.rules, stones, self.to_play)

    def reference_game(self) -> ReferenceGame:
        rules = self.rules
        return ReferenceGame(
            rules.board_size, rules.ko, rules.allow_suicide, self.position, self.to_play
        )


# ---------------------------------------------------------------- where games start


def empty_board(rules: Rules) -> Setting:
    return Setting(rules, (0,) * rules.num_points, 1)


def several_kos(rules: Rules, rng: random.Random, tries: int = 40) -> Setting:
    """A position of as many kos as happen to fit, each turned, coloured and open to either side by
    chance, some cut off by the edge; a loose stone here and there."""
    size = rules.board_size
    assert size >= 4, "a ko and the liberties of its stones need room"
    while True:
        stones: dict[int, int] = {}
        core: set[int] = set()
        for _ in range(tries):
            _put_ko(stones, core, size, rng)
        free = [p for p in range(size * size) if p not in stones and p not in core]
        for point in rng.sample(free, rng.randint(0, len(free) // 10)):
            stones[point] = rng.choice((1, -1))
        position = tuple(stones.get(point, 0) for point in range(size * size))
        if is_position(position, size):
            return Setting(rules, position, rng.choice((1, -1)), frozenset(core))


def _put_ko(stones: dict[int, int], core: set[int], size: int, rng: random.Random) -> None:
    """Add one ko at a random place, if it fits what is there already."""
    pattern = np.array([[_COLORS[symbol] for symbol in line] for line in _KO])
    middle = np.zeros(pattern.shape, bool)
    middle[1, 1:3] = True
    if rng.random() < 0.5:  # taken by Black already
        pattern[1, 1:3] = (0, 1)
    turns = rng.randrange(4)
    pattern = np.rot90(pattern, turns) * rng.choice((1, -1))
    middle = np.rot90(middle, turns)
    top, left = rng.randint(-1, size - 2), rng.randint(-1, size - 2)
    new: dict[int, int] = {}
    new_core = set()
    for (r, c), color in np.ndenumerate(pattern):
        on_board = 0 <= top + r < size and 0 <= left + c < size
        point = (top + r) * size + left + c
        if middle[r, c]:
            if not on_board or point in stones or point in core:
                return
            new_core.add(point)
        elif color == 0 or not on_board:
            continue
        elif point in core or stones.get(point, color) != color:
            return
        if color:
            new[point] = int(color)
    stones.update(new)
    core.update(new_core)


# ---------------------------------------------------------------- how games go on


Player = Callable[[ReferenceGame, Setting, random.Random], int]


def any_legal(game: ReferenceGame, setting: Setting, rng: random.Random) -> int:
    """A random legal move, rarely a pass, more often a capture than chance would have it."""
    legal = [move for move, fine in enumerate(game.legal_mask()) if fine]
    points = legal[:-1]
    if not points or rng.random() < 0.02:
        return legal[-1]
    captures = [p for p in points if game.after(p)[1] or game.after(p)[2]]
    return rng.choice(captures if captures and rng.random() < 0.3 else points)


def ko_lover(game: ReferenceGame, setting: Setting, rng: random.Random) -> int:
    """Takes a ko where it can, hardly ever fills one, and sometimes passes or plays elsewhere."""
    legal = [move for move, fine in enumerate(game.legal_mask()) if fine]
    takes = [p for p in legal if p in setting.ko_points and len(game.after(p)[1]) == 1]
    elsewhere = [p for p in legal[:-1] if p not in setting.ko_points]
    dice = rng.random()
    if takes and dice < 0.93:
        return rng.choice(takes)
    if elsewhere and dice < 0.96:
        return rng.choice(elsewhere)
    return legal[-1] if dice < 0.99 or game.passes == 0 else rng.choice(legal)


# ---------------------------------------------------------------- comparing


def difference(state: GameState, reference: ReferenceGame, rng: random.Random) -> str | None:
    """What differs between an engine's game and the reference's, in words; None if nothing does."""
    size = reference.size
    expected_mask = reference.legal_mask() if not reference.is_over else [False] * (size**2 + 1)
    pairs = {
        "legal mask": (state.legal_mask().tolist(), expected_mask),
        "stones": (tuple(state.stones().ravel().tolist()), reference.position),
        "to_play": (state.to_play, reference.to_play),
        "captures": (state.captures, reference.captures),
        "is_over": (state.is_over, reference.is_over),
        "score": (state.black_score(), reference.black_score()),
        "ownership": (tuple(state.ownership().ravel().tolist()), reference.owners()),
        "simple ko point": (state.simple_ko_point, reference.simple_ko_point),
    }
    move = rng.randint(-1, size * size + 1)
    pairs["is_legal"] = (state.is_legal(move), reference.reason(move) is None)
    if reference.reason(move) is not None:
        pairs["reason"] = (_refusal(state, move), reference.reason(move))
    for what, (found, expected) in pairs.items():
        if found != expected:
            return f"{what} after {len(reference.earlier) - 1} moves: {found}, not {expected}"
    return None


def _refusal(state: GameState, move: int) -> str | None:
    try:
        state.copy().play(move)
    except IllegalMoveError as error:
        return error.reason
    return None


def play_and_compare(
    engine: Engine, setting: Setting, player: Player, plies: int, rng: random.Random
) -> str | None:
    """Play a game on both sides; the first difference in words, or None."""
    state, reference = setting.engine_game(engine), setting.reference_game()
    for _ in range(plies):
        if found := difference(state, reference, rng):
            return f"{setting.rules}: {found}"
        if reference.is_over:
            return None
        move = player(reference, setting, rng)
        reference.play(move)
        state.play(move)
    return difference(state, reference, rng)


def rule_sets(size: int) -> Iterator[Rules]:
    """Every ko rule, with suicide and without, on one size."""
    for ko in KO_RULES:
        for suicide in (False, True):
            yield Rules(size, 0.5, ko, suicide)
