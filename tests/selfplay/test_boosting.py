"""Boosted trees on the told features: learned, kept, loaded, refused when damaged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from agents.base import AgentError, Limits
from agents.spec import make_agent
from agents.told.boosted import TREES, BoostedAgent, inputs_of
from go_engine import GameState, Rules
from go_engine.sgf import SgfGame, read_sgf, write_sgf
from selfplay.supervised import TrainConfig, evaluate_predictor, train_from_files
from selfplay.supervised.boosting import BoostConfig, boost
from tests.selfplay.test_told_tools import random_game

pytest.importorskip("lightgbm")


def test_inputs_are_parts_sum_and_distance_to_the_best() -> None:
    added = np.array([[1.0, 2.0], [4.0, -1.5]])
    expected = np.array([[1.0, 2.0, 3.0, 0.0], [4.0, -1.5, 2.5, -0.5]])
    np.testing.assert_allclose(inputs_of(added), expected)


@pytest.fixture(scope="module")
def boosted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[SgfGame]]:
    """Where a model of forty random games lies, and the games."""
    rng = np.random.default_rng(1)
    folder = tmp_path_factory.mktemp("boosted")
    games = [read_sgf(write_sgf(random_game(rng))) for _ in range(40)]
    path = folder / "games.sgf"
    path.write_text("\n".join(write_sgf(game.end()) for game in games))
    linear = train_from_files([path], TrainConfig(epochs=2, min_seen=20, min_played=3))
    config = BoostConfig(rounds=10, leaves=7)
    boost(games, linear.trained.model, config, folder, "the command")
    return folder, games


def test_it_plays_by_what_it_learned(boosted: tuple[Path, list[SgfGame]]) -> None:
    folder, games = boosted
    agent = BoostedAgent(folder)
    state = GameState(Rules(5))
    probabilities = agent.move_probabilities(state)
    assert probabilities.sum() == pytest.approx(1.0)
    assert ((probabilities > 0) == state.legal_mask()).all()
    decision = agent.select_move(state, Limits(), np.random.default_rng(0))
    assert probabilities[decision.move] == pytest.approx(probabilities[:-1].max())
    assert evaluate_predictor(agent, games)["log_loss"] < np.log(26)
    card = json.loads((folder / "card.json").read_text())
    assert card["command"] == "the command"
    assert card["held_out"]["positions"] > 0
    assert make_agent(f"boosted:weights={folder}").name == f"boosted:weights={folder}"


def test_damage_is_named_in_one_line(boosted: tuple[Path, list[SgfGame]], tmp_path: Path) -> None:
    folder, _ = boosted
    with pytest.raises(AgentError, match="no told model here"):
        BoostedAgent(tmp_path)
    for path in ("linear/model.safetensors", "linear/card.json", "card.json"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes((folder / path).read_bytes())
    with pytest.raises(AgentError, match="no boosted model here"):
        BoostedAgent(tmp_path)
    (tmp_path / TREES).write_bytes((folder / TREES).read_bytes()[:-1])
    with pytest.raises(AgentError, match="is damaged"):
        BoostedAgent(tmp_path)
    (tmp_path / "card.json").write_text("[]")
    with pytest.raises(AgentError, match="is no card"):
        BoostedAgent(tmp_path)
    with pytest.raises(AgentError, match="needs weights"):
        make_agent("boosted")
