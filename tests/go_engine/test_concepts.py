"""Facts about positions: tables of diagrams worked out by hand, and slow definitions as oracles."""

from __future__ import annotations

import numpy as np
import pytest

from go_engine import BLACK, WHITE, GameState, Rules, parse, vertex_to_move
from go_engine import concepts as c
from go_engine import kernels as k


def position(diagram: str, to_play: int = BLACK, ko: str = "simple") -> GameState:
    stones = parse("\n".join(diagram.split()))
    return GameState.from_stones(Rules(len(stones), ko=ko), stones, to_play)  # type: ignore[arg-type]


def at(state: GameState, vertex: str) -> int:
    return vertex_to_move(vertex, state.rules.board_size)


def points(state: GameState, vertices: str) -> list[int]:
    return sorted(at(state, vertex) for vertex in vertices.split())


# ---------------------------------------------------------------- liberties


@pytest.mark.parametrize(
    ("name", "diagram", "vertex", "liberties"),
    [
        ("centre", "..... ..... ..X.. ..... .....", "C3", 4),
        ("edge", "..X.. ..... ..... ..... .....", "C5", 3),
        ("corner", "X.... ..... ..... ..... .....", "A5", 2),
        ("bent three share one", "..... ..XX. ..X.. ..... .....", "C3", 7),
        ("an enemy takes one", "..... ..O.. ..X.. ..... .....", "C3", 3),
        ("eye counted once", "..... .XXX. .X.X. .XXX. .....", "B2", 13),
        ("in atari", ".O... OXO.. ..... ..... .....", "B4", 1),
    ],
)
def test_num_liberties(name: str, diagram: str, vertex: str, liberties: int) -> None:
    state = position(diagram)
    assert c.num_liberties(state, at(state, vertex)) == liberties
    row, _ = c.position_arrays(state)
    p = k.padded(state.rules.board_size, at(state, vertex))
    assert c.in_atari(row, p) == (liberties == 1)
    assert c.first_liberties(row, p)[0] == min(liberties, 3)


def test_no_stone_has_no_liberties() -> None:
    state = position("..... ..... ..X.. ..... .....")
    with pytest.raises(ValueError, match="no stone on point 0"):
        c.num_liberties(state, 0)
    with pytest.raises(ValueError, match="no such point"):
        c.num_liberties(state, 25)


def test_chains_in_atari() -> None:
    state = position(".OX.. OX... X.... ...O. ..OX.")
    assert c.chains_in_atari(state, WHITE) == [points(state, "B5"), points(state, "A4")]
    assert c.chains_in_atari(state, BLACK) == [points(state, "D1")]


@pytest.mark.parametrize(
    ("name", "diagram", "vertex", "captured", "liberties_after"),
    [
        ("nothing", "..... ..... ..O.. ..... .....", "C4", "", 3),
        ("one stone", "..X.. .XO.. ..X.. ..... .....", "D4", "C4", 4),
        ("two chains at once", ".OX.. OX... X.... ..... .....", "A5", "B5 A4", 2),
        ("self-atari", "..... .O... O.... ..... .....", "A4", "", 1),
        ("a ko", ".XO.. XO.O. .XO.. ..... .....", "C4", "B4", 1),
        ("connection", "X.X.. ..... ..... ..... .....", "B5", "", 4),
    ],
)
def test_capture_and_liberties_after(
    name: str, diagram: str, vertex: str, captured: str, liberties_after: int
) -> None:
    state = position(diagram)
    move = at(state, vertex)
    assert c.captured_by(state, move) == points(state, captured)
    assert c.liberties_after(state, move) == liberties_after
    assert state.move_count == 0, "asking changes nothing"


def test_no_liberties_after_a_suicide() -> None:
    stones = parse(".XO..\nXO...\nO....\n.....\n.....")
    state = GameState.from_stones(Rules(5, allow_suicide=True), stones, BLACK)
    assert c.liberties_after(state, at(state, "A5")) == 0


