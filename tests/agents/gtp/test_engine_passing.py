"""Passing sensibly: positions in which a pass, or playing on, decides the game."""

from __future__ import annotations

import pytest

from agents.base import RESIGN
from agents.gtp.passing import sensible_move
from go_engine import BLACK, WHITE, GameState, Rules, parse, vertex_to_move
from tests.agents.gtp.talking import Scripted, engine_of, talk

# Black has the left, 15 points to 10. The stone on a2 is dead; as it stands White is ahead.
DEAD_STONE = """
. . X O .
. . X O .
. . X O .
O . X O .
. . X O .
"""
CLEAN = DEAD_STONE.replace("O . X", ". . X")
# Black's two eyes, a5 and c5; White's, in the lower corners; between them nobody's points.
TWO_EYES = """
. X . X .
X X X X .
. . . . .
O O O O O
. . O . .
"""


def position(text: str, to_play: int, komi: float, **rules: str) -> GameState:
    return GameState.from_stones(Rules(5, komi, **rules), parse(text), to_play)  # type: ignore[arg-type]


def after_a_pass(text: str, komi: float) -> GameState:
    state = position(text, WHITE, komi)
    state.play(state.rules.pass_move)
    return state


def choose(state: GameState, vertex: str, *candidates: str) -> str:
    size = state.rules.board_size
    moves = [vertex_to_move(name, size) for name in (vertex, *candidates)]
    move = sensible_move(state, moves[0], moves[1:])
    return "pass" if move == 25 else f"{'abcde'[move % 5]}{5 - move // 5}"


@pytest.mark.parametrize(
    ("state", "vertex", "candidates", "expected"),
    [
        # A pass that would throw the game away: the agent's next choice, or what takes the stone.
        (position(DEAD_STONE, BLACK, 2.5), "pass", ["pass", "b2"], "b2"),
        (position(DEAD_STONE, BLACK, 2.5), "pass", [], "a3"),
        (position(DEAD_STONE, BLACK, 2.5, scoring="territory"), "pass", [], "pass"),
        # Lost by any count: it may pass.
        (position(DEAD_STONE, BLACK, 9.5), "pass", ["b2"], "pass"),
        # White, who is ahead as it stands and behind settled, is glad to pass.
        (position(DEAD_STONE, WHITE, 2.5), "pass", ["e3"], "pass"),
        # After White's pass Black wins by passing, by both counts, or not.
        (after_a_pass(CLEAN, 2.5), "b3", [], "pass"),
        (after_a_pass(CLEAN, 7.5), "b3", [], "b3"),
        (after_a_pass(DEAD_STONE, 2.5), "b2", [], "b2"),
        (position(CLEAN, BLACK, 2.5), "b3", [], "b3"),
        # Own eyes are not filled.
        (position(TWO_EYES, BLACK, 0.5), "a5", ["a5"], "pass"),
        (position(TWO_EYES, BLACK, 0.5), "a3", [], "a3"),
        (position(TWO_EYES, WHITE, 0.5), "a1", [], "pass"),
    ],
)
def test_choice(state: GameState, vertex: str, candidates: list[str], expected: str) -> None:
    assert choose(state, vertex, *candidates) == expected


def test_resigning_stays_resigning() -> None:
    assert sensible_move(position(CLEAN, BLACK, 2.5), RESIGN) == RESIGN


def test_engine_keeps_its_agent_from_passing_too_early() -> None:
    engine = engine_of(Scripted("pass", "b3"))
    for row in range(1, 6):
        talk(engine, f"play b c{row}", f"play w d{row}")
    talk(engine, "play b pass", "play w a2")
    assert talk(engine, "genmove b") == ["= A3"]
    talk(engine, "play w pass", "play b b2", "play w pass", "play b a1", "play w pass")
    assert talk(engine, "genmove b") == ["= pass"]  # the agent would have played on
    assert engine.state.is_over


def test_colour_out_of_turn_cannot_end_the_game_by_a_pass_nobody_made() -> None:
    agent = Scripted("c3")
    engine = engine_of(agent)
    talk(engine, "komi -3", "play b d4", "genmove b")
    assert agent.asked[0][0].passes == 0
    assert engine.state.stones()[2, 2] == 1
