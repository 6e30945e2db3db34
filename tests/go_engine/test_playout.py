"""Random streams, Zobrist keys and light playouts."""

from __future__ import annotations

import hashlib
import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from go_engine import GameState, Rules, kernels, zobrist
from go_engine.playout import play_out, playout_scores, random_move, random_playout_move
from go_engine.rng import draw_below, draw_uint64, draw_uniform, seed_stream
from tests.reference import ReferenceGame

# The first outputs of SplitMix64 from state 1234567, as its authors' program gives them.
SPLITMIX = [
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
]


def stream_of(seed: int, major: int = 0, minor: int = 0) -> NDArray[np.uint64]:
    stream = np.zeros(1, np.uint64)
    seed_stream(stream, seed, major, minor)
    return stream


def test_splitmix64() -> None:
    stream = np.array([1234567], np.uint64)
    assert [int(draw_uint64(stream)) for _ in SPLITMIX] == SPLITMIX
    assert zobrist._splitmix64(1234567, 5) == SPLITMIX


def test_zobrist_keys_are_the_same_everywhere_and_all_different() -> None:
    keys = np.append(zobrist.STONE_KEYS.ravel(), zobrist.SIDE_KEY)
    assert len(np.unique(keys)) == keys.size
    assert int(zobrist.STONE_KEYS[0, 0]) == -6836306058395843205
    assert int(zobrist.SIDE_KEY) == 5047071644942321112


def test_same_name_same_numbers_and_other_names_others() -> None:
    def draws(*name: int) -> list[int]:
        stream = stream_of(*name)
        return [int(draw_uint64(stream)) for _ in range(4)]

    assert draws(1, 2, 3) == draws(1, 2, 3)
    names = [(1, 2, 3), (1, 2, 4), (1, 3, 3), (2, 2, 3), (1, 3, 2), (3, 2, 1), (-1, 2, 3)]
    assert len({draws(*name)[0] for name in names}) == len(names)


@pytest.mark.parametrize("bound", [1, 2, 3, 10, 82])
def test_draw_below_is_even(bound: int) -> None:
    stream, n = stream_of(7), 4000 * bound
    counts = np.bincount([draw_below(stream, bound) for _ in range(n)], minlength=bound)
    assert counts.size == bound
    # Six standard deviations around 4000.
    assert np.abs(counts - 4000).max() < 6 * 4000**0.5


def test_draw_uniform_is_in_the_half_open_unit_interval() -> None:
    stream = stream_of(8)
    draws = np.array([draw_uniform(stream) for _ in range(20_000)])
    assert draws.min() >= 0
    assert draws.max() < 1
    assert abs(draws.mean() - 0.5) < 6 * (1 / 12 / 20_000) ** 0.5
    assert abs((draws < 0.1).mean() - 0.1) < 6 * (0.09 / 20_000) ** 0.5


# ---------------------------------------------------------------- playouts


def fresh(size: int, history: int = 1000) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    row, earlier = np.zeros(kernels.row_width(size), np.int64), np.zeros(history, np.int64)
    kernels.reset(row, earlier, size, 1, 0)
    return row, earlier


def test_same_stream_same_game() -> None:
    games = []
    for seed in (1, 1, 2):
        row, earlier = fresh(9)
        stream = stream_of(seed)
        count = play_out(row, earlier, stream, 900)
        games.append((count, row.tobytes(), int(stream[0])))
    assert games[0] == games[1] != games[2]


def test_playouts_are_those_they_always_were() -> None:
    """One number over many games, so that a change of the kernels that should change nothing
    shows if it does. A change that means to (another order of drawing, say) renews it."""
    digest = hashlib.sha256()
    for size, ko, suicide, seed in itertools.product((5, 9, 13), range(3), (0, 1), range(20)):
        row, earlier = np.zeros(kernels.row_width(size), np.int64), np.zeros(1000, np.int64)
        kernels.reset(row, earlier, size, ko, suicide)
        count = play_out(row, earlier, stream_of(seed), 600)
        digest.update(np.array(stones_of(row), np.int8).tobytes())
        digest.update(earlier[: row[kernels.HISTORY_LENGTH]].tobytes())
        digest.update(str(count).encode())
    assert digest.hexdigest()[:16] == "e7f3ed27c8252994"


