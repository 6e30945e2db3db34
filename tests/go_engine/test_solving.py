"""What the solver says of small boards, against published values, brute force and Benson's theorem.

How it comes to say so is tested in `test_solving_parts.py`.
"""

from __future__ import annotations

import itertools
import random
from functools import cache

import numpy as np
import pytest

from go_engine import BLACK, WHITE, GameState, KoRule, Rules
from go_engine.concepts import unconditional_territory, unconditionally_alive
from go_engine.solving import ExactValues, Solver, exact_values, solve
from go_engine.solving.__main__ import main
from tests.reference import Position, after_play, is_position, owners

SUPERKO: tuple[KoRule, ...] = ("positional", "situational")


@cache
def values_of(size: int, ko: KoRule) -> ExactValues:
    return exact_values(size, ko)


# ---------------------------------------------------------------- what is proved


@pytest.mark.parametrize("ko", SUPERKO)
@pytest.mark.parametrize(("size", "score", "moves"), [(2, 1, (0, 1, 2, 3)), (3, 9, (4,))])
def test_solved_boards(size: int, score: int, moves: tuple[int, ...], ko: KoRule) -> None:
    found = solve(GameState(Rules(size, ko=ko)))
    assert (found.black_score, found.best_moves) == (score, moves)
    assert found.low <= score <= found.high


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("ko", SUPERKO)
def test_4x4_is_worth_two(ko: KoRule) -> None:
    found = solve(GameState(Rules(4, ko=ko)))
    assert (found.black_score, found.positions) == (2, 24_318_165)
    assert found.best_moves == (5, 6, 9, 10)


@pytest.mark.parametrize("ko", SUPERKO)
@pytest.mark.parametrize(("move", "score"), [(4, 9), (1, 3), (0, -9)])
def test_first_moves_on_3x3(move: int, score: int, ko: KoRule) -> None:
    """Centre, side and corner. The empty board never comes back, so the second player's game may
    as well start after the first move."""
    state = GameState(Rules(3, ko=ko))
    state.play(move)
    assert values_of(3, ko).black_score(state.stones(), WHITE) == score


# ---------------------------------------------------------------- brute force


def can_get(
    position: Position, to_play: int, passes: int, had: frozenset[Position], wanted: int, ko: KoRule
) -> bool:
    """Whether Black gets `wanted` on 2x2; `had` holds positions, with the next player at the end
    under situational superko. Captures are tried first, which keeps it short."""
    mine = to_play == BLACK
    if passes == 2:
        return sum(owners(position, 2)) >= wanted
    if passes == 1 and (sum(owners(position, 2)) >= wanted) == mine:
        return mine  # by passing too
    plays = []
    for point in range(4):
        if position[point] == 0:
            after, taken, lost = after_play(position, 2, point, to_play)
            mark = after if ko == "positional" else (*after, -to_play)
            if not lost and mark not in had:
                plays.append((-len(taken), after, mark))
    for _, after, mark in sorted(plays):
        if can_get(after, -to_play, 0, had | {mark}, wanted, ko) == mine:
            return mine
    mark = position if ko == "positional" else (*position, -to_play)
    return can_get(position, -to_play, passes + 1, had | {mark}, wanted, ko)


@pytest.mark.parametrize("ko", SUPERKO)
def test_2x2_against_brute_force(ko: KoRule) -> None:
    """Every position, either side to play, by search with the whole history and nothing else."""
    exact = values_of(2, ko)
    for position in itertools.product((0, BLACK, WHITE), repeat=4):
        if not is_position(position, 2):
            continue
        for to_play in (BLACK, WHITE):
            stones = np.array(position, np.int8).reshape(2, 2)
            score = exact.black_score(stones, to_play)
            had = frozenset([position if ko == "positional" else (*position, to_play)])
            assert can_get(position, to_play, 0, had, score, ko)
            assert not can_get(position, to_play, 0, had, score + 1, ko)


@pytest.mark.parametrize("ko", SUPERKO)
def test_values_grant_what_benson_grants(ko: KoRule) -> None:
    """No player gets less than what is unconditionally his, whoever is to play."""
    exact = values_of(3, ko)
    granted = 0
    for stones, score in zip(exact.stones[::5], exact.black_scores[::5], strict=True):
        state = GameState.from_stones(Rules(3), stones, BLACK)
        safe = []
        for color in (BLACK, WHITE):
            points = set(unconditionally_alive(state, color))
            safe.append(len(points | set(unconditional_territory(state, color))))
        assert 2 * safe[0] - 9 <= score <= 9 - 2 * safe[1]
        granted += max(safe) > 0
    assert granted > 50


# ---------------------------------------------------------------- doors


def test_values_of_one_position_agree_with_all() -> None:
    solver = Solver(Rules(3))
    exact = values_of(3, "positional")
    assert len(exact.stones) == len(exact.black_scores) == 12_675
    rng = random.Random(3)
    for i in rng.sample(range(12_675), 40):
        for to_play in (BLACK, WHITE):
            start = GameState.from_stones(Rules(3), exact.stones[i], to_play)
            found = solver.solve(start)
            assert found.black_score == exact.black_score(exact.stones[i], to_play)
            assert found.low <= found.black_score <= found.high
            assert found.best_moves
            assert all(start.is_legal(move) for move in found.best_moves)


def test_bad_input_is_refused() -> None:
    started = GameState(Rules(2))
    started.play(0)
    with pytest.raises(ValueError, match="begun"):
        solve(started)
    with pytest.raises(ValueError, match="simple"):
        solve(GameState(Rules(2, ko="simple")))
    with pytest.raises(ValueError, match="suicide"):
        solve(GameState(Rules(2, allow_suicide=True)))
    with pytest.raises(ValueError, match="2 to 4"):
        solve(GameState(Rules(5)))
    with pytest.raises(ValueError, match="other rules"):
        Solver(Rules(2)).solve(GameState(Rules(3)))
    with pytest.raises(ValueError, match="2 or 3"):
        exact_values(4)
    with pytest.raises(ValueError, match="not a legal position"):
        values_of(2, "positional").black_score(np.ones((2, 2), np.int8), BLACK)


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--size", "2", "--quiet"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    row = printed.out.splitlines()[1].split()
    assert row[:2] == ["2x2", "+1"]
    assert set(row[-4:]) == {"A1", "A2", "B1", "B2"}


@pytest.mark.parametrize("size", ["5", "1", "three"])
def test_command_refuses_other_sizes(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["--size", size])
    assert refused.value.code == 2
    assert "error: argument --size" in capsys.readouterr().err.splitlines()[-1]
