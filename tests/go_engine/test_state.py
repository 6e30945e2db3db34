"""`Rules`, `Board`, `GameState` as objects: what they refuse, copy, take back, keep in step."""

from __future__ import annotations

import pickle  # to show that games and errors cross processes; no file is read
import random
from typing import Any

import numpy as np
import pytest

from go_engine import BLACK, WHITE, Board, GameState, IllegalMoveError, Rules, kernels, parse
from tests.go_engine.comparison import difference, ko_lover, rule_sets, several_kos
from tests.reference import ReferenceGame


def bits(state: GameState) -> tuple[bytes, bytes, tuple[int, ...]]:
    """Everything a game holds, bit by bit."""
    earlier = state._history[: state._row[kernels.HISTORY_LENGTH]]
    return state._row.tobytes(), earlier.tobytes(), state.history


def random_play(state: GameState, rng: random.Random, plies: int) -> None:
    for _ in range(plies):
        if state.is_over:
            return
        state.play(rng.choice(state.legal_moves().tolist()))


# ---------------------------------------------------------------- rules


@pytest.mark.parametrize(
    "wrong",
    [
        {"board_size": 1},
        {"board_size": 20},
        {"board_size": 9.0},
        {"board_size": "9"},
        {"board_size": True},
        {"komi": float("nan")},
        {"komi": float("inf")},
        {"komi": "7"},
        {"komi": None},
        {"ko": "superko"},
        {"ko": ""},
        {"allow_suicide": "no"},
        {"allow_suicide": 1},
    ],
)
def test_rules_refuse(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Rules(**wrong)


def test_rules_take_numpy_numbers_and_keep_plain_ones() -> None:
    rules = Rules(np.int64(5), np.float32(6.5))  # type: ignore[arg-type]
    assert rules == Rules(5, 6.5)
    assert (type(rules.board_size), type(rules.komi)) == (int, float)
    assert type(Rules(5, 7).komi) is float
    assert GameState(Rules(5, np.float64(7))).winner() == WHITE


def test_default_rules() -> None:
    rules = GameState().rules
    assert rules == Rules(board_size=9, komi=7.0, ko="positional", allow_suicide=False)
    assert (rules.num_points, rules.pass_move) == (81, 81)


# ---------------------------------------------------------------- set-up positions


@pytest.mark.parametrize(
    ("stones", "to_play", "message"),
    [
        (np.zeros((5, 5), np.int8), BLACK, "shape"),
        (np.zeros(81, np.int8), BLACK, "shape"),
        (np.zeros((9, 9), np.int8), 0, "to_play"),
        (np.zeros((9, 9), np.int8), 2, "to_play"),
        (np.full((9, 9), 2, np.int8), BLACK, "must hold"),
        (np.full((9, 9), 0.5), BLACK, "must hold"),
        (np.full((9, 9), 1, np.int8), BLACK, "A9 has no liberty"),
    ],
)
def test_from_stones_refuses(stones: Any, to_play: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GameState.from_stones(Rules(9), stones, to_play)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 1), (20, 20), (0, 0)])
def test_board_refuses_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"square|size"):
        Board.from_stones(np.zeros(shape, np.int8))


def test_set_up_position_is_told_apart_from_the_moves() -> None:
    stones = parse("X..\n.O.\n...")
    state = GameState.from_stones(Rules(3), stones, WHITE)
    assert (state.to_play, state.initial_to_play, state.history) == (WHITE, WHITE, ())
    state.play(8)
    assert (state.initial_stones() == stones).all()
    assert (state.initial_to_play, state.history) == (WHITE, (8,))
    assert state.captures == (0, 0)


def test_the_caller_s_stones_are_copied() -> None:
    stones = parse("X..\n.O.\n...")
    state = GameState.from_stones(Rules(3), stones, WHITE)
    stones[:] = 0
    state.stones()[:] = 0
    assert state.stones().any()


def test_board_names_chains_and_liberties() -> None:
    board = Board.from_stones(parse("XX.\nXO.\n..."))
    assert board.chain(0) == [0, 1, 3]
    assert board.liberties(0) == [2, 6]
    assert board.liberties(4) == [5, 7]
    assert (board.chain(8), board.liberties(8)) == ([], [])


