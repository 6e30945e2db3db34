"""Tournaments: every game once whatever happens, faults named, settings kept, tables right."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents.arena import (
    Deadlines,
    GameRecord,
    ResultsFile,
    TournamentError,
    TournamentSettings,
    TournamentWatcher,
    play_game,
    run_tournament,
    schedule,
)
from agents.base import AgentError
from go_engine.rules import BLACK, Rules
from go_engine.sgf import read_sgf
from tests.agents.arena.runner import SETTINGS
from tests.agents.arena.scripted import PID_FOLDER, make, timeless

ROOT = Path(__file__).resolve().parents[3]
RULES = Rules(4, 2.0)


def small(*agents: str, num_pairs: int = 2, seed: int = 0) -> TournamentSettings:
    return TournamentSettings(agents, num_pairs, RULES, seed, opening_plies=3)


def read(out: Path) -> dict[str, GameRecord]:
    """The games in a folder by id, without the time they took."""
    results = ResultsFile(out / "results.jsonl")
    results.close()
    assert results.notes == []
    return {record.game_id: timeless(record) for record in results.records}


def ids_in_file(out: Path) -> list[str]:
    """The games' ids line by line, as any reader of JSON lines sees them; a torn tail is none."""
    path = out / "results.jsonl"
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [json.loads(line)["record"]["game_id"] for line in lines]


# ---------------------------------------------------------------- what is played


