"""The random agent: legal, even-handed, and never into its own eyes."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from agents.base import Limits
from agents.random import RandomAgent
from go_engine import BLACK, WHITE, GameState, Rules
from go_engine.coords import move_to_vertex
from go_engine.diagram import parse


def draws(state: GameState, count: int, seed: int = 1) -> Counter[str]:
    """How often each vertex is chosen."""
    agent, rng = RandomAgent(), np.random.default_rng(seed)
    moves = [agent.select_move(state, Limits(), rng).move for _ in range(count)]
    return Counter(move_to_vertex(move, state.rules.board_size) for move in moves)


# A diagram, who is to play, and every move that may be chosen.
POSITIONS = {
    "two eyes and nothing else": ("XX.XX XXXXX XXXXX XXXXX .XXXX", BLACK, "pass"),
    "both empty points are suicide": ("XX.XX XXXXX XXXXX XXXXX .XXXX", WHITE, "pass"),
    "a space of two is no one-point eye": ("XX..X XXXXX XXXXX XXXXX XXXX.", BLACK, "C5 D5"),
    "a capture without any liberty": (".OXXX OXXXX XXX.X XXXXX XXXX.", BLACK, "A5"),
    "c3 is an eye, one diagonal hostile": (".OXXX OOXXX XX.XX XXXXX XXXX.", BLACK, "A5"),
    "c3 is false, two are": (".OXX. OOXXX XX.XX XXXOO XXXO.", BLACK, "A5 C3 E1"),
    "c5 is false, on the edge one will do": ("XX.XX .OXXX XXXXX XXXXX XXXX.", BLACK, "A4 C5"),
}


@pytest.mark.parametrize("name", POSITIONS)
def test_what_may_be_chosen(name: str) -> None:
    diagram, to_play, expected = POSITIONS[name]
    state = GameState.from_stones(Rules(5), parse(diagram.replace(" ", "\n")), to_play)
    assert set(draws(state, 200)) == set(expected.split())


def test_all_points_of_the_empty_board_are_as_likely() -> None:
    found = draws(GameState(Rules(3)), 9000)
    assert len(found) == 9
    # Chi-square with 8 degrees of freedom: above 26.1 once in 1000 seeds.
    assert sum((count - 1000) ** 2 / 1000 for count in found.values()) < 26.1


def test_the_draw_depends_on_the_game_and_the_generator_alone() -> None:
    state = GameState(Rules(5))
    for move in (12, 3, 7, 20):
        state.play(move)
    before = state.stones(), state.legal_mask(), state.history
    first = RandomAgent().select_move(state, Limits(), np.random.default_rng(4)).move
    draws(state, 50)
    assert RandomAgent().select_move(state, Limits(), np.random.default_rng(4)).move == first
    again = GameState.from_moves(Rules(5), state.history)
    assert RandomAgent().select_move(again, Limits(), np.random.default_rng(4)).move == first
    assert (state.stones() == before[0]).all()
    assert (state.legal_mask() == before[1]).all()
    assert state.history == before[2]
    state.board.check_consistency()


@pytest.mark.parametrize("size", [2, 3, 5, 9])
def test_games_end_and_every_move_is_legal(size: int) -> None:
    agent, rng = RandomAgent(), np.random.default_rng(size)
    for _ in range(10):
        state = GameState(Rules(size))
        while not state.is_over:
            state.play(agent.select_move(state, Limits(), rng).move)  # raises if illegal
            assert state.move_count < 12 * size * size
        owner = state.ownership()
        assert (owner != 0).sum() >= owner.size - 2  # hardly a point is left in dispute