def test_board_hash_depends_on_the_stones_alone() -> None:
    state = GameState(Rules(5))
    for move in (0, 6, 1, 7):
        state.play(move)
    other = GameState(Rules(5, ko="simple", allow_suicide=True))
    for move in (1, 7, 0, 6):
        other.play(move)
    assert state.board.hash == other.board.hash == Board.from_stones(state.stones()).hash != 0
    assert GameState().board.hash == 0


# ---------------------------------------------------------------- illegal moves


@pytest.mark.parametrize("move", [-1, -82, 82, 1000, 2**40, -(2**40), 2**63, 2**64 + 40, -(2**70)])
def test_out_of_range(move: int) -> None:
    state = GameState()
    assert not state.is_legal(move)
    with pytest.raises(IllegalMoveError) as caught:
        state.play(move)
    assert (caught.value.move, caught.value.reason) == (move, "out of range")


@pytest.mark.parametrize("move", [1.0, "E5", None, 2.5])
def test_a_move_is_a_whole_number(move: Any) -> None:
    with pytest.raises(TypeError):
        GameState().play(move)


def test_numpy_numbers_are_moves() -> None:
    state = GameState()
    state.play(np.int64(40))  # type: ignore[arg-type]
    state.play(np.uint8(41))  # type: ignore[arg-type]
    assert state.history == (40, 41)
    assert all(type(move) is int for move in state.history)


def test_illegal_move_error_is_a_value_error_and_crosses_processes() -> None:
    error = IllegalMoveError(40, "ko")
    assert isinstance(error, ValueError)
    twin = pickle.loads(pickle.dumps(error))
    assert (twin.move, twin.reason, str(twin)) == (40, "ko", "illegal move 40: ko")


def test_a_game_crosses_processes() -> None:
    state = GameState(Rules(5, ko="situational"))
    random_play(state, random.Random(1), 20)
    twin = pickle.loads(pickle.dumps(state))
    assert bits(twin) == bits(state)
    assert twin.rules == state.rules
    assert twin.undo() == state.undo()
    assert bits(twin) == bits(state)


# ---------------------------------------------------------------- undo and copy


@pytest.mark.parametrize("size", [2, 3, 5, 9])
def test_undo_brings_back_every_bit(size: int) -> None:
    rng = random.Random(size)
    for rules in rule_sets(size):
        games = [GameState(rules)]
        if size >= 4:
            games.append(several_kos(rules, rng).engine_game(GameState))
        for state in games:
            before = [bits(state)]
            while not state.is_over and len(before) < 120:
                state.play(rng.choice(state.legal_moves().tolist()))
                before.append(bits(state))
            while state.history:
                assert bits(state) == before.pop()
                last = state.history[-1]
                assert state.undo() == last
            assert bits(state) == before.pop()
            with pytest.raises(IndexError, match="no move"):
                state.undo()


def test_undo_reopens_a_finished_game_and_its_superko() -> None:
    rng = random.Random(3)
    setting = several_kos(Rules(7), rng)
    state, reference = setting.engine_game(GameState), setting.reference_game()
    for _ in range(40):
        move = ko_lover(reference, setting, rng)
        reference.play(move)
        state.play(move)
        if reference.is_over:
            break
        for _ in range(3):  # forth and back again
            random_play(branch := state.copy(), rng, 4)
            while branch.move_count > state.move_count:
                branch.undo()
            assert difference(branch, reference, rng) is None


def test_copies_are_independent() -> None:
    rng = random.Random(4)
    for rules in rule_sets(5):
        state = GameState(rules)
        random_play(state, rng, 30)
        before = bits(state)
        copies = [state.copy() for _ in range(3)]
        for copy in copies:
            random_play(copy, rng, 200)
            if copy.move_count > 35:
                copy.undo()
        assert bits(state) == before
        kept = [bits(copy) for copy in copies]
        while state.history:
            state.undo()
        assert [bits(copy) for copy in copies] == kept


