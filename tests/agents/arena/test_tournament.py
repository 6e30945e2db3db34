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
    Standings,
    TournamentError,
    TournamentSettings,
    TournamentWatcher,
    game_sgf,
    make_standings,
    run_tournament,
    schedule,
    standings_json,
    standings_markdown,
)
from agents.arena.match import forfeit
from agents.base import AgentError
from go_engine.rules import BLACK, Rules
from go_engine.sgf import read_sgf
from tests.agents.arena.runner import SETTINGS
from tests.agents.arena.scripted import PID_FOLDER, make

ROOT = Path(__file__).resolve().parents[3]
RULES = Rules(4, 2.0)


def small(*agents: str, num_pairs: int = 2, seed: int = 0) -> TournamentSettings:
    return TournamentSettings(agents, num_pairs, RULES, seed, opening_plies=3)


def read(out: Path) -> dict[str, GameRecord]:
    """The games in a folder by id, without the time they took."""
    results = ResultsFile(out / "results.jsonl")
    results.close()
    assert results.notes == []
    return {
        record.game_id: dataclasses.replace(record, seconds=(0.0, 0.0))
        for record in results.records
    }


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
    notes: list[str] = []
    table = run_tournament(
        small("random", "hangs", "exits", "crashes", num_pairs=1),
        tmp_path,
        make,
        workers=2,
        deadlines=Deadlines(move=1.0),
        watcher=TournamentWatcher(on_note=notes.append),
    )
    endings = {
        frozenset((record.black, record.white)): record.ending for record in read(tmp_path).values()
    }
    assert endings[frozenset(("random", "hangs"))] == "hang"
    assert endings[frozenset(("random", "exits"))] == "void"
    assert endings[frozenset(("random", "crashes"))] == "crash"
    for record in read(tmp_path).values():
        if record.ending == "hang" and "random" in (record.black, record.white):
            assert record.points("random") == 1.0
            assert record.detail == "hangs did not answer within 1 s"
            assert len(record.moves) > 3  # what was played before is kept
        if record.ending == "void":
            assert record.result is None
            assert record.detail == "the process playing it died 3 times (exit code 3)"
    faults = {row.name: dict(row.faults) for row in table.rows}
    assert faults["crashes"]["crash"] >= 2
    assert faults["hangs"]["hang"] >= 2
    assert faults["random"] == {}
    assert table.voids >= 2


def test_agents_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="weights are missing"):
        run_tournament(small("random", "unmakeable"), tmp_path / "a", make, workers=1)
    assert read(tmp_path / "a") == {}
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
    again = {r.game_id: dataclasses.replace(r, seconds=(0.0, 0.0)) for r in results.records}
    assert again == good


def _running(process_id: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        text = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """SIGKILL again and again, then to the end: each game is there once, and the right one."""
    out, pids = tmp_path / "out", tmp_path / "pids"
    pids.mkdir()
    total = len(schedule(SETTINGS))
    command = [sys.executable, "-m", "tests.agents.arena.runner", str(out)]
    environment = {**os.environ, PID_FOLDER: str(pids)}
    rng = random.Random(5)
    kept: list[str] = []
    kills = 0
    while kills < 5:
        process = subprocess.Popen(command, cwd=ROOT, env=environment)
        goal = len(kept) + rng.randint(1, 8)
        deadline = time.monotonic() + 60
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
    assert kills < len(kept) < total
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60)
    finished = ids_in_file(out)
    assert finished[: len(kept)] == kept
    assert sorted(finished) == sorted(setup.game_id for setup in schedule(SETTINGS))
    run_tournament(SETTINGS, tmp_path / "at once", make, workers=2)
    assert read(out) == read(tmp_path / "at once")
    assert len(list((out / "games").glob("*.sgf"))) == total


# ---------------------------------------------------------------- tables


def hand_made(black: str, white: str, result: int, number: int) -> GameRecord:
    setups = {(s.black, s.white): s for s in schedule(small("a", "b", "c", num_pairs=1))}
    setup = dataclasses.replace(
        setups[black, white], game_id=f"{number}", pair_id=f"{number}", opening=()
    )
    record = forfeit(setup, (number,), -result, "resign", "")
    return dataclasses.replace(record, seconds=(0.2, 0.4), decisions=(2, 2))


def table() -> Standings:
    games = [hand_made("a", "b", BLACK, 0), hand_made("b", "a", -BLACK, 1)]
    games += [hand_made("a", "c", BLACK, 0), hand_made("c", "b", BLACK, 0)]
    games += [dataclasses.replace(hand_made("c", "a", 0, 1), ending="void")]
    return make_standings(games, ["a", "b", "c"])


def test_standings_by_hand() -> None:
    standings = table()
    assert [row.name for row in standings.rows] == ["a", "c", "b"]
    assert [(row.wins, row.draws, row.losses) for row in standings.rows] == [
        (3, 0, 0),
        (1, 0, 1),
        (0, 0, 3),
    ]
    best = standings.rows[0]
    assert (best.black_points, best.black_games) == (2.0, 2)
    assert best.seconds_per_move == pytest.approx((0.2 + 0.4 + 0.2) / 6)
    assert (standings.anchor, standings.games, standings.voids) == ("a", 4, 1)
    assert [(match.a, match.b, match.games) for match in standings.matches] == [
        ("a", "b", 2),
        ("a", "c", 1),
        ("b", "c", 1),
    ]


def test_standings_as_text() -> None:
    text = standings_markdown(table())
    assert "| 1 | `a` |  | 1/1 | 2/2 |" in text
    assert "| `b` | 3 | 0-0-3 | 0.0 % [0, 56] | <" in text
    assert "4 games counted, 0 duplicates, 1 void" in text
    data = json.loads(json.dumps(standings_json(table())))
    assert data["rows"][2]["elo_interval"]["open_below"] is True
    assert data["matches"][0]["wins"] == 2


def test_anchor() -> None:
    games = [hand_made("a", "b", BLACK, 0)]
    assert make_standings(games, ["a", "b"], "b").anchor == "b"
    assert make_standings([], ["x", "random"]).anchor == "random"
    with pytest.raises(ValueError, match="not among the agents: z"):
        make_standings(games, ["a", "b"], "z")
    with pytest.raises(ValueError, match="not among the agents: b"):
        make_standings(games, ["a", "c"])


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({"result": 1, "ending": "resign"}, "B+R"),
        ({"result": -1, "ending": "crash", "detail": "x"}, "W+F"),
        ({"result": None, "ending": "void"}, "Void"),
        ({"result": 0, "ending": "passes", "black_score": 2}, "0"),
        ({"result": -1, "ending": "move limit", "black_score": -1}, "W+3"),
    ],
)
def test_results_in_sgf(changes: dict[str, object], result: str) -> None:
    record = hand_made("a", "b", BLACK, 0)
    text = game_sgf(dataclasses.replace(record, **changes))  # type: ignore[arg-type]
    assert f"RE[{result}]" in text
    assert read_sgf(text).comments[1].startswith(f"Ended by {changes['ending']}")
