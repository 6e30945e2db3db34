"""A run over several boards: lessons on small ones first, some review, held-out games, averages."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from agents.net import load_net
from selfplay import (
    ConfigError,
    Lesson,
    Trainer,
    config_from_dict,
    config_to_dict,
    load_checkpoint,
    load_preset,
    loop,
    newest_checkpoint,
    newest_net,
    preset_names,
    read_records,
    with_overrides,
)
from selfplay.archive import is_held_out
from selfplay.run import STOP_FILE
from tests.selfplay.tiny import RUN, train

BIG = dataclasses.replace(RUN.game, board_size=4, max_moves=24)
LESSONS = dataclasses.replace(
    RUN,
    total_positions=1500,
    held_out_share=0.25,
    lessons=(Lesson(until=250, game=RUN.game, num_simulations=1, review=0.25),),
    raise_simulations=((0, 2), (600, 3)),
    game=BIG,
    learn=dataclasses.replace(RUN.learn, average_decay=0.9, window=2000),
)


def test_boards_of_a_run() -> None:
    (three,) = LESSONS.boards_at(249)
    assert (three.game.board_size, three.search.num_simulations, three.share) == (3, 1, 1.0)
    four, review = LESSONS.boards_at(250)
    assert (four.game.board_size, four.search.num_simulations, four.share) == (4, 2, 0.75)
    assert (review.game.board_size, review.search.num_simulations, review.share) == (3, 1, 0.25)
    assert LESSONS.boards_at(600)[0].search.num_simulations == 3


@pytest.mark.parametrize("workers", [0, 1])
def test_a_run_with_lessons(tmp_path: Path, workers: int) -> None:
    config = dataclasses.replace(LESSONS, workers=workers)
    events = train(tmp_path / "run", config)
    sizes = [e["board_size"] for e in events]
    assert sizes[0] == 3
    assert sizes[-1] == 4
    assert sizes == sorted(sizes)
    assert [e["simulations"] for e in events if e["positions"] >= 600][-1] == 3
    boards = events[-1]["boards"]
    assert sum(board["positions"] for board in boards.values()) == events[-1]["positions"]
    # After the lesson a quarter of the moves is still made on its board.
    reviewed = boards["3"]["positions"] - 250
    assert 0.15 < reviewed / (events[-1]["positions"] - 250) < 0.45  # overlaps by an iteration
    for size, board in boards.items():
        assert board["steps"] == board["targets"] // 8, size


def test_held_out_games_are_not_learned_from(tmp_path: Path) -> None:
    run = tmp_path / "run"
    events = train(run, LESSONS)
    learned = [r for path in (run / "games").glob("*.npz") for r in read_records(path)]
    held = [r for path in (run / "heldout").glob("*.npz") for r in read_records(path)]
    assert all(is_held_out(LESSONS, r.game_id) for r in held)
    assert not any(is_held_out(LESSONS, r.game_id) for r in learned)
    assert 0.1 < len(held) / events[-1]["games"] < 0.4
    targets = sum(board["targets"] for board in events[-1]["boards"].values())
    assert targets == sum(r.targets for r in learned)
    measured = [e["held_out"] for e in events if "held_out" in e]
    assert measured
    assert all(np.isfinite(list(losses.values())).all() for losses in measured)


def test_going_on_in_the_middle_of_the_lessons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped at every other turn, no game is lost or counted twice, and no step is missed."""
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    run = tmp_path / "run"
    trainer = Trainer(run, LESSONS, lambda event: None)
    for _ in range(50):
        turns = 0

        def stop_at_the_second(event: dict[str, Any]) -> None:
            nonlocal turns
            turns += "iteration" in event
            if turns == 2:
                raise KeyboardInterrupt

        trainer._on_event = stop_at_the_second
        try:
            trainer.train()
            break
        except KeyboardInterrupt:
            trainer = Trainer(run, None, lambda event: None)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert len(lines) >= 5
    found: dict[int, int] = {}
    for folder in ("games", "heldout"):
        for path in (run / folder).glob("*.npz"):
            for record in read_records(path):
                assert record.game_id not in found
                found[record.game_id] = len(record.moves)
    newest, _ = newest_checkpoint(run / "checkpoints")
    assert newest is not None
    _, counters, _ = load_checkpoint(newest, LESSONS)
    assert counters["positions"] == sum(found.values()) >= LESSONS.total_positions
    assert counters["games"] == len(found)
    for board in counters["boards"].values():
        assert board["steps"] == board["targets"] // 8


