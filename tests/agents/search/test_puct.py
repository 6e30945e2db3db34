"""PUCT: its formulas against numbers worked out by hand, its noise, and golden trees."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.search import SearchConfig, Tree, root_summary, search_position
from agents.search.puct import (
    draw_dirichlet,
    draw_gamma,
    exploration,
    forced_visits,
    prune_visits,
    puct_score,
    unvisited_value,
)
from go_engine import GameState, Rules
from go_engine.rng import seed_stream
from tests.agents.search.test_tree import only_passes, random_game
from tests.agents.search.trees import (
    Answer,
    FunctionEvaluator,
    check_tree,
    hash_evaluator,
    search_trees,
)

QUIET = SearchConfig(root="puct", num_simulations=100, gumbel_scale=0.0)
NOISY = SearchConfig(root="puct", num_simulations=100)

# ---------------------------------------------------------------- formulas


@pytest.mark.parametrize(
    ("visits", "c_puct", "expected"),
    [
        # ln(19657 / 19652) = 0.0002544: half of 1.2502544 times the root of 4.
        (4, 1.25, 1.2502544),
        # (1 + 19651 + 19652) / 19652 = 2: half of (1.25 + 0.693147) * 140.18202.
        (19651, 1.25, 136.1971),
        (1, 0.0, 0.5 * math.log1p(2 / 19652)),
    ],
)
def test_exploration(visits: int, c_puct: float, expected: float) -> None:
    assert exploration(visits, c_puct) == pytest.approx(expected, rel=1e-6)


def test_scores() -> None:
    assert puct_score(0.6, 0.3, 2, 1.25) == pytest.approx(0.725)  # 0.6 + 1.25 * 0.3 / 3
    assert unvisited_value(0.5, 0.25, 0.2) == pytest.approx(0.45)  # 0.5 - 0.1 * 0.5
    assert unvisited_value(0.5, 0.0, 0.2) == 0.5
    assert forced_visits(0.1, 80, 2.0) == pytest.approx(4)  # the root of 2 * 0.1 * 80
    assert forced_visits(0.1, 80, 0.0) == 0


def pruned(
    visits: list[int], qvalues: list[float], prior: list[float], factor: float
) -> list[float]:
    out = np.full(len(visits), -1, np.float32)
    counts, q, p = np.array(visits, "i4"), np.array(qvalues, "f4"), np.array(prior, "f4")
    prune_visits(counts, q, p, 1.25, factor, out)
    return [float(left) for left in out]


def test_pruned_visits() -> None:
    # Of 50 visits; the node has 51. ln(1 + 52 / 19652) = 0.0026426, so a prior is worth
    # 1.2526426 / 2 * 7.141428 = 4.472829 before it is divided. The most visited move has
    # 0.6 + 4.472829 * 0.5 / 39 = 0.657344. The second gives back one visit (0.5 + 0.894566 / 6 =
    # 0.649) and not two (0.679); the third one (0.3 + 0.894566 / 3 = 0.598) and not two (0.747);
    # the fourth its only one (0.1 + 0.2236 = 0.324); the fifth one (0.5 + 0.2236 / 2 = 0.612) and
    # not two (0.724), but a single one is not left standing.
    visits, qvalues = [38, 6, 3, 1, 2, 0], [0.6, 0.5, 0.3, 0.1, 0.5, 9.0]
    prior = [0.5, 0.2, 0.2, 0.05, 0.05, 0.0]
    assert pruned(visits, qvalues, prior, 2.0) == [38, 5, 2, 0, 0, 0]
    assert pruned(visits, qvalues, prior, 0.0) == visits


def test_no_more_is_given_back_than_was_forced() -> None:
    # Forced are the root of 2 * 0.02 * 10, less than one visit, however bad the move is.
    assert pruned([6, 4], [0.9, 0.0], [0.98, 0.02], 2.0) == [6, 4]
    # 2 * 0.2 * 10 = 4: two of them; two are left.
    assert pruned([6, 4], [0.9, 0.0], [0.8, 0.2], 2.0) == [6, 2]


# ---------------------------------------------------------------- noise


def stream_of(seed: int) -> NDArray[np.uint64]:
    stream = np.zeros(1, np.uint64)
    seed_stream(stream, seed, 0, 0)
    return stream


@pytest.mark.parametrize("shape", [0.13, 0.5, 1.0, 2.166])
def test_gamma_variates(shape: float) -> None:
    stream, count = stream_of(1), 20_000
    drawn = np.array([draw_gamma(stream, shape) for _ in range(count)])
    # Mean and variance are `shape`; the fourth central moment is 3 shape^2 + 6 shape.
    assert drawn.mean() == pytest.approx(shape, abs=4 * math.sqrt(shape / count))
    spread = math.sqrt((2 * shape**2 + 6 * shape) / count)
    assert drawn.var() == pytest.approx(shape, abs=4 * spread)
    if shape == 0.5:  # half a squared normal variate: below a half within one sigma
        assert (drawn < 0.5).mean() == pytest.approx(0.6827, abs=0.014)
    if shape == 1.0:
        assert (drawn < math.log(2)).mean() == pytest.approx(0.5, abs=0.015)


def test_dirichlet_noise_is_for_legal_moves_and_scaled_to_their_number() -> None:
    legal = 20
    logits = np.zeros(26, np.float32)
    logits[legal:] = -np.inf
    stream = stream_of(2)
    draws = np.zeros((4000, 26), np.float32)
    for out in draws:
        draw_dirichlet(stream, logits, out)
    np.testing.assert_allclose(draws.sum(axis=1), 1, atol=1e-5)
    assert not draws[:, legal:].any()
    np.testing.assert_allclose(draws[:, :legal].mean(axis=0), 1 / legal, atol=0.01)
    # The parameters sum to 10.83, so a component varies by 1/20 * 19/20 / 11.83.
    assert draws[:, :legal].var(axis=0).mean() == pytest.approx(0.05 * 0.95 / 11.83, rel=0.05)


def priors(tree: Tree) -> NDArray[np.float32]:
    return np.array(tree.prior[0, 0])


def test_noise_is_mixed_into_the_root_s_priors_alone() -> None:
    state = random_game(Rules(5, 7.0), 6, 1)
    gumbel = np.random.default_rng(0).gumbel(size=(2, 1, 26)).astype(np.float32)
    quiet, _ = search_trees([state], hash_evaluator(), NOISY)
    first, _ = search_trees([state], hash_evaluator(), NOISY, noise=gumbel[0])
    again, _ = search_trees([state], hash_evaluator(), NOISY, noise=gumbel[0])
    other, _ = search_trees([state], hash_evaluator(), NOISY, noise=gumbel[1])
    assert (priors(first) == priors(again)).all()
    assert np.array_equal(first.visits, again.visits)
    assert abs(priors(first) - priors(other)).max() > 0.01
    weights = np.exp(quiet.logits[0, 0].astype(np.float64))
    np.testing.assert_allclose(priors(quiet), weights / weights.sum(), atol=1e-6)
    noise = (priors(first) - 0.75 * priors(quiet)) / 0.25
    assert noise.min() > -1e-5
    assert noise.sum() == pytest.approx(1, abs=1e-4)
    weights = np.exp(first.logits[0, 1].astype(np.float64))
    np.testing.assert_allclose(first.prior[0, 1], weights / weights.sum(), atol=1e-6)
    check_tree(first, 0, state)


# ---------------------------------------------------------------- golden trees


def book(planes: NDArray[np.float32]) -> Answer:
    """Five positions of 2x2 by the mover's stones (1) and the opponent's (2)."""
    stones = tuple(int(n) for n in (planes[2] + 2 * planes[6]).ravel())
    positions: dict[tuple[int, ...], tuple[list[float], float]] = {
        (0, 0, 0, 0): ([2, 1, 0, 0, -3], 0.6),
        (2, 0, 0, 0): ([9, 0, 0, 3, -3], 0.25),  # after Black 0; White's value
        (1, 0, 0, 2): ([0, 0, 0, 0, 0], 0.5),  # after Black 0, White 3; Black's value
        (2, 2, 0, 1): ([0, 0, 0, 0, 0], 0.8),  # after Black 0, White 3, Black 1; White's
        (0, 2, 0, 0): ([4, 9, 0, 0, -3], 0.75),  # after Black 1; White's
    }
    logits, value = positions[stones]
    return np.array(logits, np.float64), value, 0.0


def test_golden_tree() -> None:
    """Root priors 0.607796, 0.223596, twice 0.082256 and 0.004095.

    Simulation 1: nothing is visited, move 0 is the likeliest: Black's 0.75.
    Simulation 2: N = 2, so U is 0.883989 P / (1 + n). Move 0 has 0.75 + 0.268644; move 1 has the
        mean (0.6 + 0.75) / 2 less 0.1 * 0.779613, and 0.197657: 0.794695. White's likeliest
        answer to move 0 is 3: 0.5 for both.
    Simulation 3: N = 3, 1.082718: move 0 has 0.625 + 0.219355, move 1 has 0.538706 + 0.242091. At
        White's node answer 3 has 0.5 + 0.401064 against 0.279743 + 0.039936. Black's first of
        three equal moves is 1, and White has 0.8 there.
    Simulation 4: N = 4, 1.250254: move 0 has 0.483333 + 0.189975 = 0.673308, move 1 has
        0.5125 - 0.077961 + 0.279552 = 0.714091.
    """
    config = SearchConfig(4, root="puct", gumbel_scale=0.0, score_weight=0.0)
    state = GameState(Rules(2, 0.5))
    tree, settings = search_trees([state], FunctionEvaluator(book), config, turned=False)
    check_tree(tree, 0, state)
    assert tree.num_nodes[0] == 5
    assert tree.parent[0].tolist() == [-1, 0, 1, 2, 0]
    assert tree.visits[0].tolist() == [5, 3, 2, 1, 1]
    assert tree.children[0, 0].tolist() == [1, 4, -1, -1, -1]
    assert (tree.children[0, 1, 3], tree.children[0, 2, 1]) == (2, 3)
    # Root: 0.6 + 0.75 + 0.5 + 0.2 + 0.25; then White's 0.25 + 0.5 + 0.8 and Black's 0.5 + 0.2.
    assert tree.value_sum[0] == pytest.approx([2.3, 1.55, 0.7, 0.8, 0.75], rel=1e-6)
    visits, qvalues = np.zeros(5, np.int32), np.zeros(5, np.float32)
    policy = np.full(5, -1, np.float32)
    assert root_summary(tree, settings, 0, visits, qvalues, policy) == 0
    assert visits.tolist() == [3, 1, 0, 0, 0]
    assert qvalues[:2] == pytest.approx([1 - 1.55 / 3, 0.25])
    assert policy.tolist() == [0.75, 0.25, 0, 0, 0]


def trap(planes: NDArray[np.float32]) -> Answer:
    """A likely move, point 0, that loses; all else is even."""
    logits = np.zeros(planes.shape[1] ** 2 + 1)
    logits[0] = 2.0
    black = planes[12].all()
    fallen = planes[2 if black else 6, 0, 0] == 1
    return logits, (0.0 if black else 1.0) if fallen else 0.5, 0.0


def test_forced_playouts_and_their_pruning() -> None:
    """In self-play the bad likely move keeps its share of visits, and the target knows it not."""
    state = GameState(Rules(5, 7.0))
    found = {}
    for name, scale in (("match", 0.0), ("self-play", 1.0)):
        config = SearchConfig(400, root="puct", gumbel_scale=scale, score_weight=0.0)
        tree, settings = search_trees([state], FunctionEvaluator(trap), config, turned=False)
        check_tree(tree, 0, state)
        visits, qvalues = np.zeros(26, np.int32), np.zeros(26, np.float32)
        policy = np.zeros(26, np.float32)
        move = root_summary(tree, settings, 0, visits, qvalues, policy)
        assert visits[move] == visits.max()
        assert policy.sum() == pytest.approx(1)
        found[name] = visits, policy
    # e^2 / (e^2 + 25) = 0.228133 of the prior; the root of 2 * 0.228133 * 400 is 13.51. A prior is
    # worth 1.270247 / 2 * 20.025 = 12.718, so the move has 2.9015 / 6 = 0.484 after five visits and
    # 0.580 after four, the others 0.5 and about 12.718 / 32.389 / 18 = 0.022: five are its own.
    assert found["match"][0][0] <= 6
    forced, left = found["self-play"][0][0], 5
    assert forced in (13, 14)
    assert found["self-play"][1][0] == pytest.approx(left / (400 - forced + left))
    np.testing.assert_allclose(found["match"][1], found["match"][0] / 400, rtol=1e-6)


# ---------------------------------------------------------------- the same laws


@pytest.mark.parametrize("config", [QUIET, NOISY])
@pytest.mark.parametrize(("size", "plies", "komi"), [(2, 5, 0.5), (3, 4, 9.0), (9, 30, 7.0)])
def test_laws_of_trees(config: SearchConfig, size: int, plies: int, komi: float) -> None:
    states = [random_game(Rules(size, komi), plies, seed) for seed in range(3)]
    noise = np.random.default_rng(1).gumbel(size=(3, size * size + 1)).astype(np.float32)
    tree, _ = search_trees(states, hash_evaluator(), config, noise=noise * config.gumbel_scale)
    for g, state in enumerate(states):
        check_tree(tree, g, state)
        assert tree.visits[g, 0] == 101


def test_a_search_s_result() -> None:
    state = random_game(Rules(5, 7.0), 5, 2)
    found = search_position(state, hash_evaluator(), QUIET, np.random.default_rng(0))
    assert found.simulations == 100 == found.visits.sum()
    assert found.visits[found.move] == found.visits.max()
    np.testing.assert_allclose(found.policy, found.visits / 100, rtol=1e-6)
    forced = search_position(only_passes(), hash_evaluator(), NOISY, np.random.default_rng(0))
    assert (forced.move, forced.policy[9]) == (9, 1.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"root": "uct"},
        {"c_puct": -0.1},
        {"fpu_reduction": math.nan},
        {"root_noise": 1.5},
        {"forced_playouts": -1.0},
        {"leaf_batch": 0},
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SearchConfig(**wrong)  # type: ignore[arg-type]
