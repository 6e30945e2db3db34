"""Eight-bit networks play as well as exact ones: a match for each shipped network.

bash scripts/test -m strength -k eight_bits -n 0 -s
"""

from __future__ import annotations

import pytest

from agents.arena import play_pairs
from agents.net import (
    CALIBRATION_POSITIONS,
    activation_bounds,
    has_openvino,
    load_net,
    make_evaluator,
    shipped_weights,
)
from agents.search import ZeroAgent
from go_engine import Rules
from tests.agents.net.positions import planes_of_random_games

PAIRS = 1200
SIMULATIONS = 16
MARGIN_ELO = -20.0
OPENING_PLIES = {5: 5, 9: 6}  # by board; 5x5 has too few different ones with less


@pytest.mark.strength
@pytest.mark.timeout(7200)
@pytest.mark.skipif(not has_openvino(), reason="OpenVINO is not installed")
@pytest.mark.parametrize("name", sorted(shipped_weights()))
def test_eight_bits_are_not_inferior(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """At equal simulations the lower 95 % bound of the difference is above -20 Elo."""
    net, size = load_net(shipped_weights()[name]), int(name.split("x")[0])
    bounds = activation_bounds(net, planes_of_random_games(size, CALIBRATION_POSITIONS, seed=7))
    rounded, exact = (
        ZeroAgent(name, SIMULATIONS, evaluator=make_evaluator(net, bounds=b), name=label)
        for label, b in (("int8", bounds), ("exact", None))
    )
    plies = OPENING_PLIES[size]
    match = play_pairs(
        rounded, exact, Rules(size, 7.0), PAIRS, seed=0, opening_plies=plies, max_lead=3.0
    )
    assert match.elo is not None
    with capsys.disabled():
        print(
            f"\n{name}: {match.wins}-{match.draws}-{match.losses}, {match.duplicates} duplicates, "
            f"Elo {match.elo.estimate:+.1f} ({match.elo.low:+.1f} to {match.elo.high:+.1f})"
        )
    assert match.elo.low > MARGIN_ELO
