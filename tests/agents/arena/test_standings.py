"""A tournament's table and its games as text."""

from __future__ import annotations

import dataclasses
import json

import pytest

from agents.arena import (
    GameRecord,
    GameSetup,
    Standings,
    game_sgf,
    make_standings,
    standings_json,
    standings_markdown,
)
from agents.arena.records import forfeit
from go_engine.rules import BLACK, Rules
from go_engine.sgf import read_sgf

RULES = Rules(4, 2.0)


def hand_made(black: str, white: str, result: int, number: int) -> GameRecord:
    name = f"{black}-{white}-{number}"
    setup = GameSetup(name, name, black, white, RULES)
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
