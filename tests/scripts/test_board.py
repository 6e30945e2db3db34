"""The parts of the terminal board: sessions, sentences, and the file a game is kept in."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from agents.base import AgentError, Decision, Limits
from go_engine import BLACK, WHITE, GameState, Rules, parse
from scripts.board.keep import Keeper, default_path, write_whole
from scripts.board.screen import Style
from scripts.board.session import Session
from scripts.board.words import dead_stones, outcome, score


class Fixed:
    """Always plays the same move."""

    name = "fixed"

    def __init__(self, move: int) -> None:
        self.move = move
        self.asked: list[object] = []

    def select_move(self, state: GameState, limits: Limits, rng: np.random.Generator) -> Decision:
        self.asked.append((state, limits, rng))
        return Decision(self.move)

    def new_game(self) -> None: ...

    def close(self) -> None: ...


def session(human: int = BLACK, move: int = 25) -> Session:
    start = GameState(Rules(5))
    return Session({-human: Fixed(move)}, start, Limits(), np.random.default_rng(1))


def test_illegal_move_of_the_agent_is_its_fault() -> None:
    game = session(move=12)
    game.play("c3")
    with pytest.raises(AgentError, match="illegal move 12"):
        game.let_agent_move()
    assert game.state.history == (12,)


def with_a_dead_stone() -> Session:
    """A wall down the middle, White's lone stone behind Black's; one pass is still to come."""
    stones = parse("..XO.\n..XO.\n..XO.\nO.XO.\n..XO.")
    start = GameState.from_stones(Rules(5, 3.5), stones, WHITE)
    start.play(25)
    return Session({WHITE: Fixed(25)}, start, Limits(), np.random.default_rng(1))


def test_dead_stones_are_proposed_and_can_be_changed() -> None:
    game = with_a_dead_stone()
    with pytest.raises(ValueError, match="when both sides have passed, not before"):
        game.toggle_dead("a2")
    game.play("pass")
    assert game.dead == {15}
    assert dead_stones(game.state, game.dead) == "A2"
    assert game.result() == "B+1.5"
    game.toggle_dead("A2")
    assert game.dead == frozenset()
    assert dead_stones(game.state, game.dead) == "none"
    assert game.result() == "W+9.5"  # 5 to 11: the left side is nobody's now
    game.toggle_dead("d5")
    assert dead_stones(game.state, game.dead) == "D5 and 4 more"
    for vertex, words in (("b2", "no stone"), ("pass", "name a stone"), ("z9", "z9")):
        with pytest.raises(ValueError, match=words):
            game.toggle_dead(vertex)
    game.take_back()
    assert game.dead == frozenset()
    assert game.result() == ""


def test_territory_in_words() -> None:
    state = GameState.from_moves(Rules(5, 0.5, scoring="territory"), [1, 0, 5])
    assert score(state) == "Black 24, White 0 and 0.5 komi: Black is ahead by 23.5 points"


def test_taking_back_at_the_end_of_the_game() -> None:
    game = session()
    game.play("pass")
    game.let_agent_move()
    assert game.result() == "W+7"
    assert game.take_back() == 2
    assert game.result() == ""
    assert game.state.history == ()
    assert not game.is_agents_turn


def test_only_ones_own_moves_can_be_taken_back() -> None:
    game = session(human=WHITE)
    game.let_agent_move()
    with pytest.raises(ValueError, match="you have not moved yet"):
        game.take_back()
    assert game.state.history == (25,)


@pytest.mark.parametrize(
    ("komi", "human", "words"),
    [
        (7, BLACK, "Black wins by 18 points (Black 25, White 0 and 7 komi). You win!"),
        (24, WHITE, "Black wins by 1 point (Black 25, White 0 and 24 komi). You lose."),
        (25, BLACK, "The game is a draw (Black 25, White 0 and 25 komi)."),
        (25.5, WHITE, "White wins by 0.5 points (Black 25, White 0 and 25.5 komi). You win!"),
    ],
)
def test_outcome_in_words(komi: float, human: int, words: str) -> None:
    state = GameState(Rules(5, komi))
    for move in (12, 25, 25):
        state.play(move)
    assert outcome(state, frozenset(), None, human) == words


def test_even_score_in_words() -> None:
    assert score(GameState(Rules(5, 0))) == "Black 0, White 0 and 0 komi: even"


def test_file_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "game.sgf"
    write_whole(path, "old")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left") as caught:
        write_whole(path, "new")
    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["game.sgf"]


def test_default_paths_never_collide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    first = default_path()
    Keeper(first).keep("(;)")
    assert default_path() != first
    assert default_path().parent == first.parent


def test_style_of_a_pipe_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    assert Style.for_stdout() == Style(unicode=False, color=False)
