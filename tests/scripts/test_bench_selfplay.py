"""The self-play benchmark: what it prints, how it ends, and that it counts honestly."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.base import Evaluation
from agents.net import NetConfig, TorchEvaluator
from scripts import bench_selfplay
from scripts.bench import players, rivals, selfplay
from scripts.bench.crew import BenchError, Crew
from scripts.bench.players import Job, Player, Watched
from scripts.bench.report import Report, Round
from scripts.bench.selfplay import Settings, layouts, net_config

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "bench_selfplay.py"
SMALLEST = NetConfig(blocks=1, channels=4, pool_every=0, head_channels=2, value_hidden=4)
JOB = Job(SMALLEST, None, "cpu", "torch-float32", 5, 4)

Planes = NDArray[np.float32]


# ---------------------------------------------------------------- the command


def _on_one_core() -> None:
    """So there is one thread: two wait for each other when other tests run beside this one."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def test_table_and_json_with_nothing_but_what_training_needs(tmp_path: Path) -> None:
    """The whole command, in a Python that cannot import what only the rest of us needs."""
    barred = ("tyro", "rich", "textual", "sgfmill", "ray", "gymnasium", "pettingzoo", "openvino")
    for name in barred:
        (tmp_path / f"{name}.py").write_text(f"raise ModuleNotFoundError('{name}')\n")
    options = "--net 1x4 --size 5 --simulations 4 --games 16 --processes 1 --seconds 1 --learn"
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *options.split(), "--backend", "torch"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        preexec_fn=_on_one_core,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    *table, last = done.stdout.splitlines()
    figures = json.loads(last)
    assert list(figures)[:8] == [
        "backend",
        "net",
        "num_simulations",
        "raw_evals_per_s",
        "selfplay_evals_per_s",
        "ratio",
        "positions_per_s",
        "games_per_s",
    ]
    assert re.fullmatch(r"torch-(float32|bfloat16)", figures["backend"])
    assert (figures["net"], figures["num_simulations"], figures["board_size"]) == ("1x4", 4, 5)
    assert 0 < figures["ratio"] < 1.5
    assert 0.3 < figures["unique_share"] < 1, "roots are asked about twice as self-play is now"
    shares = [figures[f"share_{part}"] for part in ("net", "tree", "learning")]
    assert sum(shares) == pytest.approx(1, abs=0.001)
    assert min(shares) > 0
    # A searched move costs at most five evaluations, and at least one.
    assert 1 <= figures["selfplay_evals_per_s"] / figures["positions_per_s"] < 5.5
    assert figures["games_per_s"] > 0
    assert "5x5, 4 simulations a move; medians of 5 rounds" in table[0]
    assert any("1 process of" in line for line in table)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ("--second 1", "unrecognized arguments: --second"),
        ("--seconds x", "invalid float value: 'x'"),
        ("--seconds 0", "--seconds must be from 0.1 to 3600, not 0"),
        ("--seconds nan", "--seconds must be from 0.1 to 3600, not nan"),
        ("--size 1", "--size must be from 2 to 19, not 1"),
        ("--simulations 0", "--simulations must be from 1 to 10000, not 0"),
        ("--backend onnx", "--backend must be one of auto, torch, "),
        ("--net huge", "--net must be tiny, small, medium, large or e.g. 5x64, not 'huge'"),
        ("--net 0x64", "blocks must be a whole number 1 to 100, not 0"),
        ("--device tpu", "--device must be cpu, cuda or cuda:N, not 'tpu'"),
        ("--clock sun", "--clock must be wall or cpu, not 'sun'"),
        ("--clock cpu --device cuda", "--clock cpu does not see what a GPU does"),
        ("--device cuda:99", "no device cuda:99 here"),
        ("--peers --size 5", "--peers play on 9x9"),
        ("--weights missing.safetensors", "no such weights file: missing.safetensors"),
    ],
)
def test_wrong_options(args: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_selfplay.main(args.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("bench_selfplay.py: ")
    assert message in said.err


def test_openvino_that_is_missing_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(selfplay, "has_openvino", lambda: False)
    assert bench_selfplay.main(["--backend", "int8"]) == 2
    assert "OpenVINO is not installed" in capsys.readouterr().err


def test_interrupting_ends_it_in_one_line(tmp_path: Path) -> None:
    """Ctrl-C at a terminal reaches all processes of the group; none says a word but the first."""
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), "--seconds", "60", "--net", "1x4"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        time.sleep(4)
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (130, "", "bench_selfplay.py: stopped\n")


def test_layouts(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(**changes: Any) -> list[tuple[int, int]]:
        options = {"device": "cpu", "processes": None, "clock": "wall", **changes}
        return layouts(type("Options", (), options)())

    monkeypatch.setattr(selfplay, "cores", lambda: [0, 1, 2, 3])
    assert of() == [(1, 4), (4, 1)]
    assert of(device="cuda") == [(1, 1), (4, 1)]
    assert of(processes=2) == [(2, 2)]
    assert of(processes=9) == [(9, 1)]
    assert of(clock="cpu") == [(4, 1)]
    monkeypatch.setattr(selfplay, "cores", lambda: [3])
    assert of() == [(1, 1)]
    monkeypatch.setattr(selfplay, "cores", lambda: list(range(16)))
    assert of(device="cuda") == [(1, 1), (8, 1)]


def test_nets_by_name() -> None:
    assert net_config("5x64") == NetConfig(blocks=5, channels=64)
    assert net_config("tiny").channels == 32


# ---------------------------------------------------------------- counting


class Doubtful:
    """An evaluator that notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def evaluate(self, planes: Planes) -> Evaluation:
        self.asked += [np.ascontiguousarray(row).tobytes() for row in planes]
        return players._Uninformed().evaluate(planes)


def test_every_row_is_counted_and_equal_ones_are_marked_equal() -> None:
    rng = np.random.default_rng(0)
    planes = rng.integers(0, 2, (40, 13, 5, 5)).astype(np.float32)
    planes[7] = planes[3]
    planes[8, 11] = planes[9, 11] = 0.35
    planes[9] = planes[8]
    planes[9, 11] += np.float32(0.05)  # another komi is another question
    watched = Watched(Doubtful())
    watched.evaluate(planes[:25])
    watched.evaluate(planes[5:10].transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2))
    first, second = watched.marks
    assert watched.rows == 30
    assert first[7] == first[3]
    assert first[8] != first[9]
    assert len(np.unique(first)) == 24
    np.testing.assert_array_equal(second, first[5:10])


def test_a_player_s_counts_agree_with_what_the_evaluator_saw() -> None:
    player = Player(JOB, 0, 1, 1)
    doubtful = Doubtful()
    player.evaluator = doubtful
    player.start_games(16)
    doubtful.asked.clear()
    first, second = player.play(0.2), player.play(0.2)
    assert first.moves > 0
    asked = len(doubtful.asked)
    assert asked == len(first.marks) + len(second.marks)
    # Setting up a game that begins with random moves asks once, and that is no leaf.
    assert 0.8 * asked < first.leaves + second.leaves <= asked
    marks = np.concatenate([first.marks, second.marks])
    assert len(np.unique(marks)) == len(set(doubtful.asked))
    assert 0 < first.net_seconds < first.seconds
    assert sum(p.games for p in (first, second)) == len(player.finished_games())


def test_games_are_in_all_stages_and_belong_to_one_process() -> None:
    ids, lengths = [], []
    for number in range(2):
        player = Player(JOB, number, 2, 1)
        player.start_games(16)
        assert player._games is not None
        running = player._games.running()
        ids += [r.game_id for r in running]
        lengths += [len(r.moves) for r in running]
    assert sorted(ids) == list(range(32))
    assert len(set(lengths)) > 5


def test_raw_and_bare_do_what_they_are_asked() -> None:
    player = Player(JOB, 0, 1, 1)
    assert player.name() == "torch-float32"
    for request in (player.raw, player.bare):
        rate = request(8, 0.05)
        assert rate.done % 8 == 0
        assert rate.done > 0
        assert rate.seconds >= 0.05
    rows = {row.tobytes() for row in np.ascontiguousarray(player._pool)}
    assert len(rows) > 400, "batches are of different positions"


def test_a_player_uses_the_weights_and_the_arithmetic_that_it_was_told() -> None:
    again = [players.build_evaluator(JOB), players.build_evaluator(JOB)]
    planes = players.own_positions(JOB)[:4]
    left, right = (e.evaluate(planes).prior_logits for e in again)
    np.testing.assert_array_equal(left, right)
    half = players.build_evaluator(Job(SMALLEST, None, "cpu", "torch-bfloat16", 5, 4))
    assert isinstance(half, TorchEvaluator)
    assert half.name == "torch-bfloat16"


# ---------------------------------------------------------------- the report


def report_of(rounds: list[Round], **more: Any) -> Report:
    return Report(
        "torch-float32", "small", 9, 16, "1 process", 64, "2 processes", 32, rounds, **more
    )


def test_the_ratio_is_the_median_of_rounds_and_counts_different_leaves_only() -> None:
    rounds = [
        Round(raw=100, bare=100, leaves=90, positions=5, share=0.9, peers={"pgx_mctx": 1}),
        Round(raw=200, bare=250, leaves=100, positions=6, share=0.8, peers={"pgx_mctx": 2}),
        Round(raw=50, bare=50, leaves=40, positions=2, share=0.95, peers={"pgx_mctx": 1}),
    ]
    report = report_of(
        rounds, unique=0.5, games_per_s=0.25, samples_per_s=20.0, peers={"open_spiel": "absent"}
    )
    figures = report.figures()
    # Rounds: 0.9, 0.5, 0.8; the middle one times the share of different leaves.
    assert figures["ratio"] == 0.4
    assert figures["selfplay_evals_per_s"] == 45
    assert figures["raw_evals_per_s"] == 100
    assert figures["raw_to_bare"] == 1
    # 5 positions a second, so 0.2 s each; 4 samples of each at 20 a second: 0.2 s as well.
    assert figures["share_learning"] == 0.5
    assert figures["share_net"] == 0.45
    assert figures["share_tree"] == 0.05
    assert figures["peers"] == {
        "pgx_mctx": {"positions_per_s": 1, "ours_times": 3},
        "open_spiel": "absent",
    }
    rows = {what: (figure, remark) for what, figure, remark in report.rows()}
    assert rows["self-play / raw"][0] == "40.0%"
    assert rows["pgx_mctx"] == ("1.00", "positions/s; ours 3.0 times")
    assert rows["open_spiel"] == ("-", "absent")


def test_games_fit_into_a_turn() -> None:
    settings = Settings(
        "cpu", "torch", "small", None, 9, 16, None, None, 30.0, False, False, Path(sys.executable)
    )
    crew: Any = type("FakeCrew", (), {"processes": 2})()
    # A turn of self-play is 0.4 * 30 / 5 = 2.4 s: 1200 leaves at 500 a second, so 70 games' move.
    fast = {(crew, 16): 900.0, (crew, 64): 1000.0, (crew, 128): 990.0}
    assert selfplay._games(settings, crew, fast) == 64
    slow = {(crew, 16): 450.0, (crew, 64): 500.0, (crew, 128): 490.0}
    assert selfplay._games(settings, crew, slow) == 32
    assert selfplay._games(settings, crew, {key: rate / 10 for key, rate in slow.items()}) == 16


# ---------------------------------------------------------------- processes


def test_what_a_process_cannot_do_is_said_and_its_death_too() -> None:
    crew = Crew(Job(SMALLEST, None, "cpu", "nonsense", 5, 4), 1, 1)
    try:
        assert str(crew) == "1 process of 1 thread"
        with pytest.raises(BenchError, match="evaluator must be one of"):
            crew.ask("name")
        process, _ = crew._members[0]
        process.kill()
        with pytest.raises(BenchError, match="has died"):
            crew.ask("name")
    finally:
        crew.close()
        crew.close()
    assert not process.is_alive()


def fake_rival(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> rivals.Rival:
    program = tmp_path / "program.py"
    program.write_text("import json, sys\n" + body)
    monkeypatch.setattr(rivals, "_PROGRAM", program)
    monkeypatch.setattr(rivals, "cores", lambda: [0, 1])
    return rivals.Rival("open_spiel", Path(sys.executable), SMALLEST, 32)


def test_rivals_add_up_over_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = """
name, blocks, channels, simulations, core, clock = sys.argv[1:]
assert clock == 'wall'
assert (name, blocks, channels, simulations) == ("open_spiel", "1", "4", "32")
print(json.dumps({"positions": 0}), flush=True)
for line in sys.stdin:
    print(json.dumps({"positions": 3 + int(core), "seconds": 2 * float(line)}), flush=True)
"""
    rival = fake_rival(tmp_path, monkeypatch, body)
    try:
        assert rival.wait_until_ready() == ""
        # Three and four positions, in one second each.
        assert rival.positions_per_s(0.5) == 7
    finally:
        rival.close()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("print(json.dumps({'absent': 'not installed (jax)'}))", "not installed (jax)"),
        ("", "it ended without a word"),
        ("print('[1]')", "it answered something else"),
    ],
)
def test_rivals_that_are_absent(
    body: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival = fake_rival(tmp_path, monkeypatch, body)
    assert rival.wait_until_ready() == reason
    rival.close()


def test_a_rival_s_program_without_its_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real program: in this Python there is no pgx, or it is barred."""
    monkeypatch.setattr(rivals, "cores", lambda: [0])
    program = ROOT / "scripts" / "bench" / "rival_selfplay.py"
    assert program == rivals._PROGRAM
    code = f"import sys; sys.modules.update(jax=None, pyspiel=None); sys.argv={[str(program)]!r}"
    for name in rivals.RIVALS:
        script = f"{code} + [{name!r}, '1', '4', '2', '0', 'wall']; import runpy; runpy.run_path(sys.argv[0], run_name='__main__')"  # noqa: E501
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
        )
        assert json.loads(done.stdout)["absent"].startswith("not installed ("), done.stderr
    with pytest.raises(BenchError, match="cannot start"):
        rivals.Rival("pgx_mctx", Path("/nowhere/python"), SMALLEST, 2)
