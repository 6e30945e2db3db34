"""Runs that move: export and import, milestones, status, and being asked to stop."""

from __future__ import annotations

import dataclasses
import io
import json
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from agents.net import load_bounds, load_net, read_weights
from scripts.cli.main import main as untold
from selfplay import (
    Batch,
    Learner,
    Losses,
    RunError,
    Trainer,
    export_run,
    import_run,
    load_checkpoint,
    newest_checkpoint,
    newest_net,
    read_config,
    resume_milestone,
    run_status,
    save_milestone,
    stop_run,
)
from selfplay.__main__ import main as bare
from tests.selfplay.process import write_settings
from tests.selfplay.tiny import RUN, metrics_of

LONGER = dataclasses.replace(
    RUN,
    total_positions=900,
    eight_bit=True,
    learn=dataclasses.replace(RUN.learn, average_decay=0.9, window=2000),
)


def part_of_a_run(run: Path, iterations: int = 4) -> Path:
    """A run of LONGER, stopped after some iterations."""

    def stop(event: dict[str, object]) -> None:
        if event.get("iteration") == iterations:
            (run / "stop").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Trainer(run, LONGER, stop).train()
    trainer = Trainer(run, None, lambda event: None)
    trainer.config = dataclasses.replace(LONGER, total_positions=1)  # nothing more is played
    trainer.train()
    return run


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return part_of_a_run(tmp_path_factory.mktemp("runs") / "run")


# ---------------------------------------------------------------- export and import


def test_a_run_goes_on_elsewhere(stopped: Path, tmp_path: Path) -> None:
    assert export_run(stopped, tmp_path / "run.tar", 48) == 0
    import_run(tmp_path / "run.tar", tmp_path / "there")
    assert read_config(tmp_path / "there") == LONGER
    assert metrics_of(tmp_path / "there") == metrics_of(stopped)
    events: list[dict[str, Any]] = []
    Trainer(tmp_path / "there", None, events.append).train()
    assert not [e for e in events if "warning" in e]
    assert events[0]["iteration"] == metrics_of(stopped)[-1]["iteration"] + 1
    assert events[-1]["positions"] >= 900
    assert events[-1]["steps"] == events[-1]["boards"]["3"]["targets"] // 8


