"""Where a run's numbers come from, and a game of it to look at."""

from __future__ import annotations

import builtins
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from go_engine.sgf import read_sgf
from selfplay import provenance as module
from selfplay.provenance import provenance, sample_sgf
from tests.selfplay.tiny import record_of, train


def test_a_run_notes_each_session_and_keeps_samples(tmp_path: Path) -> None:
    train(tmp_path / "run")
    lines = [json.loads(t) for t in (tmp_path / "run" / "sessions.jsonl").read_text().splitlines()]
    assert [line["iteration"] for line in lines] == [0]
    assert lines[0]["packages"]["torch"]
    assert lines[0]["cores"] >= 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", lines[0]["date"])
    samples = sorted((tmp_path / "run" / "samples").iterdir())
    assert samples
    assert read_sgf(samples[-1].read_text()).rules.board_size == 3


def test_the_commit_is_named_and_so_are_changes(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        done = subprocess.run(
            ["git", "-C", str(tmp_path), *who, *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    assert module._revision(tmp_path) == ""
    git("init", "-q")
    (tmp_path / "code.py").write_text("a = 1\n")
    git("add", ".")
    git("commit", "-qm", "first")
    commit = git("rev-parse", "HEAD")
    assert module._revision(tmp_path) == commit
    (tmp_path / "code.py").write_text("a = 2\n")
    assert module._revision(tmp_path) == f"{commit}+changes"


def test_without_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert provenance("cpu")["revision"] == ""


def test_a_game_as_sgf() -> None:
    record = record_of([4, 1, 3, 5, 7, 9, 9], komi=0.5, opening=1)
    record.values[:] = [0.5, 0.25, 0.75, 0.5, 0.5, 0.5, 1.0]
    text = sample_sgf(record)
    assert text is not None
    game = read_sgf(text)
    assert list(game.moves) == [4, 1, 3, 5, 7, 9, 9]
    # Black's chances: White held his own to be 25 % before the second move.
    assert re.findall(r"SBKV\[([\d.]+)\]", text)[:2] == ["75.00", "75.00"]
    assert f"RE[{'B' if record.black_score > 0.5 else 'W'}+" in text
    assert "The opening ends here." in text


def test_without_the_library_there_is_no_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any, **others: Any) -> Any:
        if name.startswith("sgfmill"):
            raise ImportError(name)
        return real(name, *rest, **others)

    monkeypatch.setattr(builtins, "__import__", missing)
    assert sample_sgf(record_of([4, 9, 9])) is None
