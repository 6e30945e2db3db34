"""The replay: what a position's sample looks like, which positions are drawn, what is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.net import as_batch
from go_engine import GameState, Rules, symmetry_moves
from selfplay import Batch, GameRecord, RecordError, Replay
from tests.agents.net.reference_planes import planes_of, seen_under
from tests.selfplay.tiny import play_games, record_of, self_play


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def marked(moves: list[int], mark: int = 0, **options: int | float) -> GameRecord:
    """A game whose policies tell where they are from: pass has probability (mark + ply) / 1024 (a
    pass stays a pass under every symmetry), the move played the rest."""
    record = record_of(moves, **options)  # type: ignore[arg-type]
    policies = record.policies.copy()
    for ply in range(record.opening_moves, len(moves)):
        share = (mark + ply) / 1024
        policies[ply] = 0
        policies[ply, moves[ply]] = 1 - share
        policies[ply, -1] += share
    return dataclasses.replace(record, policies=policies)


def origin(batch: Batch, b: int) -> int:
    """`mark + ply` of a sample, unless its move was a pass."""
    return round(float(batch.policy[b, -1]) * 1024)


def views_of(state: GameState) -> NDArray[np.float32]:
    """`float32 [8, C, N, N]`: a position as it looks under each symmetry."""
    planes = planes_of(state)
    return np.stack([seen_under(planes, s) for s in range(8)])


def turns(batch: Batch, b: int, views: NDArray[np.float32]) -> list[int]:
    """The symmetries under which a sample's planes are those of a position."""
    planes: NDArray[np.float32] = as_batch(batch.planes)[b]
    fitting: list[int] = np.flatnonzero(np.isclose(views, planes).all(axis=(1, 2, 3))).tolist()
    return fitting


# ---------------------------------------------------------------- one tiny game by hand


# Black 4, White 0, Black 1, White passes, Black passes, on 3x3.
MOVES = [4, 0, 1, 9, 9]