def test_schedule() -> None:
    setups = schedule(small("random", "lowest", "slow", num_pairs=5))
    assert len(setups) == 3 * 5 * 2
    assert len({setup.game_id for setup in setups}) == 30
    assert len({setup.seed for setup in setups}) == 30
    for first, second in zip(setups[::2], setups[1::2], strict=True):
        assert first.pair_id == second.pair_id
        assert first.opening == second.opening
        assert (first.black, first.white) == (second.white, second.black)
    # The first pair of every pairing comes before the second of any.
    assert [setup.pair_id for setup in setups[:6:2]] == ["000-00000", "001-00000", "002-00000"]
    assert schedule(small("random", "lowest", "slow", num_pairs=2)) == setups[:12]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"agents": ("random",)}, "at least two agents"),
        ({"agents": ("random", "slow", "random")}, "random is named twice"),
        ({"num_pairs": 0}, "num_pairs must be 1 or more"),
        ({"seed": -1}, "seed must be 0 or more"),
        ({"opening_plies": -1}, "opening_plies must be 0 or more"),
        ({"max_moves": 2}, "max_moves 2 leaves no move"),
    ],
)
def test_settings_that_make_no_tournament(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(small("random", "slow"), **changes)  # type: ignore[arg-type]


# ---------------------------------------------------------------- playing


def test_worker_count_does_not_change_the_games(tmp_path: Path) -> None:
    settings = small("random", "random too", "lowest", num_pairs=3, seed=9)
    tables = []
    for workers in (1, 2):
        tables.append(run_tournament(settings, tmp_path / str(workers), make, workers=workers))
    one, two = read(tmp_path / "1"), read(tmp_path / "2")
    assert one == two
    assert set(one) == {setup.game_id for setup in schedule(settings)}
    assert [row.score for row in tables[0].rows] == [row.score for row in tables[1].rows]
    for record in one.values():
        sgf = read_sgf((tmp_path / "1" / "games" / f"{record.game_id}.sgf").read_text())
        assert sgf.moves == record.moves
        assert sgf.winner == record.result
        assert (sgf.black, sgf.white, sgf.rules) == (record.black, record.white, RULES)
    written = json.loads((tmp_path / "1" / "standings.json").read_text())
    assert [row["name"] for row in written["rows"]] == [row.name for row in tables[0].rows]
    assert written["games"] == tables[0].games
    assert "| `lowest` |" in (tmp_path / "1" / "standings.md").read_text()


def test_faults_are_named_and_survived(tmp_path: Path) -> None:
    # Both do it at their third decision; after three moves White moves first, so White is first.
    notes: list[str] = []
    table = run_tournament(
        small("hangs", "exits", num_pairs=1),
        tmp_path,
        make,
        workers=1,
        deadlines=Deadlines(move=5.0),
        watcher=TournamentWatcher(on_note=notes.append),
    )
    void, hung = read(tmp_path)["000-00000-a"], read(tmp_path)["000-00000-b"]
    assert (hung.ending, hung.result, hung.white) == ("hang", BLACK, "hangs")
    assert hung.detail == "hangs did not answer within 5 s"
    assert len(hung.moves) == 3 + 4  # what was played before is kept
    assert (void.ending, void.result, len(void.moves)) == ("void", None, 3 + 4)
    assert void.detail == "the process playing it died 3 times (exit code 3)"
    assert (table.games, table.voids) == (1, 1)
    assert {row.name: dict(row.faults) for row in table.rows} == {"hangs": {"hang": 1}, "exits": {}}


def _alone(settings: TournamentSettings) -> dict[str, GameRecord]:
    """The games as agents that never fail play them, one by one."""
    return {
        setup.game_id: timeless(play_game(setup, make("random"), make("random")))
        for setup in schedule(settings)
    }


@pytest.mark.parametrize(("agent", "ending"), [("many hang", "hang"), ("many exit", "void")])
def test_faults_among_games_side_by_side(tmp_path: Path, agent: str, ending: str) -> None:
    """The games at fault are lost (or void); the others are as if they had been played alone."""
    settings = small(agent, "many", num_pairs=6)
    run_tournament(settings, tmp_path, make, workers=2, deadlines=Deadlines(move=0.5))
    games, clean = read(tmp_path), _alone(settings)
    assert games.keys() == clean.keys()
    endings = [str(record.ending) for record in games.values()]
    assert 0 < endings.count(ending) < len(endings)
    for game_id, record in games.items():
        if record.ending != ending:
            assert record == clean[game_id]
        elif ending == "hang":
            assert record.result == (BLACK if record.white == agent else -BLACK)


def test_games_side_by_side_are_the_games_one_by_one(tmp_path: Path) -> None:
    settings = small("many", "many too", num_pairs=20)
    run_tournament(settings, tmp_path, make, workers=2)
    assert read(tmp_path) == _alone(settings)


def test_agents_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="weights are missing"):
        run_tournament(small("random", "unmakeable"), tmp_path / "a", make, workers=1)
    assert read(tmp_path / "a") == {}
    # No game was played, so the folder is free for the tournament that was meant.
    run_tournament(small("random", "lowest", num_pairs=1), tmp_path / "a", make, workers=1)
    assert len(read(tmp_path / "a")) == 2
    with pytest.raises(TournamentError, match=r"agent never made: making it took more than 0\.5 s"):
        run_tournament(
            small("never made", "random"),
            tmp_path / "b",
            make,
            workers=1,
            deadlines=Deadlines(make=0.5),
        )


# ---------------------------------------------------------------- going on


def test_a_finished_tournament_is_only_read(tmp_path: Path) -> None:
    settings = small("random", "lowest")
    first = run_tournament(settings, tmp_path, make, workers=1)
    (tmp_path / "games" / "000-00000-a.sgf").unlink()
    before = (tmp_path / "results.jsonl").read_bytes()
    starts: list[tuple[int, int]] = []

    def no_agent(name: str) -> None:
        raise AssertionError("no agent is needed")

    watcher = TournamentWatcher(on_start=lambda done, total: starts.append((done, total)))
    again = run_tournament(settings, tmp_path, no_agent, watcher=watcher)  # type: ignore[arg-type]
    assert again == first
    assert starts == [(4, 4)]
    assert (tmp_path / "results.jsonl").read_bytes() == before
    assert (tmp_path / "games" / "000-00000-a.sgf").exists()