def test_only_the_freshest_games_fit(stopped: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.tar"
    export_run(stopped, whole, 48)
    shards = sorted(path.name for path in (stopped / "games").glob("*"))
    room = (whole.stat().st_size - 1500) / 1e6
    assert export_run(stopped, tmp_path / "part.tar", room) > 0
    assert (tmp_path / "part.tar").stat().st_size <= room * 1e6
    import_run(tmp_path / "part.tar", tmp_path / "there")
    kept = sorted(path.name for path in (tmp_path / "there" / "games").glob("*"))
    assert 0 < len(kept) < len(shards)
    assert kept == shards[-len(kept) :]
    with pytest.raises(RunError, match=r"needs .* MB more than 0.001 MB"):
        export_run(stopped, tmp_path / "none.tar", 0.001)
    assert not (tmp_path / "none.tar").exists()


def tar_of(path: Path, entries: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, data in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.type, entry.linkname = len(data), kind, "/etc/hostname"
            tar.addfile(entry, io.BytesIO(data))
    return path


@pytest.mark.parametrize(
    "name", ["../evil", "/tmp/evil", "games/../../evil", "config.json.py", "games/1.npz", "lock"]
)
def test_strange_files_are_not_unpacked(tmp_path: Path, name: str) -> None:
    file = tar_of(tmp_path / "strange.tar", {name: b"{}"})
    with pytest.raises(RunError, match="is no export of a run: it holds"):
        import_run(file, tmp_path / "inner" / "run")
    assert not (tmp_path / "inner" / "run").exists()
    assert not (tmp_path / "evil").exists()


def test_links_and_other_files_are_refused(tmp_path: Path) -> None:
    file = tar_of(tmp_path / "link.tar", {"config.json": b""}, tarfile.SYMTYPE)
    with pytest.raises(RunError, match=r"it holds 'config\.json'"):
        import_run(file, tmp_path / "run")
    (tmp_path / "noise.tar").write_bytes(b"noise" * 999)
    with pytest.raises(RunError, match="is no export of a run"):
        import_run(tmp_path / "noise.tar", tmp_path / "run")
    (tmp_path / "there").mkdir()
    with pytest.raises(RunError, match="exists already"):
        import_run(file, tmp_path / "there")


# ---------------------------------------------------------------- milestones


def test_going_on_from_a_milestone(stopped: Path, tmp_path: Path) -> None:
    save_milestone(stopped, tmp_path / "kept")
    names = sorted(path.name for path in (tmp_path / "kept").iterdir())
    assert names == ["config.json", "metrics.jsonl", "net.safetensors", "sessions.jsonl"]
    net = read_weights(tmp_path / "kept" / "net.safetensors")[2]
    assert metrics_of(tmp_path / "kept")[-1]["iteration"] == net["iteration"]
    run = tmp_path / "again"
    resume_milestone(tmp_path / "kept", run)
    before = metrics_of(stopped)[-1]
    bounds = load_bounds(newest_net(stopped))
    assert bounds is not None
    assert load_bounds(newest_net(run)) == bounds
    path, _ = newest_checkpoint(run / "checkpoints")
    assert path is not None
    learner, counters, running = load_checkpoint(path, LONGER)
    assert (learner.warm_steps, learner.steps, running) == (0, before["steps"], [])
    assert counters["positions"] == before["positions"]
    kept = load_net(newest_net(stopped)).state_dict()
    for name, value in learner.playing_net().state_dict().items():
        torch.testing.assert_close(value, kept[name])
    events: list[dict[str, Any]] = []
    Trainer(run, None, events.append).train()
    assert events[0]["iteration"] == before["iteration"] + 1
    # The first 60 positions (window_start) call for no steps.
    assert counters["boards"]["3"]["targets"] == before["boards"]["3"]["targets"] - 60
    assert events[-1]["steps"] == events[-1]["boards"]["3"]["targets"] // 8 > before["steps"]


def test_what_is_no_milestone(stopped: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no training run"):
        resume_milestone(tmp_path, tmp_path / "run")
    save_milestone(stopped, tmp_path / "kept")
    (tmp_path / "kept" / "net.safetensors").write_bytes(b"noise")
    with pytest.raises(RunError, match="is no milestone"):
        resume_milestone(tmp_path / "kept", tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(RunError, match="exists already"):
        resume_milestone(tmp_path / "kept", tmp_path / "kept")


# ---------------------------------------------------------------- status and stop


def test_status(stopped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, last = run_status(stopped), metrics_of(stopped)[-1]
    assert not status["running"]
    assert status["positions"] == last["positions"]
    assert 0 < status["learn_share"] < 1
    assert status["hours_left"] > 0
    assert untold(["status", str(stopped)]) == 0
    assert f"{last['positions']:,} positions" in capsys.readouterr().out
    assert untold(["status", str(stopped), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["games"] == last["games"]
    assert untold(["status", str(tmp_path)]) == 2
    assert "holds no training run" in capsys.readouterr().err
    assert untold(["status"]) == 2


def test_stopping_a_training_from_outside(tmp_path: Path) -> None:
    endless = dataclasses.replace(RUN, total_positions=10**9, workers=1)
    settings = write_settings(tmp_path / "endless.json", endless)
    run = tmp_path / "run"
    command = [sys.executable, "-m", "selfplay", "--preset", str(settings), "--out", str(run)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            deadline = time.monotonic() + 200
            while not (run / "metrics.jsonl").exists():
                assert time.monotonic() < deadline
                assert process.poll() is None
                time.sleep(0.1)
            assert run_status(run)["running"]
            stop_run(run)
            assert process.wait(60) == 130
        finally:
            process.kill()
    assert not run_status(run)["running"]
    assert newest_checkpoint(run / "checkpoints")[0] is not None
    with pytest.raises(RunError, match=r"no training of .* is going on"):
        stop_run(run)


def test_stopping_while_it_learns_leaves_the_rest_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, real = tmp_path / "run", Learner.step

    def step(self: Learner, batch: Batch, progress: float) -> Losses | None:
        (run / "stop").touch()
        return real(self, batch, progress)

    monkeypatch.setattr(Learner, "step", step)
    trainer = Trainer(run, RUN, lambda event: None)
    trainer.train()
    assert trainer.stopped
    assert metrics_of(run)[-1]["steps"] == 1
    monkeypatch.undo()
    Trainer(run, None, lambda event: None).train()
    last = metrics_of(run)[-1]
    assert last["positions"] >= RUN.total_positions
    assert last["steps"] == last["boards"]["3"]["targets"] // 8


def test_the_commands(stopped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tar, kept = str(tmp_path / "run.tar"), str(tmp_path / "kept")
    assert untold(["train", "--export", tar, "--out", str(stopped)]) == 0
    assert untold(["train", "--import", tar, "--out", str(tmp_path / "a")]) == 0
    assert bare(["--import", tar, "--out", str(tmp_path / "b")]) == 0
    assert untold(["train", "--save-milestone", kept, "--out", str(stopped)]) == 0
    assert untold(["train", "--milestone", kept, "--out", str(tmp_path / "c")]) == 0
    assert bare(["--milestone", kept, "--out", str(tmp_path / "d")]) == 0
    for name in "abcd":
        assert read_config(tmp_path / name) == LONGER
    capsys.readouterr()
    assert untold(["train", "--stop", str(stopped)]) == 2
    assert bare(["--stop", "--out", str(stopped)]) == 2
    assert capsys.readouterr().err.count("no training of") == 2