def test_the_game_by_hand() -> None:
    """The empty points are one region that touches both colours, so nobody's: 2 stones to 1."""
    state = GameState.from_moves(Rules(3, 0.5), MOVES)
    assert state.stones().tolist() == [[-1, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert state.ownership().tolist() == [[-1, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert state.black_score() == 1


@pytest.mark.parametrize(
    ("komi", "black", "white"), [(0.5, 2, 0), (1.0, 1, 1), (1.5, 0, 2), (-3.0, 2, 0)]
)
def test_targets_of_every_position(komi: float, black: int, white: int) -> None:
    """Results 0 lost, 1 drawn, 2 won for the mover; the score before komi, Black's is 1."""
    replay = Replay(3, 64)
    assert replay.add(marked(MOVES, komi=komi)) == 5
    batch = replay.sample(300, 64, rng())
    seen: dict[int, int] = {}
    used: set[int] = set()
    for b in range(300):
        ply = _ply_of(batch, b)
        seen[ply] = seen.get(ply, 0) + 1
        state = GameState.from_moves(Rules(3, komi), MOVES[:ply])
        mover = state.to_play
        assert batch.result[b] == (black if mover == 1 else white)
        assert batch.score[b] == mover
        fitting = turns(batch, b, views_of(state))
        fitting = [s for s in fitting if _answers_fit(batch, b, ply, s, mover)]
        assert fitting, ply
        used |= set(fitting)
    assert sorted(seen) == [0, 1, 2, 3, 4]
    assert min(seen.values()) > 30
    assert used == set(range(8))


def _ply_of(batch: Batch, b: int) -> int:
    """Which of MOVES' positions a sample is, told by its number of stones and the pass plane."""
    planes = as_batch(batch.planes)[b]
    stones = round(float(planes[2].sum() + planes[6].sum()))
    return stones + round(float(planes[10].max()))


def _answers_fit(batch: Batch, b: int, ply: int, symmetry: int, mover: int) -> bool:
    """Whether policy, reply and ownership are those of `ply` under this symmetry."""
    moved = symmetry_moves(3)[symmetry]
    policy, reply = np.zeros(10), np.zeros(10)
    policy[moved[MOVES[ply]]] += 1 - ply / 1024
    policy[9] += ply / 1024
    if ply < 4:  # after the last move there is no reply
        reply[moved[MOVES[ply + 1]]] += 1 - (ply + 1) / 1024
        reply[9] += (ply + 1) / 1024
    ownership = np.zeros(9)
    ownership[moved[[0, 1, 4]]] = np.array([-1, 1, 1]) * mover
    return (
        np.allclose(batch.policy[b], policy, atol=1e-3)
        and np.allclose(batch.reply[b], reply, atol=1e-3)
        and np.array_equal(batch.ownership[b], ownership)
    )


def test_openings_are_history_and_never_drawn() -> None:
    replay = Replay(3, 64)
    replay.add(marked(MOVES, opening=2))
    batch = replay.sample(200, 64, rng())
    plies = {_ply_of(batch, b) for b in range(200)}
    assert plies == {2, 3, 4}
    for b in range(200):
        state = GameState.from_moves(Rules(3, 0.5), MOVES[: _ply_of(batch, b)])
        assert turns(batch, b, views_of(state))


# ---------------------------------------------------------------- the ring


def check_batch(batch: Batch, games: dict[int, GameRecord], size: int) -> list[int]:
    """Every sample is a position of one of `games` (by mark), with its history and its own game's
    result; the marks plus plies drawn."""
    drawn = []
    known: dict[int, tuple[GameState, NDArray[np.float32]]] = {}
    for b in range(len(batch.result)):
        place = origin(batch, b)
        mark = max(m for m in games if m <= place)
        game = games[mark]
        if place not in known:
            moves = [int(m) for m in game.moves[: place - mark]]
            state = GameState.from_moves(Rules(size, game.komi), moves)
            known[place] = state, views_of(state)
        state, views = known[place]
        assert turns(batch, b, views), place
        margin = (game.black_score - game.komi) * state.to_play
        assert batch.result[b] == (2 if margin > 0 else 0 if margin < 0 else 1)
        assert batch.score[b] == game.black_score * state.to_play
        drawn.append(place)
    return drawn


def line(seed: int, length: int) -> list[int]:
    """Moves on 2x2 that never pass before their end."""
    state, chance = GameState(Rules(2, 0.5)), rng(seed)
    while state.move_count < length:
        points = state.legal_moves()[:-1]
        if not len(points):
            return line(seed + 100, length)
        state.play(int(chance.choice(points)))
    return list(state.history)


def test_the_ring_wraps_around() -> None:
    """Capacity 16: after every game exactly the newest 16 positions are drawn, with the history of
    their own game even where that is older, wherever the ring's seam lies."""
    replay = Replay(2, 16)
    slots = len(replay._store.stones)
    games: dict[int, GameRecord] = {}
    mark = 1
    while mark < 2 * slots:
        length = 1 + (mark * 7) % 6
        games[mark] = marked(line(mark, length), mark, size=2, komi=0.5 + (mark % 3))
        assert replay.add(games[mark]) == length
        mark += length
        assert len(replay) == min(16, mark - 1)
        drawn = set(check_batch(replay.sample(120, 16, rng(mark)), games, 2))
        assert drawn == set(range(max(1, mark - 16), mark))
    assert replay.added == mark - 1 >= 2 * slots - 1


def test_a_window_smaller_than_the_replay() -> None:
    replay = Replay(2, 32)
    games = {}
    for mark in (1, 6, 11):
        games[mark] = marked(line(mark, 5), mark, size=2)
        replay.add(games[mark])
    drawn = set(check_batch(replay.sample(200, 6, rng()), games, 2))
    assert drawn == set(range(10, 16))
    assert set(check_batch(replay.sample(200, 10**9, rng()), games, 2)) == set(range(1, 16))


def test_the_longest_game_that_fits() -> None:
    """Eight times the board's points, and with the replay full before and after."""
    replay, longest = Replay(3, 16), 8 * 9
    game = long_game(longest + 1)
    for _ in range(3):
        assert replay.add(record_of(game[:-1])) == longest
        assert len(replay) == 16
        replay.sample(32, 16, rng())
    with pytest.raises(RecordError, match=r"too long \(73 moves\)"):
        replay.add(record_of(game))
    assert replay.added == 3 * longest


def long_game(length: int) -> list[int]:
    """Random moves on 3x3, three in ten a pass, but never two in a row."""
    chance = rng(5)
    while True:
        state = GameState(Rules(3, 0.5))
        while state.move_count < length and not state.is_over:
            points = state.legal_moves()[:-1]
            passes = not len(points) or (state.passes == 0 and chance.random() < 0.3)
            state.play(9 if passes else int(chance.choice(points)))
        if state.move_count == length:
            return list(state.history)


# ---------------------------------------------------------------- what is refused


def same_batches(a: Batch, b: Batch) -> bool:
    return all(np.array_equal(getattr(a, part), getattr(b, part)) for part in Batch._fields)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"moves": [4, 0, 0, 9, 9]}, "illegal move at ply 2"),
        ({"moves": [9, 9, 4, 9, 9]}, "illegal move at ply 2"),
        ({"moves": [4, 0, 10, 9, 9]}, "move off the board"),
        ({"moves": [4, 0, 32_767, 9, 9]}, "move off the board"),
        ({"moves": [4, -1, 1, 9, 9]}, "move off the board"),
        ({"finished": False}, "no finished game on this board size"),
        ({"board_size": 4}, "no finished game on this board size"),
        ({"policies": np.zeros((5, 17), np.float16)}, "no policy for each of its moves"),
        ({"policies": np.zeros((1, 10), np.float16)}, "no policy for each of its moves"),
    ],
)
def test_wrong_games_leave_no_trace(changes: dict[str, object], reason: str) -> None:
    if isinstance(moves := changes.get("moves"), list):
        changes = {"moves": np.array(moves, np.int16)}
    wrong = dataclasses.replace(marked(MOVES), **changes)  # type: ignore[arg-type]
    replay, untouched = Replay(3, 32), Replay(3, 32)
    for mark in (0, 100, 200, 300, 400, 500, 600):  # so that the ring is full
        for each in (replay, untouched):
            each.add(marked(MOVES, mark))
        with pytest.raises(RecordError, match=reason):
            replay.add(wrong)
        assert replay.added == untouched.added
        assert len(replay) == len(untouched)
        for seed in range(3):
            assert same_batches(
                replay.sample(64, 32, rng(seed)), untouched.sample(64, 32, rng(seed))
            )


