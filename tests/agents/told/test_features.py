"""What the features say about moves: tables of diagrams worked out by hand, and laws."""

from __future__ import annotations

import numpy as np
import pytest

from agents.told import shared
from agents.told.families import HAND_FAMILIES, PATTERN_FAMILIES
from agents.told.features import NUM_FAMILIES, NUM_HAND
from agents.told.model import FeatureReader
from go_engine import BLACK, NUM_SYMMETRIES, WHITE, GameState, Rules, symmetry_moves
from tests.agents.told.positions import (
    colors_swapped,
    position,
    random_game,
    words_of,
)

LADDER = (
    "......... ......... ..OO..... .OX...... ..O...... ......... ......{}.. ......... ........."
)
RUNNING = "....... ....... ..X.... .XO.... ..X.... ....... ......."
EYE_SPACE = "..... ..... ..... XXX.. ...X."
WALLED = ".XO.. XXO.. OOO.. ..... ....."

# The position, who moves, the moves before (the last two count), the move asked about; what to ask.
CASES = [
    # family, what it should say, diagram, moves before, move
    ("capture", "captures one stone that could run", RUNNING, "", "D4"),
    ("capture", "captures one stone that cannot run", "..... ..... ..... .X... OX...", "", "A2"),
    ("capture", "captures two stones that cannot run", "..... ..... ..... XXX.. OO...", "", "C1"),
    (
        "capture",
        "captures one stone and so frees a chain in atari",
        "..... .OX.. OXOX. ..... .....",
        "",
        "C2",
    ),
    ("capture", "takes a ko", ".XO.. XO.O. .XO.. ..... .....", "", "C4"),
    ("capture", "", RUNNING, "", "D5"),
    ("recapture", "", RUNNING, "", "D4"),
    ("escape", "brings one stone out of atari", "..... .OX.. OXOX. ..... .....", "", "C2"),
    ("escape", "extends one stone but stays in atari", "..... ..... ..... .O... XO...", "", "A2"),
    ("escape", "extends one stone into a ladder that fails", LADDER.format("."), "", "D6"),
    ("escape", "brings one stone out of atari", LADDER.format("X"), "", "D6"),
    ("escape", "", LADDER.format("."), "", "E5"),
    (
        "atari",
        "gives atari to one stone that the ladder catches",
        "..... ..... ..... ..X.. ..O..",
        "",
        "B1",
    ),
    (
        "atari",
        "gives atari to one stone that can get away",
        "..... ..... .XO.. ..X.. .....",
        "",
        "C4",
    ),
    (
        "atari",
        "gives a double atari that the ladder catches",
        "..... ..... ..... .XXX. .O.O.",
        "",
        "C1",
    ),
    ("atari", "gives atari from a stone in atari", "..... ..... ..... .X... .O...", "", "A1"),
    ("atari", "", "..... ..... .XO.. ..X.. .....", "", "A1"),
    ("defend", "saves one stone from a ladder", "..... ..... ..... ..O.. ..X..", "", "D1"),
    (
        "defend",
        "adds to one stone that the ladder still catches",
        "..... ..... ..... .O... X....",
        "",
        "A2",
    ),
    ("defend", "", "..... ..... ..... ..O.. ..X..", "", "C5"),
    (
        "threat",
        "threatens to catch one stone in a ladder",
        "..... ..... ..... ..... ..O..",
        "",
        "C2",
    ),
    ("threat", "", "..... ..... ..O.. ..... .....", "", "C2"),
    ("liberties", "self-atari with one stone", "..... ..... ..... O.... .....", "", "A1"),
    ("liberties", "self-atari with two stones", "..... ..... ..... .O... .XO..", "", "A1"),
    (
        "liberties",
        "leaves one stone on two liberties, caught in a ladder",
        "..... ..... ..... ..O.. .....",
        "",
        "C1",
    ),
    ("liberties", "has two liberties", "..... ..... ..... .O... ...X.", "", "B1"),
    ("liberties", "has three liberties", "..... ..... ..... ..... .....", "", "C1"),
    ("liberties", "has four liberties", "..... ..... ..... ..... .....", "", "C3"),
    ("liberties", "has five or more liberties", "..... ..... ..X.. ..... .....", "", "C2"),
    (
        "join",
        "extends a chain, the weakest with three or more liberties",
        "..... ..... ..X.. ..... .....",
        "",
        "C2",
    ),
    (
        "join",
        "connects two chains, the weakest with two liberties",
        "X.X.. ..... ..... ..... .....",
        "",
        "B5",
    ),
    (
        "join",
        "connects three chains, the weakest with one liberty",
        "X.X.. OX... ..... ..... .....",
        "",
        "B5",
    ),
    ("join", "", "X.X.. ..... ..... ..... .....", "", "D4"),
    (
        "contact",
        "touches a chain, the weakest left with three liberties",
        "..... ..... ..O.. ..... .....",
        "",
        "C2",
    ),
    (
        "contact",
        "divides two chains, the weakest left with two liberties",
        "..... O.... ..... O.... .....",
        "",
        "A3",
    ),
    ("own_eye", "fills its own eye", ".X... XX... ..... ..... .....", "", "A5"),
    ("own_eye", "fills its own false eye", "..... .OX.. .X.X. ..XO. .....", "", "C3"),
    ("own_eye", "", ".X... XX... ..... ..... .....", "", "C5"),
    ("their_eye", "plays into an opponent's eye", colors_swapped(WALLED), "", "A5"),
    (
        "their_eye",
        "plays into an opponent's false eye",
        ".OX.. OX... X.... ..... .....",
        "",
        "A5",
    ),
    ("make_eye", "makes an eye", "..... XX... ..... ..... .....", "", "B5"),
    ("make_eye", "", "..... XX... ..... ..... .....", "", "C5"),
    ("spoil_eye", "takes an eye", "..... OO... ..... ..... .....", "", "B5"),
    (
        "own_space",
        "in an eye space of 3, 2 of its points next to it (own)",
        EYE_SPACE,
        "",
        "B1",
    ),
    (
        "own_space",
        "in an eye space of 3, 1 of its points next to it (own)",
        EYE_SPACE,
        "",
        "A1",
    ),
    ("own_space", "", EYE_SPACE, "", "C4"),
    (
        "their_space",
        "in an eye space of 3, 2 of its points next to it (the opponent's)",
        colors_swapped(EYE_SPACE),
        "",
        "B1",
    ),
    (
        "region",
        "in an empty region of 3 to 5 points that borders on own stones only",
        EYE_SPACE,
        "",
        "B1",
    ),
    (
        "region",
        "in an empty region of more than 10 points that borders on opponent stones only",
        "..... ..... ..O.. ..... .....",
        "",
        "A1",
    ),
    (
        "region",
        "in an empty region of 6 to 10 points that borders on both sides",
        "..... .OXO. OXXXO XXXXX XXXXX",
        "",
        "A5",
    ),
    ("region", "", "..... ..... ..... ..... .....", "", "C3"),
]


