"""Searching one position: golden trees, perspective, symmetry, determinism."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.search import SearchConfig, root_summary, search_position
from agents.search.simulate import utility
from go_engine import BLACK, WHITE, GameState, Rules, symmetry_moves
from tests.agents.net.reference_planes import seen_under
from tests.agents.search.test_tree import only_passes, random_game
from tests.agents.search.trees import (
    Answer,
    FunctionEvaluator,
    check_tree,
    flat_answer,
    flat_evaluator,
    hash_evaluator,
    random_answer,
    search_trees,
)

QUIET = SearchConfig(num_simulations=32, gumbel_scale=0.0)
RESULT_ONLY = dataclasses.replace(QUIET, score_weight=0.0)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


# ---------------------------------------------------------------- golden trees


def book(planes: NDArray[np.float32]) -> Answer:
    """Five positions of 2x2 by the mover's stones (1) and the opponent's (2)."""
    stones = tuple(int(n) for n in (planes[2] + 2 * planes[6]).ravel())
    positions: dict[tuple[int, ...], tuple[list[float], float]] = {
        (0, 0, 0, 0): ([2, 1, 0, 0, -3], 0.6),
        (2, 0, 0, 0): ([9, 0, 0, 3, -3], 0.25),  # after Black 0; White's value
        (0, 2, 0, 0): ([4, 9, 0, 0, -3], 0.75),  # after Black 1
        (1, 0, 0, 2): ([0, 0, 0, 0, 0], 0.5),  # after Black 0, White 3; Black's value
        (2, 1, 0, 0): ([0, 0, 0, 0, 0], 0.9),  # after Black 1, White 0
    }
    logits, value = positions[stones]
    return np.array(logits, np.float64), value, 0.0


def test_golden_tree() -> None:
    """Two candidates, four simulations: 0, 1, 0, 1 at the root (the schedule is 0, 0, 1, 1).

    Simulation 1: nothing is visited, move 0 has the largest logit: White's 0.25, Black's 0.75.
    Simulation 2: of the unvisited, move 1: White's 0.75, Black's 0.25.
    Simulation 3: 2 + 0.75 against 1 + 0.25, so move 0; there White's likeliest answer is 3: 0.5.
    Simulation 4: only move 1 has one visit; White's likeliest answer is 0: Black's 0.9.
    """
    config = SearchConfig(4, max_considered=2, c_visit=0.0, c_scale=1.0, score_weight=0.0)
    state = GameState(Rules(2, 0.5))
    tree, settings = search_trees([state], FunctionEvaluator(book), config, turned=False)
    check_tree(tree, 0, state)
    assert tree.num_nodes[0] == 5
    assert tree.parent[0].tolist() == [-1, 0, 0, 1, 2]
    assert tree.visits[0].tolist() == [5, 2, 2, 1, 1]
    assert tree.children[0, 0].tolist() == [1, 2, -1, -1, -1]
    assert (tree.children[0, 1, 3], tree.children[0, 2, 0]) == (3, 4)
    # Root: 0.6 + 0.75 + 0.25 + 0.5 + 0.9; then White's 0.25 + 0.5 and 0.75 + 0.1.
    assert tree.value_sum[0] == pytest.approx([3.0, 0.75, 0.85, 0.5, 0.9], rel=1e-6)

    visits, qvalues = np.zeros(5, np.int32), np.zeros(5, np.float32)
    policy = np.zeros(5, np.float32)
    move = root_summary(tree, settings, 0, visits, qvalues, policy)
    assert visits.tolist() == [2, 2, 0, 0, 0]
    assert qvalues[:2] == pytest.approx([0.625, 0.575])  # 1 - 0.75 / 2 and 1 - 0.85 / 2
    # Priors of moves 0 and 1: e^2 and e^1 of e^2 + e + 1 + 1 + e^-3 = 12.157125: 0.607796 and
    # 0.223596. Their q so weighted: 0.611553; with the raw value (0.6 + 4 * 0.611553) / 5 =
    # 0.609242 for the others. sigma is 2: scores 3.25, 2.15, 1.218485 twice and -1.781515, whose
    # exponentials sum to 41.3077.
    assert policy == pytest.approx([0.62435, 0.20783, 0.08188, 0.08188, 0.00408], abs=2e-5)
    assert move == 0


def test_golden_tree_with_noise() -> None:
    """A bonus of 5 puts move 2 before move 0 and takes move 1 out of the two candidates; the noise
    is in the choice and not in the improved policy."""
    config = SearchConfig(2, max_considered=2, c_visit=0.0, c_scale=1.0, score_weight=0.0)
    noise = np.array([[0, 0, 5, 0, 0]], np.float32)

    def answer(planes: NDArray[np.float32]) -> Answer:
        return np.array([2.0, 1, 0, 0, -3]), 0.5, 0.0

    tree, settings = search_trees(
        [GameState(Rules(2, 0.5))], FunctionEvaluator(answer), config, turned=False, noise=noise
    )
    assert tree.children[0, 0].tolist() == [2, -1, 1, -1, -1]
    visits, qvalues, policy = np.zeros(5, np.int32), np.zeros(5, np.float32), np.zeros(5, "f4")
    assert root_summary(tree, settings, 0, visits, qvalues, policy) == 2
    # All q are 0.5, so the policy is the prior: e^2, e, 1, 1, e^-3 of 12.157125.
    assert policy == pytest.approx([0.607796, 0.223596, 0.082256, 0.082256, 0.004095], abs=1e-5)


def test_utility() -> None:
    _, settings = search_trees([GameState(Rules(5, 0.0))], flat_evaluator(), QUIET)
    assert (settings.score_weight, settings.score_scale) == (0.1, 10.0)
    # tanh 1 = 0.761594: 0.9 * 1 + 0.1 * (1 + 0.761594) / 2 for a win by 10, and its mirror image.
    assert utility(settings, 1.0, 10.0) == pytest.approx(0.988080, abs=1e-6)
    assert utility(settings, 0.0, -10.0) == pytest.approx(0.011920, abs=1e-6)
    assert utility(settings, 0.5, 0.0) == pytest.approx(0.5)
    assert utility(settings._replace(score_weight=0.0), 0.75, 99.0) == 0.75


# ---------------------------------------------------------------- whose value is it


def centre_and_pass(komi: float) -> GameState:
    """3x3, Black in the centre (owning all nine points), White has just passed; Black to play."""
    state = GameState(Rules(3, komi))
    state.play(4)
    state.play(9)
    return state


def test_passing_wins_at_once() -> None:
    state = centre_and_pass(8.5)
    found = search_position(state, flat_evaluator(), RESULT_ONLY, rng())
    assert found.move == 9
    assert found.qvalues[9] == 1.0
    assert found.visits[9] == found.visits.max()
    assert found.policy[9] > 0.99
    assert found.pv == (9,)
    assert found.value > 0.6


def test_passing_loses_at_once() -> None:
    state = centre_and_pass(9.5)
    found = search_position(state, flat_evaluator(), RESULT_ONLY, rng())
    assert found.move != 9
    assert (found.visits[9], found.qvalues[9]) == (1, 0.0)
    assert found.policy[9] < 0.01


def test_passing_wins_at_once_for_white() -> None:
    """Black passes on the empty board: with komi White wins by passing too."""
    state = GameState(Rules(3, 0.5))
    state.play(9)
    found = search_position(state, flat_evaluator(), RESULT_ONLY, rng())
    assert (found.move, found.qvalues[9]) == (9, 1.0)
    state = GameState(Rules(3, -0.5))
    state.play(9)
    found = search_position(state, flat_evaluator(), RESULT_ONLY, rng())
    assert (found.visits[9], found.qvalues[9]) == (1, 0.0)


def test_what_is_reported_is_the_chosen_moves() -> None:
    """Black passes and has won by half a point; the moves that were tried beside it don't count."""
    found = search_position(centre_and_pass(8.5), flat_evaluator(), RESULT_ONLY, rng())
    assert found.move == 9
    assert found.visits.sum() > found.visits[9]
    assert (found.value, found.score) == (1.0, 0.5)


