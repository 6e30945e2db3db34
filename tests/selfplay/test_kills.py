"""Training is killed, interrupted, robbed of its workers: nothing is corrupt, hardly anything lost,
nobody is left behind."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from agents.net import load_net
from selfplay import (
    Players,
    RunConfig,
    Trainer,
    WorkerError,
    load_checkpoint,
    newest_checkpoint,
    read_config,
    read_records,
    start_net,
    workers,
)
from tests.selfplay.process import (
    PATIENCE_S,
    descendants,
    is_alive,
    kill,
    start,
    start_training,
    wait_for,
    write_settings,
)
from tests.selfplay.tiny import RUN

LONG = dataclasses.replace(RUN, total_positions=10**7, iteration_positions=100, workers=1)

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")


def whole_lines(run: Path) -> list[dict[str, Any]]:
    """The lines of metrics that are complete; a last one may be torn by a kill."""
    path = run / "metrics.jsonl"
    text = path.read_bytes() if path.exists() else b""
    return [json.loads(line) for line in text[: text.rfind(b"\n") + 1].splitlines()]


def check_files(run: Path, config: RunConfig) -> None:
    """Every file under its final name is whole."""
    assert read_config(run) == config
    for path in (run / "games").glob("*.npz"):
        read_records(path)
    for path in (run / "nets").glob("*.safetensors"):
        load_net(path)
    newest, warnings = newest_checkpoint(run / "checkpoints")
    # A checkpoint without its manifest is one that was being written, or removed.
    assert all("manifest.json is missing" in warning for warning in warnings)
    if newest is not None:
        load_checkpoint(newest, config)


def start_and_kill(
    run: Path, settings: Path, kills: int, wait: tuple[float, float], seed: int
) -> None:
    """Start, kill after a turn at the least and a random while, go on, kill, and so on. After each
    start it is looked at what was lost, and after each kill at the files and at the processes."""
    chance = random.Random(seed)
    for number in range(kills):
        before = whole_lines(run)
        process = start_training(run, settings, resume=number > 0)
        wait_for(lambda: len(whole_lines(run)) > len(before), process)  # noqa: B023
        if before:
            nothing_lost(before[-1], whole_lines(run)[len(before)])
        time.sleep(chance.uniform(*wait))
        children = descendants(process.pid)
        assert children
        kill(process)
        wait_for(lambda: not any(map(is_alive, children)))  # noqa: B023
        check_files(run, LONG)


def nothing_lost(last: dict[str, Any], first: dict[str, Any]) -> None:
    """The last turn before a kill and the first one after it. The games of a turn are on disk
    before its line of metrics, so none is ever lost, and whatever they teach is learned again."""
    assert first["iteration"] > last["iteration"]
    for name in ("positions", "games", "steps", "newest_game"):
        assert first[name] >= last[name], name


def finish(run: Path) -> None:
    """Go on with the run to a near end, and look at the whole of it."""
    config, last = json.loads((run / "config.json").read_text()), whole_lines(run)[-1]
    config |= {"total_positions": last["positions"] + 600, "workers": 0}
    (run / "config.json").write_text(json.dumps(config))
    Trainer(run, None, lambda event: None).train()
    lines = whole_lines(run)
    nothing_lost(last, lines[lines.index(last) + 1])
    assert lines[-1]["progress"] == 1
    numbers = [line["iteration"] for line in lines]
    assert numbers == sorted(set(numbers))
    games = [r for path in sorted((run / "games").glob("*")) for r in read_records(path)]
    assert len({game.game_id for game in games}) == len(games)
    assert not list(run.rglob("*.part"))


def test_two_kills(tmp_path: Path) -> None:
    settings = write_settings(tmp_path / "settings.json", LONG)
    start_and_kill(tmp_path / "run", settings, 2, (0.2, 0.9), seed=1)
    finish(tmp_path / "run")


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_fifty_kills(tmp_path: Path) -> None:
    """Long enough for some to come while a checkpoint is written."""
    settings = write_settings(tmp_path / "settings.json", LONG)
    start_and_kill(tmp_path / "run", settings, 50, (0.0, 4.0), seed=2)
    finish(tmp_path / "run")


# ---------------------------------------------------------------- Ctrl-C


@pytest.mark.parametrize("moment", ["starting", "playing"])
def test_ctrl_c(tmp_path: Path, moment: str) -> None:
    """The whole process group gets it, as from a terminal: one line, code 130, and nobody left;
    while the workers are still starting too."""
    run = tmp_path / "run"
    settings = write_settings(tmp_path / "settings.json", LONG)
    command = ("scripts/train.py", "--preset", str(settings), "--out", str(run))
    process = start(*command) if moment == "playing" else start("-m", "selfplay", *command[1:])
    wait_for(lambda: len(descendants(process.pid)) >= 2, process)  # its worker and their keeper
    if moment == "playing":
        wait_for(lambda: whole_lines(run), process)
    else:
        time.sleep(0.8)  # it is busy importing
    children = descendants(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 130, err
    assert err.count("\n") == 1, err
    assert err.startswith("stopped; go on with: ")
    assert f"--resume --out {run}" in err
    assert "Traceback" not in out
    wait_for(lambda: not any(map(is_alive, children)))
    check_files(run, LONG)


# ---------------------------------------------------------------- workers


def ignores(pid: int | None, number: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    mask = next(line for line in status.splitlines() if line.startswith("SigIgn:")).split()[1]
    return bool(int(mask, 16) >> (number - 1) & 1)


def test_a_worker_that_dies_is_named(tmp_path: Path) -> None:
    players = Players(dataclasses.replace(RUN, workers=1), 0, [])
    try:
        process = players._workers[0].process
        # From its first moment on, long before it could say so itself: Ctrl-C is not for it.
        assert ignores(process.pid, signal.SIGINT)
        players.set_net(start_net(RUN))
        players.begin(30, 0)
        finished, running, stats = players.collect()
        assert stats.moves >= 30
        assert len(running) == RUN.game.parallel_games
        assert [r.game_id for r in finished] == sorted(r.game_id for r in finished)
        players.begin(10**9, 0)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(WorkerError, match="self-play-0 has died; resume the run to go on"):
            players.collect()
    finally:
        players.close()


def test_a_worker_without_a_parent_ends() -> None:
    """Even if nothing ever comes through its pipe, nor is that closed."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=workers._work, args=(theirs, os.getppid(), RUN, 0, 1, []), daemon=True
    )
    process.start()
    try:
        process.join(PATIENCE_S)
        assert process.exitcode == 1
    finally:
        process.kill()
        ours.close()


@pytest.mark.slow
def test_a_worker_that_hangs_is_named_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PATIENCE_S", 2.0)
    players = Players(dataclasses.replace(RUN, workers=1), 0, [])
    process = players._workers[0].process
    try:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        players.begin(10, 0)
        with pytest.raises(WorkerError, match="self-play-0 hangs"):
            players.collect()
    finally:
        players.close()
    assert not process.is_alive()
