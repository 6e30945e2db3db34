"""Self-play goes on for days: its memory does not grow."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from agents.net import make_evaluator
from selfplay import start_net
from tests.selfplay.tiny import RUN, self_play

MEGABYTE = 2**20


def resident_bytes() -> int:
    """Of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_memory_is_flat_over_ten_thousand_games() -> None:
    """New weights every 500 games, as in a run; after 2,000 games nothing more is taken."""
    game = dataclasses.replace(RUN.game, parallel_games=32)
    games = self_play(game, RUN.search, evaluator=make_evaluator(start_net(RUN)))
    sizes = []
    for part in range(20):
        finished = 0
        while finished < 500:
            finished += len(games.play(500))
        games.evaluator = make_evaluator(start_net(dataclasses.replace(RUN, seed=part)))
        sizes.append(resident_bytes())
    assert games.stats.games >= 10_000
    late = sizes[4:]
    growth = sum(late[-4:]) / 4 - sum(late[:4]) / 4
    print([round(size / MEGABYTE, 1) for size in sizes])
    assert growth < 4 * MEGABYTE, [round(size / MEGABYTE, 1) for size in sizes]