def test_a_drawn_pass_counts_half() -> None:
    found = search_position(centre_and_pass(9.0), flat_evaluator(), RESULT_ONLY, rng())
    assert found.qvalues[9] == 0.5


def test_the_margin_breaks_ties_between_wins() -> None:
    """Black wins by passing at komi 8.5 and at komi -20; the search sees by how much."""
    # tanh(0.5 / 6) = 0.083141, tanh(29 / 6) = 0.999873
    for komi, expected in ((8.5, 0.954157), (-20.0, 0.999994)):
        found = search_position(centre_and_pass(komi), flat_evaluator(), QUIET, rng())
        assert found.qvalues[9] == pytest.approx(expected, abs=1e-5)


def test_value_and_score_are_the_mover_s() -> None:
    """A network that always thinks Black wins by 12 points before komi."""

    def answer(planes: NDArray[np.float32]) -> Answer:
        black = planes[12, 0, 0] == 1
        return flat_answer(planes)[0], 0.9 if black else 0.1, 12.0 if black else -12.0

    for plies, value, score in ((0, 0.9, 5.0), (1, 0.1, -5.0)):
        state = random_game(Rules(5, 7.0), plies, 0)
        config = dataclasses.replace(QUIET, num_simulations=10)
        found = search_position(state, FunctionEvaluator(answer), config, rng())
        assert found.value == pytest.approx(value, abs=1e-6)
        assert found.score == pytest.approx(score, abs=1e-5)


# ---------------------------------------------------------------- nothing but the position counts


