"""Told playouts: the board that keeps itself up to date, what it looks for, what it plays."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.told.model import padded_or_none
from agents.told.playout import draw_move, final_margin, play_told
from agents.told.playout_board import (
    ATARI_STONES,
    LIGHT_META,
    NUM_ATARI,
    SCALE,
    TOTAL,
    light_play,
    light_width,
    line_sums,
    start_light,
    weights_of,
)
from agents.told.playout_features import (
    FEATURES,
    NUM_FEATURES,
    find_boosts,
    list_features,
    new_boosts,
)
from agents.told.playout_weights import PlayoutWeights, Sharpness, is_eye_code, ring_classes
from go_engine import BLACK, GameState, Rules, vertex_to_move
from go_engine import kernels as k
from go_engine.kernels import padded, unpadded
from tests.agents.told.light_reference import Reference
from tests.agents.told.positions import position, random_game


def some_weights(seed: int = 5) -> PlayoutWeights:
    rng = np.random.default_rng(seed)
    classes = np.unique(ring_classes())
    rings = rng.normal(0.0, 1.0, classes.size).astype(np.float32)
    return PlayoutWeights(classes, rings, rng.normal(0.5, 1.0, NUM_FEATURES).astype(np.float32))


WEIGHTS = some_weights()
TABLE, FACTORS = WEIGHTS.table(), WEIGHTS.factors()


class Playing:
    """A game on the playouts' board, beside a GameState that checks it."""

    def __init__(self, state: GameState) -> None:
        size = state.rules.board_size
        row, history = state.kernel_arrays()
        self.state, self.size = state, size
        self.row, self.history = row.copy(), np.concatenate([history, np.zeros(2000, np.int64)])
        self.light = np.zeros(light_width(size), np.int64)
        last = state.history[-1] if state.history else None
        start_light(self.row, self.light, TABLE, padded_or_none(size, last))
        self.boosts = new_boosts(size)
        self.removed: list[int] = []

    def play(self, move: int) -> None:
        before = self.state.stones().ravel()
        light_play(self.row, self.history, self.light, TABLE, padded_or_none(self.size, move))
        self.state.play(move)
        gone = (before != 0) & (self.state.stones().ravel() == 0)
        self.removed = [int(p) for p in np.flatnonzero(gone)]

    def draw(self, stream: NDArray[np.uint64]) -> int:
        point = draw_move(self.row, self.history, self.light, FACTORS, self.boosts, stream)
        return self.size**2 if point == 0 else int(unpadded(self.size, point))

    def features(self) -> set[tuple[int, str]]:
        out = np.zeros((512, 2), np.int64)
        count = list_features(self.row, self.light, self.boosts, out)
        return {(int(unpadded(self.size, p)), FEATURES[f]) for p, f in out[:count]}


def stream(seed: int) -> NDArray[np.uint64]:
    return np.array([seed], np.uint64)


RULES = [Rules(5, 0.0), Rules(9, 7.0), Rules(5, 0.0, ko="situational"), Rules(4, 0.0, ko="simple")]


@pytest.mark.parametrize("rules", [*RULES, Rules(5, 0.0, allow_suicide=True)], ids=str)
def test_every_move_is_legal_and_fills_no_own_eye_and_the_board_stays_right(rules: Rules) -> None:
    for seed in range(3):
        game = Playing(GameState(rules))
        chance = stream(seed)
        for _ in range(3 * rules.num_points):
            if game.state.is_over:
                break
            before = game.light.copy()
            move = game.draw(chance)
            find_boosts(game.row, before, game.boosts)  # strikes what is in atari no more
            game.boosts[:] = 0
            np.testing.assert_array_equal(game.light, before)  # drawing puts all weights back
            assert game.state.is_legal(move)
            if move != rules.num_points:
                point = padded(game.size, move)
                assert not k.is_own_eye(game.row, point, game.state.to_play)
            game.play(move)
            fresh, cells = Playing(game.state), k.padded_points(game.size)
            points = [LIGHT_META + padded(game.size, p) for p in range(rules.num_points)]
            assert (game.light[points] == fresh.light[points]).all()
            weights = slice(weights_of(cells), weights_of(cells) + cells)
            assert (game.light[weights] == fresh.light[weights]).all()
            sums = slice(line_sums(cells), None)
            assert (game.light[sums] == fresh.light[sums]).all()
            assert game.light[TOTAL] == fresh.light[TOTAL] == game.light[weights].sum()


def test_features_agree_with_a_slow_definition() -> None:
    rng = np.random.default_rng(3)
    seen: Counter[str] = Counter()
    for seed in range(12):
        game = Playing(GameState(Rules(9 if seed % 2 else 5, 7.0)))
        chance = stream(seed)
        while not game.state.is_over and game.state.move_count < 150:
            random = rng.random() < 0.3
            legal = game.state.legal_moves()
            move = int(rng.choice(legal)) if random else game.draw(chance)
            game.play(move)
            last = None if move == game.size**2 else move
            found = game.features()
            assert found == Reference(game.state).features(last, game.removed)
            seen.update(words for _, words in found)
    assert set(seen) == set(FEATURES)


