"""What a run refuses, and the network it begins with."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest
import torch

from agents.files import FolderInUseError, FolderLock
from agents.net import PolicyValueNet, save_net
from selfplay import (
    CheckpointError,
    ConfigError,
    RunError,
    Trainer,
    config_from_dict,
    start_net,
)
from selfplay import loop as loop_module
from selfplay import study as study_module
from selfplay.learner import Learner, Losses
from selfplay.replay import Batch
from tests.selfplay.tiny import NET, RUN, stop_at, train

# ---------------------------------------------------------------- what is refused


def test_a_folder_that_holds_a_run(tmp_path: Path) -> None:
    run = tmp_path / "run"
    stop_at(run, 1)
    with pytest.raises(RunError, match="holds a run already; go on with it"):
        Trainer(run, RUN, print)
    # Nor do its checkpoints become a new run's when the settings are gone.
    train(run, None)
    (run / "config.json").unlink()
    with pytest.raises(RunError, match="holds a run already"):
        Trainer(run, RUN, print)


def test_a_folder_that_holds_none(tmp_path: Path) -> None:
    for run in (tmp_path, tmp_path / "missing"):
        with pytest.raises(RunError, match="holds no training run"):
            Trainer(run, None, print)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", "5", '{"sed": 1}', '{"seed": -1}'])
def test_damaged_settings(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(ConfigError) as caught:
        Trainer(tmp_path, None, print)
    assert "\n" not in str(caught.value)


def test_two_at_once(tmp_path: Path) -> None:
    run = tmp_path / "run"
    trainer = Trainer(run, RUN, print)
    with FolderLock(run), pytest.raises(FolderInUseError, match="in use by another process"):
        trainer.train()


def test_folders_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match="Not a directory"):
        Trainer(tmp_path / "file" / "run", RUN, print)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folders(tmp_path: Path) -> None:
    run = tmp_path / "run"
    stop_at(run, 1)
    for folder in (run, *run.iterdir()):
        folder.chmod(0o500 if folder.is_dir() else 0o400)
    with pytest.raises(PermissionError):
        Trainer(run, None, print).train()
    with pytest.raises(PermissionError):
        Trainer(run / "new", RUN, print)


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "meta:x", ""])
def test_devices_that_are_not_there(tmp_path: Path, device: str) -> None:
    with pytest.raises(RunError, match="cannot be used") as caught:
        Trainer(tmp_path / "run", dataclasses.replace(RUN, device=device), print)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_losses_that_are_not_finite_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverged(self: Learner, batch: object, progress: float) -> None:
        self.skipped += 1

    monkeypatch.setattr(Learner, "step", diverged)
    monkeypatch.setattr(study_module, "MAX_SKIPPED", 3)
    with pytest.raises(RunError, match="not finite any more"):
        train(tmp_path / "run")


def test_after_losses_that_are_not_finite_a_run_goes_back_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third turn's steps fail; the network of the second one's checkpoint takes them again."""
    step, failures = Learner.step, iter(range(4))

    def diverges_for_a_while(self: Learner, batch: Batch, progress: float) -> Losses | None:
        if self.steps >= 16 and next(failures, None) is not None:
            self.skipped += 1
            self.net.stem.conv.weight.data.fill_(float("nan"))
            return None
        return step(self, batch, progress)

    monkeypatch.setattr(Learner, "step", diverges_for_a_while)
    monkeypatch.setattr(study_module, "MAX_SKIPPED", 3)
    monkeypatch.setattr(loop_module, "CHECKPOINT_SECONDS", 0.0)
    events = train(tmp_path / "run")
    warnings = [event["warning"] for event in events if "warning" in event]
    assert len(warnings) == 1
    assert "went back to" in warnings[0]
    last = events[-1]
    assert last["progress"] == 1
    assert last["steps"] == last["boards"]["3"]["steps"] == last["boards"]["3"]["targets"] // 8


# ---------------------------------------------------------------- the first net


def test_the_first_net_follows_from_the_seed() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again, other = (
        start_net(dataclasses.replace(RUN, seed=seed)).state_dict() for seed in (1, 1, 2)
    )
    assert torch.equal(torch.rand(3), expected)  # nobody else's chance was touched
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["stem.conv.weight"], other["stem.conv.weight"])


def test_starting_from_weights(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    net = PolicyValueNet(NET).eval()
    save_net(net, path)
    found = start_net(dataclasses.replace(RUN, initial_weights=str(path)))
    assert torch.equal(found.state_dict()["stem.conv.weight"], net.stem.conv.weight)


def test_wrong_first_weights_leave_no_run_behind(tmp_path: Path) -> None:
    path, run = tmp_path / "net.safetensors", tmp_path / "run"
    save_net(PolicyValueNet(dataclasses.replace(NET, blocks=2)), path)
    with pytest.raises(RunError, match="a net of other sizes"):
        train(run, dataclasses.replace(RUN, initial_weights=str(path)))
    train(run, RUN)  # the folder can be used


def test_a_checkpoint_of_another_net(tmp_path: Path) -> None:
    run = tmp_path / "run"
    train(run)
    settings = json.loads((run / "config.json").read_text())
    settings["net"]["blocks"] = 2
    settings["total_positions"] = 10_000
    (run / "config.json").write_text(json.dumps(settings))
    assert config_from_dict(settings).net.blocks == 2
    with pytest.raises(CheckpointError, match="other sizes"):
        train(run, None)