def test_the_state_is_left_as_it_was() -> None:
    state = random_game(Rules(5, 7.0), 11, 3)
    row, history = (array.copy() for array in state.kernel_arrays())
    moves = state.history
    search_position(state, hash_evaluator(), QUIET, rng())
    assert (state.kernel_arrays()[0] == row).all()
    assert (state.kernel_arrays()[1] == history).all()
    assert state.history == moves


def test_the_same_search_twice() -> None:
    state = random_game(Rules(5, 7.0), 6, 4)
    noisy = SearchConfig(num_simulations=24)
    first, second = (
        search_position(state, hash_evaluator(), noisy, np.random.default_rng(5)) for _ in range(2)
    )
    assert first.move == second.move
    assert first.value == second.value
    assert (first.visits == second.visits).all()
    assert (first.policy == second.policy).all()
    other = search_position(state, hash_evaluator(), noisy, np.random.default_rng(6))
    assert (first.visits != other.visits).any()


def test_alone_or_in_a_batch() -> None:
    states = [random_game(Rules(4, 3.0), plies, plies) for plies in (0, 3, 8, 13)]
    noise = rng().gumbel(size=(4, 17)).astype(np.float32)
    config = SearchConfig(num_simulations=40)
    evaluator = hash_evaluator()
    together, _ = search_trees(states, evaluator, config, noise=noise)
    assert max(evaluator.batches) == 4
    for g, state in enumerate(states):
        alone, _ = search_trees([state], hash_evaluator(), config, noise=noise[g : g + 1])
        used = int(alone.num_nodes[0])
        assert together.num_nodes[g] == used
        for field in ("visits", "value_sum", "utility_sum", "margin_sum", "parent", "children"):
            in_batch, single = getattr(together, field)[g, :used], getattr(alone, field)[0, :used]
            assert np.array_equal(in_batch, single), field


def even_handed(planes: NDArray[np.float32]) -> Answer:
    """As `random_answer`, but the same for both colours and turned just as the position is."""
    size = planes.shape[1]
    views = [seen_under(planes[:12], s) for s in range(8)]
    s = min(range(8), key=lambda s: np.ascontiguousarray(views[s]).tobytes())
    logits, value, score = random_answer(views[s])
    return logits[symmetry_moves(size)[s]], value, score


@pytest.mark.parametrize("symmetry", range(1, 8))
def test_a_turned_position_gives_the_turned_search(symmetry: int) -> None:
    moved = symmetry_moves(5)[symmetry]
    moves = [7, 11, 13, 22, 6]
    config = dataclasses.replace(QUIET, num_simulations=40)
    searches = []
    for line in (moves, [int(moved[m]) for m in moves]):
        state = GameState.from_moves(Rules(5, 7.0), line)
        searches.append(search_position(state, FunctionEvaluator(even_handed), config, rng()))
    plain, turned = searches
    assert turned.move == moved[plain.move]
    assert (turned.visits[moved] == plain.visits).all()
    np.testing.assert_allclose(turned.policy[moved], plain.policy, atol=1e-6)
    assert turned.value == plain.value


def test_a_colour_swapped_position_gives_the_same_search() -> None:
    stones = random_game(Rules(5, 7.0), 9, 5).stones()
    searches = []
    for sign in (1, -1):
        state = GameState.from_stones(Rules(5, 2.5 * sign), stones * np.int8(sign), BLACK * sign)
        searches.append(search_position(state, FunctionEvaluator(even_handed), QUIET, rng()))
    black, white = searches
    assert state.to_play == WHITE
    assert (black.move, black.value, black.score) == (white.move, white.value, white.score)
    assert (black.visits == white.visits).all()
    assert (black.policy == white.policy).all()


# ---------------------------------------------------------------- budgets


def test_all_simulations_are_spent() -> None:
    for simulations in (1, 2, 3, 17):
        config = dataclasses.replace(QUIET, num_simulations=simulations)
        found = search_position(GameState(Rules(5)), hash_evaluator(), config, rng())
        assert found.simulations == simulations == found.visits.sum()
        assert found.visits[found.move] == found.visits.max()
        assert found.pv[0] == found.move
        assert found.policy.sum() == pytest.approx(1, abs=1e-5)


def test_time_ends_a_search_after_one_simulation_at_the_least() -> None:
    config = dataclasses.replace(QUIET, num_simulations=10_000)
    found = search_position(GameState(Rules(5)), hash_evaluator(), config, rng(), seconds=0.0)
    assert found.simulations == 1
    assert found.visits[found.move] == 1


def test_a_forced_pass() -> None:
    found = search_position(only_passes(), hash_evaluator(), QUIET, rng())
    assert found.move == 9
    assert found.policy[9] == 1.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"num_simulations": 0},
        {"max_considered": 0},
        {"c_visit": -1.0},
        {"c_scale": float("nan")},
        {"gumbel_scale": float("inf")},
        {"score_weight": 1.5},
        {"score_weight": float("nan")},
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SearchConfig(**wrong)  # type: ignore[arg-type]
