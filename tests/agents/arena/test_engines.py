"""Tournaments among engines that crash, hang, cheat and talk: each fault named, none fatal."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from agents.arena import GameRecord, ResultsFile, run_tournament, schedule
from agents.spec import make_agent
from tests.agents.arena.engines import (
    CHATTERS,
    CRASHES,
    GARBAGE,
    HANGS,
    ILLEGAL,
    QUICK,
    eight,
)

ROOT = Path(__file__).resolve().parents[3]


def faults(records: list[GameRecord], name: str) -> Counter[str]:
    """How the games ended that `name` lost by a fault."""
    lost = [r for r in records if name in (r.black, r.white) and r.result and r.points(name) == 0]
    return Counter(r.ending for r in lost if r.detail)


def read(out: Path) -> list[GameRecord]:
    results = ResultsFile(out / "results.jsonl")
    results.close()
    assert results.notes == []
    return results.records


def test_each_fault_is_named_and_survived(tmp_path: Path) -> None:
    standings = run_tournament(QUICK, tmp_path, make_agent, workers=2)
    records = read(tmp_path)
    assert len(records) == QUICK.num_games == 10
    assert faults(records, CRASHES) == {"crash": 2}
    assert faults(records, HANGS) == {"hang": 2}
    assert faults(records, GARBAGE) == {"protocol": 2}
    assert faults(records, ILLEGAL) == {"illegal move": 2}
    assert faults(records, CHATTERS) == {}
    assert {r.ending for r in records if CHATTERS in (r.black, r.white)} <= {"passes"}
    details = {r.ending: r.detail for r in records if r.detail}
    assert "exit code 3" in details["crash"]
    assert "out of joseki" in details["crash"]  # its last words on stderr
    assert "gave no answer to 'genmove" in details["hang"]
    assert "no proper GTP" in details["protocol"]
    assert "which is illegal" in details["illegal move"]
    rows = {row.name: row for row in standings.rows}
    assert rows[CRASHES].faults == {"crash": 2}
    assert standings.voids == 0


def ids(out: Path) -> list[str]:
    path = out / "results.jsonl"
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [json.loads(line)["record"]["game_id"] for line in lines]


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_eight_agents_killed_twenty_times(tmp_path: Path) -> None:
    settings, rng = eight(), random.Random(3)
    command = [sys.executable, "-m", "tests.agents.arena.engines", str(tmp_path)]
    for _ in range(20):
        process = subprocess.Popen(command, cwd=ROOT)
        before, deadline = ids(tmp_path), time.monotonic() + 200
        while len(ids(tmp_path)) < min(55, len(before) + rng.randint(1, 3)):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(rng.random())
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        assert ids(tmp_path)[: len(before)] == before
        time.sleep(1.0)  # its workers see that it is gone
    subprocess.run(command, cwd=ROOT, check=True, timeout=900)
    assert sorted(ids(tmp_path)) == sorted(setup.game_id for setup in schedule(settings))
    records = read(tmp_path)
    for name, ending in ((CRASHES, "crash"), (HANGS, "hang"), (ILLEGAL, "illegal move")):
        assert set(faults(records, name)) == {ending}
    assert len(list((tmp_path / "games").glob("*.sgf"))) == settings.num_games == 56
