"""Features by kernel against slow, obvious definitions, on random and real games, all symmetries.

`-m slow` compares 100,000 positions; UNTOLD_GAMES may name a file of SGF games to take half of
them from (else they are the random and the told player's).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agents.told.families import HAND_FAMILIES
from agents.told.features import NUM_HAND
from agents.told.model import FeatureReader
from agents.told.patterns import disc
from go_engine import NUM_SYMMETRIES, GameState, Rules, symmetry_moves
from go_engine.sgf import read_collection
from tests.agents.told.positions import random_model
from tests.agents.told.slow_asking import ask
from tests.agents.told.slow_features import FAMILIES
from tests.agents.told.slow_places import pass_words
from tests.agents.told.slow_reading import Look, TooLongError

COLUMNS = {family.name: column for column, family in enumerate(HAND_FAMILIES)}


def look_at(state: GameState) -> Look:
    stones = tuple(int(color) for color in state.stones().ravel())
    return Look(stones, state.rules.board_size, state.simple_ko_point)


def compare(state: GameState, levels: np.ndarray, moves: np.ndarray, chosen: int) -> list[str]:
    """What the kernel says otherwise about a move than the slow definitions; `too long` where
    a ladder may have been given up."""
    points = state.rules.num_points
    history = [m if m != points else None for m in state.history]
    last = history[-1] if history else None
    previous = history[-2] if len(history) > 1 else None
    row = levels[chosen]
    if moves[chosen] == points:
        wanted = pass_words(
            look_at(state), state.to_play, state.rules.komi, bool(history) and last is None
        )
        said = HAND_FAMILIES[0].levels[row[0]]
        return [] if said == wanted and not row[1:NUM_HAND].any() else [f"pass: {said}"]
    asked = ask(look_at(state), int(moves[chosen]), state.to_play, last, previous)
    wrong = [] if row[0] == 0 else ["pass"]
    for name, slow in FAMILIES.items():
        said = HAND_FAMILIES[COLUMNS[name]].levels[row[COLUMNS[name]]]
        try:
            wanted = slow(asked)
        except TooLongError:
            wrong.append("too long")
            continue
        if said != wanted:
            wrong.append(f"{name}: {said!r} should be {wanted!r}")
    return wrong


def moves_of_random_game(rng: np.random.Generator, size: int) -> Iterator[int]:
    """Random play that seldom fills eyes: without passes it would hardly end."""
    state = GameState(Rules(size))
    while not state.is_over and state.move_count < 3 * size * size:
        legal = state.legal_moves()
        move = int(rng.choice(legal[:-1])) if legal.size > 1 and rng.random() > 0.02 else legal[-1]
        yield int(move)
        state.play(int(move))


def moves_of_model_game(rng: np.random.Generator, size: int) -> Iterator[int]:
    """Play that looks more like Go: a model of few, sensible weights draws the moves."""
    state, reader = GameState(Rules(size)), FeatureReader(size)
    liking = {"capture": 3.0, "escape": 2.0, "atari": 1.0, "net": 2.0, "snapback": 3.0, "ko": 1.5,
              "cut": 1.0, "own_eye": -4.0, "reply": 1.0}  # fmt: skip
    while not state.is_over and state.move_count < 2 * size * size:
        moves, levels, _ = reader.read(state)
        scores = sum(w * (levels[:, COLUMNS[name]] > 0) for name, w in liking.items())
        scores = scores - 0.3 * levels[:, COLUMNS["near_last"]]
        scores[-1] = -3.0
        chances = np.exp(scores - scores.max())
        move = int(rng.choice(moves, p=chances / chances.sum()))
        yield move
        state.play(move)


def check_game(
    moves: Iterator[int], rules: Rules, rng: np.random.Generator, most: int, asked: int
) -> tuple[int, Counter[str]]:
    """Follow a game on eight boards, one for each symmetry; positions seen, and levels met."""
    size = rules.board_size
    tables = symmetry_moves(size)
    games = [GameState(rules) for _ in range(NUM_SYMMETRIES)]
    reader = FeatureReader(size)
    seen, met = 0, Counter[str]()
    for move in moves:
        found, levels, codes = reader.read(games[0])
        for table, game in zip(tables[1:], games[1:], strict=True):
            there, turned_levels, turned_codes = reader.read(game)
            order = np.searchsorted(there, table[found])
            assert (turned_levels[order] == levels).all()
            assert (turned_codes[order] == codes).all()
        for chosen in rng.integers(found.size, size=asked):
            wrong = compare(games[0], levels, found, int(chosen))
            met["too long"] += "too long" in wrong
            met["asked"] += 1
            met.update(f for f, c in COLUMNS.items() if levels[chosen, c])
            wrong = [text for text in wrong if text != "too long"]
            assert not wrong, f"{games[0].history}, then {found[chosen]}: {wrong}"
        seen += 1
        if seen >= most:
            break
        for table, game in zip(tables, games, strict=True):
            game.play(int(table[move]))
    return seen, met


def check(count: int, rng: np.random.Generator, asked: int) -> Counter[str]:
    """Compare in `count` positions; how often each family spoke."""
    path = os.environ.get("UNTOLD_GAMES")
    real = read_collection(Path(path)) if path else iter(())
    met = Counter[str]()
    number = 0
    while count > 0:
        size = int(rng.choice([9, 9, 9, 7, 5, 3, 2]))
        number += 1
        game = next(real, None) if number % 2 else None
        if game is not None:
            if game.stones.any():
                continue
            seen, told = check_game(iter(game.moves), game.rules, rng, count, asked)
        else:
            make = moves_of_random_game if number % 4 == 1 else moves_of_model_game
            seen, told = check_game(make(rng, size), Rules(size), rng, count, asked)
        met += told
        count -= seen
    return met


def test_features_are_what_they_say() -> None:
    met = check(400, np.random.default_rng(5), asked=3)
    assert met["too long"] < 0.02 * met["asked"]
    rare = {"pass", "owner", "snapback", "net", "ko", "recapture"}
    assert {f for f in COLUMNS if met[f] == 0} <= rare


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_features_are_what_they_say_in_100_000_positions() -> None:
    met = check(100_000, np.random.default_rng(6), asked=1)
    assert met["too long"] < 0.02 * met["asked"]
    assert {f for f in COLUMNS if met[f] == 0} == {"owner"}


# ---------------------------------------------------------------- patterns


def slow_forms(state: GameState, move: int) -> list[object]:
    """Each pattern family's pattern around a move, spelled out; the least of eight images."""
    size, look = state.rules.board_size, look_at(state)
    last = state.history[-1] if state.history else None

    def at(offset: tuple[int, int], told: bool) -> str:
        row, column = move // size + offset[0], move % size + offset[1]
        if not (0 <= row < size and 0 <= column < size):
            return "#"
        point = row * size + column
        color = look.stones[point] * state.to_play
        if color == 0:
            return "."
        return "?xo"[color] + (str(min(len(look.liberties(point)), 3)) if told else "")

    def images(offsets: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
        for _ in range(4):
            offsets = [(c, -r) for r, c in offsets]
            yield offsets
            yield [(r, -c) for r, c in offsets]

    def least(offsets: list[tuple[int, int]], told: str, marks: bool) -> tuple[str, ...]:
        return min(
            tuple(
                at(o, told == "all" or (told == "near" and 0 in o))
                + (
                    "!"
                    if marks and last == move + o[0] * size + o[1] and at(o, False) != "#"
                    else ""
                )
                for o in image
            )
            for image in images(offsets)
        )

    ring = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if (r, c) != (0, 0)]
    wide = {radius: disc(radius) for radius in (4, 5, 7, 9)}
    responses: list[object] = []
    for radius in (5, 4):
        form = least(wide[radius], "no", True)
        responses.append(form if any("!" in text for text in form) else None)
    return [
        least(ring, "near", False),
        *(least(offsets, "no", False) for offsets in wide.values()),
        *responses,
        least(wide[4], "all", True),
    ]


