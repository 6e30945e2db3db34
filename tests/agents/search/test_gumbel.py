"""The formulas of Gumbel search against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from agents.search import considered_visits, improved_policy, mixed_value, q_scale
from agents.search.gumbel import softmax

INF = math.inf


def floats(values: ArrayLike) -> NDArray[np.float32]:
    return np.array(values, np.float32)


def counts(values: ArrayLike) -> NDArray[np.int32]:
    return np.array(values, np.int32)


# ---------------------------------------------------------------- sequential halving


@pytest.mark.parametrize(
    ("candidates", "simulations", "expected"),
    [
        # 2 rounds of 4 visits each: all four once, then the better two twice more.
        (4, 8, [0, 0, 0, 0, 1, 1, 2, 2]),
        # 1 round: 5 // 2 = 2 visits for both, and the last simulation begins another round.
        (2, 5, [0, 0, 1, 1, 2]),
        # ceil(log2 3) = 2 rounds: 6 // (2 * 3) = 1 visit for three, then 6 // (2 * 2) = 1 for two,
        # and the left-over simulation begins a round of two again.
        (3, 6, [0, 0, 0, 1, 1, 2]),
        # 3 rounds: 1 for eight (16 // 24 is none, so one), 1 for four (16 // 12), 2 for two.
        (8, 16, [0] * 8 + [1] * 4 + [2, 2, 3, 3]),
        # 4 rounds: 1 for sixteen, 1 for eight (50 // 32), 3 for four (50 // 16), 6 for two
        # (50 // 8); 48 are spent, the last two go to the two that are left.
        (
            16,
            50,
            [0] * 16 + [1] * 8 + [2] * 4 + [3] * 4 + [4] * 4
            + [5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11],
        ),
        # Fewer simulations than candidates: the first ones only.
        (16, 4, [0, 0, 0, 0]),
        # A single candidate takes them all.
        (1, 4, [0, 1, 2, 3]),
        (16, 1, [0]),
    ],
)  # fmt: skip
def test_considered_visits(candidates: int, simulations: int, expected: list[int]) -> None:
    assert considered_visits(16, simulations)[candidates].tolist() == expected


def test_a_table_has_a_row_for_every_number_of_candidates() -> None:
    table = considered_visits(4, 7)
    assert table.shape == (5, 7)
    assert table.dtype == np.int32
    assert not table.flags.writeable  # it is shared between searches


@pytest.mark.parametrize("candidates", range(1, 17))
def test_there_is_always_a_move_of_the_visit_count_that_is_due(candidates: int) -> None:
    """A search of more legal moves than candidates follows the row without ever getting stuck."""
    for simulations in (1, 2, 3, 7, 16, 31, 64):
        visits = [0] * 20
        for due in considered_visits(16, simulations)[candidates]:
            # The first one that fits: any choice must work, this is one.
            visits[visits.index(due)] += 1
        assert sum(visits) == simulations
        assert sum(count > 0 for count in visits) <= candidates


# ---------------------------------------------------------------- values and policies


def test_softmax() -> None:
    out = floats([9, 9, 9, 9])
    softmax(floats([math.log(2), 0, -INF, 0]), out)
    assert out == pytest.approx([0.5, 0.25, 0, 0.25])
    softmax(floats([1000, 1000, -INF, -1000]), out)
    assert out == pytest.approx([0.5, 0.5, 0, 0])


def test_q_scale() -> None:
    assert q_scale(3, 50.0, 1.0) == 53
    assert q_scale(10, 50.0, 0.1) == pytest.approx(6)
    assert q_scale(7, 0.0, 0.0) == 0


@pytest.mark.parametrize(
    ("raw_value", "prior", "visits", "qvalues", "expected"),
    [
        # Visited moves weighted by prior: (0.5 * 0.8 + 0.3 * 0.2) / 0.8 = 0.575, counting three
        # times beside the raw value: (0.5 + 3 * 0.575) / 4.
        (0.5, [0.5, 0.3, 0.2], [2, 1, 0], [0.8, 0.2, 99.0], 0.55625),
        # Nothing visited: the raw value alone.
        (0.37, [0.5, 0.5], [0, 0], [99.0, 99.0], 0.37),
        # One move: its prior does not matter, (0.4 + 5 * 0.9) / 6.
        (0.4, [0.01, 0.99], [5, 0], [0.9, 99.0], 4.9 / 6),
        # A visited move whose prior has become 0: (0.5 + 1 * 0.75) / 2.
        (0.5, [0.0, 1.0], [1, 0], [0.75, 99.0], 0.625),
    ],
)
def test_mixed_value(
    raw_value: float,
    prior: list[float],
    visits: list[int],
    qvalues: list[float],
    expected: float,
) -> None:
    found = mixed_value(raw_value, floats(prior), counts(visits), floats(qvalues))
    assert found == pytest.approx(expected, rel=1e-6)


def improve(
    logits: list[float],
    visits: list[int],
    qvalues: list[float],
    raw_value: float,
    c_visit: float,
    c_scale: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Prior, scores and improved policy."""
    prior, scores, policy = floats([-1] * len(logits)), floats([-1] * len(logits)), floats(logits)
    improved_policy(
        floats(logits),
        counts(visits),
        floats(qvalues),
        raw_value,
        c_visit,
        c_scale,
        prior,
        scores,
        policy,
    )
    return prior, scores, policy


def test_improved_policy() -> None:
    # Prior 2/3 and 1/3; the mixed value (0.5 + 1 * 0.9) / 2 = 0.7 stands in for the second move's
    # q; sigma is (1 + 1) * 0.5 = 1. Scores ln 2 + 0.9 = 1.59315 and 0.7, so the weights are
    # 2 e^0.9 = 4.91921 and e^0.7 = 2.01375, of 6.93296 in all.
    prior, scores, policy = improve([math.log(2), 0, -INF], [1, 0, 0], [0.9, 99, 99], 0.5, 1, 0.5)
    assert prior == pytest.approx([2 / 3, 1 / 3, 0], abs=1e-6)
    assert scores[:2] == pytest.approx([1.59315, 0.7], abs=1e-5)
    assert policy == pytest.approx([0.70954, 0.29046, 0], abs=1e-5)


def test_improved_policy_of_nothing_visited_is_the_prior() -> None:
    prior, _, policy = improve([0.3, -1.2, 2.0], [0, 0, 0], [99, 99, 99], 0.9, 50, 1)
    assert policy == pytest.approx(prior, abs=1e-6)


def test_the_paper_s_scale_decides_by_q() -> None:
    # sigma = (50 + 4) * 1: a lead of 0.1 in q is worth 5.4 in logit, more than the prior's 3.
    # Weights e^(0 + 54 * 0.6) : e^(3 + 54 * 0.5) = e^32.4 : e^30, that is 1 : e^-2.4 = 0.090718.
    _, _, policy = improve([0, 3], [4, 4], [0.6, 0.5], 0.5, 50, 1)
    assert policy == pytest.approx([0.91683, 0.08317], abs=1e-4)


def test_illegal_moves_stay_at_zero_whatever_the_values() -> None:
    _, _, policy = improve([-INF, 0, -INF, 5], [0, 3, 0, 1], [99, 0, 99, 1], 1.0, 50, 1)
    assert policy[0] == policy[2] == 0
    assert policy.sum() == pytest.approx(1)
