"""One tiny training run that all tests of the report read, and copies of it to spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agents.net import NetConfig
from agents.search import SearchConfig
from selfplay import GameConfig, LearnConfig, RunConfig, Trainer

TINY = RunConfig(
    seed=1,
    total_positions=260,
    iteration_positions=60,
    workers=0,
    evaluate_every=1,
    game=GameConfig(
        board_size=5,
        komi=14.0,
        komi_low=3.0,
        komi_high=25.0,
        opening_moves=4,
        max_moves=30,
        parallel_games=2,
    ),
    search=SearchConfig(num_simulations=2, max_considered=2),
    net=NetConfig(blocks=1, channels=4, pool_every=1, head_channels=2, value_hidden=4),
    learn=LearnConfig(
        batch_size=16,
        samples_per_position=1.0,
        warmup_steps=2,
        window=200,
        window_start=60,
        min_positions=40,
    ),
)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on 5x5; not to be changed."""
    run = tmp_path_factory.mktemp("trained") / "run"
    with pytest.MonkeyPatch.context() as patch:
        # Torch's threads wait for each other badly where tests share the cores.
        patch.setattr("os.cpu_count", lambda: 1)
        Trainer(run, TINY, lambda _: None).train()
    return run


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A copy of the finished run."""
    return Path(shutil.copytree(trained, tmp_path / "run"))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports with few probes and few networks."""
    monkeypatch.setattr("selfplay.insight.report._PROBES", 4)
    monkeypatch.setattr("selfplay.insight.report._SNAPSHOTS", 3)
    monkeypatch.setattr("selfplay.insight.report._RUNGS", 2)
