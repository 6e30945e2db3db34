"""A larger network takes a run over."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from agents.net import load_net
from scripts.cli.main import main as untold
from selfplay import RunError, Trainer, grow_run, newest_net, read_config
from selfplay.__main__ import main as bare
from tests.selfplay.tiny import RUN, Stop, metrics_of, stop_at

LEARN = dataclasses.replace(RUN.learn, samples_per_position=4.0, window=2000, window_start=2000)
SHORT = dataclasses.replace(RUN, learn=LEARN, total_positions=600, workers=0)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of SHORT with a checkpoint in the middle, then killed."""
    run = tmp_path_factory.mktemp("runs") / "small"
    first = dataclasses.replace(SHORT, total_positions=300)
    Trainer(run, first, lambda event: None).train()
    text = (run / "config.json").read_text()
    (run / "config.json").write_text(
        text.replace('"total_positions": 300', '"total_positions": 600')
    )
    return run


def test_it_learns_from_the_games_first_and_then_plays(small: Path, tmp_path: Path) -> None:
    large, events = tmp_path / "large", list[dict[str, Any]]()
    before = sorted(path.name for path in small.rglob("*"))
    owed = grow_run(small, large, ["net.channels=8", "learn.learning_rate=0.01"])
    assert sorted(path.name for path in small.rglob("*")) == before
    trainer = Trainer(large, None, events.append)
    assert trainer.config.net.channels == 8
    trainer.train()
    studied = [event for event in events if "catching_up" in event]
    board = metrics_of(small)[-1]["boards"]["3"]
    # Two passes through positions that fit the window, eight a step.
    assert owed == 2 * board["targets"] // 8
    assert len(studied) == -(-owed // 20)
    assert studied[-1]["catching_up"] == 1.0
    assert events.index(studied[-1]) == len(studied) - 1
    assert studied[-1]["losses"]["total"] < studied[0]["losses"]["total"]
    after = metrics_of(large)
    assert after[0]["iteration"] == metrics_of(small)[-1]["iteration"] + 1
    assert after[-1]["positions"] >= 600
    assert after[-1]["boards"]["3"]["steps"] == int(after[-1]["boards"]["3"]["targets"] * 4 / 8)
    assert load_net(newest_net(large)).config.channels == 8
    # Games are continued, not repeated.
    assert after[-1]["games"] > metrics_of(small)[-1]["games"]


def test_killed_while_learning_it_goes_on_learning(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, events = tmp_path / "large", list[dict[str, Any]]()
    owed = grow_run(small, large, ["net.channels=8"])

    def listen(event: dict[str, Any]) -> None:
        events.append(event)
        if len(events) == 2:
            raise Stop

    monkeypatch.setattr("selfplay.loop.CHECKPOINT_SECONDS", 0.0)
    with pytest.raises(Stop):
        Trainer(large, None, listen).train()
    assert events[-1]["steps_left"] == owed - 40
    left: list[dict[str, Any]] = []
    Trainer(large, None, left.append).train()
    assert left[0]["steps_left"] == owed - 60


def test_asked_to_stop_while_learning_it_does(small: Path, tmp_path: Path) -> None:
    large = tmp_path / "large"
    owed = grow_run(small, large, ["net.channels=8"])
    trainer = Trainer(large, None, lambda event: (large / "stop").touch())
    trainer.train()
    assert trainer.stopped
    assert not (large / "stop").exists()
    assert not (large / "metrics.jsonl").exists()
    left: list[dict[str, Any]] = []
    Trainer(large, None, left.append).train()
    assert left[0]["steps_left"] == owed - 40


def test_it_starts_from_random_weights_of_its_own(small: Path, tmp_path: Path) -> None:
    grow_run(small, tmp_path / "a", ["seed=1"])
    grow_run(small, tmp_path / "b", ["seed=2"])
    nets = [
        load_net(next((tmp_path / name / "checkpoints").glob("*/net.safetensors"))) for name in "ab"
    ]
    a, b = (net.state_dict() for net in nets)
    assert any(not torch.equal(a[name], b[name]) for name in a)
    old = load_net(newest_net(small)).state_dict()
    assert any(not torch.equal(a[name], old[name]) for name in a)


@pytest.mark.parametrize(
    ("changes", "passes", "said"),
    [
        (["game.board_size=5"], 2.0, "the boards of .* cannot be changed: its games are on them"),
        (["net.width=5"], 2.0, "width"),
        ([], 0.0, "passes must be above 0, not 0"),
    ],
)
def test_refusals(
    small: Path, tmp_path: Path, changes: list[str], passes: float, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        grow_run(small, tmp_path / "new", changes, passes)
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_a_checkpoint_or_a_folder_in_use(small: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="exists already; name another folder"):
        grow_run(small, small, [])
    stop_at(tmp_path / "young", 1, SHORT)
    with pytest.raises(RunError, match="has no checkpoint yet"):
        grow_run(tmp_path / "young", tmp_path / "new", [])


def test_both_commands(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--grow", str(small), "--out"]
    assert untold(["train", *out, str(tmp_path / "a"), "--set", "net.channels=8"]) == 0
    assert "steps of learning from the games of" in capsys.readouterr().out
    assert bare([*out, str(tmp_path / "b"), "--set", "net.channels=8", "--passes", "1"]) == 0
    assert read_config(tmp_path / "a") == read_config(tmp_path / "b")
    assert bare(["--resume", "--out", str(tmp_path / "b")]) == 0
    assert "learning from the games that are there:" in capsys.readouterr().out
    assert untold(["train", *out, str(tmp_path / "a")]) == 2
