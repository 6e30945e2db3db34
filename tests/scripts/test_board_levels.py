"""Levels by name, and where their ratings come from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.spec import make_agent, parse_spec
from scripts.board import levels, rate
from scripts.board.levels import LEVELS, Level, available_levels, find_level, level_rows
from scripts.cli.play import HELP


@pytest.fixture
def ratings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A file of ratings and a page of its own, for both to be written."""
    path = tmp_path / "ratings.json"
    path.write_text(json.dumps({"scale": "Elo", "source": "nowhere", "elo": {}}))
    monkeypatch.setattr(levels, "RATINGS_FILE", path)
    monkeypatch.setattr(rate, "RATINGS_FILE", path)
    page = tmp_path / "board.md"
    page.write_text(f"before\n{rate.BEGIN}\nold\n{rate.END}\nafter\n")
    monkeypatch.setattr(rate, "_PAGE", page)
    levels.read_ratings.cache_clear()
    yield path
    levels.read_ratings.cache_clear()


def test_levels_by_name() -> None:
    assert find_level("First Steps").name == "first-steps"
    with pytest.raises(ValueError, match=r"no level 'strog' \(did you mean strong\?\); there are"):
        find_level("strog")


def test_table_goes_from_weak_to_strong() -> None:
    strength = [
        (level.simulations, -level.temperature) for level in LEVELS if level.weights is None
    ]
    assert strength == sorted(set(strength))
    assert len({level.name for level in LEVELS}) == len({level.spec for level in LEVELS})


def test_every_level_can_be_played_with_the_weights_that_ship() -> None:
    assert {level.name for level in available_levels()} == {level.name for level in LEVELS}


def test_level_stands_for_an_agent() -> None:
    level = Level("x", 64, 0.5, "", weights="9x9-after-1h")
    assert level.spec == str(parse_spec("zero:temperature=0.5,weights=9x9-after-1h,simulations=64"))
    assert find_level("steady").spec == "zero:simulations=32"
    assert find_level("First Steps").spec == "zero:simulations=32,temperature=8"


def test_agents_are_printed_by_the_names_that_a_tournament_gives_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert rate.main(["--agents"]) == 0
    printed = capsys.readouterr().out.split()
    assert printed == [level.spec for level in available_levels()]
    assert [make_agent(spec).name for spec in printed] == printed


def test_milestones_are_met_only_where_their_weights_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("agents.spec.SHIPPED", tmp_path)
    assert available_levels() == ()
    (tmp_path / "zero").mkdir()
    (tmp_path / "zero" / "9x9.safetensors").touch()
    assert "first-hour" not in [level.name for level in available_levels()]
    (tmp_path / "zero" / "9x9-after-1h.safetensors").touch()
    assert "first-hour" in [level.name for level in available_levels()]


def standings(elo: dict[str, float], open_above: tuple[str, ...] = ()) -> str:
    rows = [
        {
            "name": name,
            "elo": value,
            "elo_interval": {"open_above": name in open_above, "open_below": False},
        }
        for name, value in elo.items()
    ]
    return json.dumps({"rows": rows})


def test_ratings_come_from_a_tournament(ratings: Path, tmp_path: Path) -> None:
    elo = {find_level(name).spec: value for name, value in (("steady", 310.0), ("strong", 430.4))}
    elo |= {"gnugo:level=10": 300.0, "random": -900.0, find_level("full-strength").spec: 900.0}
    text = standings(elo, open_above=(find_level("full-strength").spec,))
    (tmp_path / "standings.json").write_text(text)
    assert find_level("strong").rating is None
    assert rate.main([str(tmp_path)]) == 0
    assert find_level("strong").rating == 130
    assert find_level("steady").rating == 10
    assert find_level("full-strength").rating is None  # it won all: no bound
    assert "random" not in ratings.read_text()
    page = (tmp_path / "board.md").read_text()
    assert page.startswith("before\n")
    assert page.endswith("after\n")
    assert "| `strong` | +130 |" in page
    assert "old" not in page
    # What was measured before stays.
    (tmp_path / "standings.json").write_text(
        standings({"gnugo:level=10": 0.0, find_level("casual").spec: -50.0})
    )
    assert rate.main([str(tmp_path)]) == 0
    assert find_level("strong").rating == 130
    rows = {name: rating for name, rating, _ in level_rows(LEVELS)}
    assert (rows["casual"], rows["beginner"]) == ("-50", "–")


def test_levels_that_are_all_rated_stand_in_that_order(ratings: Path) -> None:
    elo = {level.spec: -100.0 * i for i, level in enumerate(available_levels())}
    names = [level.name for level in available_levels()]
    ratings.write_text(json.dumps({"scale": "Elo", "source": "here", "elo": elo}))
    levels.read_ratings.cache_clear()
    assert [level.name for level in available_levels()] == names[::-1]


def test_tournament_without_the_zero_of_the_scale(
    ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "standings.json").write_text(standings({"random": 0.0}))
    before = ratings.read_text()
    assert rate.main([str(tmp_path)]) == 2
    assert "gnugo:level=10 took no part" in capsys.readouterr().err
    assert ratings.read_text() == before


def test_documentation_and_help_say_the_same() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "board.md"
    assert rate.levels_table() in page.read_text("utf-8")
    for name, rating, words in level_rows(available_levels()):
        [line] = [line for line in HELP.splitlines() if line.split()[:1] == [name]]
        assert words in line
        assert rating == "–" or rating in line
