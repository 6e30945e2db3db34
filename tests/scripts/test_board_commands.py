"""Whatever has a key on the full screen has a word in line mode, and both helps list it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from scripts.board import keys
from scripts.board.analyst import Analyst
from scripts.board.app import BoardApp
from scripts.board.goban import Goban
from scripts.board.line import LineBoard
from scripts.board.line_study import LineStudy
from scripts.board.line_view import HELP
from scripts.board.scene import OVERLAYS
from scripts.board.screen import Screen, Style
from scripts.board.table import Setup, Table

TEXT_ONLY: Final = {"around", "dead", "estimate", "export", "graph", "show", "help"}
"""Words for what the full screen shows anyway, or has a click or a field for."""
SYMBOLS: Final = {
    "question_mark": "?", "left_square_bracket": "[", "right_square_bracket": "]", "comma": ",",
    "full_stop": ".", "less_than_sign": "<", "greater_than_sign": ">", "tab": "Tab",
}  # fmt: skip


@pytest.fixture
def words(tmp_path: Path) -> set[str]:
    """All that line mode takes but vertices."""
    table = Table(Setup(size=5), np.random.default_rng(0), save=tmp_path / "game.sgf")
    screen = Screen(Style())
    board = LineBoard(screen, table, table.begin(), LineStudy(screen, Analyst()))
    return {*board.commands, "quit"}


def is_listed(word: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


def bound() -> dict[str, str]:
    """Action by key, of the app and the board in it."""
    found = {}
    for binding in (*BoardApp.BINDINGS, *Goban.BINDINGS):
        assert not isinstance(binding, tuple)
        for key in binding.key.split(","):
            found[key] = binding.action.removeprefix("app.")
    return found


def test_every_key_has_its_word(words: set[str]) -> None:
    named = {key: row[4] for row in keys.KEYS for key in row[0].split(",")}
    actions = {key: row[1] for row in keys.KEYS for key in row[0].split(",")}
    assert bound() == actions
    assert set(named.values()) <= words
    overlays = {name for name, _ in OVERLAYS.values()} - {"none"}
    assert overlays <= words
    assert words == {*named.values(), *overlays, *TEXT_ONLY}


def test_line_modes_help_lists_every_word(words: set[str]) -> None:
    assert [word for word in sorted(words) if not is_listed(word, HELP)] == []


def test_full_screens_help_lists_every_key() -> None:
    listed = {part for _, rows in keys.HELP for part, _ in rows}
    text = " ".join(listed)
    missing = []
    for row in keys.KEYS:
        names = [SYMBOLS.get(key, key) for key in row[0].split(",")]
        names = [re.sub(r"shift\+(up|down)", "shift+↑ ↓", name) for name in names]
        if not any(name in text.split() or name in text for name in names if name != "?"):
            missing.append(row[0])
    # How to call the help and Ctrl-C need no line in it.
    assert missing == ["question_mark,f1", "ctrl+c", "ctrl+q"]


def test_letters_are_short_for_words_and_begin_no_vertex(words: set[str]) -> None:
    assert set(keys.LETTERS.values()) <= words
    assert not set(keys.LETTERS) & set("abcdefghj")
    assert keys.LETTERS["u"] == "undo"
