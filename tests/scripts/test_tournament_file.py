"""Tournaments from TOML files: what they say, who wins against the command line, mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.arena import Budget
from agents.base import Limits
from scripts.cli import main as cli
from scripts.cli.tournament import Config, _settings, _with_file
from scripts.cli.tournament_file import EXAMPLE, read_file

ROOT = Path(__file__).resolve().parents[2]
CUP = """
pairs = 3
size = 5
komi = 4
system = "gauntlet"
openings = "openings.txt"
resign-below = 0.03
cross-check = true
sprt = [0, 40]
agents = ["random", {spec = "told:temperature=0.50", seconds = 0.5, playouts = 100, clock = 60}]
"""


def test_a_file_and_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "cup.toml"
    path.write_text(CUP)
    (tmp_path / "openings.txt").write_text("C3 B2\n")
    config, budgets = _with_file(Config(file=path, pairs=7, simulations=9))
    assert (config.pairs, config.size, config.komi, config.system) == (7, 5, 4.0, "gauntlet")
    assert config.cross_check is True
    settings = _settings(config, budgets)
    assert settings.num_pairs == 7
    assert settings.agents == ("random", "told:temperature=0.5")
    assert settings.openings == ((12, 16),)
    assert settings.sprt is not None
    assert (settings.sprt.elo0, settings.sprt.elo1) == (0.0, 40.0)
    assert settings.resign is not None
    assert settings.resign.below == 0.03
    assert settings.budget("random") == Budget(Limits(simulations=9))
    told = Budget(Limits(playouts=100, seconds=0.5), 60.0)
    assert settings.budget("told:temperature=0.5") == told


def test_the_example_in_the_help_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "cup.toml"
    path.write_text(EXAMPLE)
    read = read_file(path, Config)
    assert read.options["agents"] == ("zero", 'gtp:"some-engine --gtp"')
    assert read.options["openings"] == tmp_path / "openings.txt"
    assert read.budgets['gtp:"some-engine --gtp"'].clock == 300.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pairs = ", "is no TOML"),
        ("pears = 3", "no option 'pears'; there are agents, alpha"),
        ("pairs = 3.5", "pairs must be a whole number, not 3.5"),
        ("pairs = true", "pairs must be a whole number, not True"),
        ('komi = "six"', "komi must be a number, not 'six'"),
        ("system = 3", "system must be a text, not 3"),
        ('system = "cup"', "system must be one of round robin, gauntlet, swiss, not 'cup'"),
        ("cross-check = 1", "cross-check must be true or false, not 1"),
        ("sprt = [1]", "sprt must be two numbers"),
        ("agents = [1, 2]", "an agent is a text or a table with a spec, not 1"),
        ('agents = ["random", {spec = "told", speed = 3}]', "an agent has no 'speed', only sim"),
        ('agents = ["random", {spec = "told", seconds = 0}]', "seconds of told must be above 0"),
        ('file = "other.toml"', "no option 'file'"),
    ],
)
def test_mistakes(text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cup.toml"
    path.write_text(text)
    assert cli.main(["tournament", "--file", str(path), "--out", str(tmp_path / "out")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert said in err


def test_the_round_robin_of_the_docs_is_one() -> None:
    config, budgets = _with_file(Config(file=ROOT / "docs" / "five.toml"))
    settings = _settings(config, budgets)
    assert (len(settings.agents), settings.num_games) == (5, 1000)
