"""Parts of the board: the tree of a game, clocks, manners, levels, reviews, the painted board."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agents.base import RESIGN, Decision, Limits
from go_engine import BLACK, WHITE, GameState, Rules, parse
from go_engine.coords import vertex_to_move
from go_engine.sgf import read_sgf, read_variations
from scripts.board.canvas import Cell, Label, Layout, Scene, best_pitch, paint
from scripts.board.charts import course, find_marks
from scripts.board.clock import Clock, clock_text, read_time
from scripts.board.files import board_svg, load_tree, newest_game
from scripts.board.keep import Keeper, default_path
from scripts.board.looks import LOOKS
from scripts.board.manners import is_settled, polite
from scripts.board.review import loss_of, mark_of, worst_moves
from scripts.board.session import Session
from scripts.board.table import Setup
from scripts.board.tree import Opinion, read_tree
from scripts.board.wishes import read_wishes
from scripts.board.words import spoken_board, spoken_move, surroundings

KAYA = LOOKS["kaya"]

# ---------------------------------------------------------------- the tree


def test_tree_is_read_and_written_with_its_variations() -> None:
    text = "(;SZ[5]KM[3]PB[A]PW[B];B[cc]C[centre](;W[bb];B[dd])(;W[dd];B[bb](;W[cb])(;W[bc])))"
    tree = read_tree(text)
    assert [node.move for node in tree.main_line()] == [None, 12, 6, 18]
    written = tree.sgf(black="A", white="B", result="", date="")
    lines = [game.moves for game in read_variations(written)]
    assert lines == [game.moves for game in read_variations(text)]
    assert read_sgf(written).comments == {1: "centre"}
    assert read_sgf(written).rules.komi == 3


def test_broken_variation_leaves_the_rest() -> None:
    tree = read_tree("(;SZ[5];B[cc](;W[bb])(;W[cc]))")  # White plays on a stone
    assert [node.move for node in tree.main_line()] == [None, 12, 6]


def person(start: GameState) -> Session:
    """A game in which people play both sides."""
    return Session({}, start, Limits(), np.random.default_rng(0))


def test_playing_in_the_past_begins_a_variation_that_comes_first() -> None:
    game = person(GameState(Rules(5)))
    for vertex in ("c3", "b3", "d3"):
        game.play(vertex)
    game.step(-2)
    assert game.is_browsing
    with pytest.raises(ValueError, match="earlier position"):
        game.take_back()
    game.play("b4")
    assert [len(line.moves) for line in read_variations(game.sgf())] == [2, 3]
    assert game.step(-9) == -2
    assert game.step(9) == 2
    assert game.node.move == vertex_to_move("b4", 5)
    assert game.next_variation()
    assert game.node.move == vertex_to_move("b3", 5)
    assert not game.step(0)


# ---------------------------------------------------------------- clocks


def test_clock_runs_for_one_side_and_adds_the_increment() -> None:
    now = [0.0]
    clock = Clock(60, 5, lambda: now[0])
    clock.run_for(BLACK)
    now[0] = 20
    assert (clock.remaining(BLACK), clock.remaining(WHITE)) == (45, 65)
    clock.has_moved(BLACK)
    clock.run_for(WHITE)
    now[0] = 90
    assert (clock.remaining(BLACK), clock.remaining(WHITE)) == (50, 0)
    assert clock.share(BLACK) == pytest.approx(50 / 30 + 4)


@pytest.mark.parametrize(
    ("text", "expected"), [("10", (600, 0)), ("10+5", (600, 5)), ("0+3", (0, 3)), ("0.5", (30, 0))]
)
def test_times_are_read(text: str, expected: tuple[float, float]) -> None:
    assert read_time(text) == expected


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "1+", "nan", "1e9", "5+-2"])
def test_wrong_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="--time must be minutes"):
        read_time(text)


def test_clock_in_words() -> None:
    assert [clock_text(s) for s in (0, 9.96, 10, 65.9, 3600)] == [
        "0:00.0", "0:09.9", "0:10", "1:05", "60:00",
    ]  # fmt: skip


# ---------------------------------------------------------------- manners

LATE = GameState.from_moves(Rules(5), [0, 4, 20, 24, 1, 3, 21, 23])


def searched(value: float, score: float | None = None) -> Decision:
    return Decision(12, value, score, {12: 100})


@pytest.mark.parametrize(
    ("decision", "values", "disputed", "move"),
    [
        (searched(0.01, -20), [0.02, 0.02, 0.01], False, RESIGN),
        (searched(0.01, -20), [0.2, 0.02, 0.01], False, 12),  # not for long enough
        (searched(0.01, -2), [0.02, 0.02, 0.01], False, 12),  # a close game
        (searched(0.01, -20), [0.02, 0.02, 0.01], True, 12),  # to be played out
        (Decision(12, 0.01, -20, {12: 3}), [0.02, 0.02, 0.01], False, 12),  # a search too short
    ],
)
def test_lost_games_are_given_up(
    decision: Decision, values: list[float], disputed: bool, move: int
) -> None:
    assert polite(LATE, decision, values, disputed).move == move


def test_settled_game_is_not_played_on() -> None:
    # Both sides live without question; every point is somebody's.
    stones = parse(".XXO.\nXXXOO\n.XXO.\nXXXOO\n.XXO.")
    state = GameState.from_stones(Rules(5), stones, WHITE)
    assert is_settled(state)
    decision = polite(state, Decision(4, 0.9, None, {4: 100}), [0.9], False)
    assert (decision.move, decision.reasons) == (
        25,
        ("nothing is left to gain: every point is settled",),
    )
    assert polite(state, Decision(4, 0.9, None, {4: 100}), [0.9], True).move == 4
    assert not is_settled(LATE)


@pytest.mark.parametrize(("komi", "move"), [(7, 25), (0.5, 19)])
def test_pass_is_answered_by_the_pass_that_wins(komi: float, move: int) -> None:
    # Black has 15 points behind his wall, White 10 and komi.
    vertices = "c3 d3 c2 d2 c4 d4 c1 d1 c5 d5 pass"
    state = GameState.from_moves(
        Rules(5, komi), [vertex_to_move(vertex, 5) for vertex in vertices.split()]
    )
    assert polite(state, Decision(19, 0.9, None, {19: 100}), [0.9], False).move == move


# ---------------------------------------------------------------- looking back


def test_losses_are_the_movers_own() -> None:
    game = person(GameState(Rules(5)))
    for vertex, rate in (("", 0.5), ("c3", 0.45), ("b3", 0.8), ("d3", 0.78), ("a1", 0.9)):
        if vertex:
            game.play(vertex)
        game.node.think(Opinion(rate, 10 * rate, 64, 6))
    losses = worst_moves(game.tree, game.node.path())
    assert [(loss.node.depth, loss.color) for loss in losses] == [
        (2, WHITE),
        (4, WHITE),
        (1, BLACK),
    ]
    assert [round(loss.win_rate, 2) for loss in losses] == [0.35, 0.12, 0.05]
    assert [mark_of(loss) for loss in losses] == ["??", "?", ""]
    assert losses[0].words(5) == "Move 2, White B3: lost 35% and 3.5 points; B4 was better."
    assert [loss.node.depth for loss in worst_moves(game.tree, game.node.path(), BLACK)] == [1]


def test_short_searches_judge_nobody() -> None:
    game = person(GameState(Rules(5)))
    game.node.think(Opinion(0.9, None, 64, 6))
    game.play("c3")
    game.node.think(Opinion(0.1, None, 3, 6))
    assert loss_of(game.tree, game.node) is None
    game.node.think(Opinion(0.2, None, 16, 6))
    assert mark_of(loss_of(game.tree, game.node)) == "??"
    game.node.think(Opinion(0.9, None, 2, 6))  # a shorter search does not replace a longer one
    assert game.node.opinion is not None
    assert game.node.opinion.simulations == 16


def test_course_of_a_game_as_columns() -> None:
    rows = course([0.5, None, 1.0], 20, 2)
    assert len(rows) == 2
    assert [round(row[0], 2) for row in rows] == [0.0, 1.0]  # a half: the lower row is full
    assert rows[0][1] == 0.0  # unknown goes on as it was
    assert rows[0][2] == 1.0
    assert rows[0][3] == -1.0  # not played yet


def test_marks_are_facts() -> None:
    state = GameState.from_stones(Rules(5), parse(".XO..\n.....\n.....\n.....\n....."), BLACK)
    state.play(vertex_to_move("d5", 5))
    marks = find_marks(state)
    assert [list(chain) for chain in marks.atari] == [[2]]
    assert "In atari: C5." in marks.words(state)


# ---------------------------------------------------------------- the painted board


def at(rows: list[list[Cell]], layout: Layout, vertex: str) -> Cell:
    y, x = layout.place(vertex_to_move(vertex, layout.size))
    return rows[y][x]


@pytest.mark.parametrize("pitch", [1, 2, 3, 4, 5])
def test_every_point_is_where_the_layout_says(pitch: int) -> None:
    layout = Layout(9, pitch)
    stones = np.zeros((9, 9), np.int8)
    stones[0, 0], stones[8, 8] = 1, -1
    rows = paint(Scene(stones, labels={40: Label("7")}), KAYA, pitch)
    assert len(rows) == layout.rows
    assert {len(row) for row in rows} == {layout.columns}
    for point in range(81):
        y, x = layout.place(point)
        assert layout.point_at(x, y) == point
    assert layout.point_at(0, 0) is None
    assert at(rows, layout, "E5").char == "7"
    black, white = at(rows, layout, "A9"), at(rows, layout, "J1")
    assert (black.fg if pitch == 1 else black.bg) == KAYA.black[0]
    assert (white.fg if pitch == 1 else white.bg) == KAYA.white[0]
    assert at(rows, layout, "A1").char == "└"
    assert at(rows, layout, "C3").char == ("+" if pitch == 1 else "•")


def test_stone_is_round_and_ends_where_its_neighbour_begins() -> None:
    stones = np.zeros((3, 3), np.int8)
    stones[1] = [1, -1, 1]
    rows = paint(Scene(stones), KAYA, 2)
    above = "".join(cell.char for cell in rows[3][3:-3])
    assert "▄▄▄" in above  # the upper half row, corners cut
    between = rows[4][Layout(3, 2).place(3)[1] + 2]
    assert {between.fg, between.bg} == {KAYA.black[1], KAYA.white[0]}
    assert between.char in "▌▐"


def test_cursor_and_last_move_are_marked() -> None:
    stones = np.zeros((5, 5), np.int8)
    stones[2, 2] = 1
    layout = Layout(5, 2)
    rows = paint(Scene(stones, last=12, cursor=12), KAYA, 2)
    y, x = layout.place(12)
    assert "".join(cell.char for cell in rows[y][x - 1 : x + 2]) == "[●]"
    assert rows[y][x].fg == KAYA.mark


def test_largest_pitch_that_fits() -> None:
    assert best_pitch(9, 44, 21) == 2
    assert best_pitch(9, 42, 21) == 1
    assert best_pitch(19, 80, 24) == 1
    assert best_pitch(9, 20, 10) is None


# ---------------------------------------------------------------- words and files


def test_spoken_sentences() -> None:
    assert spoken_move(WHITE, 12, 5, 2, mine=False) == "White plays C3. You lose two stones."
    assert spoken_move(BLACK, 25, 5, 0, mine=True) == "Black passes."
    state = GameState.from_stones(Rules(5), parse(".....\n.XO..\n.XO..\n.....\n....."), BLACK)
    assert spoken_board(state) == "Row 4: Black B4; White C4.\nRow 3: Black B3; White C3."
    assert surroundings(state, vertex_to_move("b3", 5)) == (
        "B3: Black. A chain of two stones with 4 liberties: B5, A4, A3, B2. "
        "above Black, below empty, left empty, right White."
    )


def test_wishes_for_a_new_game() -> None:
    before = Setup("random", size=9)
    wish = read_wishes("white size=7 handicap=2 komi=0.5 time=5+3 level=told", before)
    assert (wish.color, wish.size, wish.handicap, wish.komi) == ("white", 7, 2, 0.5)
    assert (wish.time, wish.opponent) == ((300, 3), "told")
    assert read_wishes("", before) == before
    for text, words in (
        ("size=x", "whole number"),
        ("sise=9", "did you mean size"),
        ("size=5 handicap=2", "fixed handicap"),
        ("size=99", "2 to 19"),
    ):
        with pytest.raises(ValueError, match=words):
            read_wishes(text, before)


def test_picture_shows_every_stone() -> None:
    state = GameState.from_moves(Rules(5), [12, 6, 18])
    svg = board_svg(state, frozenset({6}))
    assert svg.count('fill="#191919"') == 2
    assert svg.count('fill="#f6f3ea"') == 1
    assert 'opacity="0.4"' in svg
    assert svg.count("#d0402b") == 1


def test_newest_game_and_hostile_records(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(ValueError, match="no game to resume"):
        newest_game()
    path = default_path()
    Keeper(path).keep("(;SZ[5]PB[\x1b[31m\x9b\\]evil\u202e]C[\x1b\\]2;x\x07];B[cc])")
    assert newest_game() == path
    tree = load_tree(path)
    text = tree.black + tree.root.comment
    assert text.isprintable()
    assert "evil" in text