@pytest.mark.parametrize(("family", "words", "diagram", "moves", "move"), CASES)
def test_feature(family: str, words: str, diagram: str, moves: str, move: str) -> None:
    assert words_of(position(diagram, BLACK, moves), move, family) == words


@pytest.mark.parametrize(("family", "words", "diagram", "moves", "move"), CASES)
def test_feature_with_colors_swapped(
    family: str, words: str, diagram: str, moves: str, move: str
) -> None:
    assert words_of(position(colors_swapped(diagram), WHITE, moves), move, family) == words


@pytest.mark.parametrize(
    ("family", "words", "size", "moves", "move"),
    [
        ("place", "opening, 5 and 5 lines from the edges", 9, "", "E5"),
        ("place", "opening, 4 and 3 lines from the edges", 9, "", "C4"),
        ("place", "opening, 5 and 1 lines from the edges", 9, "", "J5"),
        ("place", "opening, 3 and 3 lines from the edges", 5, "", "C3"),
        ("place", "middle game, 1 and 1 lines from the edges", 5, "C3 C2 C4", "A1"),
        ("near_last", "", 9, "", "E5"),
        ("near_last", "at distance 2 from the last move", 9, "E5", "E6"),
        ("near_last", "at distance 5 from the last move", 9, "E5", "G6"),
        ("near_last", "at distance 3 from the last move", 9, "A1 E5", "F6"),
        ("near_last", "", 9, "E5 pass", "G6"),
        ("near_previous", "at distance 3 from its own last move", 9, "E5 C3", "F6"),
        ("near_previous", "at distance 3 from its own last move", 9, "E5 pass", "F6"),
        ("path_last", "1 steps from the last move's chain", 9, "E5", "E6"),
        ("path_last", "2 steps from the last move's chain", 9, "E5", "F6"),
        ("path_last", "1 steps from the last move's chain", 9, "C5 A1 D5 A2 E5", "B5"),
        ("path_last", "9 steps from the last move's chain", 9, "A1", "J9"),
        ("path_previous", "2 steps from its own last chain", 9, "E5 C3", "F6"),
        ("reply", "attacks the chain just played, which had four or more liberties", 9, "E5", "E6"),
        ("reply", "attacks the chain just played, which had two liberties", 9, "A1", "A2"),
        ("reply", "", 9, "E5", "F6"),
        (
            "recapture",
            "takes the last stone played",
            5,
            "C4 A1 B3 A2 C2 C3",
            "D3",
        ),
        (
            "pass",
            "passes first; the position as it stands loses; less than half the board is filled",
            9,
            "",
            "pass",
        ),
        (
            "pass",
            "passes after a pass; the position as it stands wins; "
            "less than half the board is filled",
            9,
            "E5 pass",
            "pass",
        ),
        ("pass", "", 9, "E5 pass", "E6"),
        ("capture", "", 9, "E5", "pass"),
        ("place", "", 9, "E5", "pass"),
    ],
)
def test_feature_in_a_game(family: str, words: str, size: int, moves: str, move: str) -> None:
    empty = " ".join(["." * size] * size)
    assert words_of(position(empty, BLACK, moves), move, family) == words


