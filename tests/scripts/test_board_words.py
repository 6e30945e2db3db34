"""What is said, for people and for screen readers; where numbers stand on the painted board."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest

from go_engine import GameState, Rules
from scripts.board.analyst import Sight
from scripts.board.canvas import Label, Scene, paint
from scripts.board.charts import spoken_ownership, spoken_policy
from scripts.board.looks import LOOKS
from scripts.board.screen import Screen, Style
from scripts.board.study import plain_reasons
from scripts.board.words import as_sentence
from scripts.cli.main import main


def test_reasons_are_factors_and_shapes_are_added_up() -> None:
    # e to the power of 1.8 + 0.5 = 2.3 is 9.97, of 1.1 is 3.004, of -0.7 is 1 / 2.01.
    given = (
        "the shape around it (pattern20) +1.8",
        "touches a chain +1.1",
        "the shape around it (pattern3) +0.5",
        "self-atari -0.7",
        "it was told to",
    )
    assert plain_reasons(given) == [
        "it was told to",
        "the shape around it: 10.0 times likelier",
        "touches a chain: 3.0 times likelier",
        "self-atari: 2.0 times less likely",
    ]
    assert plain_reasons(["captures +3.0"]) == ["captures: 20 times likelier"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("  - expects to win 93%", "Expects to win 93%."),
        ("1. B4    wins  93%, 49 visits", "1. B4 wins 93%, 49 visits."),
        ("  The told player:", "The told player:"),
        ("The game is kept in /a/b.sgf", "The game is kept in /a/b.sgf"),
        ("It is your move.", "It is your move."),
        ("", ""),
    ],
)
def test_lines_as_sentences(line: str, sentence: str) -> None:
    assert as_sentence(line) == sentence


def sight(policy: dict[int, float], ownership: dict[int, float]) -> Sight:
    chances, owners = np.zeros(5), np.zeros(4)
    chances[list(policy)] = list(policy.values())
    owners[list(ownership)] = list(ownership.values())
    return Sight(chances, 0.5, 0.0, owners)


def test_overlays_as_sentences() -> None:
    state = GameState(Rules(2))
    seen = sight({0: 0.25, 3: 0.6, 4: 0.149, 1: 0.001}, {0: 0.9, 1: 0.5, 2: -0.85, 3: -0.1})
    said = "The network finds these moves likeliest: B1 60%, A2 25%, pass 15%."
    assert spoken_policy(state, seen) == said
    assert spoken_ownership(state, seen).splitlines() == [
        "Black surely gets A2.",
        "Black probably gets B2.",
        "White surely gets A1.",
        "Open: B1.",
    ]


def test_speech_has_no_tables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    lines = "c3|pass|hint|policy|owner|estimate|graph|around c3"
    text = io.TextIOWrapper(io.BytesIO("\n".join(lines.split("|")).encode()))
    monkeypatch.setattr(sys, "stdin", text)
    assert main(["play", "--agent", "random", "--size", "5", "--speak", "--seed", "3"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Black (you) against White (random), 5 by 5, komi 7.\n")
    assert "The network finds these moves likeliest: " in out
    assert "The untold network would play" in out
    for line in out.splitlines():
        assert "  " not in line
        assert not line.startswith("- ")
        assert line.endswith((".", ":", "?", "!", ">", ".sgf")) or not line or "> " in line


def test_ascii_only_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(Style(ascii_only=True)).say("Black (Cho Hun-hyeon, 조훈현) …")
    Screen(Style()).say("조훈현")
    assert capsys.readouterr().out == "Black (Cho Hun-hyeon, ???) ?\n조훈현\n"


@pytest.mark.parametrize(("text", "shown"), [("7", "[7]"), ("41", "[41]"), ("100", "[100]")])
def test_cursor_leaves_numbers_legible(text: str, shown: str) -> None:
    scene = Scene(np.zeros((5, 5), np.int8), None)
    scene.cursor = 12
    scene.labels = {12: Label(text)}
    scene.tints = {12: ((44, 160, 92), 0.8)}
    rows = ["".join(cell.char for cell in row) for row in paint(scene, LOOKS["kaya"], 2)]
    assert any(shown in row.replace(" ", "") for row in rows)
