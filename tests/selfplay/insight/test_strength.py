"""Matches over training: the same games whoever plays them, counted from the network's side."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from agents.arena import ResultsFile, play_pairs
from agents.random import RandomAgent
from go_engine import Rules
from selfplay.insight import MatchSettings, StrengthPoint, open_run, play_ladder
from selfplay.insight.measure import net_player
from selfplay.insight.strength import own_net, spec_anchor

SETTINGS = MatchSettings(Rules(5, komi=14.0), pairs=2, simulations=2)


def ladder(run: Path, games: Path, settings: MatchSettings, workers: int) -> list[StrengthPoint]:
    read = open_run(run, 2)
    file = ResultsFile(games)
    try:
        anchors = [spec_anchor("random"), own_net(read.final)]
        return play_ladder(read.snapshots, anchors, settings, file, workers, lambda _: None)
    finally:
        file.close()


def test_every_network_meets_every_anchor_but_itself(trained: Path, tmp_path: Path) -> None:
    points = ladder(trained, tmp_path / "games", SETTINGS, workers=1)
    last = open_run(trained, 2).final.positions
    met = [(point.positions, point.anchor) for point in points]
    assert met == [(0, "random"), (0, "its own final net"), (last, "random")]
    for point in points:
        assert point.result.games + point.result.duplicates == 4
        assert point.result.a.startswith("net-")


def test_the_games_are_those_of_a_match_in_the_arena(trained: Path, tmp_path: Path) -> None:
    point = ladder(trained, tmp_path / "games", SETTINGS, workers=1)[0]
    player = net_player(open_run(trained, 2).snapshots[0].path)
    player.simulations = SETTINGS.simulations
    match = play_pairs(player, RandomAgent(), SETTINGS.rules, SETTINGS.pairs, SETTINGS.seed)
    ours = [(record.moves, record.black_score) for record in point.result.records]
    assert ours == [(record.moves, record.black_score) for record in match.records]
    assert (point.result.wins, point.result.losses) == (match.wins, match.losses)


@pytest.mark.parametrize(
    "change",
    [{"simulations": 3}, {"seed": 1}, {"opening_plies": 3}, {"rules": Rules(5, komi=7.0)}],
)
def test_games_under_other_settings_are_not_taken(
    trained: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    few = dataclasses.replace(SETTINGS, pairs=1)
    ladder(trained, tmp_path / "games", few, workers=1)
    before = len((tmp_path / "games").read_bytes().splitlines())
    ladder(trained, tmp_path / "games", dataclasses.replace(few, **change), workers=1)
    assert len((tmp_path / "games").read_bytes().splitlines()) == 2 * before


@pytest.mark.slow
def test_worker_processes_play_the_same_games(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = ladder(trained, tmp_path / "here", SETTINGS, workers=1)
    monkeypatch.setattr("selfplay.insight.strength._POOL_PAYS_FROM_S", 0.0)
    there = ladder(trained, tmp_path / "there", SETTINGS, workers=2)
    assert [point.anchor for point in there] == [point.anchor for point in here]
    for one, other in zip(here, there, strict=True):
        ours = {record.game_id: record.moves for record in one.result.records}
        assert ours == {record.game_id: record.moves for record in other.result.records}
        assert one.result.pair_score == other.result.pair_score
