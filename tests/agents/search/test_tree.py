"""The laws of a search tree, on real searches."""

from __future__ import annotations

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.search import SearchConfig
from go_engine import GameState, IllegalMoveError, KoRule, Rules
from tests.agents.net.reference_planes import planes_of, seen_under
from tests.agents.search.trees import (
    Answer,
    FunctionEvaluator,
    check_tree,
    flat_evaluator,
    hash_evaluator,
    random_answer,
    search_trees,
)
from tests.go_engine.comparison import Setting, ko_lover, several_kos
from tests.reference import neighbours

# Sharp q would settle on one line at once; this keeps trees broad.
BROAD = SearchConfig(num_simulations=60, c_visit=2.0, c_scale=1.0)


def random_game(rules: Rules, plies: int, seed: int) -> GameState:
    """A game of random moves, never over."""
    rng = random.Random(seed)
    state = GameState(rules)
    while state.move_count < plies:
        legal = state.legal_moves().tolist()
        state.play(rng.choice(legal[:-1]) if len(legal) > 1 and state.passes else rng.choice(legal))
        if state.is_over:
            state = GameState(rules)
    return state


@pytest.mark.parametrize(
    ("size", "plies", "komi"), [(2, 0, 1.0), (2, 5, 0.5), (3, 4, 9.0), (5, 12, 7.5), (9, 30, 7.0)]
)
def test_laws_of_trees(size: int, plies: int, komi: float) -> None:
    states = [random_game(Rules(size, komi), plies, seed) for seed in range(4)]
    tree, _ = search_trees(states, hash_evaluator(), BROAD)
    for g, state in enumerate(states):
        check_tree(tree, g, state)
        assert tree.simulations[g] == 60
        assert tree.visits[g, 0] == 61


def test_laws_where_the_game_ends_all_over_the_tree() -> None:
    """On 2x2 most lines end within the search: by two passes, or by the limit of moves."""
    ends = 0
    for limit in (0, 9, 6):
        states = [random_game(Rules(2, 1.0), 4, seed) for seed in range(6)]
        config = SearchConfig(num_simulations=80, c_visit=2.0)
        tree, _ = search_trees(states, hash_evaluator(), config, max_moves=limit)
        for g, state in enumerate(states):
            nodes = check_tree(tree, g, state, limit)
            ends += int(tree.terminal[g, : len(nodes)].sum())
    assert ends > 50


@pytest.mark.parametrize("komi", [-9.0, 0.0, 9.0])
def test_true_results_of_all_kinds_are_met(komi: float) -> None:
    """A 3x3 board that Black owns: lost, drawn and won at the three komi."""
    state = GameState(Rules(3, 9.0 + komi))
    for move in (4, 9):  # Black takes the centre, White passes
        state.play(move)
    tree, _ = search_trees([state], flat_evaluator(), BROAD)
    check_tree(tree, 0, state)
    ended = tree.children[0, 0, 9]
    assert tree.terminal[0, ended]
    # White is to move there; White's margin is komi - 9 for 9 + komi.
    assert tree.raw[0, ended, 1] == {-9.0: 0.0, 0.0: 0.5, 9.0: 1.0}[komi]
    assert tree.raw[0, ended, 2] == komi


def test_tampering_with_a_tree_is_noticed() -> None:
    """So the checks above can fail."""
    state = random_game(Rules(3, 0.5), 3, 1)
    for field, change in (("visits", 1), ("value_sum", 0.5), ("margin_sum", 1.0), ("parent", 1)):
        tree, _ = search_trees([state], hash_evaluator(), BROAD)
        check_tree(tree, 0, state)
        getattr(tree, field)[0, 2] += change
        with pytest.raises(AssertionError):
            check_tree(tree, 0, state)


# ---------------------------------------------------------------- kos


def ko_mad(setting: Setting) -> FunctionEvaluator:
    """Takes kos with either colour, hardly ever fills one, and sometimes plays elsewhere."""
    near = neighbours(setting.rules.board_size)

    def answer(planes: NDArray[np.float32]) -> Answer:
        logits, value, score = random_answer(planes)
        theirs = planes[6].ravel() == 1
        for point in setting.ko_points:
            takes = any(theirs[other] for other in setting.ko_points & set(near[point]))
            logits[point] += 8 if takes else -8
        return logits, value, score

    return FunctionEvaluator(answer)


def superko_only(state: GameState, points: frozenset[int]) -> int:
    """How many of the points only superko forbids."""
    count = 0
    for point in points:
        try:
            state.copy().play(point)
        except IllegalMoveError as error:
            count += error.reason == "superko"
    return count


