"""Whole trainings on real Ray clusters: two nodes on this machine, one of which is killed."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from selfplay import GameRecord, RunConfig, Trainer, read_records
from selfplay import loop as loop_module
from selfplay.cluster import GAMES_PER_ACTOR, RayPlayers
from tests.selfplay import tiny
from tests.selfplay.process import PATIENCE_S, start
from tests.selfplay.tiny import metrics_of

ray: Any = pytest.importorskip("ray", reason="Ray is not installed")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

RUN = dataclasses.replace(
    tiny.RUN, evaluator="torch", total_positions=3_000, iteration_positions=200
)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """One CPU on the head and two on another node."""
    from ray.cluster_utils import Cluster

    # Actors are started by the nodes: they find our packages as this process does.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    head = {"num_cpus": 1, "include_dashboard": False}
    nodes: Any = Cluster(initialize_head=True, head_node_args=head)
    nodes.add_node(num_cpus=2)
    yield nodes
    ray.shutdown()
    nodes.shutdown()


def check_games(run: Path, config: RunConfig) -> list[GameRecord]:
    """What is on disk is what was counted, each game once."""
    games = [r for path in sorted((run / "games").glob("*")) for r in read_records(path)]
    last = metrics_of(run)[-1]
    assert last["progress"] == 1
    assert len(games) == last["games"] == len({game.game_id for game in games})
    assert sum(len(game.moves) for game in games) == last["positions"]
    # The last turn's share and what actors go beyond theirs.
    assert config.total_positions <= last["positions"] < config.total_positions + 400
    for game in games:
        game.replayed()
    return games


def test_a_node_is_killed_while_a_run_goes_on(
    cluster: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing waits for it for ever and nothing is counted twice; a node that joins later goes on
    with its games."""
    made: list[RayPlayers] = []
    turns: list[int] = []
    seen: set[int] = set()

    def make(config: RunConfig, first: int, running: list[GameRecord]) -> RayPlayers:
        made.append(RayPlayers(config, first, running, cluster.address))
        return made[-1]

    def listen(event: dict[str, Any]) -> None:
        seen.update(place_numbers(made[0]))
        turns.append(event["iteration"])
        if len(turns) == 4:
            (node,) = cluster.worker_nodes
            cluster.remove_node(node, allow_graceful=False)
        if len(turns) == 7:
            cluster.add_node(num_cpus=2)

    monkeypatch.setattr(loop_module, "Players", make)
    learn = dataclasses.replace(RUN.learn, window=5_000)
    config = dataclasses.replace(RUN, learn=learn)
    Trainer(tmp_path / "run", config, listen).train()
    games = check_games(tmp_path / "run", config)
    assert made[0].local_cpus() == 1
    assert len(turns) > 10
    assert {0, 1, 2} <= {game.game_id // GAMES_PER_ACTOR for game in games}
    warnings = made[0].take_warnings()
    assert warnings
    assert all(line.startswith("a self-play actor was lost: ") for line in warnings)


def place_numbers(players: RayPlayers) -> set[int]:
    """Ranges of the games that go on."""
    games = [game for place in players._places for game in place.running]
    return {game.game_id // GAMES_PER_ACTOR for game in games}


INTERRUPTED = """
import sys
from pathlib import Path
from selfplay import Trainer, loop
from selfplay.cluster import RayPlayers
from tests.selfplay.test_cluster_nodes import RUN
import dataclasses

loop.Players = lambda config, first, running: RayPlayers(config, first, running, "local")
config = dataclasses.replace(RUN, total_positions=10**9, workers=1)
show = lambda event: print(event["iteration"], flush=True)
try:
    Trainer(Path(sys.argv[1]), config, show).train()
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


def test_ctrl_c_ends_it_all(tmp_path: Path) -> None:
    """The terminal sends it to every process of the group; one line is all that is said."""
    process = start("-c", INTERRUPTED, str(tmp_path / "run"))
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        assert lines == ["1\n", "2\n", "3\n"], process.stderr
        os.killpg(process.pid, signal.SIGINT)
        rest, errors = process.communicate(timeout=PATIENCE_S)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert rest.splitlines()[-1] == "stopped"
    assert errors == ""
    assert process.returncode == 0
    with pytest.raises(ProcessLookupError):  # nobody is left of its group
        os.killpg(process.pid, 0)
