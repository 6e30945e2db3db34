"""Self-play on a cluster: who plays what, and what becomes of it when actors are lost.

Real clusters, which take seconds to start, are in test_cluster_nodes.py.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

from selfplay import GameRecord, RunConfig, WorkerError, cluster, start_net
from selfplay import actor as actor_module
from selfplay.cluster import GAMES_PER_ACTOR, ORDERS, ClusterError, RayPlayers
from selfplay.records import pack_records, unpack_records
from selfplay.workers import PATIENCE_S
from tests.selfplay import tiny
from tests.selfplay.fake_ray import FakeRay, Promise
from tests.selfplay.tiny import play_games, same_game, self_play

RUN = dataclasses.replace(tiny.RUN, evaluator="torch")
NET = start_net(RUN)


@pytest.fixture(autouse=True)
def _in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Actors are in the test's own process here, and its disk need not be waited for."""
    monkeypatch.setattr("os.nice", lambda increment: 0)
    monkeypatch.setattr("os.fsync", lambda file: None)


def players_on(
    ray: FakeRay,
    monkeypatch: pytest.MonkeyPatch,
    config: RunConfig = RUN,
    first: int = 0,
    running: list[GameRecord] | None = None,
) -> RayPlayers:
    monkeypatch.setattr(cluster, "_ray", lambda: ray)
    monkeypatch.setattr(cluster, "time", ray)
    return RayPlayers(config, first, running or [], "auto")


def play(
    players: RayPlayers, turns: int, num_moves: int = 40
) -> tuple[dict[int, GameRecord], list[GameRecord]]:
    """All games finished in so many turns by id, and those running; checks every turn's books."""
    finished: dict[int, GameRecord] = {}
    running: set[int] = set()
    players.set_net(NET)
    players.begin(num_moves, 0)
    for _ in range(turns):
        done, going, stats = players.collect()
        assert stats.moves >= num_moves
        assert stats.games == len(done)
        assert [r.game_id for r in done] == sorted(r.game_id for r in done)
        assert not finished.keys() & {r.game_id for r in done}, "a game counted twice"
        finished |= {r.game_id: r for r in done}
        ids = [r.game_id for r in going]
        assert len(ids) == len(set(ids)), "a game is played in two places"
        assert not finished.keys() & set(ids), "a finished game goes on"
        assert running <= finished.keys() | set(ids), "a running game was lost"
        running = set(ids)
        players.set_net(NET)
        players.begin(num_moves, 0)
    return finished, going


