"""Dead stones proposed and changed, and the score without them."""

from __future__ import annotations

import numpy as np
import pytest

from go_engine import BLACK, WHITE, GameState, Rules, parse
from go_engine.settling import (
    propose_dead,
    settled_score,
    settled_winner,
    toggle_chain,
    without_stones,
)
from tests.go_engine.test_concepts import at, points, position


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


# name: diagram, dead points
FINISHED: dict[str, tuple[str, str]] = {
    "nothing on the board": ("..... ..... ..... ..... .....", ""),
    "a wall down the middle": (".XO.. .XO.. .XO.. .XO.. .XO..", ""),
    "a stone left in their area": (".XO.. .XO.. .XO.. OXO.. .XO..", "A2"),
    "one on each side": (".XO.. .XO.X .XO.. OXO.. .XO..", "A2 E4"),
    "two eyes at the edge live": (
        ".O.OX OOOOX XXXXX ..... .....", ""),
    "dead inside a living chain's eye, whatever playouts say": (
        "O.X.X XXXXX ..... OOOOO .O.O.", "A5"),
}  # fmt: skip


@pytest.mark.parametrize("name", FINISHED)
@pytest.mark.parametrize("to_play", [BLACK, WHITE])
def test_proposals(name: str, to_play: int) -> None:
    diagram, dead = FINISHED[name]
    state = position(diagram, to_play)
    assert sorted(propose_dead(state, rng())) == points(state, dead)
    state.play(state.rules.pass_move)
    state.play(state.rules.pass_move)
    assert sorted(propose_dead(state, rng())) == points(state, dead)


def test_a_9x9_endgame() -> None:
    """White's three stones in Black's corner have no eyes; the rest is settled by the border."""
    state = position(
        """
        ..X.XO...
        .OX.XO...
        .O.XXO...
        .OXXOO...
        XXX.XO...
        .XXXXO.O.
        .X..XOO..
        XX.XXXO..
        .X.X.XO..
        """,
        WHITE,
    )
    dead = propose_dead(state, rng())
    assert dead == set(points(state, "B8 B7 B6"))
    # Black has the five columns on the left, but for E6, and F2 and F1 besides.
    assert settled_score(state, dead) == (45 - 1 + 2) - (81 - 46)
    assert settled_winner(state, dead) == BLACK


def test_a_network_may_judge_instead() -> None:
    state = position(".XO.. .XO.. .XO.. OXO.. .XO..")
    white = -np.ones((5, 5))
    assert propose_dead(state, rng(), white) == {
        p for p in range(25) if state.stones().flat[p] == 1
    }
    unsure = np.zeros(25)
    assert propose_dead(state, rng(), unsure) == frozenset()


def test_toggling_takes_whole_chains() -> None:
    state = position(".XO.. .XO.. .XO.. OXO.. .XO..")
    wall = points(state, "C5 C4 C3 C2 C1")
    dead = toggle_chain(state, (), at(state, "C3"))
    assert sorted(dead) == wall
    both = toggle_chain(state, dead, at(state, "A2"))
    assert sorted(both) == sorted([*wall, at(state, "A2")])
    assert toggle_chain(state, both, at(state, "C1")) == {at(state, "A2")}
    for nowhere in (at(state, "A1"), 25, -1):
        with pytest.raises(ValueError, match="no stone on that point"):
            toggle_chain(state, (), nowhere)


def test_scores_without_the_dead() -> None:
    state = position(".XO.. .XO.. .XO.. OXO.. .XO..")
    dead = points(state, "A2")
    # As it stands the white stone spoils the left column (5 points nobody's but its own).
    assert settled_score(state, ()) == 5 - 15 - 1
    assert settled_score(state, dead) == 10 - 15
    assert settled_winner(state, dead) == WHITE
    np.testing.assert_array_equal(
        without_stones(state, dead), parse(".XO..\n.XO..\n.XO..\n.XO..\n.XO..")
    )
    with pytest.raises(ValueError, match="without a stone"):
        settled_score(state, [0])


def test_under_territory_rules_the_dead_are_prisoners() -> None:
    rules = Rules(5, 0.5, scoring="territory")
    stones = parse(".XO..\n.XO..\n.XO..\nOXO..\n.XO..")
    state = GameState.from_stones(rules, stones, BLACK)
    # Five points of Black's with A2, one prisoner; ten of White's.
    assert settled_score(state, points(state, "A2")) == 5 + 1 - 10
    # Black takes C1 first: impossible here, so take E-file stones by play instead.
    played = GameState.from_moves(Rules(5, 0.5, scoring="territory"), [1, 0, 5])
    assert played.captures == (0, 1)  # B5 and A4 took A5
    assert played.black_score() == 25 - 2 + 1  # all empty points are Black's, and a prisoner
    assert settled_score(played, ()) == played.black_score()
