"""The formula of the told search, against numbers worked out by hand."""

from __future__ import annotations

import pytest

from agents.told.formula import move_score, rave_share


def test_share_of_rave() -> None:
    # 30 / (30 + 10 + 30 * 10 / 100) = 30 / 43
    assert rave_share(10.0, 30.0, 100.0) == pytest.approx(30 / 43)
    assert rave_share(10.0, 0.0, 100.0) == 0.0
    # With endless rave visits: 1 / (1 + visits / equivalence), a half at `equivalence` visits.
    assert rave_share(100.0, 1e12, 100.0) == pytest.approx(0.5)


def test_a_move_tried_four_times() -> None:
    # Own mean (3 + 3) / (4 + 6) = 0.6; rave mean 0.4 with the share 10 / (10 + 10 + 1) = 10 / 21;
    # drawn to by 0.5 * 0.25 * 4 / 5 = 0.1. So 0.6 * 11 / 21 + 0.4 * 10 / 21 + 0.1.
    score = move_score(4.0, 3.0, 10.0, 4.0, 6.0, 3.0, 0.25, 4.0, 100.0, 0.5)
    assert score == pytest.approx(10.6 / 21 + 0.1)


def test_a_move_not_tried_is_worth_its_prior() -> None:
    # 4 virtual games at 0.5 and 12 won ones: 14 / 16.
    assert move_score(0.0, 0.0, 0.0, 0.0, 16.0, 14.0, 1.0, 10.0, 1000.0, 0.0) == pytest.approx(
        0.875
    )
    # 0.3 * 0.2 * 10 / 1 = 0.6 more
    score = move_score(0.0, 0.0, 0.0, 0.0, 16.0, 14.0, 0.2, 10.0, 1000.0, 0.3)
    assert score == pytest.approx(0.875 + 0.6)