def test_nothing_to_learn_from() -> None:
    replay = Replay(3, 32)
    with pytest.raises(ValueError, match="no position to learn from"):
        replay.sample(4, 32, rng())
    replay.add(record_of([]))
    replay.add(record_of(MOVES, opening=5))
    with pytest.raises(ValueError, match="no position to learn from"):
        replay.sample(4, 32, rng())


def test_a_capacity_of_no_use() -> None:
    with pytest.raises(ValueError, match="16 or more, not 15"):
        Replay(3, 15)


# ---------------------------------------------------------------- the control


def test_the_control_differs_in_outcomes_alone() -> None:
    """The same boards under the same symmetries with the same policies; results, scores and
    ownership are those of other positions: together they say nothing about the board."""
    replay = Replay(3, 64)
    replay.add(record_of([1, 9, 9], komi=0.5))  # Black owns all: 9
    replay.add(record_of([9, 1, 9, 9], komi=0.5))  # White owns all: -9
    true = replay.sample(4000, 64, rng())
    control = replay.sample(4000, 64, rng(), shuffled_results=True)
    for name in ("planes", "policy", "reply"):
        assert np.array_equal(getattr(true, name), getattr(control, name)), name
    for name in ("result", "score", "ownership"):
        assert not np.array_equal(getattr(true, name), getattr(control, name)), name
    assert set(np.unique(control.score)) == {-9, 9}
    # Outcomes agree with each other, and are those of the replay: 3 of 7 positions are Black's.
    planes: NDArray[np.float32] = as_batch(control.planes)
    black = np.where(planes[:, 12, 0, 0] == 1, 1, -1)
    for_black = control.score * black
    assert (np.sign(control.ownership.sum(axis=1)) == np.sign(control.score)).all()
    assert ((control.result == 2) == (control.score > 0)).all()
    assert abs((for_black > 0).mean() - 3 / 7) < 0.04
    # Nothing about the board: where there is a black stone Black wins no more often than elsewhere.
    stone = planes[np.arange(4000), np.where(black == 1, 2, 6)].any(axis=(1, 2))
    assert 1000 < stone.sum() < 3000
    assert abs((for_black[stone] > 0).mean() - (for_black[~stone] > 0).mean()) < 0.06
    true_for_black = true.score * black
    assert (true_for_black[stone] == 9).all()


def test_real_games_go_in_and_come_out() -> None:
    """Self-play's own games: legal planes, policies that sum to one, on every board drawn."""
    replay = Replay(4, 500)
    for record in play_games(self_play(), 12).values():
        replay.add(record)
    batch = replay.sample(256, 500, rng())
    legal: NDArray[np.float32] = as_batch(batch.planes)[:, 1].reshape(256, 16)
    assert np.allclose(batch.policy.sum(axis=1), 1, atol=5e-3)
    assert (batch.policy[:, :-1][legal == 0] == 0).all()
    sums = batch.reply.sum(axis=1)
    assert (np.isclose(sums, 1, atol=5e-3) | (sums == 0)).all()
    assert 0 < (sums == 0).mean() < 0.5
