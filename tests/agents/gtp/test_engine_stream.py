"""The engine as a process: what is sent piece by piece, what stops it, and how it ends."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.base import AgentError
from agents.gtp import GtpEngine, serve
from agents.gtp.lines import Lines, TooLongError
from agents.random import RandomAgent
from go_engine import GameState, Rules
from tests.agents.gtp.talking import FixedAnalyst, Scripted, engine_of

ROOT = Path(__file__).resolve().parents[3]
UNTOLD = [sys.executable, "-m", "scripts.cli.main"]


# ---------------------------------------------------------------- lines


def all_lines(text: bytes, longest: int) -> Iterator[bytes | str]:
    lines = Lines(io.BytesIO(text), longest)
    while True:
        try:
            line = lines.next()
        except TooLongError:
            yield "too long"
            continue
        if line is None:
            return
        yield line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", []),
        (b"a\n\nb", [b"a", b"", b"b"]),
        (b"12345\n6\n", [b"12345", b"6"]),
        (b"123456\n7\n", ["too long", b"7"]),
        (b"1" * 200_000 + b"\n7", ["too long", b"7"]),
        (b"7\n" + b"1" * 200_000, [b"7", "too long"]),
    ],
)
def test_lines(text: bytes, expected: list[bytes | str]) -> None:
    assert list(all_lines(text, 5)) == expected


def test_lines_of_a_pipe_are_seen_without_waiting() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as pipe:
        lines = Lines(pipe)
        assert not lines.is_waiting()
        os.write(writing, b"half")
        assert lines.is_waiting()
        assert not lines.has_line()
        os.write(writing, b" a line\nrest")
        assert lines.has_line()
        assert lines.next() == b"half a line"
        os.close(writing)
        assert lines.has_line()
        assert lines.next() == b"rest"
        assert lines.next() is None


# ---------------------------------------------------------------- streams


def test_analysis_waits_for_input_and_says_so_at_once() -> None:
    engine = engine_of(Scripted(), FixedAnalyst)
    waits: list[float] = []

    def is_interrupted(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) == 3

    pieces = list(engine.respond("7 lz-analyze b 1", is_interrupted))
    assert pieces[0] == "=7\n"
    assert pieces[1].startswith("info move A5 visits 9 ")
    assert pieces[2:] == ["\n"]
    assert waits == [0.0, 60.0, 60.0]  # once there is nothing more to search, it sleeps


def test_an_analysis_that_fails_midway_still_ends() -> None:
    class Failing(FixedAnalyst):
        def analyse(self, state: GameState, allowed: frozenset[int] | None = None) -> Any:
            analysis: Any = super().analyse(state, allowed)
            analysis.advance = self.fail
            return analysis

        def fail(self, visits: int, seconds: float = 0.0) -> None:
            raise AgentError(f"the network is gone after {visits} visits and {seconds} seconds")

    engine = engine_of(Scripted(), Failing)
    assert (
        engine.answer("lz-analyze") == "=\n# the network is gone after 2 visits and 0.0 seconds\n\n"
    )
    assert engine.answer("name") == "= Untold\n\n"


def test_genmove_analyze_of_an_agent_without_search_is_its_own_move() -> None:
    engine = engine_of(Scripted("C3", "resign"), lambda agent: FixedAnalyst(agent, None))
    expected = "info move C3 visits 1 winrate 5000 prior 0 lcb 5000 order 0 pv C3"
    assert engine.answer("lz-genmove_analyze b") == f"=\n{expected}\nplay C3\n\n"
    assert engine.answer("lz-genmove_analyze w") == "=\nplay resign\n\n"


def test_engine_without_an_analyst_has_no_analysis_commands() -> None:
    engine = engine_of(Scripted())
    assert engine.answer("known_command lz-analyze") == "= false\n\n"
    assert engine.answer("lz-analyze") == "? unknown command\n\n"


# ---------------------------------------------------------------- garbage

_WORDS = """b w B white A1 c3 J9 pass resign T19 -1 0 1 9 19 nan inf 1e999 true {} [] # \0 é 七
\ufffd interval allow avoid maxmoves ownership /dev/null chinese"""
WORDS = st.sampled_from(_WORDS.split())


def fuzzed() -> GtpEngine:
    return GtpEngine(
        RandomAgent, np.random.default_rng(1), rules=Rules(3), analyst=lambda a: FixedAnalyst(a)
    )


COMMANDS = sorted(set(fuzzed().commands) - {"quit", "printsgf", "final_score", "final_status_list"})
LINE = st.one_of(
    st.binary(max_size=80),
    st.lists(WORDS, max_size=5).map(lambda words: " ".join(words).encode()),
    st.tuples(st.sampled_from(COMMANDS), st.lists(WORDS, max_size=4)).map(
        lambda pair: " ".join([pair[0], *pair[1]]).encode()
    ),
)


@settings(max_examples=60)
@given(lines=st.lists(LINE, max_size=25))
def test_garbage_is_answered_line_by_line(lines: list[bytes]) -> None:
    engine = fuzzed()
    out = io.BytesIO()
    serve(engine, io.BytesIO(b"\n".join(lines)), out)
    for answer in out.getvalue().decode().split("\n\n")[:-1]:
        assert answer[:1] in ("=", "?")
    engine.state.board.check_consistency()


# ---------------------------------------------------------------- the real command


def start(*options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*UNTOLD, "gtp", *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_first_answer_costs_less_than_two_seconds_and_needs_no_torch() -> None:
    code = """
