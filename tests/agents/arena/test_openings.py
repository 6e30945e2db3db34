"""Random openings: legal, uniform, and no two the same however the board is turned."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from agents.arena import TournamentSettings, random_openings
from agents.arena.opening_judge import agent_judge
from agents.arena.openings import canonical_moves
from agents.arena.pairs import opening_rng
from agents.arena.schedule import draw_openings
from agents.base import AgentError
from go_engine.playout import playout_scores
from go_engine.rules import Rules
from go_engine.state import GameState


def turned(stones: np.ndarray) -> set[bytes]:
    """All eight images of a position, by numpy's own rotations."""
    return {
        image.tobytes()
        for turn in range(4)
        for image in (np.rot90(stones, turn), np.rot90(stones, turn).T)
    }


@pytest.mark.parametrize(("size", "plies", "count"), [(9, 4, 200), (5, 2, 60), (4, 7, 100)])
def test_distinct_and_legal(size: int, plies: int, count: int) -> None:
    rules = Rules(size)
    openings = random_openings(rules, count, plies, opening_rng(5))
    assert len(openings) == count
    seen: set[bytes] = set()
    for opening in openings:
        assert len(opening) == plies
        assert rules.pass_move not in opening
        images = turned(GameState.from_moves(rules, opening).stones())
        assert not images & seen
        seen |= images


def test_all_there_are_and_no_more() -> None:
    # One stone on 3x3 stands in a corner, on an edge or in the centre.
    rules = Rules(3)
    openings = random_openings(rules, 3, 1, opening_rng(0))
    kinds = {("centre" if m == 4 else "corner" if m % 2 == 0 else "edge") for (m,) in openings}
    assert kinds == {"corner", "edge", "centre"}
    with pytest.raises(ValueError, match=r"cannot find 4 different openings of 1 moves on 3x3"):
        random_openings(rules, 4, 1, opening_rng(0))


def test_first_moves_are_uniform() -> None:
    rng = np.random.default_rng(11)
    counts = Counter(random_openings(Rules(3), 1, 1, rng)[0][0] for _ in range(1800))
    chi_squared = sum((counts[move] - 200) ** 2 / 200 for move in range(9))
    assert chi_squared < 26.1  # 8 degrees of freedom: 0.1 %


def test_prefix_does_not_depend_on_the_count() -> None:
    long = random_openings(Rules(5), 30, 4, opening_rng(1))
    assert random_openings(Rules(5), 10, 4, opening_rng(1)) == long[:10]
    assert random_openings(Rules(5), 10, 4, opening_rng(2)) != long[:10]


def test_no_plies_is_the_empty_board() -> None:
    assert random_openings(Rules(5), 3, 0, opening_rng(0)) == [(), (), ()]


def test_no_side_is_far_ahead() -> None:
    rules = Rules(5)
    every = random_openings(rules, 60, 4, opening_rng(3))
    fair = random_openings(rules, 60, 4, opening_rng(3), max_lead=3.0)
    leads = {o: _lead(rules, o) for o in {*every, *fair}}
    assert max(leads[o] for o in every) > 6
    assert max(leads[o] for o in fair) < 4  # these playouts are other ones
    # Those that are near enough are kept, in their order.
    kept = [o for o in every if leads[o] < 2]
    assert [o for o in fair if o in kept] == kept
    assert random_openings(rules, 20, 4, opening_rng(3), max_lead=3.0) == fair[:20]
    with pytest.raises(ValueError, match="cannot find 1 different openings"):
        random_openings(Rules(3), 1, 2, opening_rng(0), max_lead=0.0)
    for wrong in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="must not be negative"):
            random_openings(rules, 1, 4, opening_rng(3), max_lead=wrong)


def test_a_network_may_judge_instead() -> None:
    """The 5x5 network knows that Black takes the whole board: komi 24 is fair, and none is not."""
    judge, seen = agent_judge("zero"), []

    def watched(state: GameState) -> float:
        seen.append(judge(state))
        return seen[-1]

    rules = Rules(5, komi=24.0)
    fair = random_openings(rules, 3, 2, opening_rng(3), max_lead=8.0, judge=watched)
    kept = [lead for lead in seen if abs(lead) <= 8.0]
    assert len(fair) == len(kept) == 3
    assert len(seen) > 3
    assert all(lead == round(lead, 1) for lead in seen)
    settings = TournamentSettings(("a", "b"), 3, rules, 3, 2, max_lead=8.0, judge="zero")
    assert draw_openings(settings) == fair
    with pytest.raises(ValueError, match="needs to know the greatest lead"):
        TournamentSettings(("a", "b"), judge="zero")
    with pytest.raises(AgentError, match="told cannot judge openings"):
        random_openings(rules, 1, 2, opening_rng(3), max_lead=8.0, judge=agent_judge("told"))


def _lead(rules: Rules, opening: tuple[int, ...]) -> float:
    state = GameState.from_moves(rules, opening)
    return abs(float(playout_scores(state, 4000, np.random.default_rng(9)).mean()))


@pytest.mark.parametrize(("count", "plies"), [(-1, 2), (1, -2)])
def test_negative_numbers(count: int, plies: int) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        random_openings(Rules(5), count, plies, opening_rng(0))


def test_canonical_moves_of_turned_games() -> None:
    grid = np.arange(25).reshape(5, 5)
    game = (2, 7, 25, 0)
    images = {
        tuple(int(image.ravel()[move]) if move < 25 else 25 for move in game)
        for turn in range(4)
        for image in (np.rot90(grid, turn), np.rot90(grid, turn).T)
    }
    assert len(images) == 8
    assert len({canonical_moves(image, 5) for image in images}) == 1
    assert canonical_moves((2, 7), 5) != canonical_moves((2, 8), 5)
