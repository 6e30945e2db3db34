"""Counting: duplicates once, void games never, pairs by summed margin; and whole matches."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from agents.arena import GameRecord, count_match, distinct_games, play_pairs
from agents.base import Limits
from go_engine.rules import BLACK, WHITE, Rules
from tests.agents.arena.scripted import all_timeless, make

RULES = Rules(5, 7.0)


def game(pair: int, black: str, black_score: int | None, **changes: Any) -> GameRecord:
    """A game whose moves are its own; Black's side is decided by `black_score` and komi 7."""
    margin = 0.0 if black_score is None else black_score - 7.0
    white = "b" if black == "a" else "a"
    record = GameRecord(
        game_id=f"{pair}-{black}", pair_id=str(pair), black=black, white=white, rules=RULES,
        opening=0, moves=(pair % 25, 25, 25), result=(margin > 0) - (margin < 0),
        black_score=black_score, ending="passes",
    )  # fmt: skip
    return dataclasses.replace(record, **changes)


def pair(number: int, a_as_black: int, b_as_black: int) -> list[GameRecord]:
    return [game(number, "a", a_as_black), game(number, "b", b_as_black)]


def test_a_match_by_hand() -> None:
    # Pairs 1, 2, 3 and 7 begin in a corner, on edges and so on: no two are mirror images.
    records = [
        *pair(0, 10, 3),  # a wins both: by 3, by 4; komi-free 10 - 3 = +7
        *pair(1, 8, 9),  # Black wins both; komi-free -1: b's pair, though the games are even
        *pair(2, 7, 7),  # two draws; komi-free 0
        *pair(6, 7, 25),  # a draw and a loss; komi-free -18
        *pair(7, -25, 25),  # b wins all; komi-free -50
    ]
    match = count_match(records, "a", "b")
    assert (match.wins, match.draws, match.losses) == (3, 3, 4)
    assert match.games == 10
    assert match.by_points == (1, 1, 2, 0, 1)
    assert (match.pair_wins, match.pair_draws, match.pair_losses) == (1, 1, 3)
    assert match.mean_margin == pytest.approx((7 - 1 + 0 - 18 - 50) / 10)
    assert match.score.estimate == pytest.approx(4.5 / 10)
    assert match.pair_score.estimate == pytest.approx(1.5 / 5)
    other = count_match(records, "b", "a")
    assert (other.wins, other.pair_wins, other.mean_margin) == (4, 3, -match.mean_margin)
    assert other.by_points == match.by_points[::-1]
    assert match.elo is not None
    assert other.elo is not None
    assert other.elo.estimate == pytest.approx(-match.elo.estimate)
    assert other.elo.low == pytest.approx(-match.elo.high, abs=0.1)


def test_forfeits_count_as_the_whole_board() -> None:
    records = [game(0, "a", None, ending="resign", result=WHITE), game(0, "b", 5)]
    match = count_match(records, "a", "b")
    assert (match.wins, match.losses) == (1, 1)
    assert match.mean_margin == pytest.approx((-25 - 5) / 2)
    assert match.pair_losses == 1


def test_void_games_count_for_nobody() -> None:
    records = [game(0, "a", None, ending="void", result=None), game(0, "b", 25), *pair(1, 25, 25)]
    match = count_match(records, "a", "b")
    assert (match.wins, match.draws, match.losses, match.voids) == (1, 0, 2, 1)
    assert match.pairs == 1  # the pair with the void game is no whole pair
    assert match.duplicates == 0


def test_duplicates_count_once() -> None:
    first = game(0, "a", 25, moves=(2, 25, 25))
    again = game(3, "a", 25, moves=(2, 25, 25))
    mirrored = game(4, "a", 25, moves=(10, 25, 25))  # the left edge for the upper one
    swapped = game(5, "b", 25, moves=(2, 25, 25))  # same moves, other colours: another game
    resigned = game(6, "a", None, moves=(2, 25, 25), ending="resign", result=BLACK)
    same_id = game(0, "a", 25, moves=(3, 25, 25))
    records = [first, again, mirrored, swapped, resigned, same_id]
    assert distinct_games(records) == [first, swapped, resigned]
    match = count_match(records, "a", "b")
    assert (match.games, match.duplicates) == (3, 3)


def test_a_repeated_pair_counts_once() -> None:
    records = []
    for number in range(5):
        moves = (12, 25, 25)
        records += [game(number, name, 25, moves=moves) for name in ("a", "b")]
    match = count_match(records, "a", "b")
    assert (match.games, match.pairs, match.duplicates) == (2, 1, 8)
    # A new second game makes a new pair, even if the first is a repetition.
    records += [game(9, "a", 25, moves=(12, 25, 25)), game(9, "b", 25, moves=(13, 25, 25))]
    match = count_match(records, "a", "b")
    assert (match.games, match.pairs, match.duplicates) == (3, 2, 9)


def test_games_of_others_are_left_alone() -> None:
    stranger = dataclasses.replace(game(3, "a", 25), white="c")
    assert count_match([stranger, *pair(0, 10, 3)], "a", "b").games == 2


def test_no_games_at_all() -> None:
    match = count_match([], "a", "b")
    assert (match.games, match.pairs, match.elo) == (0, 0, None)
    assert (match.score.low, match.score.high) == (0.0, 1.0)


# ---------------------------------------------------------------- played


def test_pairs_share_openings_and_swap_colours() -> None:
    match = play_pairs(make("random"), make("lowest"), RULES, 6, seed=4, opening_plies=3)
    assert len(match.records) == 12
    openings = set()
    for first, second in zip(match.records[::2], match.records[1::2], strict=True):
        assert (first.black, first.white) == ("random", "lowest")
        assert (second.black, second.white) == ("lowest", "random")
        assert first.moves[:3] == second.moves[:3]
        assert first.pair_id == second.pair_id
        openings.add(first.moves[:3])
    assert len(openings) == 6
    assert len({record.seed for record in match.records}) == 12


def test_same_seed_same_games() -> None:
    long = play_pairs(make("random"), make("random"), RULES, 6, seed=4)
    short = play_pairs(make("random"), make("random"), RULES, 3, seed=4)
    other = play_pairs(make("random"), make("random"), RULES, 3, seed=5)
    assert all_timeless(short.records) == all_timeless(long.records[:6])
    assert all_timeless(short.records) != all_timeless(other.records)
    assert (long.a, long.b) == ("random (a)", "random (b)")


def test_deterministic_agents_on_the_empty_board_count_once() -> None:
    match = play_pairs(make("lowest"), make("passes"), RULES, 5, seed=0, opening_plies=0)
    assert (match.games, match.pairs, match.duplicates) == (2, 1, 8)
    assert (match.wins, match.pair_wins) == (2, 1)


def test_limits_and_callback() -> None:
    seen: list[GameRecord] = []
    match = play_pairs(
        make("random"), make("passes"), RULES, 2, seed=1, max_moves=6,
        limits=(Limits(1), Limits(2)), on_game=seen.append,
    )  # fmt: skip
    assert tuple(seen) == match.records
    assert max(len(record.moves) for record in seen) <= 6


def test_clearly_stronger_reads_so() -> None:
    match = play_pairs(make("random"), make("passes"), RULES, 30, seed=2)
    assert match.score.low > 0.85
    assert match.elo is not None
    assert match.elo.open_above == (match.score.estimate == 1.0)
    assert match.elo.low > 200


def test_too_many_pairs_for_the_board() -> None:
    with pytest.raises(ValueError, match="ask for fewer pairs or longer openings"):
        play_pairs(make("random"), make("passes"), Rules(2), 50, seed=0, opening_plies=1)
