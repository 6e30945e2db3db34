"""The ladder: what it plays, that nothing is played twice or lost, who counts, what is written."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

import selfplay.insight.ladder
from agents.arena import GameRecord, GameSetup, ResultsFile
from agents.files import FolderInUseError, FolderLock
from go_engine import BLACK, WHITE, Rules
from scripts.cli.main import main
from selfplay.insight import (
    Knowledge,
    Ladder,
    LadderSettings,
    LadderWatcher,
    NetFacts,
    Snapshot,
    ladder_table,
    make_ladder,
    make_report,
    measure_strength,
)
from selfplay.insight.ladder_section import ladder_section, read_strength
from selfplay.insight.rungs import Players, Rung, anchor_rung, rung_label
from selfplay.insight.schedule import choose_net, opponents_among

SETTINGS = LadderSettings(anchors=("random",), pairs=2, simulations=2, nets=2)


@pytest.fixture(autouse=True)
def _few_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("selfplay.insight.knowledge._PROBES", 1)


@pytest.fixture(scope="module")
def once_measured(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run after one measurement; not to be changed."""
    run = Path(shutil.copytree(trained, tmp_path_factory.mktemp("measured") / "run"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("selfplay.insight.knowledge._PROBES", 1)
        measure_strength(run, SETTINGS)
    return run


@pytest.fixture
def measured(once_measured: Path, tmp_path: Path) -> Path:
    """A copy of the measured run."""
    return Path(shutil.copytree(once_measured, tmp_path / "measured"))


def snapshot(positions: int) -> Snapshot:
    return Snapshot(Path(f"{positions}"), f"{positions:016d}", positions, positions, 1.0)


def games_of(run: Path) -> list[GameRecord]:
    file = ResultsFile(run / "strength" / "games.jsonl")
    file.close()
    return file.records


# ---------------------------------------------------------------- which networks, against whom


def chosen(positions: Sequence[int], count: int, newest_first: bool = False) -> list[int]:
    """The order in which networks are taken up."""
    planned: list[Snapshot] = []
    while net := choose_net([snapshot(p) for p in positions], planned, count, newest_first):
        planned.append(net)
    return [net.positions for net in planned]


def test_networks_are_spread_over_the_run() -> None:
    assert chosen(range(0, 1001, 10), 4) == [1000, 0, 500, 250, 750]
    assert chosen([0, 10, 900, 1000], 4) == [1000, 0]
    assert chosen([7], 4) == [7]


def test_while_a_run_goes_on_the_newest_comes_first_once_it_is_far_enough_ahead() -> None:
    planned = [snapshot(0), snapshot(400)]
    near = [snapshot(p) for p in (0, 200, 400, 500)]
    net = choose_net(near, planned, 4, newest_first=True)
    assert net is not None
    assert net.positions == 200, "500 is less than a quarter of the run ahead of 400"
    far = [*near, snapshot(600)]
    net = choose_net(far, planned, 4, newest_first=True)
    assert net is not None
    assert net.positions == 600


def test_a_network_meets_its_neighbours_in_time_and_one_from_half_way() -> None:
    planned = [snapshot(p) for p in (1000, 0, 500, 300)]
    met = opponents_among(snapshot(700), planned)
    assert [s.positions for s in met] == [500, 300, 1000]
    assert opponents_among(snapshot(1000), []) == []
    assert [s.positions for s in opponents_among(snapshot(100), [snapshot(0)])] == [0]


def test_names_say_what_play_depends_on() -> None:
    assert anchor_rung("random").name == "random"
    told = anchor_rung("told")
    assert re.fullmatch(r"told@[0-9a-f]{8}", told.name), "its weights are part of its name"
    assert rung_label(told.name) == told.spec == "told"
    assert rung_label("net:iteration=3,digest=0a1b2c3d,simulations=64") == (
        "net:iteration=3,simulations=64"
    )


# ---------------------------------------------------------------- measuring a run


def test_a_run_is_measured_once(measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("done again")

    monkeypatch.setattr(Players, "play", never)
    monkeypatch.setattr("selfplay.insight.knowledge.Examiner.examine", never)
    run, notes = measured, list[str]()
    ladder = measure_strength(run, SETTINGS, watcher=LadderWatcher(note=notes.append))
    assert ladder is not None
    assert notes == []
    assert ladder.zero_point == "random"
    nets = [row for row in ladder.rated if row.net is not None]
    assert 0 in {row.net.positions for row in nets if row.net}
    assert all(row.simulations == 2 for row in nets)
    records = games_of(run)
    assert len({record.game_id for record in records}) == len(records) == ladder.games
    pairs = {frozenset((r.black, r.white)) for r in records}
    assert len(records) == 4 * len(pairs), "two pairs for every two that meet"
    assert Ladder.read(run / "strength" / "ratings.json") == ladder
    assert (run / "strength" / "ratings.png").read_bytes().startswith(b"\x89PNG")
    again, knowledge = read_strength(run, notes)
    assert again == ladder
    assert [k.positions for k in knowledge] == sorted(r.net.positions for r in nets if r.net)
    assert all(k.opening is not None and k.exact is None for k in knowledge)
    assert Knowledge.from_json(json.loads(json.dumps(knowledge[0].to_json()))) == knowledge[0]


def test_killed_anywhere_it_goes_on_and_plays_the_same_games(
    run: Path, once_measured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Ladder.read(once_measured / "strength" / "ratings.json")
    kept = {record.game_id: record.moves for record in games_of(once_measured)}
    play = Players.play

    def killed(
        self: Players, setups: Sequence[GameSetup], rungs: Mapping[str, Rung]
    ) -> Iterator[GameRecord]:
        yield from itertools.islice(play(self, setups, rungs), 3)
        raise KeyboardInterrupt

    monkeypatch.setattr(Players, "play", killed)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            measure_strength(run, SETTINGS)
    games = run / "strength" / "games.jsonl"
    assert len(games_of(run)) == 4, "three, then the one that was left"
    with games.open("ab") as file:
        file.write(b'{"crc32":"00')  # what a kill in the middle of a line leaves
    monkeypatch.setattr(Players, "play", play)
    notes: list[str] = []
    resumed = measure_strength(run, SETTINGS, watcher=LadderWatcher(note=notes.append))
    assert [note for note in notes if "torn end" in note]
    assert {record.game_id: record.moves for record in games_of(run)} == kept
    assert resumed is not None
    assert {row.name: row.elo for row in resumed.rated} == pytest.approx(
        {row.name: row.elo for row in whole.rated}
    )


def test_more_pairs_and_another_anchor_add_to_what_is_there(measured: Path) -> None:
    before = {record.game_id for record in games_of(measured)}
    anchors = ("random", "zero:simulations=1")
    measure_strength(measured, dataclasses.replace(SETTINGS, pairs=3, anchors=anchors))
    after = games_of(measured)
    assert before < {record.game_id for record in after}
    pairs = {frozenset((r.black, r.white)) for r in after}
    shipped = [pair for pair in pairs if any(name.startswith("zero:") for name in pair)]
    assert len(shipped) == len(read_strength(measured, [])[1])
    assert len(after) == len({r.game_id for r in after})


def test_one_sided_matches_end_after_a_quarter(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def decided(
        self: Players, setups: Sequence[GameSetup], rungs: Mapping[str, Rung]
    ) -> Iterator[GameRecord]:
        """Random loses everything; between networks Black wins."""
        for setup in setups:
            black_wins = setup.black != "random"
            yield record(setup, BLACK if black_wins else WHITE)

    monkeypatch.setattr(Players, "play", decided)
    measure_strength(run, dataclasses.replace(SETTINGS, nets=1, pairs=12))
    played = [frozenset((r.black, r.white)) for r in games_of(run)]
    counts = {pair: played.count(pair) for pair in played}
    with_random = [count for pair, count in counts.items() if "random" in pair]
    between = [count for pair, count in counts.items() if "random" not in pair]
    assert set(with_random) == {6}
    assert set(between) == {24}


@pytest.mark.slow
def test_worker_processes_play_the_same_games(run: Path, once_measured: Path) -> None:
    measure_strength(run, dataclasses.replace(SETTINGS, workers=2))
    there = {record.game_id: record.moves for record in games_of(run)}
    assert there == {record.game_id: record.moves for record in games_of(once_measured)}


def test_watching_ends_with_the_run(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    over = iter([False, True, True])
    waits: list[float] = []
    monkeypatch.setattr(selfplay.insight.ladder, "_is_over", lambda _: next(over))
    newest = max((run / "nets").glob("*.safetensors"))
    later = newest.rename(run / "later")

    def arrives(_seconds: float) -> None:
        waits.append(_seconds)
        later.rename(newest)

    monkeypatch.setattr("time.sleep", arrives)
    settings = dataclasses.replace(SETTINGS, pairs=0)
    measure_strength(run, settings, watch=True, poll_s=3.0)
    assert waits == [3.0]
    _, knowledge = read_strength(run, [])
    last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["positions"] in {k.positions for k in knowledge}


def test_one_process_at_a_time(run: Path) -> None:
    (run / "strength").mkdir()
    with FolderLock(run / "strength"), pytest.raises(FolderInUseError):
        measure_strength(run, SETTINGS)


# ---------------------------------------------------------------- ratings and words


def record(setup: GameSetup, result: int, **change: object) -> GameRecord:
    """A finished game of `setup`."""
    made = GameRecord(
        setup.game_id, setup.pair_id, setup.black, setup.white, setup.rules, 0,
        (setup.seed[3], setup.seed[4]), result, 9 * result, "passes",
    )  # fmt: skip
    return dataclasses.replace(made, **change)  # type: ignore[arg-type]


def ladder_of(results: Sequence[tuple[str, str, int]]) -> Callable[..., Ladder | None]:
    records = [
        record(GameSetup(f"{i}", f"{i}", a, b, Rules(5), seed=(0, 1, 0, i, 0)), result)
        for i, (a, b, result) in enumerate(results)
    ]

    def make(objections: Mapping[str, str] | None = None) -> Ladder | None:
        facts = {"net:iteration=4,digest=aa,simulations=8": NetFacts(4, 1000, 0.5)}
        return make_ladder(records, objections or {}, facts)

    return make


NET = "net:iteration=4,digest=aa,simulations=8"


def test_ratings_stand_on_gnugo_where_it_played_and_leave_out_what_does_not_count() -> None:
    make = ladder_of(
        [(NET, "random", 1), ("random", NET, 1), (NET, "gnugo:level=10", -1), (NET, "random", 1)]
    )
    ladder = make()
    assert ladder is not None
    assert ladder.zero_point == "gnugo:level=10"
    aside = make({"2": "a reason"})
    assert aside is not None
    assert aside.zero_point == "random"
    assert aside.set_aside == (("2", NET, "gnugo:level=10", "a reason"),)
    net = next(row for row in aside.rated if row.name == NET)
    # Two wins, one loss and the drawn game that all get: 400 * log10(2.5 / 1.5).
    assert net.elo == pytest.approx(88.7, abs=0.1)
    assert (net.wins, net.losses, net.simulations, net.net) == (2, 1, 8, NetFacts(4, 1000, 0.5))
    assert Ladder.from_json(json.loads(json.dumps(aside.to_json()))) == aside
    table = ladder_table(aside).splitlines()
    assert table[1].split()[:4] == ["net:iteration=4,simulations=8", "1,000", "0.50", "2-0-1"]
    assert table[-1].startswith("3 games counted, 1 set aside; Elo 0 is random")
    assert make_ladder([], {}, {}) is None


def test_the_report_shows_what_was_measured(measured: Path, tmp_path: Path, quick: None) -> None:
    text = make_report(measured, tmp_path / "page.html", pairs=0).read_text()
    assert 'id="ladder"' in text
    assert "Elo over core-hours" in text
    assert "Catches in a ladder" in text
    assert text.count(f"untold measure {measured}") == 2


def test_a_damaged_file_of_ratings_is_warned_of(measured: Path) -> None:
    (measured / "strength" / "ratings.json").write_text("{}")
    warnings: list[str] = []
    assert read_strength(measured, warnings) == (None, [])
    assert "strength cannot be read" in warnings[0]


def test_what_was_never_measured_has_no_section(trained: Path) -> None:
    assert read_strength(trained, []) == (None, [])
    assert ladder_section(trained, None, []) == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name the folder"),
        (["nowhere"], "holds no training run"),
        (["RUN", "--pairs", "-1"], "--pairs must be 0 or more"),
        (["RUN", "--nets", "0"], "--nets must be 1 or more"),
        (["RUN", "--anchors", "nobody"], "nobody"),
        (["RUN", "--games", "nowhere.sgf"], "nowhere.sgf"),
    ],
)
def test_wrong_words_get_one_line(
    run: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["measure", *(str(run) if word == "RUN" else word for word in words)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_the_command_prints_the_table(measured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["measure", str(measured), "--anchors", "random", "--pairs", "2", "--simulations", "2"]
    assert main([*words, "--nets", "2"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^random .* 0 \(anchor\)$", out, re.MULTILINE)
    assert out.splitlines()[-1] == str(measured / "strength")