def test_a_list_of_chains_in_atari_made_anew_holds_the_same_chains() -> None:
    rng = np.random.default_rng(8)
    for _ in range(20):
        game = Playing(random_game(rng, 7, 40))
        listed = game.light[LIGHT_META + ATARI_STONES * k.padded_points(7) :]
        points = {int(unpadded(7, p)) for p in listed[: game.light[NUM_ATARI]]}
        reference = Reference(game.state)
        for chain in reference.chains(1) | reference.chains(-1):
            names = {reference.number(p) for p in chain}
            assert len(points & names) == (len(reference.liberties(chain)) == 1)


def test_moves_are_drawn_in_proportion_to_weight_times_factors() -> None:
    state = position(".X.O. XX.OO .XO.. OOOX. ..X.X", BLACK, "")
    game = Playing(state)
    expected = np.zeros(26)
    logs = np.zeros(1 << 16)
    logs[WEIGHTS.classes] = WEIGHTS.rings
    legal = state.legal_mask()
    for move in range(25):
        code = int(game.light[LIGHT_META + padded(5, move)])
        if legal[move] and not is_eye_code()[code]:
            expected[move] = np.exp(logs[ring_classes()[code]])
    for move, words in Reference(state).features(None, []):
        expected[move] *= np.exp(WEIGHTS.features[FEATURES.index(words)])
    expected /= expected.sum()
    chance = stream(1)
    count = 20_000
    drawn = np.bincount([game.draw(chance) for _ in range(count)], minlength=26)
    sigma = np.sqrt(expected * (1 - expected) / count)
    assert (np.abs(drawn / count - expected) <= 4.5 * sigma + 2e-3).all()


@pytest.mark.parametrize(
    ("diagram", "move", "vital"),
    [
        ("..... ..... ..... OOO.. XXX..", "D1", "B1"),  # three in a row
        ("..... ..... OO... XXO.. XX...", "C1", None),  # a square
        ("..... .OOO. OXXXO .OXO. .....", "C1", "C3"),  # four, three of them around one
    ],
)
def test_the_vital_point_of_stones_just_taken(diagram: str, move: str, vital: str | None) -> None:
    game = Playing(position(diagram, -BLACK))
    game.play(vertex_to_move(move, 5))
    assert len(game.removed) in (3, 4)
    found = {m for m, words in game.features() if "vital point" in words}
    assert found == ({vertex_to_move(vital, 5)} if vital else set())


def test_a_playout_ends_and_its_margin_is_the_area_count() -> None:
    moves = np.zeros(400, np.int64)
    owner = np.zeros(81, np.int8)
    for seed in range(20):
        game = Playing(GameState(Rules(9, 7.0)))
        limit = 40 if seed % 4 == 0 else 243
        count = play_told(
            game.row,
            game.history,
            game.light,
            TABLE,
            FACTORS,
            game.boosts,
            stream(seed),
            limit,
            moves,
        )
        for point in moves[:count]:
            game.state.play(81 if point == 0 else int(unpadded(9, point)))
        assert game.state.is_over or count == limit
        assert final_margin(game.row, owner) == game.state.black_score()
        assert (owner == game.state.ownership().ravel()).all()


def test_ring_classes_are_symmetric_and_eyes_are_the_engines() -> None:
    classes, eyes = ring_classes(), is_eye_code()
    assert (eyes == eyes[classes]).all()
    rng = np.random.default_rng(2)
    for _ in range(30):
        state = random_game(rng, 6, 60)
        game = Playing(state)
        for move in np.flatnonzero(state.stones().ravel() == 0):
            point = padded(6, int(move))
            code = int(game.light[LIGHT_META + point])
            assert eyes[code] == k.is_own_eye(game.row, point, BLACK)


def test_weights_and_sharpness() -> None:
    flat = WEIGHTS.table(sharpness=0.0)
    open_ring = 0
    assert flat[open_ring] == SCALE | (SCALE << 32)
    assert set(np.unique(flat & 0xFFFFFFFF)) == {0, SCALE}
    np.testing.assert_allclose(WEIGHTS.factors(0.5) ** 2, FACTORS)


def test_each_feature_has_the_sharpness_of_its_group() -> None:
    sharpness = Sharpness(near=2.0, captures=3.0, escapes=4.0, others=5.0).features
    for name, value in zip(FEATURES, sharpness, strict=True):
        if "the last move" in name:
            assert value == 2.0
        elif name.startswith(("captures", "saves")):
            assert value == 3.0
        else:
            assert value == (4.0 if name.startswith("extends") else 5.0), name
