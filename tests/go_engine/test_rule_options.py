"""Options of the rules, by hand-made positions: territory scoring, a limit on moves, handicap."""

from __future__ import annotations

import numpy as np
import pytest

from go_engine import (
    BLACK,
    WHITE,
    GameState,
    IllegalMoveError,
    Rules,
    handicap_points,
    max_handicap,
    move_to_vertex,
    parse,
)

# ---------------------------------------------------------------- territory


def test_territory_counts_empty_points_and_prisoners() -> None:
    stones = parse(".XO..\n.XO..\n.XO..\nXXO..\n.XO..")
    for scoring, points in (("area", 10 - 15), ("territory", 4 - 10)):
        state = GameState.from_stones(Rules(5, 0.0, scoring=scoring), stones, WHITE)  # type: ignore[arg-type]
        assert state.black_score() == points
        assert state.winner() == WHITE


def test_a_move_into_ones_own_territory_costs_a_point_but_not_by_area() -> None:
    stones = parse(".XO..\n.XO..\n.XO..\n.XO..\n.XO..")
    for scoring, cost in (("area", 0), ("territory", 1)):
        state = GameState.from_stones(Rules(5, 0.0, scoring=scoring), stones, BLACK)  # type: ignore[arg-type]
        before = state.black_score()
        state.play(0)
        assert before - state.black_score() == cost


def test_prisoners_of_both_sides() -> None:
    territory = Rules(5, 0.0, scoring="territory")
    # Black takes A5; White takes A5 back later on the other side: B5 and A4 took it.
    state = GameState.from_moves(territory, [1, 0, 5])
    assert state.captures == (0, 1)
    assert state.black_score() == 23 + 1
    state = GameState.from_moves(territory, [0, 1, 24, 5])
    assert state.captures == (1, 0)
    assert state.black_score() == -1 - 1  # A5; the rest of the board touches both colours
    state.undo()
    assert state.captures == (0, 0)


def test_stones_lost_by_suicide_are_prisoners() -> None:
    rules = Rules(3, 0.0, allow_suicide=True, scoring="territory")
    state = GameState.from_stones(rules, parse(".XO\nOO.\n..."), BLACK)
    state.play(0)  # A3 and B3 come off
    assert state.captures == (2, 0)
    assert state.stones()[0].tolist() == [0, 0, -1]
    assert state.black_score() == -6 - 2


# ---------------------------------------------------------------- a limit on moves


def test_the_game_is_over_when_the_moves_are_used_up() -> None:
    state = GameState(Rules(5, 0.5, max_moves=3))
    for move in (12, 0, 25):
        assert not state.is_over
        state.play(move)
    assert state.is_over
    assert not state.legal_mask().any()
    assert not state.is_legal(25)
    with pytest.raises(IllegalMoveError, match="game over"):
        state.play(7)
    assert state.black_score() == 1 - 1
    assert state.winner() == WHITE  # by komi
    twin = state.copy()
    twin.undo()
    assert not twin.is_over
    assert twin.is_legal(7)
    assert state.is_over


def test_the_limit_counts_moves_and_not_set_up_stones() -> None:
    stones = np.zeros((5, 5), np.int8)
    stones[2, 2] = BLACK
    state = GameState.from_stones(Rules(5, max_moves=2), stones, WHITE)
    state.play(0)
    assert not state.is_over
    state.play(1)
    assert state.is_over


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_moves": 0}, "max_moves must be None or a whole number, 1 or more, not 0"),
        ({"max_moves": 1.5}, "not 1.5"),
        ({"max_moves": True}, "not True"),
        ({"scoring": "japanese"}, "scoring must be area or territory, not 'japanese'"),
    ],
)
def test_options_that_cannot_be(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Rules(9, **options)  # type: ignore[arg-type]


# ---------------------------------------------------------------- handicap

# As GNU Go and the table in the GTP specification place them.
FIXED = {
    (19, 2): "D4 Q16", (19, 3): "D4 Q16 D16", (19, 4): "D4 Q16 D16 Q4",
    (19, 5): "D4 Q16 D16 Q4 K10", (19, 6): "D4 Q16 D16 Q4 D10 Q10",
    (19, 7): "D4 Q16 D16 Q4 D10 Q10 K10", (19, 8): "D4 Q16 D16 Q4 D10 Q10 K4 K16",
    (19, 9): "D4 Q16 D16 Q4 D10 Q10 K4 K16 K10",
    (13, 2): "D4 K10", (9, 2): "C3 G7", (9, 5): "C3 G7 C7 G3 E5", (8, 4): "C3 F6 C6 F3",
    (7, 4): "C3 E5 C5 E3",
}  # fmt: skip


@pytest.mark.parametrize(("size", "count"), FIXED)
def test_traditional_places(size: int, count: int) -> None:
    names = [move_to_vertex(point, size) for point in handicap_points(size, count)]
    assert names == FIXED[size, count].split()


@pytest.mark.parametrize(
    ("size", "count", "message"),
    [
        (9, 1, "can be 2 to 9, not 1 stones"), (9, 10, "2 to 9"), (8, 5, "2 to 4"),
        (7, 5, "2 to 4"), (5, 2, "can be none"),
    ],
)  # fmt: skip
def test_places_that_there_are_not(size: int, count: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        handicap_points(size, count)
    assert max_handicap(size) < count or count < 2


def test_white_moves_first_after_handicap_stones() -> None:
    state = GameState.with_handicap(Rules(9), handicap_points(9, 4))
    assert state.to_play == WHITE
    assert (state.stones() == BLACK).sum() == 4
    assert state.history == ()
    state.play(40)
    state.undo()
    assert state.to_play == WHITE
    assert GameState.with_handicap(Rules(9), ()).to_play == BLACK
    free = GameState.with_handicap(Rules(5), [0, 24])
    assert free.stones()[0, 0] == free.stones()[4, 4] == BLACK


def test_handicap_stones_that_cannot_be() -> None:
    for points, message in (([81], "no such point"), ([-1], "no such"), ([3, 3], "named twice")):
        with pytest.raises(ValueError, match=message):
            GameState.with_handicap(Rules(9), points)
    with pytest.raises(ValueError, match="libert"):
        GameState.with_handicap(Rules(2), range(4))
