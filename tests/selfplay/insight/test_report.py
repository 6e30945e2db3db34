"""The report as a whole: what is on the page, that it needs nothing else, and that work is kept."""

from __future__ import annotations

import dataclasses
import html.parser
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

import selfplay.insight.measure
import selfplay.insight.strength
from agents.arena import GameRecord, GameSetup, MatchResult, play_all, play_pairs
from agents.base import Agent, AgentError
from agents.files import FolderInUseError, FolderLock
from agents.random import RandomAgent
from go_engine import GameState, Rules, write_sgf
from scripts.cli.main import main
from selfplay.insight import make_report, open_run, read_control, write_control
from selfplay.insight.cache import Cache
from selfplay.insight.measure import Yardstick, measure_run

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def no_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the program without told weights."""

    def missing(spec: str) -> object:
        raise AgentError(f"no weights for {spec}")

    monkeypatch.setattr("selfplay.insight.told.make_agent", missing)


class Page(html.parser.HTMLParser):
    """What a browser would see."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.sections: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.figures = 0
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)
        self.close()
        assert self.open == [], "elements that are never closed"
        self.said = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.sections += [values["id"] or ""] if tag == "section" else []
        self.links += [v for k in ("src", "href", "xlink:href") if (v := values.get(k)) is not None]
        self.figures += tag == "figure"
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


