"""Diagrams: what they look like, and that reading undoes drawing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from go_engine import (
    GameState,
    Rules,
    parse,
    render,
    render_compact,
    render_game,
    vertex_to_move,
)
from go_engine.diagram import star_points

Stones = NDArray[np.int8]

boards: st.SearchStrategy[Stones] = st.integers(2, 19).flatmap(
    lambda size: arrays(np.int8, (size, size), elements=st.sampled_from([-1, 0, 1]))
)


def test_a_diagram_by_hand() -> None:
    state = GameState(Rules(7))
    for vertex in ("C5", "E3", "D4", "G7"):
        state.play(vertex_to_move(vertex, 7))
    assert render_game(state).splitlines() == [
        "   A B C D E F G",
        " 7 . . . . . .(O)7",
        " 6 . . . . . . . 6",
        " 5 . . X . + . . 5",
        " 4 . . . X . . . 4",
        " 3 . . + . O . . 3",
        " 2 . . . . . . . 2",
        " 1 . . . . . . . 1",
        "   A B C D E F G",
        "Move 4: White G7. Black to play. Stones taken: 0 black, 0 white.",
    ]


def test_labels_of_two_digits_stay_in_line() -> None:
    lines = render(np.zeros((10, 10), np.int8), last_move=10).splitlines()
    assert lines[0] == "   A B C D E F G H J K"
    assert lines[1] == "10 . . . . . . . . . . 10"
    assert lines[2] == " 9(.). . . . . . . . . 9"


def test_words_below_a_diagram() -> None:
    state = GameState(Rules(3))
    assert render_game(state).splitlines()[-1].startswith("No move yet. Black to play.")
    state.play(9)
    state.play(9)
    assert "Move 2: White pass. The game is over." in render_game(state)
    assert "(" not in render_game(state)


@pytest.mark.parametrize(
    ("size", "count"), [(2, 0), (4, 0), (5, 1), (6, 0), (7, 5), (8, 4), (9, 5), (13, 5), (19, 9)]
)
def test_star_points(size: int, count: int) -> None:
    assert len(star_points(size)) == count


def test_star_points_of_9x9_and_19x19() -> None:
    assert star_points(9) == [vertex_to_move(v, 9) for v in ("C7", "G7", "E5", "C3", "G3")]
    expected = ("D16", "K16", "Q16", "D10", "K10", "Q10", "D4", "K4", "Q4")
    assert star_points(19) == [vertex_to_move(v, 19) for v in expected]


@given(boards)
def test_parse_undoes_render(stones: Stones) -> None:
    assert (parse(render(stones)) == stones).all()
    assert render(parse(render(stones))) == render(stones)


@given(boards, st.integers(0, 361))
def test_parse_forgets_the_last_move(stones: Stones, last: int) -> None:
    text = render(stones, last)
    assert (parse(text) == stones).all()
    assert text.count("(") == text.count(")") == (last < stones.size)


@given(boards)
def test_parse_undoes_render_compact(stones: Stones) -> None:
    text = render_compact(stones)
    assert (parse(text) == stones).all()
    assert render_compact(parse(text)) == text
    assert [len(line) for line in text.splitlines()] == [len(stones)] * len(stones)


@given(st.text(st.sampled_from("XO.+()A123 \n"), max_size=60))
def test_parse_refuses_with_a_value_error_or_reads_a_square(text: str) -> None:
    try:
        stones = parse(text)
    except ValueError as error:
        assert "\n" not in str(error)  # noqa: PT017 (raising is one of two good ends)
    else:
        assert stones.shape[0] == stones.shape[1] >= 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "rows"),
        ("X", "rows"),
        ("X.\n.", "2 rows but 1 points"),
        ("X.\n...", "2 rows but 3 points"),
        ("X.\n.o", "not a row"),
        ("X.\n-.", "not a row"),
        ("2 X . 2\n2 . . 1", "numbered"),
        ("3 X . 3\n1 . . 1", "numbered"),
        ("\n".join(["." * 20] * 20), "rows"),
    ],
)
def test_parse_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text)
