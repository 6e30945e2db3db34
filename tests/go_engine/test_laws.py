"""Numbers and laws that hold whatever the code looks like.

The counts of legal positions are Tromp and Farnebäck's; the sums over all legal 3x3 positions were
worked out by others with programs of their own.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import numpy as np
import pytest

from go_engine import BLACK, WHITE, GameState, Rules
from tests.reference import chain_and_liberties


def legal_positions(rules: Rules) -> Iterator[GameState]:
    """Every legal position with Black to play, through the public API."""
    size = rules.board_size
    for colors in itertools.product((0, BLACK, WHITE), repeat=size * size):
        try:
            yield GameState.from_stones(rules, np.array(colors, np.int8).reshape(size, size), BLACK)
        except ValueError as error:
            assert "has no liberty" in str(error)  # noqa: PT017


@pytest.mark.parametrize(("size", "count"), [(2, 57), (3, 12675)])
def test_number_of_legal_positions(size: int, count: int) -> None:
    assert sum(1 for _ in legal_positions(Rules(size))) == count


def plays_and_captures(state: GameState) -> tuple[int, int]:
    """Legal plays (no passes) of the side to move, and the opponent's stones they take in all."""
    plays = captured = 0
    side = 1 if state.to_play == BLACK else 0
    for move in state.legal_moves()[:-1]:
        after = state.copy()
        after.play(int(move))
        plays += 1
        captured += after.captures[side]
    return plays, captured


@pytest.mark.parametrize(("suicide", "legal_plays"), [(False, 83_502), (True, 86_200)])
def test_sums_over_all_3x3_positions(suicide: bool, legal_plays: int) -> None:
    rules = Rules(3, allow_suicide=suicide, ko="simple")
    plays = captured = area = in_atari = 0
    for state in legal_positions(rules):
        area += int((state.ownership() == BLACK).sum())
        stones = tuple(state.stones().ravel().tolist())
        in_atari += stones_in_atari(stones, 3)
        for side in (BLACK, WHITE):
            turned = GameState.from_stones(rules, state.stones(), side)
            sums = plays_and_captures(turned)
            plays += sums[0]
            captured += sums[1]
    assert (plays, captured, area) == (legal_plays, 23_496, 39_847)
    assert captured == in_atari


def stones_in_atari(stones: tuple[int, ...], size: int) -> int:
    return sum(
        len(chain_and_liberties(stones, size, point)[1]) == 1
        for point, color in enumerate(stones)
        if color
    )


@pytest.mark.parametrize("size", [4, 5, 9])
def test_all_plays_together_take_every_stone_in_atari_once(size: int) -> None:
    rng = random.Random(size)
    state = GameState(Rules(size, ko="simple"))
    for _ in range(60):
        if state.is_over or state.simple_ko_point is not None:
            state = GameState(Rules(size, ko="simple"))
        state.play(int(rng.choice(state.legal_moves().tolist())))
        if state.simple_ko_point is not None:
            continue  # one capture is forbidden there
        stones = tuple(state.stones().ravel().tolist())
        captured = 0
        for side in (BLACK, WHITE):
            turned = GameState.from_stones(state.rules, state.stones(), side)
            captured += plays_and_captures(turned)[1]
        assert captured == stones_in_atari(stones, size)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_without_suicide_the_empty_board_never_comes_back(size: int) -> None:
    """Every capture leaves the stone that made it."""
    rng = random.Random(size)
    taken = 0
    for _ in range(30):
        state = GameState(Rules(size, ko="simple"))
        while not state.is_over and state.move_count < 80:
            points = state.legal_moves()[:-1].tolist()
            state.play(rng.choice(points) if points else size * size)
            assert state.stones().any()
        taken += sum(state.captures)
    assert taken > 30


def test_with_suicide_the_empty_board_can_come_back() -> None:
    """So the law above is about suicide, not about the test."""
    state = GameState(Rules(2, ko="simple", allow_suicide=True))
    for move in (0, 4, 1, 4, 2, 4, 3):
        state.play(move)
    assert not state.stones().any()
    assert state.captures == (4, 0)


@pytest.mark.parametrize("size", [2, 3, 5, 9])
def test_stones_on_the_board_are_those_played_less_those_taken(size: int) -> None:
    rng = random.Random(size)
    for suicide in (False, True):
        state = GameState(Rules(size, allow_suicide=suicide))
        while not state.is_over and state.move_count < 300:
            state.play(int(rng.choice(state.legal_moves().tolist())))
            stones = state.stones()
            played = [0, 0]
            for number, move in enumerate(state.history):
                played[number % 2] += move != size * size
            assert int((stones == BLACK).sum()) == played[0] - state.captures[0]
            assert int((stones == WHITE).sum()) == played[1] - state.captures[1]
