"""Self-play: the same games whoever plays them, and what is written down about them."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from agents.search import SearchConfig
from selfplay import GameConfig
from selfplay.play import _draw_komi
from tests.selfplay.tiny import GAME, SEARCH, play_games, same_game, self_play


def with_game(**changes: float) -> GameConfig:
    return dataclasses.replace(GAME, **changes)  # type: ignore[arg-type]


# ---------------------------------------------------------------- one game, one course


def test_the_number_of_parallel_games_changes_nothing() -> None:
    alone = play_games(self_play(with_game(parallel_games=1)), 12)
    together = play_games(self_play(with_game(parallel_games=8)), 20)
    common = alone.keys() & together.keys()
    assert len(common) >= 10
    for game_id in common:
        assert same_game(alone[game_id], together[game_id]), game_id


def test_the_number_of_workers_changes_nothing() -> None:
    """Two workers take every other number each."""
    one = play_games(self_play(), 16)
    two: dict[int, object] = {}
    for worker in range(2):
        two |= play_games(self_play(ids=itertools.count(worker, 2)), 10)
    common = one.keys() & two.keys()
    assert len(common) >= 12
    for game_id in common:
        assert same_game(one[game_id], two[game_id])  # type: ignore[arg-type]


def test_games_differ_by_seed_and_by_number() -> None:
    first, again, other = (play_games(self_play(seed=seed), 6) for seed in (1, 1, 2))
    for game_id in first:
        assert same_game(first[game_id], again[game_id])
        if game_id in other:
            assert not same_game(first[game_id], other[game_id])
    lines = {tuple(record.moves.tolist()) for record in first.values()}
    assert len(lines) == len(first)


def test_seeds_use_all_their_bits() -> None:
    lines = set()
    for seed in (0, 1, 2**32, 2**62 + 1, 2**63 - 1):
        record = play_games(self_play(with_game(parallel_games=1), seed=seed), 1)[0]
        lines.add((record.komi, *record.moves.tolist()))
    assert len(lines) == 5


@pytest.mark.parametrize("moves", [1, 17, 40, 111])
def test_running_games_go_on_as_they_would_have(moves: int) -> None:
    games = self_play()
    games.play(moves)
    running = games.running()
    assert [record.finished for record in running] == [False] * 4
    next_id = 1 + max(record.game_id for record in running)
    resumed = self_play(ids=itertools.count(next_id), running=running)
    expected, found = play_games(games, 12), play_games(resumed, 12)
    common = expected.keys() & found.keys()
    assert {record.game_id for record in running} <= common
    for game_id in common:
        assert same_game(expected[game_id], found[game_id])


def test_running_games_take_the_first_places_and_new_ones_the_others() -> None:
    running = self_play(with_game(parallel_games=2)).running()
    games = self_play(with_game(parallel_games=5), ids=itertools.count(50), running=running)
    assert [record.game_id for record in games.running()] == [0, 1, 50, 51, 52]


# ---------------------------------------------------------------- what is written down


@pytest.mark.parametrize("size", [2, 3, 5])
def test_games_replay_legally_to_their_end(size: int) -> None:
    ended, cut = 0, 0
    game = with_game(board_size=size, max_moves=4 * size * size)
    for record in play_games(self_play(game), 20).values():
        state = record.replayed()
        length = len(record.moves)
        assert record.finished
        assert state.is_over or length == game.max_moves
        ended += state.is_over
        cut += not state.is_over
        assert record.black_score == state.black_score()
        assert record.policies.shape == (length, size * size + 1)
        assert record.values.shape == (length,)
        assert ((record.values >= 0) & (record.values <= 1)).all()
    assert ended > 5


def test_games_are_cut_off_at_the_limit() -> None:
    game = with_game(max_moves=5, opening_share=0.0)
    records = play_games(self_play(game), 20).values()
    assert {len(record.moves) for record in records} <= {2, 3, 4, 5}
    assert any(not record.replayed().is_over for record in records)


def test_policies_are_those_of_legal_moves() -> None:
    for record in play_games(self_play(), 10).values():
        state = record.replayed()
        for ply in reversed(range(len(record.moves))):
            state.undo()
            policy = record.policies[ply].astype(np.float64)
            if ply < record.opening_moves:
                assert (policy == 0).all()
                continue
            assert policy.sum() == pytest.approx(1, abs=5e-3)
            assert (policy[~state.legal_mask()] == 0).all()


def test_targets_are_stored_before_moves_are_sampled() -> None:
    """With and without sampling, the same positions have the same policies and values; only the
    moves differ. And a target is no trace of the move: it is a whole distribution."""
    search = dataclasses.replace(SEARCH, c_visit=2.0)  # flat enough to be sampled from
    plain = play_games(self_play(with_game(sampled_moves=0), search), 30)
    sampled = play_games(self_play(with_game(sampled_moves=6), search), 30)
    differing = 0
    for game_id in plain.keys() & sampled.keys():
        a, b = plain[game_id], sampled[game_id]
        first = a.opening_moves
        assert first == b.opening_moves
        assert (a.policies[first] == b.policies[first]).all()
        assert a.values[first] == b.values[first]
        differing += a.moves[first] != b.moves[first]
        assert a.policies[first].max() < 1
    assert differing > 3


def test_sampled_moves_follow_the_policy() -> None:
    """The moves of many first positions against their policies: the mean probability that the
    policy gave to the move played is near the mean of its squares' sum, as it must be if moves are
    drawn from it; choosing the best would give the mean of its maxima."""
    game = with_game(sampled_moves=1, opening_share=0.0, max_moves=4, parallel_games=64)
    search = dataclasses.replace(SEARCH, c_visit=2.0)
    records = play_games(self_play(game, search), 1500).values()
    policies = np.array([record.policies[0] for record in records], np.float64)
    played = np.array([record.policies[0][record.moves[0]] for record in records], np.float64)
    squares = (policies**2).sum(axis=1)
    error = 4 * played.std() / np.sqrt(len(played))
    assert abs(played.mean() - squares.mean()) < error
    assert policies.max(axis=1).mean() - squares.mean() > 2 * error


def test_without_sampling_the_search_chooses() -> None:
    """One simulation, no noise, q without weight: the likeliest move is looked at and played."""
    search = SearchConfig(num_simulations=1, gumbel_scale=0.0, c_scale=0.0)
    game = with_game(sampled_moves=0, opening_share=0.0)
    for record in play_games(self_play(game, search), 4).values():
        assert (record.policies.argmax(axis=1) == record.moves).all()


# ---------------------------------------------------------------- openings and komi


def test_openings() -> None:
    lengths = set()
    for record in play_games(self_play(with_game(opening_share=1.0)), 60).values():
        first = record.opening_moves
        lengths.add(first)
        assert (record.policies[:first] == 0).all()
        assert (record.values[:first] == 0.5).all()
        assert (record.policies[first:].sum(axis=1) > 0.9).all()
        assert 16 not in record.moves[:first]  # random openings do not pass
    assert lengths == {1, 2, 3}
    without = play_games(self_play(with_game(opening_share=0.0)), 10).values()
    assert {record.opening_moves for record in without} == {0}


def test_openings_end_before_the_board_is_full() -> None:
    """On 2x2 an opening of eleven moves would have to fill eyes; it ends early instead."""
    game = with_game(board_size=2, opening_share=1.0, opening_moves=11, max_moves=16)
    for record in play_games(self_play(game), 40).values():
        record.replayed()
        assert record.opening_moves <= len(record.moves)


def test_komi_stays_within_its_bounds() -> None:
    rng = np.random.default_rng(0)
    game = GameConfig(komi=7, komi_spread=3, komi_low=2.5, komi_high=11, wide_share=0.25)
    drawn = np.array([_draw_komi(game, rng) for _ in range(4000)])
    assert (2 * drawn == np.round(2 * drawn)).all()
    assert (drawn.min(), drawn.max()) == (2.5, 11)
    assert abs(drawn.mean() - 6.9) < 0.2
    narrow = dataclasses.replace(game, komi_spread=0.0, wide_share=0.0)
    assert {_draw_komi(narrow, rng) for _ in range(50)} == {7.0}
    wide = dataclasses.replace(game, wide_share=1.0)
    counts = np.unique([_draw_komi(wide, rng) for _ in range(4000)], return_counts=True)
    assert counts[0].tolist() == [2.5 + i / 2 for i in range(18)]
    assert counts[1][1:-1].min() > 150  # about 235 each, the outermost half as often


def test_komi_reaches_the_search_and_the_record() -> None:
    game = with_game(opening_share=0.0, wide_share=1.0)
    komi = {record.komi for record in play_games(self_play(game), 30).values()}
    assert len(komi) > 10
    assert min(komi) >= -4
    assert max(komi) <= 8


def test_counts() -> None:
    games = self_play(with_game(opening_share=0.0))
    finished = games.play(150)
    moves = sum(len(r.moves) for r in finished) + sum(len(r.moves) for r in games.running())
    assert games.stats.moves == moves >= 150
    assert games.stats.games == len(finished)
    # Each move takes at most four evaluations, and one for its root if that is new; ends of games
    # take none.
    assert moves < games.stats.evaluations <= 5 * (moves + 4)


def test_the_network_is_not_asked_again_about_the_position_that_was_chosen() -> None:
    """Without sampling the move that is played was searched, so only first moves have new roots."""
    games = self_play(with_game(opening_share=0.0, sampled_moves=0))
    games.play(300)
    roots = games.stats.games + 4
    assert games.stats.evaluations <= 4 * games.stats.moves + roots + 4 * 4


@pytest.mark.parametrize("size", [2, 19])
@pytest.mark.parametrize("simulations", [1, 5])
def test_smallest_and_largest_boards(size: int, simulations: int) -> None:
    game = with_game(board_size=size, max_moves=6, parallel_games=2)
    search = SearchConfig(num_simulations=simulations, max_considered=500)
    for record in play_games(self_play(game, search), 2).values():
        record.replayed()
