"""Go situations under each rule: kos, superko, snapback, suicide, passes, the score."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from go_engine import (
    BLACK,
    WHITE,
    GameState,
    IllegalMoveError,
    KoRule,
    Rules,
    parse,
    render_compact,
    vertex_to_move,
)


@dataclass(frozen=True)
class Case:
    """A position, moves from it, and what the rules say of one more move.

    Attributes:
        first: who makes the first move.
        moves: vertices, players in turn.
        then: the move in question.
        reasons: why it is illegal, by ko rule; a rule left out allows it.
    """

    name: str
    diagram: str
    first: int
    moves: str
    then: str
    reasons: dict[KoRule, str] = field(default_factory=dict)
    suicide: bool = False


ALL: tuple[KoRule, ...] = ("positional", "situational", "simple")
KO: dict[KoRule, str] = dict.fromkeys(ALL, "ko")
NO_SUICIDE: dict[KoRule, str] = dict.fromkeys(ALL, "suicide")
SUPERKO: dict[KoRule, str] = {"positional": "superko", "situational": "superko"}

ONE_KO = """
    .XO..
    XO.O.
    .XO..
    .....
    ....."""
CORNER_KO = """
    O.O.
    XO..
    .X..
    ...."""
EDGE_KO = """
    XO.O.
    .XO..
    .....
    .....
    ....."""
# White can send a second stone (A5), Black take both (C5), White take the one back (B5).
SEND_TWO = """
    .O.O.
    XXO..
    .....
    .....
    ....."""
TWO_SENT = """
    OO.O.
    XXO..
    .....
    .....
    ....."""
# Two to send, and below it with the colours turned round: A1, C1, B1 for Black.
SEND_TWO_EACH = """
    .O.O...
    XXO....
    .......
    .......
    .......
    OOX....
    .X.X..."""
# Black may take the first and the third at once (C8, C2), White the second (B5).
TRIPLE_KO = """
    .XO......
    XO.O.....
    .XO......
    .XO......
    X.XO.....
    .XO......
    .XO......
    XO.O.....
    .XO......"""
SNAPBACK = """
    XO..X
    XOOOX
    .XXX.
    .....
    ....."""
THREE_IN_ATARI = """
    .XO..
    XXO..
    OO...
    .....
    ....."""
ONE_POINT_EYE = """
    .O...
    O....
    .....
    .....
    ....."""
# Black can play both points of the corner and so kill the two stones.
TWO_POINT_EYE = """
    ..O..
    OOO..
    .....
    .....
    ....."""
THROW_IN_CAPTURES = """
    .OX..
    OX...
    X....
    .....
    ....."""

CASES = [
    Case("a ko may be taken", ONE_KO, BLACK, "", "C4"),
    Case("a ko may not be retaken at once", ONE_KO, BLACK, "C4", "B4", KO),
    Case("a ko may be retaken after a threat", ONE_KO, BLACK, "C4 E1 D1", "B4"),
    Case("a ko may be retaken after a pass", ONE_KO, BLACK, "C4 pass D1", "B4"),
    Case("then the other side may not", ONE_KO, BLACK, "C4 E1 D1 B4", "C4", KO),
    Case("a ko in the corner", CORNER_KO, BLACK, "B4", "A4", KO),
    Case("a ko on the edge", EDGE_KO, BLACK, "C5", "B5", KO),
    Case("sending two", SEND_TWO, WHITE, "", "A5"),
    Case(
        "sending two, returning one",
        SEND_TWO,
        WHITE,
        "A5 C5",
        "B5",
        {"positional": "superko"},
    ),
    Case(
        "sending two, returning one, the other side to move at first",
        SEND_TWO,
        BLACK,
        "pass A5 C5",
        "B5",
        SUPERKO,
    ),
    Case("a play that captures nothing can repeat", TWO_SENT, BLACK, "C5 B5 pass", "A5", SUPERKO),
    Case(
        "the situation that a pass made may not come back",
        SEND_TWO_EACH,
        WHITE,
        "pass A1 A7 C7 C1 B1",
        "B7",
        SUPERKO,
    ),
    Case("triple ko, the cycle before its last move", TRIPLE_KO, BLACK, "C8 B5 C2 B8", "C5"),
    Case("triple ko", TRIPLE_KO, BLACK, "C8 B5 C2 B8 C5", "B2", SUPERKO),
    Case("triple ko broken by one move elsewhere", TRIPLE_KO, BLACK, "C8 B5 C2 B8 J1 J9 C5", "B2"),
    Case("snapback: the throw-in", SNAPBACK, BLACK, "", "C5"),
    Case("snapback: the stone is taken", SNAPBACK, BLACK, "C5", "D5"),
    Case("snapback is no ko", SNAPBACK, BLACK, "C5 D5", "C5"),
    Case("an occupied point", SNAPBACK, BLACK, "", "A5", dict.fromkeys(ALL, "occupied")),
    Case("four stones at once kill themselves", THREE_IN_ATARI, BLACK, "", "A5", NO_SUICIDE),
    Case("four stones at once, suicide allowed", THREE_IN_ATARI, BLACK, "", "A5", suicide=True),
    Case("a lone stone, no suicide", ONE_POINT_EYE, BLACK, "", "A5", NO_SUICIDE),
    Case("a lone stone, suicide allowed", ONE_POINT_EYE, BLACK, "", "A5", NO_SUICIDE, True),
    Case("an eye of one's own is no suicide", ONE_POINT_EYE, WHITE, "", "A5"),
    Case("a capture is no suicide", THROW_IN_CAPTURES, BLACK, "", "A5"),
    Case(
        "a suicide that brings back the start",
        TWO_POINT_EYE,
        BLACK,
        "A5 pass",
        "B5",
        {"positional": "superko"},
        True,
    ),
    Case(
        "a suicide that brings back a situation",
        TWO_POINT_EYE,
        WHITE,
        "pass A5 pass",
        "B5",
        SUPERKO,
        True,
    ),
    Case("the second pass", ONE_KO, BLACK, "pass", "pass"),
    Case("a play after one pass", ONE_KO, BLACK, "pass", "A1"),
    Case("a play after the end", ONE_KO, BLACK, "pass pass", "A1", dict.fromkeys(ALL, "game over")),
    Case(
        "a pass after the end", ONE_KO, BLACK, "pass pass", "pass", dict.fromkeys(ALL, "game over")
    ),
]


def position(diagram: str, first: int, **rules: Any) -> GameState:
    stones = parse(diagram)
    return GameState.from_stones(Rules(len(stones), **rules), stones, first)


def play(state: GameState, vertices: str) -> None:
    for vertex in vertices.split():
        state.play(vertex_to_move(vertex, state.rules.board_size))


@pytest.mark.parametrize("ko", ALL)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_situation(case: Case, ko: KoRule) -> None:
    state = position(case.diagram, case.first, ko=ko, allow_suicide=case.suicide)
    play(state, case.moves)
    move = vertex_to_move(case.then, state.rules.board_size)
    expected = case.reasons.get(ko)
    assert state.is_legal(move) == (expected is None)
    assert state.legal_mask()[move] == (expected is None)
    if expected is None:
        state.play(move)
    else:
        with pytest.raises(IllegalMoveError) as caught:
            state.play(move)
        assert (caught.value.move, caught.value.reason) == (move, expected)
        assert state.move_count == len(case.moves.split())
    state.board.check_consistency()


def test_sending_two_for_ever_under_simple_ko() -> None:
    state = position(SEND_TWO, WHITE, ko="simple")
    start = state.stones()
    for _ in range(50):
        play(state, "A5 C5 B5 pass")
        assert (state.stones() == start).all()
    assert not state.is_over
    assert state.captures == (50, 100)


def test_situational_superko_allows_sending_two_once() -> None:
    state = position(SEND_TWO, WHITE, ko="situational")
    play(state, "A5 C5 B5 pass")
    with pytest.raises(IllegalMoveError, match="superko"):
        play(state, "A5")


def test_snapback_takes_five() -> None:
    state = position(SNAPBACK, BLACK)
    play(state, "C5 D5")
    assert state.captures == (1, 0)
    assert state.simple_ko_point is None
    play(state, "C5")
    assert state.captures == (1, 5)
    assert render_compact(state.stones()).splitlines()[:2] == ["X.X.X", "X...X"]


def test_suicide_takes_the_mover_s_own_stones() -> None:
    state = position(THREE_IN_ATARI, BLACK, allow_suicide=True)
    play(state, "A5")
    assert state.captures == (4, 0)
    assert state.to_play == WHITE
    assert render_compact(state.stones()).splitlines()[:3] == ["..O..", "..O..", "OO..."]


def test_simple_ko_point_is_told_and_lifted() -> None:
    state = position(ONE_KO, BLACK)
    told = [state.simple_ko_point]
    for vertex in ("C4", "pass"):
        play(state, vertex)
        told.append(state.simple_ko_point)
    assert told == [None, vertex_to_move("B4", 5), None]


# ---------------------------------------------------------------- the score

SCORES = [
    ("the empty board belongs to nobody", "...\n...\n...", 0),
    ("one stone owns the board", "...\n.X.\n...", 9),
    ("two colours on an open board", "X..\n...\n..O", 0),
    ("a wall", ".X.O\n.X.O\n.X.O\n.X.O", 8 - 4),
    ("a dead stone counts as alive", "OX..\n.X..\nXX..\n....", 14 - 1),
    ("a dead stone makes its region neutral", ".XO\nXX.\nO..", 1 + 3 - 2),
    ("eyes of both", ".XO.\nXXOO\n.XO.\nXXOO", 0),
]


@pytest.mark.parametrize(("name", "diagram", "score"), SCORES, ids=[row[0] for row in SCORES])
def test_score(name: str, diagram: str, score: int) -> None:
    state = position(diagram, BLACK, komi=0.5)
    assert state.black_score() == score
    assert int(state.ownership().sum()) == score


def test_ownership_by_point() -> None:
    state = position(".X.O\n.X.O\n.X.O\n.X.O", WHITE)
    assert state.ownership().tolist() == [[1, 1, 0, -1]] * 4


@pytest.mark.parametrize(("komi", "winner"), [(8.5, 1), (9, 0), (9.5, -1), (-3, 1), (0, 1)])
def test_winner_counts_komi(komi: float, winner: int) -> None:
    assert position("...\n.X.\n...", WHITE, komi=komi).winner() == winner
