"""The told search: its tree, what it finds, and that it says the same twice."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from agents.told.agent import SHIPPED
from agents.told.model import MoveModel
from agents.told.playout_weights import SHIPPED_PLAYOUTS, PlayoutWeights
from agents.told.uct_search import SearchFound, ToldSearch
from agents.told.uct_tree import UctConfig
from go_engine import BLACK, WHITE, GameState, Rules, vertex_to_move
from go_engine import kernels as k
from go_engine.kernels import padded, unpadded
from tests.agents.told.positions import position, random_game

MODEL = MoveModel.load(SHIPPED)
PLAYOUTS = PlayoutWeights.load(SHIPPED_PLAYOUTS)


def new_search(**config: float) -> ToldSearch:
    return ToldSearch(MODEL, PLAYOUTS, dataclasses.replace(UctConfig(), **config))  # type: ignore[arg-type]


def find(state: GameState, playouts: int = 400, seed: int = 1) -> SearchFound:
    return new_search().search(state, np.random.default_rng(seed), playouts)


def searching_moves(state: GameState) -> set[int]:
    """Legal moves that fill no own one-point eye, by the engine's other ways."""
    size = state.rules.board_size
    row, _ = state.kernel_arrays()
    moves = {int(m) for m in state.legal_moves()}
    return {
        m for m in moves if m == size**2 or not k.is_own_eye(row, padded(size, m), state.to_play)
    }


def test_the_tree_holds_just_the_legal_moves_and_its_visits_add_up() -> None:
    by_superko = 0
    rng = np.random.default_rng(4)
    for seed in range(6):
        # On small boards nearly full of stones old positions come back all the time.
        state = random_game(rng, 3, 14, komi=0.0)
        if state.is_over:
            continue
        search = new_search(expand_after=2)
        search.search(state, np.random.default_rng(seed), 500)
        assert search._last is not None
        tree = search._last[1]
        todo = [(0, state)]
        while todo:
            node, here = todo.pop()
            first, count = int(tree.first[node]), int(tree.children[node])
            if count == 0:
                continue
            children = range(first, first + count)
            points = [int(tree.move[child]) for child in children]
            moves = [9 if p == 0 else int(unpadded(3, p)) for p in points]
            assert set(moves) == searching_moves(here)
            simple = GameState.from_stones(Rules(3, 0.0, ko="simple"), here.stones(), here.to_play)
            by_superko += len(searching_moves(simple) - set(moves))
            inside = int(tree.visits[first : first + count].sum())
            assert tree.visits[node] == inside + (0 if node == 0 else 2)
            for child, move in zip(children, moves, strict=True):
                after = here.copy()
                after.play(move)
                assert tree.children[child] == 0 or not after.is_over
                todo.append((child, after))
    assert by_superko > 5


def test_a_finished_game_counts_as_what_it_is() -> None:
    # Black has passed; White's pass ends the game, 25 - 0 points before komi, komi 24.
    for komi, value in ((24.0, 0.0), (25.0, 0.5), (26.0, 1.0)):
        state = position("..X.. .XX.. XX.X. ..X.. .X.X.", BLACK, "pass", komi)
        found = new_search(margin_share=0.0).search(state, np.random.default_rng(1), 300)
        passing = next(move for move in found.moves if move.move == 25)
        assert passing.visits > 0
        assert passing.value == value
        assert passing.score == komi - 25.0


def test_equal_generators_find_equal_things_and_kept_trees_go_on() -> None:
    state = GameState.from_moves(Rules(9, 7.0), [40, 42, 22])
    once, again, other = find(state), find(state), find(state, seed=2)
    assert once.moves == again.moves
    assert once.pv == again.pv
    assert once.moves != other.moves

    search = new_search()
    first = search.search(state, np.random.default_rng(1), 400)
    reply = first.pv[:2]
    for move in reply:
        state.play(move)
    assert search._last is not None
    kept = search._tree_for(state)
    known = int(kept.visits[0])
    assert known > 1
    second = search.search(state, np.random.default_rng(1), 100)
    assert sum(move.visits for move in second.moves) >= 100
    assert second.playouts <= 100


def test_another_game_begins_a_new_tree() -> None:
    search = new_search()
    search.search(GameState.from_moves(Rules(9, 7.0), [40]), np.random.default_rng(1), 50)
    for state in (
        GameState.from_moves(Rules(9, 7.0), [41, 3]),
        GameState.from_moves(Rules(9, 6.0), [40, 3]),
        GameState(Rules(9, 7.0)),
        GameState.from_moves(Rules(7, 7.0), [40]),
    ):
        assert int(search._tree_for(state).visits[0]) == 0


def test_early_stop_leaves_the_leader_where_it_was() -> None:
    # A capture that decides everything: most of the budget need not be spent.
    state = position("O.O.O OOOOO XXXXX XXXXX ...XX", BLACK, "", 0.0)
    found = find(state, 4000)
    assert found.playouts < 4000
    left = 4000 - found.playouts
    assert found.moves[0].visits - found.moves[1].visits > left


LIFE = "O.O.O OOOOO XXXXX XXXXX ...XX"
TASKS = [
    ("to live", LIFE, BLACK, "B1"),
    ("to kill", LIFE, WHITE, "B1"),
    # Both sides' chains at the top have one liberty left, E5; whoever takes it takes the other.
    ("to capture first", "OOOO. XXXX. OOOOX .O.OX OOOOX", BLACK, "E5"),
]


@pytest.mark.parametrize(("task", "diagram", "to_play", "best"), TASKS)
def test_it_finds(task: str, diagram: str, to_play: int, best: str) -> None:
    found = find(position(diagram, to_play, "", 0.0))
    assert found.moves[0].move == vertex_to_move(best, 5)


def test_it_reads_a_ladder_without_being_told_of_ladders() -> None:
    """With a model that knows nothing the search sees that the ladder works."""
    blank = MoveModel(np.zeros_like(MODEL.weights), MODEL.tables)
    search = ToldSearch(blank, PLAYOUTS)
    diagram = "....... ....... ..XX... .XOO... ..XX... ....... ......."
    state = position(diagram, BLACK, "", 0.0)
    found = search.search(state, np.random.default_rng(1), 1500)
    assert found.moves[0].move in {vertex_to_move("E4", 7), vertex_to_move("F4", 7)}


def test_budgets_are_kept() -> None:
    search = new_search()
    state = GameState(Rules(9, 7.0))
    with pytest.raises(ValueError, match="needs a budget"):
        search.search(state, np.random.default_rng(1))
    assert search.search(state, np.random.default_rng(1), 37).playouts <= 37
    search.forget()
    assert search.search(state, np.random.default_rng(1), seconds=0.05).playouts > 0
    over = GameState.from_moves(Rules(5), [25, 25])
    with pytest.raises(ValueError, match="over"):
        search.search(over, np.random.default_rng(1), 10)