def own_eye(game: ReferenceGame, point: int, color: int | None = None) -> bool:
    """The definition in words of `kernels.is_own_eye`, on the reference's board."""
    size, color = game.size, color or game.to_play
    r, c = divmod(point, size)

    def at(row: int, column: int) -> int | None:
        inside = 0 <= row < size and 0 <= column < size
        return game.position[row * size + column] if inside else None

    if any(at(r + a, c + b) not in (color, None) for a, b in ((0, 1), (1, 0), (0, -1), (-1, 0))):
        return False
    diagonals = [at(r + a, c + b) for a in (-1, 1) for b in (-1, 1)]
    return diagonals.count(-color) <= (0 if None in diagonals else 1)


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7, 9, 13])
def test_own_eyes_everywhere_in_random_games(size: int) -> None:
    """For both colours and every empty point, corners and edges above all; at least some are."""
    eyes = {"corner": 0, "edge": 0, "inside": 0}
    for seed in range(60 if size < 6 else 8):
        row, earlier = fresh(size)
        stream, game = stream_of(seed), ReferenceGame(size)
        while not game.is_over:
            for point in range(size * size):
                if game.position[point] == 0:
                    for color in (1, -1):
                        found = kernels.is_own_eye(row, kernels.padded(size, point), color)
                        assert found == own_eye(game, point, color)
                        r, c = divmod(point, size)
                        sides = (r in (0, size - 1)) + (c in (0, size - 1))
                        eyes[("inside", "edge", "corner")[sides]] += found
            move = int(random_move(row, earlier, stream))
            kernels.play_unchecked(row, earlier, move)
            game.position = tuple(stones_of(row))
            game.to_play, game.passes = -game.to_play, int(row[kernels.PASSES])
    assert eyes["corner"] > 0
    assert size < 4 or min(eyes.values()) > 0


def stones_of(row: NDArray[np.int64]) -> list[int]:
    size = int(row[kernels.SIZE])
    out = np.empty(size * size, np.int8)
    kernels.stones(row, out)
    numbers: list[int] = out.tolist()
    return numbers


@pytest.mark.parametrize("size", [2, 3, 5, 9])
def test_random_moves_are_legal_fill_no_own_eye_and_reach_every_other_point(size: int) -> None:
    for seed in range(2):
        row, earlier = fresh(size)
        stream, game = stream_of(seed), ReferenceGame(size)
        while not game.is_over:
            legal = game.legal_mask()
            sensible = {p for p in range(size * size) if legal[p] and not own_eye(game, p)}
            tries = 60 * max(1, len(sensible)) if size < 5 else 5
            moves = {int(random_move(row, earlier, stream)) for _ in range(tries)}
            assert moves <= (sensible or {size * size})
            if size < 5:
                assert moves == (sensible or {size * size})
            move = int(random_move(row, earlier, stream))
            kernels.play_unchecked(row, earlier, move)
            game.play(move)


@pytest.mark.parametrize("seed", range(3))
def test_random_moves_are_drawn_evenly(seed: int) -> None:
    """Late in a game, too, where many points are illegal or eyes and many draws thrown away."""
    row, earlier = fresh(9)
    stream, game = stream_of(seed), ReferenceGame(9)
    for _ in range(70):
        move = int(random_move(row, earlier, stream))
        kernels.play_unchecked(row, earlier, move)
        game.play(move)
    sensible = [m for m in range(81) if game.reason(m) is None and not own_eye(game, m)]
    assert 3 <= len(sensible) < game.position.count(0)
    moves = [int(random_move(row, earlier, stream)) for _ in range(3000)]
    share = 3000 / len(sensible)
    assert sorted(set(moves)) == sensible
    assert all(abs(moves.count(m) - share) < 5 * share**0.5 for m in sensible)


def test_play_out_stops_at_the_limit_and_at_the_end() -> None:
    row, earlier = fresh(9)
    assert play_out(row, earlier, stream_of(1), 10) == 10
    assert row[kernels.MOVE_COUNT] == 10
    rest = play_out(row, earlier, stream_of(1), 900)
    assert row[kernels.PASSES] == 2
    assert row[kernels.MOVE_COUNT] == 10 + rest < 400
    assert play_out(row, earlier, stream_of(1), 900) == 0


def test_playouts_leave_consistent_boards_and_settled_points() -> None:
    for seed in range(20):
        state = GameState(Rules(9))
        row, earlier = state._row, np.zeros(1000, np.int64)
        play_out(row, earlier, stream_of(seed), 900)
        state.board.check_consistency()
        # Every empty point left is an eye, so all but shared ones belong to somebody.
        assert np.count_nonzero(state.ownership() == 0) <= 4


def test_playout_scores_are_those_of_games_played_out_move_by_move() -> None:
    state = GameState.from_moves(Rules(5, 7.0), [12, 7, 25])
    before = state.kernel_arrays()[0].copy()
    scores = playout_scores(state, 3000, np.random.default_rng(1))
    np.testing.assert_array_equal(state.kernel_arrays()[0], before)
    assert scores.shape == (3000,)
    assert np.abs(scores).max() <= 25
    again = playout_scores(state, 3000, np.random.default_rng(1))
    np.testing.assert_array_equal(scores, again)
    rng = np.random.default_rng(2)
    slow = []
    for _ in range(600):
        game = state.copy()
        while not game.is_over:
            game.play(random_playout_move(game, rng))
        slow.append(game.black_score())
    error = np.hypot(np.std(scores) / 3000**0.5, np.std(slow) / 600**0.5)
    assert abs(scores.mean() - np.mean(slow)) < 4 * error


def test_playouts_of_a_finished_game_are_its_score() -> None:
    state = GameState.from_moves(Rules(5, 7.0), [12, 25, 25])
    assert playout_scores(state, 3, np.random.default_rng(0)).tolist() == [25, 25, 25]