@pytest.mark.parametrize(
    ("name", "diagram", "eyes"),
    [
        ("corner and edge", ".X... XX... ..... ...X. ..X.X", "A5 D1"),
        ("an enemy on a diagonal of the edge", ".X... XX... ..... ..OX. ..X.X", "A5"),
        ("centre with one enemy diagonal", "..... .OX.. .X.X. ..X.. .....", "C3"),
        ("centre with two", "..... .OX.. .X.X. ..XO. .....", ""),
        ("not surrounded", ".X... .X... ..... ..... .....", ""),
    ],
)
def test_one_point_eyes(name: str, diagram: str, eyes: str) -> None:
    state = position(diagram)
    assert c.one_point_eyes(state, BLACK) == points(state, eyes)
    assert c.one_point_eyes(
        position(diagram.translate(str.maketrans("XO", "OX"))), WHITE
    ) == points(state, eyes)


# ---------------------------------------------------------------- ladders

LADDER = """
    .........
    .........
    ..XX.....
    .XO......
    ..X......
    .........
    ......{}..
    .........
    ........."""


@pytest.mark.parametrize(
    ("name", "diagram", "vertex", "mover", "caught"),
    [
        ("runs to the edge", LADDER.format("."), "C6", WHITE, True),
        ("already in atari", LADDER.format("."), "C6", BLACK, True),
        ("a stone in the way", LADDER.format("O"), "C6", WHITE, False),
        ("an enemy stone is no help", LADDER.format("X"), "C6", WHITE, True),
        ("three liberties", "..... ..... ..OX. ..... .....", "C3", BLACK, False),
        ("two liberties, owner to move", "..... ..... .XOX. ..... .....", "C3", WHITE, False),
        ("first line, both ways shut", "..... ..... ..... ..XX. .XO..", "C1", WHITE, True),
        ("crawls to the corner", "..... ..... ..... ..X.. .XO..", "C1", WHITE, True),
        ("connects out", "..... ..... ...O. ..XO. .XO..", "C1", WHITE, False),
        ("two liberties in the corner", "O.... ..... ..... ..... .....", "A5", BLACK, True),
    ],
)
def test_ladders(name: str, diagram: str, vertex: str, mover: int, caught: bool) -> None:
    state = position(diagram, BLACK)
    assert c.is_caught_in_ladder(state, at(state, vertex), mover) == caught
    swapped = position(diagram.translate(str.maketrans("XO", "OX")), BLACK)
    assert c.is_caught_in_ladder(swapped, at(state, vertex), -mover) == caught


def test_a_ko_may_not_be_retaken_in_a_ladder() -> None:
    state = position(".XO.. XO.O. .XO.. ..... .....")
    ko = at(state, "C4")
    state.play(ko)
    assert not c.is_caught_in_ladder(state, ko, WHITE)
    state.play(at(state, "E1"))
    state.play(at(state, "A1"))
    assert c.is_caught_in_ladder(state, ko, WHITE)


class SlowLadder:
    """The definition at the top of `concepts`, move by move on game states."""

    def __init__(self, point: int) -> None:
        self.point = point
        self.nodes = 0

    def caught(self, state: GameState) -> bool:
        self.nodes += 1
        if self.nodes > 2000:
            return False
        liberties = state.board.liberties(self.point)
        color = int(state.stones().flat[self.point])
        if state.to_play != color:
            if len(liberties) == 1:
                return state.is_legal(liberties[0])
            return len(liberties) == 2 and any(self._after(state, p) for p in liberties)
        return len(liberties) == 1 and all(
            self._after(state, p, default=True) for p in [*self._captures(state), liberties[0]]
        )

    def _captures(self, state: GameState) -> list[int]:
        """Moves that take a chain in atari that touches ours."""
        size, chain = state.rules.board_size, state.board.chain(self.point)
        found = []
        for enemy in np.flatnonzero(state.stones().ravel() == -state.to_play).tolist():
            liberties = state.board.liberties(enemy)
            if len(liberties) == 1 and any(adjacent(size, own, enemy) for own in chain):
                found.append(liberties[0])
        return found

    def _after(self, state: GameState, move: int, default: bool = False) -> bool:
        if not state.is_legal(move):
            return default
        after = state.copy()
        after.play(move)
        return self.caught(after)


