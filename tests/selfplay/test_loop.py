"""The whole loop in one process: play, learn, keep, go on."""

from __future__ import annotations

import dataclasses
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from agents.net import load_net, read_weights
from selfplay import (
    RunConfig,
    Trainer,
    load_preset,
    newest_checkpoint,
    read_config,
    read_records,
    with_overrides,
)
from selfplay import loop as loop_module
from selfplay.checkpoint import load_checkpoint
from tests.selfplay.tiny import RUN, metrics_of, same_game, stop_at, train

KEYS = {
    "iteration", "positions", "games", "evaluations", "steps", "newest_game", "seconds", "progress",
    "iteration_seconds", "learn_seconds", "positions_per_s", "evaluations_per_s", "learning_rate",
    "window", "skipped_steps", "game_length", "black_wins", "black_score", "losses",
    "centre_prior", "top_move", "top_prior", "empty_value", "empty_score", "board_size",
    "simulations", "boards", "play",
}  # fmt: skip
LOSSES = {"total", "policy", "reply", "result", "score", "ownership"}


def games_of(run: Path) -> list[Any]:
    return [r for path in sorted((run / "games").glob("*")) for r in read_records(path)]


def check_run(run: Path, config: RunConfig, resumed: bool = False) -> list[dict[str, Any]]:
    """All that a finished run must have; its metrics. What the turns since the last checkpoint
    cost in seconds and evaluations is forgotten if a run stops."""
    growing = ["positions", "games", "steps", "newest_game"]
    growing += [] if resumed else ["evaluations", "seconds"]
    lines = metrics_of(run)
    assert [line["iteration"] for line in lines] == list(range(1, len(lines) + 1))
    for before, line in itertools.pairwise(lines):
        for name in growing:
            assert line[name] >= before[name], name
    assert set().union(*lines) == KEYS
    assert set(lines[-1]["losses"]) == LOSSES
    assert lines[-1]["progress"] == 1
    assert lines[-1]["positions"] >= config.total_positions
    games = games_of(run)
    assert len(games) == lines[-1]["games"]
    assert sum(len(game.moves) for game in games) == lines[-1]["positions"]
    assert len({game.game_id for game in games}) == len(games)
    path, warnings = newest_checkpoint(run / "checkpoints")
    assert path is not None
    assert (path.name, warnings) == (f"{len(lines):08d}", [])
    learner, counters, _ = load_checkpoint(path, config)
    assert counters["positions"] == lines[-1]["positions"]
    assert learner.steps == lines[-1]["steps"] > 0
    assert len(list((run / "checkpoints").iterdir())) <= config.keep_checkpoints
    names = [int(p.stem) for p in sorted((run / "nets").iterdir())]
    assert (names[0], names[-1]) == (0, len(lines))
    assert not list(run.rglob("*.part"))
    return lines


# ---------------------------------------------------------------- from beginning to end


def test_a_whole_run(tmp_path: Path) -> None:
    run = tmp_path / "run"
    events = train(run)
    lines = check_run(run, RUN)
    assert events == lines  # the listener hears just what the file says
    assert read_config(run) == RUN
    assert sorted(p.name for p in run.iterdir()) == [
        "checkpoints", "config.json", "games", "heldout", "lock", "metrics.jsonl", "nets",
        "samples", "sessions.jsonl",
    ]  # fmt: skip
    # Each position is learned from once on average, eight at a time.
    assert lines[-1]["steps"] == lines[-1]["boards"]["3"]["targets"] // 8
    # The kept net is the learner's, in half precision, with its facts.
    final = sorted((run / "nets").iterdir())[-1]
    _, tensors, facts = read_weights(final)
    assert (facts["board_size"], facts["positions"]) == (3, lines[-1]["positions"])
    newest, _ = newest_checkpoint(run / "checkpoints")
    assert newest is not None
    learned = load_net(newest / "net.safetensors").state_dict()
    for name, tensor in tensors.items():
        torch.testing.assert_close(tensor.float(), learned[name].float(), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("workers", [0, 2])
def test_the_smoke_preset(tmp_path: Path, workers: int) -> None:
    """As shipped but for fewer positions; two workers are processes of their own."""
    changes = [f"workers={workers}", "total_positions=700", "iteration_positions=250"]
    config = with_overrides(load_preset("smoke"), changes)
    events = train(tmp_path / "run", config)
    check_run(tmp_path / "run", config)
    assert not any("warning" in event for event in events)


def test_the_same_seed_gives_the_same_run(tmp_path: Path) -> None:
    nets = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        config = dataclasses.replace(RUN, seed=seed)
        Trainer(tmp_path / name, config, lambda event: None).train()
        nets.append(tmp_path / name / "nets" / "00000002.safetensors")
    a, b, c = (games_of(tmp_path / name) for name in "abc")
    assert len(a) == len(b)
    assert all(same_game(x, y) for x, y in zip(a, b, strict=True))
    assert not all(same_game(x, y) for x, y in zip(a, c, strict=False))
    first, second, other = (load_net(path).state_dict() for path in nets)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_the_shuffled_control(tmp_path: Path) -> None:
    """Until the first step it is the real run: same net, same games, same batches' boards."""
    learn = dataclasses.replace(RUN.learn, shuffled_results=True)
    train(tmp_path / "real")
    train(tmp_path / "control", dataclasses.replace(RUN, learn=learn))
    first = [metrics_of(tmp_path / name)[0] for name in ("real", "control")]
    shards = [read_records(tmp_path / n / "games" / "00000001.npz") for n in ("real", "control")]
    assert all(same_game(x, y) for x, y in zip(*shards, strict=True))
    assert first[0]["positions"] == first[1]["positions"]
    settings = [json.loads((tmp_path / n / "config.json").read_text()) for n in ("real", "control")]
    settings[1]["learn"]["shuffled_results"] = False
    assert settings[0] == settings[1]
    real, control = (metrics_of(tmp_path / name)[1]["losses"] for name in ("real", "control"))
    assert real["result"] != control["result"]


def test_old_shards_are_dropped(tmp_path: Path) -> None:
    learn = dataclasses.replace(RUN.learn, window=60, window_start=20)
    config = dataclasses.replace(RUN, iteration_positions=30, learn=learn)
    train(tmp_path / "run", config)
    lines = metrics_of(tmp_path / "run")
    kept = games_of(tmp_path / "run")
    assert len(list((tmp_path / "run" / "games").iterdir())) < len(lines)
    assert sum(len(game.moves) for game in kept) >= 60  # the window can still be filled


# ---------------------------------------------------------------- going on


@pytest.mark.parametrize("checkpoints", ["none", "each"])
def test_going_on_after_a_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkpoints: str
) -> None:
    """With a checkpoint at every turn or with none at all no game is lost, counted or numbered
    twice, and no turn is missing from the metrics."""
    every = 1e9 if checkpoints == "none" else 0.0
    monkeypatch.setattr(loop_module, "CHECKPOINT_SECONDS", every)
    run = tmp_path / "run"
    stop_at(run, 1)
    stop_at(run, 3, None)
    before = metrics_of(run)[-1]
    steps = []

    def listen(event: dict[str, Any]) -> None:
        if "iteration" in event:
            steps.append(event["steps"])

    Trainer(run, None, listen).train()
    assert steps[0] >= before["steps"]
    check_run(run, RUN, resumed=True)