def test_patterns_are_told_apart_exactly_by_shape() -> None:
    rng = np.random.default_rng(3)
    code_of: dict[tuple[int, object], int] = {}
    form_of: dict[tuple[int, int], object] = {}
    for number in range(60):
        size = (9, 5, 3, 7, 2)[number % 5]
        state = GameState(Rules(size))
        for move in moves_of_random_game(rng, size):
            if state.move_count % 7 == number % 7:
                moves, _, codes = FeatureReader(size).read(state)
                for m in rng.integers(moves.size, size=2):
                    if moves[m] == size * size:
                        assert (codes[m] == -1).all()
                        continue
                    for f, form in enumerate(slow_forms(state, int(moves[m]))):
                        code = int(codes[m, f])
                        assert (code == -1) == (form is None)
                        assert code_of.setdefault((f, form), code) == code
                        assert form_of.setdefault((f, code), form) == form
            state.play(move)
    assert len(code_of) > 1500


def test_ownership_is_an_option() -> None:
    """Level 0 without it; with it 0 to 10 tenths, and the same whenever the position is."""
    state = GameState.from_moves(Rules(5), [12, 7, 13, 8, 11, 6, 10, 9, 14])
    column = COLUMNS["owner"]
    assert not FeatureReader(5).read(state)[1][:, column].any()
    first, again = (FeatureReader(5, playouts=50).read(state)[1][:, column] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first[-1] == 0
    assert ((first[:-1] >= 1) & (first[:-1] <= 11)).all()
    assert random_model().playouts == 0
