"""Checkpoints: complete or not there, whatever happens while one is written."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save

from agents.net import NetConfig
from selfplay import (
    CheckpointError,
    GameRecord,
    Learner,
    Replay,
    load_checkpoint,
    newest_checkpoint,
    save_checkpoint,
)
from tests.selfplay.test_learner import differing, fresh, tensors_of
from tests.selfplay.tiny import RUN, play_games, record_of, same_game, self_play

FILES = ("manifest.json", "net.safetensors", "optimizer.safetensors", "state.json", "running.npz")
RUNNING = [record_of([4, 0], game_id=5, finished=False), record_of([], game_id=6, finished=False)]


def counters_of(iteration: int) -> dict[str, Any]:
    return {"iteration": iteration, "positions": 10 * iteration, "steps": 2, "seconds": 1.5}


@pytest.fixture(scope="module")
def learner() -> Learner:
    """A learner with two steps behind it."""
    replay = Replay(3, 100)
    for record in play_games(self_play(RUN.game, RUN.search), 5).values():
        replay.add(record)
    learner = fresh(RUN.learn, RUN.net)
    for seed in range(2):
        learner.step(replay.sample(8, 100, np.random.default_rng(seed)), 0.0)
    learner.skipped = 3
    return learner


def put(
    folder: Path,
    learner: Learner,
    iteration: int,
    keep: int = 9,
    running: list[GameRecord] | None = None,
) -> Path:
    return save_checkpoint(folder, learner, counters_of(iteration), running or RUNNING, keep)


def test_round_trip(tmp_path: Path, learner: Learner) -> None:
    path = put(tmp_path, learner, 7)
    assert path == tmp_path / "00000007"
    assert sorted(p.name for p in path.iterdir()) == sorted(FILES)
    assert newest_checkpoint(tmp_path) == (path, [])
    again, counters, running = load_checkpoint(path, RUN)
    assert counters == counters_of(7)
    assert all(same_game(a, b) for a, b in zip(RUNNING, running, strict=True))
    assert differing(tensors_of(learner), tensors_of(again)) == []
    assert len(tensors_of(again)) > len(again.net.state_dict())  # moments are among them
    assert (again.steps, again.warm_steps, again.skipped) == (2, 2, 3)
    assert not again.net.training


def test_a_learner_that_has_not_learned_yet(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, fresh(net=RUN.net), {"iteration": 0, "steps": 0}, [], 3)
    again, _, running = load_checkpoint(path, RUN)
    assert running == []
    assert len(again.optimizer.state) == 0


def test_the_last_few_are_kept(tmp_path: Path, learner: Learner) -> None:
    for iteration in (1, 2, 9, 10, 11):
        put(tmp_path, learner, iteration, keep=3)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["00000009", "00000010", "00000011"]
    put(tmp_path, learner, 12, keep=1)
    assert [p.name for p in tmp_path.iterdir()] == ["00000012"]


def test_a_good_checkpoint_is_not_dropped_for_a_bad_one(tmp_path: Path, learner: Learner) -> None:
    """A bad one of a higher number lies about, after which the run went on from an older one."""
    for iteration in (1, 5):
        put(tmp_path, learner, iteration)
    (tmp_path / "00000005" / "net.safetensors").write_bytes(b"")
    good = put(tmp_path, learner, 2, keep=1)
    assert newest_checkpoint(tmp_path)[0] == good
    put(tmp_path, learner, 5, keep=1)  # its number comes up again: it is replaced
    assert newest_checkpoint(tmp_path) == (tmp_path / "00000005", [])


def test_nothing_there(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path) == (None, [])
    assert newest_checkpoint(tmp_path / "missing") == (None, [])
    (tmp_path / "notes").mkdir()
    (tmp_path / "123.txt").write_text("not a folder")
    assert newest_checkpoint(tmp_path) == (None, [])


# ---------------------------------------------------------------- damage


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_anywhere_is_noticed(tmp_path: Path, learner: Learner, name: str) -> None:
    good, bad = put(tmp_path, learner, 1), put(tmp_path, learner, 2)
    content = bytearray((bad / name).read_bytes())
    for place in range(0, len(content), max(1, len(content) // 12)):
        content[place] ^= 0x04
        (bad / name).write_bytes(content)
        content[place] ^= 0x04
        path, warnings = newest_checkpoint(tmp_path)
        assert path == good
        assert len(warnings) == 1
        assert str(bad) in warnings[0]
        assert "\n" not in warnings[0]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "empty", "truncated", "folder"])
def test_damaged_files(tmp_path: Path, learner: Learner, name: str, damage: str) -> None:
    good, bad = put(tmp_path, learner, 1), put(tmp_path, learner, 2)
    content = (bad / name).read_bytes()
    (bad / name).unlink()
    if damage == "folder":
        (bad / name).mkdir()
    elif damage != "missing":
        (bad / name).write_bytes(b"" if damage == "empty" else content[:-2])
    path, warnings = newest_checkpoint(tmp_path)
    assert path == good
    assert len(warnings) == 1
    assert "is not used" in warnings[0]


@pytest.mark.parametrize("content", ["[]", "{}", '{"sha256": 5}', '{"sha256": {}}', "null", "\xff"])
def test_other_manifests(tmp_path: Path, learner: Learner, content: str) -> None:
    bad = put(tmp_path, learner, 2)
    (bad / "manifest.json").write_bytes(content.encode("latin-1"))
    path, warnings = newest_checkpoint(tmp_path)
    assert path is None
    assert "manifest is damaged" in warnings[0]


def test_several_bad_ones_are_all_named(tmp_path: Path, learner: Learner) -> None:
    for iteration in range(1, 5):
        put(tmp_path, learner, iteration)
    for iteration in (2, 3, 4):
        (tmp_path / f"0000000{iteration}" / "state.json").unlink()
    path, warnings = newest_checkpoint(tmp_path)
    assert path == tmp_path / "00000001"
    assert ["00000004" in warnings[0], "00000003" in warnings[1], "00000002" in warnings[2]] == [
        True
    ] * 3


# ---------------------------------------------------------------- complete, and still of no use


def reseal(path: Path, name: str, content: bytes) -> None:
    """Replace a file and make the manifest fit, as somebody with bad intentions can."""
    (path / name).write_bytes(content)
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["sha256"][name] = hashlib.sha256(content).hexdigest()
    (path / "manifest.json").write_text(json.dumps(manifest))


def changed_state(path: Path, change: Callable[[dict[str, Any]], Any]) -> bytes:
    state = json.loads((path / "state.json").read_text())
    change(state)
    return json.dumps(state).encode()


def refuse(path: Path, reason: str) -> None:
    assert newest_checkpoint(path.parent)[0] == path
    with pytest.raises(CheckpointError, match=reason) as caught:
        load_checkpoint(path, RUN)
    assert "\n" not in str(caught.value)


def test_settings_of_another_network(tmp_path: Path, learner: Learner) -> None:
    path = put(tmp_path, learner, 1)
    other = dataclasses.replace(RUN, net=NetConfig(blocks=2, channels=4, head_channels=2))
    with pytest.raises(CheckpointError, match="other sizes than the run's settings"):
        load_checkpoint(path, other)


def test_states_that_do_not_fit(tmp_path: Path, learner: Learner) -> None:
    path = put(tmp_path, learner, 1)
    for content, reason in (
        (b"{", "Expecting"),
        (b"[]", "."),
        (b"{}", "'counters' is missing"),
        (changed_state(path, lambda s: s["counters"].pop("steps")), "'steps' is missing"),
        (changed_state(path, lambda s: s.update(warm_steps="x")), "invalid literal"),
        (changed_state(path, lambda s: s.update(optimizer=3)), "."),
    ):
        reseal(path, "state.json", content)
        refuse(path, reason)


def test_optimizers_that_do_not_fit(tmp_path: Path, learner: Learner) -> None:
    path = put(tmp_path, learner, 1)
    name = "score_out.bias/exp_avg"
    for content, reason in (
        (b"junk", "."),
        (save({"x": torch.zeros(1)}), "is missing"),
        (_with(path, name, torch.zeros(5)), "do not have the shapes"),
    ):
        reseal(path, "optimizer.safetensors", content)
        refuse(path, reason)


def _with(path: Path, name: str, tensor: torch.Tensor) -> bytes:
    from safetensors.torch import load_file

    return save({**load_file(path / "optimizer.safetensors"), name: tensor})


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (record_of([4, 9, 9], finished=False), "game 0 is over"),
        (record_of([4, 0], finished=True), "no running game"),
        (record_of([4, 0], size=4, finished=False), "no running game"),
        # Black plays and White passes, up to the limit of 14 moves.
        (record_of([0, 9, 1, 9, 2, 9, 3, 9, 5, 9, 6, 9, 7, 9], finished=False), "game 0 is over"),
        (
            dataclasses.replace(RUNNING[0], game_id=0, moves=np.array([4, 4], np.int16)),
            "illegal move 4: occupied",
        ),
    ],
)
def test_running_games_that_cannot_be(
    tmp_path: Path, learner: Learner, record: GameRecord, reason: str
) -> None:
    refuse(put(tmp_path, learner, 1, running=[record]), reason)


# ---------------------------------------------------------------- killed while writing


class Killed(BaseException):
    """The process is dead: nothing after this happens, not even tidying up."""


class Killer:
    """Lets `calls` operations on files pass and then none any more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, calls: int) -> None:
        self.left = calls
        for owner, name in (
            (os, "fsync"),
            (os, "open"),
            (Path, "open"),
            (Path, "replace"),
            (Path, "mkdir"),
            (Path, "unlink"),
            (shutil, "rmtree"),
        ):
            monkeypatch.setattr(owner, name, self._guard(getattr(owner, name), name))

    def _guard(self, real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def guarded(*args: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left < 0:
                if name == "rmtree" and self.left == -1 and (args[0] / "state.json").exists():
                    os.unlink(args[0] / "state.json")  # noqa: PTH108 (half removed)
                raise Killed
            return real(*args, **options)

        return guarded


@pytest.mark.parametrize("keep", [1, 2])
def test_killed_at_any_moment(tmp_path: Path, learner: Learner, keep: int) -> None:
    """Writing checkpoint 3 is cut short after every possible number of file operations. What is
    newest is then complete: it is number 2 or number 3; and after it the run goes on writing."""
    outcomes: list[str] = []
    for iteration in (1, 2):
        put(tmp_path / "before", learner, iteration, keep)
    while True:
        folder = shutil.copytree(tmp_path / "before", tmp_path / str(len(outcomes)))
        finished = _save_until_killed(folder, learner, keep, len(outcomes))
        path, warnings = newest_checkpoint(folder)
        assert path is not None
        load_checkpoint(path, RUN)
        assert all("00000003" in warning for warning in warnings)
        outcomes.append(path.name)
        assert put(folder, learner, 3, keep) == newest_checkpoint(folder)[0]
        assert sorted(p.name for p in (folder / "00000003").iterdir()) == sorted(FILES)
        shutil.rmtree(folder)
        if finished:
            break
    assert len(outcomes) > 20
    assert set(outcomes) == {"00000002", "00000003"}
    assert outcomes == sorted(outcomes)  # at one operation, and for good


def _save_until_killed(folder: Path, learner: Learner, keep: int, calls: int) -> bool:
    """Whether checkpoint 3 could be written within `calls` file operations."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        Killer(monkeypatch, calls)
        try:
            put(folder, learner, 3, keep)
        except Killed:
            return False
    return True
