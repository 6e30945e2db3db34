"""`untold train` and `python -m selfplay`: what is wrong is said in one line, with exit code 2."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.cli.main import main as untold
from selfplay.__main__ import main as bare
from tests.selfplay.process import write_settings
from tests.selfplay.tiny import RUN, metrics_of


def train(*options: str) -> int:
    return untold(["train", *options])


@pytest.fixture
def settings(tmp_path: Path) -> str:
    return str(write_settings(tmp_path / "tiny.json", RUN))


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """What was said on stderr, which is one line and no traceback; nothing else was said."""
    said = capsys.readouterr()
    assert said.err.count("\n") == 1, said.err
    assert "Traceback" not in said.err
    return said.err


def test_training_and_going_on(
    tmp_path: Path, settings: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    options = ("--preset", settings, "--seed", "5", "--workers", "0", "--out", str(run))
    assert train(*options, "--set", "learn.batch_size=4", "total_positions=200") == 0
    said = capsys.readouterr()
    lines = metrics_of(run)
    config = json.loads((run / "config.json").read_text())
    assert (config["seed"], config["learn"]["batch_size"]) == (5, 4)
    assert config["total_positions"] == 200
    assert said.out.count("positions/s") == len(lines)
    assert f"zero:weights={run}/nets/{len(lines):08d}.safetensors" in said.out
    assert said.err == ""
    assert train("--resume", "--out", str(run)) == 0
    assert metrics_of(run) == lines


def test_bare_training(tmp_path: Path, settings: str, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    assert bare(["--preset", settings, "--out", str(run), "--set", "total_positions=150"]) == 0
    said = capsys.readouterr()
    assert said.out.count("\n") == len(metrics_of(run))
    assert said.err == ""
    assert bare(["--resume", "--out", str(run)]) == 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--preset", "10x10"], "no preset or settings file '10x10'; presets: "),
        (["--set", "seed"], "NAME=VALUE"),
        (["--set", "speed=3"], "no setting called speed"),
        (["--set", "game.board_size=25"], "board_size must be 2 to 19, not 25"),
        (["--set", "learn.window=5"], "window"),
        (["--set", "device=gpu"], "device 'gpu' cannot be used"),
        (["--set", "initial_weights=nothing"], "no weights 'nothing'"),
        (["--resume"], "holds no training run"),
        (["--resume", "--set", "seed=1"], "leave"),
    ],
)
@pytest.mark.parametrize("command", [train, bare], ids=["untold train", "python -m selfplay"])
def test_mistakes(
    tmp_path: Path,
    settings: str,
    capsys: pytest.CaptureFixture[str],
    command: Callable[..., int],
    options: list[str],
    reason: str,
) -> None:
    run = tmp_path / "run"
    words = [*([] if {"--preset", "--resume"} & {*options} else ["--preset", settings]), *options]
    words += ["--out", str(run)]
    assert (command(words) if command is bare else command(*words)) == 2
    assert reason in one_line(capsys)
    assert not (run / "config.json").exists()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--presett", "5x5"], "--preset"),
        (["--seed", "five"], "--seed must be a whole number, not 'five'"),
        (["--seed", "-1"], "seed must be 0"),
        (["--minutes", "nan"], "max_minutes"),
        (["--minutes", "-3"], "max_minutes must be 0"),
        (["--workers", "9999"], "workers must be 0 to 256"),
        (["--resume", "--workers", "1"], "leave --seed, --minutes, --workers and --set out"),
        (["5x5"], "5x5"),
        (["--out"], "--out"),
    ],
)
def test_wrong_options(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert train(*options) == 2
    assert reason in one_line(capsys)
    assert list(tmp_path.iterdir()) == []


def test_bare_training_needs_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        bare([])
    assert stopped.value.code == 2
    assert "--out" in capsys.readouterr().err


def test_a_run_is_not_overwritten(
    tmp_path: Path, settings: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    options = ("--preset", settings, "--out", str(run))
    assert train(*options, "--set", "total_positions=60") == 0
    before = (run / "metrics.jsonl").read_text()
    capsys.readouterr()
    assert train(*options) == 2
    assert f"{run} holds a run already; go on with it (--resume)" in one_line(capsys)
    assert (run / "metrics.jsonl").read_text() == before


def test_a_folder_that_cannot_be_one(
    tmp_path: Path, settings: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "run"):
        assert train("--preset", settings, "--out", str(out)) == 2
        assert str(out) in one_line(capsys)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"seed": {}}'])
def test_damaged_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.json").write_bytes(content)
    assert train("--resume", "--out", str(run)) == 2
    one_line(capsys)


def test_a_checkpoint_that_is_a_pickle_is_passed_over(
    tmp_path: Path, settings: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With no good checkpoint left the net starts anew from the games, and the person is told."""
    run = tmp_path / "run"
    assert train("--preset", settings, "--out", str(run)) == 0
    for path in (run / "checkpoints").rglob("net.safetensors"):
        path.write_bytes(b"\x80\x04\x95\x0c\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94.")
    capsys.readouterr()
    assert train("--resume", "--out", str(run)) == 0
    said = capsys.readouterr().err
    assert "warning: " in said
    assert "net.safetensors does not have its checksum" in said