@pytest.mark.parametrize("ko", ["positional", "situational", "simple"])
@pytest.mark.parametrize("history", [0, 5])
def test_superko_deep_in_the_tree(ko: KoRule, history: int) -> None:
    """Lines that go round several kos: at every node just the legal moves have a logit, with the
    game before the root and the line since then counting as history."""
    rng = random.Random(history)
    forbidden = 0
    for _ in range(16):
        setting = several_kos(Rules(5, 7.0, ko), rng)
        while len(setting.ko_points) < 6:
            setting = several_kos(Rules(5, 7.0, ko), rng)
        state, reference = setting.engine_game(GameState), setting.reference_game()
        while state.move_count < history and not state.is_over:
            move = ko_lover(reference, setting, rng)
            reference.play(move)
            state.play(move)
        if state.is_over:
            continue
        config = SearchConfig(num_simulations=200, c_visit=0.0, c_scale=0.0, max_considered=4)
        tree, _ = search_trees([state], ko_mad(setting), config, turned=False)
        for here in check_tree(tree, 0, state):
            if here.move_count >= state.move_count + 3 and not here.is_over:
                forbidden += superko_only(here, setting.ko_points)
    if ko == "simple":
        assert forbidden == 0
    else:
        assert forbidden > 5


# ---------------------------------------------------------------- what the network is asked


def test_leaves_are_shown_as_they_are() -> None:
    """The planes offered are those of the games at the tree's nodes: history, ko, passes."""
    states = [random_game(Rules(4, 3.5), plies, plies) for plies in (0, 1, 2, 9)]
    for state in states:
        evaluator = hash_evaluator()
        tree, _ = search_trees([state], evaluator, BROAD, turned=False)
        nodes = check_tree(tree, 0, state)
        asked = [here for n, here in enumerate(nodes) if not tree.terminal[0, n]]
        assert len(asked) == len(evaluator.asked) > 20
        for here, planes in zip(asked, evaluator.asked, strict=True):
            np.testing.assert_allclose(planes, planes_of(here), rtol=1e-6)


def test_positions_are_shown_under_all_symmetries_and_answers_turned_back() -> None:
    """A network that likes one point of what it is shown likes one point of each board."""

    def answer(planes: NDArray[np.float32]) -> Answer:
        # 1 where the mover has a stone, 2 where the opponent had one a move ago, else 0.
        return np.append((planes[2] + 2 * planes[7]).ravel(), 0), 0.5, 0.0

    state = random_game(Rules(5, 7.0), 3, 2)
    evaluator = FunctionEvaluator(answer)
    tree, _ = search_trees([state], evaluator, BROAD)
    nodes = check_tree(tree, 0, state)
    asked = [n for n in range(len(nodes)) if not tree.terminal[0, n]]
    used: set[int] = set()
    for n, shown in zip(asked, evaluator.asked, strict=True):
        planes = planes_of(nodes[n])
        expected, legal = answer(planes)[0], nodes[n].legal_mask()
        assert (tree.logits[0, n][legal] == expected[legal]).all()
        fitting = [s for s in range(8) if np.allclose(seen_under(planes, s), shown)]
        assert fitting
        used |= set(fitting)
    assert used == set(range(8))


# ---------------------------------------------------------------- edges


@pytest.mark.parametrize("size", [2, 5, 19])
def test_one_simulation(size: int) -> None:
    state = GameState(Rules(size, 7.0))
    tree, _ = search_trees([state], hash_evaluator(), SearchConfig(num_simulations=1))
    assert len(check_tree(tree, 0, state)) == 2


def test_more_candidates_than_legal_moves() -> None:
    state = GameState(Rules(2, 1.0))
    config = SearchConfig(num_simulations=50, max_considered=300)
    tree, _ = search_trees([state], hash_evaluator(), config)
    check_tree(tree, 0, state)
    visited = tree.children[0, 0] >= 0
    assert visited.all()


def only_passes() -> GameState:
    """White to move on 3x3 where Black has two eyes in opposite corners and stones all over."""
    stones = np.ones((3, 3), np.int8)
    stones[0, 0] = stones[2, 2] = 0
    return GameState.from_stones(Rules(3, 1.0), stones, -1)


def test_a_position_where_nothing_but_a_pass_is_legal() -> None:
    state = only_passes()
    assert state.legal_moves().tolist() == [9]
    for simulations in (1, 2, 30):
        config = SearchConfig(num_simulations=simulations)
        tree, _ = search_trees([state], hash_evaluator(), config)
        check_tree(tree, 0, state)
        assert tree.visits[0, tree.children[0, 0, 9]] == simulations


def test_a_whole_board_of_19x19_with_a_long_history() -> None:
    state = random_game(Rules(19, 7.5), 200, 7)
    tree, _ = search_trees([state], hash_evaluator(), SearchConfig(num_simulations=24))
    check_tree(tree, 0, state)


def test_one_long_line() -> None:
    """As deep as there are simulations: the history below the root is used to its last place."""

    def answer(planes: NDArray[np.float32]) -> Answer:
        size = planes.shape[1]
        empty = 1 - planes[2] - planes[6]
        logits = np.append(-30 + 10 * empty.ravel() - np.arange(size * size) * 9, -400.0)
        return logits, 0.5, 0.0

    state = GameState(Rules(5, 0.0))
    config = SearchConfig(num_simulations=40, max_considered=1, c_visit=0.0, c_scale=0.0)
    tree, _ = search_trees([state], FunctionEvaluator(answer), config, turned=False)
    nodes = check_tree(tree, 0, state)
    assert max(here.move_count for here in nodes) >= 20
