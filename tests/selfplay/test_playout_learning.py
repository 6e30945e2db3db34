"""Learning the playouts' lottery from labelled games."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agents.base import AgentError
from agents.told.playout_features import FEATURES
from agents.told.playout_weights import PlayoutWeights
from go_engine import GameState, Rules
from go_engine.sgf import write_sgf
from selfplay.supervised import read_games
from selfplay.supervised.playouts import evaluate, main, read_choices, train

NEXT = FEATURES.index("next to the last move")


def contact_game(rng: np.random.Generator) -> str:
    """A game of players who always play next to the last move, if they can."""
    state = GameState(Rules(7))
    while state.move_count < 30:
        legal = state.legal_moves()[:-1]
        last = state.history[-1] if state.move_count else 24
        near = [m for m in legal if abs(m // 7 - last // 7) + abs(m % 7 - last % 7) == 1]
        state.play(int(rng.choice(near or legal)))
    return write_sgf(state)


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    path = tmp_path / "games.sgf"
    path.write_text("\n".join(contact_game(rng) for _ in range(60)))
    return path


def test_it_learns_what_the_players_did(collection: Path) -> None:
    games = read_games([collection])
    choices = read_choices(games[:50])
    weights = train(choices, np.random.default_rng(1), epochs=12, batch=128, rate=0.1)
    assert weights.features[NEXT] > 2.0
    assert weights.features[NEXT] == weights.features.max()
    found = evaluate(weights, read_choices(games[50:]))
    blank = PlayoutWeights(weights.classes[:0], weights.rings[:0], 0 * weights.features)
    assert found["log_loss"] < evaluate(blank, read_choices(games[50:]))["log_loss"] - 1.0


def test_the_command_writes_what_can_be_loaded(collection: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["--games", str(collection), "--out", str(out), "--every", "1"]) == 0
    weights = PlayoutWeights.load(out)
    assert weights.table().shape == (1 << 16,)
    damaged = out / "playouts.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    with pytest.raises(AgentError, match="damaged"):
        PlayoutWeights.load(out)


def test_bad_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--games", str(tmp_path / "none.sgf"), "--out", str(tmp_path / "out")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    with pytest.raises(AgentError, match="no playout weights"):
        PlayoutWeights.load(tmp_path / "nowhere")