def test_a_run_that_is_done_stays_as_it_is(tmp_path: Path) -> None:
    run = tmp_path / "run"
    train(run)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    events: list[dict[str, Any]] = []
    net = Trainer(run, None, events.append).train()
    assert events == []
    after = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert before.keys() == after.keys()
    assert [path.name for path in before if before[path] != after[path]] in ([], ["lock"])
    newest, _ = newest_checkpoint(run / "checkpoints")
    assert newest is not None
    kept = load_net(newest / "net.safetensors").state_dict()
    assert all(torch.equal(value, kept[name]) for name, value in net.state_dict().items())


def test_killed_between_the_last_games_and_the_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The games say that the run is over; what they teach is learned and kept all the same."""
    monkeypatch.setattr(loop_module, "CHECKPOINT_SECONDS", 1e9)
    run = tmp_path / "run"
    last = len(train(tmp_path / "straight"))
    stop_at(run, last)
    assert newest_checkpoint(run / "checkpoints")[0] is None
    games = len(games_of(run))
    train(run, None)
    assert len(games_of(run)) == games
    path, _ = newest_checkpoint(run / "checkpoints")
    assert path is not None
    learner, counters, _ = load_checkpoint(path, RUN)
    assert counters["iteration"] == last
    assert learner.steps == counters["boards"]["3"]["targets"] // 8
    assert (run / "nets" / f"{last:08d}.safetensors").exists()


def test_a_bad_checkpoint_is_named_and_the_one_before_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "CHECKPOINT_SECONDS", 0.0)
    run = tmp_path / "run"
    stop_at(run, 4)
    bad = run / "checkpoints" / "00000003"
    assert newest_checkpoint(run / "checkpoints")[0] == bad
    (bad / "net.safetensors").write_bytes((bad / "net.safetensors").read_bytes()[:-1])
    events = train(run, None)
    warnings = [event["warning"] for event in events if "warning" in event]
    assert len(warnings) == 1
    assert str(bad) in warnings[0]
    check_run(run, RUN, resumed=True)


def test_a_torn_line_of_metrics_is_dropped(tmp_path: Path) -> None:
    run = tmp_path / "run"
    stop_at(run, 2)
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"iteration": 3, "posi')
    (run / "games" / "00000003.npz.part").write_bytes(b"half")
    warnings = [e["warning"] for e in train(run, None) if "warning" in e]
    assert len(warnings) == 1
    assert "metrics.jsonl ends within a line" in warnings[0]
    check_run(run, RUN, resumed=True)


def test_a_damaged_shard_is_left_out(tmp_path: Path) -> None:
    run = tmp_path / "run"
    stop_at(run, 2)
    shard = run / "games" / "00000001.npz"
    shard.write_bytes(shard.read_bytes()[:-9])
    warnings = [e["warning"] for e in train(run, None) if "warning" in e]
    assert len(warnings) == 1
    assert str(shard) in warnings[0]


def test_games_of_another_board_are_left_out(tmp_path: Path) -> None:
    run = tmp_path / "run"
    stop_at(run, 1)
    other = dataclasses.replace(RUN, game=dataclasses.replace(RUN.game, board_size=4))
    stop_at(tmp_path / "other", 1, other)
    (tmp_path / "other" / "games" / "00000001.npz").replace(run / "games" / "00000001.npz")
    warnings = [e["warning"] for e in train(run, None) if "warning" in e]
    assert len(warnings) == 1
    assert "is on 4x4, which this run is not" in warnings[0]
