"""The page: complete, self-contained, and nothing in it that a name could have smuggled in."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path

from agents.arena import (
    GameRecord,
    GameSetup,
    Sprt,
    TournamentSettings,
    cross_check,
    make_standings,
    merged_records,
    play_game,
    run_tournament,
    standings_html,
    standings_markdown,
)
from agents.arena.settings import System
from go_engine.rules import Rules
from tests.agents.arena.scripted import make

EVIL = 'random</script><script>alert("x")</script>'
RULES = Rules(4, 2.0)


class Reader(HTMLParser):
    """Counts elements, and notes those left open and what is loaded from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: dict[str, int] = {}
        self.open: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.loaded += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href")]
        if tag not in ("meta", "line", "circle", "rect", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("line", "circle", "rect"):
            assert self.open.pop() == tag


def games() -> list[GameRecord]:
    records = []
    for i, (black, white) in enumerate([("random", "lowest"), ("lowest", "random")]):
        setup = GameSetup(f"g{i}", "p", black, white, RULES, opening=(5,), seed=(1, i))
        record = play_game(setup, make(black), make(white))
        names = {"random": EVIL, "lowest": "lowest"}
        renamed = dataclasses.replace(record, black=names[black], white=names[white])
        records.append(renamed)
    return records


def test_everything_is_in_it_and_names_are_harmless() -> None:
    records = games()
    page = standings_html(make_standings(records, [EVIL, "lowest"]), records)
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert reader.loaded == []
    assert reader.counts["script"] == 1  # ours
    assert reader.counts["table"] == 4
    assert reader.counts["svg"] == 2  # ratings, lengths
    for title in ("Standings", "Ratings", "Points taken", "Colours and time", "Moves a game"):
        assert f"<h2>{title}" in page
    found = re.search(r"const GAMES = (.*);\n", page)
    assert found is not None
    data = json.loads(found[1])
    assert [game["moves"] for game in data] == [list(record.moves) for record in records]
    assert data[0]["black"] == EVIL
    assert data[0]["size"] == 4


def test_no_games_make_a_page_too() -> None:
    reader = Reader()
    reader.feed(standings_html(make_standings([], ["a", "b"]), []))
    assert reader.open == []


def test_a_decided_test_gives_no_elo() -> None:
    records = games()
    result = Sprt(0, 30).judge([0, 0, 0, 0, 90])
    assert result.verdict == "H1"
    standings = make_standings(records, [EVIL, "lowest"], sequential=result)
    assert all(row.elo is None and row.elo_interval is None for row in standings.rows)
    assert standings.matches[0].elo is None
    text = standings_markdown(standings)
    assert "H1 accepted after 90 pairs" in text
    assert "No Elo: the match was stopped by its own test." in text


def test_a_second_opinion() -> None:
    records = games()
    assert {record.ending for record in records} == {"passes"}
    margins = {record.moves: record.margin or 0.0 for record in records}
    agreed = list(cross_check(records, lambda rules, moves: margins[tuple(moves)]))
    assert agreed == [None, None]
    turned = list(cross_check(records, lambda rules, moves: -margins[tuple(moves)]))
    assert [d.record for d in turned if d] == [r for r in records if r.margin]
    said = str(next(d for d in turned if d))
    assert "counted" in said
    assert "by the judge" in said
    stopped = [dataclasses.replace(record, ending="move limit") for record in records]
    assert list(cross_check(stopped, lambda rules, moves: 1.0)) == []


# ---------------------------------------------------------------- whole tournaments


def test_a_match_stops_at_its_verdict_and_stays_there(tmp_path: Path) -> None:
    settings = TournamentSettings(
        ("random", "passes"), 100, RULES, opening_plies=4, sprt=Sprt(0, 200)
    )
    first = run_tournament(settings, tmp_path, make, workers=2)
    assert first.sequential is not None
    assert first.sequential.verdict == "H1"
    assert first.games < 100
    lines = (tmp_path / "results.jsonl").read_bytes()
    again = run_tournament(settings, tmp_path, make, workers=2)
    assert again == first
    assert (tmp_path / "results.jsonl").read_bytes() == lines


def test_a_swiss_and_its_merger_with_a_gauntlet(tmp_path: Path) -> None:
    names = ("random", "lowest", "passes", "random too", "crashes")
    systems: tuple[tuple[System, int], ...] = (("swiss", 3), ("gauntlet", 0))
    for system, rounds in systems:
        settings = TournamentSettings(names, 1, RULES, opening_plies=3, system=system,
                                      rounds=rounds, seed=rounds)  # fmt: skip
        standings = run_tournament(settings, tmp_path / system, make, workers=2)
        assert standings.games + standings.duplicates == settings.num_games
    both = merged_records([tmp_path / "swiss", tmp_path / "gauntlet" / "results.jsonl"])
    assert len(both) == 12 + 8
    assert len({record.game_id for record in both}) == 20
    merged = make_standings(both, names)
    assert {row.name: row.faults for row in merged.rows}["crashes"]["crash"] >= 6
    # The same file twice is full of games that count once.
    twice = make_standings(merged_records([tmp_path / "swiss"] * 2), names)
    assert twice.games <= 12 <= twice.duplicates