def test_asked_to_stop(tmp_path: Path) -> None:
    run = tmp_path / "run"
    config = dataclasses.replace(LESSONS, workers=1)
    trainer = Trainer(run, config, lambda event: (run / STOP_FILE).touch())
    trainer.train()
    assert trainer.stopped
    assert trainer.progress < 1
    assert not (run / STOP_FILE).exists()
    assert newest_checkpoint(run / "checkpoints")[0] is not None
    again = Trainer(run, None, lambda event: None)
    again.train()
    assert not again.stopped
    assert again.progress == 1


def test_players_get_the_average(tmp_path: Path) -> None:
    run = tmp_path / "run"
    train(run, LESSONS)
    path, _ = newest_checkpoint(run / "checkpoints")
    assert path is not None
    learner, _, _ = load_checkpoint(path, LESSONS)
    playing, kept = learner.playing_net().state_dict(), load_net(newest_net(run)).state_dict()
    raw = learner.net.state_dict()
    name = "stem.conv.weight"
    torch.testing.assert_close(playing[name], kept[name], atol=1e-3, rtol=1e-3)  # kept in fp16
    assert not torch.allclose(playing[name], raw[name])


# ---------------------------------------------------------------- settings


def test_settings_come_back() -> None:
    assert config_from_dict(json.loads(json.dumps(config_to_dict(LESSONS)))) == LESSONS
    for name in preset_names():
        config = load_preset(name)
        assert config_from_dict(json.loads(json.dumps(config_to_dict(config)))) == config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("lessons=3", "lessons must be a list of tables"),
        ('lessons=[{"game": {}}]', "lessons.0.until must be given"),
        ('lessons=[{"until": 5, "game": {"board_size": 50}}]', "board_size must be 2 to 19"),
        ('lessons=[{"until": 5, "game": {"size": 5}}]', "no setting called lessons.0.game.size"),
        (
            'lessons=[{"until": 5, "game": {"board_size": 5}}]',
            "each lesson needs a board size of its own",
        ),
        ('lessons=[{"until": 0, "game": {"board_size": 5}}]', "until must be 1 or more"),
        (
            'lessons=[{"until": 5, "game": {"board_size": 5}, "review": 1.0}]',
            "review must be 0 or more and below 1",
        ),
        (
            'lessons=[{"until": 9, "game": {"board_size": 5}}, '
            '{"until": 9, "game": {"board_size": 7}}]',
            "each lesson must end later",
        ),
        ("raise_simulations=[1, 2]", "raise_simulations must be a list of pairs"),
        ("raise_simulations=[[5, 8], [2, 9]]", "must be in order of positions"),
        ("raise_simulations=[[5, 0]]", "must name 1 or more simulations"),
        ("held_out_share=1", "held_out_share must be 0 or more and below 1"),
        ("game.full_share=0", "full_share must be above 0"),
        ("game.decided_value=0.4", "decided_value must be above 0.5"),
        ("game.fast_simulations=0", "fast_simulations must be 1 or more"),
        ("learn.average_decay=1", "average_decay must be 0 or more and below 1"),
        ("learn.window_power=0", "window_power must be above 0"),
    ],
)
def test_settings_that_cannot_be(change: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        with_overrides(load_preset("smoke"), [change])
