"""`untold told`: trains on games in a file, compares with games in one, and says what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from agents.base import Limits
from agents.random import RandomAgent
from go_engine import GameState, Rules
from go_engine.sgf import write_sgf
from scripts.cli.main import main


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten games of the random player on 5x5."""
    rng = np.random.default_rng(11)
    texts = []
    for _ in range(10):
        state, agent = GameState(Rules(5)), RandomAgent()
        while not state.is_over and state.move_count < 40:
            state.play(agent.select_move(state, Limits(), rng).move)
        texts.append(write_sgf(state))
    path = tmp_path_factory.mktemp("games") / "games.sgf"
    path.write_text("\n".join(texts))
    return path


def test_train_then_eval(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "told"
    options = ["--games", str(collection), "--out", str(out), "--epochs", "2", "--seed", "5"]
    assert main(["told", "train", *options, "--source", "random play"]) == 0
    said = capsys.readouterr()
    assert "9 games with" in said.out
    assert "on 1 games held back" in said.out
    card = json.loads((out / "card.json").read_text())
    assert card["labels"] == "random play"
    assert card["command"] == (
        "untold told train --games GAMES --out OUT --held-out 0.1 --epochs 2 --l2 1e-06 --seed 5"
    )
    agent = f"told:weights={out}"
    assert main(["told", "eval", "--agent", agent, "--games", str(collection), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"positions", "top1", "top3", "log_loss"}
    assert found["positions"] > 200
    assert 0 < found["top1"] < found["top3"] < 1
    assert not (out / "unfinished").exists()
    seen = ["--seen", str(collection)]
    assert main(["told", "eval", "--agent", agent, "--games", str(collection)]) == 0
    assert f"{found['positions']:,} positions: " in capsys.readouterr().out
    assert main(["told", "eval", "--agent", agent, "--games", str(collection), *seen]) == 0
    assert "of them in none of the games seen: no position" in capsys.readouterr().out
    # The games that training kept back can be asked about again, of any agent.
    again = ["--held-out", "0.1", "--seed", "5", "--json"]
    assert main(["told", "eval", "--agent", agent, "--games", str(collection), *again]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.pop("new") == pytest.approx(card["held_out_new_positions"])
    assert found == pytest.approx(card["held_out"])


def test_a_broken_game_is_named_and_left_out(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "some.sgf"
    path.write_text(collection.read_text() + "\n(;GM[1]FF[4]SZ[5];B[aa];W[aa])")
    assert main(["told", "eval", "--games", str(path), "--json"]) == 0
    said = capsys.readouterr()
    assert "left out: some.sgf, game 11: move 2 (White A5): occupied" in said.err
    assert json.loads(said.out)["positions"] > 200


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["train", "--games", "nowhere.sgf"], "No such file or directory: nowhere.sgf"),
        (["eval", "--games", "nowhere.sgf"], "No such file or directory: nowhere.sgf"),
        (["eval", "--games", "GAMES", "--agent", "random"], "random gives no move probabilities"),
        (["eval", "--games", "GAMES", "--held-out", "0.1", "--seen", "GAMES"], "not both"),
        (["eval", "--games", "GAMES", "--held-out", "1"], "must lie between 0 and 1, not 1"),
        (["eval", "--games", "GAMES", "--agent", "tolt"], "unknown agent 'tolt'"),
        (["eval", "--games", "GAMES", "--agent", "told:weights=no"], "no told model here"),
        (["train", "--games", "GAMES", "--epochs", "0"], "epochs must be 1 or more, not 0"),
        (
            ["train", "--games", "GAMES", "--epochs", "many"],
            "--epochs must be a number, not 'many'",
        ),
        (["train", "--games", "GAMES", "--sed", "1"], "unknown option --sed; did you mean --seed?"),
        (["train", "--games", "GAMES", "--held-out", "1"], "must lie between 0 and 1"),
        (["train"], "--games"),
        (["study"], "Expected one of {train, eval, ablate, make-games, boost, teach"),
        ([], "Expected one of {train, eval, ablate, make-games, boost, teach"),
    ],
)
def test_mistakes_are_one_line(
    args: list[str], said: str, collection: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["told", *(str(collection) if a == "GAMES" else a for a in args)]) == 2
    err = capsys.readouterr().err
    last = err.splitlines()[-1]
    assert last.startswith("untold told: ")
    assert said in last
    assert "Traceback" not in err


def test_out_must_be_a_folder_that_can_be_written(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    args = ["--games", str(collection), "--out", str(blocked / "told"), "--epochs", "1"]
    assert main(["told", "train", *args]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("untold told: Not a directory")


def test_eval_counts_new_positions_by_themselves(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    some = tmp_path / "some.sgf"
    some.write_text("(;" + "(;".join(collection.read_text().split("(;")[1:4]))
    args = ["--agent", "told", "--games", str(collection), "--seen", str(some), "--json"]
    assert main(["told", "eval", *args]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"positions", "top1", "top3", "log_loss", "new"}
    assert 0 < found["new"]["positions"] < found["positions"]


def test_ablate_prints_a_table(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "ablation"
    args = ["--games", str(collection), "--out", str(out), "--without", "place", "--epochs", "1"]
    assert main(["told", "ablate", *args, "--save"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines] == ["without", "---", "nothing", "place"]
    played = ["--agent", f"told:weights={out / 'place'}", "--games", str(collection), "--json"]
    assert main(["told", "eval", *played]) == 0
    assert main(["told", "ablate", "--games", str(collection), "--without", "colour"]) == 2
    assert "no such family or group: colour" in capsys.readouterr().err
