"""An open-ended search of one position: laws of its tree, reading it on the way, restrictions."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from agents.analysis import Snapshot, lower_bound
from agents.analyst import AgentAnalyst
from agents.base import AgentError, Limits
from agents.random import RandomAgent
from agents.search import SearchConfig, ZeroAgent, search_position
from agents.search.analysis import SearchAnalysis
from go_engine import WHITE, GameState, Rules
from tests.agents.search.trees import FunctionEvaluator, random_answer


def analysis(state: GameState, allowed: frozenset[int] | None = None) -> SearchAnalysis:
    config = SearchConfig(score_weight=0.2)
    return SearchAnalysis(state, FunctionEvaluator(random_answer), config, allowed)


def opening() -> GameState:
    return GameState.from_moves(Rules(5, 2.5), [12, 13, 7])


def check(snapshot: Snapshot) -> None:
    """What holds of any snapshot."""
    counts = [move.visits for move in snapshot.moves]
    assert snapshot.visits == 1 + sum(counts)
    assert counts == sorted(counts, reverse=True)
    assert sum(move.prior for move in snapshot.moves) == pytest.approx(1)
    for move in snapshot.moves:
        assert move.pv[0] == move.move
        assert move.pv_visits[0] == move.visits
        assert len(move.pv) == len(move.pv_visits)
        assert list(move.pv_visits) == sorted(move.pv_visits, reverse=True)
        if move.visits:
            assert move.value is not None
            assert move.lcb is not None
            assert 0 <= move.lcb < move.value <= 1
        else:
            assert move.value is None


def test_moves_are_chosen_by_puct() -> None:
    """The same numbers as a search of so many simulations by PUCT without noise and reduction."""
    config = SearchConfig(120, score_weight=0.2, root="puct", gumbel_scale=0.0, fpu_reduction=0.0)
    evaluator = FunctionEvaluator(random_answer)
    expected = search_position(opening(), evaluator, config, np.random.default_rng(0))
    found = analysis(opening()).advance(121)
    assert {move.move: move.visits for move in found.moves if move.visits} == {
        int(move): int(expected.visits[move]) for move in np.flatnonzero(expected.visits)
    }


@pytest.mark.parametrize(
    ("value", "visits", "expected"),
    [(0.5, 100, 0.4038), (1.0, 10, 0.7225), (0.0, 7, 0.0), (0.5, 0, 0.0)],
)
def test_lower_bound_as_in_tables_of_wilsons_interval(
    value: float, visits: int, expected: float
) -> None:
    assert lower_bound(value, visits) == pytest.approx(expected, abs=1e-4)


def test_steps_do_not_change_what_is_found() -> None:
    at_once, stepwise = analysis(opening()), analysis(opening())
    for visits in (1, 2, 40, 41, 200):
        snapshot = stepwise.advance(visits)
        assert snapshot.visits == visits
        check(snapshot)
    assert at_once.advance(200) == snapshot
    assert stepwise.advance(10) == snapshot  # never goes back


def test_time_is_kept_and_the_first_call_visits_the_position() -> None:
    found = analysis(opening()).advance(1_000_000, seconds=0.0)
    assert found.visits == 1
    assert all(move.visits == 0 for move in found.moves)


def test_tree_grows_beyond_its_first_room(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = analysis(opening()).advance(150)
    monkeypatch.setattr("agents.search.analysis._FIRST_ROOM", 16)
    assert analysis(opening()).advance(150) == expected
    monkeypatch.setattr("agents.search.analysis._MOST_BYTES", 20 * 26 * 50)
    full = analysis(opening()).advance(1_000_000)
    assert full.is_complete
    assert full.visits == 51  # 50 simulations and the position itself
    check(full)


def test_only_allowed_moves_are_looked_at() -> None:
    found = analysis(opening(), frozenset({0, 1, 12, 25})).advance(60)
    assert {move.move for move in found.moves} == {0, 1, 25}  # a stone stands on 12
    check(found)
    with pytest.raises(AgentError, match="none of the moves"):
        analysis(opening(), frozenset({12}))


def test_values_are_the_movers_and_komi_counts() -> None:
    # White to play has won by passing: Black's last move was a pass, and komi decides.
    state = GameState.from_moves(Rules(5, 2.5), [25])
    assert state.to_play == WHITE
    found = analysis(state).advance(200)
    passing = next(move for move in found.moves if move.move == 25)
    assert passing.value == 1.0
    assert passing.lead == 2.5
    assert found.moves[0].move == 25
    worse = analysis(GameState.from_moves(dataclasses.replace(state.rules, komi=-2.5), [25]))
    passing = next(move for move in worse.advance(200).moves if move.move == 25)
    assert passing.value == 0.0
    assert passing.lead == -2.5


def test_a_long_game_is_analysed_under_superko() -> None:
    rng = np.random.default_rng(3)
    state = GameState(Rules(3, 0.5))
    while not state.is_over and state.move_count < 60:
        state.play(int(rng.choice(state.legal_moves())))
        if not state.is_over:
            found = analysis(state).advance(20)
            check(found)
            assert {move.move for move in found.moves} == set(state.legal_moves().tolist())


# ---------------------------------------------------------------- agents as analysts


def test_searching_agent_as_analyst() -> None:
    agent = ZeroAgent(simulations=30, evaluator=FunctionEvaluator(random_answer))
    analyst = AgentAnalyst(agent)
    assert analyst.visits_for(Limits()) == 31
    assert analyst.visits_for(Limits(simulations=5)) == 6
    check(analyst.analyse(opening()).advance(40))
    glance = analyst.glance(opening())
    assert glance.policy.sum() == pytest.approx(1)
    assert glance.policy[12] == 0
    assert glance.ownership is not None
    assert math.isfinite(glance.lead or math.nan)


def test_agent_without_opinions_says_so() -> None:
    analyst = AgentAnalyst(RandomAgent())
    assert analyst.visits_for(Limits()) is None
    for ask in (analyst.analyse, analyst.glance):
        with pytest.raises(AgentError, match="no opinion"):
            ask(opening())
