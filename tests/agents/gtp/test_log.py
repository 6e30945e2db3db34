"""What engines say on standard error is kept, in a file that does not grow without end."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import numpy as np
import pytest

from agents.base import AgentError, Limits
from agents.gtp import EngineCrashError, GtpAgent
from agents.gtp.log import BoundedLog
from agents.spec import make_agent, parse_spec
from go_engine import GameState, Rules

FAKE = Path(__file__).with_name("fake_engine.py")


def test_a_full_log_is_put_aside_once_whoever_writes(tmp_path: Path) -> None:
    path, old = tmp_path / "log", tmp_path / "log.old"
    path.write_bytes(b"before;")
    one, two = BoundedLog(path, most=20), BoundedLog(path, most=20)
    one.write(b"0123456789")
    assert path.read_bytes() == b"before;0123456789"
    one.write(b"abcdef")  # not yet full when it was looked at
    one.write(b"next")
    assert (old.read_bytes(), path.read_bytes()) == (b"before;0123456789abcdef", b"next")
    two.write(b" to come")  # its file was put aside by the other one
    assert path.read_bytes() == b"next to come"
    for _ in range(1000):
        one.write(b"x" * 15)
        assert path.stat().st_size <= 35
    assert {entry.name for entry in tmp_path.iterdir()} == {"log", "log.old"}
    one.close()
    one.close()
    one.write(b"nothing")
    assert b"nothing" not in path.read_bytes()
    two.close()


def test_a_log_that_cannot_go_on_stops_quietly(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    log = BoundedLog(folder / "log", most=5)
    log.write(b"0123456789")
    (folder / "log").unlink()
    folder.rmdir()
    log.write(b"more")
    log.write(b"still more")


@pytest.mark.parametrize("mode", ["shout", "crash"])
def test_the_words_of_an_engine(tmp_path: Path, mode: str) -> None:
    log = tmp_path / "stderr"
    command = [sys.executable, "-I", str(FAKE), mode, "/dev/null", "C3"]
    agent = GtpAgent(command, timeout=20.0, log=log)
    with contextlib.suppress(EngineCrashError):
        agent.select_move(GameState(Rules(5)), Limits(), np.random.default_rng(0))
    agent.close()
    assert log.stat().st_size > 0
    assert (b"out of joseki" in log.read_bytes()) == (mode == "crash")


def test_named_in_a_spec(tmp_path: Path) -> None:
    spec = parse_spec('gtp:"some-engine",log=stderr.txt,cwd=/opt')
    assert str(spec) == 'gtp:"some-engine",cwd=/opt,log=stderr.txt'
    with pytest.raises(AgentError, match="no/such/folder"):
        make_agent(f"gtp:{sys.executable},log={tmp_path}/no/such/folder/log")
