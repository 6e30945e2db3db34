"""Settings: what can be, what cannot, and how a person changes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from selfplay import (
    ConfigError,
    RunConfig,
    config_from_dict,
    config_to_dict,
    load_preset,
    preset_names,
    with_overrides,
)
from tests.selfplay.tiny import RUN


def test_round_trip_through_json() -> None:
    assert config_from_dict(json.loads(json.dumps(config_to_dict(RUN)))) == RUN
    assert config_from_dict({}) == RunConfig()


@pytest.mark.parametrize("name", preset_names())
def test_presets_can_be_loaded(name: str) -> None:
    config = load_preset(name)
    assert not config.learn.shuffled_results
    assert config_from_dict(config_to_dict(config)) == config


def test_there_are_presets() -> None:
    assert {"smoke", "5x5"} <= set(preset_names())


def test_settings_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"seed": 5, "game": {"board_size": 7}}')
    config = load_preset(str(path))
    assert (config.seed, config.game.board_size) == (5, 7)
    assert config.learn == RunConfig().learn


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not valid JSON"),
        ("", "not valid JSON"),
        ("[1, 2]", "must hold a JSON object"),
        ('{"sed": 5}', "no setting called sed"),
        ('{"game": {"size": 5}}', "no setting called game.size"),
        ('{"game": 5}', "game must be a table"),
        ('{"seed": "five"}', "seed must be of type int, not 'five'"),
        ('{"game": {"komi": NaN}}', "komi must be a finite number"),
    ],
)
def test_wrong_files(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "mine.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=reason) as caught:
        load_preset(str(path))
    assert "\n" not in str(caught.value)


def test_no_such_preset(tmp_path: Path) -> None:
    for name in ("10x10", str(tmp_path), ""):
        with pytest.raises(ConfigError, match=r"no preset or settings file .* presets: .*smoke"):
            load_preset(name)


# ---------------------------------------------------------------- NAME=VALUE


def test_overrides() -> None:
    changes = ["seed=7", "learn.learning_rate=1e-3", "learn.shuffled_results=true", "device=cuda:1"]
    config = with_overrides(RUN, changes)
    assert config.seed == 7
    assert config.learn.learning_rate == 0.001
    assert config.learn.shuffled_results
    assert config.device == "cuda:1"
    assert config.game == RUN.game
    assert with_overrides(RUN, []) == RUN
    assert with_overrides(RUN, ["seed=1", "seed=2"]).seed == 2
    assert with_overrides(RUN, ["game.komi=3"]).game.komi == 3  # a whole number will do


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("seed", "changed by NAME=VALUE, not 'seed'"),
        ("=3", "no setting called"),
        ("speed=3", "no setting called speed"),
        ("game.speed=3", "no setting called game.speed"),
        ("play.seed=3", "no setting called play.seed"),
        ("game.komi.low=3", "no setting called game.komi.low"),
        ("seed.x=3", "no setting called seed.x"),
        ("game=3", "game must be a table"),
        ("seed=", "seed must be of type int, not ''"),
        ("seed=1.0", "seed must be of type int, not 1.0"),
        ("seed=true", "seed must be of type int, not True"),
        ("learn.learning_rate=true", "learning_rate must be of type float, not True"),
        ("learn.shuffled_results=1", "shuffled_results must be of type bool, not 1"),
        ("device=5", "device must be of type str, not 5"),
    ],
)
def test_wrong_overrides(entry: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        with_overrides(RUN, [entry])
    assert "\n" not in str(caught.value)


# ---------------------------------------------------------------- values that cannot be


@pytest.mark.parametrize(
    "entry",
    [
        "seed=-1",
        "seed=9223372036854775808",
        "total_positions=0",
        "max_minutes=-1",
        "max_minutes=Infinity",
        "iteration_positions=0",
        "workers=-1",
        "workers=257",
        "evaluate_every=-1",
        "keep_checkpoints=0",
        "game.board_size=1",
        "game.board_size=20",
        "game.komi=NaN",
        "game.komi_spread=-1",
        "game.komi_spread=Infinity",
        "game.komi_low=9",
        "game.wide_share=1.5",
        "game.opening_share=-0.1",
        "game.opening_share=NaN",
        "game.opening_moves=0",
        "game.opening_moves=14",
        "game.sampled_moves=-1",
        "game.max_moves=73",
        "game.parallel_games=0",
        "search.num_simulations=0",
        "search.c_visit=-1",
        "net.channels=2",
        "learn.batch_size=0",
        "learn.samples_per_position=0",
        "learn.learning_rate=0",
        "learn.learning_rate=NaN",
        "learn.gradient_clip=-1",
        "learn.weight_decay=-1",
        "learn.policy_weight=-1",
        "learn.score_weight=Infinity",
        "learn.drop_to=2",
        "learn.window=15",
        "learn.window_start=300",
        "learn.min_positions=0",
    ],
)
def test_values_that_cannot_be(entry: str) -> None:
    name = entry.partition("=")[0].rpartition(".")[2]
    with pytest.raises(ConfigError, match=name) as caught:
        with_overrides(RUN, [entry])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("settings", [None, 5, [], "seed"])
def test_settings_that_are_no_table(settings: Any) -> None:
    with pytest.raises(ConfigError, match="must be a table"):
        config_from_dict(settings)
