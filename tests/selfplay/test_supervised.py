"""Learning from labelled games: splits, agreement counted, and that the fit finds what is there."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from agents.base import Limits
from agents.random import RandomAgent
from agents.told import MoveModel, ToldAgent
from agents.told.features import NUM_HAND
from agents.told.model import family_offsets
from agents.told.patterns import NO_PATTERN, NUM_PATTERNS
from go_engine import NUM_SYMMETRIES, GameState, Rules, symmetry_moves, vertex_to_move
from go_engine.sgf import SgfGame, read_sgf, write_sgf
from selfplay.supervised import (
    Codes,
    TrainConfig,
    evaluate_predictor,
    harvest_patterns,
    known_positions,
    read_codes,
    read_games,
    train_from_files,
    train_model,
    with_levels,
    write_trained,
)
from selfplay.supervised.evaluation import expected_hits
from selfplay.supervised.gradient import add_gradient, add_soft_gradient
from selfplay.supervised.labelled import position_key, split_games

NO_LIMITS = Limits()


def random_game(rng: np.random.Generator) -> GameState:
    """A game of the random player on 5x5, stopped after 40 moves."""
    state, agent = GameState(Rules(5)), RandomAgent()
    while not state.is_over and state.move_count < 40:
        state.play(agent.select_move(state, NO_LIMITS, rng).move)
    return state


def games_of(count: int, seed: int = 0) -> list[SgfGame]:
    rng = np.random.default_rng(seed)
    return [read_sgf(write_sgf(random_game(rng))) for _ in range(count)]


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """Twelve games in a file."""
    rng = np.random.default_rng(7)
    path = tmp_path / "games.sgf"
    path.write_text("\n".join(write_sgf(random_game(rng)) for _ in range(12)))
    return path


# ---------------------------------------------------------------- labels


def test_split_is_by_games_and_complete() -> None:
    games = games_of(20)
    train, held_out = split_games(games, 0.25, np.random.default_rng(0))
    assert (len(train), len(held_out)) == (15, 5)
    assert {id(g) for g in train} | {id(g) for g in held_out} == {id(g) for g in games}
    again = split_games(games, 0.25, np.random.default_rng(0))
    assert [id(g) for g in again[1]] == [id(g) for g in held_out]
    other = split_games(games, 0.25, np.random.default_rng(1))
    assert [id(g) for g in other[1]] != [id(g) for g in held_out]


def test_split_keeps_a_game_on_either_side() -> None:
    games = games_of(2)
    for share in (0.001, 0.999):
        train, held_out = split_games(games, share, np.random.default_rng(0))
        assert (len(train), len(held_out)) == (1, 1)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, float("nan")])
def test_split_refuses_other_shares(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        split_games(games_of(2), share, np.random.default_rng(0))


def test_split_needs_two_games() -> None:
    with pytest.raises(ValueError, match="at least two games"):
        split_games(games_of(1), 0.5, np.random.default_rng(0))


def test_broken_games_are_left_out_if_asked_for(collection: Path) -> None:
    text = collection.read_text()
    collection.write_text(text + "\n(;GM[1]FF[4]SZ[5];B[aa];W[aa])")
    complaints: list[str] = []
    games = read_games([collection], lambda error: complaints.append(str(error)))
    assert len(games) == 12
    assert len(complaints) == 1
    assert "occupied" in complaints[0]
    with pytest.raises(ValueError, match="occupied"):
        read_games([collection])


def test_games_without_moves_are_no_labels(tmp_path: Path) -> None:
    path = tmp_path / "empty.sgf"
    path.write_text("(;GM[1]FF[4]SZ[5])")
    with pytest.raises(ValueError, match="no game with moves"):
        read_games([path])


def test_position_key_is_the_same_for_turned_positions_only() -> None:
    rng = np.random.default_rng(0)
    keys: dict[int, bytes] = {}
    for _ in range(60):
        state = GameState(Rules(5))
        for _ in range(int(rng.integers(1, 9))):
            state.play(int(rng.choice(state.legal_moves()[:-1])))
        key = position_key(state)
        table = symmetry_moves(5)[int(rng.integers(NUM_SYMMETRIES))]
        turned = GameState.from_moves(Rules(5), [int(table[m]) for m in state.history])
        assert position_key(turned) == key
        images = [np.empty(25, np.int8) for _ in range(NUM_SYMMETRIES)]
        for image, moved in zip(images, symmetry_moves(5), strict=True):
            image[moved[:-1]] = state.stones().ravel()
        form = min(image.tobytes() for image in images) + bytes([state.to_play & 0xFF])
        assert keys.setdefault(key, form) == form, "two positions share a key"
        other = GameState.from_stones(Rules(5), state.stones(), -state.to_play)
        assert position_key(other) != key


# ---------------------------------------------------------------- agreement


@pytest.mark.parametrize(
    ("probabilities", "move", "best", "expected"),
    [
        ([0.5, 0.3, 0.2], 0, 1, 1.0),
        ([0.5, 0.3, 0.2], 1, 1, 0.0),
        ([0.5, 0.3, 0.2], 2, 3, 1.0),
        ([0.4, 0.4, 0.2], 1, 1, 0.5),  # one of two that tie
        ([0.4, 0.2, 0.2, 0.2], 3, 3, 2 / 3),  # two places for three that tie
        ([0.25, 0.25, 0.25, 0.25], 0, 3, 0.75),
        ([1.0, 0.0, 0.0, 0.0], 2, 3, 0.0),  # held for impossible is never a hit
    ],
)
def test_expected_hits(probabilities: list[float], move: int, best: int, expected: float) -> None:
    assert expected_hits(np.array(probabilities), move, best) == pytest.approx(expected)


class Uniform:
    """All legal moves alike, with a little more for one."""

    def __init__(self, favourite: int, weight: float) -> None:
        self.favourite = favourite
        self.weight = weight

    def move_probabilities(self, state: GameState) -> NDArray[np.float64]:
        weights = state.legal_mask().astype(np.float64)
        weights[self.favourite] *= self.weight
        shares: NDArray[np.float64] = weights / weights.sum()
        return shares


def test_agreement_worked_out_by_hand() -> None:
    # Three moves on 2x2, told to expect the top left point (4 times as likely as others).
    game = read_sgf("(;GM[1]FF[4]SZ[2]KM[0];B[aa];W[bb];B[])")
    found = evaluate_predictor(Uniform(0, 4.0), [game])
    # 1: five legal moves, 4/8. 2: four legal, 1/4 each. 3: A1 and B2 are suicide for neither;
    # Black may play both remaining points and pass: three legal, 1/3 each.
    assert found["positions"] == 3
    assert found["top1"] == pytest.approx((1 + 1 / 4 + 1 / 3) / 3)
    assert found["top3"] == pytest.approx((1 + 3 / 4 + 1) / 3)
    assert found["log_loss"] == pytest.approx((math.log(2) + math.log(4) + math.log(3)) / 3)


def test_impossible_moves_cost_a_bounded_loss() -> None:
    game = read_sgf("(;GM[1]FF[4]SZ[2]KM[0];B[aa])")
    found = evaluate_predictor(Uniform(0, 0.0), [game])
    assert found == {
        "positions": 1,
        "top1": 0.0,
        "top3": 0.0,
        "log_loss": pytest.approx(-math.log(1e-9)),
    }


def test_known_positions_are_left_out() -> None:
    seen = read_sgf("(;GM[1]FF[4]SZ[5];B[aa];W[cc])")
    turned = read_sgf("(;GM[1]FF[4]SZ[5];B[ea];W[cc];B[bb])")  # its first two positions are known
    found = evaluate_predictor(Uniform(0, 1.0), [turned], known=known_positions([seen]))
    assert found["positions"] == 1
    with pytest.raises(ValueError, match="no position"):
        evaluate_predictor(Uniform(0, 1.0), [seen], known=known_positions([seen]))


# ---------------------------------------------------------------- fitting


def test_patterns_are_kept_by_how_often_they_came() -> None:
    # Two positions of three candidates; in the first family 5 comes four times and is played once,
    # 7 comes once and is played, 8 comes once and is not.
    codes = np.full((6, NUM_PATTERNS), NO_PATTERN, np.int64)
    codes[:, 0] = [5, 7, 5, 5, 8, 5]
    data = Codes(
        hand=np.zeros((6, NUM_HAND), np.uint8),
        codes=codes,
        starts=np.array([0, 3, 6]),
        played=np.array([1, 0]),
    )
    kept = [
        harvest_patterns(data, TrainConfig(min_seen=seen, min_played=played)).codes.tolist()
        for seen, played in ((1, 9), (2, 1), (4, 9), (5, 1), (5, 9))
    ]
    assert kept == [[5, 7, 8], [5, 7], [5], [5, 7], []]


def test_gradient_is_what_autograd_says() -> None:
    games = games_of(3, seed=8)
    codes = read_codes(games)
    tables = harvest_patterns(codes, TrainConfig(min_seen=5, min_played=2))
    data = with_levels(codes, tables)
    offsets = family_offsets(tables)
    rng = np.random.default_rng(0)
    values = rng.normal(0.0, 1.0, int(offsets[-1])).astype(np.float32)
    positions = rng.permutation(data.positions)[:20]
    gradient = np.zeros_like(values)
    loss, _ = add_gradient(*data.arrays(), positions, offsets, values, gradient)
    weights = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    levels = np.concatenate([data.hand, data.patterns], axis=1).astype(np.int64) + offsets[:-1]
    total = torch.zeros((), dtype=torch.float64)
    for i in positions:
        rows = torch.from_numpy(levels[data.starts[i] : data.starts[i + 1]])
        scores = weights[rows].sum(dim=1)
        total = total - torch.log_softmax(scores, dim=0)[int(data.played[i])]
    (total / len(positions)).backward()  # type: ignore[no-untyped-call]
    assert loss == pytest.approx(total.item(), rel=1e-6)
    assert weights.grad is not None
    np.testing.assert_allclose(gradient, weights.grad.numpy(), atol=2e-6)
    targets = np.zeros(len(data.hand), np.float32)
    targets[data.starts[:-1] + data.played] = 1.0
    again = np.zeros_like(values)
    soft = add_soft_gradient(
        data.hand, data.patterns, data.starts, targets, positions, offsets, values, again
    )
    assert soft == pytest.approx(loss, rel=1e-9)
    np.testing.assert_allclose(again, gradient, atol=1e-7)


def fitted(games: list[SgfGame], config: TrainConfig) -> MoveModel:
    codes = read_codes(games)
    tables = harvest_patterns(codes, config)
    data = with_levels(codes, tables)
    assert data.positions == sum(len(game.moves) for game in games)
    result = train_model(data, data, tables, config, np.random.default_rng(0))
    assert not result.interrupted
    assert [report.epoch for report in result.epochs] == list(range(1, config.epochs + 1))
    assert result.epochs[-1].train_loss < result.epochs[0].train_loss
    agreement = evaluate_predictor(ToldAgent(model=result.model), games)
    assert agreement["log_loss"] == pytest.approx(result.epochs[-1].held_out_loss, abs=1e-4), (
        "training and playing must see the same features"
    )
    return result.model


def test_it_learns_a_few_games_by_heart() -> None:
    games = games_of(2, seed=3)
    config = TrainConfig(
        epochs=60, batch_size=16, learning_rate=0.1, l2=0.0, min_seen=1, min_played=1
    )
    model = fitted(games, config)
    agreement = evaluate_predictor(ToldAgent(model=model), games)
    assert agreement["top1"] > 0.9
    assert agreement["log_loss"] < 0.4


def test_l2_keeps_weights_small() -> None:
    games = games_of(4, seed=4)
    free = fitted(games, TrainConfig(epochs=10, batch_size=16, l2=0.0))
    held = fitted(games, TrainConfig(epochs=10, batch_size=16, l2=0.1))
    assert np.abs(held.weights).sum() < 0.5 * np.abs(free.weights).sum()


def test_level_zero_has_the_weight_zero() -> None:
    model = fitted(games_of(3, seed=5), TrainConfig(epochs=3, min_seen=20, min_played=3))
    assert (model.weights[model.offsets[:-1]] == 0.0).all()
    assert (model.weights != 0.0).any()


def test_training_is_the_same_twice(collection: Path) -> None:
    config = TrainConfig(epochs=2, min_seen=20, min_played=3)
    first, second = (train_from_files([collection], config) for _ in range(2))
    np.testing.assert_array_equal(first.trained.model.weights, second.trained.model.weights)
    assert first.agreement == second.agreement


def test_interrupted_fitting_keeps_what_it_learned(collection: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == "fitting" and done > total // 2:
            raise KeyboardInterrupt

    config = TrainConfig(epochs=20, batch_size=32, min_seen=20, min_played=3)
    result = train_from_files([collection], config, stop)
    assert result.trained.interrupted
    assert 0 < len(result.trained.epochs) < 20
    assert (result.trained.model.weights != 0.0).any()


def test_a_loss_that_runs_away_is_said() -> None:
    games = games_of(2)
    codes = read_codes(games)
    tables = harvest_patterns(codes, TrainConfig())
    data = with_levels(codes, tables)
    config = TrainConfig(learning_rate=2e37, batch_size=8)
    with pytest.raises(ValueError, match="no longer a finite number"):
        train_model(data, data, tables, config, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("name", "value"),
    [("epochs", 0), ("batch_size", 0), ("learning_rate", 0.0), ("l2", -1.0), ("min_seen", 0),
     ("learning_rate", float("nan"))],
)  # fmt: skip
def test_settings_out_of_range(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        TrainConfig(**{name: value})  # type: ignore[arg-type]


# ---------------------------------------------------------------- the card


def test_card_says_what_was_done(collection: Path, tmp_path: Path) -> None:
    config = TrainConfig(epochs=2, min_seen=20, min_played=3, held_out=0.25)
    result = train_from_files([collection], config)
    write_trained(result, tmp_path / "told", source="random games", command="the command")
    card = json.loads((tmp_path / "told" / "card.json").read_text())
    assert (card["train_games"], card["held_out_games"]) == (9, 3)
    assert card["labels"] == "random games"
    assert card["board_sizes"] == [5]
    assert card["held_out"] == result.agreement
    new = card["held_out_new_positions"]
    assert new["positions"] < card["held_out"]["positions"], "every game starts alike"
    text = (tmp_path / "told" / "card.md").read_text()
    for fact in ("random games", "the command", f"{result.agreement['top1']:.2%}"):
        assert fact in text
    assert str(tmp_path) not in text
    state = GameState(Rules(5))
    loaded = ToldAgent(weights=tmp_path / "told")
    np.testing.assert_array_equal(
        loaded.move_probabilities(state),
        ToldAgent(model=result.trained.model).move_probabilities(state),
    )
    assert loaded.move_probabilities(state)[vertex_to_move("C3", 5)] > 0
