"""`untold ladder` from the outside."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from agents.arena import KnownResult, Rung, RungBook, write_rungs
from go_engine.rules import Rules
from scripts.cli import main as cli

ROOT = Path(__file__).resolve().parents[2]
UNTOLD = [sys.executable, "-m", "scripts.cli.main"]
# A second random player, behind GTP: two names, one strength, nothing heavy to load.
ENGINE = f'gtp:"{sys.executable} -m scripts.cli.main gtp --agent random --seed 1"'


@pytest.fixture
def rungs(tmp_path: Path) -> Path:
    path = tmp_path / "rungs.json"
    book = RungBook(
        Rules(4, komi=2.0),
        (Rung("random"), Rung("told:temperature=9", "0" * 16)),
        (KnownResult("random", "told:temperature=9", (1, 0, 2, 0, 1)),),
    )
    write_rungs(book, path)
    return path


def untold(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*UNTOLD, "ladder", *options],
        cwd=ROOT, capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip


def test_rated_then_gone_on_with_then_made_a_rung(rungs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--agent", ENGINE, "--rungs", str(rungs), "--workers", "1", "--out", str(out)]
    first = untold(*options, "--games", "4")
    assert first.returncode == 0, first.stderr
    assert "told:temperature=9 does not play: its weights have changed" in first.stderr
    assert re.search(r"4/4 games, [0-9.]+ a second; ", first.stderr)
    assert re.search(r" random +\+?0 +4 +\d-\d-\d ", first.stdout)
    assert "on the ladder's scale (random = 0), from 4 games" in first.stdout
    assert "±50 was not reached: go on with more --games" in first.stdout
    assert {"results.jsonl", "standings.html", "tournament.json"} <= {p.name for p in out.iterdir()}
    again = untold(*options, "--games", "6", "--width", "30")
    assert again.returncode == 0, again.stderr
    assert "4 of them already played" in again.stderr
    assert (out / "results.jsonl").read_bytes().count(b"\n") == 6
    learned = untold("--learn", str(out), "--add", ENGINE, "--rungs", str(rungs))
    assert learned.returncode == 0, learned.stderr
    assert "6 games among the rungs; Elo of random set to 0." in learned.stdout
    data = json.loads(rungs.read_text())
    assert len(data["rungs"]) == 3
    assert sum(sum(result["pairs"]) for result in data["results"]) == 3


def test_the_list_names_every_rung(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["ladder", "--list"]) == 0
    out = capsys.readouterr().out
    for name in ("random", "told", "gnugo:level=10", "1800 (anchor)"):
        assert f" {name} " in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "name an agent, for example: untold ladder --agent"),
        (["--agent", "zerro"], "did you mean zero?"),
        (["--agent", "random", "--width", "5"], "--width must be from 10 to 400, not 5"),
        (["--agent", "random", "--width", "nan"], "--width must be"),
        (["--agent", "random", "--games", "1"], "--games must be 2 or more, not 1"),
        (["--agent", "random", "--workers", "0"], "--workers must be 1 or more, not 0"),
        (["--agent", "random", "--seconds", "-1"], "--seconds must be above 0, not -1"),
        (["--agent", "random", "--seconds", "400"], "--move-deadline must be more than --seconds"),
        (["--agent", "random", "--clock", "0"], "a clock must be above 0 seconds, not 0"),
        (["--agent", "random", "--seed", "-1"], "seed must be 0 or more, not -1"),
        (["--rungs", "/no/such/file", "--list"], "/no/such/file"),
        (["--add", "random"], "name a tournament's folder with --learn"),
        (["--learn", "/no/such/folder"], "/no/such/folder does not exist"),
    ],
)
def test_mistakes(options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["ladder", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith("untold ladder: ")
    assert said in err


def test_without_a_rung_that_plays(rungs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["ladder", "--agent", "random", "--rungs", str(rungs)]) == 2
    assert "no rung of the ladder can play here" in capsys.readouterr().err