@pytest.mark.usefixtures("no_told")
def test_a_report_is_one_file_with_all_its_parts(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    assert make_report(run, out, pairs=1) == out
    page = Page(out)
    parts = ["claim", "first-moves", "empty-board", "strength", "learning", "run", "method"]
    assert page.sections == parts
    assert page.figures == 5
    assert "://" not in page.text
    assert all(link.startswith("#") for link in page.links)
    assert not re.search(r"@import|<script|<link|<img|<iframe|url\((?!#)", page.text)
    assert len(set(re.findall(r' id="([^"]+)"', page.text))) == page.text.count(' id="')
    assert page.said.count(f"untold report {run} --out {out} --pairs 1 --simulations 1") == 5
    assert "proved: +25" in page.said
    assert "0 labels seen" in page.said
    assert "control, shuffled results" in page.said, "the one that ships"
    assert "no weights for told" in page.said
    last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    assert f"{last['games']:,} games" in page.said
    assert f"{last['evaluations']:,}" in page.said
    prior = open_run(run, 3).last("centre_prior")
    assert f"{100 * prior:.1f} %" in page.said


@pytest.mark.usefixtures("no_told")
def test_a_second_report_measures_and_plays_nothing_anew(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_report(run, tmp_path / "page.html", pairs=1).read_text()

    def never(*_: object) -> None:
        raise AssertionError("done again")

    monkeypatch.setattr(selfplay.insight.measure, "_measure_snapshot", never)
    monkeypatch.setattr(selfplay.insight.strength, "play_all", never)
    assert make_report(run, tmp_path / "page.html", pairs=1).read_text() == first


@pytest.mark.usefixtures("no_told")
def test_a_stopped_report_goes_on_where_it_was(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = make_report(run, tmp_path / "page.html", pairs=2).read_text()
    kept = [(run / "insight" / name).read_bytes() for name in ("numbers.jsonl", "games.jsonl")]
    for path in (run / "insight").iterdir():
        path.unlink()

    def stop_at(words: str) -> None:
        def tell(text: str) -> None:
            if text.startswith(words):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            make_report(run, tmp_path / "stopped.html", pairs=2, on_progress=tell)

    stop_at("measuring network 3")
    stop_at("strength over training: game 5")
    assert not (tmp_path / "stopped.html").exists()
    played: list[str] = []

    def noted(setups: Sequence[GameSetup], agents: Mapping[str, Agent]) -> Iterator[GameRecord]:
        played.extend(setup.game_id for setup in setups)
        return play_all(setups, agents)

    monkeypatch.setattr(selfplay.insight.strength, "play_all", noted)
    assert make_report(run, tmp_path / "page.html", pairs=2).read_text() == whole
    games = [json.loads(line)["record"] for line in kept[1].splitlines()]
    assert sorted(played) == sorted(game["game_id"] for game in games[5:])
    assert (run / "insight" / "numbers.jsonl").read_bytes() == kept[0]


@pytest.mark.usefixtures("no_told")
def test_more_pairs_later_play_only_the_new_ones(run: Path, tmp_path: Path) -> None:
    make_report(run, tmp_path / "page.html", pairs=1)
    few = (run / "insight" / "games.jsonl").read_text().splitlines()
    make_report(run, tmp_path / "page.html", pairs=2)
    more = (run / "insight" / "games.jsonl").read_text().splitlines()
    assert more[: len(few)] == few
    assert len(more) == 2 * len(few) == 12  # two networks, the last not against itself


@pytest.mark.usefixtures("no_told")
def test_damage_in_the_folder_is_named_on_the_page(run: Path, tmp_path: Path) -> None:
    file = run / "metrics.jsonl"
    file.write_text("spoilt\n" + file.read_text())
    page = Page(make_report(run, tmp_path / "page.html", pairs=0))
    assert "metrics.jsonl: line 1 damaged and left out" in page.said
    assert "No matches were asked for" in page.said
    file.unlink()
    page = Page(make_report(run, tmp_path / "page.html", pairs=0))
    assert "learning" not in page.sections
    assert "metrics.jsonl cannot be read" in page.said


@pytest.mark.usefixtures("no_told")
def test_matches_played_elsewhere_are_shown(run: Path, tmp_path: Path) -> None:
    result: MatchResult = play_pairs(RandomAgent(), RandomAgent(), Rules(5), 3, seed=0)
    shown = dataclasses.replace(result, a="zero:simulations=32,weights=a/b/net7.safetensors")
    page = Page(make_report(run, tmp_path / "page.html", pairs=0, matches=[shown]))
    assert "zero (simulations=32, weights=net7) against random" in page.said
    won = round(100 * result.pair_score.estimate)
    assert f"{won} % of {result.pairs} pairs of games won against random" in page.said
    assert f"{result.wins}–{result.draws}–{result.losses}" in page.said


@pytest.mark.usefixtures("no_told")
def test_the_control_stands_beside_the_network(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = open_run(run, 2)
    learn = dataclasses.replace(read.config.learn, shuffled_results=True)
    shuffled = dataclasses.replace(read, config=dataclasses.replace(read.config, learn=learn))
    yardstick = Yardstick(Rules(5, komi=14.0), (3.0, 25.0), 4)
    milestones = measure_run(read, yardstick, Cache(tmp_path / "cache"), lambda _: None)
    changed = dataclasses.replace(
        milestones[-1],
        numbers=dataclasses.replace(
            milestones[-1].numbers, first_moves=(*[0.0] * 12, 0.0421, *[0.0] * 12, 0.9579)
        ),
    )
    file = tmp_path / "control.json"
    write_control(file, shuffled, yardstick, [milestones[0], changed])
    monkeypatch.setattr("selfplay.insight.report.control_file", lambda _: file)
    page = Page(make_report(run, tmp_path / "page.html", pairs=0))
    assert "control, shuffled results 0 4.2 %" in page.said
    assert "control has not been run" not in page.said
    assert "other probes" not in page.said
    file.write_text("{}")
    page = Page(make_report(run, tmp_path / "page.html", pairs=0))
    assert "holds no control" in page.said
    file.unlink()
    page = Page(make_report(run, tmp_path / "page.html", pairs=0))
    assert "control has not been run for 5x5" in page.said


def test_the_told_agent_stands_beside_the_network(run: Path, tmp_path: Path) -> None:
    told = pytest.importorskip("agents.told")
    if not (told.agent.SHIPPED / "card.json").is_file():
        pytest.skip("no told weights are shipped yet")
    labels = json.loads((told.agent.SHIPPED / "card.json").read_bytes())["train_positions"]
    page = Page(make_report(run, tmp_path / "page.html", pairs=1))
    assert f"told {labels:,}" in page.said
    assert "against told" in page.said
    prior = told.ToldAgent().move_probabilities(GameState(Rules(5, komi=14.0)))[12]
    assert f"told {labels:,} {100 * prior:.0f} %" in page.said


@pytest.mark.usefixtures("no_told")
def test_expert_games_measure_agreement(run: Path, tmp_path: Path) -> None:
    pytest.importorskip("selfplay.supervised")
    games = []
    for size, count in ((5, 3), (9, 1)):
        for first in range(count):
            games.append(write_sgf(GameState.from_moves(Rules(size), [first, 12, 20])))
    file = tmp_path / "games.sgf"
    file.write_text("\n".join(games))
    page = Page(make_report(run, tmp_path / "page.html", pairs=0, expert_games=[file]))
    assert "Plays the expert's move" in page.said
    assert "Agreement with experts was not measured" not in page.said
    numbers = [json.loads(line)["entry"] for line in _lines(run / "insight" / "numbers.jsonl")]
    assert [entry["value"]["numbers"]["expert"]["positions"] for entry in numbers] == [9, 9, 9]
    page = Page(make_report(run, tmp_path / "page.html", pairs=0))
    assert "Plays the expert's move" not in page.said


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


# ---------------------------------------------------------------- the command


@pytest.mark.usefixtures("no_told")
def test_the_command_writes_the_page_and_says_where(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(run), "--pairs", "1", "--workers", "1"]) == 0
    said = capsys.readouterr()
    assert said.out.strip() == str(run / "report.html")
    assert "measuring network 1 of 3" in said.err
    assert Page(run / "report.html").figures == 5


def test_the_command_saves_the_curve_of_a_control(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = json.loads((run / "config.json").read_text())
    config["learn"]["shuffled_results"] = True
    (run / "config.json").write_text(json.dumps(config))
    out = tmp_path / "control.json"
    assert main(["report", str(run), "--save-control", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    control = read_control(out)
    assert control is not None
    snapshots = open_run(run, 3).snapshots
    assert [m.positions for m in control.milestones] == [s.positions for s in snapshots]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ([], "name the folder"),
        (["elsewhere"], "holds no training run"),
        (["RUN", "--pairs", "-1"], "--pairs"),
        (["RUN", "--simulations", "0"], "--simulations"),
        (["RUN", "--workers", "0"], "--workers"),
        (["RUN", "--expert-games", "none.sgf"], "none.sgf"),
        (["RUN", "--save-control", "c.json"], "shuffled_results"),
        (["RUN", "--out", "no/such/folder/page.html", "--pairs", "0"], "no/such/folder"),
    ],
)
def test_what_a_person_can_put_right_is_one_line(
    run: Path, capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    assert main(["report", *(str(run) if word == "RUN" else word for word in options)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert complaint in said.err.splitlines()[-1]
    assert "Traceback" not in said.err


def test_one_report_at_a_time(run: Path, tmp_path: Path) -> None:
    (run / "insight").mkdir()
    with FolderLock(run / "insight"), pytest.raises(FolderInUseError, match="in use"):
        make_report(run, tmp_path / "page.html", pairs=0)
