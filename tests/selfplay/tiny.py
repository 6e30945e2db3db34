"""Games, nets and runs so small that whole trainings fit into a test."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.base import Evaluator
from agents.net import NetConfig
from agents.search import SearchConfig
from go_engine import GameState, Rules
from selfplay import GameConfig, GameRecord, LearnConfig, RunConfig, SelfPlay, Trainer
from tests.agents.search.trees import hash_evaluator

NET = NetConfig(blocks=1, channels=4, pool_every=1, head_channels=2, value_hidden=4)
SEARCH = SearchConfig(num_simulations=4, max_considered=4)
GAME = GameConfig(
    board_size=4,
    komi=2.0,
    komi_spread=2.0,
    komi_low=-4.0,
    komi_high=8.0,
    wide_share=0.3,
    opening_share=0.5,
    opening_moves=3,
    sampled_moves=6,
    max_moves=24,
    parallel_games=4,
)
RUN = RunConfig(
    seed=3,
    total_positions=300,
    iteration_positions=80,
    workers=0,
    evaluate_every=2,
    game=dataclasses.replace(GAME, board_size=3, max_moves=14),
    search=SearchConfig(num_simulations=2, max_considered=2),
    net=NET,
    learn=LearnConfig(
        batch_size=8,
        samples_per_position=1.0,
        warmup_steps=2,
        window=200,
        window_start=60,
        min_positions=40,
    ),
)


def self_play(
    game: GameConfig = GAME,
    search: SearchConfig = SEARCH,
    seed: int = 0,
    ids: Iterator[int] | None = None,
    evaluator: Evaluator | None = None,
    running: list[GameRecord] | None = None,
) -> SelfPlay:
    return SelfPlay(
        game, search, seed, ids or itertools.count(), evaluator or hash_evaluator(), running
    )


def play_games(games: SelfPlay, count: int) -> dict[int, GameRecord]:
    """Go on until `count` games are over; those finished, by id."""
    found: dict[int, GameRecord] = {}
    while len(found) < count:
        found |= {record.game_id: record for record in games.play(1)}
    return found


def same_game(a: GameRecord, b: GameRecord) -> bool:
    """Whether two records agree in everything."""
    for field in dataclasses.fields(GameRecord):
        if not np.array_equal(getattr(a, field.name), getattr(b, field.name)):
            return False
    return True


def record_of(
    moves: Sequence[int],
    size: int = 3,
    komi: float = 0.5,
    opening: int = 0,
    game_id: int = 0,
    policies: NDArray[np.float16] | None = None,
    finished: bool = True,
) -> GameRecord:
    """A record of `moves`; by default the policy names the move that was played."""
    state = GameState.from_moves(Rules(size, komi), list(moves))
    if policies is None:
        policies = np.eye(size * size + 1, dtype=np.float16)[list(moves)]
        policies[:opening] = 0
    return GameRecord(
        game_id=game_id,
        board_size=size,
        komi=komi,
        opening_moves=opening,
        moves=np.array(moves, np.int16),
        policies=policies.reshape(len(moves), size * size + 1),
        values=np.full(len(moves), 0.5, np.float32),
        black_score=state.black_score(),
        finished=finished,
    )


def metrics_of(run: Path) -> list[dict[str, Any]]:
    """The lines of a run's metrics; raises if one is no JSON."""
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def train(run: Path, config: RunConfig | None = RUN) -> list[dict[str, Any]]:
    """Train to the end; the events."""
    events: list[dict[str, Any]] = []
    Trainer(run, config, events.append).train()
    return events


class Stop(Exception):
    """Ends a run from within its listener."""


def stop_at(run: Path, iteration: int, config: RunConfig | None = RUN) -> None:
    """Train until the metrics of `iteration` are written."""

    def listen(event: dict[str, Any]) -> None:
        if event.get("iteration") == iteration:
            raise Stop

    with pytest.raises(Stop):
        Trainer(run, config, listen).train()
