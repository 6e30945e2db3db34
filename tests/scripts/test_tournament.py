"""`untold tournament` from the outside: what it prints, keeps and refuses, how it is stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest

from scripts.cli import main as cli
from tests.terminal import at_terminal

ROOT = Path(__file__).resolve().parents[2]
UNTOLD = [sys.executable, "-m", "scripts.cli.main"]
# A second random player, behind GTP: two names, one strength, nothing heavy to load.
ENGINE = f'gtp:"{sys.executable} -m scripts.cli.main gtp --agent random --seed 1"'


def command(out: Path, *options: str) -> list[str]:
    agents = ["--agents", "random", ENGINE]
    return [*UNTOLD, "tournament", *agents, "--size", "4", "--out", str(out), *options]


def lines_in(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_played_on_a_terminal_then_continued_in_a_pipe(tmp_path: Path) -> None:
    out = tmp_path / "runs" / "small"
    first = command(out, "--pairs", "1", "--workers", "1")
    child = at_terminal(*first, timeout=120)
    child.expect(r"2/2 games, [0-9.]+ a second")  # below the live table
    child.expect("Standings")
    child.expect("2 games counted")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    again = subprocess.run(
        command(out, "--pairs", "2", "--workers", "2"),
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert again.stderr.startswith(f"4 games, 2 of them already played; results in {out}\n")
    assert re.search(r"4/4 games, [0-9.]+ a second; \S+ \d+%", again.stderr)
    assert re.search(r"1 +\S.* 4 +\d-\d-\d +[\d.]+ % \[\d+, \d+\] ", again.stdout)
    assert "random " in again.stdout
    assert "4 games counted; Elo of random set to 0." in again.stdout
    names = {path.name for path in out.iterdir()}
    assert names == {
        "tournament.json", "results.jsonl", "games", "standings.json", "standings.md",
        "standings.html", "lock",
    }  # fmt: skip
    assert len(list((out / "games").glob("*.sgf"))) == 4
    table = json.loads((out / "standings.json").read_text())
    assert sum(row["wins"] + row["losses"] + row["draws"] for row in table["rows"]) == 8
    other = subprocess.run(
        command(out, "--pairs", "2", "--komi", "6"),
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert other.returncode == 2
    assert other.stderr == (
        f"untold tournament: {out} holds another tournament (komi was 7.0, now 6.0); "
        "give its settings or another folder\n"
    )


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(tmp_path, "--pairs", "1000", "--workers", "1"),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while lines_in(tmp_path / "results.jsonl") < 2:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    kept = lines_in(tmp_path / "results.jsonl")
    assert err.splitlines()[1:] == [
        f"stopped: {kept} of 2000 games are kept in {tmp_path}; the same command goes on from here"
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--agents", "random"], "a tournament needs at least two agents"),
        (["--agents", "random", "random"], "agent random is named twice: agents must differ"),
        (["--agents", "gnugo:level=1", "gnugo:level=01"], "agent gnugo:level=1 is named twice"),
        (["--agents", "random", "zerro"], "unknown agent 'zerro' (did you mean zero?)"),
        (["--pairs", "0"], "num_pairs must be 1 or more, not 0"),
        (["--pairs", "many"], "--pairs must be a whole number, not 'many'"),
        (["--size", "20"], "from 2 to 19, not 20"),
        (["--komi", "inf"], "komi must be a finite number"),
        (["--seed", "-1"], "seed must be 0 or more, not -1"),
        (["--workers", "0"], "--workers must be 1 or more, not 0"),
        (["--seconds", "400"], "--seconds must be less than --move-deadline"),
        (["--move-deadline", "0"], "--move-deadline must be above 0, not 0"),
        (["--simulations", "0"], "--simulations must be 1 or more, not 0"),
        (["--playouts", "0"], "--playouts must be 1 or more, not 0"),
        (["--clock", "0"], "a clock must be above 0 seconds, not 0"),
        (["--clock", "300"], "--clock must be less than --move-deadline"),
        (["--system", "swiss"], "has 1 to 1 rounds, not 0"),
        (["--rounds", "2"], "a round robin has no rounds"),
        (["--sprt", "30", "0"], "elo0 must be below elo1, not 30 and 0"),
        (["--resign-below", "0.7"], "resign below must lie between 0 and 0.5, not 0.7"),
        (["--openings", "/no/such/file"], "/no/such/file"),
        (["--file", "/no/such/file.toml"], "/no/such/file.toml"),
        (["--merge", "/no/such/folder"], "/no/such/folder does not exist"),
        (["--size", "2", "--opening-plies", "1", "--pairs", "9"], "ask for fewer pairs"),
        (["--agents", "random", "gtp:no-such-engine", "--workers", "1"], "no-such-engine"),
    ],
)
def test_mistakes(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    agents = [] if "--agents" in options else ["--agents", "random", "gnugo"]
    folder = ["--out", str(tmp_path / "out")]
    assert cli.main(["tournament", *agents, *folder, *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("untold tournament: ")
    assert err.count("\n") == 1
    assert said in err
    assert lines_in(tmp_path / "out" / "results.jsonl") == 0


def test_folders_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    agents = ["--agents", "random", "gnugo"]
    for out in (file, file / "below", tmp_path):
        assert cli.main(["tournament", *agents, "--out", str(out)]) == 2
        err = capsys.readouterr().err
        assert err.startswith("untold tournament: ")
        assert err.count("\n") == 1
        assert str(out) in err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o500)
    try:
        assert cli.main(["tournament", "--agents", "random", "gnugo", "--out", str(tmp_path)]) == 2
    finally:
        tmp_path.chmod(0o700)
    assert "Permission denied" in capsys.readouterr().err