@pytest.mark.parametrize(
    ("words", "komi"),
    [("loses", 26.0), ("draws", 25.0), ("wins", 7.0)],
)
def test_pass_when_the_board_is_full(words: str, komi: float) -> None:
    state = position("X.X.X XXXXX XXXXX XXXXX XXXXX", BLACK, komi=komi)
    assert words_of(state, "pass", "pass") == (
        f"passes first; the position as it stands {words}; every point is somebody's"
    )


def test_pass_when_a_point_is_left() -> None:
    state = position("XXXXX XXXXX X.OOO OOOOO OOOO.", WHITE)
    said = words_of(state, "pass", "pass")
    # Black owns 11 points, White 13, B3 nobody: with komi 7 White is ahead.
    assert said == "passes first; the position as it stands wins; some points are nobody's"


def test_columns_are_in_the_order_of_the_table() -> None:
    columns = {
        name.lower(): value
        for name, value in vars(shared).items()
        if name.lower() in {family.name for family in HAND_FAMILIES}
    }
    assert columns == {family.name: i for i, family in enumerate(HAND_FAMILIES)}
    assert NUM_HAND + len(PATTERN_FAMILIES) == NUM_FAMILIES


def test_every_level_says_something_of_its_own() -> None:
    for family in HAND_FAMILIES:
        assert family.levels[0] == ""
        assert len(set(family.levels)) == len(family.levels), family.name
        assert len(family.levels) < 256, "levels are kept as bytes in training"


# ---------------------------------------------------------------- laws


def read_in_order(state: GameState) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Levels and pattern codes by move."""
    moves, levels, codes = FeatureReader(state.rules.board_size).read(state)
    return (
        {int(m): row.tolist() for m, row in zip(moves, levels, strict=True)},
        {int(m): row.tolist() for m, row in zip(moves, codes, strict=True)},
    )


@pytest.mark.parametrize("size", [2, 5, 9, 13])
def test_features_are_the_same_under_symmetry_and_swapped_colors(size: int) -> None:
    rng = np.random.default_rng(size)
    for _ in range(25):
        game = random_game(rng, size, int(rng.integers(0, 2 * size * size)))
        if game.is_over:
            continue
        levels, codes = read_in_order(game)
        s = int(rng.integers(NUM_SYMMETRIES))
        table = symmetry_moves(size)[s]
        turned = GameState.from_moves(game.rules, [int(table[m]) for m in game.history])
        nobody = np.zeros((size, size), np.int8)
        swapped = GameState.from_stones(Rules(size, -game.rules.komi), nobody, WHITE)
        for move in game.history:
            swapped.play(move)
        turned_levels, turned_codes = read_in_order(turned)
        assert {int(table[m]): row for m, row in levels.items()} == turned_levels
        assert {int(table[m]): row for m, row in codes.items()} == turned_codes
        assert (levels, codes) == read_in_order(swapped)


def test_levels_stay_within_their_families() -> None:
    rng = np.random.default_rng(0)
    counts = np.array([len(family.levels) for family in HAND_FAMILIES])
    for _ in range(150):
        size = int(rng.integers(2, 11))
        game = random_game(rng, size, int(rng.integers(0, 3 * size * size)))
        if game.is_over:
            continue
        _, levels, _ = FeatureReader(size).read(game)
        assert (levels[:, :NUM_HAND] >= 0).all()
        assert (levels[:, :NUM_HAND] < counts).all()


def test_reading_changes_nothing_and_repeats() -> None:
    game = random_game(np.random.default_rng(1), 9, 60)
    before = game.stones(), game.history, game.legal_mask()
    reader = FeatureReader(9)
    first, second = reader.read(game), reader.read(game)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    game.board.check_consistency()
    np.testing.assert_array_equal(before[0], game.stones())
    np.testing.assert_array_equal(before[2], game.legal_mask())
    assert before[1] == game.history
