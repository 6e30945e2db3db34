"""The measurement of the told player's speed runs and says what it found."""

from __future__ import annotations

import json

import pytest

from scripts.bench_told import main


def test_it_measures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seconds", "0.05"]) == 0
    lines = capsys.readouterr().out.splitlines()
    figures = json.loads(lines[-1])
    assert len(lines) == 5
    assert all(rate > 0 for rate in figures.values())
    # Told playouts look about them and are slower than uniform ones, but not a world slower.
    assert figures["light_moves_per_s"] > figures["playout_moves_per_s"]
    assert figures["playout_moves_per_s"] > figures["light_moves_per_s"] / 40


def test_bad_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seconds", "0"]) == 2
    assert "--seconds must be from" in capsys.readouterr().err