def adjacent(size: int, a: int, b: int) -> bool:
    return abs(a // size - b // size) + abs(a % size - b % size) == 1


def random_position(rng: np.random.Generator, size: int, moves: int) -> GameState:
    state = GameState(Rules(size, ko="simple"))
    for _ in range(moves):
        legal = state.legal_moves()[:-1]
        if not legal.size:
            break
        state.play(int(rng.choice(legal)))
    return state


def test_ladders_agree_with_the_slow_definition() -> None:
    rng = np.random.default_rng(5)
    compared = caught = 0
    while compared < 1500:
        size = int(rng.integers(4, 8))
        state = random_position(rng, size, int(rng.integers(3, size * size)))
        for color, mover in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            stones = np.flatnonzero(state.stones().ravel() == color).tolist()
            short = [p for p in stones if len(state.board.liberties(p)) <= 2]
            if not short:
                continue
            point = int(rng.choice(short))
            start = GameState.from_stones(state.rules, state.stones(), mover)
            slow = SlowLadder(point)
            expected = slow.caught(start)
            if slow.nodes > c.LADDER_NODES // 2:
                continue  # the kernel may stop sooner; what it answers then is its own affair
            assert c.is_caught_in_ladder(start, point, mover) == expected, start.stones()
            compared += 1
            caught += expected
    assert 200 < caught < compared - 200, "both answers must have been tested"


# ---------------------------------------------------------------- regions and paths

REGIONS = ".XO.. XX... ..... XXX.. .O.X."


def grid(state: GameState, cells: np.ndarray) -> list[list[int]]:
    size = state.rules.board_size
    return [[int(cells[(r + 1) * (size + 1) + col]) for col in range(size)] for r in range(size)]


def test_enclosed_sizes() -> None:
    state = position(REGIONS)
    row, _ = c.position_arrays(state)
    out = np.full(k.padded_points(5), -9, np.int64)
    c.enclosed_sizes(row, BLACK, out)
    assert grid(state, out) == [
        [1, 0, 14, 14, 14],
        [0, 0, 14, 14, 14],
        [14, 14, 14, 14, 14],
        [0, 0, 0, 14, 14],
        [3, 3, 3, 0, 14],
    ]


def test_empty_regions() -> None:
    state = position(REGIONS)
    row, _ = c.position_arrays(state)
    sizes = np.full(k.padded_points(5), -9, np.int64)
    borders = sizes.copy()
    c.empty_regions(row, sizes, borders)
    assert grid(state, sizes) == [
        [1, 0, 0, 13, 13],
        [0, 0, 13, 13, 13],
        [13, 13, 13, 13, 13],
        [0, 0, 0, 13, 13],
        [1, 0, 1, 0, 13],
    ]
    assert grid(state, borders) == [
        [1, 0, 0, 2, 2],
        [0, 0, 2, 2, 2],
        [2, 2, 2, 2, 2],
        [0, 0, 0, 2, 2],
        [2, 0, 2, 0, 2],
    ]


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (9, [[0, 1, 2, 2, 3], [1, 1, 1, 1, 2], [2, 2, 2, 2, 3], [3, 3, 3, 3, 4], [4, 4, 4, 4, 5]]),
        (3, [[0, 1, 2, 2, 3], [1, 1, 1, 1, 2], [2, 2, 2, 2, 3], [3, 3, 3, 3, 3], [3, 3, 3, 3, 3]]),
    ],
)
def test_path_distances(limit: int, expected: list[list[int]]) -> None:
    state = position("..... XXXX. ..... ..... .....")
    row, _ = c.position_arrays(state)
    out = np.empty(k.padded_points(5), np.int64)
    c.path_distances(row, k.padded(5, at(state, "A5")), limit, out)
    assert grid(state, out) == expected