def test_more_pairs_may_follow_but_nothing_else_may_change(tmp_path: Path) -> None:
    settings = small("random", "lowest")
    run_tournament(settings, tmp_path, make, workers=1)
    before = read(tmp_path)
    more = dataclasses.replace(settings, num_pairs=3)
    run_tournament(more, tmp_path, make, workers=1)
    after = read(tmp_path)
    assert len(after) == 6
    assert {key: after[key] for key in before} == before
    for changed, words in [
        (settings, "num_pairs was 3, now 2"),
        (dataclasses.replace(more, agents=("lowest", "random")), "agents was random lowest"),
        (dataclasses.replace(more, rules=Rules(4, 3.0)), r"komi was 2\.0, now 3\.0"),
        (dataclasses.replace(more, rules=Rules(5, 2.0)), "board_size was 4, now 5"),
        (dataclasses.replace(more, seed=1), "seed was 0, now 1"),
        (dataclasses.replace(more, opening_plies=2), "opening_plies was 3, now 2"),
        (dataclasses.replace(more, max_moves=30), "max_moves was None, now 30"),
    ]:
        with pytest.raises(TournamentError, match=words):
            run_tournament(changed, tmp_path, make)
    assert read(tmp_path) == after


def test_folders_that_are_not_ours(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(TournamentError, match="not empty and holds no tournament"):
        run_tournament(small("random", "lowest"), tmp_path, make)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "thesis.txt"]
    with pytest.raises(OSError, match=r"thesis\.txt"):
        run_tournament(small("random", "lowest"), tmp_path / "thesis.txt", make)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "results.jsonl").write_text("x")
    (broken / "tournament.json").write_text("{")
    with pytest.raises(TournamentError, match="is damaged"):
        run_tournament(small("random", "lowest"), broken, make)


def test_a_damaged_game_is_played_again(tmp_path: Path) -> None:
    settings = small("random", "lowest")
    run_tournament(settings, tmp_path, make, workers=1)
    good = read(tmp_path)
    path = tmp_path / "results.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"passes", b"posses", 1)
    path.write_bytes(b"".join(lines[:3]) + lines[3][:50])
    notes: list[str] = []
    run_tournament(
        settings, tmp_path, make, workers=1, watcher=TournamentWatcher(on_note=notes.append)
    )
    assert len(notes) == 2
    results = ResultsFile(path)
    results.close()
    again = {r.game_id: timeless(r) for r in results.records}
    assert again == good


def _running(process_id: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        text = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("num_kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_random_moments(tmp_path: Path, num_kills: int) -> None:
    """SIGKILL again and again, then to the end: each game is there once, and the right one."""
    out, pids = tmp_path / "out", tmp_path / "pids"
    pids.mkdir()
    total = len(schedule(SETTINGS))
    command = [sys.executable, "-m", "tests.agents.arena.runner", str(out)]
    environment = {**os.environ, PID_FOLDER: str(pids)}
    rng = random.Random(5)
    kept: list[str] = []
    kills = 0
    while kills < num_kills:
        process = subprocess.Popen(command, cwd=ROOT, env=environment)
        goal = len(kept) + rng.randint(1, total // num_kills - 2)
        deadline = time.monotonic() + 200
        while len(ids_in_file(out)) < goal and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(rng.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL
        kills += 1
        now = ids_in_file(out)
        assert now[: len(kept)] == kept  # nothing that was finished is lost or moved
        kept = now
        while any(_running(int(path.name)) for path in pids.iterdir()):
            assert time.monotonic() < deadline, "a worker outlived its parent"
            time.sleep(0.02)
    assert num_kills <= len(kept) < total
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=200)
    finished = ids_in_file(out)
    assert finished[: len(kept)] == kept
    assert sorted(finished) == sorted(setup.game_id for setup in schedule(SETTINGS))
    run_tournament(SETTINGS, tmp_path / "at once", make, workers=2)
    assert read(out) == read(tmp_path / "at once")
    assert len(list((out / "games").glob("*.sgf"))) == total
