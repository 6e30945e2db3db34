"""The move model: probabilities, files, and what becomes of broken ones."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from agents.base import AgentError
from agents.told import MoveModel, ToldAgent
from agents.told.families import FAMILIES, HAND_FAMILIES, PATTERN_FAMILIES
from agents.told.features import NUM_FAMILIES, NUM_HAND
from agents.told.model import CARD, FORMAT, WEIGHTS, families_hash, family_offsets
from agents.told.pattern_tables import pattern_tables
from agents.told.patterns import NUM_PATTERNS, disc
from go_engine import NUM_SYMMETRIES, GameState, Rules, symmetry_moves, vertex_to_move
from tests.agents.told.positions import position, random_game, random_model

NO_PATTERNS = pattern_tables(np.empty(0, np.int64), np.zeros(NUM_PATTERNS + 1, np.int64))


def plain_model(**weights: float) -> MoveModel:
    """A model without patterns and with these weights, by words of a level, all others 0."""
    offsets = family_offsets(NO_PATTERNS)
    values = np.zeros(offsets[-1], np.float32)
    for family, offset in zip(HAND_FAMILIES, offsets, strict=False):
        for level, words in enumerate(family.levels):
            values[offset + level] = weights.get(words, 0.0)
    return MoveModel(values, NO_PATTERNS)


# ---------------------------------------------------------------- probabilities


def test_weights_of_zero_make_all_legal_moves_alike() -> None:
    state = position("X.... OX... ..... ..... .....")
    probabilities = ToldAgent(model=plain_model()).move_probabilities(state)
    legal = state.legal_mask()
    np.testing.assert_allclose(probabilities[legal], 1.0 / legal.sum())
    assert (probabilities[~legal] == 0.0).all()


def test_one_weight_worked_out_by_hand() -> None:
    # Black can take the stone at D4 or not; 22 empty points, all legal, and the pass make 23 moves.
    state = position("..... .XO.. ..X.. ..... .....")
    assert state.legal_mask().sum() == 23
    model = plain_model(**{"gives atari to one stone that can get away": np.log(5.0)})
    probabilities = ToldAgent(model=model).move_probabilities(state)
    # C5 and D4 both bring C4 from two liberties to one. After C5 White runs to D4 and has D5, D3
    # and E4. After D4 he runs to C5 and has B5 and D5; Black B5, White D5, Black E5 takes all.
    gives = [vertex_to_move("C5", 5)]
    np.testing.assert_allclose(probabilities[gives], 5.0 / (22 + 5.0), rtol=1e-6)
    np.testing.assert_allclose(probabilities[vertex_to_move("A1", 5)], 1.0 / 27.0, rtol=1e-6)


@pytest.mark.parametrize("size", [2, 5, 9])
def test_probabilities_sum_to_one_and_turn_with_the_board(size: int) -> None:
    agent = ToldAgent(model=random_model())
    rng = np.random.default_rng(size)
    for _ in range(12):
        game = random_game(rng, size, int(rng.integers(0, size * size)))
        if game.is_over:
            continue
        probabilities = agent.move_probabilities(game)
        assert probabilities.shape == (size * size + 1,)
        np.testing.assert_allclose(probabilities.sum(), 1.0)
        assert ((probabilities > 0) == game.legal_mask()).all()
        table = symmetry_moves(size)[int(rng.integers(NUM_SYMMETRIES))]
        turned = GameState.from_moves(game.rules, [int(table[m]) for m in game.history])
        np.testing.assert_allclose(agent.move_probabilities(turned)[table], probabilities)


def test_empty_board_is_as_symmetric_as_it_looks() -> None:
    probabilities = ToldAgent(model=random_model()).move_probabilities(GameState(Rules(9)))
    grid = probabilities[:-1].reshape(9, 9)
    np.testing.assert_array_equal(grid, grid.T)
    np.testing.assert_array_equal(grid, grid[::-1])


def test_every_family_counts_once() -> None:
    state = position("..... .OX.. OXOX. ..... .....", moves="A1 A2")
    model = random_model()
    agent = ToldAgent(model=model)
    moves, levels, added = agent.contributions(state)
    offsets = family_offsets(model.tables)
    assert levels.shape == added.shape == (moves.size, NUM_FAMILIES)
    for m in range(moves.size):
        for f in range(NUM_FAMILIES):
            assert added[m, f] == model.weights[offsets[f] + levels[m, f]]
    assert (levels[:, NUM_HAND:] > 0).any(), "some patterns must be known"
    powers = np.exp(added.sum(axis=1))
    expected = powers / powers.sum()
    np.testing.assert_allclose(agent.move_probabilities(state)[moves], expected)


# ---------------------------------------------------------------- patterns


@pytest.mark.parametrize(("radius", "points"), [(2, 4), (3, 8), (4, 12), (5, 20), (7, 36)])
def test_discs(radius: int, points: int) -> None:
    offsets = disc(radius)
    assert len(offsets) == len(set(offsets)) == points
    assert (0, 0) not in offsets
    assert {(c, -r) for r, c in offsets} == set(offsets)


def codes_at(diagram: str, vertex: str, moves: str = "") -> list[int]:
    from agents.told.model import FeatureReader

    state = position(diagram, moves=moves)
    size = state.rules.board_size
    found, _, codes = FeatureReader(size).read(state)
    row: list[int] = codes[list(found).index(vertex_to_move(vertex, size))].tolist()
    return row


EMPTY_9 = " ".join(["." * 9] * 9)
RESPONSE = [family.name for family in PATTERN_FAMILIES].index("response")


def lone(vertex: str) -> str:
    row, column = 9 - int(vertex[1]), "ABCDEFGHJ".index(vertex[0])
    rows = [["."] * 9 for _ in range(9)]
    rows[row][column] = "X"
    return " ".join("".join(line) for line in rows)


@pytest.mark.parametrize(
    ("stone", "changes"),
    [
        # distance from E5: which of pattern3, pattern12, pattern20, pattern36 see the stone
        ("E6", (True, True, True, True)),
        ("F6", (True, True, True, True)),
        ("E7", (False, True, True, True)),
        ("F7", (False, False, True, True)),
        ("G7", (False, False, False, True)),
        ("E8", (False, False, False, True)),
        ("F8", (False, False, False, True)),
        ("G8", (False, False, False, False)),
        ("E9", (False, False, False, False)),
    ],
)
def test_how_far_patterns_see(stone: str, changes: tuple[bool, ...]) -> None:
    empty, seen = codes_at(EMPTY_9, "E5"), codes_at(lone(stone), "E5")
    assert tuple(a != b for a, b in zip(empty[:4], seen[:4], strict=True)) == changes


def test_pattern3_knows_liberties() -> None:
    # E6 has four liberties or two; nothing else of the eight points differs.
    free, short = lone("E6"), lone("E6").split()
    short[2], short[3] = "....O....", short[3]
    two = " ".join(short)
    assert codes_at(free, "E5")[0] == codes_at(two, "E5")[0], "four and three are both 'more'"
    short[3] = "...OX...."
    fewer = " ".join(short)
    assert codes_at(fewer, "E5")[0] != codes_at(free, "E5")[0]


def test_a_response_marks_the_last_move() -> None:
    far = codes_at(EMPTY_9, "E5", "A1")
    near = codes_at(EMPTY_9, "E5", "E6")
    same_stones = codes_at(EMPTY_9, "E5", "A1 E4 E6 A2")  # last: A2, far away
    assert far[RESPONSE] == -1
    assert near[RESPONSE] not in (-1, near[2])
    assert same_stones[RESPONSE] == -1
    assert codes_at(EMPTY_9, "E5", "E7")[RESPONSE] == codes_at(EMPTY_9, "E5", "G5")[RESPONSE]


# ---------------------------------------------------------------- files


def test_a_saved_model_is_the_same_when_loaded(tmp_path: Path) -> None:
    model = random_model()
    model.save(tmp_path / "new" / "folder", {"labels": "none"})
    loaded = MoveModel.load(tmp_path / "new" / "folder")
    np.testing.assert_array_equal(loaded.weights, model.weights)
    np.testing.assert_array_equal(loaded.tables.codes, model.tables.codes)
    np.testing.assert_array_equal(loaded.tables.starts, model.tables.starts)
    card = json.loads((tmp_path / "new" / "folder" / CARD).read_text())
    assert card["labels"] == "none"


def _flip_a_bit(folder: Path) -> None:
    data = bytearray((folder / WEIGHTS).read_bytes())
    data[-5] ^= 1
    (folder / WEIGHTS).write_bytes(data)


def _truncate(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-100])


def _with_sha(folder: Path, data: bytes) -> None:
    """Another weights file with a card that vouches for it."""
    (folder / WEIGHTS).write_bytes(data)
    card = {"sha256": hashlib.sha256(data).hexdigest()}
    (folder / CARD).write_text(json.dumps(card))


def _resaved(
    change: Callable[[dict[str, np.ndarray]], None], **facts: str
) -> Callable[[Path], None]:
    def breaks(folder: Path) -> None:
        model = MoveModel.load(folder)
        tensors: dict[str, np.ndarray] = {
            "weights": model.weights.copy(),
            "pattern_codes": model.tables.codes.copy(),
            "pattern_starts": model.tables.starts.copy(),
        }
        change(tensors)
        header = {"format": FORMAT, "families": families_hash(), **facts}
        _with_sha(folder, save(tensors, header))

    return breaks


def _nan(tensors: dict[str, np.ndarray]) -> None:
    tensors["weights"][3] = np.nan


def _short(tensors: dict[str, np.ndarray]) -> None:
    tensors["weights"] = tensors["weights"][:-1]


def _beyond(tensors: dict[str, np.ndarray]) -> None:
    tensors["pattern_starts"][2] = 10**9


def _disorder(tensors: dict[str, np.ndarray]) -> None:
    first, second = tensors["pattern_starts"][:2]
    tensors["pattern_codes"][first:second] = tensors["pattern_codes"][first:second][::-1]


def _doubles(tensors: dict[str, np.ndarray]) -> None:
    tensors["weights"] = tensors["weights"].astype(np.float64)


def _lost(tensors: dict[str, np.ndarray]) -> None:
    del tensors["pattern_codes"]


def _nothing(_: dict[str, np.ndarray]) -> None:
    pass


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "weights missing": (lambda f: (f / WEIGHTS).unlink(), "no told model here"),
    "card missing": (lambda f: (f / CARD).unlink(), "no told model here"),
    "card no JSON": (lambda f: (f / CARD).write_text("{"), "no model card"),
    "card a list": (lambda f: (f / CARD).write_text("[]"), "no model card"),
    "card binary": (lambda f: (f / CARD).write_bytes(b"\xff\xfe\x00"), "no model card"),
    "card too deep": (lambda f: (f / CARD).write_text("[" * 100_000), "no model card"),
    "one bit flipped": (_flip_a_bit, "is damaged"),
    "truncated": (_truncate, "is damaged"),
    "a pickle": (lambda f: _with_sha(f, b"\x80\x04N."), "no usable told model"),
    "empty": (lambda f: _with_sha(f, b""), "no usable told model"),
    "noise": (lambda f: _with_sha(f, bytes(range(256)) * 9), "no usable told model"),
    "header too long": (lambda f: _with_sha(f, struct.pack("<Q", 1 << 60)), "no usable told model"),
    "another format": (_resaved(_nothing, format="other"), "not a told model of this program"),
    "other features": (_resaved(_nothing, families="0"), "for other features"),
    "not a number": (_resaved(_nan), "not finite"),
    "too few weights": (_resaved(_short), "does not fit together"),
    "families mixed up": (_resaved(_beyond), "does not fit together"),
    "patterns in disorder": (_resaved(_disorder), "the patterns' numbers do not ascend"),
    "another type": (_resaved(_doubles), "as one row of float32"),
    "a tensor missing": (_resaved(_lost), "does not hold pattern_codes"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_weights_are_named_in_one_line(name: str, tmp_path: Path) -> None:
    breaks, said = BROKEN[name]
    random_model().save(tmp_path, {})
    breaks(tmp_path)
    with pytest.raises(AgentError, match=said) as caught:
        ToldAgent(weights=tmp_path)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_folder_in_place_of_the_weights(tmp_path: Path) -> None:
    (tmp_path / WEIGHTS).mkdir()
    with pytest.raises(AgentError, match="cannot read"):
        ToldAgent(weights=tmp_path)


def test_weights_fit_only_the_features_they_were_trained_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random_model().save(tmp_path, {})
    first = FAMILIES[0]
    renamed = dataclasses.replace(first, levels=(*first.levels[:-1], "something else"))
    monkeypatch.setattr("agents.told.model.FAMILIES", (renamed, *FAMILIES[1:]))
    with pytest.raises(AgentError, match="for other features"):
        MoveModel.load(tmp_path)
