"""The file of rungs: read, written, learned from games, and who of them can play here."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from agents.arena import (
    GameRecord,
    GameSetup,
    KnownResult,
    Rung,
    RungBook,
    RungMaker,
    learn_rungs,
    make_standings,
    read_rungs,
    write_rungs,
)
from agents.arena import rungs as rungs_module
from agents.arena.records import forfeit
from agents.arena.rungs import SHIPPED_RUNGS
from agents.base import AgentError
from agents.spec import SpecError
from go_engine.rules import BLACK, WHITE, Rules

RULES = Rules(5, komi=2.5)
BOOK = RungBook(
    RULES,
    (Rung("random"), Rung("gnugo:level=1"), Rung("gnugo:level=2")),
    (
        KnownResult("random", "gnugo:level=1", (9, 1, 0, 0, 0), (1, 0, 0)),
        KnownResult("gnugo:level=1", "gnugo:level=2", (1, 2, 3, 4, 5)),
    ),
)


def won(black: str, white: str, winner: int, pair: int, rules: Rules = RULES) -> GameRecord:
    """A game with a move list of its own."""
    name = f"{pair:03d}-{black[-1]}"
    return forfeit(GameSetup(name, f"{pair}", black, white, rules), (pair,), -winner, "resign", "")


def test_written_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "rungs.json"
    write_rungs(BOOK, path)
    assert read_rungs(path) == BOOK
    assert len(path.read_text().splitlines()) < 20  # one rung or result a line


def test_learning_replaces_what_was_known_of_two_and_keeps_the_rest() -> None:
    a, b = "random", "gnugo:level=1"
    games = [won(a, b, BLACK, 1), won(b, a, WHITE, 1), won(a, b, WHITE, 2)]
    games += [won(a, "told:temperature=7", BLACK, 3)]  # no rung
    games += [won(a, b, WHITE, 4, Rules(5, komi=3.5))]  # other rules
    book = learn_rungs(BOOK, games, [])
    assert book.rungs == BOOK.rungs
    assert set(book.results) == {
        BOOK.results[1],
        KnownResult(a, b, (0, 0, 0, 0, 1), (1, 0, 0)),
    }
    assert learn_rungs(book, games, []) == book
    more = learn_rungs(book, games, ["told:temperature=7.0", "random"])
    assert [rung.spec for rung in more.rungs] == [
        "random", "gnugo:level=1", "gnugo:level=2", "told:temperature=7",
    ]  # fmt: skip
    assert len(more.rungs[-1].digest) == 16
    assert KnownResult(a, "told:temperature=7", (0, 0, 0, 0, 0), (0, 0, 1)) in more.results
    with pytest.raises(ValueError, match="none between two rungs"):
        learn_rungs(BOOK, games[3:], [])
    with pytest.raises(SpecError, match="unknown agent"):
        learn_rungs(BOOK, games, ["tolld"])
    with pytest.raises(AgentError, match="those that ship may change"):
        learn_rungs(BOOK, games, ["zero:simulations=5"])
    with pytest.raises(AgentError, match="must lie in the project's folder"):
        learn_rungs(BOOK, games, ["zero:weights=/no/such/net.safetensors"])


def test_rungs_whose_weights_change_are_other_players(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rungs_module, "_ROOT", tmp_path)
    net = tmp_path / "net.safetensors"
    net.write_bytes(b"one")
    spec = "zero:weights=net.safetensors"
    book = learn_rungs(BOOK, [won("random", spec, WHITE, 1), won(spec, "random", BLACK, 1)], [spec])
    rung = book.rungs[-1]
    assert rung.absence() == ""
    assert RungMaker.of(book.rungs).specs[spec] == f"zero:weights={net}"
    net.write_bytes(b"two")
    assert rung.absence() == "its weights have changed"
    a, b = "random", "gnugo:level=1"
    later = learn_rungs(book, [won(a, b, WHITE, 1), won(b, a, BLACK, 1)], [])
    assert later.rungs[-1].absence() == ""
    assert not any(spec in (result.a, result.b) for result in later.results)
    net.unlink()
    assert later.rungs[-1].absence() == "its weights are not here"


def test_gnugo_is_absent_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rungs_module, "find_gnugo", lambda: None)
    assert Rung("gnugo:level=3").absence() == "GNU Go is not installed"
    assert Rung("random").absence() == ""


def test_a_rung_is_measured_without_what_is_known_of_it() -> None:
    book = BOOK.without("gnugo:level=1")
    assert [rung.spec for rung in book.rungs] == ["random", "gnugo:level=2"]
    assert book.results == ()


def test_agents_keep_their_names() -> None:
    maker = RungMaker.of(BOOK.rungs)
    assert maker("random").name == "random"
    assert maker("told:temperature=2").name == "told:temperature=2"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "other"}, "its format is not untold-rungs-1"),
        ({"rungs": [{"spec": "rendom", "digest": ""}]}, "did you mean random"),
        ({"rungs": []}, "has results and is no rung"),
        ({"rules": {"komi": 7}}, "no 'board_size'"),
        ({"results": [{"a": "random", "b": "random"}]}, "no 'pairs'"),
        (
            {"results": [{"a": "random", "b": "gnugo:level=1", "pairs": [1], "games": [0] * 3}]},
            "counts of 5 kinds",
        ),
        (
            {"results": [{"a": "random", "b": "x", "pairs": [0.5] * 5, "games": [0] * 3}]},
            "counts must be whole numbers",
        ),
        ({"results": 7}, "not iterable"),
    ],
)
def test_files_that_are_none(tmp_path: Path, change: dict[str, object], said: str) -> None:
    path = tmp_path / "rungs.json"
    write_rungs(BOOK, path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ValueError, match="is no file of rungs") as raised:
        read_rungs(path)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "\x00"])
def test_text_that_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rungs.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="is no file of rungs"):
        read_rungs(path)


# ---------------------------------------------------------------- the one that ships


def test_the_shipped_rungs_are_linked_and_their_weights_are_those_that_played() -> None:
    """Where this fails because a file of weights was replaced: put the new network under a name of
    its own, or play its rungs anew (docs/tournaments.md, "The ladder")."""
    book = read_rungs()
    assert book.rules == Rules(9, komi=7.0)
    names = [rung.spec for rung in book.rungs]
    changed = {rung.spec: why for rung in book.rungs if "weights" in (why := rung.absence())}
    assert changed == {}
    standings = make_standings([], names, known=book.results)
    assert (standings.anchor, standings.anchor_elo) == ("gnugo:level=10", 1800.0)
    assert all(row.elo is not None for row in standings.rows)
    assert len({(result.a, result.b) for result in book.results}) == len(book.results)
    assert SHIPPED_RUNGS.stat().st_size < 20_000
    assert dataclasses.replace(book, results=()) != book
