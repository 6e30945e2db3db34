"""The eight symmetries: a group, and the rules do not notice them."""

from __future__ import annotations

import random

import numpy as np
import pytest

from go_engine import NUM_SYMMETRIES, GameState, Rules, inverse_moves, symmetry_moves
from tests.go_engine.comparison import ko_lover, rule_sets, several_kos


def moved_mask(mask: np.ndarray, table: np.ndarray) -> np.ndarray:
    result = np.empty_like(mask)
    result[table] = mask
    return result


def test_one_symmetry_by_hand() -> None:
    """Symmetry 5 flips rows, then transposes: the top left corner goes to the top right."""
    #  0 1 2     6 7 8     6 3 0
    #  3 4 5  -> 3 4 5  -> 7 4 1
    #  6 7 8     0 1 2     8 5 2
    expected = [2, 5, 8, 1, 4, 7, 0, 3, 6, 9]
    assert symmetry_moves(3)[5].tolist() == expected


@pytest.mark.parametrize("size", [2, 3, 9, 19])
def test_symmetries_are_a_group_of_eight_with_inverses(size: int) -> None:
    table = symmetry_moves(size)
    rows = {tuple(row) for row in table.tolist()}
    assert len(rows) == NUM_SYMMETRIES
    assert table[0].tolist() == list(range(size * size + 1))
    assert {tuple(b[a].tolist()) for a in table for b in table} == rows
    inverse = inverse_moves(size)
    for s in range(NUM_SYMMETRIES):
        assert inverse[s][table[s]].tolist() == list(range(size * size + 1))


def test_symmetries_keep_neighbours() -> None:
    size = 5
    for table in symmetry_moves(size):
        for point in range(size * size - 1):
            if point % size < size - 1:
                a, b = (divmod(int(table[p]), size) for p in (point, point + 1))
                assert abs(a[0] - b[0]) + abs(a[1] - b[1]) == 1


def test_tables_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        symmetry_moves(9)[0, 0] = 1


@pytest.mark.parametrize("size", [3, 4, 5, 6])
def test_a_game_seen_in_a_mirror_goes_the_same_way(size: int) -> None:
    rng = random.Random(size)
    tables = symmetry_moves(size)
    for rules in rule_sets(size):
        state = GameState(rules)
        mirrored = [GameState(rules) for _ in tables]
        for _ in range(60):
            if state.is_over:
                break
            move = rng.choice(state.legal_moves().tolist())
            state.play(move)
            for twin, table in zip(mirrored, tables, strict=True):
                twin.play(int(table[move]))
                assert_mirrored(state, twin, table)


def test_superko_in_a_mirror() -> None:
    rng = random.Random(8)
    size = 6
    for rules in rule_sets(size):
        setting = several_kos(rules, rng)
        reference = setting.reference_game()
        state = setting.engine_game(GameState)
        mirrored = []
        for table in symmetry_moves(size):
            stones = moved_mask(state.stones().ravel(), table[:-1]).reshape(size, size)
            mirrored.append(GameState.from_stones(rules, stones, state.to_play))
        for _ in range(30):
            if reference.is_over:
                break
            move = ko_lover(reference, setting, rng)
            reference.play(move)
            state.play(move)
            for twin, table in zip(mirrored, symmetry_moves(size), strict=True):
                twin.play(int(table[move]))
                assert_mirrored(state, twin, table)


def assert_mirrored(state: GameState, twin: GameState, table: np.ndarray) -> None:
    assert (twin.legal_mask() == moved_mask(state.legal_mask(), table)).all()
    assert (twin.stones().ravel() == moved_mask(state.stones().ravel(), table[:-1])).all()
    assert (twin.ownership().ravel() == moved_mask(state.ownership().ravel(), table[:-1])).all()
    assert twin.captures == state.captures
    assert twin.black_score() == state.black_score()


def test_colours_turned_round() -> None:
    """With the colours exchanged every mask stays and the score changes sign."""
    rng = random.Random(9)
    for ko in ("positional", "situational", "simple"):
        rules = Rules(5, 0, ko)
        setting = several_kos(rules, rng)
        state = setting.engine_game(GameState)
        twin = GameState.from_stones(rules, -state.stones(), -state.to_play)
        while not state.is_over and state.move_count < 80:
            assert (state.legal_mask() == twin.legal_mask()).all()
            assert (state.stones() == -twin.stones()).all()
            assert state.black_score() == -twin.black_score()
            assert state.winner() == -twin.winner()
            assert state.captures == twin.captures[::-1]
            move = rng.choice(state.legal_moves().tolist())
            state.play(move)
            twin.play(move)
