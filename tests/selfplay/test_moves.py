"""Full and fast searches, decided games, forks: what is saved, and what is written down all the
same."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.search import SearchConfig
from selfplay import GameConfig, GameRecord
from tests.agents.search.trees import Answer, FunctionEvaluator, random_answer
from tests.selfplay.tiny import GAME, SEARCH, play_games, same_game, self_play

SIMULATIONS = 12


def sure_of_black(planes: NDArray[np.float32]) -> Answer:
    """Random moves, and Black wins for certain."""
    logits, _, margin = random_answer(planes)
    to_play_is_black = planes[-1, 0, 0] == 1.0
    return logits, float(to_play_is_black), margin


def learned(record: GameRecord) -> NDArray[np.bool_]:
    return np.any(record.policies, axis=1)  # type: ignore[no-any-return]


def with_game(**changes: float) -> GameConfig:
    return dataclasses.replace(GAME, **changes)  # type: ignore[arg-type]


# ---------------------------------------------------------------- playout-cap randomisation


def test_a_share_of_the_moves_is_searched_in_full() -> None:
    game = with_game(full_share=0.3, fast_simulations=2, opening_share=0.0)
    search = dataclasses.replace(SEARCH, num_simulations=SIMULATIONS)
    games = self_play(game, search)
    records = play_games(games, 60)
    full = np.concatenate([learned(record) for record in records.values()])
    assert 0.2 < full.mean() < 0.4
    # (12 + 1) evaluations in full, (2 + 1) fast; finished positions in the tree save some.
    per_move = games.stats.evaluations / games.stats.moves
    assert 3.0 < per_move < 0.4 * 13 + 0.6 * 3
    for record in records.values():
        assert record.replayed().is_over or len(record.moves) == game.max_moves


def test_all_moves_in_full_are_the_games_as_they_were() -> None:
    """A share of 1 does not depend on the settings of fast searches."""
    one = play_games(self_play(with_game(fast_simulations=1)), 8)
    two = play_games(self_play(with_game(fast_simulations=3)), 8)
    assert all(same_game(one[i], two[i]) for i in one.keys() & two.keys())


def test_fast_searches_are_without_noise() -> None:
    """With fast searches only, nothing but the opening and komi is random."""
    game = with_game(full_share=1e-9, fast_simulations=4, sampled_moves=0, opening_share=0.0)
    game = dataclasses.replace(game, komi_spread=0.0, wide_share=0.0)
    records = list(play_games(self_play(game), 6).values())
    assert len({tuple(record.moves.tolist()) for record in records}) == 1
    assert not any(learned(record).any() for record in records)
    noisy = dataclasses.replace(game, full_share=1.0)
    records = list(play_games(self_play(noisy), 6).values())
    assert len({tuple(record.moves.tolist()) for record in records}) > 1


def test_running_games_go_on_as_they_would_have() -> None:
    game = with_game(full_share=0.5, decided_value=0.9, decided_plies=3, fast_simulations=2)
    evaluator = FunctionEvaluator(sure_of_black)
    games = self_play(game, evaluator=evaluator)
    games.play(30)
    running = games.running()
    next_id = 1 + max(record.game_id for record in running)
    ids = itertools.count(next_id)
    resumed = self_play(game, ids=ids, evaluator=evaluator, running=running)
    expected, found = play_games(games, 10), play_games(resumed, 10)
    common = expected.keys() & found.keys()
    assert {record.game_id for record in running} <= common
    assert all(same_game(expected[i], found[i]) for i in common)


# ---------------------------------------------------------------- decided games


def test_decided_games_are_played_out_but_not_learned_from() -> None:
    game = with_game(
        decided_value=0.9, decided_plies=4, audit_share=0.0, fast_simulations=1, opening_share=0.0
    )
    games = self_play(game, evaluator=FunctionEvaluator(sure_of_black))
    records = play_games(games, 20)
    for record in records.values():
        whole = learned(record)
        assert whole[:4].all()
        assert not whole[4:].any()
        assert record.replayed().is_over or len(record.moves) == game.max_moves
        assert record.black_score == record.replayed().black_score()
    margins = [record.black_score - record.komi for record in records.values()]
    # The verdict is for Black; where a search saw the end of the game it may have known better.
    assert games.stats.decided >= 15
    assert 0 < games.stats.upsets <= sum(margin <= 0 for margin in margins)
    assert games.stats.audits == 0


def test_audited_games_are_searched_in_full_to_the_end() -> None:
    game = with_game(decided_value=0.9, decided_plies=4, audit_share=0.5, opening_share=0.0)
    games = self_play(game, evaluator=FunctionEvaluator(sure_of_black))
    records = play_games(games, 40)
    whole = [record for record in records.values() if learned(record).all()]
    assert 0.25 < len(whole) / len(records) < 0.75
    audited = [record for record in whole if len(record.moves) > 4]
    assert games.stats.audits >= len(audited) > 0
    assert 0 < games.stats.audit_upsets < games.stats.upsets


@pytest.mark.parametrize("changes", [{}, {"decided_value": 0.9, "decided_plies": 90}])
def test_nothing_is_decided_by_default_or_too_soon(changes: dict[str, float]) -> None:
    games = self_play(with_game(**changes), evaluator=FunctionEvaluator(sure_of_black))
    play_games(games, 10)
    assert games.stats.decided == 0


def test_a_verdict_needs_moves_in_a_row() -> None:
    """The search is sure of whoever is to move, so each move takes the other side."""

    def sure_of_the_mover(planes: NDArray[np.float32]) -> Answer:
        logits, _, margin = random_answer(planes)
        return logits, 1.0, margin

    game = with_game(decided_value=0.6, decided_plies=2, opening_share=0.0)
    search = SearchConfig(num_simulations=1, max_considered=1)
    games = self_play(game, search, evaluator=FunctionEvaluator(sure_of_the_mover))
    play_games(games, 10)
    assert games.stats.decided == 0


# ---------------------------------------------------------------- forks


def test_forks_begin_as_earlier_games_did() -> None:
    game = with_game(fork_share=0.5, opening_share=0.0)
    records = play_games(self_play(game), 60)
    forks = [record for record in records.values() if record.opening_moves > 0]
    assert 10 < len(forks) < 45
    for fork in forks:
        known = fork.opening_moves - 1
        beginnings = [
            record.moves[:known].tolist()
            for record in records.values()
            if record.game_id < fork.game_id + 4 and record is not fork
        ]
        assert fork.moves[:known].tolist() in beginnings
        assert not learned(fork)[: fork.opening_moves].any()
        assert learned(fork)[fork.opening_moves :].all()


def test_forks_of_the_longest_games_end_in_time() -> None:
    game = with_game(fork_share=1.0, opening_share=0.0, max_moves=5)
    for record in play_games(self_play(game), 60).values():
        assert record.opening_moves < len(record.moves) <= 5