@pytest.mark.parametrize("plies", [0, 1, 2, 3, 20])
def test_recent_stones(plies: int) -> None:
    rng = random.Random(plies)
    for start in (GameState(Rules(5)), several_kos(Rules(5), rng).engine_game(GameState)):
        positions = [start.stones().ravel()]
        while len(positions) <= plies and not start.is_over:
            random_play(start, rng, 1)
            positions.append(start.stones().ravel())
        before = bits(start)
        for count in (1, 2, 4, 8):
            newest_first = positions[::-1][:count]
            newest_first += [positions[0]] * (count - len(newest_first))
            assert (start.recent_stones(count) == np.stack(newest_first)).all()
        assert bits(start) == before


def test_a_long_game_makes_room() -> None:
    state = GameState(Rules(3, ko="simple"))
    rng = random.Random(5)
    while state.move_count < 1000:
        points = state.legal_moves()[:-1].tolist()
        state.play(rng.choice(points) if points else 9)
        if state.is_over:
            state.undo()
            state.undo()
            state.undo()
    state.board.check_consistency()


def test_from_moves_stops_at_the_first_illegal_one() -> None:
    assert GameState.from_moves(Rules(5), [12, 25, 11]).history == (12, 25, 11)
    with pytest.raises(IllegalMoveError, match="occupied"):
        GameState.from_moves(Rules(5), [12, 12])


# ---------------------------------------------------------------- stress


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7, 9, 13, 19])
def test_consistency_under_random_input_half_of_it_garbage(size: int) -> None:
    rng = random.Random(size)
    points = size * size
    for rules in rule_sets(size):
        state = GameState(rules)
        for _ in range(250 if size < 9 else 60):
            state = stress_once(state, rng, points)
            state.board.check_consistency()


def stress_once(state: GameState, rng: random.Random, points: int) -> GameState:
    """One input of a careless caller; whatever is refused must leave every bit as it was."""
    dice, before = rng.random(), bits(state)
    if dice < 0.45 and not state.is_over:
        state.play(rng.choice(state.legal_moves().tolist()))
    elif dice < 0.9:
        move = rng.choice([rng.randint(-3, points + 3), rng.randint(-(2**66), 2**66), points])
        legal = state.is_legal(move)
        try:
            state.play(move)
        except IllegalMoveError:
            assert not legal
            assert bits(state) == before
        else:
            assert legal
            assert len(state.history) == len(before[2]) + 1
    elif dice < 0.95 and state.history:
        state.undo()
    elif dice < 0.97:
        return state.copy()
    elif not state.is_over:
        return GameState.from_stones(state.rules, state.stones(), state.to_play)
    return state


def test_check_consistency_sees_damage() -> None:
    """A check that cannot fail would be worth nothing: damage every cell that play relies on."""
    state = GameState.from_stones(Rules(3), parse("XX.\n.O.\n..."), BLACK)
    state.board.check_consistency()
    caught = set()
    cells = kernels.padded_points(3)
    damaged_cells = [kernels.HASH, kernels.NUM_EMPTY, *range(kernels.META, state._row.size)]
    for cell in damaged_cells:
        damaged = state.copy()
        damaged._row[cell] += 1
        try:
            damaged.board.check_consistency()
        except (AssertionError, KeyError, IndexError):
            caught.add(cell)
    # Hash and number of empty points; colours and heads everywhere; next and seen at 3 stones;
    # liberties but at the stone that is no head; size and hash of 2 chains; place in the list and
    # the list's entry of 6 empty points.
    assert len(caught) == 2 + 2 * cells + 2 * 3 + (cells - 1) + 2 * 2 + 2 * 6


# ---------------------------------------------------------------- sizes side by side


def test_boards_of_different_sizes_live_side_by_side() -> None:
    rng = random.Random(6)
    sizes = [2, 9, 3, 19, 5, 13]
    games = [(GameState(Rules(n)), ReferenceGame(n)) for n in sizes]
    for ply in range(40):
        for (state, reference), size in zip(games, sizes, strict=True):
            if reference.is_over:
                continue
            if size < 13 or ply % 10 == 0:
                assert difference(state, reference, rng) is None
            move = rng.choice(state.legal_moves().tolist())
            state.play(move)
            reference.play(move)
