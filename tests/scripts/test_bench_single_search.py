"""The measurement of single searches runs, and its settings differ as they should."""

from __future__ import annotations

import pytest

from agents.search import SearchConfig
from go_engine import GameState, Rules
from scripts.bench.single_search import main, rates
from tests.agents.search.trees import hash_evaluator


def test_it_measures(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--simulations", "20", "--positions", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) in (5, 9)
    assert all("a second" in line for line in lines[1:])


def test_what_is_compared() -> None:
    evaluator = hash_evaluator()
    found = rates(evaluator, 64, [GameState(Rules(3, 7.0))])
    assert next(iter(found)) == "one leaf at a time"
    assert all(rate > 0 for rate in found.values())
    calls = evaluator.batches
    assert calls[:2] == [1, 1]
    assert max(calls) == 64, "the bare network"
    assert SearchConfig(64).room_for_leaves(1) == 16
    assert SearchConfig(64).room_for_leaves(64) == 1
    assert SearchConfig(64, leaf_batch=8).room_for_leaves(64) == 8
    assert SearchConfig(64, root="puct").room_for_leaves(1) == 1
