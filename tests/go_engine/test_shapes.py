"""Life, eyes, cuts and snapbacks: diagrams worked out by hand, and Benson's theorem by search."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest

from go_engine import BLACK, WHITE, GameState, IllegalMoveError, Rules
from go_engine import concepts as c
from tests.go_engine.test_concepts import at, points, position

# ---------------------------------------------------------------- unconditional life

# name: diagram, living black points, black territory, living white points
LIFE: dict[str, tuple[str, str, str, str]] = {
    "the empty board": ("..... ..... ..... ..... .....", "", "", ""),
    "two eyes": (
        ".X.XO XXXXO OOOOO ..... .....", "B5 D5 A4 B4 C4 D4", "A5 C5", ""),
    "one eye": (".XO.. XXO.. OOO.. ..... .....", "", "", ""),
    "two chains share two eyes": (
        ".XXXX XOOOX XO.OX XOOOX XXXX.",
        "B5 C5 D5 E5 E4 E3 E2 A4 A3 A2 A1 B1 C1 D1", "A5 E1", ""),
    "a ring around what it cannot fill": ("XX.XX XOOOX XOOOX XOOOX XX.XX", "", "", ""),
    "a dead stone in an eye": (
        "O.X.X XXXXX ..... ..... .....", "C5 E5 A4 B4 C4 D4 E4", "A5 B5 D5", ""),
    "an eye that a chain in atari helps to enclose": (
        ".X.XO XXXOO OOOOO ..... .....", "", "", ""),
    "an eye of three points is one eye": ("...XO XXXXO OOOOO ..... .....", "", "", ""),
    "seki": ("XX.OO XX.OO XX.OO XX.OO XX.OO", "", "", ""),
    "both sides": (
        ".X.X. XXXXX ..... OOOOO .O.O.",
        "B5 D5 A4 B4 C4 D4 E4", "A5 C5 E5", "A2 B2 C2 D2 E2 B1 D1"),
}  # fmt: skip


@pytest.mark.parametrize("name", LIFE)
def test_unconditional_life(name: str) -> None:
    diagram, alive, territory, white = LIFE[name]
    state = position(diagram)
    assert c.unconditionally_alive(state, BLACK) == points(state, alive)
    assert c.unconditional_territory(state, BLACK) == points(state, territory)
    assert c.unconditionally_alive(state, WHITE) == points(state, white)


def _near(size: int) -> list[list[int]]:
    board = GameState(Rules(size)).board
    return [board.neighbours(point) for point in range(size * size)]


Stones = tuple[int, ...]


def _without_dead(stones: Stones, color: int, near: list[list[int]]) -> Stones:
    """`stones` after the chains of `color` without a liberty are taken off."""
    left = list(stones)
    seen: set[int] = set()
    for start, stone in enumerate(stones):
        if stone != color or start in seen:
            continue
        chain, queue = {start}, [start]
        while queue:
            for q in near[queue.pop()]:
                if stones[q] == color and q not in chain:
                    chain.add(q)
                    queue.append(q)
        seen |= chain
        if not any(stones[q] == 0 for p in chain for q in near[p]):
            for p in chain:
                left[p] = 0
    return tuple(left)


def _takeable(size: int) -> object:
    """A function: which points of White's a Black who alone moves can ever take. Each move of his
    either takes something or leaves less room, so there is an end."""
    near = _near(size)

    @cache
    def takeable(stones: Stones) -> frozenset[int]:
        found: set[int] = set()
        for point, stone in enumerate(stones):
            if stone != 0:
                continue
            played = _without_dead((*stones[:point], BLACK, *stones[point + 1 :]), WHITE, near)
            if _without_dead(played, BLACK, near) != played:
                continue  # suicide
            found |= {p for p, s in enumerate(stones) if s == WHITE and played[p] == 0}
            found |= takeable(played)
        return frozenset(found)

    return takeable


def _agrees(stones: Stones, size: int, takeable: object) -> None:
    grid = np.array(stones, np.int8).reshape(size, size)
    state = GameState.from_stones(Rules(size), grid, BLACK)
    safe = {p for p, s in enumerate(stones) if s == WHITE} - takeable(stones)  # type: ignore[operator]
    assert set(c.unconditionally_alive(state, WHITE)) == safe, stones
    # The same position with the colours changed has the same life.
    swapped = GameState.from_stones(Rules(size), -grid, BLACK)
    assert set(c.unconditionally_alive(swapped, BLACK)) == safe


def test_bensons_theorem_on_all_positions_of_3x3() -> None:
    near, takeable = _near(3), _takeable(3)
    alive = 0
    for stones in itertools.product((0, BLACK, WHITE), repeat=9):
        if all(_without_dead(stones, color, near) == stones for color in (BLACK, WHITE)):
            _agrees(stones, 3, takeable)
            alive += 1
    assert alive == 12675


@pytest.mark.parametrize("seed", range(4))
def test_bensons_theorem_on_crowded_positions_of_4x4(seed: int) -> None:
    rng, near, takeable = np.random.default_rng(seed), _near(4), _takeable(4)
    living = 0
    for _ in range(400):
        stones = tuple(rng.choice([0, BLACK, WHITE], 16, p=[0.25, 0.05, 0.7]).tolist())
        stones = _without_dead(_without_dead(stones, WHITE, near), BLACK, near)
        _agrees(stones, 4, takeable)
        living += bool(set(range(16)) - takeable(stones)) and WHITE in stones  # type: ignore[operator]
    assert living > 100


# ---------------------------------------------------------------- eyes


@pytest.mark.parametrize(
    ("name", "diagram", "real", "false"),
    [
        ("two in the corner", ".X.X. XXXX. ..... ..... .....", "A5 C5", ""),
        ("one chain all around", "..... .XXX. .X.X. OXXXO .....", "C3", ""),
        ("two diagonal enemies in the middle", "..... .OXO. .X.X. ..X.. .....", "", "C3"),
        ("one is too few", "..... .OX.. .X.X. ..X.. .....", "C3", ""),
        ("one is enough on the edge", ".X.X. .OX.. ..... ..... .....", "", "C5"),
        ("one is enough in the corner", ".X... XO... ..... ..... .....", "", "A5"),
        ("two points are no eye", "..... .XX.. X..X. .XX.. .....", "", ""),
    ],
)  # fmt: skip
def test_eyes(name: str, diagram: str, real: str, false: str) -> None:
    state = position(diagram)
    assert c.real_eyes(state, BLACK) == points(state, real)
    assert c.false_eyes(state, BLACK) == points(state, false)
    assert c.real_eyes(state, WHITE) == []


# ---------------------------------------------------------------- cuts


@pytest.mark.parametrize(
    ("name", "diagram", "cuts"),
    [
        ("a one-point jump on the edge", "X.X.. OOO.. ..... ..... .....", "B5"),
        ("a bamboo joint has none", "..... XX... ..... XX... .....", ""),
        ("a diagonal has two ways", "..... .X... ..X.. ..... .....", ""),
        ("a diagonal with one way taken", "..... .XO.. ..X.. ..... .....", "B3"),
        ("one chain cannot be cut", "..... .XX.. .X... ..... .....", ""),
        ("a knight's move does not touch", "..... .X... ...X. ..... .....", ""),
    ],
)
def test_cutting_points(name: str, diagram: str, cuts: str) -> None:
    state = position(diagram)
    assert c.cutting_points(state, BLACK) == points(state, cuts)


# ---------------------------------------------------------------- snapback and atari


@pytest.mark.parametrize(
    ("name", "diagram", "vertex", "snapback"),
    [
        ("three for one in the corner", "..X.. OOX.. XX... ..... .....", "A5", True),
        ("the taker gets away", "..X.. OOX.. ..... ..... .....", "A5", False),
        ("no self-atari", "..... ..... ..... ..... .....", "C3", False),
        ("a ko is none", ".XO.. XO.O. .XO.. ..... .....", "C4", False),
    ],
)
def test_snapback(name: str, diagram: str, vertex: str, snapback: bool) -> None:
    state = position(diagram)
    assert c.is_snapback(state, at(state, vertex)) is snapback


def test_self_atari() -> None:
    state = position("..... .O... O.... ..... .....")
    assert c.is_self_atari(state, at(state, "A4"))
    assert not c.is_self_atari(state, at(state, "C3"))
    with pytest.raises(IllegalMoveError):
        c.is_self_atari(state, at(state, "B4"))


def test_capturable_chains() -> None:
    state = position(".OX.. OX... X.... ...O. ..OX.", to_play=BLACK)
    assert c.capturable_chains(state, WHITE) == [points(state, "B5"), points(state, "A4")]
    with pytest.raises(ValueError, match="own side"):
        c.capturable_chains(state, BLACK)