def test_games_of_several_actors(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = FakeRay(3)
    players = players_on(ray, monkeypatch, first=5)
    finished, running = play(players, 4)
    assert len(ray.handles) == 3
    assert ray.puts == 5  # the weights, once a version, however many actors there are
    assert ray.most_waiting <= ORDERS
    assert {r.game_id // GAMES_PER_ACTOR for r in running} == {1, 2, 3}  # above the first id
    assert len(running) == 3 * RUN.game.parallel_games
    assert all(r.finished for r in finished.values())
    assert not any(r.finished for r in running)
    assert players.take_warnings() == []
    players.close()
    assert all(handle.dead for handle in ray.handles)
    players.close()


@pytest.mark.parametrize("seed", range(3))
def test_actors_that_die_at_any_moment(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """One call in five ends an actor, and answers come in any order."""
    rng = np.random.default_rng(seed)

    def fate(promise: Promise) -> str:
        return str(rng.choice(["done", "waits", "dies"], p=[0.5, 0.3, 0.2]))

    ray = FakeRay(3, fate)
    players = players_on(ray, monkeypatch)
    finished, running = play(players, 10)
    lost = len(ray.handles) - 3
    assert lost > 3
    assert len(players.take_warnings()) >= lost
    assert players.take_warnings() == []
    assert ray.most_waiting <= ORDERS
    # New actors' ranges are new; and what they went on with keeps the old numbers.
    assert len({i // GAMES_PER_ACTOR for i in finished}) > 3
    for record in (*finished.values(), *running):
        record.replayed()


def test_a_lost_actors_games_are_taken_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The net and the game ids being the same, they end as they would have without the loss."""
    dying: set[int] = set()

    def fate(promise: Promise) -> str:
        return "dies" if promise.handle.number in dying else "done"

    games: list[dict[int, GameRecord]] = []
    for loss in (False, True):
        dying.clear()
        ray = FakeRay(1, fate)
        players = players_on(ray, monkeypatch)
        first, running = play(players, 1)
        dying |= {0} if loss else set()
        later, _ = play(players, 4)
        assert len(ray.handles) == 1 + loss
        games.append(first | later)
        taken_up = {r.game_id for r in running}
        assert taken_up <= later.keys()
    assert all(same_game(games[0][i], games[1][i]) for i in taken_up)


def test_more_games_to_go_on_with_than_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that moves to a smaller cluster keeps the surplus for actors to come."""
    _, running = play(players_on(FakeRay(3), monkeypatch), 1)
    assert len(running) == 3 * RUN.game.parallel_games
    ray = FakeRay(1)
    players = players_on(ray, monkeypatch, first=10 * GAMES_PER_ACTOR, running=running)
    finished, later = play(players, 3)
    ids = {r.game_id for r in running}
    assert ids <= finished.keys() | {r.game_id for r in later}
    waiting = ids - finished.keys()
    assert len(waiting) == 2 * RUN.game.parallel_games
    ray.cpus = 3  # nodes join
    finished, _ = play(players, 5)
    assert waiting & finished.keys()


def test_joining_nodes_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = FakeRay(0)
    players = players_on(ray, monkeypatch)
    play(players, 1)
    assert len(ray.handles) == 1  # waits for the first CPU to come
    ray.cpus = 4
    play(players, 2)
    assert len(ray.handles) == 4
    fixed = players_on(FakeRay(4), monkeypatch, dataclasses.replace(RUN, workers=2))
    assert len({r.game_id // GAMES_PER_ACTOR for r in play(fixed, 1)[1]}) == 2


def test_an_actor_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    def fate(promise: Promise) -> str:
        hangs = promise.handle.number == 0 and promise.name == "play"
        return "waits" if hangs else "done"

    ray = FakeRay(1, fate)
    players = players_on(ray, monkeypatch)
    play(players, 1)
    assert PATIENCE_S < ray.now < 2 * PATIENCE_S
    assert ray.handles[0].dead
    assert players.take_warnings() == ["a self-play actor was lost: it hangs"]


def test_ready_waits_no_longer_than_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answering = False
    ray = FakeRay(2, lambda promise: "done" if answering else "waits")
    players = players_on(ray, monkeypatch)
    players.set_net(NET)
    players.begin(60, 0)
    assert not players.ready(5.0)
    assert ray.now == pytest.approx(5.0)
    answering = True
    assert players.ready(5.0)
    before = ray.now
    assert players.collect()[2].moves >= 60
    assert ray.now == before


# ---------------------------------------------------------------- what ends the run, in one line


def test_no_free_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = FakeRay(1, lambda promise: "waits")
    with pytest.raises(ClusterError, match="no node of the cluster has a free CPU"):
        play(players_on(ray, monkeypatch), 1)
    assert ray.now < 1.1 * cluster.START_S


def test_actors_that_always_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    config = dataclasses.replace(RUN, evaluator="openvino")

    def refuse(*arguments: object) -> None:
        raise ValueError("this node has no OpenVINO\nand more")

    monkeypatch.setattr("selfplay.workers.make_evaluator", refuse)
    ray = FakeRay(2)
    with pytest.raises(ClusterError, match=r"ValueError: this node has no OpenVINO$"):
        play(players_on(ray, monkeypatch, config), 1)
    assert len(ray.handles) < 20
    assert ray.now > 5  # with pauses that grow


def test_another_version_on_a_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actor_module, "source_hash", lambda: "other")
    with pytest.raises(WorkerError, match="has another version of this package"):
        play(players_on(FakeRay(1), monkeypatch), 1)


def test_damaged_games_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled = 0

    def spoil(records: list[GameRecord]) -> bytes:
        nonlocal spoiled
        shard = pack_records(records)
        spoiled += 1
        return shard[:-9] if spoiled == 3 else shard

    monkeypatch.setattr(actor_module, "pack_records", spoil)
    players = players_on(FakeRay(1), monkeypatch)
    play(players, 4)
    (warning,) = players.take_warnings()
    assert "no usable file of games" in warning


def test_games_are_packed_and_unpacked() -> None:
    records = list(play_games(self_play(), 5).values())
    packed = pack_records(records)
    assert all(same_game(x, y) for x, y in zip(records, unpack_records(packed), strict=True))
    assert unpack_records(pack_records([])) == []


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("ray://head:10001", "HOST:PORT, not 'ray://head:10001'"),
        ("head", "HOST:PORT, not 'head'"),
        ("127.0.0.1:1", "nothing answers at 127.0.0.1:1"),
        ("127.0.0.1:99999", "nothing answers at 127.0.0.1:99999"),
    ],
)
def test_no_cluster_there(monkeypatch: pytest.MonkeyPatch, address: str, message: str) -> None:
    ray = FakeRay(1)
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(cluster, "_ray", lambda: ray)
    with pytest.raises(ClusterError, match=message):
        RayPlayers(RUN, 0, [], address)


def test_without_ray(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterError, match="pip install"):
        RayPlayers(RUN, 0, [], "auto")
