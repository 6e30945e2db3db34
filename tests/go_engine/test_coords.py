"""Vertices: names of moves, there and back."""

from __future__ import annotations

import pytest

from go_engine import MAX_SIZE, MIN_SIZE, move_to_vertex, vertex_to_move


@pytest.mark.parametrize(
    ("vertex", "size", "move"),
    [
        ("A9", 9, 0),
        ("J9", 9, 8),
        ("A1", 9, 72),
        ("J1", 9, 80),
        ("E5", 9, 40),
        ("H1", 9, 79),
        ("pass", 9, 81),
        ("T19", 19, 18),
        ("T1", 19, 360),
        ("K10", 19, 180),
        ("B1", 2, 3),
        ("pass", 2, 4),
    ],
)
def test_known_vertices(vertex: str, size: int, move: int) -> None:
    assert vertex_to_move(vertex, size) == move
    assert move_to_vertex(move, size) == vertex


@pytest.mark.parametrize("text", ["e5", " E5 ", "E5\n"])
def test_case_and_blanks_do_not_matter(text: str) -> None:
    assert vertex_to_move(text, 9) == 40


@pytest.mark.parametrize("text", ["pass", "PASS", " Pass\n"])
def test_pass_in_any_case(text: str) -> None:
    assert vertex_to_move(text, 9) == 81


@pytest.mark.parametrize("size", range(MIN_SIZE, MAX_SIZE + 1))
def test_there_and_back(size: int) -> None:
    vertices = [move_to_vertex(move, size) for move in range(size * size + 1)]
    assert len(set(vertices)) == size * size + 1
    assert [vertex_to_move(vertex, size) for vertex in vertices] == list(range(size * size + 1))
    assert not any("I" in vertex for vertex in vertices)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("I5", "skip the letter I"),
        ("i5", "skip the letter I"),
        ("K5", "off the board"),
        ("E10", "off the board"),
        ("Z1", "off the board"),
        ("", "not a point"),
        ("E", "not a point"),
        ("5", "not a point"),
        ("5E", "not a point"),
        ("E0", "not a point"),
        ("E05", "not a point"),
        ("E-5", "not a point"),
        ("E5 E6", "not a point"),
        ("EE5", "not a point"),
        ("E５", "not a point"),
        ("é5", "not a point"),
        ("E5" * 100, "not a point"),
        ("resign", "not a point"),
    ],
)
def test_bad_vertices_are_named_in_one_line(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        vertex_to_move(text, 9)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize("move", [-1, 82, 1000])
def test_bad_moves(move: int) -> None:
    with pytest.raises(ValueError, match="0 to 81"):
        move_to_vertex(move, 9)