import io, sys, time
sys.stdin = io.TextIOWrapper(io.BytesIO(b"name\\nprotocol_version\\nquit\\n"))
from scripts.cli.main import main
code = main(["gtp", "--agent", "zero"])
print("torch" in sys.modules, time.process_time() < 2.0, code)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "= Untold\n\n= 2\n\n=\n\nFalse True 0\n"
    assert done.stderr == ""


def test_interrupt_ends_the_command_quietly() -> None:
    with start("--agent", "random") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"name\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"= Untold\n"
        time.sleep(0.1)
        process.send_signal(2)
        assert process.wait(timeout=60) == 130
        assert process.stderr.read() == b""


@pytest.mark.timeout(400)  # the first time kernels are compiled
def test_end_of_input_ends_an_analysis_and_the_command() -> None:
    with start("--agent", "told") as process:
        out, err = process.communicate(b"boardsize 5\nlz-analyze b 10\n\nname\nkata-analyze", 280)
    assert process.returncode == 0
    assert err == b""
    answers = out.decode().split("\n\n")
    assert answers[0] == "="
    assert answers[1].startswith("=\ninfo move C3 visits ")
    assert answers[2] == "= Untold"
    assert answers[3].startswith("=\ninfo move C3 visits ")
    assert answers[4:] == [""]


_ODD = "b w white c3 E5 pass -1 1 9 true nan 1e999 \0 é #"


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_million_hostile_lines_change_nothing() -> None:
    rng = np.random.default_rng(7)
    first = [name for name in COMMANDS if name != "boardsize"]
    odd = _ODD.split(" ")
    words = [*first, *odd]
    with start("--agent", "random") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        sizes = []
        for _ in range(100):
            # Anything at all, and commands with words that may fit them.
            anything = rng.choice(words, size=(5_000, 3))
            fitting = np.column_stack([rng.choice(first, 5_000), rng.choice(odd, (5_000, 2))])
            chosen = rng.permutation(np.concatenate([anything, fitting]))
            text = "\n".join(" ".join(line) for line in chosen).encode() + b"\n"
            text += b"A" * 1_000_000 + b"\nname\n12345 protocol_version\n"
            os.set_blocking(process.stdout.fileno(), False)
            _exchange(process, text, b"=12345 2\n\n")
            sizes.append(_resident_kilobytes(process.pid))
        process.stdin.write(b"half a comm")
        process.stdin.close()
        os.set_blocking(process.stdout.fileno(), True)
        process.stdout.read()
        assert process.wait(timeout=60) == 0
    print(f"resident kilobytes {sizes[0]} at first, {max(sizes)} at most")
    assert max(sizes[50:]) < 1.1 * max(sizes[:50])


def _exchange(process: subprocess.Popen[bytes], text: bytes, end: bytes) -> None:
    """Write and read at once, so that neither side waits for the other's pipe."""
    assert process.stdin is not None
    assert process.stdout is not None
    tail = b""
    sent = 0
    os.set_blocking(process.stdin.fileno(), False)
    while not tail.endswith(end):
        if sent < len(text):
            try:
                sent += os.write(process.stdin.fileno(), text[sent : sent + 65536])
            except BlockingIOError:
                time.sleep(0.001)
        tail = (tail + (process.stdout.read() or b""))[-100:]


def _resident_kilobytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
