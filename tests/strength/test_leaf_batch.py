"""What evaluating several leaves of one search together costs at equal simulations.

It plays worse and is several times as fast; at equal time it has not been measured. See the log.

bash scripts/test -m strength -k leaf_batch -n 0 -s
"""

from __future__ import annotations

import pytest

from agents.arena import play_pairs
from agents.net import load_net, make_evaluator, shipped_weights
from agents.search import ZeroAgent
from go_engine import Rules

PAIRS = 150
SIMULATIONS = 200
LEAF_BATCH = 8
MARGIN_ELO = -50.0


@pytest.mark.strength
@pytest.mark.timeout(7200)
@pytest.mark.xfail(reason="2026-11-23: Elo -45 (-85 to -6), so the bound is missed", strict=False)
def test_leaves_together_cost_little(capsys: pytest.CaptureFixture[str]) -> None:
    """The lower 95 % bound of the difference is above MARGIN_ELO."""
    evaluator = make_evaluator(load_net(shipped_weights()["9x9"]))
    together, alone = (
        ZeroAgent("9x9", SIMULATIONS, evaluator=evaluator, name=f"{n} at a time", leaf_batch=n)
        for n in (LEAF_BATCH, 1)
    )
    match = play_pairs(together, alone, Rules(9, 7.0), PAIRS, seed=0, opening_plies=6, max_lead=3.0)
    assert match.elo is not None
    with capsys.disabled():
        print(
            f"\n{match.wins}-{match.draws}-{match.losses}, {match.duplicates} duplicates, "
            f"Elo {match.elo.estimate:+.1f} ({match.elo.low:+.1f} to {match.elo.high:+.1f})"
        )
    assert match.elo.low > MARGIN_ELO
